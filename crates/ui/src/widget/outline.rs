//! Guides over live pictures: the page's edge, the oval for a face.

use iced::advanced::image::Handle;
use iced::widget::canvas::{self, Canvas, Frame, Geometry, Path, Stroke};
use iced::widget::{container, stack};
use iced::{Color, Length, Point, Rectangle, Size, mouse};

use crate::preview::Preview;
use crate::{Element, Icon, Tone, Ui};

/// What is drawn over a live picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outline {
    /// Nothing.
    None,
    /// The four corners of a page, clockwise from the top left, each 0 to 1 of
    /// the picture's width and height.
    Quad([Point; 4]),
    /// Where a page should lie.
    PageGuide,
    /// Where a face should be.
    FaceGuide,
}

#[derive(Debug)]
struct Guide {
    outline: Outline,
    colour: Color,
    width: f32,
}

impl<M> canvas::Program<M> for Guide {
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
        let stroke = Stroke::default().with_color(self.colour).with_width(self.width);
        for path in paths(self.outline, bounds.size()) {
            frame.stroke(&path, stroke);
        }
        vec![frame.into_geometry()]
    }
}

fn paths(outline: Outline, size: Size) -> Vec<Path> {
    let at = |x: f32, y: f32| Point::new(x * size.width, y * size.height);
    match outline {
        Outline::None => Vec::new(),
        Outline::Quad(corners) => vec![Path::new(|path| {
            for (index, corner) in corners.iter().enumerate() {
                let point = at(corner.x.clamp(0.0, 1.0), corner.y.clamp(0.0, 1.0));
                if index == 0 { path.move_to(point) } else { path.line_to(point) }
            }
            path.close();
        })],
        Outline::PageGuide => brackets(size, 0.08, 0.1),
        Outline::FaceGuide => vec![Path::new(|path| {
            let height = size.height * 0.78;
            path.ellipse(canvas::path::arc::Elliptical {
                center: at(0.5, 0.48),
                radii: iced::Vector::new(height * 0.37, height * 0.5),
                rotation: iced::Radians(0.0),
                start_angle: iced::Radians(0.0),
                end_angle: iced::Radians(std::f32::consts::TAU),
            });
        })],
    }
}

/// Four corner brackets at `inset` of the size, each `arm` of the height long.
fn brackets(size: Size, inset: f32, arm: f32) -> Vec<Path> {
    let (left, top) = (size.width * inset, size.height * inset);
    let (right, bottom) = (size.width - left, size.height - top);
    let arm = size.height * arm;
    let corner = |x: f32, y: f32, dx: f32, dy: f32| {
        Path::new(|path| {
            path.move_to(Point::new(x + dx * arm, y));
            path.line_to(Point::new(x, y));
            path.line_to(Point::new(x, y + dy * arm));
        })
    };
    vec![
        corner(left, top, 1.0, 1.0),
        corner(right, top, -1.0, 1.0),
        corner(right, bottom, -1.0, -1.0),
        corner(left, bottom, 1.0, -1.0),
    ]
}

/// A page's corners are told as shares of the picture; here as shares of the box the picture stands in.
fn placed(outline: Outline, handle: &Handle, size: Size) -> Outline {
    let (Outline::Quad(corners), Handle::Rgba { width, height, .. }) = (outline, handle) else { return outline };
    #[allow(clippy::cast_precision_loss, reason = "a live picture is at most 960 pixels wide")]
    let shape = Size::new(*width as f32, *height as f32);
    let shown = crate::preview::fit(shape, Rectangle::with_size(size));
    Outline::Quad(corners.map(|corner| {
        Point::new((shown.x + corner.x * shown.width) / size.width, (shown.y + corner.y * shown.height) / size.height)
    }))
}

/// A live picture of fixed size with its guide; without a frame, a dark box
/// that says so in `waiting`.
#[must_use]
pub fn live_view<'a, M: 'a>(
    ui: &Ui,
    frame: Option<Handle>,
    (width, height): (f32, f32),
    outline: Outline,
    waiting: impl Into<String>,
) -> Element<'a, M> {
    let t = &ui.tokens;
    let mut ground = t.colour.picture;
    let outline = frame.as_ref().map_or(outline, |handle| placed(outline, handle, Size::new(width, height)));
    let picture: Element<'a, M> = if let Some(handle) = frame {
        let preview = Preview::new(handle, width, height).radius(t.size.radius);
        ground = super::picture::ground(ui, &preview);
        preview.into()
    } else {
        let white = Color::WHITE;
        let words = iced::widget::column![
            crate::icon::icon(Icon::Camera, t.size.icon_large, white),
            super::tinted(ui, super::text::Type::Body, Tone::Ink, waiting).color(white),
        ]
        .spacing(t.space.m)
        .align_x(iced::Center);
        container(words).center_x(width).center_y(height).into()
    };
    let frame = |content: Element<'a, M>| {
        container(content).style(super::card::surface(ground, t.colour.line, 0.0, t.size.radius)).into()
    };
    // What lies over a picture is drawn again with each of them: without a guide nothing does.
    if matches!(outline, Outline::None) {
        return frame(picture);
    }
    let guide = Guide { outline, colour: t.colour.guide, width: t.size.line_strong + 1.0 };
    let over = Canvas::new(guide).width(Length::Fixed(width)).height(Length::Fixed(height));
    frame(stack![picture, over].width(width).height(height).into())
}
