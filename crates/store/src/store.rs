//! The store itself: one directory, one database, one writer.

use crate::audit::Note;
use crate::point::{Commit, Keep, Remove};
use crate::seal::{Mac, SealFault, Touched};
use crate::{StationKeys, StoreConfig, StoreError, durable, seal};
use rusqlite::{Connection, OptionalExtension, Transaction};
use std::collections::HashSet;
use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use tongban_crypto::SealKey;
use tongban_domain::clock::{Clock, Ids, Rng};
use tongban_sqlite::{Migration, OpenConfig, SqliteError};

const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, sql: include_str!("schema/0001_station.sql") },
    Migration { version: 2, sql: include_str!("schema/0002_evidence.sql") },
];
/// The migration that brought the seals; every later one seals anew what it changed.
const SEALS_SINCE: u32 = 2;

const DATABASE: &str = "station.db";
const LOCK: &str = "station.lock";
const RESERVE: &str = "reserve.bin";

/// 终端库: everything a station holds. All calls block; the application makes them from a blocking thread.
pub struct Store {
    pub(crate) config: StoreConfig,
    pub(crate) keys: StationKeys,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) rng: Arc<dyn Rng>,
    inner: Mutex<Inner>,
    seal_key: SealKey,
    /// The schema as it was found at the start; one changed under a running program does not pass for it.
    schema: Mac,
    touched: Touched,
    /// Held for as long as the store lives, so that no second process writes.
    _lock: File,
}

struct Inner {
    conn: Connection,
    /// A write failed: the connection is not used again before it was closed, opened and checked.
    suspect: bool,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.config.station)
    }
}

impl Store {
    /// Opens the store in `config.dir`, making it at the first start; sweeps what a crash left behind.
    ///
    /// # Errors
    /// `InUse` when another process has it; `OtherStation`; `Evidence` when it was changed past the program;
    /// `Database` and `File` with their codes.
    pub fn create_or_open(
        config: StoreConfig,
        keys: StationKeys,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        rng: Arc<dyn Rng>,
    ) -> Result<Self, StoreError> {
        let store = Self::open_unchecked(config, keys, clock, ids, rng)?;
        store.found()?;
        store.refuse_tampered()?;
        store.sweep()?;
        store.restore_reserve();
        store.note(&Note { actor: "station", action: "store.opened", object: &store.config.boot_id, result: "ok" })?;
        Ok(store)
    }

    /// Opens without looking at the evidence and changes nothing: for the tools that look.
    pub(crate) fn open_unchecked(
        config: StoreConfig,
        keys: StationKeys,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        rng: Arc<dyn Rng>,
    ) -> Result<Self, StoreError> {
        durable::directory(&config.dir)?;
        durable::directory(&config.dir.join("blobs"))?;
        durable::directory(&config.dir.join("bundles"))?;
        let lock = take_lock(&config.dir.join(LOCK))?;
        let (seal_key, touched) = (keys.kek.seal_key(), Touched::default());
        let mut conn = connect(&config, &touched)?;
        tongban_sqlite::migrate_with(&mut conn, MIGRATIONS, clock.wall().0, |tx, version| {
            if version >= SEALS_SINCE { seal::adopt(tx, &seal_key) } else { Ok(()) }
        })?;
        let schema = seal::schema(&conn)?;
        let inner = Mutex::new(Inner { conn, suspect: false });
        Ok(Self { config, keys, clock, ids, rng, inner, seal_key, schema, touched, _lock: lock })
    }

    /// A store changed past the program is not worked with: what it would say or sign is nobody's word.
    fn refuse_tampered(&self) -> Result<(), StoreError> {
        let faults = self.read(|conn| seal::newest_faults(conn, &self.seal_key))?;
        if faults.is_empty() {
            return Ok(());
        }
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        tracing::error!(code = "S102", faults = faults.join("; "), "the store was changed past the program");
        Err(StoreError::Evidence(faults))
    }

    /// Places where the seals over the rows do not hold; all of them.
    ///
    /// # Errors
    /// `Database`.
    pub fn seal_faults(&self) -> Result<Vec<SealFault>, StoreError> {
        self.read(|conn| seal::faults(conn, &self.seal_key))
    }

    /// What the store was opened with.
    #[must_use]
    pub const fn config(&self) -> &StoreConfig {
        &self.config
    }

    /// The keys the store works with.
    #[must_use]
    pub const fn keys(&self) -> &StationKeys {
        &self.keys
    }

    /// The clock the store was given.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The randomness the store was given.
    #[must_use]
    pub fn rng(&self) -> &Arc<dyn Rng> {
        &self.rng
    }

    fn found(&self) -> Result<(), StoreError> {
        let station = self.config.station.0.as_str();
        let found: Option<String> =
            self.read(|conn| Ok(conn.query_row("SELECT station FROM station", [], |row| row.get(0)).optional()?))?;
        match found {
            Some(found) if found == station => Ok(()),
            Some(found) => Err(StoreError::OtherStation { found }),
            None => self.write(Commit::Founding, |tx| {
                tx.execute(
                    "INSERT INTO station (one, station, hall, epoch, link_seq, link_hash, link_acked)
                     VALUES (1, ?1, ?2, 1, 0, zeroblob(32), 0)",
                    (station, &self.config.hall.0),
                )?;
                Ok(())
            }),
        }
    }

    fn lock(&self) -> Result<MutexGuard<'_, Inner>, StoreError> {
        let mut inner = self.inner.lock().map_err(|_| StoreError::Poisoned)?;
        if inner.suspect {
            // After a failed write the state of the open file is unknown (a retried fsync may
            // answer "done" for pages that were dropped): read back from the disk what is there.
            let fresh = connect(&self.config, &self.touched)?;
            tongban_sqlite::integrity(&fresh)?;
            inner.conn = fresh;
            inner.suspect = false;
        }
        Ok(inner)
    }

    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        work(&self.lock()?.conn)
    }

    /// One labelled transaction. On a full disk the reserve is given up and the work tried once more.
    pub(crate) fn write<T>(
        &self,
        label: Commit,
        work: impl Fn(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match self.write_once(label, &work) {
            Err(error) if error.is_full() && self.release_reserve()? => self.write_once(label, &work),
            outcome => outcome,
        }
    }

    fn write_once<T>(
        &self,
        label: Commit,
        work: impl Fn(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut inner = self.lock()?;
        self.touched.forget();
        let outcome = durable::commit(&mut inner.conn, label, |tx| {
            let value = work(tx)?;
            seal::reseal(tx, &self.seal_key, &self.schema, &self.touched)?;
            Ok(value)
        });
        if let Err(StoreError::Database(SqliteError::Write { .. } | SqliteError::Damaged { .. })) = &outcome {
            inner.suspect = true;
        }
        outcome
    }

    /// Writes a file; on a full disk the reserve is given up and the file tried once more.
    pub(crate) fn keep(&self, path: &Path, bytes: &[u8], label: Keep) -> Result<(), StoreError> {
        match durable::keep(path, bytes, label) {
            Err(error) if error.is_full() && self.release_reserve()? => durable::keep(path, bytes, label),
            outcome => outcome,
        }
    }

    pub(crate) fn fill(&self, buffer: &mut [u8]) {
        self.rng.fill(buffer);
    }

    /// Whether new cases may be opened: the reserve is there, or none is asked for.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.config.reserve_bytes == 0 || self.reserve().exists()
    }

    /// Gives the reserve up, so that the open case can be finished; `false` when it was gone already.
    ///
    /// # Errors
    /// `File` when it cannot be removed.
    pub fn release_reserve(&self) -> Result<bool, StoreError> {
        let path = self.reserve();
        if !path.exists() {
            return Ok(false);
        }
        tracing::warn!(code = "S101", "disk full: reserve given up");
        durable::remove(&[path], Remove::ReserveGone)?;
        Ok(true)
    }

    /// Takes the reserve again if there is room; the answer is [`Store::has_room`].
    pub fn restore_reserve(&self) -> bool {
        if !self.has_room()
            && let Err(error) = durable::keep_space(&self.reserve(), self.config.reserve_bytes, Keep::Reserve)
        {
            tracing::warn!(code = error.code().as_str(), "reserve cannot be taken");
        }
        self.has_room()
    }

    /// 落定: moves the journal into the database file, so that one file holds everything when power may go at any
    /// moment. What was acknowledged is durable without it.
    ///
    /// # Errors
    /// The failure to move it.
    pub fn rest(&self) -> Result<(), StoreError> {
        self.read(|conn| Ok(tongban_sqlite::erase_wal(conn)?))
    }

    fn reserve(&self) -> PathBuf {
        self.config.dir.join(RESERVE)
    }

    /// Removes files no row names: a write that did not finish, or blobs of an erased case.
    fn sweep(&self) -> Result<(), StoreError> {
        let (mut named, bundles) = self.read(|conn| {
            let mut statement = conn.prepare("SELECT case_id, address FROM blob")?;
            let blobs = statement
                .query_map([], |row| Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, [u8; 32]>(1)?)))?
                .map(|row| row.map(|(case, address)| self.blob_path(&case, &address)))
                .collect::<Result<HashSet<_>, _>>()?;
            let mut statement = conn.prepare("SELECT id FROM bundle WHERE state != 'acknowledged'")?;
            let bundles = statement
                .query_map([], |row| row.get::<_, [u8; 16]>(0))?
                .map(|row| row.map(|id| self.bundle_path(uuid::Uuid::from_bytes(id))))
                .collect::<Result<Vec<_>, _>>()?;
            Ok((blobs, bundles))
        })?;
        named.extend(bundles);
        let mut orphans = Vec::new();
        collect_files(&self.config.dir.join("blobs"), &named, &mut orphans)?;
        collect_files(&self.config.dir.join("bundles"), &named, &mut orphans)?;
        if !orphans.is_empty() {
            tracing::info!(files = orphans.len(), "files of unfinished writes swept");
        }
        durable::remove(&orphans, Remove::Orphan)
    }

    pub(crate) fn blob_path(&self, case: &[u8; 16], address: &[u8; 32]) -> PathBuf {
        self.config.dir.join("blobs").join(hex::encode(case)).join(hex::encode(address))
    }

    pub(crate) fn bundle_path(&self, bundle: uuid::Uuid) -> PathBuf {
        self.config.dir.join("bundles").join(format!("{bundle}.bundle"))
    }
}

fn connect(config: &StoreConfig, touched: &Touched) -> Result<Connection, StoreError> {
    let mut conn = tongban_sqlite::open(&config.dir.join(DATABASE), &OpenConfig::default())?;
    touched.watch(&mut conn)?;
    Ok(conn)
}

/// How long to wait for a process that is just ending, or a child that is just being started
/// and for a moment shares our open files.
const LOCK_WAIT: Duration = Duration::from_millis(500);

fn take_lock(path: &Path) -> Result<File, StoreError> {
    let open = File::options().read(true).write(true).create(true).truncate(false).open(path);
    let file = open.map_err(|source| StoreError::file("open the lock", source))?;
    let began = Instant::now();
    loop {
        match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(file),
            Err(rustix::io::Errno::WOULDBLOCK) if began.elapsed() < LOCK_WAIT => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(StoreError::InUse),
            Err(error) => return Err(StoreError::file("lock the store", error.into())),
        }
    }
}

fn collect_files(dir: &Path, named: &HashSet<PathBuf>, orphans: &mut Vec<PathBuf>) -> Result<(), StoreError> {
    let fail = |source| StoreError::file("look through the store", source);
    for entry in fs::read_dir(dir).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let path = entry.path();
        if entry.file_type().map_err(fail)?.is_dir() {
            collect_files(&path, named, orphans)?;
        } else if !named.contains(&path) {
            orphans.push(path);
        }
    }
    Ok(())
}
