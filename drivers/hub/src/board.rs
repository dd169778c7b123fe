//! 状态牌: what is known of every device, published to whoever watches.

use crate::config::Binding;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::watch;
use tongban_device::ErrorCode;
use tongban_device::message::Setup;
use tongban_device::state::{DeviceKind, DeviceState};

/// One device as the screens and the supervision page see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceView {
    /// Role at this station.
    pub role: String,
    /// Kind of device.
    pub kind: DeviceKind,
    /// Driver name.
    pub driver: String,
    /// Bound port.
    pub port: String,
    /// The station cannot serve without it.
    pub required: bool,
    /// State now.
    pub state: DeviceState,
    /// Why it is not well.
    pub code: Option<ErrorCode>,
    /// Firmware, identities, counters, last error; no personal data.
    pub evidence: BTreeMap<String, String>,
    /// How often its worker was restarted since the hub started.
    pub restarts: u32,
    /// Process id of its worker, while one runs.
    pub worker_pid: Option<u32>,
    /// When `state` was entered.
    pub since: Instant,
}

impl DeviceView {
    /// Milliseconds since `state` was entered.
    #[must_use]
    pub fn since_ms(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// A view and what it is made from.
struct Entry {
    view: DeviceView,
    reported: DeviceState,
    in_call: bool,
    in_maintenance: bool,
}

impl Entry {
    /// A technician's hold shows over everything, a running call only over a healthy device.
    fn settle(&mut self) {
        let state = match self.reported {
            _ if self.in_maintenance => DeviceState::VendorMode,
            DeviceState::Online if self.in_call => DeviceState::Busy,
            reported => reported,
        };
        if state != self.view.state {
            self.view.state = state;
            self.view.since = Instant::now();
        }
    }
}

/// All views.
pub(crate) struct Board {
    entries: Mutex<Vec<Entry>>,
    published: watch::Sender<Vec<DeviceView>>,
}

impl Board {
    pub(crate) fn new(bindings: &[Binding]) -> Self {
        let entries: Vec<Entry> = bindings
            .iter()
            .map(|binding| Entry {
                view: DeviceView {
                    role: binding.role.clone(),
                    kind: binding.setup.kind,
                    driver: binding.setup.driver.clone(),
                    port: binding.setup.port.clone(),
                    required: binding.required,
                    state: DeviceState::Starting,
                    code: None,
                    evidence: BTreeMap::new(),
                    restarts: 0,
                    worker_pid: None,
                    since: Instant::now(),
                },
                reported: DeviceState::Starting,
                in_call: false,
                in_maintenance: false,
            })
            .collect();
        let published = watch::Sender::new(entries.iter().map(|entry| entry.view.clone()).collect());
        Self { entries: Mutex::new(entries), published }
    }

    pub(crate) fn views(&self) -> Vec<DeviceView> {
        self.published.borrow().clone()
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Vec<DeviceView>> {
        self.published.subscribe()
    }

    /// The worker's word about its device.
    pub(crate) fn report(
        &self,
        index: usize,
        state: DeviceState,
        code: Option<ErrorCode>,
        evidence: Option<BTreeMap<String, String>>,
    ) {
        self.change(index, |entry| {
            entry.reported = state;
            entry.view.code = code;
            if let Some(evidence) = evidence {
                entry.view.evidence = evidence;
            }
        });
    }

    pub(crate) fn note(&self, index: usize, name: &str, text: String) {
        self.change(index, |entry| {
            entry.view.evidence.insert(name.to_owned(), text);
        });
    }

    pub(crate) fn in_call(&self, index: usize, in_call: bool) {
        self.change(index, |entry| entry.in_call = in_call);
    }

    pub(crate) fn in_maintenance(&self, index: usize, held: bool) {
        self.change(index, |entry| entry.in_maintenance = held);
    }

    pub(crate) fn worker(&self, index: usize, pid: Option<u32>) {
        self.change(index, |entry| entry.view.worker_pid = pid);
    }

    pub(crate) fn restarted(&self, index: usize) {
        self.change(index, |entry| entry.view.restarts += 1);
    }

    pub(crate) fn rebound(&self, index: usize, setup: &Setup) {
        self.change(index, |entry| {
            entry.view.port.clone_from(&setup.port);
            entry.view.driver.clone_from(&setup.driver);
            entry.view.evidence.clear();
        });
    }

    fn change(&self, index: usize, apply: impl FnOnce(&mut Entry)) {
        let mut entries = self.lock();
        let Some(entry) = entries.get_mut(index) else { return };
        apply(entry);
        entry.settle();
        let view = entry.view.clone();
        // Published under the lock, so that two changes cannot overtake each other.
        self.published.send_if_modified(|views| {
            let differs = views.get(index) != Some(&view);
            if differs && let Some(slot) = views.get_mut(index) {
                *slot = view;
            }
            differs
        });
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
