//! What can go wrong while looking at a picture.

use tongban_domain::code::ErrorCode;

/// 看图失败的原因. No text here carries anything read from a picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VisionError {
    /// The bytes are no whole picture of a kind we take, or one over the limits.
    #[error("not a picture within the limits: {0}")]
    BadImage(&'static str),
    /// A model or the runtime library is not installed; the check goes to a person.
    #[error("model not installed: {0}")]
    ModelMissing(String),
    /// A model file is not the one that `models.toml` names.
    #[error("model file does not match its checksum: {0}")]
    ModelChanged(String),
    /// A model or the list of models cannot be used.
    #[error("model: {0}")]
    Model(String),
    /// The picture library failed.
    #[error("picture library: {0}")]
    Picture(String),
}

impl VisionError {
    /// The code shown to a person.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::BadImage(_) | Self::Picture(_) => ErrorCode::CameraBadImage,
            Self::ModelMissing(_) | Self::ModelChanged(_) | Self::Model(_) => ErrorCode::InstallIncomplete,
        }
    }
}

impl From<opencv::Error> for VisionError {
    fn from(error: opencv::Error) -> Self {
        // OpenCV's messages name functions and sizes, never pixels.
        Self::Picture(format!("{} ({})", error.message.lines().next().unwrap_or_default(), error.code))
    }
}

impl<T> From<ort::Error<T>> for VisionError {
    fn from(error: ort::Error<T>) -> Self {
        Self::Model(error.message().lines().next().unwrap_or_default().to_owned())
    }
}
