//! Steps 9 and 10 at the certificate window.

use crate::demo::report::Report;
use crate::demo::station::Station;
use crate::demo::walk::Done;
use crate::demo::world::World;
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(12);
const LATE: Duration = Duration::from_secs(40);
/// Blank taken from the operator's range.
const SERIAL: &str = "000123";

/// Makes the licence with paper-out on the way, and hands it over.
pub fn steps(world: &World, report: &Report, done: &Done) -> Result<()> {
    let station = Station::start(world, "certificate", false)?;
    let see = &station.inspector;
    see.wait_device("certificate-printer", "Online", Duration::from_secs(30))?;
    see.wait_online(true, Duration::from_secs(20))?;
    report.step(9, "licence", || make(world, &station, done))?;
    report.step(10, "hand over", || hand_over(world, &station))
}

fn make(world: &World, station: &Station, done: &Done) -> Result<serde_json::Value> {
    let (see, display) = (&station.inspector, &station.display);
    see.wait(&format!("certificate.job.{}", done.receipt), LATE)?;
    station.shot(world, "40-certificate-queue")?;
    see.touch(display, &format!("certificate.job.{}", done.receipt), SOON)?;
    see.wait("certificate.serial", SOON)?;
    station.shot(world, "41-certificate-check")?;
    world.printer("certificate").set_fault("media-empty")?;
    see.touch(display, "certificate.serial", SOON)?;
    display.keys(SERIAL)?;
    see.touch(display, "certificate.print", SOON)?;
    see.wait("certificate.waiting", LATE).context("paper-out is shown")?;
    station.shot(world, "42-certificate-paper-out")?;
    world.printer("certificate").set_fault("")?;
    see.wait("certificate.read-back", LATE).context("the job goes on by itself when there is paper")?;
    station.shot(world, "43-certificate-read-back")?;
    see.touch(display, "certificate.read-back", SOON)?;
    display.keys(SERIAL)?;
    see.touch(display, "certificate.confirm", SOON)?;
    see.wait("certificate.hand-over", LATE)?;
    station.shot(world, "44-certificate-ready")?;
    let sheets = world.printer("certificate").printed_sheets()?;
    ensure!(sheets.len() == 1, "{} sheets came out for one licence", sheets.len());
    std::fs::copy(&sheets[0], world.out.join("licence.pdf"))?;
    let hash = crate::demo::sha256(&world.out.join("licence.pdf"))?;
    Ok(json!({"spool_file": "licence.pdf", "pdf_sha256": hash, "serial": SERIAL, "sheets_printed": sheets.len()}))
}

fn hand_over(world: &World, station: &Station) -> Result<serde_json::Value> {
    let (see, display) = (&station.inspector, &station.display);
    let reader = world.reader("certificate");
    // Somebody else's card first: it is refused in words and nothing is handed over.
    see.touch(display, "certificate.hand-over", SOON)?;
    reader.say("put 王明")?;
    see.wait("certificate.fault", LATE).context("another person's card is refused")?;
    station.shot(world, "45-certificate-other-person")?;
    reader.say("take")?;
    see.touch(display, "certificate.hand-over", SOON)?;
    reader.say("put 陈建国")?;
    see.wait_screen("certificate.handed-over", LATE)?;
    station.shot(world, "46-certificate-handed-over")?;
    let evidence = reader.evidence(&world.out, "card-certificate")?;
    reader.say("take")?;
    Ok(evidence)
}
