//! The centre's schema: frozen, numbered, forward; the same files for every engine.

use crate::error::{CentreError, Result};
use rusqlite::Connection;
use std::path::Path;
use tongban_sqlite::{Migration, OpenConfig, SqliteError};

/// Every migration, in order.
pub(super) const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, sql: include_str!("../../migrations/0001_centre.sql") },
    Migration { version: 2, sql: include_str!("../../migrations/0002_objects.sql") },
    Migration { version: 3, sql: include_str!("../../migrations/0003_office.sql") },
    Migration { version: 4, sql: include_str!("../../migrations/0004_sharing.sql") },
    Migration { version: 5, sql: include_str!("../../migrations/0005_lists.sql") },
];

/// Version of the schema this release brings a database to.
pub const SCHEMA: u32 = MIGRATIONS[MIGRATIONS.len() - 1].version;

fn fault(operation: &str) -> impl FnOnce(SqliteError) -> CentreError + '_ {
    move |source| CentreError::Store { operation: operation.to_owned(), source }
}

/// Opens the store for writing and brings its schema up to date.
pub(super) fn open_and_migrate(path: &Path, wall_ms: i64) -> Result<Connection> {
    let mut connection = tongban_sqlite::open(path, &OpenConfig::default()).map_err(fault("open"))?;
    tongban_sqlite::migrate(&mut connection, MIGRATIONS, wall_ms).map_err(fault("migrate"))?;
    Ok(connection)
}

/// A new database that is to be a copy of another.
pub(super) fn open_new(path: &Path) -> Result<Connection> {
    tongban_sqlite::open(path, &OpenConfig::default()).map_err(fault("open copy"))
}

/// Opens one more connection for reading.
pub(super) fn open_reader(path: &Path) -> Result<Connection> {
    tongban_sqlite::open_read_only(path, &OpenConfig::default()).map_err(fault("open reader"))
}
