//! The bundled fonts: Noto Sans SC, regular and bold.
//!
//! The files are not in the repository; `assets/fonts/fetch.sh` puts them into
//! `assets/fonts` with a checksum check.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use iced::Font;
use iced::font::Weight;

/// Family name inside both files.
pub const FAMILY: &str = "Noto Sans SC";
/// Body text.
pub const REGULAR: Font = Font::with_name(FAMILY);
/// Titles, buttons and numbers that matter.
pub const BOLD: Font = Font { weight: Weight::Bold, ..Font::with_name(FAMILY) };
/// File names below the font directory.
pub const FILES: [&str; 2] = ["NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf"];

/// Why fonts cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FontError {
    /// A font file is missing or unreadable.
    #[error("font file {path} cannot be read; run assets/fonts/fetch.sh")]
    Read {
        /// The file asked for.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file is not a TrueType or OpenType font.
    #[error("{path} is not a font file")]
    NotAFont {
        /// The file asked for.
        path: PathBuf,
    },
}

/// Reads the bundled fonts from `directory` (normally `assets/fonts`).
///
/// # Errors
/// [`FontError`] names the file that is missing or is no font.
pub fn load(directory: &Path) -> Result<Vec<Cow<'static, [u8]>>, FontError> {
    FILES
        .iter()
        .map(|name| {
            let path = directory.join(name);
            let bytes = std::fs::read(&path).map_err(|source| FontError::Read { path: path.clone(), source })?;
            match bytes.get(..4) {
                Some([0, 1, 0, 0] | b"OTTO" | b"true" | b"ttcf") => Ok(Cow::Owned(bytes)),
                _ => Err(FontError::NotAFont { path }),
            }
        })
        .collect()
}
