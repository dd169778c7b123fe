//! SQLite in WAL with `synchronous=FULL`: one writer, several readers, group commit.
//!
//! Whoever asks while another transaction is being made durable joins the next one: each piece
//! of work runs between two savepoints of one SQLite transaction, the last in line commits,
//! and nobody is answered before that commit. Alone, a transaction commits at once.

use crate::error::{CentreError, Result};
use crate::storage::db::{Counts, Engine, Schema, Session, Tx, select, statement};
use crate::storage::value::{Row, Val};
use crate::storage::{migrations, sql};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

/// Most transactions one commit carries.
const GROUP_MAX: u32 = 64;
/// Readers kept open; more are opened when more ask at once, and closed again.
const READERS_KEPT: usize = 8;
/// Page cache of a reader: 512 KiB, as `PRAGMA cache_size` writes it. The system keeps the file in memory anyway.
const READER_CACHE: i64 = -512;

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

fn fault(operation: &str) -> impl Fn(rusqlite::Error) -> CentreError + '_ {
    move |source| CentreError::database(operation, source)
}

struct Lite<'a>(&'a Connection);

impl Lite<'_> {
    fn prepare(&self, name: &str, params: &[Val]) -> Result<rusqlite::CachedStatement<'_>> {
        let mut statement = self.0.prepare_cached(statement(name)?).map_err(fault(name))?;
        for (index, value) in params.iter().enumerate() {
            if let Some(place) = statement.parameter_index(&format!("${}", index + 1)).map_err(fault(name))? {
                statement.raw_bind_parameter(place, value).map_err(fault(name))?;
            }
        }
        Ok(statement)
    }
}

impl Session for Lite<'_> {
    fn exec(&self, name: &str, params: &[Val]) -> Result<usize> {
        self.prepare(name, params)?.raw_execute().map_err(fault(name))
    }

    fn rows(&self, name: &str, params: &[Val]) -> Result<Vec<Row>> {
        let mut statement = self.prepare(name, params)?;
        let mut out = Vec::new();
        collect(name, &mut statement, &mut |row| out.push(row))?;
        Ok(out)
    }

    fn schema(&self) -> Result<Schema> {
        let fail = fault("schema");
        let mut statement = self.0.prepare(TABLES).map_err(&fail)?;
        let mut schema = Schema::new();
        collect("schema", &mut statement, &mut |row| {
            if let [Val::Text(table), Val::Text(column)] = row.0.as_slice() {
                schema.entry(table.clone()).or_default().push(column.clone());
            }
        })?;
        Ok(schema)
    }

    fn scan(&self, table: &str, columns: &[String], each: &mut dyn FnMut(&Row)) -> Result<()> {
        let mut statement = self.0.prepare(&select(table, columns)?).map_err(fault(table))?;
        collect(table, &mut statement, &mut |row| each(&row))
    }
}

/// Tables and columns by name; what SQLite keeps for itself and the list of migrations left out.
const TABLES: &str = "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c \
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND t.name <> 'schema_migrations' ORDER BY 1, 2";

/// Runs a query whose parameters are bound and hands each row on.
fn collect(name: &str, statement: &mut rusqlite::Statement<'_>, each: &mut dyn FnMut(Row)) -> Result<()> {
    let width = statement.column_count();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(fault(name))? {
        let mut values = Vec::with_capacity(width);
        for index in 0..width {
            values.push(match row.get_ref(index).map_err(fault(name))? {
                ValueRef::Null => Val::Null,
                ValueRef::Integer(value) => Val::Int(value),
                ValueRef::Real(_) => return Err(CentreError::Damaged(format!("{name}: real number"))),
                ValueRef::Text(value) => Val::Text(String::from_utf8_lossy(value).into_owned()),
                ValueRef::Blob(value) => Val::Bytes(value.to_vec()),
            });
        }
        each(Row(values));
    }
    Ok(())
}

/// How a shared commit ended: durable, or the extended code of the failure.
type Ending = Arc<OnceLock<Result<(), i32>>>;

/// The writer and the transaction it has open.
struct Writer {
    connection: Connection,
    open: Option<Ending>,
    members: u32,
}

impl Writer {
    /// Joins the open transaction, or begins one.
    fn join(&mut self) -> rusqlite::Result<Ending> {
        if let Some(ending) = &self.open {
            return Ok(ending.clone());
        }
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let ending = Ending::default();
        self.open = Some(ending.clone());
        self.members = 0;
        Ok(ending)
    }

    /// Ends the open transaction for all its members.
    fn settle(&mut self, outcome: rusqlite::Result<()>) -> rusqlite::Result<()> {
        if let Some(ending) = self.open.take() {
            let told = outcome.as_ref().copied().map_err(code);
            let _ = ending.set(told);
        }
        if outcome.is_err() && !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        outcome
    }
}

fn code(error: &rusqlite::Error) -> i32 {
    error.sqlite_error().map_or(rusqlite::ffi::SQLITE_ERROR, |error| error.extended_code)
}

fn shared_failure(operation: &str, code: i32) -> CentreError {
    let cause = rusqlite::ffi::Error::new(code);
    let text = "the commit several transactions shared failed";
    CentreError::database(operation, rusqlite::Error::SqliteFailure(cause, Some(text.to_owned())))
}

/// The engine.
pub struct Sqlite {
    path: PathBuf,
    writer: Mutex<Writer>,
    settled: Condvar,
    waiting: AtomicUsize,
    readers: Mutex<Vec<Connection>>,
    writes: AtomicU64,
    commits: AtomicU64,
}

impl Sqlite {
    /// Opens the store and brings its schema up to date.
    pub fn open(path: &Path, wall_ms: i64) -> Result<Self> {
        let connection = migrations::open_and_migrate(path, wall_ms)?;
        connection.set_prepared_statement_cache_capacity(192);
        Ok(Self {
            path: path.to_owned(),
            writer: Mutex::new(Writer { connection, open: None, members: 0 }),
            settled: Condvar::new(),
            waiting: AtomicUsize::new(0),
            readers: Mutex::default(),
            writes: AtomicU64::new(0),
            commits: AtomicU64::new(0),
        })
    }

    /// One member's work between two savepoints.
    fn member(writer: &Writer, operation: &str, work: &mut dyn FnMut(&Tx<'_>) -> Result<()>) -> Result<()> {
        let connection = &writer.connection;
        connection.execute_batch("SAVEPOINT member").map_err(fault(operation))?;
        let undo = Undo(connection);
        let done = work(&Tx::new(&Lite(connection)));
        if done.is_ok() {
            connection.execute_batch("RELEASE member").map_err(fault(operation))?;
            std::mem::forget(undo);
        }
        done
    }

    /// Commits unless somebody is about to join.
    fn commit_if_last(&self, writer: &mut Writer) -> rusqlite::Result<()> {
        writer.members += 1;
        if writer.connection.is_autocommit() {
            // A full disk or a failed write made SQLite roll everything back by itself.
            let lost = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ABORT_ROLLBACK);
            return writer.settle(Err(rusqlite::Error::SqliteFailure(lost, None)));
        }
        if self.waiting.load(Ordering::SeqCst) > 0 && writer.members < GROUP_MAX {
            return Ok(());
        }
        let outcome = writer.connection.execute_batch("COMMIT");
        self.commits.fetch_add(u64::from(outcome.is_ok()), Ordering::Relaxed);
        writer.settle(outcome)
    }
}

/// Takes a member's changes back, also when its work panics.
struct Undo<'a>(&'a Connection);

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        if !self.0.is_autocommit() {
            let _ = self.0.execute_batch("ROLLBACK TO member; RELEASE member");
        }
    }
}

/// Ends the group when a member's work panics: the others are told, nothing is committed.
struct Panicked<'a>(Option<MutexGuard<'a, Writer>>, &'a Condvar);

impl Drop for Panicked<'_> {
    fn drop(&mut self) {
        if let Some(mut writer) = self.0.take() {
            let lost = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ABORT_ROLLBACK);
            let _ = writer.settle(Err(rusqlite::Error::SqliteFailure(lost, None)));
            self.1.notify_all();
        }
    }
}

impl Engine for Sqlite {
    fn write(&self, operation: &str, work: &mut dyn FnMut(&Tx<'_>) -> Result<()>) -> Result<()> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut writer = lock(&self.writer);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        let ending = writer.join().map_err(fault(operation))?;
        let mut guard = Panicked(Some(writer), &self.settled);
        let done = match &guard.0 {
            Some(writer) => Self::member(writer, operation, work),
            None => Err(CentreError::Damaged("writer lost".into())),
        };
        let Some(mut writer) = guard.0.take() else { return done };
        let ended = self.commit_if_last(&mut writer);
        if ending.get().is_some() {
            self.settled.notify_all();
        }
        // A refusal too waits: it may rest on what another member wrote.
        while ending.get().is_none() {
            writer = self.settled.wait(writer).unwrap_or_else(PoisonError::into_inner);
        }
        drop(writer);
        done?;
        ended.map_err(fault(operation))?;
        match ending.get() {
            Some(Err(code)) => Err(shared_failure(operation, *code)),
            _ => Ok(()),
        }
    }

    fn read(&self, operation: &str, work: &mut dyn FnMut(&Tx<'_>) -> Result<()>) -> Result<()> {
        let spare = lock(&self.readers).pop();
        let mut reader = match spare {
            Some(reader) => reader,
            None => {
                let reader = migrations::open_reader(&self.path)?;
                reader.pragma_update(None, "cache_size", READER_CACHE).map_err(fault(operation))?;
                reader
            }
        };
        let transaction = reader.transaction().map_err(fault(operation))?;
        let done = work(&Tx::new(&Lite(&transaction)));
        drop(transaction);
        let mut spare = lock(&self.readers);
        if spare.len() < READERS_KEPT {
            spare.push(reader);
        }
        done
    }

    fn check_statements(&self) -> Result<usize> {
        let writer = lock(&self.writer);
        let mut count = 0;
        for (name, text) in sql::all() {
            writer.connection.prepare(text).map_err(fault(name))?;
            count += 1;
        }
        Ok(count)
    }

    fn copy_to(&self, dir: &Path, look: &mut dyn FnMut(&Tx<'_>) -> Result<()>) -> Result<()> {
        let reader = migrations::open_reader(&self.path)?;
        let mut copy = migrations::open_new(&dir.join("centre.db"))?;
        {
            let backup = rusqlite::backup::Backup::new(&reader, &mut copy).map_err(fault("copy"))?;
            backup.run_to_completion(4096, std::time::Duration::ZERO, None).map_err(fault("copy"))?;
        }
        copy.pragma_update(None, "journal_mode", "DELETE").map_err(fault("copy"))?;
        look(&Tx::new(&Lite(&copy)))
    }

    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn counts(&self) -> Counts {
        Counts {
            writes: self.writes.load(Ordering::Relaxed),
            commits: self.commits.load(Ordering::Relaxed),
            retries: 0,
        }
    }
}

/// A poisoned lock only says that another thread panicked; its transaction was rolled back.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
