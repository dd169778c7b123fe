//! The engine: carries out what [`crate::plan`] decides, and keeps the link's state in view.

mod backoff;
mod bandwidth;
mod feed;
mod lane;
mod link;
mod renew;
mod run;

pub use bandwidth::Bandwidth;
pub(crate) use lane::{LaneError, send_bundle_plain};
pub use renew::IdentityKeeper;

use crate::client::CentreClient;
use crate::status::SyncStatus;
use link::Link;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tongban_store::Store;

/// How the engine behaves. Tests shorten the waits.
#[derive(Debug, Clone)]
pub struct SyncConfig {
    /// Sign of life.
    pub heartbeat_every: Duration,
    /// How long the centre may hold back an empty page of the feed; zero switches the feed off.
    pub feed_wait: Duration,
    /// Most bytes sent at a time: pieces start at 256 KiB, double while the line is quick, and halve when it
    /// breaks.
    pub chunk_bytes: usize,
    /// Cases sent in parallel.
    pub lanes: usize,
    /// First wait after a failure (full jitter: a random part of it).
    pub backoff_base: Duration,
    /// Longest wait after a failure.
    pub backoff_cap: Duration,
    /// Longest wait after a failure of the line itself while other calls pass; the cap is for a line
    /// that is down (the heartbeat tells when it is up) and for a centre that refuses.
    pub backoff_line_cap: Duration,
    /// Receipt numbers to have at least, for today and each day ahead.
    pub lease_min: u32,
    /// Receipt numbers asked for at a time.
    pub lease_ask: u16,
    /// For how many days after today numbers are held: so long a station can be cut off and still accept.
    pub lease_days_ahead: u8,
    /// Bytes uploads may take, by hour of the day.
    pub bandwidth: Bandwidth,
    /// Keeps the station's certificate; without it none is renewed.
    pub identity: Option<Arc<dyn IdentityKeeper>>,
    /// How often to look for what may be forgotten.
    pub purge_every: Duration,
    /// Program version told to the centre.
    pub version: String,
    /// 断网 switch: `false` cuts every call at once; `None` has no switch.
    pub network_gate: Option<watch::Receiver<bool>>,
}

impl Default for SyncConfig {
    fn default() -> Self {
        Self {
            heartbeat_every: Duration::from_secs(30),
            feed_wait: Duration::from_secs(25),
            chunk_bytes: 4 * 1024 * 1024,
            lanes: 4,
            backoff_base: Duration::from_secs(1),
            backoff_cap: Duration::from_secs(300),
            backoff_line_cap: Duration::from_secs(30),
            lease_min: 50,
            lease_ask: 200,
            lease_days_ahead: 3,
            bandwidth: Bandwidth::default(),
            identity: None,
            purge_every: Duration::from_secs(3600),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            network_gate: None,
        }
    }
}

/// The engine's front.
#[derive(Debug)]
pub struct SyncEngine;

impl SyncEngine {
    /// Starts the engine's tasks on the tokio runtime it is called in.
    #[must_use]
    pub fn start(store: Arc<Store>, client: CentreClient, config: SyncConfig) -> SyncHandle {
        let client = match config.network_gate.clone() {
            Some(gate) => client.with_gate(gate),
            None => client,
        };
        let link = Arc::new(Link::new(Arc::clone(store.clock()), config.backoff_base * 10));
        let (stop, stopped) = watch::channel(false);
        let (devices, seen) = watch::channel(Vec::new());
        let runner = run::Runner::new(store, client, config, Arc::clone(&link), seen);
        let (running, ended) = watch::channel(());
        tokio::spawn(async move {
            runner.run(stopped).await;
            // Dropping the sender is the word of the end.
            drop(running);
        });
        SyncHandle { link, stop: Arc::new(stop), devices: Arc::new(devices), ended }
    }
}

/// Handle to a running engine; the engine stops when the last clone is dropped.
#[derive(Clone)]
pub struct SyncHandle {
    link: Arc<Link>,
    stop: Arc<watch::Sender<bool>>,
    devices: Arc<watch::Sender<Vec<(String, String)>>>,
    /// Closed when the engine's tasks have ended.
    ended: watch::Receiver<()>,
}

impl std::fmt::Debug for SyncHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SyncHandle({:?})", *self.link.status().borrow())
    }
}

impl SyncHandle {
    /// The link's state, now and on every change.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<SyncStatus> {
        self.link.status()
    }

    /// Tries everything that waits at once.
    pub fn kick(&self) {
        self.link.kick();
    }

    /// Tells what the next sign of life says of the devices: role and state.
    pub fn set_devices(&self, devices: Vec<(String, String)>) {
        self.devices.send_replace(devices);
    }

    /// Stops the engine and waits until its tasks have ended. Nothing is lost: what was under
    /// way is taken up at the next start.
    pub async fn shutdown(&self) {
        self.stop.send_replace(true);
        let mut ended = self.ended.clone();
        while ended.changed().await.is_ok() {}
    }
}
