//! What can go wrong with a database file, told apart by what a person has to do.

use rusqlite::ffi::ErrorCode as Code;
use std::io;

/// A failed database operation.
#[derive(Debug, thiserror::Error)]
pub enum SqliteError {
    /// No room left on the disk, or the database reached its size limit.
    #[error("disk full while writing the database")]
    DiskFull {
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// The file is not a database, fails its checks, or does not hold what it must.
    #[error("database damaged")]
    Damaged {
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// The integrity check named faults.
    #[error("database fails its integrity check: {0}")]
    Unsound(String),
    /// The write was not made durable (I/O error, read-only, locked for too long).
    #[error("database write failed")]
    Write {
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// A statement the program should not have sent (syntax, constraint, type).
    #[error("database statement refused")]
    Statement {
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// The database file or its directory could not be made ready.
    #[error("database file cannot be opened")]
    File {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The SQLite linked into this program is older than the one it is tested with.
    #[error("SQLite {found} is too old, {needed} is the least")]
    TooOld {
        /// Version linked.
        found: String,
        /// Version needed.
        needed: String,
    },
    /// A migration that has been applied does not read as it did then.
    #[error("migration {version} was changed after it had been applied")]
    MigrationChanged {
        /// Its number.
        version: u32,
    },
    /// The database was written by a newer release.
    #[error("database has migration {version}, which this release does not know")]
    MigrationUnknown {
        /// Its number.
        version: u32,
    },
    /// The list of migrations is not 1, 2, 3 …
    #[error("migration list has {found} where {expected} is due")]
    MigrationOrder {
        /// Number found.
        found: u32,
        /// Number due.
        expected: u32,
    },
}

impl SqliteError {
    /// The stable error code (letter and three digits).
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::DiskFull { .. } => "S101",
            Self::File { source } if is_full(source) => "S101",
            Self::Damaged { .. } | Self::Unsound(_) | Self::MigrationChanged { .. } => "S102",
            Self::Write { .. } | Self::Statement { .. } | Self::File { .. } => "S103",
            Self::MigrationUnknown { .. } => "K103",
            Self::TooOld { .. } | Self::MigrationOrder { .. } => "K104",
        }
    }

    /// Whether the same call may succeed later without a change to the program or the file.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::DiskFull { .. } | Self::Write { .. } | Self::File { .. } => true,
            Self::Damaged { .. }
            | Self::Unsound(_)
            | Self::Statement { .. }
            | Self::TooOld { .. }
            | Self::MigrationChanged { .. }
            | Self::MigrationUnknown { .. }
            | Self::MigrationOrder { .. } => false,
        }
    }

    /// Whether a constraint (UNIQUE, CHECK, foreign key) refused the statement.
    #[must_use]
    pub fn is_constraint(&self) -> bool {
        matches!(self, Self::Statement { source } if source.sqlite_error_code() == Some(Code::ConstraintViolation))
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

impl From<rusqlite::Error> for SqliteError {
    fn from(source: rusqlite::Error) -> Self {
        match source.sqlite_error_code() {
            Some(Code::DiskFull) => Self::DiskFull { source },
            Some(Code::DatabaseCorrupt | Code::NotADatabase) => Self::Damaged { source },
            Some(
                Code::SystemIoFailure
                | Code::ReadOnly
                | Code::DatabaseBusy
                | Code::DatabaseLocked
                | Code::CannotOpen
                | Code::FileLockingProtocolFailed
                | Code::OutOfMemory
                | Code::PermissionDenied
                | Code::OperationInterrupted
                | Code::OperationAborted
                | Code::NoLargeFileSupport,
            ) => Self::Write { source },
            _ => Self::Statement { source },
        }
    }
}

impl From<io::Error> for SqliteError {
    fn from(source: io::Error) -> Self {
        Self::File { source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_a_damaged_file_and_a_failed_write_have_their_own_codes() {
        let failure = |code| rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
        let code = |number| SqliteError::from(failure(number)).code();
        assert_eq!(code(rusqlite::ffi::SQLITE_FULL), "S101");
        assert_eq!(code(rusqlite::ffi::SQLITE_CORRUPT), "S102");
        assert_eq!(code(rusqlite::ffi::SQLITE_NOTADB), "S102");
        assert_eq!(code(rusqlite::ffi::SQLITE_IOERR | (4 << 8)), "S103", "a failed fsync");
        assert_eq!(SqliteError::from(io::Error::from(io::ErrorKind::StorageFull)).code(), "S101");
    }
}
