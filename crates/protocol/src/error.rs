//! Why bytes were refused.

use tongban_domain::code::ErrorCode;

/// Why bytes of one of our formats were refused. Holds no content of the bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// A version this release does not know.
    #[error("{what}: version {v} is not known to this release")]
    Version {
        /// Which format.
        what: &'static str,
        /// Version found.
        v: u64,
    },
    /// Not the format it should be.
    #[error("{what}: {why}")]
    Malformed {
        /// Which format.
        what: &'static str,
        /// What was wrong.
        why: &'static str,
    },
    /// Well-formed, but not in the one encoding allowed.
    #[error("{what}: not in canonical form")]
    NotCanonical {
        /// Which format.
        what: &'static str,
    },
    /// Larger than the format allows.
    #[error("{what}: larger than {limit} allowed")]
    TooLarge {
        /// Which format or part.
        what: &'static str,
        /// Limit, bytes or entries.
        limit: u64,
    },
    /// Two parts that must agree do not.
    #[error("{what}: {why}")]
    Disagrees {
        /// Which format.
        what: &'static str,
        /// Which parts.
        why: &'static str,
    },
    /// The signature does not hold.
    #[error("{what}: signature does not hold")]
    Signature {
        /// Which format.
        what: &'static str,
    },
    /// The sealed part cannot be opened with this key in this place.
    #[error("{what}: sealed part cannot be opened")]
    Sealed {
        /// Which format.
        what: &'static str,
    },
    /// A key refused to work.
    #[error("{what}: key cannot be used")]
    Key {
        /// Which format.
        what: &'static str,
    },
}

impl FormatError {
    /// The stable code a person meets.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Version { .. } => ErrorCode::FormatUnknown,
            Self::Malformed { .. } | Self::NotCanonical { .. } | Self::TooLarge { .. } | Self::Disagrees { .. } => {
                ErrorCode::NetworkGarbage
            }
            Self::Signature { .. } | Self::Sealed { .. } | Self::Key { .. } => ErrorCode::SealBroken,
        }
    }

    pub(crate) const fn malformed(what: &'static str, why: &'static str) -> Self {
        Self::Malformed { what, why }
    }
}
