//! The relational store: one writer, several readers, every write one durable transaction.

use crate::error::{CentreError, Result};
use crate::storage::{migrations, sql};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A value going in or coming out; the four kinds every engine has.
#[derive(Clone, PartialEq, Eq)]
pub enum Val {
    /// Nothing.
    Null,
    /// Whole number.
    Int(i64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl std::fmt::Debug for Val {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Val(redacted)")
    }
}

impl ToSql for Val {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Bytes(value) => ValueRef::Blob(value),
        }))
    }
}

macro_rules! val_from {
    ($($from:ty => |$value:ident| $to:expr),+ $(,)?) => {
        $(impl From<$from> for Val { fn from($value: $from) -> Self { $to } })+
    };
}

val_from! {
    i64 => |v| Val::Int(v),
    i32 => |v| Val::Int(i64::from(v)),
    u32 => |v| Val::Int(i64::from(v)),
    u16 => |v| Val::Int(i64::from(v)),
    bool => |v| Val::Int(i64::from(v)),
    u64 => |v| Val::Int(i64::try_from(v).unwrap_or(i64::MAX)),
    usize => |v| Val::Int(i64::try_from(v).unwrap_or(i64::MAX)),
    &str => |v| Val::Text(v.to_owned()),
    String => |v| Val::Text(v),
    &String => |v| Val::Text(v.clone()),
    Vec<u8> => |v| Val::Bytes(v),
    &[u8] => |v| Val::Bytes(v.to_vec()),
    [u8; 32] => |v| Val::Bytes(v.to_vec()),
    tongban_domain::event::Digest => |v| Val::Bytes(v.0.to_vec()),
    uuid::Uuid => |v| Val::Text(v.to_string()),
}

impl<T: Into<Val>> From<Option<T>> for Val {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Parameters of a statement, in the order `$1`, `$2` ….
#[macro_export]
macro_rules! vals {
    ($($value:expr),* $(,)?) => { &[$($crate::storage::Val::from($value)),*] };
}

/// One row of an answer.
#[derive(Debug, Clone)]
pub struct Row(Vec<Val>);

impl Row {
    /// The row as one line of text: for comparing projections.
    #[must_use]
    pub fn plain(&self) -> String {
        let cell = |value: &Val| match value {
            Val::Null => "-".to_owned(),
            Val::Int(value) => value.to_string(),
            Val::Text(value) => format!("{value:?}"),
            Val::Bytes(value) => hex::encode(value),
        };
        self.0.iter().map(cell).collect::<Vec<_>>().join(" | ")
    }

    fn column(&self, index: usize) -> Result<&Val> {
        self.0.get(index).ok_or_else(|| CentreError::Damaged(format!("column {index} missing")))
    }

    /// Whole number at a column.
    pub fn int(&self, index: usize) -> Result<i64> {
        self.opt_int(index)?.ok_or_else(|| CentreError::Damaged(format!("column {index} is null")))
    }

    /// Whole number or nothing.
    pub fn opt_int(&self, index: usize) -> Result<Option<i64>> {
        match self.column(index)? {
            Val::Int(value) => Ok(Some(*value)),
            Val::Null => Ok(None),
            Val::Text(_) | Val::Bytes(_) => Err(CentreError::Damaged(format!("column {index} is not a number"))),
        }
    }

    /// Unsigned whole number at a column.
    pub fn uint(&self, index: usize) -> Result<u64> {
        u64::try_from(self.int(index)?).map_err(|_| CentreError::Damaged(format!("column {index} is negative")))
    }

    /// Text at a column.
    pub fn text(&self, index: usize) -> Result<String> {
        self.opt_text(index)?.ok_or_else(|| CentreError::Damaged(format!("column {index} is null")))
    }

    /// Text or nothing.
    pub fn opt_text(&self, index: usize) -> Result<Option<String>> {
        match self.column(index)? {
            Val::Text(value) => Ok(Some(value.clone())),
            Val::Null => Ok(None),
            Val::Int(_) | Val::Bytes(_) => Err(CentreError::Damaged(format!("column {index} is not text"))),
        }
    }

    /// Bytes at a column.
    pub fn bytes(&self, index: usize) -> Result<Vec<u8>> {
        self.opt_bytes(index)?.ok_or_else(|| CentreError::Damaged(format!("column {index} is null")))
    }

    /// Bytes or nothing.
    pub fn opt_bytes(&self, index: usize) -> Result<Option<Vec<u8>>> {
        match self.column(index)? {
            Val::Bytes(value) => Ok(Some(value.clone())),
            Val::Null => Ok(None),
            Val::Int(_) | Val::Text(_) => Err(CentreError::Damaged(format!("column {index} is not bytes"))),
        }
    }

    /// A 32-byte value at a column.
    pub fn digest(&self, index: usize) -> Result<tongban_domain::event::Digest> {
        let bytes: [u8; 32] = self
            .bytes(index)?
            .try_into()
            .map_err(|_| CentreError::Damaged(format!("column {index} is not 32 bytes")))?;
        Ok(tongban_domain::event::Digest(bytes))
    }

    /// A UUID at a column.
    pub fn uuid(&self, index: usize) -> Result<uuid::Uuid> {
        self.text(index)?.parse().map_err(|_| CentreError::Damaged(format!("column {index} is not a uuid")))
    }
}

/// A transaction: statements by name.
#[derive(Debug)]
pub struct Tx<'a>(&'a Connection);

impl Tx<'_> {
    fn prepare(&self, name: &str, params: &[Val]) -> Result<rusqlite::Statement<'_>> {
        let text = sql::statement(name).ok_or_else(|| CentreError::Damaged(format!("no statement {name}")))?;
        let fail = |source| CentreError::Database { operation: name.to_owned(), source };
        let mut statement = self.0.prepare(text).map_err(fail)?;
        for (index, value) in params.iter().enumerate() {
            if let Some(place) = statement.parameter_index(&format!("${}", index + 1)).map_err(fail)? {
                statement.raw_bind_parameter(place, value).map_err(fail)?;
            }
        }
        Ok(statement)
    }

    /// Runs a statement; answers the number of rows changed.
    pub fn exec(&self, name: &str, params: &[Val]) -> Result<usize> {
        let mut statement = self.prepare(name, params)?;
        statement.raw_execute().map_err(|source| CentreError::Database { operation: name.to_owned(), source })
    }

    /// All rows of a query.
    pub fn rows(&self, name: &str, params: &[Val]) -> Result<Vec<Row>> {
        let fail = |source| CentreError::Database { operation: name.to_owned(), source };
        let mut statement = self.prepare(name, params)?;
        let width = statement.column_count();
        let mut rows = statement.raw_query();
        let mut out = Vec::new();
        while let Some(row) = rows.next().map_err(fail)? {
            let mut values = Vec::with_capacity(width);
            for index in 0..width {
                values.push(match row.get_ref(index).map_err(fail)? {
                    ValueRef::Null => Val::Null,
                    ValueRef::Integer(value) => Val::Int(value),
                    ValueRef::Real(_) => return Err(CentreError::Damaged(format!("{name}: real number"))),
                    ValueRef::Text(value) => Val::Text(String::from_utf8_lossy(value).into_owned()),
                    ValueRef::Blob(value) => Val::Bytes(value.to_vec()),
                });
            }
            out.push(Row(values));
        }
        Ok(out)
    }

    /// The first row of a query.
    pub fn row(&self, name: &str, params: &[Val]) -> Result<Option<Row>> {
        Ok(self.rows(name, params)?.into_iter().next())
    }

    /// Next value of a counter row; gap-free within committed transactions.
    pub fn count(&self, counter: &str) -> Result<u64> {
        self.exec("counter.bump", vals![counter])?;
        self.row("counter.read", vals![counter])?
            .ok_or_else(|| CentreError::Damaged(format!("counter {counter} missing")))?
            .uint(0)
    }
}

/// The store: SQLite in WAL with `synchronous=FULL`.
#[derive(Debug)]
pub struct Db {
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
}

impl Db {
    /// Opens the store and brings its schema up to date.
    pub fn open(path: &Path, wall_ms: i64) -> Result<Self> {
        let writer = migrations::open_and_migrate(path, wall_ms)?;
        Ok(Self { path: path.to_owned(), writer: Mutex::new(writer), readers: Mutex::new(Vec::new()) })
    }

    /// Runs `work` in one transaction; an error rolls everything back.
    pub fn write<T>(&self, operation: &str, work: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        let fail = |source| CentreError::Database { operation: operation.to_owned(), source };
        let mut writer = lock(&self.writer);
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fail)?;
        let value = work(&Tx(&transaction))?;
        transaction.commit().map_err(fail)?;
        Ok(value)
    }

    /// Runs `work` on a consistent snapshot.
    pub fn read<T>(&self, operation: &str, work: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        let fail = |source| CentreError::Database { operation: operation.to_owned(), source };
        let spare = lock(&self.readers).pop();
        let mut reader = match spare {
            Some(reader) => reader,
            None => migrations::open_reader(&self.path)?,
        };
        let transaction = reader.transaction().map_err(fail)?;
        let value = work(&Tx(&transaction));
        drop(transaction);
        lock(&self.readers).push(reader);
        value
    }

    /// Prepares every named statement; for tests.
    pub fn check_statements(&self) -> Result<usize> {
        let writer = lock(&self.writer);
        let mut count = 0;
        for (name, text) in sql::all() {
            writer.prepare(text).map_err(|source| CentreError::Database { operation: name.to_owned(), source })?;
            count += 1;
        }
        Ok(count)
    }
}

/// A poisoned lock only says that another thread panicked; the transaction was rolled back.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn db() -> (tempfile::TempDir, Db) {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(&dir.path().join("a.db"), 1).unwrap();
        (dir, db)
    }

    #[test]
    fn every_named_statement_fits_the_schema() {
        let (_dir, db) = db();
        assert!(db.check_statements().unwrap() > 80);
    }

    #[test]
    fn the_schema_and_statements_keep_to_what_every_engine_has() {
        let schema = include_str!("../../migrations/0001_centre.sql");
        let texts = sql::all().map(|(_, text)| text).chain([schema]);
        for text in texts {
            for word in [
                "AUTOINCREMENT",
                "ROWID",
                "PRAGMA",
                "REPLACE INTO",
                "LISTEN",
                "ADVISORY",
                "TRIGGER",
                "?1",
                " REAL",
                "strftime",
            ] {
                assert!(!text.contains(word), "{word} in: {text}");
            }
        }
    }

    #[test]
    fn a_failed_transaction_leaves_no_trace_and_no_gap_in_the_counter() {
        let (_dir, db) = db();
        let failed: Result<()> = db.write("test", |tx| {
            tx.count("journal")?;
            Err(CentreError::not_found("on purpose"))
        });
        assert!(failed.is_err());
        assert_eq!(db.write("test", |tx| tx.count("journal")).unwrap(), 1);
        assert_eq!(db.write("test", |tx| tx.count("journal")).unwrap(), 2);
    }
}
