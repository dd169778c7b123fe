//! The conformance suite on the drivers, with the real kernel on the line.

use super::reader::WithSam;
use crate::guest::{self, Places};
use crate::row::{Row, Rows};
use crate::usb::acm::AcmPort;
use crate::usb::bulk::BulkReader;
use crate::usb::hid::HidReader;
use crate::vhci::Plugged;
use anyhow::{Context, Result};
use std::time::Duration;
use tongban_conformance::{
    Dialog, Family, LinkRig, Offsets, Plan, Report, Stage, Tamper, Traits, frames, run, subject,
};
use tongban_device::control::{CancelFlag, OpControl};
use tongban_device::driver::Device;
use tongban_device::fault::DeviceFault;
use tongban_device::transport::ByteLink;
use tongban_id_card::photo::NoDecoder;
use tongban_id_card::{SamReader, Timings};
use tongban_sim::SamPeer;
use tongban_sim::card::Card;
use tongban_sim::people;
use tongban_transport::{HidrawLink, SerialLink, UsbBulkLink};

const SEED: u64 = 0x74_6F_6E_67;
/// Gaps short enough for a run of hundreds of broken dialogues.
const TIMINGS: Timings = Timings {
    find_pause: Duration::from_millis(20),
    answer: Duration::from_millis(250),
    read: Duration::from_millis(600),
    gap: Duration::from_millis(80),
};

pub(super) fn bulk(_places: &Places, rows: &mut Rows) -> Result<()> {
    guest::modules(&["vhci-hcd"])?;
    let device = Plugged::new(BulkReader::new(SamPeer::new(7), false), 0)?;
    let port = format!("usb:0400:c35a@{}", device.path()?);
    conforms(rows, ("sam-usb", "usb-bulk"), &device, || {
        port.parse().and_then(|port| UsbBulkLink::open(&port)).map(boxed)
    })
}

pub(super) fn hid(_places: &Places, rows: &mut Rows) -> Result<()> {
    guest::modules(&["vhci-hcd", "usbhid", "hid-generic"])?;
    let device = Plugged::new(HidReader::new(SamPeer::new(7)), 1)?;
    let port = guest::node("/dev", "hidraw")?.to_string_lossy().into_owned();
    conforms(rows, ("sam-hid", "hidraw"), &device, || HidrawLink::open(&port).map(boxed))
}

pub(super) fn acm(_places: &Places, rows: &mut Rows) -> Result<()> {
    guest::modules(&["vhci-hcd", "cdc-acm"])?;
    let device = Plugged::new(AcmPort::new(SamPeer::new(7), (0x1A86, 0x55D4)), 2)?;
    let port = guest::node("/dev/serial/by-path", "")?.to_string_lossy().into_owned();
    conforms(rows, ("sam-serial", "cdc-acm"), &device, || SerialLink::open(&port, 115_200).map(boxed))
}

fn boxed<L: ByteLink + 'static>(link: L) -> Box<dyn ByteLink> {
    Box::new(link)
}

fn conforms<F: WithSam>(
    rows: &mut Rows,
    names: (&str, &str),
    device: &Plugged<F>,
    open: impl Fn() -> Result<Box<dyn ByteLink>, tongban_device::transport::LinkError>,
) -> Result<()> {
    // The kernel takes a moment to know it.
    guest::until(Duration::from_secs(5), "the device", || open().ok())?;
    let card = Card::of(people::all().first().context("nobody")?);
    // What follows a frame up to the end of its report is padding.
    let frames = if names.0 == "sam-hid" { frames::sam_in_reports } else { frames::sam };
    let traits = Traits { checked: true, skips_noise: true, frames, holds: frames::sam_holds };
    let opened = |tamper: &Tamper| -> Result<Box<dyn subject::Subject>, DeviceFault> {
        let mut reader = SamReader::new(tamper.on(open()?), TIMINGS, Box::new(NoDecoder));
        let mut silent = |_| {};
        reader.reset(&mut OpControl::new(Duration::from_secs(2), CancelFlag::new(), &mut silent))?;
        Ok(Box::new(subject::Card(Box::new(reader))))
    };
    let staged = |stage: Stage| {
        device.with(|function| match stage {
            Stage::Media => function.sam().put(card.clone()),
            Stage::NoMedia => function.sam().take(),
            Stage::Replug => function.power_off(),
        });
        Ok(())
    };
    let mut rig = LinkRig::new(Family::IdCardReader, names, traits, opened, staged);
    // Every case at every frame takes an hour in an emulated machine: the long run only. Otherwise
    // every boundary is visited with one of the cases; what is in all three lines alike, on one.
    let long = std::env::var_os("TONGBAN_LONG").is_some();
    let offsets = if long {
        Offsets::Frames { drawn: 64, dealt: true, most: 64 }
    } else {
        Offsets::Dealt { drawn: 64, most: 64 }
    };
    let mut plan = Plan::new(offsets, SEED);
    plan.deep_every = 8;
    if !long && names.0 != "sam-usb" {
        plan.dialogs = vec![Dialog::Open, Dialog::Work];
    }
    keep(rows, &run(&mut rig, &plan));
    Ok(())
}

/// A row for each row of the report.
fn keep(rows: &mut Rows, report: &Report) {
    let rows_run = report.rows.iter().filter(|row| row.absent.is_none());
    let each = report.ms / u64::try_from(rows_run.clone().count().max(1)).unwrap_or(1);
    for row in rows_run {
        rows.push(&Row {
            binary: format!("{} driver", row.driver),
            transport: row.transport.clone(),
            case: format!("conformance, {}: {}", row.dialog.name(), row.case.name()),
            to_host: row.bytes_in,
            from_host: row.bytes_out,
            ok: row.passed(),
            ms: each,
            note: if row.passed() { format!("{} runs", row.runs) } else { row.failures.join("; ") },
        });
    }
}
