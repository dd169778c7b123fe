//! 一致性测试: the suite on the hardware at a port, with a person to put cards and pull cables.

use crate::open::{link, photos};
use std::io::{BufRead, Write};
use std::time::Duration;
use tongban_conformance::{Case, Family, LinkRig, Offsets, Plan, Report, Stage, Tamper, Traits, frames, run, subject};
use tongban_device::control::{CancelFlag, OpControl};
use tongban_device::driver::Device;
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
    let (family, traits) = match setup.kind {
        DeviceKind::IdCardReader => (
            Family::IdCardReader,
            Traits { checked: true, skips_noise: true, frames: frames::sam, holds: frames::sam_holds },
        ),
        DeviceKind::FingerprintScanner => (
            Family::FingerprintScanner,
            Traits { checked: true, skips_noise: true, frames: frames::ef01, holds: frames::ef01_holds },
        ),
        _ => return Err(DeviceFault::Unsupported),
    };
    let ask = move |stage: Stage| {
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
    let plan = match depth {
        Depth::Full => Plan::new(Offsets::Frames { drawn: 64, dealt: true, most: 8 }, seed),
        Depth::Quick => Plan {
            cases: Case::ALL.into_iter().filter(|case| *case != Case::Unplug).collect(),
            ..Plan::new(Offsets::Frames { drawn: 4, dealt: true, most: 1 }, seed)
        },
    };
    Ok(run(&mut rig, &plan))
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
    let mut scanner = Ef01Scanner::new(tamper.on(line), tongban_fingerprint::Timings::default());
    scanner.tune(false, &control)?;
    Ok(Box::new(subject::Finger(Box::new(scanner))))
}
