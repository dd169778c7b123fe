//! Connections, kept and lent.

use super::tls::MakeTls;
use crate::error::{CentreError, Result};
use crate::storage::background::Background;
use futures::executor::block_on;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Config, NoTls, Statement};

/// Connections of one server process; PostgreSQL's own default is a hundred for all.
const CONNECTIONS_MAX: usize = 24;
/// A server that does not answer is told so after this.
const CONNECT: Duration = Duration::from_secs(10);

thread_local! {
    /// Connections this thread holds: a transaction that reads inside another must not wait for itself.
    static HELD: Cell<usize> = const { Cell::new(0) };
}

/// A client and what was prepared on it.
struct Connection {
    client: Client,
    prepared: HashMap<String, Statement>,
}

#[derive(Default)]
struct Shelf {
    idle: Vec<Connection>,
    lent: usize,
}

/// The pool.
pub(super) struct Pool {
    config: Config,
    tls: Option<MakeTls>,
    shelf: Mutex<Shelf>,
    returned: Condvar,
    background: Background,
}

impl Pool {
    pub fn new(url: &str, ca_pem: Option<&[u8]>, background: Background) -> Result<Self> {
        let mut config =
            Config::from_str(url).map_err(|error| CentreError::database("read database address", error))?;
        config.connect_timeout(CONNECT).application_name("tongban-server").keepalives_idle(Duration::from_secs(30));
        let tls = ca_pem.map(MakeTls::new).transpose()?;
        if tls.is_some() {
            config.ssl_mode(SslMode::Require);
        } else if !config.get_hosts().iter().all(near) {
            return Err(CentreError::Unsafe("a database beyond this machine needs TLS: --database-ca".into()));
        }
        Ok(Self { config, tls, shelf: Mutex::default(), returned: Condvar::new(), background })
    }

    /// A connection, waiting for one when too many are lent.
    pub fn take(&self) -> Result<Lease<'_>> {
        let nested = HELD.get() > 0;
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        while shelf.idle.is_empty() && shelf.lent >= CONNECTIONS_MAX && !nested {
            shelf = self.returned.wait(shelf).unwrap_or_else(PoisonError::into_inner);
        }
        shelf.idle.retain(|connection| !connection.client.is_closed());
        let spare = shelf.idle.pop();
        shelf.lent += 1;
        drop(shelf);
        let connection = match spare {
            Some(connection) => Ok(connection),
            None => self.connect(),
        };
        if connection.is_err() {
            self.give_back(None);
        }
        HELD.set(HELD.get() + 1);
        let connection = connection.inspect_err(|_| HELD.set(HELD.get() - 1))?;
        Ok(Lease { pool: self, connection: RefCell::new(Some(connection)), keep: Cell::new(true) })
    }

    fn connect(&self) -> Result<Connection> {
        let config = self.config.clone();
        let fail = |error| CentreError::database("connect to database", error);
        let client = match self.tls.clone() {
            Some(tls) => {
                let (client, driver) = self.background.run(async move { config.connect(tls).await })?.map_err(fail)?;
                self.background.spawn(drive(driver));
                client
            }
            None => {
                let (client, driver) =
                    self.background.run(async move { config.connect(NoTls).await })?.map_err(fail)?;
                self.background.spawn(drive(driver));
                client
            }
        };
        Ok(Connection { client, prepared: HashMap::new() })
    }

    fn give_back(&self, connection: Option<Connection>) {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.lent -= 1;
        shelf.idle.extend(connection.filter(|connection| !connection.client.is_closed()));
        drop(shelf);
        self.returned.notify_one();
    }
}

/// Drives one connection until it ends.
async fn drive(driver: impl Future<Output = Result<(), tokio_postgres::Error>>) {
    if let Err(error) = driver.await {
        tracing::warn!(%error, "database connection ended");
    }
}

/// On this machine: a socket file, or loopback.
fn near(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
    }
}

/// A connection while it is lent.
pub(super) struct Lease<'a> {
    pool: &'a Pool,
    connection: RefCell<Option<Connection>>,
    keep: Cell<bool>,
}

impl Lease<'_> {
    /// The client; it answers while the lease is held.
    pub fn client(&self) -> ClientRef<'_> {
        ClientRef(self.connection.borrow())
    }

    /// The statement, prepared once a connection.
    pub fn prepare(&self, name: &str, text: &str) -> Result<Statement, tokio_postgres::Error> {
        let mut slot = self.connection.borrow_mut();
        let connection = slot.as_mut().expect("a lease holds its connection until it is dropped");
        if let Some(known) = connection.prepared.get(name) {
            return Ok(known.clone());
        }
        let statement = block_on(connection.client.prepare(text))?;
        connection.prepared.insert(name.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Not to be lent again.
    pub fn discard(&self) {
        self.keep.set(false);
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        HELD.set(HELD.get() - 1);
        // A panic leaves a transaction open; the server rolls it back when the connection goes.
        let keep = self.keep.get() && !std::thread::panicking();
        self.pool.give_back(self.connection.take().filter(|_| keep));
    }
}

/// The client of a lease.
pub(super) struct ClientRef<'a>(std::cell::Ref<'a, Option<Connection>>);

impl std::ops::Deref for ClientRef<'_> {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.0.as_ref().expect("a lease holds its connection until it is dropped").client
    }
}
