//! Negative controls: for every case a driver that is wrong in just that case. A suite that
//! does not find it would find nothing.

use crate::bench::{self, Lock};
use crate::card::{SAM, card};
use std::time::{Duration, Instant};
use tongban_conformance::{Case, Dialog, Family, LinkRig, Outcome, Report, Stage, Subject, run, subject};
use tongban_device::control::{CancelFlag, OpControl};
use tongban_device::fault::DeviceFault;
use tongban_device::transport::ByteLink;
use tongban_id_card::photo::NoDecoder;
use tongban_id_card::{SamReader, Timings};
use tongban_sim::SamPeer;
use tongban_sim::link::PeerLink;

/// What the wrong driver does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lie {
    /// Nothing wrong: the control of the controls.
    None,
    /// Every reading is another.
    Unsteady,
    /// Without a card it says that the time ran out.
    NoMediaIsTimeout,
    /// A device that fell silent is called unplugged.
    SilenceIsUnplugged,
    /// Waits a good while longer than it may.
    Late,
    /// Does not look at the flag.
    DeafToCancel,
    /// A cut line is called silence.
    UnplugIsTimeout,
    /// Whatever was damaged counts as read.
    DamageIsFine,
    /// Gives up at the first byte that belongs to nothing.
    NoisePanics,
    /// Lets anyone in.
    SharesItsPort,
    /// Once broken, always broken.
    StaysBroken,
    /// Answers without asking the device.
    NeverAsks,
}

struct Wrong {
    inner: Box<dyn Subject>,
    lie: Lie,
    calls: u64,
    broken: bool,
}

impl Subject for Wrong {
    fn dialogs(&self) -> &'static [Dialog] {
        self.inner.dialogs()
    }

    fn perform(&mut self, dialog: Dialog, control: &mut OpControl<'_>) -> Result<Outcome, DeviceFault> {
        if self.lie == Lie::NeverAsks {
            return Ok(Outcome::of(&[]));
        }
        if self.broken {
            return Err(DeviceFault::Protocol("still broken".to_owned()));
        }
        let mut silent = |_| {};
        let deaf = self.lie == Lie::DeafToCancel;
        let cancel = if deaf { CancelFlag::new() } else { control.cancel.clone() };
        let result = self.inner.perform(dialog, &mut OpControl::new(control.remaining(), cancel, &mut silent));
        self.calls += 1;
        match (self.lie, result) {
            (Lie::Unsteady, Ok(_)) => Ok(Outcome::of(&[&self.calls.to_le_bytes(), &nonce()])),
            (Lie::NoMediaIsTimeout, Err(DeviceFault::NoMedia)) => Err(DeviceFault::Timeout(1)),
            (Lie::SilenceIsUnplugged, Err(DeviceFault::Timeout(_))) => Err(DeviceFault::Unplugged),
            (Lie::Late, Err(DeviceFault::Timeout(_))) => {
                std::thread::sleep(Duration::from_millis(700));
                Err(DeviceFault::Timeout(700))
            }
            (Lie::UnplugIsTimeout, Err(DeviceFault::Unplugged)) => Err(DeviceFault::Timeout(1)),
            (Lie::DamageIsFine, Err(DeviceFault::Protocol(_))) => Ok(Outcome::of(&[b"whatever"])),
            (Lie::NoisePanics, Ok(_)) if NOISY.with(std::cell::Cell::get) => Err(DeviceFault::Protocol("noise".into())),
            (Lie::StaysBroken, Err(fault)) => {
                self.broken = true;
                Err(fault)
            }
            (_, result) => result,
        }
    }
}

fn nonce() -> [u8; 8] {
    COUNTER.fetch_add(1, std::sync::atomic::Ordering::SeqCst).to_le_bytes()
}

static COUNTER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

thread_local! {
    /// The link saw bytes before a preamble during this call.
    static NOISY: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Sees what the driver sees.
struct Ear<L>(L);

impl<L: ByteLink> ByteLink for Ear<L> {
    fn write_all(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), tongban_device::transport::LinkError> {
        NOISY.with(|noisy| noisy.set(false));
        self.0.write_all(bytes, deadline)
    }

    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, tongban_device::transport::LinkError> {
        let count = self.0.read(buffer, wait)?;
        if count > 0 && buffer[0] != 0xAA {
            NOISY.with(|noisy| noisy.set(true));
        }
        Ok(count)
    }

    fn flush_input(&mut self) -> Result<(), tongban_device::transport::LinkError> {
        self.0.flush_input()
    }
}

const TIMELESS: Timings =
    Timings { find_pause: Duration::from_secs(9), answer: Duration::ZERO, read: Duration::ZERO, gap: Duration::ZERO };

/// The suite on a reader with this lie, at a few places.
fn suite(lie: Lie) -> Report {
    let (wire, lock, card) = (PeerLink::new(SamPeer::new(7)), Lock::default(), card());
    let open = wire.clone();
    let mut rig = LinkRig::new(
        Family::IdCardReader,
        ("wrong", "memory"),
        SAM,
        move |tamper| {
            let lock = if lie == Lie::SharesItsPort { Lock::default() } else { lock.clone() };
            let mut port = lock.take(open.clone())?;
            port.flush_input()?;
            let reader = SamReader::new(Ear(tamper.on(port)), TIMELESS, Box::new(NoDecoder));
            let inner = Box::new(subject::Card(Box::new(reader)));
            Ok(Box::new(Wrong { inner, lie, calls: 0, broken: false }))
        },
        move |stage| {
            wire.forget();
            wire.with(|peer| match stage {
                Stage::Media => peer.put(card.clone()),
                Stage::NoMedia => peer.take(),
                Stage::Replug => {}
            });
            Ok(())
        },
    );
    rig.limits = tongban_conformance::Limits {
        call: Duration::from_millis(400),
        vain: Duration::from_millis(100),
        slack: Duration::from_millis(200),
    };
    run(&mut rig, &bench::frames(usize::MAX))
}

#[test]
fn for_every_case_a_driver_wrong_in_it_is_found() {
    let controls = [
        (Case::Happy, Lie::Unsteady),
        (Case::NoMedia, Lie::NoMediaIsTimeout),
        (Case::TimeOut, Lie::SilenceIsUnplugged),
        (Case::TimeOut, Lie::Late),
        (Case::Cancel, Lie::DeafToCancel),
        (Case::Unplug, Lie::UnplugIsTimeout),
        (Case::Garbage, Lie::DamageIsFine),
        (Case::ShortFrame, Lie::DamageIsFine),
        (Case::BadChecksum, Lie::DamageIsFine),
        (Case::StrayBytes, Lie::NoisePanics),
        (Case::Busy, Lie::SharesItsPort),
        (Case::Recover, Lie::StaysBroken),
    ];
    let unproved: Vec<Case> = Case::ALL.into_iter().filter(|case| !controls.iter().any(|(of, _)| of == case)).collect();
    assert!(unproved.is_empty(), "{unproved:?} have no control");
    for (case, lie) in controls {
        let report = suite(lie);
        assert!(!report.case_passed(case), "{lie:?} was not found by {}", case.name());
        assert!(!report.passed());
    }
}

#[test]
fn the_same_driver_without_a_lie_passes() {
    let report = suite(Lie::None);
    assert!(report.passed(), "{}", report.complaints().join("\n"));
}

#[test]
fn a_driver_that_never_asks_its_device_has_exchanged_no_bytes_and_fails() {
    let report = suite(Lie::NeverAsks);
    assert!(report.rows.iter().all(|row| row.bytes_in == 0 && row.bytes_out == 0));
    assert!(report.rows.iter().all(|row| !row.passed()), "{:?}", report.rows);
}

#[test]
fn a_report_travels_as_json_and_says_nothing_personal() {
    let report = suite(Lie::None);
    let text = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    assert!(!text.contains("陈建国") && !text.contains("890102197803150113"));
}
