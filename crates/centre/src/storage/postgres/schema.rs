//! Migrations on PostgreSQL: the same files, numbers and digests as on SQLite.

use super::pool::Pool;
use crate::error::{CentreError, Result};
use crate::storage::migrations::MIGRATIONS;
use futures::executor::block_on;
use sha2::{Digest as _, Sha256};
use tongban_sqlite::SqliteError;

/// Made before anything else; several servers may start at once, so making it twice is no error.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations \
    (version BIGINT PRIMARY KEY, sha256 TEXT NOT NULL, applied BIGINT NOT NULL)";
/// Two servers that both found the schema old: one applies, the other waits and looks again.
const TRIES: u32 = 20;

/// Brings the schema up to date.
pub(super) fn migrate(pool: &Pool, wall_ms: i64) -> Result<()> {
    let mut last = None;
    for _ in 0..TRIES {
        match all(pool, wall_ms) {
            Ok(()) => return Ok(()),
            // Another server was faster with the same step; what it made is found in the next round.
            Err(error @ CentreError::Database { .. }) => last = Some(error),
            Err(error) => return Err(error),
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    Err(last.unwrap_or_else(|| CentreError::Damaged("schema was not brought up to date".into())))
}

fn refused(source: SqliteError) -> CentreError {
    CentreError::Store { operation: "migrate".into(), source }
}

fn all(pool: &Pool, wall_ms: i64) -> Result<()> {
    let connection = pool.take()?;
    let client = connection.client();
    let fail = |error| CentreError::database("migrate", error);
    block_on(client.batch_execute(TABLE)).map_err(fail)?;
    let newest = block_on(client.query_one("SELECT COALESCE(MAX(version), 0) FROM schema_migrations", &[]))
        .map_err(fail)?
        .get::<_, i64>(0);
    if newest > MIGRATIONS.len() as i64 {
        return Err(refused(SqliteError::MigrationUnknown { version: u32::try_from(newest).unwrap_or(u32::MAX) }));
    }
    for migration in MIGRATIONS {
        let version = i64::from(migration.version);
        let sha256 = hex::encode(Sha256::digest(migration.sql.as_bytes()));
        let known = block_on(client.query_opt("SELECT sha256 FROM schema_migrations WHERE version = $1", &[&version]))
            .map_err(fail)?
            .map(|row| row.get::<_, String>(0));
        match known {
            Some(known) if known == sha256 => continue,
            Some(_) => return Err(refused(SqliteError::MigrationChanged { version: migration.version })),
            None => {}
        }
        // The row first: its key lets one of several servers through.
        let step = format!(
            "BEGIN ISOLATION LEVEL SERIALIZABLE; \
             INSERT INTO schema_migrations (version, sha256, applied) VALUES ({version}, '{sha256}', {wall_ms}); \
             {}; COMMIT",
            migration.sql.trim_end().trim_end_matches(';')
        );
        if let Err(error) = block_on(client.batch_execute(&step)) {
            connection.discard();
            return Err(fail(error));
        }
    }
    Ok(())
}
