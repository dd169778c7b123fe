//! The papers, one file each.

pub mod licence;
pub mod notice;
pub mod proof;
pub mod receipt;

use crate::draw::{Align, Canvas, Style};
use crate::error::PaperError;
use crate::fonts::{Face, Fonts};
use crate::list::{Colour, Sheet};
use crate::template::{Values, put};

/// Margins of the upright papers: left edge, width of the text, lowest y of the text.
pub const LEFT: f32 = 20.0;
/// Width of the text on upright papers.
pub const ROOM: f32 = 170.0;
/// Text ends here; the footer stands below.
pub const FOOT: f32 = 276.0;

/// Footer of an upright paper: page count in the middle, a demonstration note to the left.
pub struct Footer<'t> {
    pub page: &'t str,
    pub demo_note: Option<&'t str>,
    pub watermark: &'t str,
}

/// Writes page numbers, and on a demonstration paper the note and the watermark, on every sheet.
pub fn finish(fonts: &Fonts, sheets: Vec<Sheet>, footer: &Footer<'_>) -> Result<Vec<Sheet>, PaperError> {
    let count = sheets.len();
    let style = Style::new(Face::Sans, 8.5, Colour::SOFT);
    let mut done = Vec::with_capacity(count);
    for (at, sheet) in sheets.into_iter().enumerate() {
        let mut canvas = Canvas::new(fonts, sheet);
        let values: Values<'_> = [("page", (at + 1).to_string()), ("pages", count.to_string())].into();
        canvas.line((LEFT, 280.0), (LEFT + ROOM, 280.0), 0.2, Colour::RULE);
        canvas.text(LEFT + ROOM, 285.5, Align::Right, style, &put(footer.page, &values)?)?;
        if let Some(note) = footer.demo_note {
            canvas.text(LEFT, 285.5, Align::Left, Style { colour: Colour::SEAL, ..style }, note)?;
            canvas.watermark(footer.watermark, 150.0)?;
        }
        done.push(canvas.sheet);
    }
    Ok(done)
}
