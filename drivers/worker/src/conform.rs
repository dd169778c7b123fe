//! 一致性测试: the suite on the hardware at a port, with a person to put cards and pull cables.

use crate::open::{HallDevice, Opened, link, on, photos};
use std::io::{BufRead, Write};
use std::time::Duration;
use tongban_conformance::{
    Case, Dialog, Family, LinkRig, Offsets, Outcome, Plan, Report, Stage, Tamper, Traits, frames, run, subject,
};
use tongban_device::control::{CancelFlag, OpControl};
use tongban_device::driver::{Device, Printer};
use tongban_device::fault::DeviceFault;
use tongban_device::message::Setup;
use tongban_device::state::DeviceKind;
use tongban_fingerprint::Ef01Scanner;
use tongban_id_card::{SamReader, Timings, status};

/// How much is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Every frame boundary and 64 drawn places, dealt out over the cases: an hour with a patient person.
    Full,
    /// What needs no cable pulled, at few places: ten minutes.
    Quick,
    /// A place for each case, no more: to see that the suite runs.
    Glance,
}

/// Runs the suite. Each line written to `out` asks the person for something (`stage media`,
/// `stage no-media`, `stage replug`); a line read from `person` says that it is done.
///
/// # Errors
/// `Unsupported` for a device without a suite.
pub fn conform(
    setup: &Setup,
    depth: Depth,
    seed: u64,
    mut person: impl BufRead,
    mut out: impl Write,
) -> Result<Report, DeviceFault> {
    let Tried { family, traits, absent, dialogs } = tried(setup)?;
    let needs_person = needs_person(setup.kind);
    let ask = move |stage: Stage| {
        if !needs_person {
            return Ok(());
        }
        let word = match stage {
            Stage::Media => "media",
            Stage::NoMedia => "no-media",
            Stage::Replug => "replug",
        };
        let asked = writeln!(out, "stage {word}").and_then(|()| out.flush());
        let mut answer = String::new();
        match asked.and_then(|()| person.read_line(&mut answer)) {
            Ok(1..) => Ok(()),
            // Nobody is there any more.
            _ => Err(DeviceFault::Cancelled),
        }
    };
    let transport = setup.driver.split_once('-').map_or("line", |(_, transport)| transport);
    let mut rig = LinkRig::new(family, (&setup.driver, transport), traits, |tamper| subject_on(setup, tamper), ask);
    rig.limits.vain = Duration::from_secs(2);
    rig.absent = absent;
    let mut plan = match depth {
        Depth::Full => Plan::new(Offsets::Frames { drawn: 64, dealt: true, most: 8 }, seed),
        Depth::Glance => Plan::new(Offsets::Dealt { drawn: 1, most: 1 }, seed),
        Depth::Quick => Plan {
            cases: Case::ALL.into_iter().filter(|case| *case != Case::Unplug).collect(),
            ..Plan::new(Offsets::Frames { drawn: 4, dealt: true, most: 1 }, seed)
        },
    };
    plan.dialogs = dialogs;
    Ok(run(&mut rig, &plan))
}

/// Displays, supplies and printers that do not print need nobody: what cuts their line is the tamper alone.
fn needs_person(kind: DeviceKind) -> bool {
    !matches!(
        kind,
        DeviceKind::CallDisplay
            | DeviceKind::PowerSupply
            | DeviceKind::DocumentPrinter
            | DeviceKind::CertificatePrinter
    )
}

/// What a device is tried with.
struct Tried {
    family: Family,
    traits: Traits,
    /// Cases that do not apply, each with its reason; they stand in the report.
    absent: Vec<(Case, &'static str)>,
    dialogs: Vec<Dialog>,
}

const NO_CHECK: &str = "the protocol has no check";
const NO_MEDIUM: &str = "needs no medium";

/// Which suite a driver on a byte line has.
fn tried(setup: &Setup) -> Result<Tried, DeviceFault> {
    let checked = |frames, holds| Traits { checked: true, skips_noise: true, frames, holds };
    let unchecked =
        |frames, skips_noise| Traits { checked: false, skips_noise, frames, holds: frames::nothing_to_hold };
    let tried = |family, traits, absent: &[(Case, &'static str)]| Tried {
        family,
        traits,
        absent: absent.to_vec(),
        dialogs: Dialog::ALL.to_vec(),
    };
    Ok(match (setup.kind, setup.driver.as_str()) {
        (DeviceKind::IdCardReader, "sam-hid") => {
            tried(Family::IdCardReader, checked(frames::sam_in_reports, frames::sam_holds), &[])
        }
        (DeviceKind::IdCardReader, _) => tried(Family::IdCardReader, checked(frames::sam, frames::sam_holds), &[]),
        (DeviceKind::FingerprintScanner, _) => {
            tried(Family::FingerprintScanner, checked(frames::ef01, frames::ef01_holds), &[])
        }
        (DeviceKind::CallDisplay, "window-panel") => {
            tried(Family::CallDisplay, checked(frames::panel, frames::panel_holds), &[(Case::NoMedia, NO_MEDIUM)])
        }
        (DeviceKind::CallDisplay, "led-board") => {
            tried(Family::CallDisplay, checked(frames::board, frames::board_holds), &[(Case::NoMedia, NO_MEDIUM)])
        }
        (DeviceKind::PowerSupply, "megatec") => {
            let absent = [(Case::NoMedia, NO_MEDIUM), (Case::BadChecksum, NO_CHECK)];
            tried(Family::PowerSupply, unchecked(frames::returns, true), &absent)
        }
        (DeviceKind::PowerSupply, "nut") => {
            let absent = [
                (Case::NoMedia, NO_MEDIUM),
                (Case::BadChecksum, NO_CHECK),
                (Case::Busy, "the daemon serves many clients at once"),
            ];
            tried(Family::PowerSupply, unchecked(frames::lines, false), &absent)
        }
        (DeviceKind::CodeScanner, "codes-serial") => {
            tried(Family::CodeScanner, unchecked(frames::lines, false), &[(Case::BadChecksum, NO_CHECK)])
        }
        (DeviceKind::DocumentPrinter | DeviceKind::CertificatePrinter, "escpos") => {
            let unread = "status bytes have no check; a turned bit may be another status";
            let absent = [(Case::NoMedia, "nothing is printed by this suite"), (Case::BadChecksum, unread)];
            // Asked, never made to print: a hundred runs would be a hundred slips of paper.
            let dialogs = vec![Dialog::Open, Dialog::Health, Dialog::Reset];
            Tried { dialogs, ..tried(Family::Printer, unchecked(frames::single, true), &absent) }
        }
        _ => return Err(DeviceFault::Unsupported),
    })
}

/// The driver with the tamper between it and its line, the device in a known state.
fn subject_on(setup: &Setup, tamper: &Tamper) -> Result<Box<dyn subject::Subject>, DeviceFault> {
    let line = link(setup)?.ok_or(DeviceFault::Unsupported)?;
    let mut silent = |_| {};
    let mut control = OpControl::new(Duration::from_secs(6), CancelFlag::new(), &mut silent);
    if setup.kind == DeviceKind::IdCardReader {
        let timings = Timings::at_baud(status::baud(setup)?);
        let mut reader = SamReader::new(tamper.on(line), timings, photos(setup, None));
        // A card that was read lies there unseen until the SAM is reset.
        reader.reset(&mut control)?;
        return Ok(Box::new(subject::Card(Box::new(reader))));
    }
    if setup.kind == DeviceKind::FingerprintScanner {
        let mut scanner = Ef01Scanner::new(tamper.on(line), tongban_fingerprint::Timings::default());
        scanner.tune(false, &control)?;
        return Ok(Box::new(subject::Finger(Box::new(scanner))));
    }
    Ok(match on(setup, Box::new(tamper.on(line)), None)? {
        Opened::Hall(HallDevice::Codes(scanner)) => Box::new(subject::Code(scanner)),
        Opened::Hall(HallDevice::Display(board)) => Box::new(subject::Board(board)),
        Opened::Hall(HallDevice::Power(supply)) => Box::new(subject::Power(supply)),
        Opened::Printer(printer) => Box::new(Silent(printer)),
        _ => return Err(DeviceFault::Unsupported),
    })
}

/// 不出纸的打印机: a printer that is asked and reset, and told to print nothing.
struct Silent(Box<dyn Printer>);

impl subject::Subject for Silent {
    fn dialogs(&self) -> &'static [Dialog] {
        &[Dialog::Health, Dialog::Reset]
    }

    fn perform(&mut self, dialog: Dialog, control: &mut OpControl<'_>) -> Result<Outcome, DeviceFault> {
        match dialog {
            Dialog::Health => {
                let health = self.0.health(control)?;
                Ok(Outcome::of(&[format!("{:?} {:?}", health.state, health.code).as_bytes()]))
            }
            Dialog::Reset => self.0.reset(control).map(|()| Outcome::of(&[])),
            Dialog::Open | Dialog::Work | Dialog::Presence => Err(DeviceFault::Unsupported),
        }
    }
}
