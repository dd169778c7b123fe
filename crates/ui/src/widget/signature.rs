//! A field to sign in with a finger or a pen.
//!
//! The screen owns the strokes: they are evidence, and they are wiped with the
//! rest of the visit.

use iced::mouse;
use iced::widget::canvas::{self, Canvas, Frame, Geometry, Path, Stroke};
use iced::widget::{container, stack};
use iced::{Color, Event, Length, Point, Rectangle, touch};

use crate::widget::text::{Type, tinted};
use crate::{Element, Id, Tone, Ui};

/// Most points kept: more than any signature, less than a scribble for minutes.
const POINTS_MAX: usize = 8_000;

/// The strokes of a signature, points 0 to 1 of the field's width and height.
#[derive(Clone, PartialEq, Default)]
pub struct Strokes {
    lines: Vec<Vec<(f32, f32)>>,
}

impl std::fmt::Debug for Strokes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A signature is personal: only its extent is printed.
        f.debug_struct("Strokes").field("lines", &self.lines.len()).finish_non_exhaustive()
    }
}

/// What the hand did.
#[derive(Clone, Copy, PartialEq)]
pub enum Ink {
    /// Put down here.
    Down(f32, f32),
    /// Moved to here.
    Move(f32, f32),
    /// Lifted.
    Up,
}

impl std::fmt::Debug for Ink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Ink::Down(..) => "Down",
            Ink::Move(..) => "Move",
            Ink::Up => "Up",
        })
    }
}

impl Strokes {
    /// Adds what the hand did.
    pub fn add(&mut self, ink: Ink) {
        if self.points() >= POINTS_MAX {
            return;
        }
        match ink {
            Ink::Down(x, y) => self.lines.push(vec![(x, y)]),
            Ink::Move(x, y) => {
                if let Some(line) = self.lines.last_mut() {
                    line.push((x, y));
                }
            }
            Ink::Up => {}
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.lines.clear();
    }

    /// The strokes, each a list of points.
    #[must_use]
    pub fn lines(&self) -> &[Vec<(f32, f32)>] {
        &self.lines
    }

    /// Number of points.
    #[must_use]
    pub fn points(&self) -> usize {
        self.lines.iter().map(Vec::len).sum()
    }

    /// Whether somebody has written something that can be a name: more than a dot.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        let all = || self.lines.iter().flatten();
        let span = |values: &mut dyn Iterator<Item = f32>| {
            let (mut low, mut high) = (1.0_f32, 0.0_f32);
            for value in values {
                low = low.min(value);
                high = high.max(value);
            }
            high - low
        };
        let wide = span(&mut all().map(|p| p.0));
        let high = span(&mut all().map(|p| p.1));
        self.points() >= 8 && wide + high > 0.2
    }
}

/// Who is writing: one finger or the mouse; other fingers are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hand {
    Mouse,
    Finger(touch::Finger),
}

struct Pad<'a, M> {
    strokes: &'a Strokes,
    colour: Color,
    width: f32,
    on_ink: Box<dyn Fn(Ink) -> M + 'a>,
}

impl<M> Pad<'_, M> {
    fn at(bounds: Rectangle, point: Point) -> (f32, f32) {
        let x = (point.x - bounds.x) / bounds.width.max(1.0);
        let y = (point.y - bounds.y) / bounds.height.max(1.0);
        (x.clamp(0.0, 1.0), y.clamp(0.0, 1.0))
    }
}

impl<M> canvas::Program<M> for Pad<'_, M> {
    type State = Option<Hand>;

    fn update(
        &self,
        hand: &mut Option<Hand>,
        event: &Event,
        bounds: Rectangle,
        cursor: mouse::Cursor,
    ) -> Option<canvas::Action<M>> {
        // A finger is where its event says, not where the cursor is.
        let (who, point) = match event {
            Event::Mouse(_) => (Hand::Mouse, cursor.position()?),
            Event::Touch(
                touch::Event::FingerPressed { id, position }
                | touch::Event::FingerMoved { id, position }
                | touch::Event::FingerLifted { id, position }
                | touch::Event::FingerLost { id, position },
            ) => (Hand::Finger(*id), *position),
            _ => return None,
        };
        let (x, y) = Self::at(bounds, point);
        let ink = match event {
            Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left))
            | Event::Touch(touch::Event::FingerPressed { .. })
                if hand.is_none() && bounds.contains(point) =>
            {
                *hand = Some(who);
                Ink::Down(x, y)
            }
            Event::Mouse(mouse::Event::CursorMoved { .. }) | Event::Touch(touch::Event::FingerMoved { .. })
                if *hand == Some(who) =>
            {
                Ink::Move(x, y)
            }
            Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left))
            | Event::Touch(touch::Event::FingerLifted { .. } | touch::Event::FingerLost { .. })
                if *hand == Some(who) =>
            {
                *hand = None;
                Ink::Up
            }
            _ => return None,
        };
        Some(canvas::Action::publish((self.on_ink)(ink)).and_capture())
    }

    fn draw(
        &self,
        _hand: &Option<Hand>,
        renderer: &iced::Renderer,
        _theme: &iced::Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Geometry> {
        let mut frame = Frame::new(renderer, bounds.size());
        let stroke = Stroke::default()
            .with_color(self.colour)
            .with_width(self.width)
            .with_line_cap(canvas::LineCap::Round)
            .with_line_join(canvas::LineJoin::Round);
        for line in self.strokes.lines() {
            let path = Path::new(|path| {
                for (at, (x, y)) in line.iter().enumerate() {
                    let point = Point::new(x * bounds.width, y * bounds.height);
                    if at == 0 { path.move_to(point) } else { path.line_to(point) }
                }
            });
            frame.stroke(&path, stroke);
        }
        vec![frame.into_geometry()]
    }
}

/// A field to sign in, `height` pixels high; `hint` stands in it until it is signed.
#[must_use]
pub fn signature<'a, M: 'a>(
    ui: &Ui,
    id: impl Into<Id>,
    strokes: &'a Strokes,
    height: f32,
    hint: impl Into<String>,
    on_ink: impl Fn(Ink) -> M + 'a,
) -> Element<'a, M> {
    let t = &ui.tokens;
    let pad = Pad { strokes, colour: t.colour.ink, width: t.size.line_strong * 1.2, on_ink: Box::new(on_ink) };
    let canvas = Canvas::new(pad).width(Length::Fill).height(Length::Fixed(height));
    let hint = if strokes.points() == 0 { hint.into() } else { String::new() };
    let hint = container(tinted(ui, Type::Title, Tone::Faint, hint)).center_x(Length::Fill);
    container(stack![hint.center_y(Length::Fixed(height)), canvas])
        .id(id.into())
        .width(Length::Fill)
        .style(super::card::surface(t.colour.surface, t.colour.line_strong, t.size.line * 1.5, t.size.radius))
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_is_no_signature_and_a_stroke_is() {
        let mut strokes = Strokes::default();
        strokes.add(Ink::Down(0.5, 0.5));
        for _ in 0..20 {
            strokes.add(Ink::Move(0.501, 0.5));
        }
        assert!(!strokes.is_signed());
        for step in 0..20_u8 {
            strokes.add(Ink::Move(0.5 + f32::from(step) / 50.0, 0.5));
        }
        assert!(strokes.is_signed());
        assert!(!format!("{strokes:?} {:?}", Ink::Down(0.25, 0.75)).contains("0.25"));
        strokes.clear();
        assert!(!strokes.is_signed());
    }

    #[test]
    fn scribbling_for_ever_keeps_a_bounded_number_of_points() {
        let mut strokes = Strokes::default();
        strokes.add(Ink::Down(0.0, 0.0));
        for _ in 0..POINTS_MAX * 2 {
            strokes.add(Ink::Move(0.1, 0.1));
        }
        assert_eq!(strokes.points(), POINTS_MAX);
    }
}
