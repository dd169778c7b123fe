//! What can go wrong; never says which byte was wrong and never holds key material.

/// Why a cryptographic operation was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// The bytes are not a key of the kind expected.
    #[error("not a usable key")]
    Key,
    /// The signature is malformed or does not belong to these bytes and this key.
    #[error("signature does not hold")]
    Signature,
    /// Sealed bytes were changed, cut, reordered or belong to another key or context.
    #[error("sealed bytes cannot be opened")]
    Sealed,
    /// Sealed bytes carry a format version this release does not know.
    #[error("unknown format version")]
    Version,
    /// The passphrase is wrong or the sealed key was changed.
    #[error("passphrase does not open the key")]
    Passphrase,
    /// Reading or writing failed on the way.
    #[error("i/o failed: {0:?}")]
    Io(std::io::ErrorKind),
}

impl From<std::io::Error> for CryptoError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error.kind())
    }
}
