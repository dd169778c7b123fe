//! What can go wrong at the station's store, by what has to be done about it.

use std::io;
use tongban_crypto::CryptoError;
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::CaseId;
use tongban_protocol::FormatError;
use tongban_sqlite::SqliteError;
use uuid::Uuid;

/// A refused or failed call. Nothing was written unless the text says so.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database.
    #[error("station database")]
    Database(#[from] SqliteError),
    /// A file beside the database.
    #[error("could not {doing}")]
    File {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Another process has this store open.
    #[error("the store is in use by another process")]
    InUse,
    /// The directory belongs to another station.
    #[error("the store belongs to station {found}")]
    OtherStation {
        /// Whose it is.
        found: String,
    },
    /// No such case here.
    #[error("case {0} is not at this station")]
    NoCase(CaseId),
    /// The case's key is gone: it was erased.
    #[error("case {0} was erased")]
    Erased(CaseId),
    /// The rules do not allow the event.
    #[error("the rules refuse the step ({0:?})")]
    Refused(ErrorCode, #[source] Box<dyn std::error::Error + Send + Sync>),
    /// The event names a file that was not put first.
    #[error("blob {0} is not in the store")]
    BlobMissing(String),
    /// The idempotency key was used for another case.
    #[error("idempotency key belongs to another case")]
    IdemReused,
    /// Bytes do not match what their name promises.
    #[error("stored content fails its check: {0}")]
    Unsound(String),
    /// The store was changed past the program; nothing of it is used.
    #[error("the store was changed past the program: {}", .0.join("; "))]
    Evidence(Vec<String>),
    /// Repair would have to invent something; nothing was changed.
    #[error("beyond repair: {}", .0.join("; "))]
    BeyondRepair(Vec<String>),
    /// The wall clock stands before the last thing written.
    #[error("the clock ran back by {behind_ms} ms")]
    ClockBack {
        /// By how much.
        behind_ms: i64,
    },
    /// Keys do not open what is stored.
    #[error("sealed content cannot be opened")]
    Seal(#[from] CryptoError),
    /// A stored or received format cannot be read.
    #[error("format refused")]
    Format(#[from] FormatError),
    /// 受理号租约用尽: no number left for today.
    #[error("no receipt number left for {day}")]
    LeaseExhausted {
        /// `YYMMDD`.
        day: String,
    },
    /// A lease that does not fit (numbers held already, wrong shape).
    #[error("lease refused: {0}")]
    LeaseRefused(&'static str),
    /// The station knows no centre yet.
    #[error("station is not enrolled")]
    NotEnrolled,
    /// A receipt of the centre that does not name what we sent, or is not signed by it.
    #[error("receipt for bundle {bundle} does not hold: {why}")]
    ReceiptRefused {
        /// The bundle.
        bundle: Uuid,
        /// Why.
        why: &'static str,
    },
    /// No such bundle.
    #[error("bundle {0} is not known")]
    NoBundle(Uuid),
    /// New cases stop: the reserve is given up.
    #[error("disk full, new cases stop")]
    Full,
    /// A print ledger step that does not follow.
    #[error("print ledger: {0}")]
    Print(&'static str),
    /// Blank serial used before.
    #[error("blank serial was used before")]
    SerialUsed,
    /// A thread died while it held the store.
    #[error("the store's owner thread failed")]
    Poisoned,
}

impl StoreError {
    pub(crate) fn file(doing: &'static str, source: io::Error) -> Self {
        Self::File { doing, source }
    }

    /// The stable code a person meets.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Database(error) => ErrorCode::parse(error.code()).unwrap_or(ErrorCode::StoreWrite),
            Self::File { source, .. } if is_full(source) => ErrorCode::DiskFull,
            Self::File { .. } | Self::Poisoned | Self::InUse => ErrorCode::StoreWrite,
            Self::Full => ErrorCode::DiskFull,
            Self::OtherStation { .. } | Self::NotEnrolled => ErrorCode::NetworkIdentity,
            Self::NoCase(_) | Self::NoBundle(_) => ErrorCode::NotFound,
            Self::Refused(code, _) => *code,
            Self::BlobMissing(_) | Self::Unsound(_) | Self::Evidence(_) | Self::BeyondRepair(_) => {
                ErrorCode::StoreDamaged
            }
            Self::ClockBack { .. } => ErrorCode::ClockSkew,
            Self::Erased(_) | Self::Seal(_) => ErrorCode::SealBroken,
            Self::Format(error) => error.code(),
            Self::LeaseExhausted { .. } => ErrorCode::LeaseExhausted,
            Self::LeaseRefused(_) | Self::ReceiptRefused { .. } => ErrorCode::NetworkGarbage,
            Self::Print(_) | Self::IdemReused => ErrorCode::CaseState,
            Self::SerialUsed => ErrorCode::SerialRefused,
        }
    }

    /// Whether the disk is full.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.code() == ErrorCode::DiskFull
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}
