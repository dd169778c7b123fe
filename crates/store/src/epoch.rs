//! 纪元: a store restored from an older image would give out numbers that were seen before. The centre
//! notices at the first contact; the store then begins a new epoch, in which everything not signed for
//! is numbered anew, and throws its receipt numbers away.

use crate::audit::Note;
use crate::case::insert_link;
use crate::point::{Commit, Remove};
use crate::{Store, StoreError, audit, durable};
use rusqlite::{OptionalExtension, Transaction};
use std::path::PathBuf;
use tongban_domain::event::Digest;
use tongban_domain::ids::ActionId;
use tongban_protocol::api::{ChainReport, SeenLink};
use uuid::Uuid;

impl Store {
    /// Where this station's chains stand: what the centre compares with what it has seen.
    ///
    /// # Errors
    /// `Database`, `Unsound`.
    pub fn chain_report(&self) -> Result<ChainReport, StoreError> {
        let checkpoint = self.audit_checkpoint()?;
        self.read(|conn| {
            let (epoch, seq, hash): (u32, i64, [u8; 32]) =
                conn.query_row("SELECT epoch, link_seq, link_hash FROM station", [], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })?;
            let (audit_n, _) = audit::head(conn)?;
            Ok(ChainReport { epoch, link_seq: seq.max(0) as u64, link_hash: Digest(hash), audit_n, checkpoint })
        })
    }

    /// Whether the centre holds a link of this station's chain that the station does not know, or knows
    /// otherwise: then this store was put back to an older state.
    ///
    /// # Errors
    /// `Database`.
    pub fn is_put_back(&self, seen: &SeenLink) -> Result<bool, StoreError> {
        self.read(|conn| {
            let known: Option<[u8; 32]> = conn
                .query_row(
                    "SELECT hash FROM link WHERE epoch = ?1 AND seq = ?2",
                    (seen.epoch, seen.seq as i64),
                    |row| row.get(0),
                )
                .optional()?;
            Ok(known != Some(seen.hash.0))
        })
    }

    /// Begins an epoch after the last one, or `least` when that is higher. Bundles not signed for are
    /// taken apart and their actions linked anew; receipt numbers held are void. The epoch begun.
    ///
    /// # Errors
    /// `Database`, `File`.
    pub fn begin_epoch(&self, least: u32) -> Result<u32, StoreError> {
        let (epoch, files) = self.write(Commit::Epoch, |tx| {
            let last: u32 = tx.query_row("SELECT epoch FROM station", [], |row| row.get(0))?;
            let epoch = least.max(last.saturating_add(1));
            tx.execute(
                "UPDATE station SET epoch = ?1, link_seq = 0, link_hash = zeroblob(32), link_acked = 0",
                [epoch],
            )?;
            let files = self.take_apart(tx)?;
            relink(tx)?;
            // Numbers given out after the image was made may be on paper already.
            tx.execute("UPDATE lease SET next_serial = to_serial + 1 WHERE next_serial <= to_serial", [])?;
            let object = epoch.to_string();
            self.note_in(tx, &Note { actor: "station", action: "epoch.begun", object: &object, result: "ok" })?;
            Ok((epoch, files))
        })?;
        durable::remove(&files, Remove::SentBundle)?;
        tracing::warn!(epoch, "the station chain begins a new epoch");
        Ok(epoch)
    }

    fn take_apart(&self, tx: &Transaction<'_>) -> Result<Vec<PathBuf>, StoreError> {
        let mut statement = tx.prepare("SELECT id FROM bundle WHERE state != 'acknowledged'")?;
        let ids = statement.query_map([], |row| row.get::<_, [u8; 16]>(0))?.collect::<Result<Vec<_>, _>>()?;
        for id in &ids {
            tx.execute("UPDATE action SET bundle = NULL WHERE bundle = ?1", [id])?;
            tx.execute("DELETE FROM bundle WHERE id = ?1", [id])?;
        }
        Ok(ids.into_iter().map(|id| self.bundle_path(Uuid::from_bytes(id))).collect())
    }
}

/// Every action nobody signed for gets a link in the new epoch, in the order it was made.
fn relink(tx: &Transaction<'_>) -> Result<(), StoreError> {
    let mut statement = tx.prepare("SELECT id, hash FROM action WHERE bundle IS NULL ORDER BY epoch, link_seq")?;
    let actions = statement
        .query_map([], |row| Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, [u8; 32]>(1)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    for (id, hash) in actions {
        let (epoch, seq) = insert_link(tx, ActionId(Uuid::from_bytes(id)), Digest(hash))?;
        tx.execute("UPDATE action SET epoch = ?2, link_seq = ?3 WHERE id = ?1", (id, epoch, seq))?;
    }
    Ok(())
}
