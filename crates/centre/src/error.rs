//! What can go wrong at the centre, and the code a person may be shown.

use thiserror::Error;
use tongban_domain::code::ErrorCode;

/// Kind of refusal; the server turns it into a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Not signed in, or the station is not known.
    Unauthorised,
    /// Known, but not allowed.
    Forbidden,
    /// Nothing there.
    NotFound,
    /// The caller saw an older state, or the same id came with other bytes.
    Conflict,
    /// Understood, but breaks a rule.
    Invalid,
    /// Larger than allowed.
    TooLarge,
    /// Too often.
    TooMany,
    /// Another system could not be reached.
    Unavailable,
}

/// An error of a centre service. `Refused` is for the caller; everything else is internal.
#[derive(Debug, Error)]
pub enum CentreError {
    /// A rule says no.
    #[error("refused {code}: {detail}", code = code.as_str())]
    Refused {
        /// Kind.
        kind: Refusal,
        /// Stable code.
        code: ErrorCode,
        /// For logs and technicians; never personal data.
        detail: String,
    },
    /// The database did not do what was asked.
    #[error("database: {operation}")]
    Database {
        /// What was tried.
        operation: String,
        /// Cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Other transactions were in the way each time; the caller may try again.
    #[error("database busy: {operation} after {tries} tries")]
    Busy {
        /// What was tried.
        operation: String,
        /// How often.
        tries: u32,
    },
    /// The object store did not do what was asked.
    #[error("object store: {operation}")]
    Objects {
        /// What was tried.
        operation: String,
        /// Cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An address, a setting or a target that must not be used as it is.
    #[error("refused: {0}")]
    Unsafe(String),
    /// The database file could not be opened or migrated.
    #[error("store: {operation}")]
    Store {
        /// What was tried.
        operation: String,
        /// Cause.
        #[source]
        source: tongban_sqlite::SqliteError,
    },
    /// A file could not be read or made durable.
    #[error("file: {operation}")]
    File {
        /// What was tried.
        operation: String,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// Stored data does not read back as it was written.
    #[error("damaged: {0}")]
    Damaged(String),
    /// A key, certificate or cipher operation failed.
    #[error("crypto: {0}")]
    Crypto(String),
}

impl CentreError {
    /// A refusal.
    #[must_use]
    pub fn refused(kind: Refusal, code: ErrorCode, detail: impl Into<String>) -> Self {
        Self::Refused { kind, code, detail: detail.into() }
    }

    /// A refusal because a rule is broken.
    #[must_use]
    pub fn invalid(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self::refused(Refusal::Invalid, code, detail)
    }

    /// A refusal because nothing is there.
    #[must_use]
    pub fn not_found(what: impl Into<String>) -> Self {
        Self::refused(Refusal::NotFound, ErrorCode::NotFound, what)
    }

    /// A refusal because the caller may not.
    #[must_use]
    pub fn forbidden(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self::refused(Refusal::Forbidden, code, detail)
    }

    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Refused { code, .. } => *code,
            Self::Database { .. } | Self::Busy { .. } | Self::Store { .. } | Self::Crypto(_) => {
                ErrorCode::CentreInternal
            }
            Self::Unsafe(_) => ErrorCode::ConfigInvalid,
            Self::File { .. } | Self::Objects { .. } => ErrorCode::StoreWrite,
            Self::Damaged(_) => ErrorCode::StoreDamaged,
        }
    }

    /// Wraps what an engine said.
    pub(crate) fn database(operation: &str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Database { operation: operation.to_owned(), source: source.into() }
    }

    /// Wraps a failed cipher, key or signature operation.
    pub(crate) fn crypto(operation: &'static str) -> impl FnOnce(tongban_crypto::CryptoError) -> Self {
        move |source| Self::Crypto(format!("{operation}: {source}"))
    }

    /// Wraps a file error with what was tried.
    pub(crate) fn file(operation: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let operation = operation.into();
        move |source| Self::File { operation, source }
    }
}

/// Result of a centre service.
pub type Result<T, E = CentreError> = std::result::Result<T, E>;
