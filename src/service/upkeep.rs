//! 本机状况: what stands on the technician's strip.

use crate::service::Cases;
use crate::service::Centre;
use std::path::PathBuf;
use tongban_domain::code::ErrorCode;
use uuid::Uuid;

/// The machine's own facts; cheap to clone.
#[derive(Clone)]
pub struct Upkeep {
    cases: Cases,
    centre: Centre,
    state: PathBuf,
    protection: &'static str,
}

/// One group of actions that the centre has not signed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The bundle; `None` while it is not grouped.
    pub bundle: Option<Uuid>,
    /// 受理号 of its case.
    pub receipt: Option<String>,
    /// Actions in it.
    pub actions: usize,
    /// Its length, KiB.
    pub kib: u64,
    /// The centre refused it: it waits for a person.
    pub refused: bool,
    /// Failed attempts.
    pub tries: u32,
    /// When it is tried next, as people read it.
    pub next_try: Option<String>,
    /// Why the last attempt failed.
    pub code: Option<ErrorCode>,
}

/// How the machine stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Machine {
    /// `passphrase`, `none` …: what guards the station's keys.
    pub protection: &'static str,
    /// Bundles waiting to be sent.
    pub outbox: usize,
    /// The same one by one, in the order they were made.
    pub waiting: Vec<Waiting>,
    /// Of these, refused by the centre.
    pub quarantined: u32,
    /// Receipt numbers left for today.
    pub lease_left: u32,
    /// Centre's clock minus ours, ms.
    pub skew_ms: i64,
    /// The difference is too large to be trusted.
    pub skewed: bool,
    /// Free bytes where the state lies; `None` when it cannot be asked.
    pub free_bytes: Option<u64>,
    /// Share of the disk that is free, percent.
    pub free_percent: Option<u64>,
}

impl Upkeep {
    /// Wraps what `boot` knows.
    #[must_use]
    pub fn new(cases: Cases, centre: Centre, state: PathBuf, protection: &'static str) -> Self {
        Self { cases, centre, state, protection }
    }

    /// How the machine stands now.
    pub async fn machine(&self) -> Machine {
        let link = self.centre.status().unwrap_or_default();
        let waiting = self.cases.waiting().await.unwrap_or_default();
        let disk = rustix::fs::statvfs(&self.state).ok();
        Machine {
            protection: self.protection,
            outbox: waiting.len(),
            waiting,
            quarantined: link.quarantined,
            lease_left: link.lease_left,
            skew_ms: link.skew_ms,
            skewed: link.is_skewed(),
            free_bytes: disk.as_ref().map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize)),
            free_percent: disk.and_then(|disk| (disk.f_bavail * 100).checked_div(disk.f_blocks)),
        }
    }
}
