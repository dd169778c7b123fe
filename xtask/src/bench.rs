//! `xtask bench NAME`: measures, prints a table and writes `target/bench/NAME.json`. It reports; no build fails on it.

mod cases;
mod devices;
mod faces;
mod fingers;
mod sync;
mod vision;

use anyhow::{Context, Result};
use serde::Serialize;
use std::path::PathBuf;

/// One figure.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// What was measured.
    pub name: String,
    /// The figure.
    pub value: f64,
    /// Its unit, as SI or plain words (`ms`, `MiB`, `fsyncs`).
    pub unit: String,
    /// What it should not pass (or, with `at_least`, should reach); none for plain reports.
    pub limit: Option<f64>,
    /// Whether the limit holds; true without one.
    pub holds: bool,
    /// The peer measured in the same run.
    pub against: Option<String>,
    /// Ours divided by the peer's.
    pub ratio: Option<f64>,
}

impl Row {
    /// A figure without a limit.
    #[must_use]
    pub fn new(name: &str, value: f64, unit: &str) -> Self {
        Self {
            name: name.to_owned(),
            value,
            unit: unit.to_owned(),
            limit: None,
            holds: true,
            against: None,
            ratio: None,
        }
    }

    /// Should not be more than `limit`.
    #[must_use]
    pub fn at_most(mut self, limit: f64) -> Self {
        self.holds = self.value <= limit;
        self.limit = Some(limit);
        self
    }

    /// Should not be less than `limit`.
    #[must_use]
    pub fn at_least(mut self, limit: f64) -> Self {
        self.holds = self.value >= limit;
        self.limit = Some(limit);
        self
    }

    /// The peer's figure of the same run.
    #[must_use]
    pub fn against(mut self, peer: &str, theirs: f64) -> Self {
        self.against = Some(format!("{peer}: {theirs:.3} {}", self.unit));
        self.ratio = (theirs != 0.0).then(|| self.value / theirs);
        self
    }
}

/// Prints the rows and writes `target/bench/NAME.json`.
pub fn finish(name: &str, rows: &[Row]) -> Result<()> {
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    for row in rows {
        let limit = row.limit.map_or_else(String::new, |limit| {
            format!("  limit {limit} {}", if row.holds { "holds" } else { "DOES NOT HOLD" })
        });
        let peer = row.against.as_ref().map_or_else(String::new, |peer| format!("  against {peer}"));
        let ratio = row.ratio.map_or_else(String::new, |ratio| format!("  ratio {ratio:.2}"));
        println!("{:<width$}  {:>12.3} {}{limit}{peer}{ratio}", row.name, row.value, row.unit);
    }
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bench"));
    std::fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{name}.json"));
    std::fs::write(&file, serde_json::to_vec_pretty(rows)?).with_context(|| file.display().to_string())?;
    println!("{}", file.display());
    Ok(())
}

/// What to measure.
#[derive(Debug, clap::Subcommand)]
pub enum Which {
    /// A million cases: lists, searches, the case page, a month's statistics.
    Cases(cases::Options),
    /// Card, recovery, live picture, still and memory of the device layer.
    Devices(devices::Options),
    /// Faces: a live frame to a score.
    Faces,
    /// Fingerprints: a picture to a score.
    Fingers,
    /// Sync and server beside PocketBase; search among a million cases.
    Sync(sync::Options),
    /// Pages, text, faces and prints, beside jscanify, scanic, OpenCV in Python, deskew, unpaper and tesseract.
    Vision(vision::Options),
}

/// Measures one of them.
pub fn run(which: &Which) -> Result<()> {
    match which {
        Which::Cases(options) => cases::run(options),
        Which::Devices(options) => devices::run(options),
        Which::Faces => faces::run(),
        Which::Fingers => fingers::run(),
        Which::Sync(options) => sync::run(options),
        Which::Vision(options) => vision::run(options),
    }
}

/// CPU time of this thread so far, milliseconds; a loaded machine does not change it much.
pub(crate) fn cpu_ms() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    now.tv_sec as f64 * 1e3 + now.tv_nsec as f64 / 1e6
}

/// The middle value.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
