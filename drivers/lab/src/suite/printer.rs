//! A printer behind the kernel's `usblp`.

use super::{PATIENCE, ROLE, Station, setup};
use crate::guest::{self, Places};
use crate::row::Rows;
use crate::usb::printer::{PAPER_OUT, READY, UsbPrinter};
use crate::vhci::Plugged;
use anyhow::{Result, bail, ensure};
use std::time::{Duration, Instant};
use tongban_device::fault::DeviceFault;
use tongban_device::message::{PrintEnd, PrintJob};
use tongban_device::state::{DeviceKind, DeviceState};
use tongban_hub::CancelToken;

const WORKER: &str = "tongban-worker";
/// A fault has to clear itself this soon after its cure.
const CLEARED: Duration = Duration::from_secs(5);

pub(super) fn usblp(places: &Places, rows: &mut Rows) -> Result<()> {
    guest::modules(&["vhci-hcd", "usblp"])?;
    let mut device = Plugged::new(UsbPrinter::new("MFG:TONGBAN;MDL:LAB-80;CLS:PRINTER;CMD:ESC/P;"), 6)?;
    let port = guest::node("/dev/usb", "lp")?.to_string_lossy().into_owned();
    let station = Station::new(places, setup(DeviceKind::DocumentPrinter, "usblp", &port))?;
    let traffic = {
        let counter = device.counter();
        move || counter.so_far()
    };
    let about = |case: &'static str| (WORKER, "usblp", case);
    rows.case(about("named by its IEEE 1284 id, prints"), &traffic, || prints(&station, &device));
    rows.case(about("paper out, paper in"), &traffic, || paper(&station, &device));
    rows.case(about("takes no more bytes"), &traffic, || stuck(&station, &device));
    rows.case(about("unplugged, plugged again"), &traffic, || unplugged(&station, &mut device));
    Ok(())
}

fn print(station: &Station, document: Vec<u8>, limit: Duration) -> Result<PrintEnd, DeviceFault> {
    let claim = station.hub.claim(ROLE, None)?;
    let job = PrintJob {
        job_name: "lab".to_owned(),
        document,
        media_type: "application/octet-stream".to_owned(),
        media: String::new(),
        copies: 1,
    };
    station.runtime.block_on(claim.print(job, limit, CancelToken::new(), |_| {}))
}

fn document() -> Vec<u8> {
    (0..20_000_u32).map(|at| u8::try_from(at % 251).unwrap_or(0)).collect()
}

fn prints(station: &Station, device: &Plugged<UsbPrinter>) -> Result<String> {
    let view = station.until(PATIENCE, DeviceState::Online)?;
    let model = view.evidence.get("model").cloned().unwrap_or_default();
    ensure!(model == "LAB-80", "calls itself {model}");
    let end = print(station, document(), PATIENCE)?;
    let paper = sheet(device)?;
    ensure!(paper == document(), "{} bytes arrived of {}", paper.len(), document().len());
    ensure!(!matches!(end, PrintEnd::NotPrinted { .. }), "said to be not printed");
    Ok(format!("{model}: {} bytes, {}", paper.len(), word(&end)))
}

/// What was printed, once the last of it is through: the kernel takes bytes before the printer does.
fn sheet(device: &Plugged<UsbPrinter>) -> Result<Vec<u8>> {
    let whole = |paper: &[u8]| paper.ends_with(&document()[document().len() - 512..]);
    let _late = guest::until(Duration::from_secs(2), "the sheet", || device.with(|p| whole(&p.paper)).then_some(()));
    Ok(device.with(|printer| std::mem::take(&mut printer.paper)))
}

fn word(end: &PrintEnd) -> &'static str {
    match end {
        PrintEnd::Done { .. } => "done",
        PrintEnd::NotPrinted { .. } => "not printed",
        PrintEnd::Unknown { .. } => "unknown",
    }
}

fn paper(station: &Station, device: &Plugged<UsbPrinter>) -> Result<String> {
    device.with(|printer| printer.status = PAPER_OUT);
    let begun = Instant::now();
    let view = station.until(CLEARED, DeviceState::UserError)?;
    let seen = begun.elapsed();
    device.with(|printer| printer.status = READY);
    let begun = Instant::now();
    station.until(CLEARED, DeviceState::Online)?;
    let cleared = begun.elapsed();
    print(station, document(), PATIENCE)?;
    let paper = sheet(device)?;
    ensure!(paper == document(), "{} bytes arrived afterwards", paper.len());
    let code = view.code.map_or("none", |code| code.as_str());
    Ok(format!("{code} seen after {} ms, cleared after {} ms", seen.as_millis(), cleared.as_millis()))
}

fn stuck(station: &Station, device: &Plugged<UsbPrinter>) -> Result<String> {
    device.with(|printer| printer.stuck = true);
    let limit = Duration::from_secs(4);
    let begun = Instant::now();
    let outcome = print(station, document(), limit);
    let took = begun.elapsed();
    device.with(|printer| printer.stuck = false);
    ensure!(took < limit + Duration::from_secs(3), "took {} ms", took.as_millis());
    let said = match outcome {
        Ok(end @ (PrintEnd::Unknown { .. } | PrintEnd::NotPrinted { .. })) => word(&end).to_owned(),
        Ok(PrintEnd::Done { .. }) => bail!("said to be done"),
        Err(fault) => fault.to_string(),
    };
    station.until(PATIENCE, DeviceState::Online)?;
    device.with(|printer| printer.paper.clear());
    print(station, document(), PATIENCE)?;
    let paper = sheet(device)?;
    ensure!(paper.ends_with(&document()), "the next document did not arrive whole");
    Ok(format!("ended after {} ms: {said}; next document whole", took.as_millis()))
}

fn unplugged(station: &Station, device: &mut Plugged<UsbPrinter>) -> Result<String> {
    let begun = Instant::now();
    device.pull();
    station.until(Duration::from_secs(1), DeviceState::NoDevice)?;
    let seen = begun.elapsed();
    let begun = Instant::now();
    device.plug()?;
    station.until(Duration::from_secs(5), DeviceState::Online)?;
    let back = begun.elapsed();
    print(station, document(), PATIENCE)?;
    Ok(format!("seen after {} ms, usable {} ms after the plug", seen.as_millis(), back.as_millis()))
}
