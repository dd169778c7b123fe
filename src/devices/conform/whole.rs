//! The suite for devices without a line of bytes (cameras, network and class printers, smart cards,
//! pads, scanners that type): through hub and worker, as the terminal uses them.
//!
//! Bytes counted are those of pictures, codes, answers and states that came back; a row without
//! any fails, as everywhere.

use super::super::program;
use super::asked;
use crate::config::Config;
use anyhow::{Context, Result, anyhow, ensure};
use serde_json::{Value, json};
use std::cell::Cell;
use std::time::{Duration, Instant};
use tongban_device::fault::DeviceFault;
use tongban_device::hall::CardBytes;
use tongban_device::message::Setup;
use tongban_device::state::{DeviceKind, DeviceState};
use tongban_hub::{Binding, CancelToken, Claim, Hub, HubConfig};

const ROLE: &str = "under-test";
/// For the device to come up, and for a call that should succeed.
const PATIENCE: Duration = Duration::from_secs(20);
/// For a call that waits in vain, and how far it may run over.
const VAIN: Duration = Duration::from_secs(2);
const SLACK: Duration = Duration::from_secs(2);
/// Live pictures that have to come, of as many.
const PICTURES: u64 = 30;
/// How often they are tried.
const GOES: u32 = 3;
/// How often what the device is there for is done.
const TIMES: u32 = 3;

struct Bench<'a> {
    setup: &'a Setup,
    hub: Hub,
    runtime: tokio::runtime::Runtime,
    bytes: Cell<usize>,
    rows: Vec<Value>,
}

/// Runs it; a report of the same form as the other suite's.
pub(super) fn run(config: &Config, setup: &Setup, full: bool) -> Result<Value> {
    let hub = Hub::start(HubConfig {
        worker: program(config, "tongban-worker")?,
        vision: program(config, "tongban-vision")?,
        bindings: vec![Binding { role: ROLE.to_owned(), setup: setup.clone(), required: true }],
        spawn_env: vec![("RUST_LOG".to_owned(), "off".to_owned()), ("TONGBAN_LOG".to_owned(), "off".to_owned())],
    })
    .context("starting the device hub")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut bench = Bench { setup, hub, runtime, bytes: Cell::new(0), rows: Vec::new() };
    let begun = Instant::now();
    if bench.row("open", "happy", 1, |bench| bench.until(DeviceState::Online)) {
        bench.row("work", "happy", TIMES, Bench::work);
        bench.row("health", "happy", TIMES, Bench::health);
        bench.row("reset", "happy", 1, Bench::reset);
        if matches!(setup.kind, DeviceKind::DocumentCamera | DeviceKind::FaceCamera) {
            bench.row("live", "happy", 1, Bench::live);
        }
        if waits_for_a_person(setup.kind) {
            bench.row("work", "no-media", 1, Bench::in_vain);
            bench.row("work", "cancel", 1, Bench::cancelled);
        }
        bench.row("work", "busy", 1, Bench::busy);
        if full {
            bench.row("work", "unplug", 1, Bench::replugged);
        }
        bench.row("work", "recover", 1, |bench| bench.killed().and_then(|()| bench.work()));
    }
    let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(json!({"v": 1, "seed": 0, "rows": bench.rows, "ms": ms}))
}

/// Something has to be held before it.
fn waits_for_a_person(kind: DeviceKind) -> bool {
    matches!(
        kind,
        DeviceKind::IdCardReader
            | DeviceKind::FingerprintScanner
            | DeviceKind::CodeScanner
            | DeviceKind::SmartCardReader
            | DeviceKind::SignaturePad
    )
}

fn said(fault: &DeviceFault) -> anyhow::Error {
    anyhow!("{fault}")
}

impl Bench<'_> {
    /// Runs one case so many times; true when it passed.
    fn row(&mut self, dialog: &str, case: &str, runs: u32, act: impl Fn(&Self) -> Result<()>) -> bool {
        self.bytes.set(0);
        let failures: Vec<String> =
            (0..runs).filter_map(|_| act(self).err().map(|error| format!("{error:#}"))).collect();
        let bytes = self.bytes.get();
        let passed = failures.is_empty() && bytes > 0;
        self.rows.push(json!({
            "family": self.setup.kind, "driver": self.setup.driver, "transport": "whole",
            "dialog": dialog, "case": case, "runs": runs, "bytes_in": bytes, "bytes_out": 0, "unseen": 0,
            "failed": failures.len(), "failures": failures, "absent": null,
        }));
        passed
    }

    fn count(&self, bytes: usize) {
        self.bytes.set(self.bytes.get() + bytes);
    }

    fn claim(&self) -> Result<Claim> {
        self.hub.claim(ROLE, None).map_err(|fault| said(&fault))
    }

    fn until(&self, wanted: DeviceState) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let view = self.hub.devices().into_iter().next().context("no device")?;
            if view.state == wanted {
                self.count(view.evidence.iter().map(|(name, text)| name.len() + text.len()).sum());
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "{:?} {:?}, not {wanted:?}", view.state, view.code);
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What the device is there for; printers are asked and print nothing.
    fn work(&self) -> Result<()> {
        let stage = match self.setup.kind {
            DeviceKind::CodeScanner => "code",
            DeviceKind::SignaturePad => "sign",
            DeviceKind::SmartCardReader => "chip",
            DeviceKind::IdCardReader | DeviceKind::FingerprintScanner => "media",
            _ => "",
        };
        ensure!(stage.is_empty() || asked(stage)?, "nobody is there");
        self.count(self.worked(PATIENCE, CancelToken::new()).map_err(|fault| said(&fault))?);
        Ok(())
    }

    /// The bytes that came of it.
    fn worked(&self, within: Duration, cancel: CancelToken) -> Result<usize, DeviceFault> {
        let claim = self.hub.claim(ROLE, None)?;
        self.runtime.block_on(async {
            Ok(match self.setup.kind {
                DeviceKind::DocumentCamera | DeviceKind::FaceCamera => claim.still(within, cancel).await?.jpeg.len(),
                DeviceKind::IdCardReader => {
                    let card = claim.read_card(within, cancel, |_| {}).await?;
                    card.text_raw.len() + card.photo_wlt.len()
                }
                DeviceKind::FingerprintScanner => claim.capture_finger(1, within, cancel, |_| {}).await?.pixels.len(),
                DeviceKind::CodeScanner => claim.scan_code(within, cancel).await?.bytes().len(),
                DeviceKind::SignaturePad => claim.sign(within, cancel).await?.strokes.iter().map(Vec::len).sum(),
                DeviceKind::SmartCardReader => {
                    let reset = claim.connect_smart_card(within, cancel).await?;
                    // ISO/IEC 7816-4: SELECT the master file; nothing on the card is changed.
                    let select = CardBytes::new(vec![0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00]);
                    let answer = claim.smart_card(select, within).await?;
                    claim.release_smart_card(within).await?;
                    reset.bytes().len() + answer.bytes().len()
                }
                _ => claim.check(within).await?.iter().map(|(name, text)| name.len() + text.len()).sum(),
            })
        })
    }

    fn health(&self) -> Result<()> {
        let told = self.runtime.block_on(self.claim()?.check(PATIENCE)).map_err(|fault| said(&fault))?;
        self.count(told.iter().map(|(name, text)| name.len() + text.len()).sum());
        Ok(())
    }

    fn reset(&self) -> Result<()> {
        self.runtime.block_on(self.claim()?.reset(PATIENCE)).map_err(|fault| said(&fault))?;
        self.until(DeviceState::Online)
    }

    /// Thirty live pictures without one dropped on the way, in one of three goes: a machine that is busy with
    /// something else is no fault of the camera.
    fn live(&self) -> Result<()> {
        let mut outcome = self.thirty();
        for _ in 1..GOES {
            if outcome.is_ok() {
                break;
            }
            outcome = self.thirty();
        }
        outcome
    }

    fn thirty(&self) -> Result<()> {
        let before = self.dropped()?;
        let mut frames = self.hub.preview(ROLE, 15);
        let deadline = Instant::now() + PATIENCE;
        let (mut first, mut last) = (None, 0);
        while first.is_none_or(|first| last + 1 - first < PICTURES) {
            let left = deadline.saturating_duration_since(Instant::now());
            let came = self.runtime.block_on(async { tokio::time::timeout(left, frames.changed()).await });
            ensure!(
                matches!(came, Ok(Ok(()))),
                "{} of {PICTURES} live pictures",
                first.map_or(0, |first| last + 1 - first)
            );
            if let Some(frame) = frames.borrow_and_update().as_ref() {
                self.count(frame.pixels.len());
                // A worker that was replaced counts from the beginning.
                first = first.filter(|_| frame.seq > last).or(Some(frame.seq));
                last = frame.seq;
            }
        }
        let dropped = self.dropped()?.saturating_sub(before);
        ensure!(dropped == 0, "{dropped} pictures dropped beside {PICTURES}");
        Ok(())
    }

    /// Pictures the worker had no room for since it was started.
    fn dropped(&self) -> Result<u64> {
        let told = self.runtime.block_on(self.claim()?.check(PATIENCE)).map_err(|fault| said(&fault))?;
        told.get("frames-dropped").and_then(|text| text.parse().ok()).context("the worker does not count what it drops")
    }

    fn in_vain(&self) -> Result<()> {
        ensure!(asked("no-media")?, "nobody is there");
        let begun = Instant::now();
        let end = self.worked(VAIN, CancelToken::new());
        ensure!(end == Err(DeviceFault::NoMedia), "without anything before it: {end:?}");
        ensure!(begun.elapsed() < VAIN + SLACK, "over time: {} ms", begun.elapsed().as_millis());
        self.until(DeviceState::Online)
    }

    fn cancelled(&self) -> Result<()> {
        let (cancel, begun) = (CancelToken::new(), Instant::now());
        let raise = cancel.clone();
        let raiser = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(400));
            raise.cancel();
        });
        let end = self.worked(PATIENCE, cancel);
        ensure!(raiser.join().is_ok(), "the cancel was not raised");
        ensure!(end == Err(DeviceFault::Cancelled), "given up: {end:?}");
        ensure!(begun.elapsed() < SLACK, "seen after {} ms", begun.elapsed().as_millis());
        self.until(DeviceState::Online)
    }

    /// Who comes second is told busy, and the first goes on.
    fn busy(&self) -> Result<()> {
        let first = self.claim()?;
        ensure!(matches!(self.hub.claim(ROLE, None), Err(DeviceFault::Busy)), "claimed twice");
        drop(first);
        self.health()
    }

    fn replugged(&self) -> Result<()> {
        ensure!(asked("pull")?, "nobody is there");
        self.until(DeviceState::NoDevice).or_else(|_| self.until(DeviceState::Offline))?;
        ensure!(asked("plug")?, "nobody is there");
        self.until(DeviceState::Online)
    }

    /// Its worker killed: another one has the device again.
    fn killed(&self) -> Result<()> {
        let pid = self.hub.devices().first().and_then(|view| view.worker_pid).context("no worker")?;
        let process = rustix::process::Pid::from_raw(i32::try_from(pid)?).context("no process id")?;
        rustix::process::kill_process(process, rustix::process::Signal::KILL)?;
        let deadline = Instant::now() + PATIENCE;
        while self.hub.devices().first().is_none_or(|view| view.worker_pid.is_none_or(|now| now == pid)) {
            ensure!(Instant::now() < deadline, "no other worker came");
            std::thread::sleep(Duration::from_millis(20));
        }
        self.until(DeviceState::Online)
    }
}
