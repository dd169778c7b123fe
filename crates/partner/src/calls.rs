//! The log of calls: what was asked and how it ended, nothing of the person.

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, VecDeque};

/// Calls kept in the log; the counters go on.
const KEPT: usize = 1000;

/// One call.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    /// Milliseconds since 1970 by the platform's clock.
    pub at_ms: i64,
    /// Resource asked for.
    pub resource: String,
    /// [`subject_hash`] of the subject.
    pub subject_hash: String,
    /// Item named in the request.
    pub item: String,
    /// How it ended: `ok`, a fault mode, `no-record`, or `refused:CODE`.
    pub outcome: String,
}

/// Counts and recent calls.
#[derive(Default)]
pub struct CallLog {
    counts: BTreeMap<String, u64>,
    recent: VecDeque<Call>,
}

/// The log as `GET /_sim/calls` gives it.
#[derive(Serialize)]
pub struct Report {
    total: u64,
    by_resource: BTreeMap<String, u64>,
    log: Vec<Call>,
}

impl CallLog {
    pub(crate) fn add(&mut self, call: Call) {
        *self.counts.entry(call.resource.clone()).or_default() += 1;
        if self.recent.len() == KEPT {
            self.recent.pop_front();
        }
        self.recent.push_back(call);
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn report(&self) -> Report {
        Report {
            total: self.counts.values().sum(),
            by_resource: self.counts.clone(),
            log: self.recent.iter().cloned().collect(),
        }
    }
}

/// The first 16 hex digits of the subject's SHA-256.
#[must_use]
pub fn subject_hash(subject: &str) -> String {
    hex::encode(&Sha256::digest(subject.as_bytes())[..8])
}
