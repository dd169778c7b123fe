//! QR codes (ISO/IEC 18004): a module grid and the widget that draws it.

use iced::advanced::layout::{self, Layout};
use iced::advanced::mouse;
use iced::advanced::renderer::{self, Renderer as _};
use iced::advanced::widget::{Tree, Widget};
use iced::{Color, Length, Rectangle, Size};

use crate::Element;

/// Light modules around the code that readers need.
const QUIET_ZONE: usize = 4;

/// The modules of one code, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrModules {
    side: usize,
    dark: Vec<bool>,
}

/// The text does not fit into a QR code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("text is too long for a QR code")]
pub struct TooLong;

impl QrModules {
    /// Encodes `text` with error correction level M.
    ///
    /// # Errors
    /// [`TooLong`] when no version holds the text.
    pub fn encode(text: &str) -> Result<Self, TooLong> {
        let code = qrcode::QrCode::new(text).map_err(|_| TooLong)?;
        let dark = code.to_colors().iter().map(|c| *c == qrcode::Color::Dark).collect();
        Ok(Self { side: code.width(), dark })
    }

    /// Takes a grid made elsewhere; `None` when it is not `side` by `side`.
    #[must_use]
    pub fn from_grid(side: usize, dark: Vec<bool>) -> Option<Self> {
        (side > 0 && side.checked_mul(side) == Some(dark.len())).then_some(Self { side, dark })
    }

    /// Modules per side, without the quiet zone.
    #[must_use]
    pub fn side(&self) -> usize {
        self.side
    }

    /// Whether the module is dark; outside the grid it is light.
    #[must_use]
    pub fn is_dark(&self, row: usize, column: usize) -> bool {
        row < self.side && column < self.side && self.dark[row * self.side + column]
    }

    /// Runs of dark modules: row, first column, length.
    fn runs(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        (0..self.side).flat_map(move |row| {
            let mut column = 0;
            std::iter::from_fn(move || {
                while column < self.side && !self.is_dark(row, column) {
                    column += 1;
                }
                let start = column;
                while self.is_dark(row, column) {
                    column += 1;
                }
                (column > start).then_some((row, start, column - start))
            })
        })
    }
}

/// A QR code in a square; black on white in every look, or readers fail.
pub struct Qr {
    modules: QrModules,
    size: f32,
}

impl Qr {
    /// A square of at most `size` pixels; modules are whole pixels.
    #[must_use]
    pub fn new(modules: QrModules, size: f32) -> Self {
        Self { modules, size }
    }

    fn module_pixels(&self) -> f32 {
        #[allow(clippy::cast_precision_loss, reason = "a code has at most 177 modules a side")]
        let count = (self.modules.side + 2 * QUIET_ZONE) as f32;
        (self.size / count).floor().max(1.0)
    }

    #[allow(clippy::cast_precision_loss, reason = "a code has at most 177 modules a side")]
    fn side_pixels(&self) -> f32 {
        self.module_pixels() * (self.modules.side + 2 * QUIET_ZONE) as f32
    }
}

impl<Message> Widget<Message, iced::Theme, iced::Renderer> for Qr {
    fn size(&self) -> Size<Length> {
        let side = Length::Fixed(self.side_pixels());
        Size::new(side, side)
    }

    fn layout(&mut self, _tree: &mut Tree, _renderer: &iced::Renderer, _limits: &layout::Limits) -> layout::Node {
        layout::Node::new(Size::new(self.side_pixels(), self.side_pixels()))
    }

    #[allow(clippy::cast_precision_loss, reason = "a code has at most 177 modules a side")]
    fn draw(
        &self,
        _tree: &Tree,
        renderer: &mut iced::Renderer,
        _theme: &iced::Theme,
        _style: &renderer::Style,
        layout: Layout<'_>,
        _cursor: mouse::Cursor,
        _viewport: &Rectangle,
    ) {
        let bounds = layout.bounds();
        let module = self.module_pixels();
        renderer.fill_quad(renderer::Quad { bounds, ..renderer::Quad::default() }, Color::WHITE);
        let (left, top) = (bounds.x.round(), bounds.y.round());
        for (row, column, length) in self.modules.runs() {
            let bounds = Rectangle {
                x: left + (column + QUIET_ZONE) as f32 * module,
                y: top + (row + QUIET_ZONE) as f32 * module,
                width: length as f32 * module,
                height: module,
            };
            let quad = renderer::Quad { bounds, ..renderer::Quad::default() };
            renderer.fill_quad(quad, Color::BLACK);
        }
    }
}

impl<'a, Message: 'a> From<Qr> for Element<'a, Message> {
    fn from(qr: Qr) -> Self {
        Element::new(qr)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_finders_and_runs_cover_exactly_the_dark_modules() {
        let code = QrModules::encode("https://demo.invalid/q/1").expect("fits");
        let last = code.side() - 7;
        for (row, column) in [(0, 0), (0, last), (last, 0)] {
            assert!((0..7).all(|at| code.is_dark(row, column + at)), "finder edge");
            assert!(!code.is_dark(row + 1, column + 1) && code.is_dark(row + 3, column + 3));
        }
        let drawn: usize = code.runs().map(|(_, _, length)| length).sum();
        let side = code.side();
        let dark = (0..side * side).filter(|at| code.is_dark(at / side, at % side)).count();
        assert_eq!(drawn, dark);
        assert!(!code.is_dark(side, 0), "outside is light");
    }

    #[test]
    fn grids_of_a_wrong_size_and_endless_texts_are_refused() {
        assert!(QrModules::from_grid(2, vec![true; 4]).is_some());
        assert!(QrModules::from_grid(2, vec![true; 5]).is_none());
        assert!(QrModules::from_grid(0, Vec::new()).is_none());
        assert_eq!(QrModules::encode(&"长".repeat(4000)), Err(TooLong));
    }
}
