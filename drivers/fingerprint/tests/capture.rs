//! The driver against the simulated module: pictures, retries, every fault.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::time::Duration;
use tongban_device::control::{CancelFlag, OpControl};
use tongban_device::driver::{Device, FingerprintScanner};
use tongban_device::fault::{DeviceFault, Hint};
use tongban_device::message::{FingerImage, Progress};
use tongban_fingerprint::codec::{CodecFault, Decoder, command};
use tongban_fingerprint::{Ef01Scanner, Timings, quality};
use tongban_sim::Ef01Peer;
use tongban_sim::fault::{Fault, Moment, Wrong};
use tongban_sim::link::PeerLink;
use tongban_sim::{finger, people};

const QUICK: Timings = Timings {
    find_pause: Duration::from_millis(1),
    answer: Duration::from_millis(80),
    gap: Duration::from_millis(25),
    image: Duration::from_secs(2),
};

struct Bench {
    wire: PeerLink<Ef01Peer>,
    scanner: Ef01Scanner<PeerLink<Ef01Peer>>,
    prompts: Vec<Progress>,
}

impl Bench {
    fn new() -> Self {
        let wire = PeerLink::new(Ef01Peer::new());
        let scanner = Ef01Scanner::new(wire.clone(), QUICK);
        Self { wire, scanner, prompts: Vec::new() }
    }

    fn pressed(name: &str) -> Self {
        let bench = Self::new();
        bench.wire.with(|peer| peer.press(people::find(name).unwrap()));
        bench
    }

    fn capture(&mut self, tries: u8, budget: Duration) -> Result<FingerImage, DeviceFault> {
        let prompts = &mut self.prompts;
        let mut on = |progress| prompts.push(progress);
        self.scanner.capture(tries, &mut OpControl::new(budget, CancelFlag::new(), &mut on))
    }
}

#[test]
fn a_press_gives_the_modules_picture_as_pixels_and_png() {
    let mut bench = Bench::pressed("陈建国");
    let image = bench.capture(1, Duration::from_secs(10)).unwrap();
    assert_eq!((image.width, image.height, image.dpi), (256, 288, 508));
    let person = people::find("陈建国").unwrap();
    assert_eq!(image.pixels, finger::draw(&person.number, person.finger_wear, 1));
    let png = image::load_from_memory(&image.png).unwrap().to_luma8();
    assert_eq!(png.as_raw(), &image.pixels);
    assert!(image.quality >= 70, "quality {}", image.quality);
    assert_eq!(bench.prompts, [Progress::Prompt(Hint::PressFinger)]);
}

#[test]
fn the_line_hash_covers_the_look_that_found_the_finger_and_the_picture() {
    let mut bench = Bench::pressed("王明");
    let image = bench.capture(1, Duration::from_secs(10)).unwrap();
    let sent = bench.wire.sent();
    let sha256 = |bytes: &[u8]| -> [u8; 32] { Sha256::digest(bytes).into() };
    assert_eq!(sha256(&sent), image.line_sha256);
    let mut bent = sent;
    bent[100] ^= 1;
    assert_ne!(sha256(&bent), image.line_sha256, "negative control");
}

#[test]
fn tuning_sets_long_packets_and_the_fast_line_and_health_shows_them() {
    let mut bench = Bench::new();
    let mut on = |_| {};
    let mut control = OpControl::new(Duration::from_secs(5), CancelFlag::new(), &mut on);
    bench.scanner.tune(true, &control).unwrap();
    assert_eq!(bench.wire.with(|peer| peer.baud()), 115_200);
    let health = bench.scanner.health(&mut control).unwrap();
    assert_eq!(health.evidence["packet_bytes"], "256");
    assert_eq!(health.evidence["baud"], "115200");
}

#[test]
fn a_worn_finger_is_asked_for_again_and_then_refused_with_a_hint() {
    let mut bench = Bench::pressed("李秀英");
    let wire = bench.wire.clone();
    let lifting = std::thread::spawn(move || {
        for _ in 0..2 {
            std::thread::sleep(Duration::from_millis(150));
            wire.with(Ef01Peer::lift);
            std::thread::sleep(Duration::from_millis(150));
            wire.with(|peer| peer.press(people::find("李秀英").unwrap()));
        }
    });
    let outcome = bench.capture(2, Duration::from_secs(20));
    assert_eq!(outcome.map(|image| image.quality).unwrap_err(), DeviceFault::Retry(Hint::FingerBetter));
    assert!(bench.prompts.contains(&Progress::Prompt(Hint::LiftFinger)), "{:?}", bench.prompts);
    lifting.join().unwrap();
}

#[test]
fn no_finger_by_the_deadline_is_no_media() {
    let outcome = Bench::new().capture(1, Duration::from_millis(60));
    assert_eq!(outcome.map(|_| ()).unwrap_err(), DeviceFault::NoMedia);
}

#[test]
fn a_broken_picture_is_a_protocol_fault_and_the_next_call_gets_it() {
    for wrong in [
        Wrong::FlipByte(None),
        Wrong::WrongCheck,
        Wrong::Short(10),
        Wrong::Short(20_000),
        Wrong::Garbage(40),
        Wrong::Unplug(5),
    ] {
        let mut bench = Bench::pressed("陈建国");
        bench.wire.with(|peer| peer.script.arm(Fault::once(wrong, Moment::Read)));
        let fault = bench.capture(1, Duration::from_secs(10)).map(|_| ()).unwrap_err();
        if matches!(wrong, Wrong::Unplug(_)) {
            assert_eq!(fault, DeviceFault::Unplugged);
            continue;
        }
        assert!(matches!(fault, DeviceFault::Protocol(_)), "{wrong:?}: {fault:?}");
        bench.capture(1, Duration::from_secs(10)).unwrap_or_else(|fault| panic!("{wrong:?}: {fault:?}"));
    }
}

#[test]
fn silence_is_a_timeout_and_stray_bytes_do_no_harm() {
    let mut bench = Bench::pressed("陈建国");
    bench.wire.with(|peer| peer.script.arm(Fault::once(Wrong::Silence, Moment::Find)));
    assert!(matches!(bench.capture(1, Duration::from_secs(10)), Err(DeviceFault::Timeout(_))));
    bench.wire.with(|peer| peer.script.arm(Fault::once(Wrong::Stray(7), Moment::Read)));
    bench.capture(1, Duration::from_secs(10)).unwrap();
}

#[test]
fn the_plug_pulled_anywhere_in_a_picture_is_unplugged() {
    for offset in (0..41_000).step_by(3989).chain([0, 11, 12, 13, 23, 24]) {
        let mut bench = Bench::pressed("陈建国");
        bench.wire.unplug_after(offset);
        let outcome = bench.capture(1, Duration::from_secs(10)).map(|_| ());
        assert!(
            matches!(outcome, Err(DeviceFault::Unplugged)) || offset > 40_000,
            "pulled after {offset}: {outcome:?}"
        );
    }
}

#[test]
fn quality_wants_area_and_contrast() {
    let flat = vec![235; 256 * 288];
    assert_eq!(quality::score(&flat, 256, 288), 0);
    let good = finger::draw("a", 0, 1);
    let worn = finger::draw("a", 85, 1);
    let (good, worn) = (quality::score(&good, 256, 288), quality::score(&worn, 256, 288));
    assert!(good >= 80 && worn < 40, "good {good}, worn {worn}");
    let mut corner = flat;
    for row in 0..72 {
        for column in 0..64 {
            corner[row * 256 + column] = if column % 9 < 4 { 40 } else { 220 };
        }
    }
    assert!(quality::score(&corner, 256, 288) < 40, "a corner of a finger is not enough");
    assert_eq!(quality::score(&[0; 10], 256, 288), 0, "a size that does not fit");
}

#[test]
fn commands_are_the_literal_packets_of_the_family() {
    assert_eq!(command(&[0x01]), [0xEF, 1, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 3, 1, 0, 5]);
    assert_eq!(command(&[0x0F]), [0xEF, 1, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 3, 0x0F, 0, 0x13]);
}

proptest! {
    #[test]
    fn mutated_packets_never_panic_and_the_next_good_one_is_found(
        mut bytes in prop::collection::vec(any::<u8>(), 0..400),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
    ) {
        let good = [0xEF, 1, 0xFF, 0xFF, 0xFF, 0xFF, 7, 0, 3, 0, 0, 0x0A];
        bytes.extend(good);
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let mut decoder = Decoder::default();
        decoder.push(&bytes);
        let mut turns = 0;
        while !matches!(decoder.next_packet(), Ok(None)) {
            turns += 1;
            prop_assert!(turns < 1000);
        }
        decoder.clear();
        decoder.push(&good);
        prop_assert!(matches!(decoder.next_packet(), Ok(Some(_))));
        let mut bent = good;
        bent[9] ^= 4;
        decoder.push(&bent);
        prop_assert_eq!(decoder.next_packet(), Err(CodecFault::Sum));
    }
}

impl Bench {
    fn features(&mut self) -> Result<zeroize::Zeroizing<Vec<u8>>, DeviceFault> {
        let mut on = |_| {};
        self.scanner.features(&mut OpControl::new(Duration::from_secs(5), CancelFlag::new(), &mut on))
    }

    /// The finger is lifted as soon as it was asked for, and this one pressed next.
    fn compare(&mut self, second: &'static str) -> Result<Option<u16>, DeviceFault> {
        let wire = self.wire.clone();
        let hand = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(40));
            wire.with(Ef01Peer::lift);
            std::thread::sleep(Duration::from_millis(40));
            wire.with(|peer| peer.press(people::find(second).unwrap()));
        });
        let mut on = |_| {};
        let control = &mut OpControl::new(Duration::from_secs(10), CancelFlag::new(), &mut on);
        let score = self.scanner.compare_presses(control);
        hand.join().unwrap();
        score
    }
}

#[test]
fn features_are_a_file_of_the_modules_own_and_the_same_finger_gives_the_same() {
    let first = Bench::pressed("王明").features().unwrap();
    assert_eq!(first.len(), 512);
    assert_eq!(first, Bench::pressed("王明").features().unwrap());
    assert_ne!(first, Bench::pressed("陈建国").features().unwrap(), "negative control");
}

#[test]
fn two_presses_of_one_finger_match_and_those_of_two_do_not() {
    assert_eq!(Bench::pressed("王明").compare("王明"), Ok(Some(143)));
    assert_eq!(Bench::pressed("王明").compare("陈建国"), Ok(None));
}

#[test]
fn a_finger_too_worn_for_features_is_asked_for_again() {
    assert_eq!(Bench::pressed("李秀英").features(), Err(DeviceFault::Retry(Hint::FingerBetter)));
    let mut nobody = Bench::new();
    let mut on = |_| {};
    let mut control = OpControl::new(Duration::from_millis(100), CancelFlag::new(), &mut on);
    assert_eq!(nobody.scanner.features(&mut control), Err(DeviceFault::NoMedia));
}

#[test]
fn a_command_found_damaged_is_sent_once_more_and_not_a_third_time() {
    for (times, good) in [(1, true), (2, false)] {
        let mut bench = Bench::pressed("王明");
        bench.wire.with(|peer| peer.script.arm(Fault { wrong: Wrong::Status(0x01), on: Some(Moment::Find), times }));
        assert_eq!(bench.capture(1, Duration::from_secs(5)).is_ok(), good, "{times}");
    }
}
