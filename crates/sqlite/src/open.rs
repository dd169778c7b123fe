//! Opening a database file with the settings we promise.

use crate::SqliteError;
use rusqlite::{Connection, OpenFlags};
use std::fs;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The least SQLite we run on, as `major * 1_000_000 + minor * 1_000 + patch`.
/// 3.51.3 repaired a rare loss of WAL content when a checkpoint meets a restart.
pub const VERSION_MIN: i32 = 3_051_003;

/// How a database is opened.
#[derive(Debug, Clone)]
pub struct OpenConfig {
    /// How long a statement waits for another connection's lock.
    pub busy_timeout: Duration,
    /// The WAL file is cut back to this many bytes after a checkpoint.
    pub wal_bytes_max: u64,
}

impl Default for OpenConfig {
    fn default() -> Self {
        Self { busy_timeout: Duration::from_secs(5), wal_bytes_max: 8 * 1024 * 1024 }
    }
}

/// The version linked into this program, in SQLite's own numbering.
#[must_use]
pub fn version() -> i32 {
    rusqlite::version_number()
}

/// Opens the database at `path`, creating it with mode 0600 if it is not there.
///
/// # Errors
/// `File` when the file cannot be created, `TooOld` for the linked SQLite, otherwise what the pragmas met.
pub fn open(path: &Path, config: &OpenConfig) -> Result<Connection, SqliteError> {
    refuse_old()?;
    // SQLite gives -wal and -shm the mode of the main file, so it is made here first.
    let file = fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    drop(file);
    let path = &real_folder(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(config.busy_timeout)?;
    prepare(&conn, config)?;
    Ok(conn)
}

/// The path with its folder resolved: a state folder may be reached by a link, the database itself may not be one.
fn real_folder(path: &Path) -> Result<PathBuf, SqliteError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default();
    Ok(folder.canonicalize()?.join(name))
}

/// Opens an existing database for reading beside its writer.
///
/// # Errors
/// As [`open`]; a missing file is `Write`.
pub fn open_read_only(path: &Path, config: &OpenConfig) -> Result<Connection, SqliteError> {
    refuse_old()?;
    let path = &real_folder(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(config.busy_timeout)?;
    conn.pragma_update(None, "query_only", true)?;
    conn.pragma_update(None, "trusted_schema", false)?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(conn)
}

fn refuse_old() -> Result<(), SqliteError> {
    if version() < VERSION_MIN {
        return Err(SqliteError::TooOld { found: rusqlite::version().to_owned(), needed: VERSION_MIN.to_string() });
    }
    Ok(())
}

fn prepare(conn: &Connection, config: &OpenConfig) -> Result<(), SqliteError> {
    // `journal_mode` answers with the mode in force; anything but wal means the file system cannot do it.
    let mode: String = conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if !mode.eq_ignore_ascii_case("wal") {
        return Err(SqliteError::Unsound(format!("journal mode is {mode}, wal was asked")));
    }
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    conn.pragma_update_and_check(None, "journal_size_limit", config.wal_bytes_max as i64, |_| Ok(()))?;
    conn.pragma_update(None, "cell_size_check", true)?;
    conn.pragma_update(None, "trusted_schema", false)?;
    // Sorting must not spill rows into a plain file outside our directory.
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    fn number(conn: &Connection, name: &str) -> i64 {
        conn.pragma_query_value(None, name, |row| row.get(0)).unwrap()
    }

    #[test]
    fn the_bundled_sqlite_is_new_enough() {
        assert!(version() >= VERSION_MIN, "bundled SQLite is {}", rusqlite::version());
    }

    #[test]
    fn a_folder_may_be_a_link_but_the_database_may_not() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("state")).unwrap();
        std::os::unix::fs::symlink(dir.path().join("state"), dir.path().join("link")).unwrap();
        open(&dir.path().join("link/a.db"), &OpenConfig::default()).expect("a linked folder opens");
        std::os::unix::fs::symlink(dir.path().join("state/a.db"), dir.path().join("b.db")).unwrap();
        assert!(open(&dir.path().join("b.db"), &OpenConfig::default()).is_err(), "a linked database is refused");
    }

    #[test]
    fn a_new_database_is_durable_private_and_overwrites_what_it_deletes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let conn = open(&path, &OpenConfig::default()).unwrap();
        conn.execute_batch("CREATE TABLE t(x)").unwrap();
        let mode: String = conn.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
        assert_eq!(number(&conn, "synchronous"), 2, "FULL");
        assert_eq!(number(&conn, "foreign_keys"), 1);
        assert_eq!(number(&conn, "secure_delete"), 1);
        assert_eq!(number(&conn, "temp_store"), 2, "memory");
        for name in ["a.db", "a.db-wal", "a.db-shm"] {
            let mode = fs::metadata(dir.path().join(name)).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{name} is readable by others");
        }
    }

    #[test]
    fn a_loose_mode_is_tightened() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        fs::write(&path, b"").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        open(&path, &OpenConfig::default()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_is_no_database_is_called_damaged() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        fs::write(&path, vec![0x5a; 8192]).unwrap();
        let error = open(&path, &OpenConfig::default()).unwrap_err();
        assert_eq!(error.code(), "S102", "{error:?}");
    }

    #[test]
    fn a_reader_cannot_write() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let conn = open(&path, &OpenConfig::default()).unwrap();
        conn.execute_batch("CREATE TABLE t(x)").unwrap();
        let reader = open_read_only(&path, &OpenConfig::default()).unwrap();
        let error: SqliteError = reader.execute_batch("INSERT INTO t VALUES (1)").unwrap_err().into();
        assert_eq!(error.code(), "S103");
        conn.execute_batch("INSERT INTO t VALUES (1)").unwrap();
    }
}
