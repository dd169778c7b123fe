//! Waiting, always with words.

use iced::widget::canvas::{self, Canvas, Frame, Geometry, Path};
use iced::widget::{container, row};
use iced::{Center, Color, Length, Point, Rectangle, mouse};

use crate::{Element, Tone, Ui, id};

/// Dots of the ring.
const DOTS: u8 = 8;

#[derive(Debug)]
struct Ring {
    lit: u8,
    colour: Color,
}

impl<M> canvas::Program<M> for Ring {
    type State = ();

    fn draw(
        &self,
        _state: &(),
        renderer: &iced::Renderer,
        _theme: &iced::Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Geometry> {
        let mut frame = Frame::new(renderer, bounds.size());
        let (centre, radius) = (frame.center(), bounds.width * 0.4);
        for dot in 0..DOTS {
            let angle = f32::from(dot) / f32::from(DOTS) * std::f32::consts::TAU - std::f32::consts::FRAC_PI_2;
            let at = Point::new(centre.x + radius * angle.cos(), centre.y + radius * angle.sin());
            let age = (self.lit + DOTS - dot) % DOTS;
            let alpha = (1.0 - f32::from(age) * 0.12).max(0.15);
            frame.fill(&Path::circle(at, bounds.width * 0.085), Color { a: alpha, ..self.colour });
        }
        vec![frame.into_geometry()]
    }
}

/// Says what is waited for; `tick` (any counter, about 8 a second) turns the ring.
#[must_use]
pub fn busy<'a, M: 'a>(ui: &Ui, words: impl Into<String>, tick: u32) -> Element<'a, M> {
    let t = &ui.tokens;
    let side = t.text.heading * 1.4;
    #[allow(clippy::cast_possible_truncation, reason = "fewer than the dots, which a byte counts")]
    let lit = (tick % u32::from(DOTS)) as u8;
    let ring =
        Canvas::new(Ring { lit, colour: t.colour.primary }).width(Length::Fixed(side)).height(Length::Fixed(side));
    let line =
        row![ring, super::tinted(ui, super::text::Type::Body, Tone::Ink, words)].spacing(t.space.m).align_y(Center);
    container(line).id(id!("busy")).padding(t.space.m).into()
}
