//! 账实核对: what the centre signed for is there, and the journal says what its signed bytes say.
//!
//! A case's own chain tells whether its actions follow each other ([`crate::cases::Cases::verify_all`]).
//! It does not tell whether its last actions, or the whole case, were taken away, nor whether
//! somebody wrote another station or kind beside the signed bytes. This does: against the receipts
//! the centre signed, the bundles they stand for, and the positions every action was given.

use super::{Sync, object_name};
use crate::error::Result;
use crate::storage::Tx;
use crate::storage::journal::{SHARDS, origin_text};
use crate::storage::value::Row;
use crate::vals;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use tongban_domain::event::Digest;
use tongban_domain::ids::{ActionId, CaseId};
use tongban_protocol::action::{Origin, SignedAction};
use tongban_protocol::bundle::BundleReceipt;
use uuid::Uuid;

const ACTION: [&str; 8] = ["case_id", "case_seq", "id", "kind", "origin", "bytes", "signature", "hash"];
const BUNDLE: [&str; 7] = ["id", "station", "case_id", "sha256", "len", "state", "receipt"];

/// An action of the journal.
struct Held {
    case: CaseId,
    of_station: bool,
    /// A receipt of the centre names it.
    named: bool,
}

type Actions = BTreeMap<ActionId, Held>;

/// A bundle's object: id, digest, length.
type Object = (Uuid, Digest, u64);

/// A stored bundle, its receipt and where its bytes lie.
struct Signed {
    id: Uuid,
    sha256: Digest,
    len: u64,
    receipt: BundleReceipt,
}

impl Sync<'_> {
    /// Everything that is not as it was signed for, in words that name it; none when all holds.
    pub fn faults(&self) -> Result<Vec<String>> {
        let centre = self.0;
        let (mut faults, bundles) = centre.db.read("ledger", |tx| {
            let (mut faults, mut actions) = Self::actions(tx)?;
            let (more, bundles) = self.receipts(tx, &mut actions)?;
            faults.extend(more);
            // What a station signed came in a bundle that was signed for.
            let unnamed = actions.iter().filter(|(_, held)| held.of_station && !held.named);
            faults.extend(unnamed.map(|(id, _)| format!("action {}: no bundle signed for brought it", id.0)));
            faults.extend(positions(tx)?);
            Ok((faults, bundles))
        })?;
        for (id, sha256, len) in bundles {
            let bytes = centre.blobs.get(&object_name("bundles", id, &sha256), None)?;
            let sound = bytes
                .is_some_and(|bytes| bytes.len() as u64 == len && <[u8; 32]>::from(Sha256::digest(&bytes)) == sha256.0);
            if !sound {
                faults.push(format!("bundle {id}: the object is missing or another"));
            }
        }
        Ok(faults)
    }

    /// Columns beside the signed bytes, and which case each action belongs to.
    fn actions(tx: &Tx<'_>) -> Result<(Vec<String>, Actions)> {
        let (mut faults, mut held) = (Vec::new(), Actions::new());
        tx.scan("action", &ACTION.map(str::to_owned), &mut |row| match action(row) {
            Ok((id, action)) => {
                held.insert(id, action);
            }
            Err(_) => faults.push(format!("action {}: the row is not what was signed", named(row, 2))),
        })?;
        Ok((faults, held))
    }

    /// Receipts are the centre's own and name actions that are there.
    fn receipts(&self, tx: &Tx<'_>, actions: &mut Actions) -> Result<(Vec<String>, Vec<Object>)> {
        let (mut faults, mut bundles) = (Vec::new(), Vec::new());
        let own = self.0.keys.signing.verifying_key();
        tx.scan("bundle", &BUNDLE.map(str::to_owned), &mut |row| {
            if row.text(5).is_ok_and(|state| state == "quarantined") {
                return;
            }
            let Ok(signed) = signed(row) else {
                faults.push(format!("bundle {}: the row cannot be read", named(row, 0)));
                return;
            };
            let receipt = &signed.receipt;
            let fits = receipt.verify(&own).is_ok()
                && receipt.bundle == signed.id
                && receipt.bundle_sha256 == signed.sha256
                && row.opt_text(2).is_ok_and(|case| case.is_some_and(|case| case == receipt.case.0.to_string()));
            if !fits {
                faults.push(format!("bundle {}: the receipt is not what was signed", signed.id));
            }
            for id in &receipt.actions {
                match actions.get_mut(id).filter(|held| held.case == receipt.case) {
                    Some(held) => held.named = true,
                    None => faults.push(format!("bundle {}: action {} was signed for and is gone", signed.id, id.0)),
                }
            }
            bundles.push((signed.id, signed.sha256, signed.len));
        })?;
        Ok((faults, bundles))
    }
}

/// What stands in a column, for naming the row.
fn named(row: &Row, column: usize) -> String {
    row.text(column).unwrap_or_else(|_| "without id".into())
}

fn action(row: &Row) -> Result<(ActionId, Held)> {
    let damaged = |_| crate::CentreError::Damaged("action".into());
    let action = SignedAction::parse(row.bytes(5)?, row.bytes(6)?).map_err(damaged)?;
    let header = &action.header;
    let same = row.uuid(0)? == header.case.0
        && row.uint(1)? == header.case_seq
        && row.uuid(2)? == header.id.0
        && row.text(3)? == header.kind
        && row.text(4)? == origin_text(&header.origin)
        && row.digest(7)? == action.hash;
    if !same {
        return Err(crate::CentreError::Damaged("action".into()));
    }
    let of_station = matches!(header.origin, Origin::Station(_));
    Ok((header.id, Held { case: header.case, of_station, named: false }))
}

fn signed(row: &Row) -> Result<Signed> {
    let text = row.opt_text(6)?.unwrap_or_default();
    let receipt =
        serde_json::from_str(&text).map_err(|error| crate::CentreError::Damaged(format!("receipt: {error}")))?;
    Ok(Signed { id: row.uuid(0)?, sha256: row.digest(3)?, len: row.uint(4)?, receipt })
}

/// Positions of each shard run from one to its counter: an action more, less or elsewhere shows.
/// Those given before there were shards lie below zero and run without gap as well.
fn positions(tx: &Tx<'_>) -> Result<Vec<String>> {
    let (mut held, mut before): (BTreeMap<u64, Vec<u64>>, Vec<i64>) = (BTreeMap::new(), Vec::new());
    tx.scan("action", &["pos".to_owned()], &mut |row| match row.int(0).map(u64::try_from) {
        Ok(Ok(place)) => held.entry(place % SHARDS).or_default().push(place / SHARDS),
        _ => before.push(row.int(0).unwrap_or_default()),
    })?;
    let mut faults = Vec::new();
    before.sort_unstable();
    if before.windows(2).any(|pair| pair[1] != pair[0] + 1) {
        faults.push("journal: a position of before is not there".to_owned());
    }
    for shard in 0..SHARDS {
        let counted = tx.row("counter.read", vals![format!("journal/{shard:02}")])?;
        let counted = counted.map_or(Ok(0), |row| row.uint(0))?;
        let mut places = held.remove(&shard).unwrap_or_default();
        places.sort_unstable();
        if !places.iter().copied().eq(1..=counted) {
            let there = places.len();
            faults.push(format!("journal {shard:02}: {counted} actions were counted, {there} are there, or elsewhere"));
        }
    }
    Ok(faults)
}
