//! The SAM reader on every transport, through hub and worker as in the terminal.

use super::{PATIENCE, ROLE, Station, setup};
use crate::guest::{self, Places};
use crate::row::Rows;
use crate::usb::acm::AcmPort;
use crate::usb::bulk::BulkReader;
use crate::usb::hid::HidReader;
use crate::vhci::{Function, Plugged};
use anyhow::{Context, Result, bail, ensure};
use std::time::{Duration, Instant};
use tongban_device::fault::DeviceFault;
use tongban_device::message::{CardRead, Setup};
use tongban_device::state::{DeviceKind, DeviceState};
use tongban_hub::CancelToken;
use tongban_sim::SamPeer;
use tongban_sim::card::Card;
use tongban_sim::fault::{Fault, Moment, Wrong};
use tongban_sim::people;

const WORKER: &str = "tongban-worker";
const SERIAL: u32 = 4711;
/// An unplugged reader has to show within this.
const SEEN: Duration = Duration::from_secs(1);
/// A plugged one has to be usable within this.
const USABLE: Duration = Duration::from_secs(5);
/// A crashed worker has to be replaced within this.
const RECOVERED: Duration = Duration::from_secs(2);

/// A device with a SAM in it.
pub(crate) trait WithSam: Function {
    fn sam(&mut self) -> &mut SamPeer;
    fn power_off(&mut self);
}

impl WithSam for BulkReader<SamPeer> {
    fn sam(&mut self) -> &mut SamPeer {
        &mut self.peer
    }

    fn power_off(&mut self) {
        BulkReader::power_off(self);
    }
}

impl WithSam for HidReader<SamPeer> {
    fn sam(&mut self) -> &mut SamPeer {
        &mut self.peer
    }

    fn power_off(&mut self) {
        HidReader::power_off(self);
    }
}

impl WithSam for AcmPort<SamPeer> {
    fn sam(&mut self) -> &mut SamPeer {
        &mut self.peer
    }

    fn power_off(&mut self) {
        AcmPort::power_off(self);
    }
}

pub(super) fn bulk(places: &Places, rows: &mut Rows) -> Result<()> {
    guest::modules(&["vhci-hcd"])?;
    let device = Plugged::new(BulkReader::new(SamPeer::new(SERIAL), false), 0)?;
    let port = format!("usb:0400:c35a@{}", device.path()?);
    run(places, rows, "usb-bulk", device, &setup(DeviceKind::IdCardReader, "sam-usb", &port))
}

/// Times the reader is plugged and pulled.
const CYCLES: usize = 50;

/// Open files, threads and resident kilobytes of a process.
fn holdings(pid: u32) -> Result<(usize, usize, u64)> {
    let count = |name: &str| -> Result<usize> { Ok(std::fs::read_dir(format!("/proc/{pid}/{name}"))?.count()) };
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
    Ok((count("fd")?, count("task")?, resident.trim().trim_end_matches(" kB").parse()?))
}

pub(super) fn cycles(places: &Places, rows: &mut Rows) -> Result<()> {
    guest::modules(&["vhci-hcd"])?;
    let mut device = Plugged::new(BulkReader::new(SamPeer::new(SERIAL), false), 0)?;
    let port = format!("usb:0400:c35a@{}", device.path()?);
    let station = Station::new(places, setup(DeviceKind::IdCardReader, "sam-usb", &port))?;
    let counter = device.counter();
    rows.case(
        (WORKER, "usb-bulk", "fifty times plugged and pulled"),
        move || counter.so_far(),
        || {
            station.until(PATIENCE, DeviceState::Online)?;
            // The first plug keeps udev busy for a while; nobody pulls within it.
            guest::settle();
            let pid = station.view()?.worker_pid.context("no worker")?;
            let mut early = None;
            let (mut seen, mut usable) = (Duration::ZERO, Duration::ZERO);
            for cycle in 0..CYCLES {
                let begun = Instant::now();
                device.pull();
                station.until(SEEN, DeviceState::NoDevice)?;
                seen = seen.max(begun.elapsed());
                device.with(WithSam::power_off);
                let begun = Instant::now();
                device.plug()?;
                station.until(USABLE, DeviceState::Online)?;
                usable = usable.max(begun.elapsed());
                if cycle == 5 {
                    early = Some(holdings(pid)?);
                }
            }
            ensure!(station.view()?.worker_pid == Some(pid), "the worker did not live through it");
            let (early, late) = (early.context("too few cycles")?, holdings(pid)?);
            ensure!((early.0, early.1) == (late.0, late.1), "files and threads: {early:?}, then {late:?}");
            ensure!(late.2 < early.2 + 2048, "memory: {} kB, then {} kB", early.2, late.2);
            reads(&station, &device)?;
            let (seen, usable) = (seen.as_millis(), usable.as_millis());
            Ok(format!(
                "seen within {seen} ms, usable within {usable} ms; worker {early:?} -> {late:?} (files, threads, kB)"
            ))
        },
    );
    Ok(())
}

/// The rules shipped with the installer, as a user of the group and as one without it.
pub(super) fn rights(places: &Places, rows: &mut Rows) -> Result<()> {
    use std::os::unix::process::CommandExt;
    guest::modules(&["vhci-hcd"])?;
    let rules = std::path::Path::new("/run/udev/rules.d/70-tongban.rules");
    let udev = |verb: &[&str]| std::process::Command::new("/usr/bin/udevadm").args(verb).status();
    let ask = |port: &str| -> Result<String> {
        let mut asker = std::process::Command::new(places.program("tongban-lab"));
        asker.args(["ask", "sam-usb", port]).env("TMPDIR", "/tmp").uid(990).gid(990);
        Ok(String::from_utf8_lossy(&asker.output()?.stdout).trim().to_owned())
    };
    let _ = std::process::Command::new("/bin/chmod").args(["1777", "/tmp"]).status();
    // As on a machine where nobody installed the rules.
    let kept = std::fs::read(rules)?;
    std::fs::remove_file(rules)?;
    udev(&["control", "--reload"])?;
    let device = Plugged::new(BulkReader::new(SamPeer::new(SERIAL), false), 0)?;
    let port = format!("usb:0400:c35a@{}", device.path()?);
    guest::settle();
    let counter = device.counter();
    rows.case(
        (WORKER, "usb-bulk", "no permission, cured by the rule"),
        move || counter.so_far(),
        || {
            let before = ask(&port)?;
            ensure!(before.starts_with("Denied"), "without the rule: {before}");
            ensure!(before.contains("ATTR{idProduct}==\"c35a\""), "the cure is not named: {before}");
            std::fs::write(rules, &kept)?;
            udev(&["control", "--reload"])?;
            udev(&["trigger", "--action=add", "--subsystem-match=usb"])?;
            guest::settle();
            let after = ask(&port)?;
            ensure!(after.starts_with("Online"), "with the rule: {after}");
            Ok("denied with its cure; online with the rule installed".to_owned())
        },
    );
    Ok(())
}

pub(super) fn split(places: &Places, rows: &mut Rows) -> Result<()> {
    guest::modules(&["vhci-hcd"])?;
    let device = Plugged::new(BulkReader::new(SamPeer::new(SERIAL), true), 0)?;
    let port = format!("usb:0400:c35a@{}", device.path()?);
    run(places, rows, "usb-split", device, &setup(DeviceKind::IdCardReader, "sam-usb", &port))
}

pub(super) fn hid(places: &Places, rows: &mut Rows) -> Result<()> {
    guest::modules(&["vhci-hcd", "usbhid", "hid-generic"])?;
    let device = Plugged::new(HidReader::new(SamPeer::new(SERIAL)), 1)?;
    let port = guest::node("/dev", "hidraw")?;
    run(places, rows, "hidraw", device, &setup(DeviceKind::IdCardReader, "sam-hid", &port.to_string_lossy()))
}

pub(super) fn acm(places: &Places, rows: &mut Rows) -> Result<()> {
    guest::modules(&["vhci-hcd", "cdc-acm"])?;
    let device = Plugged::new(AcmPort::new(SamPeer::new(SERIAL), (0x1A86, 0x55D4)), 2)?;
    let port = guest::node("/dev/serial/by-path", "")?;
    run(places, rows, "cdc-acm", device, &setup(DeviceKind::IdCardReader, "sam-serial", &port.to_string_lossy()))
}

fn run<F: WithSam>(
    places: &Places,
    rows: &mut Rows,
    transport: &str,
    mut device: Plugged<F>,
    setup: &Setup,
) -> Result<()> {
    let station = Station::new(places, setup.clone())?;
    let traffic = {
        let counter = device.counter();
        move || counter.so_far()
    };
    let about = |case: &'static str| (WORKER, transport, case);
    rows.case(about("comes up and names its SAM"), &traffic, || comes_up(&station, &device));
    rows.case(about("reads a card"), &traffic, || reads(&station, &device).map(|read| told(&read)));
    rows.case(about("a flipped byte is not a card"), &traffic, || {
        survives(&station, &device, Wrong::FlipByte(Some(700)))
    });
    rows.case(about("half an answer, then silence"), &traffic, || survives(&station, &device, Wrong::Short(900)));
    rows.case(about("a second program is told busy"), &traffic, || busy(places, &station, &device, setup));
    rows.case(about("unplugged in the middle, plugged again"), &traffic, || {
        unplugged_in_the_middle(&station, &mut device)
    });
    rows.case(about("unplugged when idle, plugged again"), &traffic, || unplugged_idle(&station, &mut device));
    rows.case(about("worker killed"), &traffic, || killed(&station, &device));
    Ok(())
}

fn comes_up<F: WithSam>(station: &Station, device: &Plugged<F>) -> Result<String> {
    let begun = Instant::now();
    let view = station.until(PATIENCE, DeviceState::Online)?;
    let sam = view.evidence.get("sam_id").cloned().unwrap_or_default();
    let real = device.with(|function| function.sam().sam_id());
    ensure!(sam == real, "says {sam}, is {real}");
    Ok(format!("{sam} after {} ms", begun.elapsed().as_millis()))
}

fn put<F: WithSam>(device: &Plugged<F>) -> Result<String> {
    let person = people::all().first().context("nobody")?;
    device.with(|function| function.sam().put(Card::of(person)));
    Ok(person.number.clone())
}

fn read(station: &Station, wait: Duration) -> Result<CardRead, DeviceFault> {
    let claim = station.hub.claim(ROLE, None)?;
    station.runtime.block_on(claim.read_card(wait, CancelToken::new(), |_| {}))
}

/// Puts a card and reads it, asking again as a person would be.
fn reads<F: WithSam>(station: &Station, device: &Plugged<F>) -> Result<CardRead> {
    let number = put(device)?;
    let read = read(station, PATIENCE)?;
    device.with(|function| function.sam().take());
    ensure!(read.facts.number == number, "another card was read");
    ensure!(read.photo_wlt.len() == 1024 && read.fingerprint.len() == 1024, "not the whole card");
    Ok(read)
}

fn told(read: &CardRead) -> String {
    format!("{} bytes, layout {}", read.line_bytes, read.layout)
}

fn survives<F: WithSam>(station: &Station, device: &Plugged<F>, wrong: Wrong) -> Result<String> {
    put(device)?;
    device.with(|function| function.sam().script.arm(Fault::once(wrong, Moment::Read)));
    let outcome = read(station, PATIENCE);
    let said = match outcome {
        // The driver may have asked once more on its own.
        Ok(read) => format!("read after asking again, {} bytes", read.line_bytes),
        Err(fault @ (DeviceFault::Retry(_) | DeviceFault::Protocol(_) | DeviceFault::Timeout(_))) => fault.to_string(),
        Err(other) => bail!("{other}"),
    };
    let waiting = device.with(|function| function.sam().script.waiting());
    ensure!(waiting == 0, "the fault was never played");
    reads(station, device).context("afterwards")?;
    Ok(said)
}

fn busy<F: WithSam>(places: &Places, station: &Station, device: &Plugged<F>, setup: &Setup) -> Result<String> {
    let second = Station::new(places, setup.clone())?;
    let view = second.until(PATIENCE, DeviceState::Offline)?;
    ensure!(view.code.is_some_and(|code| code == tongban_device::ErrorCode::DeviceBusy), "code {:?}", view.code);
    reads(station, device).context("the first one afterwards")?;
    Ok("second: device busy; first goes on".to_owned())
}

fn unplugged_in_the_middle<F: WithSam>(station: &Station, device: &mut Plugged<F>) -> Result<String> {
    put(device)?;
    device.with(|function| function.sam().script.arm(Fault::once(Wrong::Unplug(640), Moment::Read)));
    let begun = Instant::now();
    match read(station, PATIENCE) {
        Err(DeviceFault::Unplugged | DeviceFault::NoDevice) => {}
        other => bail!("ended with {:?}", other.map(|read| read.line_bytes)),
    }
    let ended = begun.elapsed();
    station.until(SEEN, DeviceState::NoDevice)?;
    let back = again(station, device)?;
    Ok(format!("call ended after {} ms, usable {} ms after the plug", ended.as_millis(), back.as_millis()))
}

fn unplugged_idle<F: WithSam>(station: &Station, device: &mut Plugged<F>) -> Result<String> {
    station.until(PATIENCE, DeviceState::Online)?;
    let begun = Instant::now();
    device.pull();
    station.until(SEEN, DeviceState::NoDevice)?;
    let seen = begun.elapsed();
    let back = again(station, device)?;
    Ok(format!("seen after {} ms, usable {} ms after the plug", seen.as_millis(), back.as_millis()))
}

/// Plugs the device in again and measures until it is usable; then reads with it.
fn again<F: WithSam>(station: &Station, device: &mut Plugged<F>) -> Result<Duration> {
    device.with(|function| {
        function.power_off();
        function.sam().script.clear();
        function.sam().take();
    });
    let begun = Instant::now();
    device.plug()?;
    station.until(USABLE, DeviceState::Online)?;
    let took = begun.elapsed();
    reads(station, device)?;
    Ok(took)
}

fn killed<F: WithSam>(station: &Station, device: &Plugged<F>) -> Result<String> {
    let pid = station.view()?.worker_pid.context("no worker")?;
    let pid_raw = rustix::process::Pid::from_raw(i32::try_from(pid)?).context("pid")?;
    let begun = Instant::now();
    rustix::process::kill_process(pid_raw, rustix::process::Signal::KILL)?;
    guest::until(RECOVERED, "another worker with the device", || {
        station
            .view()
            .ok()
            .filter(|view| view.state == DeviceState::Online && view.worker_pid.is_some_and(|new| new != pid))
    })?;
    let took = begun.elapsed();
    reads(station, device)?;
    Ok(format!("usable again after {} ms", took.as_millis()))
}
