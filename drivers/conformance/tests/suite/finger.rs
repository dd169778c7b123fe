//! Fingerprint modules of the EF01 family: in memory and on a pseudo terminal.

use crate::bench::{self, Lock};
use crate::line::Line;
use crate::table;
use std::time::Duration;
use tongban_conformance::{Dialog, Family, Limits, LinkRig, Stage, Tamper, Traits, frames, run, subject};
use tongban_device::control::{CancelFlag, OpControl};
use tongban_device::fault::DeviceFault;
use tongban_device::transport::ByteLink;
use tongban_fingerprint::{Ef01Scanner, Timings};
use tongban_sim::link::PeerLink;
use tongban_sim::{Ef01Peer, people};
use tongban_transport::SerialLink;

const TIMELESS: Timings =
    Timings { find_pause: Duration::from_secs(9), answer: Duration::ZERO, gap: Duration::ZERO, image: Duration::ZERO };
const EF01: Traits = Traits { checked: true, skips_noise: true, frames: frames::ef01, holds: frames::ef01_holds };
/// With the main work only here and there: a picture is 38 kB, and the poll tells as well whether the line is in step.
const DEEP_EVERY: usize = 1021;

fn peer() -> Ef01Peer {
    let mut peer = Ef01Peer::new();
    peer.press(people::find("陈建国").unwrap());
    peer
}

fn opened<L: ByteLink + 'static>(
    link: L,
    timings: Timings,
) -> Result<Box<dyn tongban_conformance::Subject>, DeviceFault> {
    let mut scanner = Ef01Scanner::new(link, timings);
    let mut silent = |_| {};
    scanner.tune(true, &OpControl::new(Duration::from_secs(4), CancelFlag::new(), &mut silent))?;
    Ok(Box::new(subject::Finger(Box::new(scanner))))
}

fn staged(peer: &mut Ef01Peer, stage: Stage) {
    peer.as_delivered();
    match stage {
        Stage::Media => peer.press_again(people::find("陈建国").unwrap()),
        Stage::NoMedia => peer.lift(),
        Stage::Replug => tongban_sim::peer::Peer::power_off(peer),
    }
}

#[test]
fn a_module_in_memory_conforms_at_every_byte_of_its_dialogs() {
    let (wire, lock) = (PeerLink::new(peer()), Lock::default());
    let open = wire.clone();
    let mut rig = LinkRig::new(
        Family::FingerprintScanner,
        ("ef01-serial", "memory"),
        EF01,
        move |tamper| {
            let mut port = lock.take(open.clone())?;
            port.flush_input()?;
            opened(tamper.on(port), TIMELESS)
        },
        move |stage| {
            wire.forget();
            wire.with(|peer| staged(peer, stage));
            Ok(())
        },
    );
    rig.limits = bench::memory_limits();
    let mut plan = bench::ends(4);
    plan.deep_every = DEEP_EVERY;
    table::check("ef01-serial memory", &run(&mut rig, &plan));
}

#[test]
fn a_module_on_a_pseudo_terminal_conforms_at_its_frames() {
    let line = Line::new(peer());
    let port = line.port();
    let timings = Timings {
        find_pause: Duration::from_millis(20),
        answer: Duration::from_millis(300),
        gap: Duration::from_millis(40),
        image: Duration::from_secs(4),
    };
    let open = move |_: &Tamper| opened(SerialLink::open(&port, 57_600)?, timings);
    let stage = |stage| line.stage(stage, |peer| staged(peer, stage));
    let mut rig =
        LinkRig::new(Family::FingerprintScanner, ("ef01-serial", "pty"), EF01, open, stage).with_tamper(line.tamper());
    rig.limits = Limits { slack: Duration::from_secs(3), ..Limits::default() };
    let mut plan = bench::frames(3);
    if !bench::long() {
        // An image has hundreds of packets and every run waits a while: a place has one of the cases.
        plan.offsets = tongban_conformance::Offsets::Dealt { drawn: 14, most: 64 };
        // Four packets of setting up stand before every try; in memory they are gone through as well.
        plan.dialogs = vec![Dialog::Work, Dialog::Health];
    }
    plan.deep_every = DEEP_EVERY;
    table::check("ef01-serial pty", &run(&mut rig, &plan));
}
