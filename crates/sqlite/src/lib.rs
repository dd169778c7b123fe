//! Opening, migrating and asking a SQLite database, the same way at station and centre.
//!
//! Invariant: a connection made here is durable (`synchronous=FULL` under WAL), checks
//! foreign keys, overwrites what it deletes, and belongs to one user (mode 0600). Every
//! failure has a stable code, so that a person can be told what to do about it.

mod error;
mod integrity;
mod migrate;
mod open;
mod transaction;

pub use error::SqliteError;
pub use integrity::{erase_wal, integrity};
pub use migrate::{Migration, migrate, migrate_with};
pub use open::{OpenConfig, VERSION_MIN, open, open_read_only, version};
pub use transaction::transaction;
