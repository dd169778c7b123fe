//! 入库: resumable uploads of bundles, their whole verification, and the signed receipt.
//!
//! Order of a good bundle: a chunk of a long one is on the disk before its offset is answered;
//! when all is there the bundle is examined as a whole and stored as one durable object; one
//! transaction takes actions, keys, links, projection, the signed receipt and the case's
//! number; the receipt is told after it. A crash in between leaves either nothing or everything,
//! and the resent bundle gets the same receipt. Wrong bundles go to the quarantine, in nobody's way.
//!
//! A bundle belongs to the station that signed it. Another enrolled station may carry it (from
//! a stick, or taken over): the same bytes bring the same receipt, other bytes are refused.

mod examine;
mod ledger;
mod links;

use crate::cases::Loaded;
use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::staff::log;
use crate::stations::Station;
use crate::storage::Tx;
use crate::storage::blobs::Begun;
use crate::storage::journal::{self, Recorded};
use crate::vals;
use examine::Examined;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, PoisonError};
use tongban_domain::code::ErrorCode;
use tongban_domain::event::Digest;
use tongban_protocol::bundle::{BUNDLE_BYTES_MAX, BundleReceipt};
use uuid::Uuid;

/// Where an upload stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Upload {
    /// This many bytes are held durably; go on from here.
    Partial(u64),
    /// The sender's offset is not this one, the true one.
    Offset(u64),
    /// The bundle is held; its receipt.
    Held(Box<BundleReceipt>),
}

/// What `HEAD` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadState {
    /// Bytes held.
    pub offset: u64,
    /// The bundle was taken (or quarantined) completely.
    pub complete: bool,
}

/// A bundle a person has to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Bundle id.
    pub id: Uuid,
    /// Sender.
    pub station: String,
    /// The case it names, when readable.
    pub case: Option<String>,
    /// Why.
    pub code: String,
    /// More, for technicians.
    pub detail: String,
    /// When, ms.
    pub at_ms: i64,
}

/// Why a bundle is not taken.
pub(crate) enum Fault {
    /// For the quarantine.
    Wrong(ErrorCode, String),
    /// Comes too early: what it follows is not here. Not recorded, may be sent again.
    Early(String),
    /// The centre itself failed.
    Internal(CentreError),
}

impl From<CentreError> for Fault {
    fn from(error: CentreError) -> Self {
        Self::Internal(error)
    }
}

/// Uploads somebody is writing to at this moment; others with the same id wait their turn.
#[derive(Debug, Default)]
pub(crate) struct Busy(Mutex<BTreeSet<Uuid>>, Condvar);

struct Claim<'a>(&'a Busy, Uuid);

impl Busy {
    fn claim(&self, id: Uuid) -> Claim<'_> {
        let mut busy = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while !busy.insert(id) {
            busy = self.1.wait(busy).unwrap_or_else(PoisonError::into_inner);
        }
        Claim(self, id)
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
        self.0.1.notify_all();
    }
}

/// A bundle known by id.
struct Known {
    station: String,
    sha256: Digest,
    len: u64,
    quarantined: Option<(String, String)>,
}

fn known(tx: &Tx<'_>, id: Uuid) -> Result<Option<Known>> {
    tx.row("bundle.get", vals![id])?
        .map(|row| {
            let quarantined = (row.text(3)? == "quarantined")
                .then(|| {
                    Ok::<_, CentreError>((row.opt_text(4)?.unwrap_or_default(), row.opt_text(5)?.unwrap_or_default()))
                })
                .transpose()?;
            Ok(Known { station: row.text(0)?, sha256: row.digest(1)?, len: row.uint(2)?, quarantined })
        })
        .transpose()
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Sync<'a>(pub(crate) &'a Centre);

impl Sync<'_> {
    /// How much of an upload is held; `None` for an id never seen. A bundle another station sent
    /// counts as not begun: who carries it again has to show its bytes.
    pub fn state(&self, station: &Station, id: Uuid) -> Result<Option<UploadState>> {
        let name = staged(station, id);
        self.0.db.read("upload state", |tx| {
            if let Some(synced) = upload(tx, &name)? {
                let offset = synced.min(self.0.staging.len(&name));
                return Ok(Some(UploadState { offset, complete: false }));
            }
            let known = known(tx, id)?.filter(|known| known.station == station.id.0);
            Ok(known.map(|known| UploadState { offset: known.len, complete: true }))
        })
    }

    /// Takes a chunk at `offset`; with `last` the bundle is complete and examined.
    ///
    /// Refused: a bundle id that came before with other bytes (`BundleConflict`), a bundle in
    /// quarantine (with its code); `Conflict` may be tried again.
    pub fn append(&self, station: &Station, id: Uuid, offset: u64, chunk: &[u8], last: bool) -> Result<Upload> {
        let centre = self.0;
        let _claim = centre.busy.claim(id);
        let state = self.state(station, id)?.unwrap_or(UploadState { offset: 0, complete: false });
        // A bundle held already may be sent again from the start: it is compared, not stored twice.
        let again = state.complete && offset == 0;
        if state.complete && offset == state.offset && chunk.is_empty() && last {
            return self.answer_known(station, id, None);
        }
        if !again && offset != state.offset {
            return Ok(Upload::Offset(state.offset));
        }
        if offset + chunk.len() as u64 > BUNDLE_BYTES_MAX {
            return Err(CentreError::refused(Refusal::TooLarge, ErrorCode::BodyTooLarge, "bundle too long"));
        }
        // What comes whole is not staged: its one object is written when it has been examined.
        if last && offset == 0 {
            return self.complete(station, id, chunk);
        }
        let name = staged(station, id);
        let held = centre.staging.append(&name, offset, chunk)?;
        if last {
            let bytes = centre.staging.read(&name, held)?;
            return self.complete(station, id, &bytes);
        }
        let now = centre.now_ms();
        centre.db.write("upload", |tx| tx.exec("upload.put", vals![&name, &station.id.0, held, now]))?;
        Ok(Upload::Partial(held))
    }

    fn complete(&self, station: &Station, id: Uuid, bytes: &[u8]) -> Result<Upload> {
        let digest = || Digest(Sha256::digest(bytes).into());
        if self.0.db.read("known bundle", |tx| known(tx, id))?.is_some() {
            self.unstage(station, id)?;
            return self.answer_known(station, id, Some((digest(), bytes.len() as u64)));
        }
        // The disk works while the processor does: most of a bundle's time is one of the two.
        let (begun, examined) = std::thread::scope(|scope| {
            let begun = scope.spawn(|| {
                let sha256 = digest();
                (sha256, self.0.blobs.begin(&object_name("bundles", id, &sha256), bytes))
            });
            let examined = self.0.examine(station, id, bytes);
            (begun.join(), examined)
        });
        let (sha256, begun) = begun.map_err(|_| CentreError::Damaged("the writing thread panicked".into()))?;
        let whole = Some((sha256, bytes.len() as u64));
        match examined.and_then(|examined| Ok(self.store(station, id, sha256, &examined, bytes, begun?)?)) {
            Ok(Some(receipt)) => {
                self.0.staging.discard(&staged(station, id));
                Ok(Upload::Held(Box::new(receipt)))
            }
            // Another server took the same bundle meanwhile.
            Ok(None) => {
                self.unstage(station, id)?;
                self.answer_known(station, id, whole)
            }
            Err(Fault::Wrong(code, detail)) => {
                if self.0.db.read("known bundle", |tx| known(tx, id))?.is_some() {
                    return self.answer_known(station, id, whole);
                }
                self.quarantine(station, id, sha256, bytes, code, &detail)
            }
            Err(Fault::Early(detail)) => {
                self.unstage(station, id)?;
                Err(CentreError::refused(Refusal::Conflict, ErrorCode::StaleVersion, detail))
            }
            Err(Fault::Internal(error)) => Err(error),
        }
    }

    /// Forgets what was staged of an upload, if anything was.
    fn unstage(&self, station: &Station, id: Uuid) -> Result<()> {
        let name = staged(station, id);
        self.0.staging.discard(&name);
        if self.0.db.read("upload state", |tx| upload(tx, &name))?.is_some() {
            self.0.db.write("upload", |tx| tx.exec("upload.drop", vals![&name]))?;
        }
        Ok(())
    }

    /// Answers a bundle whose id is known: the stored receipt for the same bytes.
    fn answer_known(&self, station: &Station, id: Uuid, again: Option<(Digest, u64)>) -> Result<Upload> {
        let held =
            self.0.db.read("known bundle", |tx| known(tx, id))?.ok_or_else(|| CentreError::not_found("bundle"))?;
        if again.is_some_and(|(sha256, len)| sha256 != held.sha256 || len != held.len) {
            let actor = format!("station:{}", station.id);
            self.0.staff().note(&actor, "bundle.conflict", &id.to_string(), "N109", "same id, other bytes")?;
            return Err(CentreError::invalid(ErrorCode::BundleConflict, "this bundle id came before with other bytes"));
        }
        if let Some((code, detail)) = held.quarantined {
            let code = ErrorCode::parse(&code).unwrap_or(ErrorCode::SyncQuarantined);
            return Err(CentreError::invalid(code, detail));
        }
        let text = self.0.db.read("receipt", |tx| tx.row("bundle.get", vals![id]))?;
        let text = text.ok_or_else(|| CentreError::not_found("bundle"))?.text(6)?;
        let receipt = serde_json::from_str(&text).map_err(|error| CentreError::Damaged(format!("receipt: {error}")))?;
        Ok(Upload::Held(Box::new(receipt)))
    }

    /// Stores a good bundle and answers its receipt; `None` when the id was taken meanwhile.
    fn store(
        &self,
        courier: &Station,
        id: Uuid,
        sha256: Digest,
        examined: &Examined<'_>,
        bytes: &[u8],
        begun: Begun,
    ) -> Result<Option<BundleReceipt>> {
        let centre = self.0;
        let object = object_name("bundles", id, &sha256);
        centre.blobs.finish(begun, &object, bytes)?;
        let receipt = self.sign_receipt(id, sha256, examined)?;
        let taken = Taken { courier, id, sha256, object: &object, examined, receipt: &receipt };
        let stored = match centre.db.write("store bundle", |tx| taken.store(centre, tx, true)) {
            // The case cannot be taken in (its number, its item): the bundle is held all the same,
            // and the sweep at the next start tries again.
            Err(CentreError::Refused { kind: Refusal::Invalid, code, detail }) => {
                tracing::error!(case = %examined.head.case, code = code.as_str(), detail, "case not taken in yet");
                centre.db.write("store bundle", |tx| taken.store(centre, tx, false))?
            }
            other => other?,
        };
        if !stored {
            return Ok(None);
        }
        if courier.id != examined.author.id {
            let actor = format!("station:{}", courier.id);
            let detail = format!("signed by {}", examined.author.id);
            self.0.staff().note(&actor, "bundle.carried", &id.to_string(), "ok", &detail)?;
        }
        Ok(Some(receipt))
    }

    fn sign_receipt(&self, id: Uuid, sha256: Digest, examined: &Examined<'_>) -> Result<BundleReceipt> {
        let last = examined.actions.last().map_or(0, |action| action.header.case_seq);
        let receipt = BundleReceipt {
            v: 1,
            bundle: id,
            bundle_sha256: sha256,
            case: examined.head.case,
            case_seq: last.max(examined.held_before),
            actions: examined.actions.iter().map(|action| action.header.id).collect(),
            blobs: examined.bodies.iter().map(|(address, _)| *address).collect(),
            received_wall_ms: self.0.now_ms(),
            signature: Vec::new(),
        };
        receipt.sign(&self.0.keys.signing).map_err(|error| CentreError::Crypto(format!("receipt: {error}")))
    }

    fn quarantine(
        &self,
        station: &Station,
        id: Uuid,
        sha256: Digest,
        bytes: &[u8],
        code: ErrorCode,
        detail: &str,
    ) -> Result<Upload> {
        let centre = self.0;
        let now = centre.now_ms();
        centre.blobs.put(&object_name("quarantine", id, &sha256), bytes)?;
        let readable = centre.readable_links(station, bytes)?;
        let name = staged(station, id);
        centre.db.write("quarantine", |tx| {
            let case = readable.as_ref().map(|(case, _)| case.0);
            if let Some((_, links)) = &readable {
                links::insert(tx, &station.id, links)?;
            }
            tx.exec(
                "bundle.insert",
                vals![
                    id,
                    &station.id.0,
                    case,
                    sha256,
                    bytes.len(),
                    "quarantined",
                    code.as_str(),
                    detail,
                    None::<u64>,
                    None::<&str>,
                    None::<&str>,
                    now,
                    None::<&str>
                ],
            )?;
            tx.exec("upload.drop", vals![&name])?;
            let actor = format!("station:{}", station.id);
            log(tx, now, &actor, "bundle.quarantine", &id.to_string(), code.as_str(), detail)
        })?;
        centre.staging.discard(&name);
        Err(CentreError::invalid(code, detail))
    }

    /// The last hundred quarantined bundles.
    pub fn quarantined(&self) -> Result<Vec<Quarantined>> {
        self.0.db.read("quarantine", |tx| {
            tx.rows("bundle.quarantined", vals![])?
                .iter()
                .map(|row| {
                    Ok(Quarantined {
                        id: row.uuid(0)?,
                        station: row.text(1)?,
                        case: row.opt_text(2)?,
                        code: row.opt_text(3)?.unwrap_or_default(),
                        detail: row.opt_text(4)?.unwrap_or_default(),
                        at_ms: row.int(5)?,
                    })
                })
                .collect()
        })
    }

    /// Per epoch of a station: links held and the highest number; fewer held than the highest is a gap.
    pub fn links(&self, station: &str) -> Result<Vec<(u32, u64, u64)>> {
        self.0.db.read("links", |tx| links::state(tx, station))
    }
}

/// A good bundle on its way into the store.
struct Taken<'a> {
    courier: &'a Station,
    id: Uuid,
    sha256: Digest,
    object: &'a str,
    examined: &'a Examined<'a>,
    receipt: &'a BundleReceipt,
}

impl Taken<'_> {
    /// Everything of the bundle in one transaction; `false` when its id was taken meanwhile.
    fn store(&self, centre: &Centre, tx: &Tx<'_>, receive: bool) -> Result<bool> {
        let Examined { head, bodies, actions, loaded, held_before, .. } = self.examined;
        let (case, now) = (head.case, self.receipt.received_wall_ms);
        if known(tx, self.id)?.is_some() {
            return Ok(false);
        }
        if journal::head(tx, case)?.map_or(0, |head| head.case_seq) != *held_before {
            return Err(CentreError::refused(Refusal::Conflict, ErrorCode::StaleVersion, "case moved meanwhile"));
        }
        let mut loaded = loaded.copy();
        for key in &head.keys {
            tx.exec("key.insert", vals![case.0, &key.reader, key.sealed.as_slice()])?;
        }
        for action in actions.iter().filter(|action| action.header.case_seq > *held_before) {
            journal::append(tx, action, now)?;
            loaded.push(Recorded { action: action.clone(), recorded_ms: now })?;
        }
        let mut start = self.examined.bodies_at;
        for (address, body) in bodies {
            tx.exec("blob.insert", vals![*address, case.0, body.len(), self.object, start])?;
            start += body.len();
        }
        links::insert(tx, &head.station, &head.links)?;
        self.insert(tx)?;
        tx.exec("upload.drop", vals![staged(self.courier, self.id)])?;
        centre.save_projection(tx, &loaded)?;
        if receive {
            centre.workflow().receive_in(tx, &mut loaded)?;
        }
        Ok(true)
    }

    fn insert(&self, tx: &Tx<'_>) -> Result<()> {
        let Examined { head, bodies, actions, bodies_at, .. } = self.examined;
        let ids: Vec<Uuid> = actions.iter().map(|action| action.header.id.0).collect();
        let blobs: Vec<String> = bodies.iter().map(|(address, _)| address.to_string()).collect();
        let len = bodies.iter().fold(*bodies_at, |sum, (_, body)| sum + body.len());
        tx.exec(
            "bundle.insert",
            vals![
                self.id,
                &head.station.0,
                head.case.0,
                self.sha256,
                len,
                "stored",
                None::<&str>,
                None::<&str>,
                self.receipt.case_seq,
                json(&ids)?,
                json(&blobs)?,
                self.receipt.received_wall_ms,
                json(self.receipt)?
            ],
        )?;
        Ok(())
    }
}

impl Loaded {
    /// A second one to go on from: a transaction may be run again.
    fn copy(&self) -> Self {
        Self {
            recorded: self.recorded.clone(),
            events: self.events.clone(),
            case: self.case.clone(),
            key: self.key.clone(),
        }
    }
}

impl Centre {
    /// A sealed file by its address, out of the bundle it came in.
    pub(crate) fn blob(&self, address: &Digest) -> Result<Option<Vec<u8>>> {
        let Some(row) = self.db.read("blob place", |tx| tx.row("blob.place", vals![*address]))? else {
            return Ok(None);
        };
        match row.opt_text(0)? {
            Some(object) => self.blobs.get(&object, Some((row.uint(1)?, row.uint(2)?))),
            // Stored by the first release, as a file of its own.
            None => self.blobs.get(&format!("blobs/{}/{address}", &address.to_string()[..2]), None),
        }
    }
}

/// The name an upload in pieces goes by: two stations carrying one bundle do not mix.
fn staged(station: &Station, id: Uuid) -> String {
    format!("{id}.{}", station.id)
}

/// Name of a bundle's object; other bytes under the same id cannot overwrite it.
pub(crate) fn object_name(area: &str, id: Uuid, sha256: &Digest) -> String {
    let (id, digest) = (id.to_string(), sha256.to_string());
    format!("{area}/{}/{id}-{}", &id[id.len() - 2..], &digest[..16])
}

fn upload(tx: &Tx<'_>, name: &str) -> Result<Option<u64>> {
    tx.row("upload.get", vals![name])?.map(|row| row.uint(1)).transpose()
}

fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| CentreError::Damaged(format!("json: {error}")))
}
