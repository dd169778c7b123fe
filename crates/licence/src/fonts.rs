//! 字体: the four faces, read when first needed and then kept.
//!
//! A face is 10 to 15 MB and takes some 100 ms to parse, so a kiosk that prints receipts only
//! never reads the serif ones; `load` still checks that all four are there.

use crate::error::PaperError;
use printpdf::ParsedFont;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A font face of the installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Face {
    /// 黑体 regular.
    Sans,
    /// 黑体 bold.
    SansBold,
    /// 宋体 regular.
    Serif,
    /// 宋体 bold.
    SerifBold,
}

impl Face {
    /// All faces, in the order they are numbered in a file.
    pub const ALL: [Self; 4] = [Self::Sans, Self::SansBold, Self::Serif, Self::SerifBold];

    /// File name in the font directory.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Sans => "NotoSansSC-Regular.ttf",
            Self::SansBold => "NotoSansSC-Bold.ttf",
            Self::Serif => "NotoSerifSC-Regular.ttf",
            Self::SerifBold => "NotoSerifSC-Bold.ttf",
        }
    }

    const fn index(self) -> usize {
        match self {
            Self::Sans => 0,
            Self::SansBold => 1,
            Self::Serif => 2,
            Self::SerifBold => 3,
        }
    }
}

/// The faces of one font directory.
pub struct Fonts {
    dir: PathBuf,
    parsed: [OnceLock<Result<ParsedFont, String>>; 4],
}

impl Fonts {
    /// Checks that every face is in `dir`; parses none yet.
    ///
    /// # Errors
    /// [`PaperError::Font`] naming the first file that is missing.
    pub fn load(dir: &Path) -> Result<Self, PaperError> {
        for face in Face::ALL {
            let path = dir.join(face.file());
            if let Err(error) = std::fs::metadata(&path) {
                return Err(PaperError::Font { path, reason: error.to_string() });
            }
        }
        Ok(Self { dir: dir.to_owned(), parsed: std::array::from_fn(|_| OnceLock::new()) })
    }

    /// The parsed face.
    pub(crate) fn get(&self, face: Face) -> Result<&ParsedFont, PaperError> {
        let path = self.dir.join(face.file());
        self.parsed[face.index()]
            .get_or_init(|| parse(&path))
            .as_ref()
            .map_err(|reason| PaperError::Font { path, reason: reason.clone() })
    }

    /// Width of `text` in mm at `size` points.
    ///
    /// # Errors
    /// [`PaperError::GlyphMissing`] for the first character the face lacks.
    pub fn width(&self, face: Face, size: f32, text: &str) -> Result<f32, PaperError> {
        let font = self.get(face)?;
        let per_em = f32::from(font.font_metrics.units_per_em);
        let mut units = 0.0;
        for character in text.chars() {
            units += f32::from(font.get_horizontal_advance(glyph(font, face, character)?));
        }
        Ok(units / per_em * size * MM_PER_POINT)
    }

    /// Pre-flight: every character has a glyph in the face.
    ///
    /// # Errors
    /// [`PaperError::GlyphMissing`] for the first character that has none.
    pub fn check(&self, face: Face, text: &str) -> Result<(), PaperError> {
        let font = self.get(face)?;
        text.chars().try_for_each(|character| glyph(font, face, character).map(drop))
    }
}

/// Millimetres in a point.
pub(crate) const MM_PER_POINT: f32 = 25.4 / 72.0;

fn glyph(font: &ParsedFont, face: Face, character: char) -> Result<u16, PaperError> {
    // Control characters may map to an empty glyph; on a paper they are a mistake all the same.
    match font.lookup_glyph_index(u32::from(character)) {
        Some(glyph) if glyph != 0 && !character.is_control() => Ok(glyph),
        _ => Err(PaperError::GlyphMissing { character, face: face.file() }),
    }
}

fn parse(path: &Path) -> Result<ParsedFont, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    ParsedFont::from_bytes(&bytes, 0, &mut Vec::new()).ok_or_else(|| "not a font this program reads".to_owned())
}
