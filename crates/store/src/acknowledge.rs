//! The centre's signed receipts, and forgetting what they name.
//!
//! Nothing that was submitted leaves this station before the centre signed for it, and then
//! only after the retention time. Forgetting is cryptographic: the case key goes, then the files.

use crate::audit::Note;
use crate::point::{Commit, Remove};
use crate::{Store, StoreError, durable};
use rusqlite::OptionalExtension;
use std::path::PathBuf;
use tongban_domain::event::Digest;
use tongban_domain::ids::{ActionId, CaseId};
use tongban_protocol::bundle::BundleReceipt;
use uuid::Uuid;

/// What was sent, as the station remembers it.
struct Sent {
    case: CaseId,
    sha256: Digest,
    last_seq: u64,
    blobs: Vec<Digest>,
    actions: Vec<ActionId>,
    done: bool,
}

impl Store {
    /// Takes a receipt of the centre: its signature must hold, and it must name this bundle's
    /// bytes, every action and every blob. The same receipt again changes nothing.
    ///
    /// # Errors
    /// `NotEnrolled`, `NoBundle`, `ReceiptRefused` (nothing is marked), `Database`.
    pub fn acknowledge(&self, receipt: &BundleReceipt) -> Result<(), StoreError> {
        let bundle = receipt.bundle;
        let refuse = |why| Err(StoreError::ReceiptRefused { bundle, why });
        let centre = self.keys.centre_verify.as_ref().ok_or(StoreError::NotEnrolled)?;
        if receipt.verify(centre).is_err() {
            return refuse("not signed by the centre");
        }
        let sent = self.sent(bundle)?;
        if receipt.bundle_sha256 != sent.sha256 {
            return refuse("other bytes");
        }
        if receipt.case != sent.case || receipt.case_seq < sent.last_seq {
            return refuse("another case or place");
        }
        let names_all = sent.actions.iter().all(|action| receipt.actions.contains(action))
            && sent.blobs.iter().all(|blob| receipt.blobs.contains(blob));
        if !names_all {
            return refuse("does not name everything sent");
        }
        if !sent.done {
            self.mark(receipt)?;
        }
        durable::remove(&[self.bundle_path(bundle)], Remove::SentBundle)
    }

    fn mark(&self, receipt: &BundleReceipt) -> Result<(), StoreError> {
        let json = serde_json::to_vec(receipt).expect("a receipt is JSON");
        self.write(Commit::Acknowledge, |tx| {
            tx.execute(
                "UPDATE bundle SET state = 'acknowledged', receipt = ?2, last_error = NULL, next_try = NULL
                 WHERE id = ?1",
                (receipt.bundle.as_bytes(), &json),
            )?;
            tx.execute(
                "UPDATE case_file SET acked_wall = ?2 WHERE case_id = ?1
                   AND NOT EXISTS (SELECT 1 FROM action WHERE action.case_id = ?1 AND bundle IS NULL)
                   AND NOT EXISTS (SELECT 1 FROM bundle WHERE bundle.case_id = ?1 AND state != 'acknowledged')",
                (receipt.case.0.as_bytes(), self.clock.wall().0),
            )?;
            // The station chain is signed for as far as no link before is still to be sent.
            tx.execute(
                "UPDATE station SET link_acked = max(link_acked, coalesce(
                    (SELECT min(action.link_seq) - 1 FROM action
                     LEFT JOIN bundle ON bundle.id = action.bundle
                     WHERE action.epoch = station.epoch AND coalesce(bundle.state, '') != 'acknowledged'),
                    link_seq))",
                [],
            )?;
            Ok(())
        })
    }

    fn sent(&self, bundle: Uuid) -> Result<Sent, StoreError> {
        self.read(|conn| {
            let mut sent = conn
                .query_row(
                    "SELECT case_id, sha256, last_seq, blobs, state FROM bundle WHERE id = ?1",
                    [bundle.as_bytes()],
                    |row| {
                        let addresses: Vec<u8> = row.get(3)?;
                        Ok(Sent {
                            case: CaseId(Uuid::from_bytes(row.get(0)?)),
                            sha256: Digest(row.get(1)?),
                            last_seq: row.get::<_, i64>(2)?.max(0) as u64,
                            blobs: addresses.as_chunks::<32>().0.iter().copied().map(Digest).collect(),
                            actions: Vec::new(),
                            done: row.get::<_, String>(4)? == "acknowledged",
                        })
                    },
                )
                .optional()?
                .ok_or(StoreError::NoBundle(bundle))?;
            let mut statement = conn.prepare("SELECT id FROM action WHERE bundle = ?1")?;
            let rows = statement.query_map([bundle.as_bytes()], |row| row.get::<_, [u8; 16]>(0))?;
            sent.actions = rows.map(|row| row.map(|id| ActionId(Uuid::from_bytes(id)))).collect::<Result<_, _>>()?;
            Ok(sent)
        })
    }

    /// The centre's receipts for a case, oldest first.
    ///
    /// # Errors
    /// `Database`, `Unsound`.
    pub fn receipts(&self, case: CaseId) -> Result<Vec<BundleReceipt>, StoreError> {
        self.read(|conn| {
            let mut statement = conn
                .prepare("SELECT receipt FROM bundle WHERE case_id = ?1 AND receipt IS NOT NULL ORDER BY first_seq")?;
            let rows = statement.query_map([case.0.as_bytes()], |row| row.get::<_, Vec<u8>>(0))?;
            rows.map(|row| {
                serde_json::from_slice(&row?).map_err(|_| StoreError::Unsound(format!("receipt of case {case}")))
            })
            .collect()
        })
    }

    /// Forgets what may be forgotten: cases the centre signed for entirely and whose retention
    /// is over (longer where evidence stayed here), and drafts nobody submitted in time. The case of the running visit stays. The cases forgotten.
    ///
    /// # Errors
    /// `Database`, `File`; cases forgotten before the failure stay forgotten.
    pub fn purge(&self) -> Result<Vec<CaseId>, StoreError> {
        let (now, config) = (self.clock.wall().0, &self.config);
        let due = self.read(|conn| {
            let mut statement = conn.prepare(
                "SELECT case_id FROM case_file
                 WHERE key_station IS NOT NULL
                   AND case_id NOT IN (SELECT case_id FROM visit)
                   AND ((released = 1 AND acked_wall IS NOT NULL AND acked_wall <= iif(
                            (SELECT count(*) FROM blob WHERE blob.case_id = case_file.case_id)
                              > (SELECT coalesce(sum(length(blobs)), 0) / 32 FROM bundle
                                 WHERE bundle.case_id = case_file.case_id),
                            ?2, ?1))
                     OR (released = 0 AND changed_wall <= ?3))
                 ORDER BY rowid",
            )?;
            let rows = statement
                .query_map((now - config.retention_ms, now - config.evidence_ms, now - config.draft_ms), |row| {
                    row.get::<_, [u8; 16]>(0)
                })?;
            Ok(rows.map(|row| row.map(|id| CaseId(Uuid::from_bytes(id)))).collect::<Result<Vec<_>, _>>()?)
        })?;
        for case in &due {
            self.erase(*case)?;
        }
        if !due.is_empty() {
            self.read(|conn| Ok(tongban_sqlite::erase_wal(conn)?))?;
            self.restore_reserve();
        }
        Ok(due)
    }

    /// Drops the case's key and everything read with it, then the files. The chain stays and stays verifiable.
    fn erase(&self, case: CaseId) -> Result<(), StoreError> {
        let id = case.0.as_bytes();
        let files = self.write(Commit::Erase, |tx| {
            let mut statement = tx.prepare("SELECT address FROM blob WHERE case_id = ?1")?;
            let rows = statement.query_map([id], |row| row.get::<_, [u8; 32]>(0))?;
            let files: Vec<PathBuf> =
                rows.map(|row| row.map(|address| self.blob_path(id, &address))).collect::<Result<_, _>>()?;
            tx.execute(
                "UPDATE case_file SET key_station = NULL, key_centre = NULL, summary = NULL, applicant_index = NULL,
                     erased_wall = ?2 WHERE case_id = ?1",
                (id, self.clock.wall().0),
            )?;
            tx.execute("DELETE FROM blob WHERE case_id = ?1", [id])?;
            let object = case.to_string();
            self.note_in(tx, &Note { actor: "station", action: "case.erased", object: &object, result: "ok" })?;
            Ok(files)
        })?;
        durable::remove(&files, Remove::ErasedBlob)
    }
}
