//! `target/demo/report.json`: every step with its evidence; written after each step.

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

#[derive(Serialize)]
struct Step {
    step: u32,
    name: String,
    ok: bool,
    /// Begin, counted from the begin of the run.
    at_ms: u128,
    ms: u128,
    evidence: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

/// The report under way; steps may run beside each other.
pub struct Report {
    path: PathBuf,
    started: Instant,
    steps: Mutex<Vec<Step>>,
}

impl Report {
    /// Starts a report that will be written to `path`.
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), started: Instant::now(), steps: Mutex::default() }
    }

    /// Runs one step; its evidence or fault is written at once. A step without evidence is not ok.
    pub fn step(&self, number: u32, name: &str, work: impl FnOnce() -> Result<Value>) -> Result<()> {
        println!("  {number:>2} {name} …");
        let at_ms = self.started.elapsed().as_millis();
        let result = work();
        let ms = self.started.elapsed().as_millis() - at_ms;
        let (ok, evidence, fault) = match &result {
            Ok(evidence) => (evidence.as_object().is_some_and(|map| !map.is_empty()), evidence.clone(), None),
            Err(error) => (false, Value::Null, Some(format!("{error:#}"))),
        };
        println!("  {number:>2} {name} {} {ms} ms", if ok { "ok" } else { "FAILED" });
        self.write(Step { step: number, name: name.to_owned(), ok, at_ms, ms, evidence, fault })?;
        result.map(|_| ()).with_context(|| format!("step {number} {name}"))?;
        anyhow::ensure!(ok, "step {number} {name} left no evidence");
        Ok(())
    }

    fn write(&self, step: Step) -> Result<()> {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        steps.push(step);
        steps.sort_by_key(|step| step.step);
        let ok = steps.iter().all(|step| step.ok);
        let seconds = self.started.elapsed().as_secs_f64();
        let value = serde_json::json!({"v": 2, "ok": ok, "seconds": seconds, "steps": *steps});
        std::fs::write(&self.path, serde_json::to_vec_pretty(&value)?)?;
        Ok(())
    }
}
