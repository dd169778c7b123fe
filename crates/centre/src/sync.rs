//! 入库: resumable uploads of bundles, their whole verification, and the signed receipt.
//!
//! Order of a good bundle: every chunk is on the disk before its offset is answered; when all
//! is there the bundle is examined as a whole; blobs are written and fsynced; one transaction
//! takes actions, keys, links and projection; only then the receipt is signed and stored.
//! A crash in between leaves either nothing or everything, and the resent bundle gets the
//! same receipt. Wrong bundles go to the quarantine, in nobody's way.

mod examine;
mod links;

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::staff::log;
use crate::stations::Station;
use crate::storage::Tx;
use crate::storage::journal::{self, Recorded};
use crate::vals;
use examine::Examined;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use tongban_domain::clock::WallTime;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::Digest;
use tongban_domain::ids::CaseId;
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

/// Uploads somebody is writing to at this moment.
#[derive(Debug, Default)]
pub(crate) struct Busy(Mutex<BTreeSet<Uuid>>);

struct Claim<'a>(&'a Busy, Uuid);

impl Busy {
    fn claim(&self, id: Uuid) -> Option<Claim<'_>> {
        let fresh = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        fresh.then_some(Claim(self, id))
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
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
    /// How much of an upload is held; `None` for an id never seen.
    pub fn state(&self, station: &Station, id: Uuid) -> Result<Option<UploadState>> {
        self.0.db.read("upload state", |tx| {
            if let Some((owner, synced)) = upload(tx, id)? {
                own(&station.id.0, &owner)?;
                let offset = synced.min(self.0.blobs.part_len(&id.to_string()));
                return Ok(Some(UploadState { offset, complete: false }));
            }
            match known(tx, id)? {
                Some(known) => {
                    own(&station.id.0, &known.station)?;
                    Ok(Some(UploadState { offset: known.len, complete: true }))
                }
                None => Ok(None),
            }
        })
    }

    /// Takes a chunk at `offset`; with `last` the bundle is complete and examined.
    ///
    /// Refused: another station's upload, a bundle id that came before with other bytes
    /// (`BundleConflict`), a bundle in quarantine (with its code); `Conflict` may be tried again.
    pub fn append(&self, station: &Station, id: Uuid, offset: u64, chunk: &[u8], last: bool) -> Result<Upload> {
        let centre = self.0;
        let Some(_claim) = centre.busy.claim(id) else {
            return Err(CentreError::refused(
                Refusal::Conflict,
                ErrorCode::UploadOffset,
                "this upload is being written",
            ));
        };
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
        let name = id.to_string();
        let held = centre.blobs.part_append(&name, offset, chunk)?;
        if last {
            let bytes = centre.blobs.part_read(&name, held)?;
            return self.complete(station, id, &bytes);
        }
        let now = centre.now_ms();
        centre.db.write("upload", |tx| tx.exec("upload.put", vals![id, &station.id.0, held, now]))?;
        Ok(Upload::Partial(held))
    }

    fn complete(&self, station: &Station, id: Uuid, bytes: &[u8]) -> Result<Upload> {
        let sha256 = Digest(Sha256::digest(bytes).into());
        let held = self.0.db.read("known bundle", |tx| known(tx, id))?;
        if held.is_some() {
            self.0.blobs.part_drop(&id.to_string());
            self.0.db.write("upload", |tx| tx.exec("upload.drop", vals![id]))?;
            return self.answer_known(station, id, Some((sha256, bytes.len() as u64)));
        }
        match self.0.examine(station, id, bytes).and_then(|examined| self.store(station, id, sha256, examined)) {
            Ok(case) => {
                let receipt = self.receipt(id)?;
                self.0.blobs.part_drop(&id.to_string());
                if let Err(error) = self.0.workflow().receive(case) {
                    // The bundle is held and acknowledged; the start-up sweep takes the case in later.
                    tracing::error!(%case, %error, "case not taken in yet");
                }
                Ok(Upload::Held(Box::new(receipt)))
            }
            Err(Fault::Wrong(code, detail)) => self.quarantine(station, id, sha256, bytes, code, &detail),
            Err(Fault::Early(detail)) => {
                self.0.blobs.part_drop(&id.to_string());
                self.0.db.write("upload", |tx| tx.exec("upload.drop", vals![id]))?;
                Err(CentreError::refused(Refusal::Conflict, ErrorCode::StaleVersion, detail))
            }
            Err(Fault::Internal(error)) => Err(error),
        }
    }

    /// Answers a bundle whose id is known: the stored receipt for the same bytes.
    fn answer_known(&self, station: &Station, id: Uuid, again: Option<(Digest, u64)>) -> Result<Upload> {
        let held =
            self.0.db.read("known bundle", |tx| known(tx, id))?.ok_or_else(|| CentreError::not_found("bundle"))?;
        own(&station.id.0, &held.station)?;
        if again.is_some_and(|(sha256, len)| sha256 != held.sha256 || len != held.len) {
            let actor = format!("station:{}", station.id);
            self.0.staff().note(&actor, "bundle.conflict", &id.to_string(), "N109", "same id, other bytes")?;
            return Err(CentreError::invalid(ErrorCode::BundleConflict, "this bundle id came before with other bytes"));
        }
        if let Some((code, detail)) = held.quarantined {
            let code = ErrorCode::parse(&code).unwrap_or(ErrorCode::SyncQuarantined);
            return Err(CentreError::invalid(code, detail));
        }
        Ok(Upload::Held(Box::new(self.receipt(id)?)))
    }

    /// Everything of a good bundle in one transaction, after its blobs are on the disk.
    fn store(&self, station: &Station, id: Uuid, sha256: Digest, examined: Examined) -> Result<CaseId, Fault> {
        let centre = self.0;
        for (address, body) in &examined.bundle.blobs {
            centre.blobs.put(address, body)?;
        }
        let now = centre.now_ms();
        let Examined { bundle, actions, mut loaded, held_before, len } = examined;
        let case = bundle.case;
        centre.db.write("store bundle", |tx| {
            if journal::head(tx, case)?.map_or(0, |head| head.case_seq) != held_before {
                return Err(CentreError::refused(Refusal::Conflict, ErrorCode::StaleVersion, "case moved meanwhile"));
            }
            for key in &bundle.keys {
                tx.exec("key.insert", vals![case.0, &key.reader, key.sealed.as_slice()])?;
            }
            for action in &actions {
                if action.header.case_seq > held_before {
                    journal::append(tx, action, now)?;
                    loaded.push(Recorded { action: action.clone(), recorded_ms: now })?;
                }
            }
            for (address, body) in &bundle.blobs {
                tx.exec("blob.insert", vals![*address, case.0, body.len()])?;
            }
            links::insert(tx, &station.id, &bundle.links)?;
            let ids: Vec<Uuid> = actions.iter().map(|action| action.header.id.0).collect();
            let blobs: Vec<String> = bundle.blobs.iter().map(|(address, _)| address.to_string()).collect();
            let (ids, blobs) = (json(&ids)?, json(&blobs)?);
            tx.exec(
                "bundle.insert",
                vals![
                    id,
                    &station.id.0,
                    case.0,
                    sha256,
                    len,
                    "stored",
                    None::<&str>,
                    None::<&str>,
                    loaded.version(),
                    ids,
                    blobs,
                    now
                ],
            )?;
            tx.exec("upload.drop", vals![id])?;
            centre.save_projection(tx, &loaded)
        })?;
        Ok(case)
    }

    /// The stored receipt; made, signed and stored when the transaction before it was the last thing done.
    fn receipt(&self, id: Uuid) -> Result<BundleReceipt> {
        let centre = self.0;
        let row = centre
            .db
            .read("receipt", |tx| tx.row("bundle.get", vals![id]))?
            .ok_or_else(|| CentreError::not_found("bundle"))?;
        let damaged = |error: serde_json::Error| CentreError::Damaged(format!("receipt: {error}"));
        if let Some(text) = row.opt_text(6)? {
            return serde_json::from_str(&text).map_err(damaged);
        }
        let actions: Vec<Uuid> = serde_json::from_str(&row.text(9)?).map_err(damaged)?;
        let blobs: Vec<String> = serde_json::from_str(&row.text(10)?).map_err(damaged)?;
        let receipt = BundleReceipt {
            v: 1,
            bundle: id,
            bundle_sha256: row.digest(1)?,
            case: CaseId(row.uuid(7)?),
            case_seq: row.uint(8)?,
            actions: actions.into_iter().map(tongban_domain::ids::ActionId).collect(),
            blobs: blobs.iter().map(|text| digest(text)).collect::<Result<_>>()?,
            received_wall_ms: WallTime(row.int(11)?).0,
            signature: Vec::new(),
        };
        let receipt =
            receipt.sign(&centre.keys.signing).map_err(|error| CentreError::Crypto(format!("receipt: {error}")))?;
        let text = serde_json::to_string(&receipt).map_err(damaged)?;
        centre.db.write("receipt", |tx| tx.exec("bundle.receipt", vals![id, text]))?;
        Ok(receipt)
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
        centre.blobs.part_quarantine(&id.to_string())?;
        let readable = centre.readable_links(station, bytes)?;
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
                    now
                ],
            )?;
            tx.exec("upload.drop", vals![id])?;
            log(
                tx,
                now,
                &format!("station:{}", station.id),
                "bundle.quarantine",
                &id.to_string(),
                code.as_str(),
                detail,
            )
        })?;
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

fn upload(tx: &Tx<'_>, id: Uuid) -> Result<Option<(String, u64)>> {
    tx.row("upload.get", vals![id])?.map(|row| Ok((row.text(0)?, row.uint(1)?))).transpose()
}

fn own(station: &str, owner: &str) -> Result<()> {
    if station == owner {
        return Ok(());
    }
    Err(CentreError::invalid(ErrorCode::BundleConflict, "another station's bundle"))
}

fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| CentreError::Damaged(format!("json: {error}")))
}

/// 64 hex digits.
pub(crate) fn digest(text: &str) -> Result<Digest> {
    let bytes = hex::decode(text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    bytes.map(Digest).ok_or_else(|| CentreError::Damaged("digest is not 64 hex digits".into()))
}
