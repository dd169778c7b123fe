//! What is known of the link, gathered from every call.

use crate::client::CentreError;
use crate::status::SyncStatus;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tongban_domain::clock::{Clock, WallTime};
use tongban_domain::code::ErrorCode;
use tongban_store::{BundleState, OutboxRow};

/// Readings the skew is the median of.
const SKEW_READINGS: usize = 9;

/// The link's state; tasks report into it, handles watch it.
pub(super) struct Link {
    clock: Arc<dyn Clock>,
    /// A link-up so soon after the last one forgets no waits: a line on which small calls pass
    /// and uploads break would otherwise be tried in a circle.
    calm: Duration,
    last_up: Mutex<Option<Instant>>,
    status: watch::Sender<SyncStatus>,
    skews: Mutex<VecDeque<i64>>,
    kicked: Notify,
    /// Counts link-ups and kicks; whoever backs off watches it and starts anew.
    fresh: watch::Sender<u64>,
}

impl Link {
    pub(super) fn new(clock: Arc<dyn Clock>, calm: Duration) -> Self {
        let (status, _) = watch::channel(SyncStatus::default());
        let (fresh, _) = watch::channel(0);
        Self { clock, calm, last_up: Mutex::default(), status, skews: Mutex::default(), kicked: Notify::new(), fresh }
    }

    pub(super) fn status(&self) -> watch::Receiver<SyncStatus> {
        self.status.subscribe()
    }

    pub(super) fn is_online(&self) -> bool {
        self.status.borrow().online
    }

    /// Forgets every wait.
    pub(super) fn kick(&self) {
        self.fresh.send_modify(|count| *count += 1);
        self.kicked.notify_one();
    }

    /// The feed brought something; everybody who shows it looks again.
    pub(super) fn fed(&self) {
        self.status.send_modify(|status| status.fed += 1);
    }

    pub(super) async fn kicked(&self) {
        self.kicked.notified().await;
    }

    pub(super) fn fresh(&self) -> watch::Receiver<u64> {
        self.fresh.subscribe()
    }

    /// A call came back.
    pub(super) fn report<T>(&self, outcome: &Result<T, CentreError>) {
        let (online, error) = match outcome {
            Ok(_) => (true, None),
            Err(error) => (error.is_answer(), Some(error.code())),
        };
        let was = self.set_online(online, error);
        if online && !was {
            tracing::info!("link up");
            if self.is_calm() {
                self.kick();
            } else {
                self.kicked.notify_one();
            }
        }
        if !online && was {
            tracing::info!(code = error.map(ErrorCode::as_str), "link down");
        }
    }

    fn is_calm(&self) -> bool {
        let mut last = self.last_up.lock().unwrap_or_else(PoisonError::into_inner);
        let calm = last.is_none_or(|last| last.elapsed() >= self.calm);
        if calm {
            *last = Some(Instant::now());
        }
        calm
    }

    fn set_online(&self, online: bool, error: Option<ErrorCode>) -> bool {
        let mut was = false;
        self.status.send_if_modified(|status| {
            let before = status.clone();
            was = status.online;
            if status.since.is_none() || status.online != online {
                status.since = Some(self.clock.wall());
            }
            status.online = online;
            status.last_error = error;
            status.portal = error == Some(ErrorCode::NetworkPortal);
            *status != before
        });
        was
    }

    /// A reading of the centre's clock; the exchange began at `sent`.
    pub(super) fn read_clock(&self, sent: WallTime, centre_ms: i64, stopped: bool) {
        let here = sent.0.midpoint(self.clock.wall().0);
        let mut skews = self.skews.lock().unwrap_or_else(PoisonError::into_inner);
        if skews.len() == SKEW_READINGS {
            skews.pop_front();
        }
        skews.push_back(centre_ms.saturating_sub(here));
        let mut sorted: Vec<i64> = skews.iter().copied().collect();
        sorted.sort_unstable();
        let median = sorted[sorted.len() / 2];
        self.status.send_if_modified(|status| {
            let changed = status.skew_ms != median || status.stopped != stopped;
            status.skew_ms = median;
            status.stopped = stopped;
            changed
        });
    }

    /// Whether the centre has confirmed this station's clock since the start.
    pub(super) fn has_right_time(&self) -> bool {
        let read = !self.skews.lock().unwrap_or_else(PoisonError::into_inner).is_empty();
        read && !self.is_skewed()
    }

    /// Whether the clocks are too far apart.
    pub(super) fn is_skewed(&self) -> bool {
        self.status.borrow().is_skewed()
    }

    /// A new epoch was begun.
    pub(super) fn rolled_back(&self) {
        self.status.send_modify(|status| status.rolled_back = true);
    }

    /// What the store holds.
    pub(super) fn read_queue(&self, rows: &[OutboxRow], lease: &[u32]) {
        let count = |wanted: &dyn Fn(&OutboxRow) -> bool| rows.iter().filter(|row| wanted(row)).count() as u32;
        let queue = count(&|_| true);
        let quarantined = count(&|row| row.state == BundleState::Quarantined);
        self.status.send_if_modified(|status| {
            let before = status.clone();
            status.queue = queue;
            status.quarantined = quarantined;
            status.lease_left = lease.first().copied().unwrap_or_default();
            status.lease_ahead = lease.get(1..).unwrap_or_default().to_vec();
            *status != before
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tongban_protocol::seeded::SeededClock;

    #[test]
    fn one_wild_reading_does_not_move_the_skew() {
        let clock = Arc::new(SeededClock::default());
        let link = Link::new(clock.clone(), Duration::ZERO);
        let now = clock.wall();
        for _ in 0..3 {
            link.read_clock(now, now.0 + 10, false);
        }
        link.read_clock(now, now.0 + 9_999_999, false);
        assert_eq!(link.status().borrow().skew_ms, 10);
        for _ in 0..5 {
            link.read_clock(now, now.0 + 200_000, false);
        }
        assert!(link.status().borrow().is_skewed(), "a lasting difference is told");
    }
}
