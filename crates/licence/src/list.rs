//! 版面: what stands on a sheet, in millimetres from the top left corner.
//!
//! A back-end (PDF today; an OFD or screen back-end would read the same list) draws the items
//! in order, so later ones cover earlier ones.

use crate::fonts::Face;

/// A colour, each part 0 to 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

impl Colour {
    /// Text.
    pub const INK: Self = Self(0x1a, 0x1a, 0x1a);
    /// Labels and footers.
    pub const SOFT: Self = Self(0x59, 0x59, 0x59);
    /// Rules in tables.
    pub const RULE: Self = Self(0x9a, 0x9a, 0x9a);
    /// 印泥 red.
    pub const SEAL: Self = Self(0xdb, 0x2b, 0x28);
    /// Watermark.
    pub const FAINT: Self = Self(0xf2, 0xf2, 0xf2);
    /// Table heads.
    pub const PALE: Self = Self(0xf3, 0xf5, 0xf7);
    /// QR modules.
    pub const BLACK: Self = Self(0, 0, 0);
    /// The gold of a licence's border.
    pub const GOLD: Self = Self(0xb0, 0x8a, 0x3e);
    /// The dark red of a licence's title.
    pub const CRIMSON: Self = Self(0xa6, 0x14, 0x14);
}

/// One line of text. `y` is the baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Left end of the baseline.
    pub x: f32,
    /// Baseline.
    pub y: f32,
    /// Which font.
    pub face: Face,
    /// Size in points.
    pub size: f32,
    /// Colour.
    pub colour: Colour,
    /// Turned anticlockwise about (x, y), in degrees.
    pub turn: f32,
    /// The characters, in reading order.
    pub text: String,
}

/// A part of an outline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Segment {
    /// Straight to this point.
    Line(f32, f32),
    /// Bézier curve: two control points and the end.
    Curve(f32, f32, f32, f32, f32, f32),
}

/// A closed outline.
#[derive(Debug, Clone, PartialEq)]
pub struct Ring {
    /// Start.
    pub from: (f32, f32),
    /// The rest; closed back to the start.
    pub segments: Vec<Segment>,
}

impl Ring {
    /// An upright rectangle.
    #[must_use]
    pub fn rect(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self {
            from: (x, y),
            segments: vec![
                Segment::Line(x + width, y),
                Segment::Line(x + width, y + height),
                Segment::Line(x, y + height),
            ],
        }
    }

    /// A circle of four curves.
    #[must_use]
    pub fn circle(x: f32, y: f32, radius: f32) -> Self {
        // The usual constant for a quarter circle, error below 0.03 % of the radius.
        let k = radius * 0.552_285;
        let r = radius;
        Self {
            from: (x + r, y),
            segments: vec![
                Segment::Curve(x + r, y + k, x + k, y + r, x, y + r),
                Segment::Curve(x - k, y + r, x - r, y + k, x - r, y),
                Segment::Curve(x - r, y - k, x - k, y - r, x, y - r),
                Segment::Curve(x + k, y - r, x + r, y - k, x + r, y),
            ],
        }
    }
}

/// A thing on a sheet.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// Text.
    Text(Run),
    /// A straight line.
    Line {
        /// Start.
        from: (f32, f32),
        /// End.
        to: (f32, f32),
        /// Thickness in mm.
        width: f32,
        /// Colour.
        colour: Colour,
    },
    /// A line through points, with round ends: handwriting.
    Trace {
        /// Its points, in order; a single one is a dot.
        points: Vec<(f32, f32)>,
        /// Thickness in mm.
        width: f32,
        /// Colour.
        colour: Colour,
    },
    /// Filled outlines (non-zero winding).
    Fill {
        /// Outlines.
        rings: Vec<Ring>,
        /// Colour.
        colour: Colour,
    },
    /// A drawn outline.
    Stroke {
        /// Outline.
        ring: Ring,
        /// Thickness in mm.
        width: f32,
        /// Colour.
        colour: Colour,
    },
    /// QR modules, row by row, `count` in a row; the quiet zone is the caller's.
    Modules {
        /// Left.
        x: f32,
        /// Top.
        y: f32,
        /// Side of the whole square.
        side: f32,
        /// Modules in a row.
        count: usize,
        /// `count * count` values, true is dark.
        dark: Vec<bool>,
    },
    /// A PNG picture.
    Picture {
        /// Left.
        x: f32,
        /// Top.
        y: f32,
        /// Width; the height follows from the picture.
        width: f32,
        /// The file.
        png: Vec<u8>,
    },
}

/// One page.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// Width in mm.
    pub width: f32,
    /// Height in mm.
    pub height: f32,
    /// What stands on it, in drawing order.
    pub items: Vec<Item>,
}

impl Sheet {
    /// An empty A4 page, upright.
    #[must_use]
    pub const fn a4() -> Self {
        Self { width: 210.0, height: 297.0, items: Vec::new() }
    }

    /// An empty A4 page, lying.
    #[must_use]
    pub const fn a4_landscape() -> Self {
        Self { width: 297.0, height: 210.0, items: Vec::new() }
    }
}
