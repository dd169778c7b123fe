//! 手写签名 as evidence: the strokes as they were written, and how they are drawn back.
//!
//! The file is JSON, `{"v":1,"width":W,"height":H,"strokes":[[[x,y,pressure,ms],…],…]}`: units of the field it was
//! written in, from its top left; pressure 0 where none was told; milliseconds since the first point. Media type
//! [`MEDIA`]. What is drawn back are straight lines between neighbouring points, nothing is smoothed or added.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::fmt::Write as _;
use thiserror::Error;

/// Media type of the file.
pub const MEDIA: &str = "application/x-tongban-ink+json";
/// Most points of a signature: a minute at 200 points a second.
pub const POINTS_MAX: usize = 12_000;
/// Largest file, bytes.
pub const BYTES_MAX: usize = 1024 * 1024;
/// Largest side of a field, units.
const SIDE_MAX: u32 = 1_000_000;
/// Thickness of a drawn stroke, in shares of the field's height.
pub const PEN: f32 = 0.018;

/// 墨点: where the pen was.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[u32; 4]", into = "[u32; 4]")]
pub struct Dot {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
    /// 0 where the field tells none.
    pub pressure: u32,
    /// Milliseconds since the first point.
    pub ms: u32,
}

impl From<[u32; 4]> for Dot {
    fn from([x, y, pressure, ms]: [u32; 4]) -> Self {
        Self { x, y, pressure, ms }
    }
}

impl From<Dot> for [u32; 4] {
    fn from(dot: Dot) -> Self {
        [dot.x, dot.y, dot.pressure, dot.ms]
    }
}

/// 手写签名: pen-down to pen-up is one stroke. Personal: Debug shows counts only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handwriting {
    v: u16,
    width: u32,
    height: u32,
    strokes: Vec<Vec<Dot>>,
}

impl fmt::Debug for Handwriting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handwriting({} strokes)", self.strokes.len())
    }
}

/// 手写签名 refused: why a file or strokes are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InkError {
    /// Not the JSON of this format.
    #[error("not a file of strokes")]
    Form,
    /// A version nobody knows here.
    #[error("version {0} of strokes is not known")]
    Version(u16),
    /// Larger than any signature.
    #[error("more than a signature")]
    TooMuch,
    /// No points, or points outside the field.
    #[error("no strokes inside their field")]
    Outside,
}

impl Handwriting {
    /// Strokes written in a field of `width`×`height` units; empty strokes are left out.
    ///
    /// # Errors
    /// [`InkError::Outside`] without points or with points outside, [`InkError::TooMuch`] for more than a signature.
    pub fn new(width: u32, height: u32, strokes: Vec<Vec<Dot>>) -> Result<Self, InkError> {
        let strokes: Vec<Vec<Dot>> = strokes.into_iter().filter(|stroke| !stroke.is_empty()).collect();
        let ink = Self { v: 1, width, height, strokes };
        ink.judged()
    }

    fn judged(self) -> Result<Self, InkError> {
        if self.v != 1 {
            return Err(InkError::Version(self.v));
        }
        let points: usize = self.strokes.iter().map(Vec::len).sum();
        if points > POINTS_MAX {
            return Err(InkError::TooMuch);
        }
        let field = (1..=SIDE_MAX).contains(&self.width) && (1..=SIDE_MAX).contains(&self.height);
        let inside = self.strokes.iter().flatten().all(|dot| dot.x <= self.width && dot.y <= self.height);
        let whole = points > 0 && self.strokes.iter().all(|stroke| !stroke.is_empty());
        if field && inside && whole { Ok(self) } else { Err(InkError::Outside) }
    }

    /// The file; the same strokes give the same bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("numbers are JSON")
    }

    /// A file, judged anew.
    ///
    /// # Errors
    /// [`InkError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InkError> {
        if bytes.len() > BYTES_MAX {
            return Err(InkError::TooMuch);
        }
        serde_json::from_slice::<Self>(bytes).map_err(|_| InkError::Form)?.judged()
    }

    /// Width and height of the field, units.
    #[must_use]
    pub const fn field(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// The strokes.
    #[must_use]
    pub fn strokes(&self) -> &[Vec<Dot>] {
        &self.strokes
    }

    /// The strokes in a box of `width`×`height`, in proportion and centred; what drawn strokes are made of.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "sides of a field fit an f32 to a ten-thousandth")]
    pub fn lines(&self, width: f32, height: f32) -> Vec<Vec<(f32, f32)>> {
        let scale = (width / self.width as f32).min(height / self.height as f32);
        let left = (width - self.width as f32 * scale) / 2.0;
        let top = (height - self.height as f32 * scale) / 2.0;
        let place = |dot: &Dot| (left + dot.x as f32 * scale, top + dot.y as f32 * scale);
        self.strokes.iter().map(|stroke| stroke.iter().map(place).collect()).collect()
    }

    /// A picture for a browser, dark on white: SVG with paths alone.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let (width, height) = self.field();
        let pen = (f64::from(height) * f64::from(PEN)).max(1.0);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"600\">\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\
             <path fill=\"none\" stroke=\"#111\" stroke-width=\"{pen:.1}\" stroke-linecap=\"round\" \
             stroke-linejoin=\"round\" d=\""
        );
        for stroke in &self.strokes {
            for (at, dot) in stroke.iter().enumerate() {
                let _ = write!(svg, "{}{} {}", if at == 0 { 'M' } else { 'L' }, dot.x, dot.y);
            }
            // A dot is a line to where it began; with round ends it is seen.
            if let [dot] = stroke.as_slice() {
                let _ = write!(svg, "L{} {}", dot.x, dot.y);
            }
        }
        svg.push_str("\"/></svg>");
        svg
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn dot(x: u32, y: u32, ms: u32) -> Dot {
        Dot { x, y, pressure: 0, ms }
    }

    fn written() -> Handwriting {
        let strokes = vec![vec![dot(10, 20, 0), dot(30, 40, 8)], Vec::new(), vec![dot(300, 100, 50)]];
        Handwriting::new(300, 100, strokes).unwrap()
    }

    #[test]
    fn a_signature_comes_back_from_its_file_as_it_was_written() {
        let ink = written();
        let file = "{\"v\":1,\"width\":300,\"height\":100,\"strokes\":[[[10,20,0,0],[30,40,0,8]],[[300,100,0,50]]]}";
        assert_eq!(String::from_utf8(ink.to_bytes()).unwrap(), file, "an empty stroke is none");
        assert_eq!(Handwriting::from_bytes(file.as_bytes()), Ok(ink.clone()));
        assert_eq!(format!("{ink:?}"), "Handwriting(2 strokes)");
    }

    #[test]
    fn what_is_no_signature_is_refused_and_says_why() {
        let read = |text: &str| Handwriting::from_bytes(text.as_bytes());
        assert_eq!(read("{\"v\":2,\"width\":3,\"height\":1,\"strokes\":[[[1,1,0,0]]]}"), Err(InkError::Version(2)));
        for (text, why) in [
            ("", InkError::Form),
            ("{\"v\":1,\"width\":3,\"height\":1,\"strokes\":[[[1,1,0]]]}", InkError::Form),
            ("{\"v\":1,\"width\":3,\"height\":1,\"strokes\":[[[-1,1,0,0]]]}", InkError::Form),
            ("{\"v\":1,\"width\":3,\"height\":1,\"strokes\":[[[1,1,0,0]]],\"more\":1}", InkError::Form),
            ("{\"v\":1,\"width\":3,\"height\":1,\"strokes\":[]}", InkError::Outside),
            ("{\"v\":1,\"width\":3,\"height\":1,\"strokes\":[[],[[1,1,0,0]]]}", InkError::Outside),
            ("{\"v\":1,\"width\":3,\"height\":1,\"strokes\":[[[1,2,0,0]]]}", InkError::Outside),
            ("{\"v\":1,\"width\":0,\"height\":1,\"strokes\":[[[0,0,0,0]]]}", InkError::Outside),
            ("{\"v\":1,\"width\":4294967295,\"height\":1,\"strokes\":[[[0,0,0,0]]]}", InkError::Outside),
        ] {
            assert_eq!(read(text), Err(why), "{text}");
        }
        assert_eq!(Handwriting::new(9, 9, vec![vec![dot(1, 1, 0); POINTS_MAX + 1]]), Err(InkError::TooMuch));
        assert_eq!(Handwriting::from_bytes(&vec![b' '; BYTES_MAX + 1]), Err(InkError::TooMuch));
    }

    #[test]
    fn drawn_back_it_keeps_its_shape_in_the_middle_of_its_box() {
        let lines = written().lines(60.0, 60.0);
        assert_eq!(lines[0][0], (2.0, 24.0), "a fifth of its size, twenty from the top");
        assert_eq!(lines[1], [(60.0, 40.0)]);
        let svg = written().to_svg();
        assert!(svg.contains("d=\"M10 20L30 40M300 100L300 100\""), "{svg}");
        assert_eq!(svg.matches('<').count(), 4, "two shapes and nothing else: {svg}");
    }
}
