//! 数据包: actions of a submitted case with the files they name, grouped so that the bytes never change.

use crate::outbox::{BundleState, state_of};
use crate::point::{Commit, Keep};
use crate::{Store, StoreError};
use rusqlite::{Connection, OptionalExtension, Transaction};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use tongban_domain::clock::WallTime;
use tongban_domain::event::Digest;
use tongban_domain::ids::{ActionId, CaseId};
use tongban_protocol::action::SignedAction;
use tongban_protocol::bundle::{ACTIONS_MAX, BUNDLE_VERSION, Bundle, StationLink, WrappedKey};
use uuid::Uuid;

/// Kind of the action whose files are face data.
const PRESENCE: &str = "PresenceProved";

/// Reader name of the centre in wrapped keys.
pub const CENTRE_READER: &str = "centre";

/// A bundle ready to travel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadyBundle {
    /// Its id, the same after every restart.
    pub id: Uuid,
    /// The case.
    pub case: CaseId,
    /// The file that holds its bytes, the same after every restart.
    pub path: PathBuf,
    /// Length of the file.
    pub len: u64,
    /// SHA-256 of the file.
    pub sha256: Digest,
}

impl Store {
    /// The next bundle of a case, made now if there is none: the oldest that waits, or a new one
    /// over the oldest actions not sent. `None` when there is nothing, the case is a draft, or
    /// a bundle of it is quarantined.
    ///
    /// # Errors
    /// `NotEnrolled` before the centre's keys are known; `BlobMissing`, `Unsound`, `File`, `Database`.
    pub fn next_bundle(&self, case: CaseId) -> Result<Option<ReadyBundle>, StoreError> {
        match self.read(|conn| oldest(conn, case))? {
            Some((_, BundleState::Quarantined, _, _)) => return Ok(None),
            Some((id, _, len, sha256)) => {
                let ready = ReadyBundle { id, case, path: self.bundle_path(id), len, sha256 };
                self.restore_file(&ready)?;
                return Ok(Some(ready));
            }
            None => {}
        }
        let unsent = self.read(|conn| unsent(conn, case))?;
        if unsent.is_empty() {
            return Ok(None);
        }
        let (bundle, first, last) = self.compose(self.ids.next(), case, unsent, self.config.bundle_bytes)?;
        let bytes = bundle.encode()?;
        let sha256 = Digest(Sha256::digest(&bytes).into());
        let path = self.bundle_path(bundle.id);
        self.keep(&path, &bytes, Keep::Bundle)?;
        let fresh = self.write(Commit::BundleRow, |tx| {
            // Another thread may have made a bundle of the same actions in the meantime; the first stays.
            if oldest(tx, case)?.is_some() {
                return Ok(false);
            }
            insert_bundle(tx, &bundle, (first, last), &sha256, bytes.len() as u64, self.clock.wall())?;
            Ok(true)
        })?;
        if !fresh {
            return self.next_bundle(case);
        }
        Ok(Some(ReadyBundle { id: bundle.id, case, path, len: bytes.len() as u64, sha256 }))
    }

    /// Cases whose bundle waits and whose file is not there whole.
    pub(crate) fn cases_with_lost_bundles(&self) -> Result<Vec<CaseId>, StoreError> {
        let waiting = self.read(|conn| {
            let mut statement = conn.prepare("SELECT id, case_id, sha256 FROM bundle WHERE state = 'waiting'")?;
            let rows = statement.query_map([], |row| {
                Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, [u8; 16]>(1)?, Digest(row.get(2)?)))
            })?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        })?;
        Ok(waiting
            .into_iter()
            .filter(|(id, _, sha256)| !is_whole(&self.bundle_path(Uuid::from_bytes(*id)), sha256))
            .map(|(_, case, _)| CaseId(Uuid::from_bytes(case)))
            .collect())
    }

    /// A bundle is a function of what the database and the blob files hold, so a lost or cut
    /// file is made again, byte for byte.
    fn restore_file(&self, ready: &ReadyBundle) -> Result<(), StoreError> {
        if is_whole(&ready.path, &ready.sha256) {
            return Ok(());
        }
        let sent = self.read(|conn| actions_and_links(conn, ready.case, Which::Of(ready.id)))?;
        let (bundle, ..) = self.compose(ready.id, ready.case, sent, u64::MAX)?;
        let bytes = bundle.encode()?;
        if <[u8; 32]>::from(Sha256::digest(&bytes)) != ready.sha256.0 {
            return Err(StoreError::Unsound(format!("bundle {}", ready.id)));
        }
        tracing::warn!(bundle = %ready.id, "lost bundle file made again");
        self.keep(&ready.path, &bytes, Keep::Bundle)
    }

    /// Builds a bundle over the first of these actions, closed when it passes `size_max`; first and last number.
    fn compose(
        &self,
        id: Uuid,
        case: CaseId,
        actions: Vec<(SignedAction, StationLink)>,
        size_max: u64,
    ) -> Result<(Bundle, u64, u64), StoreError> {
        let mut bundle = Bundle {
            v: BUNDLE_VERSION,
            id,
            station: self.config.station.clone(),
            case,
            keys: vec![WrappedKey { reader: CENTRE_READER.to_owned(), sealed: self.centre_key(case)? }],
            actions: Vec::new(),
            links: Vec::new(),
            blobs: Vec::new(),
        };
        let face_stays =
            self.read(|conn| Ok(!self.fold(conn, case)?.consent().is_some_and(|given| given.evidence_upload)))?;
        let (mut first, mut last, mut size) = (0, 0, 0);
        for (action, link) in actions.into_iter().take(ACTIONS_MAX) {
            let seq = action.header.case_seq;
            // 人脸信息: stills and recordings of a presence check leave the station only by separate
            // consent; the action itself carries no more than their hashes.
            let stays = face_stays && action.header.kind == PRESENCE;
            let blobs = if stays { Vec::new() } else { self.blobs_first_named(case, seq)? };
            let more = action.bytes.len() + blobs.iter().map(|(_, body)| body.len()).sum::<usize>();
            if !bundle.actions.is_empty() && (size + more) as u64 > size_max {
                break;
            }
            if bundle.actions.is_empty() {
                first = seq;
            }
            last = seq;
            size += more;
            bundle.actions.push((action.bytes, action.signature));
            bundle.links.push(link);
            bundle.blobs.extend(blobs);
        }
        Ok((bundle, first, last))
    }

    fn blobs_first_named(&self, case: CaseId, seq: u64) -> Result<Vec<(Digest, Vec<u8>)>, StoreError> {
        let addresses = self.read(|conn| {
            let mut statement =
                conn.prepare("SELECT address FROM blob WHERE case_id = ?1 AND case_seq = ?2 ORDER BY rowid")?;
            let rows = statement.query_map((case.0.as_bytes(), seq as i64), |row| row.get::<_, [u8; 32]>(0))?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        })?;
        addresses.into_iter().map(|address| Ok((Digest(address), self.sealed_blob(case, &Digest(address))?))).collect()
    }

    /// The case key wrapped for the centre; made and kept when the case was opened before enrolment.
    fn centre_key(&self, case: CaseId) -> Result<Vec<u8>, StoreError> {
        let known: Option<Vec<u8>> = self.read(|conn| {
            Ok(conn.query_row("SELECT key_centre FROM case_file WHERE case_id = ?1", [case.0.as_bytes()], |row| {
                row.get(0)
            })?)
        })?;
        if let Some(known) = known {
            return Ok(known);
        }
        let reader = self.keys.centre_wrap.as_ref().ok_or(StoreError::NotEnrolled)?;
        let key = self.read(|conn| self.case_key(conn, case))?;
        let sealed = reader.wrap(&key, &mut |buffer: &mut [u8]| self.fill(buffer))?;
        self.write(Commit::CentreKey, |tx| {
            tx.execute("UPDATE case_file SET key_centre = ?2 WHERE case_id = ?1", (case.0.as_bytes(), &sealed))?;
            Ok(())
        })?;
        Ok(sealed)
    }
}

/// Whether the file is there and has these bytes.
pub(crate) fn is_whole(path: &Path, sha256: &Digest) -> bool {
    fs::read(path).is_ok_and(|bytes| <[u8; 32]>::from(Sha256::digest(&bytes)) == sha256.0)
}

type Oldest = (Uuid, BundleState, u64, Digest);

/// The oldest bundle of the case that has not been signed for.
fn oldest(conn: &Connection, case: CaseId) -> Result<Option<Oldest>, StoreError> {
    let row = conn
        .query_row(
            "SELECT id, state, bytes, sha256 FROM bundle
             WHERE case_id = ?1 AND state != 'acknowledged' ORDER BY first_seq LIMIT 1",
            [case.0.as_bytes()],
            |row| Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?, row.get(3)?)),
        )
        .optional()?;
    row.map(|(id, state, bytes, sha256)| {
        Ok((Uuid::from_bytes(id), state_of(&state)?, bytes.max(0) as u64, Digest(sha256)))
    })
    .transpose()
}

/// Actions of a case that are in no bundle; none while it is a draft.
fn unsent(conn: &Connection, case: CaseId) -> Result<Vec<(SignedAction, StationLink)>, StoreError> {
    let released: Option<bool> = conn
        .query_row("SELECT released FROM case_file WHERE case_id = ?1", [case.0.as_bytes()], |row| row.get(0))
        .optional()?;
    if released.ok_or(StoreError::NoCase(case))? { actions_and_links(conn, case, Which::Loose) } else { Ok(Vec::new()) }
}

/// Which actions of a case.
enum Which {
    /// Those in no bundle.
    Loose,
    /// Those of this bundle.
    Of(Uuid),
}

fn actions_and_links(
    conn: &Connection,
    case: CaseId,
    which: Which,
) -> Result<Vec<(SignedAction, StationLink)>, StoreError> {
    let bundle = match which {
        Which::Loose => None,
        Which::Of(bundle) => Some(bundle.into_bytes()),
    };
    let mut statement = conn.prepare(
        "SELECT link.epoch, link.seq, link.action, link.action_hash, link.prev_hash, action.bytes, action.signature
         FROM action JOIN link ON link.epoch = action.epoch AND link.seq = action.link_seq
         WHERE action.case_id = ?1 AND action.bundle IS ?2 ORDER BY action.case_seq",
    )?;
    let mut rows = statement.query((case.0.as_bytes(), bundle))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let link = StationLink {
            epoch: row.get(0)?,
            seq: row.get::<_, i64>(1)?.max(0) as u64,
            action: ActionId(Uuid::from_bytes(row.get(2)?)),
            action_hash: Digest(row.get(3)?),
            prev_link_hash: Digest(row.get(4)?),
        };
        found.push((SignedAction::parse(row.get(5)?, row.get(6)?)?, link));
    }
    Ok(found)
}

fn insert_bundle(
    tx: &Transaction<'_>,
    bundle: &Bundle,
    (first, last): (u64, u64),
    sha256: &Digest,
    bytes: u64,
    wall: WallTime,
) -> Result<(), StoreError> {
    let addresses: Vec<u8> = bundle.blobs.iter().flat_map(|(address, _)| address.0).collect();
    let (epoch, last_link) = bundle.links.last().map_or((0, 0), |link| (link.epoch, link.seq));
    tx.execute(
        "INSERT INTO bundle
            (id, case_id, first_seq, last_seq, epoch, last_link, sha256, bytes, blobs, state, created_wall)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'waiting', ?10)",
        (
            bundle.id.as_bytes(),
            bundle.case.0.as_bytes(),
            first as i64,
            last as i64,
            epoch,
            last_link as i64,
            sha256.0,
            bytes as i64,
            &addresses,
            wall.0,
        ),
    )?;
    tx.execute(
        "UPDATE action SET bundle = ?1 WHERE case_id = ?2 AND case_seq BETWEEN ?3 AND ?4",
        (bundle.id.as_bytes(), bundle.case.0.as_bytes(), first as i64, last as i64),
    )?;
    Ok(())
}
