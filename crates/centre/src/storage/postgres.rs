//! PostgreSQL, or an engine that speaks its protocol: several servers on one store.
//!
//! Every write is one SERIALIZABLE transaction. Another transaction in the way (40001, 40P01,
//! or 23505 where both wrote the same new row) makes it run again on a fresh snapshot, up to
//! [`TRIES`] times. No advisory locks, no LISTEN, no sequences, no stored procedures.

mod copy;
mod pool;
mod schema;
mod tls;
mod values;

use crate::error::{CentreError, Result};
use crate::storage::background::Background;
use crate::storage::db::{Counts, Engine, Schema, Session, Tx, select, statement};
use crate::storage::sql;
use crate::storage::value::{Row, Val};
use futures::executor::block_on;
use pool::{Lease, Pool};
use std::cell::Cell;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

/// Most runs of one transaction.
const TRIES: u32 = 40;
/// Longest pause before another run, milliseconds.
const PAUSE_MAX_MS: u64 = 100;

const WRITE: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE";
const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

fn fault(operation: &str) -> impl Fn(tokio_postgres::Error) -> CentreError + '_ {
    move |source| CentreError::database(operation, source)
}

/// Whether running the transaction again may succeed.
fn passing(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| {
        [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED, SqlState::UNIQUE_VIOLATION]
            .contains(code)
    })
}

/// A transaction on one connection.
struct Pg<'a> {
    connection: &'a Lease<'a>,
    /// A statement failed in a way that passes; whatever the work made of it, it is run again.
    conflict: Cell<bool>,
}

impl Pg<'_> {
    fn failed(&self, name: &str) -> impl Fn(tokio_postgres::Error) -> CentreError {
        let conflict = &self.conflict;
        move |error| {
            conflict.set(conflict.get() || passing(&error));
            CentreError::database(name, error)
        }
    }
}

impl Session for Pg<'_> {
    fn exec(&self, name: &str, params: &[Val]) -> Result<usize> {
        let prepared = self.connection.prepare(name, statement(name)?).map_err(self.failed(name))?;
        let params: Vec<&(dyn ToSql + Sync)> = used(params, prepared.params().len());
        let changed = block_on(self.connection.client().execute(&prepared, &params)).map_err(self.failed(name))?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    fn rows(&self, name: &str, params: &[Val]) -> Result<Vec<Row>> {
        let prepared = self.connection.prepare(name, statement(name)?).map_err(self.failed(name))?;
        let params: Vec<&(dyn ToSql + Sync)> = used(params, prepared.params().len());
        let rows = block_on(self.connection.client().query(&prepared, &params)).map_err(self.failed(name))?;
        rows.iter().map(|row| values::row(name, row)).collect()
    }

    fn schema(&self) -> Result<Schema> {
        copy::schema(&self.connection.client()).map_err(self.failed("schema"))
    }

    fn scan(&self, table: &str, columns: &[String], each: &mut dyn FnMut(&Row)) -> Result<()> {
        let client = self.connection.client();
        // A cursor: a table may be larger than memory.
        let declare = format!("DECLARE scan NO SCROLL CURSOR FOR {}", select(table, columns)?);
        block_on(client.batch_execute(&declare)).map_err(self.failed(table))?;
        loop {
            let rows = block_on(client.query("FETCH 500 FROM scan", &[])).map_err(self.failed(table))?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                each(&values::row(table, row)?);
            }
        }
        block_on(client.batch_execute("CLOSE scan")).map_err(self.failed(table))
    }
}

/// A statement may use fewer parameters than the call hands in; never more.
fn used(params: &[Val], count: usize) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().take(count).map(|value| value as &(dyn ToSql + Sync)).collect()
}

/// The engine.
pub struct Postgres {
    pool: Pool,
    writes: AtomicU64,
    commits: AtomicU64,
    retries: AtomicU64,
    random: RandomState,
}

impl Postgres {
    /// Connects, brings the schema up to date and keeps a pool. `url` as libpq's, for example
    /// `postgres://tongban@db.example/city`; beyond this machine only over TLS checked against `ca_pem`.
    ///
    /// # Errors
    /// The address, the certificate, the schema, or an address beyond this machine without TLS.
    pub fn open(url: &str, ca_pem: Option<&[u8]>, wall_ms: i64) -> Result<Self> {
        let background = Background::start("tongban-postgres")?;
        let pool = Pool::new(url, ca_pem, background)?;
        let engine = Self {
            pool,
            writes: AtomicU64::new(0),
            commits: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            random: RandomState::new(),
        };
        schema::migrate(&engine.pool, wall_ms)?;
        Ok(engine)
    }

    /// Between nothing and a growing limit, so that two in each other's way do not meet again.
    fn pause(&self, attempt: u32) {
        let limit = (1_u64 << attempt.min(7)).min(PAUSE_MAX_MS);
        let micros = self.random.hash_one((attempt, std::thread::current().id(), self.retries.load(Ordering::Relaxed)));
        std::thread::sleep(Duration::from_micros(micros % (limit * 1000)));
    }

    /// One run: `Ok(None)` when it has to be repeated.
    fn attempt(&self, begin: &str, operation: &str, work: &mut dyn FnMut(&Tx<'_>) -> Result<()>) -> Result<Option<()>> {
        let connection = self.pool.take()?;
        block_on(connection.client().batch_execute(begin)).map_err(fault(operation))?;
        let session = Pg { connection: &connection, conflict: Cell::new(false) };
        let done = work(&Tx::new(&session));
        let conflict = session.conflict.get();
        if done.is_err() || conflict {
            // Without a rollback the connection is of no use to the next one.
            if block_on(connection.client().batch_execute("ROLLBACK")).is_err() {
                connection.discard();
            }
            return if conflict { Ok(None) } else { done.map(|()| None) };
        }
        match block_on(connection.client().batch_execute("COMMIT")) {
            Ok(()) => Ok(Some(())),
            Err(error) if passing(&error) => Ok(None),
            Err(error) => {
                connection.discard();
                Err(CentreError::database(operation, error))
            }
        }
    }

    fn run(&self, begin: &str, operation: &str, work: &mut dyn FnMut(&Tx<'_>) -> Result<()>) -> Result<()> {
        for attempt in 0..TRIES {
            if let Some(()) = self.attempt(begin, operation, work)? {
                return Ok(());
            }
            self.retries.fetch_add(1, Ordering::Relaxed);
            self.pause(attempt);
        }
        Err(CentreError::Busy { operation: operation.to_owned(), tries: TRIES })
    }
}

impl Engine for Postgres {
    fn write(&self, operation: &str, work: &mut dyn FnMut(&Tx<'_>) -> Result<()>) -> Result<()> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.run(WRITE, operation, work)?;
        self.commits.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn read(&self, operation: &str, work: &mut dyn FnMut(&Tx<'_>) -> Result<()>) -> Result<()> {
        self.run(READ, operation, work)
    }

    fn check_statements(&self) -> Result<usize> {
        let connection = self.pool.take()?;
        let mut count = 0;
        for (name, text) in sql::all() {
            connection.prepare(name, text).map_err(fault(name))?;
            count += 1;
        }
        Ok(count)
    }

    fn copy_to(&self, dir: &Path, look: &mut dyn FnMut(&Tx<'_>) -> Result<()>) -> Result<()> {
        let connection = self.pool.take()?;
        block_on(connection.client().batch_execute(READ)).map_err(fault("copy"))?;
        let done = copy::out(&connection, dir).and_then(|()| {
            let session = Pg { connection: &connection, conflict: Cell::new(false) };
            look(&Tx::new(&session))
        });
        if block_on(connection.client().batch_execute("ROLLBACK")).is_err() {
            connection.discard();
        }
        done
    }

    fn name(&self) -> &'static str {
        "postgres"
    }

    fn counts(&self) -> Counts {
        Counts {
            writes: self.writes.load(Ordering::Relaxed),
            commits: self.commits.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
        }
    }
}

/// Fills an empty PostgreSQL store from a copy made by [`Engine::copy_to`].
///
/// # Errors
/// A store that is not empty, a copy of another schema, or what PostgreSQL said.
pub(super) fn restore(url: &str, ca_pem: Option<&[u8]>, dir: &Path, wall_ms: i64) -> Result<()> {
    let engine = Postgres::open(url, ca_pem, wall_ms)?;
    copy::back(&engine.pool, dir)
}
