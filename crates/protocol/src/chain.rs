//! Checks of chains: the actions of a case, the links of a station.

use crate::action::{NO_HASH, SignedAction};
use crate::bundle::StationLink;
use tongban_domain::event::Digest;
use tongban_domain::ids::CaseId;

/// Where a chain breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("chain breaks at index {at}: {kind}")]
pub struct ChainFault {
    /// Index into the slice checked.
    pub at: usize,
    /// How.
    pub kind: ChainFaultKind,
}

/// How a chain breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainFaultKind {
    /// A number is missing, repeated or out of order.
    #[error("number {found} where {expected} belongs")]
    Sequence {
        /// Number that belongs here.
        expected: u64,
        /// Number found.
        found: u64,
    },
    /// The hash of what went before is another.
    #[error("hash of the one before does not agree")]
    Previous,
    /// Belongs to another case or epoch.
    #[error("belongs to another chain")]
    Other,
}

/// Last known place of a case's chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainHead {
    /// The case.
    pub case: CaseId,
    /// `case_seq` of the last action.
    pub case_seq: u64,
    /// Its hash.
    pub hash: Digest,
}

impl ChainHead {
    /// The place of this action.
    #[must_use]
    pub fn of(action: &SignedAction) -> Self {
        Self { case: action.header.case, case_seq: action.header.case_seq, hash: action.hash }
    }
}

/// Checks a case's whole chain from its first action on: numbers, hashes, one case.
/// Signatures are checked by [`SignedAction::verify`].
///
/// # Errors
/// The first fault.
pub fn check_chain(actions: &[SignedAction]) -> Result<(), ChainFault> {
    match actions.first() {
        Some(first) => check_chain_after(ChainHead { case: first.header.case, case_seq: 0, hash: NO_HASH }, actions),
        None => Ok(()),
    }
}

/// Checks that `actions` continue a chain known up to `head`.
///
/// # Errors
/// The first fault.
pub fn check_chain_after(head: ChainHead, actions: &[SignedAction]) -> Result<(), ChainFault> {
    let mut head = head;
    for (at, action) in actions.iter().enumerate() {
        let fault = |kind| Err(ChainFault { at, kind });
        if action.header.case != head.case {
            return fault(ChainFaultKind::Other);
        }
        let expected = head.case_seq + 1;
        if action.header.case_seq != expected {
            return fault(ChainFaultKind::Sequence { expected, found: action.header.case_seq });
        }
        if action.header.prev_case_hash != head.hash {
            return fault(ChainFaultKind::Previous);
        }
        head = ChainHead::of(action);
    }
    Ok(())
}

/// Checks that station links follow each other, and `before` if given; without it they must
/// begin an epoch.
///
/// # Errors
/// The first fault.
pub fn check_links(before: Option<&StationLink>, links: &[StationLink]) -> Result<(), ChainFault> {
    let mut last = before.map(|link| (link.epoch, link.seq, link.hash()));
    for (at, link) in links.iter().enumerate() {
        let (epoch, seq, hash) = last.unwrap_or((link.epoch, 0, NO_HASH));
        let fault = |kind| Err(ChainFault { at, kind });
        if link.epoch != epoch {
            return fault(ChainFaultKind::Other);
        }
        if link.seq != seq + 1 {
            return fault(ChainFaultKind::Sequence { expected: seq + 1, found: link.seq });
        }
        if link.prev_link_hash != hash {
            return fault(ChainFaultKind::Previous);
        }
        last = Some((link.epoch, link.seq, link.hash()));
    }
    Ok(())
}
