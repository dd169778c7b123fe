//! Why a paper was not made.

use std::path::PathBuf;
use tongban_domain::code::ErrorCode;

/// A paper is made whole or not at all.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// A character has no glyph in the font the layout asks for (`P107`).
    #[error("no glyph for {character:?} (U+{code:04X}) in {face}", code = u32::from(*character))]
    GlyphMissing {
        /// The character; the only thing of the applicant's data that the error carries.
        character: char,
        /// The font it was looked for in.
        face: &'static str,
    },
    /// A text does not fit its field even at the smallest size allowed (`C103`).
    #[error("the text for {field} does not fit the paper")]
    TooLong {
        /// Name of the field in the template.
        field: String,
    },
    /// The QR payload is longer than a QR code can hold (`C103`).
    #[error("the QR payload of {0} bytes cannot be coded")]
    Qr(usize),
    /// A font file is missing or damaged (`K104`).
    #[error("font {path}: {reason}", path = path.display())]
    Font {
        /// The file looked for.
        path: PathBuf,
        /// What was wrong.
        reason: String,
    },
    /// A layout template cannot be used (`K102`).
    #[error("template {name}: {reason}")]
    Template {
        /// File name of the template.
        name: String,
        /// What was wrong.
        reason: String,
    },
    /// A seal picture is not a PNG this program reads (`K102`).
    #[error("seal picture: {0}")]
    SealPicture(String),
    /// The pages of a material cannot be bound (`D132`).
    #[error("scanned pages: {0}")]
    Scan(&'static str),
    /// The PDF writer complained; the paper is withheld (`K104`).
    #[error("PDF writer: {0}")]
    Writer(String),
}

impl PaperError {
    /// The stable code shown to people.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::GlyphMissing { .. } => ErrorCode::GlyphMissing,
            Self::TooLong { .. } | Self::Qr(_) => ErrorCode::FieldInvalid,
            Self::Scan(_) => ErrorCode::CameraBadImage,
            Self::Font { .. } | Self::Writer(_) => ErrorCode::InstallIncomplete,
            Self::Template { .. } | Self::SealPicture(_) => ErrorCode::ConfigInvalid,
        }
    }
}
