//! The technician: every device with port, evidence, state and cure; the reader pulled and replaced without a restart.

use super::report::Report;
use super::station::Station;
use super::world::World;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(10);

/// Runs the technician's page.
pub fn run(world: &World, report: &Report) -> Result<()> {
    let station = Station::start(world, "technician", false)?;
    report.step(13, "technician", || replace_reader(world, &station))
}

fn replace_reader(world: &World, station: &Station) -> Result<Value> {
    let (see, display) = (&station.inspector, &station.display);
    let reader = world.reader("technician");
    see.wait_device("reader", "Online", Duration::from_secs(20))?;
    see.touch(display, "technician.device.reader", SOON)?;
    station.shot(world, "50-technician-devices")?;
    let program = station.process_id();
    let first = sam(see.texts()?)?;
    reader.say("unplug")?;
    let pulled = Instant::now();
    see.wait_device("reader", "NoDevice", SOON)?;
    let seen_ms = pulled.elapsed().as_millis();
    std::thread::sleep(Duration::from_millis(1_200));
    station.shot(world, "51-technician-unplugged")?;
    ensure!(seen_ms <= 5_000, "unplugging was seen after {seen_ms} ms");
    reader.say("plug")?;
    see.wait_device("reader", "Online", Duration::from_secs(20))?;
    reader.say("swap")?;
    std::thread::sleep(Duration::from_millis(500));
    see.wait_device("reader", "Online", Duration::from_secs(20))?;
    let deadline = Instant::now() + Duration::from_secs(20);
    let second = loop {
        let now = sam(see.texts()?).unwrap_or_default();
        if !now.is_empty() && now != first {
            break now;
        }
        ensure!(Instant::now() < deadline, "the new reader's SAM number does not appear");
        std::thread::sleep(Duration::from_millis(200));
    };
    station.shot(world, "52-technician-replaced")?;
    station.check()?;
    let after = station.process_id();
    ensure!(program.is_some() && program == after, "the program was restarted: {program:?}, {after:?}");
    Ok(json!({"unplug_seen_ms": seen_ms, "sam_before": first, "sam_after": second, "process": after}))
}

/// The SAM number on screen: digits with points and dashes.
fn sam(texts: Vec<String>) -> Result<String> {
    let is_sam = |text: &&String| {
        text.matches('-').count() >= 2 && text.contains('.') && text.chars().filter(char::is_ascii_digit).count() > 15
    };
    texts.iter().find(is_sam).cloned().context("no SAM number on screen")
}
