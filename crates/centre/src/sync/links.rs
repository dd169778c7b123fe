//! The station chain of headers: every link fits its neighbours, whichever came first.
//!
//! Cases travel in parallel, so links may arrive out of order; a number that is still missing
//! is a gap shown on the station's page, a number with two contents is a fork and refused.

use super::Fault;
use crate::error::Result;
use crate::storage::Tx;
use crate::vals;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::Digest;
use tongban_domain::ids::StationId;
use tongban_protocol::action::NO_HASH;
use tongban_protocol::bundle::StationLink;

fn held(tx: &Tx<'_>, station: &StationId, epoch: u32, seq: u64) -> Result<Option<(Digest, Digest)>> {
    tx.row("link.get", vals![&station.0, epoch, seq])?.map(|row| Ok((row.digest(0)?, row.digest(2)?))).transpose()
}

/// Checks links among themselves and against the neighbours held.
pub(super) fn check(tx: &Tx<'_>, station: &StationId, links: &[StationLink]) -> Result<(), Fault> {
    let fork = |link: &StationLink, why: &str| {
        Err(Fault::Wrong(ErrorCode::SyncQuarantined, format!("station link {}/{}: {why}", link.epoch, link.seq)))
    };
    for (index, link) in links.iter().enumerate() {
        if (link.seq == 1) != (link.prev_link_hash == NO_HASH) {
            return fork(link, "the first link of an epoch, and only it, has nothing before it");
        }
        if let Some((hash, _)) = held(tx, station, link.epoch, link.seq)?
            && hash != link.hash()
        {
            return fork(link, "this number was sent before with another content");
        }
        let before = links[..index]
            .iter()
            .find(|other| other.epoch == link.epoch && other.seq + 1 == link.seq)
            .map(StationLink::hash);
        let before = match before {
            Some(hash) => Some(hash),
            None if link.seq > 1 => held(tx, station, link.epoch, link.seq - 1)?.map(|(hash, _)| hash),
            None => None,
        };
        if before.is_some_and(|hash| hash != link.prev_link_hash) {
            return fork(link, "does not follow the link before it");
        }
        if let Some((_, prev)) = held(tx, station, link.epoch, link.seq + 1)?
            && prev != link.hash()
        {
            return fork(link, "the link after it names another one");
        }
    }
    Ok(())
}

/// Stores links; those held already stay.
pub(super) fn insert(tx: &Tx<'_>, station: &StationId, links: &[StationLink]) -> Result<()> {
    for link in links {
        tx.exec(
            "link.insert",
            vals![&station.0, link.epoch, link.seq, link.action.0, link.action_hash, link.prev_link_hash, link.hash()],
        )?;
    }
    Ok(())
}

/// Epoch, links held, highest number.
pub(super) fn state(tx: &Tx<'_>, station: &str) -> Result<Vec<(u32, u64, u64)>> {
    let mut states = Vec::new();
    for row in tx.rows("link.epochs", vals![station])? {
        let epoch = row.uint(0)?;
        if let Some(row) = tx.row("link.gap", vals![station, epoch])? {
            states.push((u32::try_from(epoch).unwrap_or(u32::MAX), row.uint(0)?, row.uint(1)?));
        }
    }
    Ok(states)
}
