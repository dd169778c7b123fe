//! The loop that plans and acts.

use super::bandwidth::Bucket;
use super::lane::{Chunk, LaneEnd, LaneError, Pace, blocking, send_case};
use super::link::Link;
use super::{SyncConfig, backoff, feed, renew};
use crate::client::CentreClient;
use crate::plan::{CaseQueue, LocalState, Operation, next_due, plan};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tongban_domain::clock::WallTime;
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::CaseId;
use tongban_protocol::api::{CentreTime, Heartbeat};
use tongban_store::{BundleState, Note, Store};
use uuid::Uuid;

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
    Heartbeat(WallTime, Result<CentreTime, LaneError>),
    Lease(u8, Result<Vec<u32>, LaneError>),
    Purge(Result<Vec<CaseId>, LaneError>),
    Renewed(Result<(), LaneError>),
    /// A store call whose outcome changes nothing here.
    Noted,
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
    renew: Retry,
    bucket: Arc<Bucket>,
    chunk: Arc<Chunk>,
}

impl Runner {
    pub(super) fn new(
        store: Arc<Store>,
        client: CentreClient,
        config: SyncConfig,
        link: Arc<Link>,
        devices: watch::Receiver<Vec<(String, String)>>,
    ) -> Self {
        let chunk = Arc::new(Chunk::new(config.chunk_bytes));
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
            renew: Retry::default(),
            bucket: Arc::default(),
            chunk,
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
        self.failed_within(retry, asked, self.config.backoff_cap)
    }

    fn failed_within(&self, retry: Retry, asked: Option<Duration>, cap: Duration) -> Retry {
        let failures = retry.failures + 1;
        let base = self.config.backoff_base;
        let wait = backoff::wait(base, cap, failures, &**self.store.rng());
        Retry { failures, due_ms: self.after(wait.max(asked.unwrap_or_default())) }
    }

    /// Reads what the plan needs.
    async fn look(&self) -> Result<LocalState, LaneError> {
        let days = self.config.lease_days_ahead;
        let (rows, lease) = blocking(&self.store, move |store| Ok((store.outbox()?, store.leases_left(days)?))).await?;
        self.link.read_queue(&rows, &lease);
        let cases = rows.iter().zip(0..).map(|(row, place)| CaseQueue {
            case: row.case,
            place,
            quarantined: row.state == BundleState::Quarantined,
            due_ms: self.retries.get(&row.case).map_or(0, |retry| retry.due_ms),
        });
        let keeper = self.config.identity.as_deref();
        let renew = keeper.is_some_and(|keeper| renew::is_due(keeper, self.store.clock().wall()));
        Ok(LocalState {
            cases: cases.collect(),
            in_flight: self.lanes.values().copied().collect::<BTreeSet<_>>(),
            lanes: self.config.lanes,
            lease_left: lease.first().copied().unwrap_or_default(),
            lease_ahead: lease.get(1..).unwrap_or_default().to_vec(),
            lease_min: self.config.lease_min,
            lease_ask: self.config.lease_ask,
            lease_due_ms: self.lease.due_ms,
            heartbeat_due_ms: self.heartbeat_due_ms,
            purge_due_ms: self.purge_due_ms,
            renew_due_ms: renew.then_some(self.renew.due_ms),
        })
    }

    fn begin(&mut self, operation: Operation) {
        tracing::debug!(%operation, "sync");
        let (store, client) = (Arc::clone(&self.store), self.client.clone());
        match operation {
            Operation::Heartbeat => self.begin_heartbeat(store, client),
            Operation::AskLease { count, days_ahead } => {
                self.lease.due_ms = UNDER_WAY;
                let days = self.config.lease_days_ahead;
                self.jobs.spawn(async move {
                    Done::Lease(days_ahead, ask_lease(store, client, count, days_ahead, days).await)
                });
            }
            Operation::Upload { case, .. } => {
                let pace = Pace {
                    chunk: Arc::clone(&self.chunk),
                    bandwidth: self.config.bandwidth,
                    bucket: Arc::clone(&self.bucket),
                };
                let lane = async move { Done::Lane(case, send_case(store, client, case, pace).await) };
                self.lanes.insert(self.jobs.spawn(lane).id(), case);
            }
            // What is forgotten is forgotten by the date: not by a clock nobody has confirmed.
            Operation::Purge if !self.link.has_right_time() => {
                self.purge_due_ms = self.after(self.config.heartbeat_every.min(self.config.purge_every));
            }
            Operation::Purge => {
                self.purge_due_ms = UNDER_WAY;
                self.jobs.spawn(async move { Done::Purge(blocking(&store, Store::purge).await) });
            }
            Operation::Renew => {
                if let Some(keeper) = self.config.identity.clone() {
                    self.renew.due_ms = UNDER_WAY;
                    self.jobs.spawn(async move { Done::Renewed(renew::renew(keeper, client).await) });
                }
            }
        }
    }

    fn begin_heartbeat(&mut self, store: Arc<Store>, client: CentreClient) {
        self.heartbeat_due_ms = UNDER_WAY;
        let sent = store.clock().wall();
        let (version, queue) = (self.config.version.clone(), self.link.status().borrow().queue);
        let devices = self.devices.borrow().clone();
        let link = Arc::clone(&self.link);
        self.jobs.spawn(async move {
            let outcome = async {
                let chain = Some(blocking(&store, Store::chain_report).await?);
                let beat = Heartbeat { version, queue, devices, wall_ms: sent.0, chain };
                let time = client.heartbeat(&beat).await?;
                blocking(&store, move |store| store.heard_time(WallTime(time.wall_ms))).await?;
                if let Some(seen) = time.seen {
                    let begun = blocking(&store, move |store| {
                        let put_back = store.is_put_back(&seen)?;
                        if put_back { store.begin_epoch(seen.epoch.saturating_add(1)).map(Some) } else { Ok(None) }
                    });
                    if begun.await?.is_some() {
                        link.rolled_back();
                    }
                }
                Ok(time)
            };
            Done::Heartbeat(sent, outcome.await)
        });
    }

    fn ended(&mut self, ended: Result<(Id, Done), JoinError>) {
        let (id, done) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                // A job that panicked: its lane is free again, and nothing stays "under way".
                tracing::error!(%error, "sync job failed");
                self.lanes.remove(&error.id());
                let dues = [
                    &mut self.lease.due_ms,
                    &mut self.heartbeat_due_ms,
                    &mut self.purge_due_ms,
                    &mut self.renew.due_ms,
                ];
                for due in dues {
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
            Done::Heartbeat(sent, outcome) => self.heartbeat_ended(sent, outcome),
            Done::Lease(day, outcome) => self.lease_ended(day, outcome),
            Done::Purge(outcome) => self.purge_ended(outcome),
            Done::Renewed(outcome) => self.renew_ended(outcome),
            Done::Noted => {}
        }
    }

    fn lane_ended(&mut self, case: CaseId, end: LaneEnd) {
        let (bundle, error) = match end {
            LaneEnd::Done => {
                self.retries.remove(&case);
                return self.link.report::<()>(&Ok(()));
            }
            LaneEnd::Quarantined => {
                self.retries.remove(&case);
                return;
            }
            LaneEnd::Refused(bundle, error) => (Some(bundle), error),
            LaneEnd::Failed(error) => (None, error),
        };
        let (asked, code) = (error.retry_after(), error.code());
        // A line that lets other calls pass is not told up by the heartbeat: it is tried more often.
        let cap = if error.is_line() { self.config.backoff_line_cap } else { self.config.backoff_cap };
        let before = self.retries.get(&case).copied().unwrap_or_default();
        if let LaneError::Centre(error) = error {
            self.link.report::<()>(&Err(error));
        }
        // If this very answer brought the link up, all waits are forgotten next, this one included.
        let retry = self.failed_within(before, asked, cap.min(self.config.backoff_cap));
        self.retries.insert(case, retry);
        if let Some(bundle) = bundle {
            self.note_attempt(bundle, code, retry.due_ms);
        }
    }

    /// For the queue as people see it: why, and when it is tried again.
    fn note_attempt(&mut self, bundle: Uuid, code: ErrorCode, due_ms: u64) {
        let store = Arc::clone(&self.store);
        let wait = i64::try_from(due_ms.saturating_sub(self.now_ms())).unwrap_or(i64::MAX);
        let next = WallTime(store.clock().wall().0.saturating_add(wait));
        self.jobs.spawn(async move {
            if let Err(error) = blocking(&store, move |store| store.record_attempt(bundle, code, Some(next))).await {
                tracing::warn!(%error, "attempt not noted");
            }
            Done::Noted
        });
    }

    fn heartbeat_ended(&mut self, sent: WallTime, outcome: Result<CentreTime, LaneError>) {
        if let Ok(time) = &outcome {
            let before = self.link.is_skewed();
            self.link.read_clock(sent, time.wall_ms, time.stopped);
            if self.link.is_skewed() && !before {
                self.alarm("clock.skewed", ErrorCode::ClockSkew);
            }
        }
        // While the link is down the heartbeat is the probe, so it comes more often.
        let probe = (self.config.backoff_base * 4).min(self.config.heartbeat_every);
        self.heartbeat_due_ms = self.after(if outcome.is_ok() { self.config.heartbeat_every } else { probe });
        match outcome {
            Ok(_) => self.link.report::<()>(&Ok(())),
            Err(LaneError::Centre(error)) => self.link.report::<()>(&Err(error)),
            Err(error) => tracing::error!(code = error.code().as_str(), %error, "no sign of life given"),
        }
    }

    /// Writes an alarm into the audit, where it stays.
    fn alarm(&mut self, action: &'static str, code: ErrorCode) {
        tracing::error!(code = code.as_str(), action, "alarm");
        let store = Arc::clone(&self.store);
        self.jobs.spawn(async move {
            let note = Note { actor: "station", action, object: "", result: code.as_str() };
            if let Err(error) = blocking(&store, move |store| store.note(&note)).await {
                tracing::warn!(%error, "alarm not noted");
            }
            Done::Noted
        });
    }

    fn lease_ended(&mut self, day: u8, outcome: Result<Vec<u32>, LaneError>) {
        self.lease.due_ms = 0;
        match outcome {
            Ok(left) if left.get(usize::from(day)).is_some_and(|left| *left >= self.config.lease_min) => {
                self.lease = Retry::default();
            }
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

    fn renew_ended(&mut self, outcome: Result<(), LaneError>) {
        self.renew.due_ms = 0;
        match outcome {
            Ok(()) => self.renew = Retry::default(),
            Err(error) => {
                tracing::warn!(code = error.code().as_str(), %error, "certificate not renewed");
                // There are weeks left: no hurry.
                let wait = self.config.heartbeat_every.max(self.config.backoff_cap);
                let retry = self.failed(self.renew, error.retry_after());
                self.renew = Retry { due_ms: retry.due_ms.max(self.after(wait)), ..retry };
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

/// Asks for numbers and keeps them; how many there are for today and each day ahead then.
async fn ask_lease(
    store: Arc<Store>,
    client: CentreClient,
    count: u16,
    days_ahead: u8,
    days: u8,
) -> Result<Vec<u32>, LaneError> {
    let lease = client.lease(count, days_ahead).await?;
    blocking(&store, move |store| {
        store.put_lease(&lease)?;
        store.leases_left(days)
    })
    .await
}
