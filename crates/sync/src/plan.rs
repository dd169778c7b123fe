//! What to do next: a pure function over what the store holds and when things are due.

use std::collections::BTreeSet;
use std::fmt;
use tongban_domain::ids::CaseId;

/// A case with something to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseQueue {
    /// The case.
    pub case: CaseId,
    /// Its place in the queue; lower was made earlier.
    pub place: u64,
    /// The centre refused a bundle of it; nothing of it is sent until a person looked.
    pub quarantined: bool,
    /// Not before this moment (ms on the engine's own clock), because an attempt failed.
    pub due_ms: u64,
}

/// Everything the decision needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocalState {
    /// Cases with something to send; order and repetitions do not matter.
    pub cases: Vec<CaseQueue>,
    /// Cases being sent.
    pub in_flight: BTreeSet<CaseId>,
    /// How many cases may be sent at a time.
    pub lanes: usize,
    /// Receipt numbers left for today.
    pub lease_left: u32,
    /// Receipt numbers held for tomorrow and the days after, in order: what a station cut off over
    /// midnight lives on.
    pub lease_ahead: Vec<u32>,
    /// At least so many are wanted for each day.
    pub lease_min: u32,
    /// Asked for at a time.
    pub lease_ask: u16,
    /// The next request for numbers, ms.
    pub lease_due_ms: u64,
    /// The next sign of life, ms.
    pub heartbeat_due_ms: u64,
    /// The next look for what may be forgotten, ms.
    pub purge_due_ms: u64,
    /// The next request for a new certificate, ms; `None` while the present one is young or nobody keeps them.
    pub renew_due_ms: Option<u64>,
}

impl LocalState {
    /// The first day, counted from today, for which numbers are wanted.
    fn lease_wanted(&self) -> Option<u8> {
        let days = std::iter::once(&self.lease_left).chain(&self.lease_ahead);
        days.zip(0..).find(|(left, _)| **left < self.lease_min).map(|(_, day)| day)
    }
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// 心跳.
    Heartbeat,
    /// Ask for receipt numbers.
    AskLease {
        /// How many.
        count: u16,
        /// For the day so many days from today.
        days_ahead: u8,
    },
    /// Send a case's bundles, oldest first.
    Upload {
        /// Its place in the queue.
        place: u64,
        /// The case.
        case: CaseId,
    },
    /// Forget what may be forgotten.
    Purge,
    /// 换证: ask for the next certificate.
    Renew,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Heartbeat => f.write_str("heartbeat"),
            Self::AskLease { count, days_ahead: 0 } => write!(f, "ask for {count} receipt numbers"),
            Self::AskLease { count, days_ahead } => write!(f, "ask for {count} receipt numbers of day +{days_ahead}"),
            Self::Upload { case, .. } => write!(f, "upload case {case}"),
            Self::Purge => f.write_str("purge"),
            Self::Renew => f.write_str("renew the certificate"),
        }
    }
}

/// What is to be done at `now_ms`, sorted; the same state gives the same list whatever the
/// order of its parts.
#[must_use]
pub fn plan(state: &LocalState, now_ms: u64) -> Vec<Operation> {
    let mut operations = Vec::new();
    if state.heartbeat_due_ms <= now_ms {
        operations.push(Operation::Heartbeat);
    }
    if let Some(days_ahead) = state.lease_wanted().filter(|_| state.lease_due_ms <= now_ms) {
        operations.push(Operation::AskLease { count: state.lease_ask, days_ahead });
    }
    if state.renew_due_ms.is_some_and(|due| due <= now_ms) {
        operations.push(Operation::Renew);
    }
    let free = state.lanes.saturating_sub(state.in_flight.len());
    let ready = waiting(state).filter(|queue| queue.due_ms <= now_ms);
    let ready: BTreeSet<_> = ready.map(|queue| (queue.place, queue.case)).collect();
    let mut seen = state.in_flight.clone();
    let fresh = ready.into_iter().filter(|(_, case)| seen.insert(*case)).take(free);
    operations.extend(fresh.map(|(place, case)| Operation::Upload { place, case }));
    if state.purge_due_ms <= now_ms {
        operations.push(Operation::Purge);
    }
    operations.sort_unstable();
    operations
}

/// The next moment at which [`plan`] may answer more than at `now_ms`; `None` if only an event can change that.
#[must_use]
pub fn next_due(state: &LocalState, now_ms: u64) -> Option<u64> {
    let lease = state.lease_wanted().map(|_| state.lease_due_ms);
    waiting(state)
        .map(|queue| queue.due_ms)
        .chain([state.heartbeat_due_ms, state.purge_due_ms])
        .chain(lease)
        .chain(state.renew_due_ms)
        .filter(|due| *due > now_ms)
        .min()
}

/// Cases that may be sent, as far as the case itself goes: one quarantined entry holds the case back.
fn waiting(state: &LocalState) -> impl Iterator<Item = &CaseQueue> {
    let held: BTreeSet<CaseId> = state.cases.iter().filter(|queue| queue.quarantined).map(|queue| queue.case).collect();
    state.cases.iter().filter(move |queue| !held.contains(&queue.case) && !state.in_flight.contains(&queue.case))
}
