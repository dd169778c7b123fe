//! The loop that plans and acts, and the loop that follows the feed.

use super::lane::{LaneEnd, LaneError, blocking, send_case};
use super::link::Link;
use super::{SyncConfig, backoff};
use crate::client::{CentreClient, CentreError};
use crate::plan::{CaseQueue, LocalState, Operation, next_due, plan};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tongban_domain::ids::CaseId;
use tongban_protocol::api::{FeedItem, FeedPage, Heartbeat};
use tongban_store::{BundleState, CentreCase, FeedBatch, Store};

/// Longest sleep without looking at the store again; appends wake the loop only through `kick`.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// A failing operation and when it may be tried again.
#[derive(Debug, Clone, Copy, Default)]
struct Retry {
    failures: u32,
    due_ms: u64,
}

/// Everything the loops need.
pub(super) struct Runner {
    store: Arc<Store>,
    client: CentreClient,
    config: SyncConfig,
    link: Arc<Link>,
    devices: watch::Receiver<Vec<(String, String)>>,
    start: Instant,
    lanes: HashMap<CaseId, Retry>,
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
            lanes: HashMap::new(),
            lease: Retry::default(),
            heartbeat_due_ms: 0,
            purge_due_ms: 0,
        }
    }

    /// Runs until told to stop or until nobody holds the handle any more.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let feed = (!self.config.feed_wait.is_zero()).then(|| tokio::spawn(self.feed()));
        let mut lanes: JoinSet<(CaseId, LaneEnd)> = JoinSet::new();
        let mut in_flight = BTreeSet::new();
        let mut fresh = self.link.fresh();
        loop {
            let sleep = match self.look(&in_flight).await {
                Ok(state) => {
                    self.act(plan(&state, self.now_ms()), &mut lanes, &mut in_flight).await;
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
                Some(ended) = lanes.join_next(), if !lanes.is_empty() => {
                    self.lane_ended(ended, &mut in_flight);
                }
                _ = fresh.changed() => self.forget_waits(),
                () = self.link.kicked() => {}
                () = tokio::time::sleep(sleep) => {}
            }
        }
        if let Some(feed) = feed {
            feed.abort();
        }
        // Lanes are cut where they are; the centre's offset tells where to go on.
        lanes.shutdown().await;
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
        self.lanes.clear();
        self.lease = Retry::default();
        self.heartbeat_due_ms = 0;
    }

    fn failed(&self, retry: Retry, error: Option<&CentreError>) -> Retry {
        let failures = retry.failures + 1;
        let (base, cap) = (self.config.backoff_base, self.config.backoff_cap);
        let wait = backoff::wait(base, cap, failures, &**self.store.rng());
        let asked = error.and_then(CentreError::retry_after).unwrap_or_default();
        Retry { failures, due_ms: self.after(wait.max(asked)) }
    }

    /// Reads what the plan needs.
    async fn look(&self, in_flight: &BTreeSet<CaseId>) -> Result<LocalState, LaneError> {
        let (rows, lease) = blocking(&self.store, |store| Ok((store.outbox()?, store.lease_left()?))).await?;
        self.link.read_queue(&rows, lease.count);
        let cases = rows
            .iter()
            .zip(0..)
            .map(|(row, place)| CaseQueue {
                case: row.case,
                place,
                quarantined: row.state == BundleState::Quarantined,
                due_ms: self.lanes.get(&row.case).map_or(0, |retry| retry.due_ms),
            })
            .collect();
        Ok(LocalState {
            cases,
            in_flight: in_flight.clone(),
            lanes: self.config.lanes,
            lease_left: lease.count,
            lease_min: self.config.lease_min,
            lease_ask: self.config.lease_ask,
            lease_due_ms: self.lease.due_ms,
            heartbeat_due_ms: self.heartbeat_due_ms,
            purge_due_ms: self.purge_due_ms,
        })
    }

    async fn act(
        &mut self,
        operations: Vec<Operation>,
        lanes: &mut JoinSet<(CaseId, LaneEnd)>,
        in_flight: &mut BTreeSet<CaseId>,
    ) {
        for operation in operations {
            tracing::debug!(%operation, "sync");
            match operation {
                Operation::Heartbeat => self.heartbeat().await,
                Operation::AskLease { count } => self.ask_lease(count).await,
                Operation::Upload { case, .. } => {
                    in_flight.insert(case);
                    let (store, client) = (Arc::clone(&self.store), self.client.clone());
                    let chunk_bytes = self.config.chunk_bytes;
                    lanes.spawn(async move { (case, send_case(store, client, case, chunk_bytes).await) });
                }
                Operation::Purge => self.purge().await,
            }
        }
    }

    fn lane_ended(
        &mut self,
        ended: Result<(CaseId, LaneEnd), tokio::task::JoinError>,
        in_flight: &mut BTreeSet<CaseId>,
    ) {
        let (case, end) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                // Which lane it was is lost with it: all are looked at again.
                tracing::error!(%error, "lane failed");
                in_flight.clear();
                return;
            }
        };
        in_flight.remove(&case);
        match end {
            LaneEnd::Done => {
                self.lanes.remove(&case);
                self.link.report::<()>(&Ok(()));
            }
            LaneEnd::Quarantined => {
                self.lanes.remove(&case);
            }
            LaneEnd::Failed(error) => {
                let centre = match error {
                    LaneError::Centre(error) => Some(error),
                    LaneError::Store(_) | LaneError::File(_) | LaneError::Task(_) => None,
                };
                let before = self.lanes.get(&case).copied().unwrap_or_default();
                let retry = self.failed(before, centre.as_ref());
                self.lanes.insert(case, retry);
                if let Some(error) = centre {
                    self.link.report::<()>(&Err(error));
                }
            }
        }
    }

    async fn heartbeat(&mut self) {
        let sent = self.store.clock().wall();
        let beat = Heartbeat {
            version: self.config.version.clone(),
            queue: self.link.status().borrow().queue,
            devices: self.devices.borrow().clone(),
            wall_ms: sent.0,
        };
        let outcome = self.client.heartbeat(&beat).await;
        if let Ok(time) = &outcome {
            self.link.read_clock(sent, time.wall_ms, time.stopped);
        }
        // While the link is down the heartbeat is the probe, so it comes as often as a first retry.
        let next = if outcome.is_ok() { self.config.heartbeat_every } else { self.probe_wait() };
        self.heartbeat_due_ms = self.after(next);
        self.link.report(&outcome);
    }

    fn probe_wait(&self) -> Duration {
        (self.config.backoff_base * 4).min(self.config.heartbeat_every)
    }

    async fn ask_lease(&mut self, count: u16) {
        let outcome = self.client.lease(count).await;
        self.link.report(&outcome);
        match outcome {
            Ok(lease) => {
                match blocking(&self.store, move |store| store.put_lease(&lease)).await {
                    Ok(()) => self.lease = Retry::default(),
                    Err(error) => {
                        tracing::warn!(code = error.code().as_str(), %error, "lease not taken");
                        self.lease = self.failed(self.lease, None);
                    }
                }
                // A lease for another day than ours (clocks differ around midnight) must not be asked for again and again.
                let left = blocking(&self.store, Store::lease_left).await.map_or(0, |left| left.count);
                if left < self.config.lease_min && self.lease.due_ms <= self.now_ms() {
                    self.lease = self.failed(self.lease, None);
                } else {
                    self.link.wake();
                }
            }
            Err(error) => self.lease = self.failed(self.lease, Some(&error)),
        }
    }

    async fn purge(&mut self) {
        self.purge_due_ms = self.after(self.config.purge_every);
        match blocking(&self.store, Store::purge).await {
            Ok(gone) if gone.is_empty() => {}
            Ok(gone) => tracing::info!(cases = gone.len(), "cases forgotten after retention"),
            Err(error) => tracing::error!(code = error.code().as_str(), %error, "purge failed"),
        }
    }

    /// Follows the feed for as long as it is polled.
    fn feed(&self) -> impl Future<Output = ()> + use<> {
        let (store, client, link) = (Arc::clone(&self.store), self.client.clone(), Arc::clone(&self.link));
        let (wait, base, cap) = (self.config.feed_wait, self.config.backoff_base, self.config.backoff_cap);
        async move {
            let mut failures = 0;
            let mut fresh = link.fresh();
            loop {
                match feed_once(&store, &client, &link, wait).await {
                    Ok(()) => failures = 0,
                    Err(error) => {
                        failures += 1;
                        let pause = backoff::wait(base, cap, failures, &**store.rng());
                        tracing::debug!(code = error.code().as_str(), "feed pauses");
                        tokio::select! {
                            () = tokio::time::sleep(pause) => {}
                            _ = fresh.changed() => failures = 0,
                        }
                    }
                }
            }
        }
    }
}

async fn feed_once(
    store: &Arc<Store>,
    client: &CentreClient,
    link: &Arc<Link>,
    wait: Duration,
) -> Result<(), LaneError> {
    let after = blocking(store, |store| store.cursor("feed")).await?;
    // While the link is down a short question tells sooner that it is up.
    let wait = if link.is_online() { wait } else { Duration::ZERO };
    let outcome = client.feed(after, wait).await;
    link.report(&outcome);
    let page = outcome?;
    if page.next < after || page.entries.iter().any(|entry| entry.seq <= after) {
        return Err(CentreError::Garbage { what: "feed runs backwards" }.into());
    }
    if page.entries.is_empty() && page.next == after {
        return Ok(());
    }
    let batch = batch_of(page);
    blocking(store, move |store| store.apply_feed(&batch)).await
}

fn batch_of(page: FeedPage) -> FeedBatch {
    let mut batch = FeedBatch { next: page.next, ..FeedBatch::default() };
    for entry in page.entries {
        match entry.item {
            FeedItem::Item { key, version, json } => batch.items.push((key, version, json)),
            FeedItem::CaseMoved { case, status, case_seq } => {
                batch.cases.push(CentreCase { case, status, case_seq });
            }
            FeedItem::Notice { text } => batch.notices.push((entry.seq, text)),
            // The queue of the certificate window is asked for, not kept; revocations are enforced by the centre's listener.
            FeedItem::LicenceReady { .. } | FeedItem::Revoked { .. } => {}
        }
    }
    batch
}
