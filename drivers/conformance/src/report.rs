//! 测试报告: what was run, how often, over how many bytes, and what went wrong.

use crate::case::Case;
use crate::rig::Family;
use crate::subject::Dialog;
use serde::{Deserialize, Serialize};

/// Failures kept word for word in a row; the rest is counted.
const FAILURES_KEPT: usize = 5;

/// One case of one dialog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Kind of device.
    pub family: Family,
    /// Driver name as in a device's setup.
    pub driver: String,
    /// `memory`, `pty`, `serial`, `usb-bulk`, `hid`, `tcp` …
    pub transport: String,
    /// Which dialog was tampered with.
    pub dialog: Dialog,
    /// The case.
    pub case: Case,
    /// How many times it was run, each at another place.
    pub runs: u64,
    /// Bytes of the device during those runs.
    pub bytes_in: u64,
    /// Bytes of the host during those runs.
    pub bytes_out: u64,
    /// Runs in which the protocol's own check held over damaged bytes, so that no driver could notice.
    pub unseen: u64,
    /// Runs that did not end as they must.
    pub failed: u64,
    /// The first few of them, in words without personal data.
    pub failures: Vec<String>,
    /// Why the case does not apply to this device; such a row has no runs.
    pub absent: Option<String>,
}

impl Row {
    /// Passed: it was run, bytes moved, nothing failed; or it does not apply.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.absent.is_some() || (self.runs > 0 && self.failed == 0 && self.bytes_in + self.bytes_out > 0)
    }

    pub(crate) fn fail(&mut self, text: String) {
        self.failed += 1;
        if self.failures.len() < FAILURES_KEPT {
            self.failures.push(text);
        }
    }
}

/// A whole run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Version of this format.
    pub v: u32,
    /// Seed of the places drawn.
    pub seed: u64,
    /// The rows.
    pub rows: Vec<Row>,
    /// Milliseconds the run took.
    pub ms: u64,
}

impl Report {
    /// Every row passed, and there are rows.
    #[must_use]
    pub fn passed(&self) -> bool {
        !self.rows.is_empty() && self.rows.iter().all(Row::passed)
    }

    /// Did this case pass in every dialog it was run in?
    #[must_use]
    pub fn case_passed(&self, case: Case) -> bool {
        let mut rows = self.rows.iter().filter(|row| row.case == case).peekable();
        rows.peek().is_some() && rows.all(Row::passed)
    }

    /// What failed, one line each; empty when all passed.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        let failed = self.rows.iter().filter(|row| !row.passed());
        failed
            .map(|row| {
                let what = if row.runs == 0 || row.bytes_in + row.bytes_out == 0 {
                    "no bytes exchanged".to_owned()
                } else {
                    row.failures.join("; ")
                };
                let (dialog, case) = (row.dialog.name(), row.case.name());
                format!(
                    "{} {} {dialog}, {case}: {} of {} failed: {what}",
                    row.driver, row.transport, row.failed, row.runs
                )
            })
            .collect()
    }
}
