//! The loop that plans and acts.

use super::lane::{LaneEnd, LaneError, blocking, send_case};
use super::link::Link;
use super::{SyncConfig, backoff, feed};
use crate::client::{CentreClient, CentreError};
use crate::plan::{CaseQueue, LocalState, Operation, next_due, plan};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tongban_domain::clock::WallTime;
use tongban_domain::ids::CaseId;
use tongban_protocol::api::{CentreTime, Heartbeat};
use tongban_store::{BundleState, LeaseLeft, Store};

/// Longest sleep without looking at the store again.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Due time of what is under way.
const UNDER_WAY: u64 = u64::MAX;

/// A failing operation and when it may be tried again.
#[derive(Debug, Clone, Copy, Default)]
struct Retry {
    failures: u32,
    due_ms: u64,
}

/// What a job came back with.
enum Done {
    Lane(CaseId, LaneEnd),
    Heartbeat(WallTime, Result<CentreTime, CentreError>),
    Lease(Result<LeaseLeft, LaneError>),
    Purge(Result<Vec<CaseId>, LaneError>),
}

/// Everything the loop needs.
pub(super) struct Runner {
    store: Arc<Store>,
    client: CentreClient,
    config: SyncConfig,
    link: Arc<Link>,
    devices: watch::Receiver<Vec<(String, String)>>,
    start: Instant,
    jobs: JoinSet<Done>,
    lanes: HashMap<Id, CaseId>,
    retries: HashMap<CaseId, Retry>,
    lease: Retry,
    heartbeat_due_ms: u64,
    purge_due_ms: u64,
}

impl Runner {
    pub(super) fn new(
        store: Arc<Store>,
        client: CentreClient,
        config: SyncConfig,
        link: Arc<Link>,
        devices: watch::Receiver<Vec<(String, String)>>,
    ) -> Self {
        Self {
            store,
            client,
            config,
            link,
            devices,
            start: Instant::now(),
            jobs: JoinSet::new(),
            lanes: HashMap::new(),
            retries: HashMap::new(),
            lease: Retry::default(),
            heartbeat_due_ms: 0,
            purge_due_ms: 0,
        }
    }

    /// Runs until told to stop or until nobody holds the handle any more.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let feed = (!self.config.feed_wait.is_zero()).then(|| {
            let (store, client, link) = (Arc::clone(&self.store), self.client.clone(), Arc::clone(&self.link));
            tokio::spawn(feed::follow(store, client, link, self.config.clone()))
        });
        let mut fresh = self.link.fresh();
        loop {
            let sleep = match self.look().await {
                Ok(state) => {
                    for operation in plan(&state, self.now_ms()) {
                        self.begin(operation);
                    }
                    let due = next_due(&state, self.now_ms()).map_or(LOOK_EVERY, |due| self.until(due));
                    due.min(LOOK_EVERY)
                }
                Err(error) => {
                    tracing::error!(code = error.code().as_str(), %error, "store cannot be read");
                    self.config.backoff_base
                }
            };
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => break,
                Some(ended) = self.jobs.join_next_with_id() => self.ended(ended),
                _ = fresh.changed() => self.forget_waits(),
                () = self.link.kicked() => {}
                () = tokio::time::sleep(sleep) => {}
            }
        }
        if let Some(feed) = feed {
            feed.abort();
            // Aborted or ended, it holds the store no longer.
            let _ = feed.await;
        }
        // Lanes are cut where they are; the centre's offset tells where to go on.
        self.jobs.shutdown().await;
    }

    fn now_ms(&self) -> u64 {
        self.start.elapsed().as_millis() as u64
    }

    fn until(&self, due_ms: u64) -> Duration {
        Duration::from_millis(due_ms.saturating_sub(self.now_ms()).max(1))
    }

    fn after(&self, wait: Duration) -> u64 {
        self.now_ms() + wait.as_millis() as u64
    }

    fn forget_waits(&mut self) {
        self.retries.clear();
        for due in [&mut self.lease.due_ms, &mut self.heartbeat_due_ms] {
            if *due != UNDER_WAY {
                *due = 0;
            }
        }
        self.lease.failures = 0;
    }

    fn failed(&self, retry: Retry, asked: Option<Duration>) -> Retry {
        let failures = retry.failures + 1;
        let (base, cap) = (self.config.backoff_base, self.config.backoff_cap);
        let wait = backoff::wait(base, cap, failures, &**self.store.rng());
        Retry { failures, due_ms: self.after(wait.max(asked.unwrap_or_default())) }
    }

    /// Reads what the plan needs.
    async fn look(&self) -> Result<LocalState, LaneError> {
        let (rows, lease) = blocking(&self.store, |store| Ok((store.outbox()?, store.lease_left()?))).await?;
        self.link.read_queue(&rows, lease.count);
        let cases = rows.iter().zip(0..).map(|(row, place)| CaseQueue {
            case: row.case,
            place,
            quarantined: row.state == BundleState::Quarantined,
            due_ms: self.retries.get(&row.case).map_or(0, |retry| retry.due_ms),
        });
        Ok(LocalState {
            cases: cases.collect(),
            in_flight: self.lanes.values().copied().collect::<BTreeSet<_>>(),
            lanes: self.config.lanes,
            lease_left: lease.count,
            lease_min: self.config.lease_min,
            lease_ask: self.config.lease_ask,
            lease_due_ms: self.lease.due_ms,
            heartbeat_due_ms: self.heartbeat_due_ms,
            purge_due_ms: self.purge_due_ms,
        })
    }

    fn begin(&mut self, operation: Operation) {
        tracing::debug!(%operation, "sync");
        let (store, client) = (Arc::clone(&self.store), self.client.clone());
        match operation {
            Operation::Heartbeat => {
                self.heartbeat_due_ms = UNDER_WAY;
                let sent = store.clock().wall();
                let beat = Heartbeat {
                    version: self.config.version.clone(),
                    queue: self.link.status().borrow().queue,
                    devices: self.devices.borrow().clone(),
                    wall_ms: sent.0,
                };
                self.jobs.spawn(async move { Done::Heartbeat(sent, client.heartbeat(&beat).await) });
            }
            Operation::AskLease { count } => {
                self.lease.due_ms = UNDER_WAY;
                self.jobs.spawn(async move { Done::Lease(ask_lease(store, client, count).await) });
            }
            Operation::Upload { case, .. } => {
                let chunk_bytes = self.config.chunk_bytes;
                let lane = async move { Done::Lane(case, send_case(store, client, case, chunk_bytes).await) };
                self.lanes.insert(self.jobs.spawn(lane).id(), case);
            }
            Operation::Purge => {
                self.purge_due_ms = UNDER_WAY;
                self.jobs.spawn(async move { Done::Purge(blocking(&store, Store::purge).await) });
            }
        }
    }

    fn ended(&mut self, ended: Result<(Id, Done), JoinError>) {
        let (id, done) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                // A job that panicked: its lane is free again, and nothing stays "under way".
                tracing::error!(%error, "sync job failed");
                self.lanes.remove(&error.id());
                for due in [&mut self.lease.due_ms, &mut self.heartbeat_due_ms, &mut self.purge_due_ms] {
                    if *due == UNDER_WAY {
                        *due = self.start.elapsed().as_millis() as u64 + 1000;
                    }
                }
                return;
            }
        };
        self.lanes.remove(&id);
        match done {
            Done::Lane(case, end) => self.lane_ended(case, end),
            Done::Heartbeat(sent, outcome) => self.heartbeat_ended(sent, &outcome),
            Done::Lease(outcome) => self.lease_ended(outcome),
            Done::Purge(outcome) => self.purge_ended(outcome),
        }
    }

    fn lane_ended(&mut self, case: CaseId, end: LaneEnd) {
        match end {
            LaneEnd::Done => {
                self.retries.remove(&case);
                self.link.report::<()>(&Ok(()));
            }
            LaneEnd::Quarantined => {
                self.retries.remove(&case);
            }
            LaneEnd::Failed(error) => {
                let asked = error.retry_after();
                let before = self.retries.get(&case).copied().unwrap_or_default();
                if let LaneError::Centre(error) = error {
                    self.link.report::<()>(&Err(error));
                }
                // If this very answer brought the link up, all waits are forgotten next, this one included.
                let retry = self.failed(before, asked);
                self.retries.insert(case, retry);
            }
        }
    }

    fn heartbeat_ended(&mut self, sent: WallTime, outcome: &Result<CentreTime, CentreError>) {
        if let Ok(time) = outcome {
            self.link.read_clock(sent, time.wall_ms, time.stopped);
        }
        // While the link is down the heartbeat is the probe, so it comes more often.
        let probe = (self.config.backoff_base * 4).min(self.config.heartbeat_every);
        self.heartbeat_due_ms = self.after(if outcome.is_ok() { self.config.heartbeat_every } else { probe });
        self.link.report(outcome);
    }

    fn lease_ended(&mut self, outcome: Result<LeaseLeft, LaneError>) {
        self.lease.due_ms = 0;
        match outcome {
            Ok(left) if left.count >= self.config.lease_min => self.lease = Retry::default(),
            // Numbers for another day than ours (clocks differ around midnight) or too few:
            // asking again at once would only burn numbers.
            Ok(_) => self.lease = self.failed(self.lease, None),
            Err(error) => {
                tracing::warn!(code = error.code().as_str(), %error, "no receipt numbers");
                self.lease = self.failed(self.lease, error.retry_after());
                if let LaneError::Centre(error) = error {
                    self.link.report::<()>(&Err(error));
                }
            }
        }
    }

    fn purge_ended(&mut self, outcome: Result<Vec<CaseId>, LaneError>) {
        self.purge_due_ms = self.after(self.config.purge_every);
        match outcome {
            Ok(gone) if gone.is_empty() => {}
            Ok(gone) => tracing::info!(cases = gone.len(), "cases forgotten after retention"),
            Err(error) => tracing::error!(code = error.code().as_str(), %error, "purge failed"),
        }
    }
}

/// Asks for numbers and keeps them; how many there are for today then.
async fn ask_lease(store: Arc<Store>, client: CentreClient, count: u16) -> Result<LeaseLeft, LaneError> {
    let lease = client.lease(count).await?;
    blocking(&store, move |store| {
        store.put_lease(&lease)?;
        store.lease_left()
    })
    .await
}
