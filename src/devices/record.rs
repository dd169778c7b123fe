//! Recording a device's line in a hall, and playing it at a desk.
#![allow(clippy::print_stdout, reason = "what the person asked for on the command line is answered there")]

use super::{program, selected, signed};
use crate::config::Config;
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tongban_device::fault::DeviceFault;
use tongban_device::message::Setup;
use tongban_device::state::DeviceKind;
use tongban_hub::{Binding, CancelToken, Hub, HubConfig};

const ROLE: &str = "recorded";
/// Name of the file in the worker's folder (`drivers/worker/src/recording.rs`).
const FILE: &str = "recording.jsonl";
const OPTION: &str = "record";

pub(super) fn run(
    config: &Config,
    selector: &str,
    seconds: u64,
    content: Option<(String, String)>,
    out: &Path,
) -> Result<()> {
    let mut setup = selected(config, selector)?;
    let wish = match content {
        None => "lengths".to_owned(),
        Some((technician, reason)) => {
            if technician.trim().is_empty() || reason.trim().is_empty() {
                bail!("content is kept only for a named technician and a stated reason");
            }
            let statement = format!("{technician}\n{reason}\n{}\n{}", setup.driver, setup.port);
            let (signature, _) = signed::sign(config, statement.as_bytes())?;
            println!("the recording will hold what cards and fingers say: keep it as you would keep the cards");
            json!({"technician": technician, "reason": reason, "signature": signature}).to_string()
        }
    };
    setup.options.insert(OPTION.to_owned(), wish);
    let hub = Hub::start(HubConfig {
        worker: program(config, "tongban-worker")?,
        vision: program(config, "tongban-vision")?,
        bindings: vec![Binding { role: ROLE.to_owned(), setup: setup.clone(), required: true }],
        spawn_env: vec![("RUST_LOG".to_owned(), "warn".to_owned())],
    })?;
    use_device(&hub, &setup, Duration::from_secs(seconds))?;
    // The worker's folder goes with the worker: the recording is taken out while it runs.
    let recording = hub.folder(ROLE).map_err(|fault| anyhow::anyhow!("{fault}"))?.join(FILE);
    let bytes = std::fs::read(&recording).context("the worker recorded nothing")?;
    super::write_private(out, &bytes)?;
    println!("{} lines in {}", bytes.iter().filter(|byte| **byte == b'\n').count(), out.display());
    Ok(())
}

/// Works with the device as the terminal would, so that there is something to record.
fn use_device(hub: &Hub, setup: &Setup, limit: Duration) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let until = Instant::now() + limit;
    println!("recording for {} s", limit.as_secs());
    while Instant::now() < until {
        let left = until.saturating_duration_since(Instant::now());
        let claim = hub.claim(ROLE, None).map_err(|fault| anyhow::anyhow!("{fault}"))?;
        let outcome: Result<(), DeviceFault> = match setup.kind {
            DeviceKind::IdCardReader => {
                runtime.block_on(claim.read_card(left, CancelToken::new(), |_| {})).map(|read| {
                    println!("a card was read, {} bytes", read.line_bytes);
                })
            }
            DeviceKind::FingerprintScanner => {
                runtime.block_on(claim.capture_finger(1, left, CancelToken::new(), |_| {})).map(|image| {
                    println!("a print was taken, quality {}", image.quality);
                })
            }
            _ => runtime.block_on(claim.check(left)).map(drop),
        };
        if let Err(fault) = outcome {
            println!("{} {fault}", fault.code().as_str());
        }
        std::thread::sleep(Duration::from_millis(300).min(until.saturating_duration_since(Instant::now())));
    }
    Ok(())
}

pub(super) fn replay(config: &Config, file: &Path) -> Result<()> {
    let file = std::path::absolute(file)?;
    let status = Command::new(program(config, "tongban-worker")?).arg("--replay").arg(&file).status()?;
    if status.success() { Ok(()) } else { bail!("the recording does not play as it was made") }
}
