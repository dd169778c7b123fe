//! Checking a database, and making erased rows unreadable.

use crate::SqliteError;
use rusqlite::Connection;

/// Runs SQLite's integrity check and the foreign key check.
///
/// # Errors
/// `Unsound` with the first faults, or the failure to run the checks.
pub fn integrity(conn: &Connection) -> Result<(), SqliteError> {
    let mut statement = conn.prepare("PRAGMA integrity_check(10)")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    if lines.len() != 1 || lines[0] != "ok" {
        return Err(SqliteError::Unsound(lines.join("; ")));
    }
    let mut statement = conn.prepare("PRAGMA foreign_key_check")?;
    let orphan = statement.query_map([], |row| row.get::<_, String>(0))?.next().transpose()?;
    match orphan {
        Some(table) => Err(SqliteError::Unsound(format!("a row of {table} names a row that is not there"))),
        None => Ok(()),
    }
}

/// Moves the WAL into the database and cuts it to nothing, so that deleted rows
/// (overwritten by `secure_delete`) do not live on in it.
///
/// # Errors
/// The failure to checkpoint; a reader in the way leaves the WAL for the next call.
pub fn erase_wal(conn: &Connection) -> Result<(), SqliteError> {
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;
    use crate::{OpenConfig, open};

    #[test]
    fn a_planted_text_is_gone_after_delete_and_erase_but_there_before() {
        let dir = tempfile::tempdir().unwrap();
        let conn = open(&dir.path().join("a.db"), &OpenConfig::default()).unwrap();
        let planted = b"planted-890102197803150113";
        conn.execute_batch("CREATE TABLE t(x)").unwrap();
        conn.execute("INSERT INTO t VALUES (?1)", [&planted[..]]).unwrap();
        let found = || {
            std::fs::read_dir(dir.path()).unwrap().any(|entry| {
                let bytes = std::fs::read(entry.unwrap().path()).unwrap();
                bytes.windows(planted.len()).any(|window| window == planted)
            })
        };
        assert!(found(), "the search itself must work");
        conn.execute("DELETE FROM t", []).unwrap();
        erase_wal(&conn).unwrap();
        assert!(!found());
    }

    #[test]
    fn a_flipped_page_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let conn = open(&path, &OpenConfig::default()).unwrap();
        conn.execute_batch("CREATE TABLE t(x INTEGER PRIMARY KEY, y TEXT UNIQUE)").unwrap();
        for i in 0..2000 {
            conn.execute("INSERT INTO t VALUES (?1, ?2)", (i, format!("row {i}"))).unwrap();
        }
        integrity(&conn).unwrap();
        erase_wal(&conn).unwrap();
        drop(conn);
        let mut bytes = std::fs::read(&path).unwrap();
        let page = bytes.len() / 2 / 4096 * 4096;
        bytes[page..page + 200].fill(0xff);
        std::fs::write(&path, bytes).unwrap();
        let conn = open(&path, &OpenConfig::default()).unwrap();
        assert_eq!(integrity(&conn).unwrap_err().code(), "S102");
    }
}
