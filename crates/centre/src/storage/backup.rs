//! Backup, restore and the drill that proves them.
//!
//! A repository holds `points/TIME` (a consistent copy of the database, with the digest of every
//! table) and `objects/` (bundles, immutable and therefore copied once). The database is copied
//! first: whatever it names is among the objects then. On the way back, bundles that came after
//! the point and lie among the objects are taken in again, so that a submission is lost only
//! when database and object store are lost together; what staff decided after the point is lost.
//! Keys are not in the repository: they are kept apart, under the key officer's rule.

mod digest;

pub use digest::{TableDigest, TableDigests};

use crate::centre::{Centre, CentreConfig};
use crate::error::{CentreError, Result};
use crate::storage::blobs::{Blobs, FileBlobs, create_dir, sync_dir, write_durable};
use crate::vals;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;
use uuid::Uuid;

/// Areas of the object store.
const AREAS: [&str; 3] = ["bundles", "quarantine", "blobs"];

/// One moment a repository can go back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// Format version, 1.
    pub v: u16,
    /// Wall time of the copy, ms.
    pub at_ms: i64,
    /// `sqlite` or `postgres`: what it can be restored into.
    pub engine: String,
    /// Rows, columns and digest of every table.
    pub tables: TableDigests,
    /// Objects held then.
    pub objects: u64,
    /// Bytes of them.
    pub bytes: u64,
}

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The point gone back to.
    pub point: Point,
    /// Bundles of after the point taken in again.
    pub rolled_forward: u64,
    /// Tables that differ from the point's digests before rolling forward.
    pub differ: Vec<String>,
}

/// What a drill found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drill {
    /// Seconds between the newest point and now: what staff did since would be lost.
    pub rpo_seconds: f64,
    /// Steps by staff since the point.
    pub staff_steps_since: u64,
    /// Bundles acknowledged since the point.
    pub bundles_since: u64,
    /// Of these, taken in again from the objects.
    pub bundles_recovered: u64,
    /// Seconds from an empty place to a centre that answers, checked.
    pub rto_seconds: f64,
    /// Tables whose digest differs from the point's.
    pub tables_differ: Vec<String>,
    /// Objects whose bytes differ from the digest in the database, or that are missing.
    pub objects_differ: u64,
    /// Objects compared.
    pub objects_checked: u64,
    /// Cases whose chain does not hold.
    pub chains_broken: u64,
    /// Cases checked.
    pub chains_checked: u64,
}

impl Drill {
    /// Whether nothing differs and nothing acknowledged by receipt would be lost.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.tables_differ.is_empty()
            && self.objects_differ == 0
            && self.chains_broken == 0
            && self.bundles_recovered >= self.bundles_since
    }
}

fn point_dir(repository: &Path, at_ms: i64) -> PathBuf {
    repository.join("points").join(format!("{at_ms:015}"))
}

/// Points of a repository, oldest first; a copy cut short has no `point.json` and is none.
pub fn points(repository: &Path) -> Result<Vec<Point>> {
    let mut points = Vec::new();
    let entries = std::fs::read_dir(repository.join("points")).map_err(CentreError::file("read repository"))?;
    for entry in entries.flatten() {
        let Ok(text) = std::fs::read_to_string(entry.path().join("point.json")) else { continue };
        let point: Point =
            serde_json::from_str(&text).map_err(|error| CentreError::Damaged(format!("point.json: {error}")))?;
        points.push(point);
    }
    points.sort_by_key(|point| point.at_ms);
    Ok(points)
}

/// Makes a point; `tell` hears how far it is.
pub fn take(centre: &Centre, repository: &Path, tell: &dyn Fn(&str)) -> Result<Point> {
    create_dir(&repository.join("points"))?;
    let store = FileBlobs::open(&repository.join("objects"))?;
    let at_ms = centre.now_ms();
    let dir = point_dir(repository, at_ms);
    create_dir(&dir)?;
    tell("database: copying");
    let mut tables = TableDigests::default();
    centre.db.engine().copy_to(&dir, &mut |tx| {
        tables = digest::tables(tx)?;
        Ok(())
    })?;
    let rows: u64 = tables.0.values().map(|table| table.rows).sum();
    tell(&format!("database: {} tables, {rows} rows", tables.0.len()));
    let (objects, bytes) = copy_objects(centre.blobs.as_ref(), &store, tell)?;
    let point = Point { v: 1, at_ms, engine: centre.db.engine().name().to_owned(), tables, objects, bytes };
    let text = serde_json::to_vec_pretty(&point).map_err(|error| CentreError::Damaged(format!("point: {error}")))?;
    for entry in std::fs::read_dir(&dir).map_err(CentreError::file("read copy"))?.flatten() {
        let file = std::fs::File::open(entry.path()).map_err(CentreError::file("open copy"))?;
        file.sync_all().map_err(CentreError::file("sync copy"))?;
    }
    // Written last: with it the point exists.
    write_durable(&dir.join("point.json"), &text)?;
    sync_dir(&repository.join("points"))?;
    Ok(point)
}

/// Copies what the other side does not hold; answers how many objects and bytes there are.
fn copy_objects(from: &dyn Blobs, to: &dyn Blobs, tell: &dyn Fn(&str)) -> Result<(u64, u64)> {
    let (mut count, mut bytes, mut copied) = (0, 0, 0);
    for area in AREAS {
        let held: BTreeSet<(String, u64)> = to.list(area)?.into_iter().collect();
        for (name, len) in from.list(area)? {
            count += 1;
            bytes += len;
            if held.contains(&(name.clone(), len)) {
                continue;
            }
            let body = from.get(&name, None)?.ok_or_else(|| CentreError::Damaged(format!("object {name} vanished")))?;
            to.put(&name, &body)?;
            copied += 1;
            if copied % 500 == 0 {
                tell(&format!("objects: {copied} copied"));
            }
        }
    }
    tell(&format!("objects: {count}, of which {copied} new, {bytes} bytes"));
    Ok((count, bytes))
}

/// Restores into an empty place and rolls forward; the centre is open afterwards.
///
/// `until_ms`: the last point not after it, without rolling forward. `config` names an empty
/// data directory and database, and the keys the store was written with.
pub fn restore(
    config: CentreConfig,
    repository: &Path,
    until_ms: Option<i64>,
    tell: &dyn Fn(&str),
) -> Result<(Centre, Restored)> {
    let points = points(repository)?;
    let point = points.into_iter().rev().find(|point| until_ms.is_none_or(|until| point.at_ms <= until));
    let point = point.ok_or_else(|| CentreError::not_found("no point that old"))?;
    let engine = if config.storage.database.is_some() { "postgres" } else { "sqlite" };
    if point.engine != engine {
        let text = format!("the point was made on {}, the target is {engine}", point.engine);
        return Err(CentreError::Unsafe(text));
    }
    if !config.storage.keys(&config.data_dir).is_dir() {
        return Err(CentreError::Unsafe("the keys of the store are not in place".into()));
    }
    create_dir(&config.data_dir)?;
    let dir = point_dir(repository, point.at_ms);
    tell(&format!("database: restoring the point of {}", point.at_ms));
    config.storage.restore_db(&config.data_dir, &dir, point.at_ms)?;
    let store = FileBlobs::open(&repository.join("objects"))?;
    copy_objects(&store, config.storage.open_blobs(&config.data_dir)?.as_ref(), tell)?;
    let held =
        config.storage.open_db(&config.data_dir, point.at_ms)?.read("digest", |tx| digest::same(tx, &point.tables))?;
    let differ = point.tables.differ(&held);
    let centre = Centre::open(config)?;
    let rolled_forward = if until_ms.is_none() { roll_forward(&centre, tell)? } else { 0 };
    Ok((centre, Restored { point, rolled_forward, differ }))
}

/// Takes in bundles the objects hold and the database does not, until none fits any more.
fn roll_forward(centre: &Centre, tell: &dyn Fn(&str)) -> Result<u64> {
    let mut late = Vec::new();
    for (name, _) in centre.blobs.list("bundles")? {
        let Some(id) = name.rsplit('/').next().and_then(|file| file.get(..36)?.parse::<Uuid>().ok()) else { continue };
        if centre.db.read("known bundle", |tx| tx.row("bundle.known", vals![id]))?.is_none() {
            late.push((id, name));
        }
    }
    // Time-ordered ids: a case's bundles mostly come in order; what comes early waits a round.
    late.sort();
    let mut taken = 0;
    loop {
        let before = late.len();
        let mut left = Vec::new();
        for (id, name) in late {
            if again(centre, id, &name)? {
                taken += 1;
            } else {
                left.push((id, name));
            }
        }
        late = left;
        if late.is_empty() || late.len() == before {
            break;
        }
    }
    tell(&format!("rolled forward: {taken} bundles taken in again, {} do not fit", late.len()));
    Ok(taken)
}

/// One bundle sent again on behalf of the station that signed it.
fn again(centre: &Centre, id: Uuid, name: &str) -> Result<bool> {
    let Some(bytes) = centre.blobs.get(name, None)? else { return Ok(false) };
    let Ok((head, _)) = tongban_protocol::bundle::BundleHead::decode(&bytes) else { return Ok(false) };
    let Some(station) = centre.stations().get(&head.station.0)? else { return Ok(false) };
    match centre.sync().append(&station, id, 0, &bytes, true) {
        Ok(_) => Ok(true),
        Err(CentreError::Refused { detail, .. }) => {
            tracing::warn!(bundle = %id, detail, "bundle not taken in again");
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Restores the newest point into `scratch`, compares everything and measures.
pub fn drill(live: &Centre, scratch: CentreConfig, repository: &Path, tell: &dyn Fn(&str)) -> Result<Drill> {
    let begun = Instant::now();
    // What has come since the last backup run reaches the object side first; so it does here.
    let store = FileBlobs::open(&repository.join("objects"))?;
    copy_objects(live.blobs.as_ref(), &store, tell)?;
    let (centre, restored) = restore(scratch, repository, None, tell)?;
    let since = |name: &'static str| {
        let at_ms = restored.point.at_ms;
        live.db.read(name, |tx| tx.row(name, vals![at_ms])?.map_or(Ok(0), |row| row.uint(0)))
    };
    let chains = centre.cases().verify_all()?;
    let (objects_checked, objects_differ) = compare_objects(&centre)?;
    Ok(Drill {
        rpo_seconds: (live.now_ms() - restored.point.at_ms).max(0) as f64 / 1000.0,
        staff_steps_since: since("action.since")?,
        bundles_since: since("bundle.since")?,
        bundles_recovered: restored.rolled_forward,
        rto_seconds: begun.elapsed().as_secs_f64(),
        tables_differ: restored.differ,
        objects_differ,
        objects_checked,
        chains_broken: chains.iter().filter(|(_, state)| !state.holds).count() as u64,
        chains_checked: chains.len() as u64,
    })
}

/// Reads every stored bundle and compares it with the digest in the database.
fn compare_objects(centre: &Centre) -> Result<(u64, u64)> {
    let (mut checked, mut differ) = (0, 0);
    let mut after = String::new();
    loop {
        let rows = centre.db.read("objects", |tx| tx.rows("bundle.objects", vals![&after]))?;
        let Some(last) = rows.last() else { return Ok((checked, differ)) };
        after = last.text(0)?;
        for row in &rows {
            checked += 1;
            let (id, sha256) = (row.uuid(0)?, row.digest(1)?);
            let name = crate::sync::object_name("bundles", id, &sha256);
            let sound = centre
                .blobs
                .get(&name, None)?
                .is_some_and(|bytes| <[u8; 32]>::from(Sha256::digest(&bytes)) == sha256.0);
            differ += u64::from(!sound);
        }
    }
}
