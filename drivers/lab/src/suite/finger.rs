//! The EF01 module behind a CDC-ACM port.

use super::{PATIENCE, ROLE, Station, setup};
use crate::guest::{self, Places};
use crate::row::Rows;
use crate::usb::acm::AcmPort;
use crate::vhci::Plugged;
use anyhow::{Context, Result, bail, ensure};
use std::time::{Duration, Instant};
use tongban_device::fault::DeviceFault;
use tongban_device::message::FingerImage;
use tongban_device::state::{DeviceKind, DeviceState};
use tongban_hub::CancelToken;
use tongban_sim::Ef01Peer;
use tongban_sim::fault::{Fault, Moment, Wrong};
use tongban_sim::peer::Peer;
use tongban_sim::people;

const WORKER: &str = "tongban-worker";

pub(super) fn acm(places: &Places, rows: &mut Rows) -> Result<()> {
    guest::modules(&["vhci-hcd", "cdc-acm"])?;
    let mut device = Plugged::new(AcmPort::new(Ef01Peer::new(), (0x0483, 0x5740)), 5)?;
    let port = guest::node("/dev/serial/by-path", "")?.to_string_lossy().into_owned();
    let station = Station::new(places, setup(DeviceKind::FingerprintScanner, "ef01-serial", &port))?;
    let traffic = {
        let counter = device.counter();
        move || counter.so_far()
    };
    let about = |case: &'static str| (WORKER, "cdc-acm", case);
    rows.case(about("comes up at its fast speed"), &traffic, || {
        station.until(PATIENCE, DeviceState::Online)?;
        let baud = device.with(|port| port.baud());
        ensure!(baud == 115_200, "line at {baud}");
        Ok(format!("line at {baud}"))
    });
    rows.case(about("takes a print"), &traffic, || captures(&station, &device).map(|image| told(&image)));
    rows.case(about("unplugged in the middle of the image"), &traffic, || unplugged(&station, &mut device));
    Ok(())
}

/// Presses a finger; its picture is drawn here and now, since drawing takes longer in an emulated
/// machine than a module may take to answer.
fn press(port: &mut AcmPort<Ef01Peer>, person: &people::Person) {
    /// Take an image (EF01 instruction 01).
    const TAKE: [u8; 12] = [0xEF, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 0x00, 0x03, 0x01, 0x00, 0x05];
    port.peer.press(person);
    let _answer = port.peer.receive(&TAKE);
}

fn capture(station: &Station) -> Result<FingerImage, DeviceFault> {
    let claim = station.hub.claim(ROLE, None)?;
    station.runtime.block_on(claim.capture_finger(1, Duration::from_secs(25), CancelToken::new(), |_| {}))
}

fn captures(station: &Station, device: &Plugged<AcmPort<Ef01Peer>>) -> Result<FingerImage> {
    let person = people::all().first().context("nobody")?;
    device.with(|port| press(port, person));
    let image = capture(station)?;
    device.with(|port| port.peer.lift());
    ensure!(image.pixels.len() == (image.width * image.height) as usize, "not a whole image");
    Ok(image)
}

fn told(image: &FingerImage) -> String {
    format!("{}x{}, quality {}", image.width, image.height, image.quality)
}

fn unplugged(station: &Station, device: &mut Plugged<AcmPort<Ef01Peer>>) -> Result<String> {
    let person = people::all().first().context("nobody")?;
    device.with(|port| {
        press(port, person);
        port.peer.script.arm(Fault::once(Wrong::Unplug(9000), Moment::Read));
    });
    match capture(station) {
        Err(DeviceFault::Unplugged | DeviceFault::NoDevice) => {}
        other => bail!("ended with {:?}", other.map(|image| told(&image))),
    }
    station.until(Duration::from_secs(1), DeviceState::NoDevice)?;
    device.with(|port| {
        port.power_off();
        port.peer.script.clear();
        port.peer.lift();
    });
    let begun = Instant::now();
    device.plug()?;
    station.until(Duration::from_secs(5), DeviceState::Online)?;
    let back = begun.elapsed();
    captures(station, device)?;
    Ok(format!("usable {} ms after the plug", back.as_millis()))
}
