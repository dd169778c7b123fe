//! Numbered migrations, forward only, frozen once applied.
//!
//! A migration is a `.sql` file embedded with `include_str!`. Its SHA-256 is kept beside
//! its number; a text that was changed afterwards is refused, because two stations
//! with the same number would then have different tables.

use crate::{SqliteError, transaction};
use rusqlite::{Connection, OptionalExtension, Transaction};
use sha2::{Digest, Sha256};

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// 1, 2, 3 … without gap.
    pub version: u32,
    /// Statements, run as one batch.
    pub sql: &'static str,
}

/// Brings the database up to the last of `migrations`; `wall_ms` is written beside each step.
/// Answers how many were applied by this call.
///
/// # Errors
/// `MigrationChanged`, `MigrationUnknown` (a newer release wrote the file), `MigrationOrder`, or what the SQL met;
/// a failed step leaves the database at the step before.
pub fn migrate(conn: &mut Connection, migrations: &[Migration], wall_ms: i64) -> Result<u32, SqliteError> {
    migrate_with(conn, migrations, wall_ms, |_, _| Ok(()))
}

/// [`migrate`], with work of the caller's own in the transaction of each step, after its statements: what SQL
/// alone cannot do (keyed hashes, sealed columns). `after` is told the step's number.
///
/// # Errors
/// As [`migrate`], and what `after` answers; the step is undone then.
pub fn migrate_with<E: From<SqliteError>>(
    conn: &mut Connection,
    migrations: &[Migration],
    wall_ms: i64,
    after: impl Fn(&Transaction<'_>, u32) -> Result<(), E>,
) -> Result<u32, E> {
    for (index, migration) in migrations.iter().enumerate() {
        let expected = index as u32 + 1;
        if migration.version != expected {
            return Err(SqliteError::MigrationOrder { found: migration.version, expected }.into());
        }
    }
    conn.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_migrations (
            version INTEGER PRIMARY KEY,
            sha256  TEXT    NOT NULL,
            applied INTEGER NOT NULL
        )",
    )
    .map_err(SqliteError::from)?;
    let last: Option<u32> = conn
        .query_row("SELECT max(version) FROM schema_migrations", [], |row| row.get(0))
        .map_err(SqliteError::from)?;
    if let Some(version) = last.filter(|version| *version > migrations.len() as u32) {
        return Err(SqliteError::MigrationUnknown { version }.into());
    }
    let mut applied = 0;
    for migration in migrations {
        applied += u32::from(apply(conn, migration, wall_ms, &after)?);
    }
    Ok(applied)
}

fn apply<E: From<SqliteError>>(
    conn: &mut Connection,
    migration: &Migration,
    wall_ms: i64,
    after: &impl Fn(&Transaction<'_>, u32) -> Result<(), E>,
) -> Result<bool, E> {
    let sha256 = hex::encode(Sha256::digest(migration.sql.as_bytes()));
    transaction(conn, |tx| {
        if known(tx, migration, &sha256)? {
            return Ok(false);
        }
        tx.execute_batch(migration.sql).map_err(SqliteError::from)?;
        after(tx, migration.version)?;
        tx.execute(
            "INSERT INTO schema_migrations (version, sha256, applied) VALUES (?1, ?2, ?3)",
            (migration.version, &sha256, wall_ms),
        )
        .map_err(SqliteError::from)?;
        Ok(true)
    })
}

/// Whether the step was applied, with this very text.
fn known(tx: &Transaction<'_>, migration: &Migration, sha256: &str) -> Result<bool, SqliteError> {
    let known: Option<String> = tx
        .query_row("SELECT sha256 FROM schema_migrations WHERE version = ?1", [migration.version], |row| row.get(0))
        .optional()?;
    match known {
        Some(known) if known == sha256 => Ok(true),
        Some(_) => Err(SqliteError::MigrationChanged { version: migration.version }),
        None => Ok(false),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;
    use crate::{OpenConfig, open};

    const ONE: Migration = Migration { version: 1, sql: "CREATE TABLE a(x)" };
    const TWO: Migration = Migration { version: 2, sql: "CREATE TABLE b(x); INSERT INTO b VALUES (1)" };

    fn database() -> (tempfile::TempDir, Connection) {
        let dir = tempfile::tempdir().unwrap();
        let conn = open(&dir.path().join("a.db"), &OpenConfig::default()).unwrap();
        (dir, conn)
    }

    #[test]
    fn each_migration_runs_once() {
        let (_dir, mut conn) = database();
        assert_eq!(migrate(&mut conn, &[ONE], 1).unwrap(), 1);
        assert_eq!(migrate(&mut conn, &[ONE, TWO], 2).unwrap(), 1);
        assert_eq!(migrate(&mut conn, &[ONE, TWO], 3).unwrap(), 0);
        let rows: i64 = conn.query_row("SELECT count(*) FROM b", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 1);
    }

    #[test]
    fn a_changed_text_is_refused() {
        let (_dir, mut conn) = database();
        migrate(&mut conn, &[ONE], 1).unwrap();
        let changed = Migration { version: 1, sql: "CREATE TABLE a(x, y)" };
        assert!(matches!(migrate(&mut conn, &[changed], 2), Err(SqliteError::MigrationChanged { version: 1 })));
    }

    #[test]
    fn a_database_of_a_newer_release_is_refused() {
        let (_dir, mut conn) = database();
        migrate(&mut conn, &[ONE, TWO], 1).unwrap();
        let error = migrate(&mut conn, &[ONE], 2).unwrap_err();
        assert_eq!(error.code(), "K103");
    }

    #[test]
    fn a_failing_migration_leaves_the_step_before() {
        let (_dir, mut conn) = database();
        let bad = Migration { version: 2, sql: "CREATE TABLE b(x); INSERT INTO nowhere VALUES (1)" };
        assert!(migrate(&mut conn, &[ONE, bad], 1).is_err());
        assert!(conn.query_row("SELECT count(*) FROM b", [], |row| row.get::<_, i64>(0)).is_err());
        assert_eq!(migrate(&mut conn, &[ONE, TWO], 1).unwrap(), 1);
    }

    #[test]
    fn a_gap_in_the_list_is_refused() {
        let (_dir, mut conn) = database();
        assert!(matches!(migrate(&mut conn, &[TWO], 1), Err(SqliteError::MigrationOrder { found: 2, expected: 1 })));
    }
}
