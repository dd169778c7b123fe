//! The driver against the simulated reader: every fault, and the plug pulled at every byte.
#![allow(clippy::unwrap_used)]

use sha2::{Digest, Sha256};
use std::time::{Duration, Instant};
use tongban_device::control::{CancelFlag, OpControl};
use tongban_device::driver::{Device, IdCardReader};
use tongban_device::fault::{DeviceFault, Hint};
use tongban_device::message::{CardRead, Progress};
use tongban_id_card::photo::PhotoDecoder;
use tongban_id_card::{SamReader, Timings};
use tongban_sim::SamPeer;
use tongban_sim::card::Card;
use tongban_sim::fault::{Fault, Moment, Wrong};
use tongban_sim::link::PeerLink;
use tongban_sim::people;

const QUICK: Timings = Timings {
    find_pause: Duration::from_millis(1),
    answer: Duration::from_millis(60),
    read: Duration::from_millis(60),
    gap: Duration::from_millis(15),
};

struct SimPhotos;

impl PhotoDecoder for SimPhotos {
    fn decode(&mut self, wlt: &[u8]) -> Option<tongban_device::message::Rgba> {
        tongban_sim::wlt::decode(wlt)
    }
}

struct Bench {
    wire: PeerLink<SamPeer>,
    reader: SamReader<PeerLink<SamPeer>>,
    prompts: Vec<Progress>,
}

impl Bench {
    fn new() -> Self {
        let wire = PeerLink::new(SamPeer::new(7));
        let reader = SamReader::new(wire.clone(), QUICK, Box::new(SimPhotos));
        Self { wire, reader, prompts: Vec::new() }
    }

    fn with_card() -> Self {
        let bench = Self::new();
        bench.put("陈建国");
        bench
    }

    fn put(&self, name: &str) {
        let card = Card::of(people::find(name).unwrap());
        self.wire.with(|peer| peer.put(card));
    }

    fn arm(&self, wrong: Wrong, on: Moment) {
        self.wire.with(|peer| peer.script.arm(Fault::once(wrong, on)));
    }

    fn read(&mut self) -> Result<CardRead, DeviceFault> {
        self.read_within(Duration::from_secs(10))
    }

    fn read_within(&mut self, budget: Duration) -> Result<CardRead, DeviceFault> {
        let prompts = &mut self.prompts;
        let mut on = |progress| prompts.push(progress);
        self.reader.read_card(&mut OpControl::new(budget, CancelFlag::new(), &mut on))
    }

    fn present(&mut self) -> Result<bool, DeviceFault> {
        let mut on = |_| {};
        self.reader.card_present(&mut OpControl::new(Duration::from_secs(5), CancelFlag::new(), &mut on))
    }
}

fn assert_whole(card: &CardRead) {
    assert_eq!(card.facts.number, "890102197803150113");
    assert_eq!(card.facts.name, "陈建国");
    assert!(card.number_ok);
    assert_eq!((card.text_raw.len(), card.photo_wlt.len(), card.fingerprint.len()), (256, 1024, 1024));
    assert_eq!(card.photo.as_ref().map(|photo| (photo.width, photo.height)), Some((102, 126)));
    assert_eq!(card.sam_id, "05.01-20260101-0000000007-890102");
}

#[test]
fn a_card_is_read_and_its_line_bytes_are_find_select_and_read() {
    let mut bench = Bench::with_card();
    let card = bench.read().unwrap();
    assert_whole(&card);
    assert_eq!(card.line_bytes, 15 + 19 + 2321);
    assert_eq!(bench.prompts, [Progress::Prompt(Hint::PutCard)]);
}

#[test]
fn the_line_hash_is_that_of_the_last_bytes_sent_and_one_changed_byte_changes_it() {
    let sha256 = |bytes: &[u8]| -> [u8; 32] { Sha256::digest(bytes).into() };
    let mut bench = Bench::with_card();
    let card = bench.read().unwrap();
    let sent = bench.wire.sent();
    let mut window = sent[sent.len() - card.line_bytes as usize..].to_vec();
    assert_eq!(sha256(&window), card.line_sha256);
    window[40] ^= 1;
    assert_ne!(sha256(&window), card.line_sha256, "negative control");
}

#[test]
fn a_reader_without_fingerprints_is_read_with_the_older_command() {
    let mut bench = Bench::with_card();
    bench.wire.with(|peer| peer.reads_fingers = false);
    let card = bench.read().unwrap();
    assert_eq!(card.facts.name, "陈建国");
    assert!(card.fingerprint.is_empty());
    assert_eq!(card.line_bytes, 15 + 19 + 11 + 1295);
}

#[test]
fn a_card_put_later_is_found_and_its_removal_is_noticed() {
    let mut bench = Bench::new();
    let wire = bench.wire.clone();
    let putting = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        wire.with(|peer| peer.put(Card::of(people::find("陈建国").unwrap())));
    });
    assert_whole(&bench.read().unwrap());
    putting.join().unwrap();
    assert_eq!(bench.present(), Ok(true));
    bench.wire.with(SamPeer::take);
    assert_eq!(bench.present(), Ok(false));
}

#[test]
fn a_card_that_was_read_is_not_read_again_until_it_is_lifted() {
    let mut bench = Bench::with_card();
    bench.read().unwrap();
    assert_eq!(bench.read_within(Duration::from_millis(80)).unwrap_err(), DeviceFault::NoMedia);
    bench.put("王明");
    assert_eq!(bench.read().unwrap().facts.name, "王明");
}

#[test]
fn damage_on_the_line_is_a_protocol_fault_and_the_next_call_reads_the_card() {
    for wrong in [
        Wrong::FlipByte(None),
        Wrong::FlipByte(Some(6)),
        Wrong::WrongCheck,
        Wrong::Short(1),
        Wrong::Short(1500),
        Wrong::Garbage(40),
        Wrong::OddTimeout,
    ] {
        for moment in [Moment::Find, Moment::Select, Moment::Read] {
            let mut bench = Bench::with_card();
            bench.arm(wrong, moment);
            let fault = bench.read().map(|_| ()).unwrap_err();
            // A short answer cut to nothing is silence.
            let silent = matches!(wrong, Wrong::Short(1500)) && moment != Moment::Read;
            assert!(
                matches!(fault, DeviceFault::Protocol(_)) || (silent && matches!(fault, DeviceFault::Timeout(_))),
                "{wrong:?} {moment:?}: {fault:?}"
            );
            // The card was not lifted.
            assert_whole(&bench.read().unwrap_or_else(|fault| panic!("{wrong:?} {moment:?}: {fault:?}")));
        }
    }
}

#[test]
fn stray_bytes_and_a_lost_first_byte_do_no_harm() {
    for wrong in [Wrong::Stray(6), Wrong::LostFirst] {
        for moment in [Moment::Find, Moment::Select, Moment::Read] {
            let mut bench = Bench::with_card();
            bench.arm(wrong, moment);
            assert_whole(&bench.read().unwrap_or_else(|fault| panic!("{wrong:?} {moment:?}: {fault:?}")));
        }
    }
}

#[test]
fn silence_ends_in_time_and_the_next_call_reads_the_card() {
    let mut bench = Bench::with_card();
    bench.arm(Wrong::Silence, Moment::Read);
    let begun = Instant::now();
    assert!(matches!(bench.read(), Err(DeviceFault::Timeout(_))));
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_whole(&bench.read().unwrap());
}

#[test]
fn a_command_the_reader_found_damaged_is_sent_once_more() {
    let mut bench = Bench::with_card();
    bench.arm(Wrong::Status(0x10), Moment::Read);
    assert_whole(&bench.read().unwrap());
    bench.put("陈建国");
    bench.arm(Wrong::Status(0x10), Moment::Read);
    bench.arm(Wrong::Status(0x10), Moment::Read);
    assert!(matches!(bench.read(), Err(DeviceFault::Protocol(_))), "twice is a fault");
}

#[test]
fn a_card_that_will_not_be_read_is_asked_for_three_times_and_then_given_up() {
    let mut bench = Bench::with_card();
    for _ in 0..3 {
        bench.arm(Wrong::Status(0x41), Moment::Read);
    }
    assert_whole(&bench.read().unwrap());
    let asked = bench.prompts.iter().filter(|prompt| **prompt == Progress::Prompt(Hint::LiftAndPutAgain)).count();
    assert_eq!(asked, 3);
    bench.put("陈建国");
    for _ in 0..4 {
        bench.arm(Wrong::Status(0x41), Moment::Read);
    }
    assert_eq!(bench.read().unwrap_err(), DeviceFault::Medium("D114".to_owned()));
}

#[test]
fn a_reader_that_reports_its_own_fault_is_hardware() {
    for status in [0x60, 0x66] {
        let mut bench = Bench::with_card();
        bench.arm(Wrong::Status(status), Moment::Health);
        let mut on = |_| {};
        let mut control = OpControl::new(Duration::from_secs(5), CancelFlag::new(), &mut on);
        assert!(matches!(bench.reader.health(&mut control), Err(DeviceFault::Hardware(_))));
    }
}

#[test]
fn no_card_by_the_deadline_is_no_media_and_a_cancel_ends_the_wait() {
    let mut bench = Bench::new();
    assert_eq!(bench.read_within(Duration::from_millis(50)).unwrap_err(), DeviceFault::NoMedia);
    let cancel = CancelFlag::new();
    let flag = cancel.clone();
    let cancelling = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        flag.cancel();
    });
    let mut on = |_| {};
    let outcome = bench.reader.read_card(&mut OpControl::new(Duration::from_secs(60), cancel, &mut on));
    assert_eq!(outcome.unwrap_err(), DeviceFault::Cancelled);
    cancelling.join().unwrap();
}

#[test]
fn a_swapped_reader_shows_its_own_identity_after_a_reset() {
    let mut bench = Bench::new();
    let mut on = |_| {};
    let mut control = OpControl::new(Duration::from_secs(5), CancelFlag::new(), &mut on);
    let first = bench.reader.health(&mut control).unwrap().evidence["sam_id"].clone();
    bench.wire.with(|peer| *peer = SamPeer::new(8));
    bench.reader.reset(&mut control).unwrap();
    let second = bench.reader.health(&mut control).unwrap().evidence["sam_id"].clone();
    assert_ne!(first, second);
}

#[test]
fn the_plug_pulled_at_every_byte_of_a_dialogue_is_unplugged_and_never_a_card() {
    // SAM identity first, then find, select, read.
    let whole = 27 + 15 + 19 + 2321;
    let mut control = 0;
    for offset in 0..=whole {
        let mut bench = Bench::with_card();
        bench.wire.unplug_after(offset);
        match bench.read() {
            Err(DeviceFault::Unplugged) => {}
            Ok(_) if offset == whole => control += 1,
            other => panic!("pulled after {offset} bytes: {:?}", other.map(|_| ())),
        }
    }
    assert_eq!(control, 1, "negative control: with the last byte the card is whole");
}
