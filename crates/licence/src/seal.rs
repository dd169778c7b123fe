//! 印章: the round seal, drawn as outlines (it is a picture, not text to be copied).

use crate::data::SealFace;
use crate::draw::{Align, Canvas, Style};
use crate::error::PaperError;
use crate::fonts::{Face, Fonts};
use crate::list::{Colour, Item, Ring, Segment};
use ttf_parser::OutlineBuilder;

/// Radius of a public seal in mm (42 mm across, 国发〔1999〕25号 for offices of a city).
const RADIUS: f32 = 21.0;

/// Room for a straight line of text between the ends of the ring's text, in mm.
const STRAIGHT_ROOM: f32 = 24.0;

/// Draws a seal with its centre at (x, y).
pub fn draw(canvas: &mut Canvas<'_>, seal: &SealFace, x: f32, y: f32) -> Result<(), PaperError> {
    match seal {
        SealFace::Slot => {
            let style = Style::new(Face::Serif, 10.0, Colour::RULE);
            canvas.text(x, y + 1.5, Align::Centre, style, "（盖章处）")
        }
        SealFace::Picture(png) => {
            canvas.sheet.items.push(Item::Picture { x: x - 20.0, y: y - 20.0, width: 40.0, png: png.clone() });
            Ok(())
        }
        SealFace::Drawn { organisation, purpose, demo } => round(canvas, organisation, purpose, *demo, x, y),
    }
}

fn round(
    canvas: &mut Canvas<'_>,
    organisation: &str,
    purpose: &str,
    demo: bool,
    x: f32,
    y: f32,
) -> Result<(), PaperError> {
    let rim = Item::Stroke { ring: Ring::circle(x, y, RADIUS - 0.6), width: 1.2, colour: Colour::SEAL };
    canvas.sheet.items.push(rim);
    canvas.fill(star(x, y - 1.0, 6.0), Colour::SEAL);
    let mut rings = Vec::new();
    around(canvas.fonts, organisation, x, y, &mut rings)?;
    if !purpose.is_empty() {
        straight(canvas.fonts, purpose, x, y + 11.4, 3.5, &mut rings)?;
    }
    if demo {
        straight(canvas.fonts, "（演示）", x, y + 15.9, 3.3, &mut rings)?;
    }
    canvas.sheet.items.push(Item::Fill { rings, colour: Colour::SEAL });
    Ok(())
}

/// A five-pointed star, one point up.
fn star(x: f32, y: f32, radius: f32) -> Ring {
    // The inner corners of a regular star lie at this part of the radius.
    const INNER: f32 = 0.381_966;
    let corner = |at: u8| {
        let angle = f32::from(at) * std::f32::consts::PI / 5.0;
        let reach = if at.is_multiple_of(2) { radius } else { radius * INNER };
        (x + reach * angle.sin(), y - reach * angle.cos())
    };
    Ring { from: corner(0), segments: (1..10).map(corner).map(|(x, y)| Segment::Line(x, y)).collect() }
}

/// The organisation's name around the star, from lower left over the top to lower right.
fn around(fonts: &Fonts, text: &str, x: f32, y: f32, rings: &mut Vec<Ring>) -> Result<(), PaperError> {
    let count = text.chars().count();
    if count == 0 {
        return Ok(());
    }
    #[expect(clippy::cast_precision_loss, reason = "a name has some dozens of characters")]
    let letters = count as f32;
    // Wide steps for short names, at most 27 degrees; the ring stays open at the foot.
    let step = (250.0 / letters).min(27.0);
    // A glyph may not be wider than its step on the middle circle.
    let middle = RADIUS - 5.2;
    let width = (middle * step.to_radians() * 0.95).min(4.6);
    let shape = Placing { width, height: 5.6_f32.min(width * 1.55), radius: middle };
    let mut angle = -(letters - 1.0) * step / 2.0;
    for character in text.chars() {
        outline(fonts, character, |u, v| shape.bend(u, v, angle, x, y), rings)?;
        angle += step;
    }
    Ok(())
}

struct Placing {
    width: f32,
    height: f32,
    radius: f32,
}

impl Placing {
    /// From the em square (u right, v up, 0 to 1) to a place on the ring.
    fn bend(&self, u: f32, v: f32, angle: f32, x: f32, y: f32) -> (f32, f32) {
        let (sin, cos) = angle.to_radians().sin_cos();
        let across = (u - 0.5) * self.width;
        let out = self.radius + (v - 0.5) * self.height;
        (x + across * cos + out * sin, y + across * sin - out * cos)
    }
}

/// A straight centred line of characters, `size` mm high.
fn straight(fonts: &Fonts, text: &str, x: f32, y: f32, size: f32, rings: &mut Vec<Ring>) -> Result<(), PaperError> {
    // Long purposes are narrowed to stay within the rim.
    #[expect(clippy::cast_precision_loss, reason = "a purpose has a dozen characters")]
    let letters = text.chars().count() as f32;
    let width = size.min(STRAIGHT_ROOM / letters.max(1.0));
    let mut left = x - width * letters / 2.0;
    for character in text.chars() {
        outline(fonts, character, |u, v| (left + u * width, y + (0.5 - v) * size), rings)?;
        left += width;
    }
    Ok(())
}

/// Adds the outlines of one glyph, its em square mapped by `place`.
fn outline(
    fonts: &Fonts,
    character: char,
    place: impl Fn(f32, f32) -> (f32, f32),
    rings: &mut Vec<Ring>,
) -> Result<(), PaperError> {
    fonts.check(Face::SansBold, character.encode_utf8(&mut [0; 4]))?;
    let font = fonts.get(Face::SansBold)?;
    let damaged = || PaperError::Writer("seal font has no outlines".to_owned());
    let bytes = font.source_bytes().ok_or_else(damaged)?;
    let face = ttf_parser::Face::parse(bytes.as_slice(), 0).map_err(|_| damaged())?;
    let glyph = face.glyph_index(character).ok_or_else(damaged)?;
    let em = f32::from(face.units_per_em());
    // The em square of Chinese glyphs reaches 0.12 em below the baseline.
    let mut tracer = Tracer { em, drop: 0.12, place, rings, last: (0.0, 0.0) };
    face.outline_glyph(glyph, &mut tracer);
    Ok(())
}

struct Tracer<'r, P> {
    em: f32,
    drop: f32,
    place: P,
    rings: &'r mut Vec<Ring>,
    /// Current point in font units, for raising quadratic curves to cubic ones.
    last: (f32, f32),
}

impl<P: Fn(f32, f32) -> (f32, f32)> Tracer<'_, P> {
    fn map(&self, x: f32, y: f32) -> (f32, f32) {
        (self.place)(x / self.em, y / self.em + self.drop)
    }

    fn push(&mut self, segment: Segment) {
        if let Some(ring) = self.rings.last_mut() {
            ring.segments.push(segment);
        }
    }
}

impl<P: Fn(f32, f32) -> (f32, f32)> OutlineBuilder for Tracer<'_, P> {
    fn move_to(&mut self, x: f32, y: f32) {
        let from = self.map(x, y);
        self.rings.push(Ring { from, segments: Vec::new() });
        self.last = (x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (u, v) = self.map(x, y);
        self.push(Segment::Line(u, v));
        self.last = (x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let third = |from: f32, control: f32| from + (control - from) * 2.0 / 3.0;
        let (fx, fy) = self.last;
        self.curve_to(third(fx, x1), third(fy, y1), third(x, x1), third(y, y1), x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (a, b) = self.map(x1, y1);
        let (c, d) = self.map(x2, y2);
        let (u, v) = self.map(x, y);
        self.push(Segment::Curve(a, b, c, d, u, v));
        self.last = (x, y);
    }

    fn close(&mut self) {}
}
