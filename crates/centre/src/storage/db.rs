//! The relational store as the rooms see it: named statements in durable transactions.
//!
//! Two engines run them: SQLite in the data directory and PostgreSQL. Work of a transaction is
//! `Fn`, because an engine that serves several processes may have to run it again (SQLSTATE
//! 40001): it can change nothing but the store.

use crate::error::{CentreError, Result};
use crate::storage::value::{Row, Val};
use crate::storage::{point, sql};
use crate::vals;
use std::collections::BTreeMap;

/// One open transaction of an engine.
pub trait Session {
    /// Runs a named statement; answers the number of rows changed.
    fn exec(&self, name: &str, params: &[Val]) -> Result<usize>;
    /// All rows of a named query.
    fn rows(&self, name: &str, params: &[Val]) -> Result<Vec<Row>>;
    /// The tables there are, whichever migration made them, without the list of migrations.
    fn schema(&self) -> Result<Schema>;
    /// Shows every row of a table to `each`, in no order, with the columns named.
    fn scan(&self, table: &str, columns: &[String], each: &mut dyn FnMut(&Row)) -> Result<()>;
}

/// Tables and their columns, both by name.
pub type Schema = BTreeMap<String, Vec<String>>;

/// `SELECT` of these columns. Names may come from a file: only plain ones are taken.
pub(super) fn select(table: &str, columns: &[String]) -> Result<String> {
    let plain = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !plain(table) || columns.is_empty() || !columns.iter().all(|column| plain(column)) {
        return Err(CentreError::Damaged(format!("table {table:?} with columns {columns:?}")));
    }
    Ok(format!("SELECT {} FROM {table}", columns.join(", ")))
}

/// Runs transactions.
pub trait Engine: Send + Sync {
    /// Runs `work` in one serialisable transaction, durable when this returns; an error rolls
    /// everything back. `work` may be run more than once, the last run counts.
    fn write(&self, operation: &str, work: &mut dyn FnMut(&Tx<'_>) -> Result<()>) -> Result<()>;
    /// Runs `work` on a consistent snapshot; it may be run more than once.
    fn read(&self, operation: &str, work: &mut dyn FnMut(&Tx<'_>) -> Result<()>) -> Result<()>;
    /// Prepares every named statement against the schema; answers how many.
    fn check_statements(&self) -> Result<usize>;
    /// Writes a consistent copy into an existing directory and shows it to `look`.
    fn copy_to(&self, dir: &std::path::Path, look: &mut dyn FnMut(&Tx<'_>) -> Result<()>) -> Result<()>;
    /// `sqlite` or `postgres`.
    fn name(&self) -> &'static str;
    /// Transactions asked for, commits made for them, and runs repeated after a conflict.
    fn counts(&self) -> Counts;
}

/// What an engine has done since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Write transactions asked for.
    pub writes: u64,
    /// Commits that made them durable; fewer than `writes` where several shared one.
    pub commits: u64,
    /// Runs repeated because another transaction was in the way.
    pub retries: u64,
}

/// A transaction: statements by name.
pub struct Tx<'a>(&'a dyn Session);

impl std::fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tx")
    }
}

impl<'a> Tx<'a> {
    /// A transaction over an engine's session.
    pub(crate) fn new(session: &'a dyn Session) -> Self {
        Self(session)
    }

    /// Runs a statement; answers the number of rows changed.
    pub fn exec(&self, name: &str, params: &[Val]) -> Result<usize> {
        self.0.exec(name, params)
    }

    /// All rows of a query.
    pub fn rows(&self, name: &str, params: &[Val]) -> Result<Vec<Row>> {
        self.0.rows(name, params)
    }

    /// The tables there are.
    pub(crate) fn schema(&self) -> Result<Schema> {
        self.0.schema()
    }

    /// Shows every row of a table to `each`.
    pub(crate) fn scan(&self, table: &str, columns: &[String], each: &mut dyn FnMut(&Row)) -> Result<()> {
        self.0.scan(table, columns, each)
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

/// The text of a statement.
pub(super) fn statement(name: &str) -> Result<&'static str> {
    sql::statement(name).ok_or_else(|| CentreError::Damaged(format!("no statement {name}")))
}

/// The store.
pub struct Db(Box<dyn Engine>);

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Db").field(&self.0.name()).finish()
    }
}

impl Db {
    /// The store on an engine.
    #[must_use]
    pub fn new(engine: Box<dyn Engine>) -> Self {
        Self(engine)
    }

    /// Runs `work` in one transaction; an error rolls everything back. `operation` is one of
    /// [`point::OPERATIONS`].
    pub fn write<T>(&self, operation: &str, work: impl Fn(&Tx<'_>) -> Result<T>) -> Result<T> {
        let mut value = None;
        self.0.write(operation, &mut |tx| {
            value = Some(work(tx)?);
            point::reached(operation, point::Side::Before);
            Ok(())
        })?;
        point::reached(operation, point::Side::After);
        value.ok_or_else(|| CentreError::Damaged(format!("{operation}: nothing was run")))
    }

    /// Runs `work` on a consistent snapshot.
    pub fn read<T>(&self, operation: &str, work: impl Fn(&Tx<'_>) -> Result<T>) -> Result<T> {
        let mut value = None;
        self.0.read(operation, &mut |tx| {
            value = Some(work(tx)?);
            Ok(())
        })?;
        value.ok_or_else(|| CentreError::Damaged(format!("{operation}: nothing was run")))
    }

    /// Prepares every named statement; for tests.
    pub fn check_statements(&self) -> Result<usize> {
        self.0.check_statements()
    }

    /// The engine under it.
    #[must_use]
    pub fn engine(&self) -> &dyn Engine {
        self.0.as_ref()
    }
}
