//! The journal: exact signed bytes, per case without gap, append-only.

use crate::error::{CentreError, Result};
use crate::storage::Tx;
use crate::vals;
use tongban_domain::event::Digest;
use tongban_domain::ids::{ActionId, CaseId};
use tongban_protocol::action::{Origin, SignedAction};
use tongban_protocol::chain::ChainHead;

/// An action and when the centre recorded it.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The action.
    pub action: SignedAction,
    /// Centre's wall time at recording, ms.
    pub recorded_ms: i64,
}

/// How an origin is kept in its column.
pub(crate) fn origin_text(origin: &Origin) -> String {
    match origin {
        Origin::Station(station) => format!("station:{station}"),
        Origin::Centre => "centre".to_owned(),
        Origin::Web => "web".to_owned(),
    }
}

/// Counters the positions come from: many servers append at once, and a case stays with one.
pub const SHARDS: u64 = 64;

/// The shard of a case.
pub(crate) fn shard(case: CaseId) -> u64 {
    case.0.as_bytes().last().map_or(0, |byte| u64::from(*byte) % SHARDS)
}

/// Appends an action; a place already taken is an error of the database. Answers its position:
/// rising within the case's shard, `position % SHARDS` being the shard.
pub fn append(tx: &Tx<'_>, action: &SignedAction, recorded_ms: i64) -> Result<u64> {
    let header = &action.header;
    let shard = shard(header.case);
    let pos = tx.count(&format!("journal/{shard:02}"))? * SHARDS + shard;
    tx.exec(
        "journal.insert",
        vals![
            header.case.0,
            header.case_seq,
            header.id.0,
            &header.kind,
            origin_text(&header.origin),
            action.bytes.as_slice(),
            action.signature.as_slice(),
            action.hash,
            pos,
            recorded_ms
        ],
    )?;
    Ok(pos)
}

/// All actions of a case in order.
pub fn read(tx: &Tx<'_>, case: CaseId) -> Result<Vec<Recorded>> {
    tx.rows("journal.case", vals![case.0])?
        .iter()
        .map(|row| {
            let action = SignedAction::parse(row.bytes(4)?, row.bytes(5)?)
                .map_err(|error| CentreError::Damaged(format!("action of case {case}: {error}")))?;
            Ok(Recorded { action, recorded_ms: row.int(7)? })
        })
        .collect()
}

/// Last place of a case's chain.
pub fn head(tx: &Tx<'_>, case: CaseId) -> Result<Option<ChainHead>> {
    tx.row("journal.head", vals![case.0])?
        .map(|row| Ok(ChainHead { case, case_seq: row.uint(0)?, hash: row.digest(1)? }))
        .transpose()
}

/// Id and hash of the action at a place.
pub fn at(tx: &Tx<'_>, case: CaseId, case_seq: u64) -> Result<Option<(ActionId, Digest)>> {
    tx.row("journal.at", vals![case.0, case_seq])?.map(|row| Ok((ActionId(row.uuid(0)?), row.digest(1)?))).transpose()
}

/// Every case, in the order of first appearance within its shard.
pub fn cases(tx: &Tx<'_>) -> Result<Vec<CaseId>> {
    tx.rows("journal.cases", vals![])?.iter().map(|row| Ok(CaseId(row.uuid(0)?))).collect()
}

/// Cases after this one in the order of their ids, at most `limit`.
pub fn cases_after(tx: &Tx<'_>, after: CaseId, limit: usize) -> Result<Vec<CaseId>> {
    tx.rows("journal.cases_after", vals![after.0, limit])?.iter().map(|row| Ok(CaseId(row.uuid(0)?))).collect()
}

/// Positions of a shard after a cursor, at most `limit`.
pub fn after(tx: &Tx<'_>, shard: u64, cursor: u64, limit: u32) -> Result<Vec<(u64, CaseId, u64)>> {
    tx.rows("journal.after", vals![cursor, shard, limit])?
        .iter()
        .map(|row| Ok((row.uint(0)?, CaseId(row.uuid(1)?), row.uint(2)?)))
        .collect()
}
