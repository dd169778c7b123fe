//! Pictures: live camera frames, captured pages, portraits.
//!
//! The stock image widget measures (and so caches) every frame; when a display
//! is off and nothing is presented, each frame stays in memory. [`Preview`] has
//! a fixed size and only draws.

use iced::advanced::image::{Handle, Image, Renderer as _};
use iced::advanced::layout::{self, Layout};
use iced::advanced::widget::{Tree, Widget};
use iced::advanced::{mouse, renderer};
use iced::{Length, Point, Rectangle, Size};

use crate::Element;

/// Largest live frame in bytes: 960×540 RGBA, just under 2 MiB.
pub const FRAME_BYTES_MAX: usize = 960 * 540 * 4;

/// Makes a picture of raw pixels, `width * height * 4` bytes RGBA.
///
/// Returns `None` when the byte count is not exactly that.
#[must_use]
pub fn rgba(width: u32, height: u32, pixels: Vec<u8>) -> Option<Handle> {
    let bytes = (width as usize).checked_mul(height as usize)?.checked_mul(4)?;
    (pixels.len() == bytes && bytes > 0).then(|| Handle::from_rgba(width, height, pixels))
}

/// A picture in a box of fixed size, scaled to fit and centred.
pub struct Preview {
    handle: Handle,
    size: Size,
    radius: f32,
}

impl Preview {
    /// A box of `width` by `height` pixels.
    #[must_use]
    pub fn new(handle: Handle, width: f32, height: f32) -> Self {
        Self { handle, size: Size::new(width, height), radius: 0.0 }
    }

    /// Rounds the corners of the picture.
    #[must_use]
    pub fn radius(mut self, radius: f32) -> Self {
        self.radius = radius;
        self
    }

    /// Whether the picture fills its box, so that no ground shows beside it.
    ///
    /// A few pixels of difference come from rounding shapes such as 102×126 and
    /// would show as a dark edge, never as a margin.
    #[must_use]
    pub fn covers(&self) -> bool {
        let shown = self.picture(Rectangle::with_size(self.size));
        self.size.width - shown.width < 6.0 && self.size.height - shown.height < 6.0
    }

    fn picture(&self, bounds: Rectangle) -> Rectangle {
        let Handle::Rgba { width, height, .. } = &self.handle else {
            return bounds;
        };
        #[allow(clippy::cast_precision_loss, reason = "sides of a picture fit an f32 exactly")]
        let (w, h) = (*width as f32, *height as f32);
        fit(Size::new(w, h), bounds)
    }
}

/// The largest rectangle of the shape of `inner`, centred in `outer`.
#[must_use]
pub fn fit(inner: Size, outer: Rectangle) -> Rectangle {
    let scale = (outer.width / inner.width).min(outer.height / inner.height);
    let size = Size::new(inner.width * scale, inner.height * scale);
    Rectangle::new(
        Point::new(outer.x + (outer.width - size.width) / 2.0, outer.y + (outer.height - size.height) / 2.0),
        size,
    )
}

impl<Message> Widget<Message, iced::Theme, iced::Renderer> for Preview {
    fn size(&self) -> Size<Length> {
        Size::new(Length::Fixed(self.size.width), Length::Fixed(self.size.height))
    }

    fn layout(&mut self, _tree: &mut Tree, _renderer: &iced::Renderer, limits: &layout::Limits) -> layout::Node {
        layout::Node::new(limits.resolve(self.size.width, self.size.height, Size::ZERO))
    }

    fn draw(
        &self,
        _tree: &Tree,
        renderer: &mut iced::Renderer,
        _theme: &iced::Theme,
        _style: &renderer::Style,
        layout: Layout<'_>,
        _cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        let bounds = layout.bounds();
        let Some(clip) = bounds.intersection(viewport) else { return };
        let mut image = Image::new(self.handle.clone());
        image.border_radius = self.radius.into();
        renderer.draw_image(image, self.picture(bounds), clip);
    }
}

impl<'a, Message: 'a> From<Preview> for Element<'a, Message> {
    fn from(preview: Preview) -> Self {
        Element::new(preview)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_must_be_exactly_as_many_as_the_size_says() {
        assert!(rgba(2, 2, vec![0; 16]).is_some());
        assert!(rgba(2, 2, vec![0; 15]).is_none());
        assert!(rgba(0, 0, Vec::new()).is_none());
        assert!(rgba(u32::MAX, u32::MAX, vec![0; 16]).is_none());
    }

    #[test]
    fn a_picture_keeps_its_shape_and_stands_in_the_middle() {
        let outer = Rectangle::new(Point::new(10.0, 20.0), Size::new(960.0, 540.0));
        let tall = fit(Size::new(480.0, 640.0), outer);
        assert!((tall.height - 540.0).abs() < 0.01 && (tall.width - 405.0).abs() < 0.01);
        assert!((tall.center_x() - outer.center_x()).abs() < 0.01);
    }
}
