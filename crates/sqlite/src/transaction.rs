//! One way to run a transaction.

use crate::SqliteError;
use rusqlite::{Connection, Transaction, TransactionBehavior};

/// Runs `work` in an IMMEDIATE transaction: committed when it answers `Ok`, rolled back otherwise.
///
/// IMMEDIATE takes the write lock at the start, so that a transaction that has read
/// cannot fail half-way because somebody else wrote.
///
/// # Errors
/// What `work` answered, or the failure to begin or commit.
pub fn transaction<T, E>(conn: &mut Connection, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E>
where
    E: From<SqliteError>,
{
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(SqliteError::from)?;
    let value = work(&tx)?;
    tx.commit().map_err(SqliteError::from)?;
    Ok(value)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;
    use crate::{OpenConfig, open};
    use std::time::Duration;

    #[test]
    fn a_refused_transaction_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let mut conn = open(&dir.path().join("a.db"), &OpenConfig::default()).unwrap();
        conn.execute_batch("CREATE TABLE t(x UNIQUE)").unwrap();
        transaction::<_, SqliteError>(&mut conn, |tx| Ok(tx.execute("INSERT INTO t VALUES (1)", [])?)).unwrap();
        let refused = transaction::<(), SqliteError>(&mut conn, |tx| {
            tx.execute("INSERT INTO t VALUES (2)", [])?;
            tx.execute("INSERT INTO t VALUES (1)", [])?;
            Ok(())
        })
        .unwrap_err();
        assert!(refused.is_constraint());
        let rows: i64 = conn.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 1);
    }

    #[test]
    fn a_second_writer_waits_and_then_is_refused_as_a_write_failure() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let config = OpenConfig { busy_timeout: Duration::from_millis(30), ..OpenConfig::default() };
        let mut first = open(&path, &config).unwrap();
        let mut second = open(&path, &config).unwrap();
        let inner = transaction::<_, SqliteError>(&mut first, |_| {
            Ok(transaction::<(), SqliteError>(&mut second, |_| Ok(())).unwrap_err().code())
        });
        assert_eq!(inner.unwrap(), "S103");
        transaction::<(), SqliteError>(&mut second, |_| Ok(())).unwrap();
    }
}
