//! Every parser of a device's bytes, given mutations of good ones: none panics, none stalls, none keeps
//! more than its protocol holds, and after all of it a good frame is understood.
//!
//! `TONGBAN_FUZZ=10000000` says how many runs; `TONGBAN_FUZZ_SEED` repeats one. A run that fails
//! prints codec, seed and number.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may fail loudly and tells its figures")]

mod mutate;
mod pictures;

use mutate::{Dice, mutated};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;
use tongban_device::frame;
use tongban_device::message::{FromWorker, ToWorker};
use tongban_scanner::codes::{CODE_BYTES_MAX, Collector, Marks};
use tongban_scanner::keyboard::Typist;
use tongban_scanner::pad::{Ink, POINTS_MAX};
use tongban_scanner::{InputEvent, board, megatec, nut, panel, pcsc};

/// Runs in a test of every day, and in the long one.
const RUNS: u64 = 20_000;
const RUNS_LONG: u64 = 1_000_000;
/// One kernel event.
const EVENT_BYTES: usize = 24;

fn runs(name: &str) -> u64 {
    let asked = std::env::var("TONGBAN_FUZZ").ok().and_then(|text| text.parse().ok());
    let long = std::env::var_os("TONGBAN_LONG").is_some();
    // A picture takes a hundred times as long as a frame of a protocol.
    let (usual, most) = if pictures::ARE.contains(&name) { (pictures::RUNS, RUNS_LONG) } else { (RUNS, u64::MAX) };
    asked.unwrap_or(if long { RUNS_LONG } else { usual }).min(most)
}

/// Seeds of a codec, one a line, hexadecimal.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let path = format!("{}/tests/corpus/{name}.hex", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let bytes = |line: &str| -> Vec<u8> {
        (0..line.len()).step_by(2).map(|at| u8::from_str_radix(&line[at..at + 2], 16).unwrap()).collect()
    };
    text.lines().map(bytes).collect()
}

/// Gives `eat` mutations of the corpus; says how many were understood, which must be some and not all.
fn fuzz(name: &str, mut eat: impl FnMut(&[u8], &mut Dice) -> bool) {
    let seed = std::env::var("TONGBAN_FUZZ_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_123);
    let (corpus, begun, runs) = (corpus(name), Instant::now(), runs(name));
    for good in &corpus {
        eat(good, &mut Dice(1));
    }
    let (mut understood, mut dice) = (0_u64, Dice(seed));
    for run in 0..runs {
        let bytes = mutated(&corpus, &mut dice);
        let outcome = catch_unwind(AssertUnwindSafe(|| eat(&bytes, &mut dice)));
        let Ok(fine) = outcome else { panic!("{name}: seed {seed}, run {run}: {bytes:02X?}") };
        understood += u64::from(fine);
    }
    println!("{name}: {runs} runs, {understood} understood, seed {seed}, {} ms", begun.elapsed().as_millis());
    assert!(understood > 0, "{name}: nothing was ever understood: the mutations are too wild");
    assert!(understood < runs, "{name}: everything was understood: nothing was changed");
}

/// Pushes in pieces, and takes answers until there are none; `next` says whether one was good.
fn pieces<E>(bytes: &[u8], dice: &mut Dice, mut push: impl FnMut(&[u8]) -> Vec<Result<(), E>>) -> bool {
    let (mut rest, mut good) = (bytes, false);
    while !rest.is_empty() {
        let (now, later) = rest.split_at(1 + dice.below(rest.len()));
        good |= push(now).iter().any(Result::is_ok);
        rest = later;
    }
    good
}

/// What panics in a library is caught by the driver; it need not be printed each time.
fn quiet() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |told| {
        let theirs =
            |file: &str| ["/ipp-", "/bytes-", "/zune-jpeg-", "/png-", "/image-"].iter().any(|part| file.contains(part));
        if !told.location().is_some_and(|at| theirs(at.file())) {
            usual(told);
        }
    }));
}

/// Takes answers until none is left; each refusal uses up bytes, so this ends.
fn all<T, E>(bytes: usize, mut next: impl FnMut() -> Result<Option<T>, E>) -> Vec<Result<(), E>> {
    let mut found = Vec::new();
    loop {
        match next() {
            Ok(None) => return found,
            Ok(Some(_)) => found.push(Ok(())),
            Err(error) => found.push(Err(error)),
        }
        assert!(found.len() <= bytes + 1, "it stalls");
    }
}

#[test]
fn card_reader_frames() {
    let good = corpus("sam").remove(0);
    fuzz("sam", |bytes, dice| {
        let mut decoder = tongban_id_card::codec::Decoder::new();
        let fine = pieces(bytes, dice, |now| {
            decoder.push(now);
            all(bytes.len(), || decoder.next_answer())
        });
        let _ = decoder.silence();
        decoder.push(&good);
        assert!(decoder.next_answer().is_ok_and(|answer| answer.is_some()), "a good frame afterwards");
        fine
    });
}

#[test]
fn card_records() {
    fuzz("record", |bytes, _| tongban_id_card::record::parse(bytes).is_ok());
}

#[test]
fn fingerprint_packets() {
    let good = corpus("ef01").remove(0);
    fuzz("ef01", |bytes, dice| {
        let mut decoder = tongban_fingerprint::codec::Decoder::default();
        let fine = pieces(bytes, dice, |now| {
            decoder.push(now);
            all(bytes.len(), || decoder.next_packet())
        });
        decoder.clear();
        decoder.push(&good);
        assert!(decoder.next_packet().is_ok_and(|packet| packet.is_some()), "a good packet afterwards");
        fine
    });
}

#[test]
fn call_displays() {
    fuzz("board", |bytes, dice| {
        let mut decoder = board::Decoder::default();
        pieces(bytes, dice, |now| {
            decoder.push(now);
            all(bytes.len(), || decoder.next_answer())
        })
    });
    fuzz("panel", |bytes, dice| {
        let mut decoder = panel::Decoder::default();
        pieces(bytes, dice, |now| {
            decoder.push(now);
            all(bytes.len(), || decoder.next_answer())
        })
    });
}

#[test]
fn codes() {
    fuzz("codes", |bytes, dice| {
        let mut collector = Collector::new(Marks::default());
        let fine = pieces(bytes, dice, |now| {
            let code = collector.push(now);
            if let Ok(Some(code)) = &code {
                assert!(!code.bytes().is_empty() && code.bytes().len() <= CODE_BYTES_MAX);
            }
            vec![code.ok().flatten().map(|_| ()).ok_or(())]
        });
        let _ = collector.silence();
        assert!(!collector.is_partial());
        fine
    });
}

fn events(bytes: &[u8]) -> impl Iterator<Item = InputEvent> {
    bytes.chunks_exact(EVENT_BYTES).map(|chunk| InputEvent::from_bytes(chunk.try_into().unwrap()))
}

#[test]
fn typed_keys_and_strokes() {
    fuzz("keys", |bytes, _| {
        let mut typist = Typist::default();
        let typed: Vec<u8> = events(bytes).filter_map(|event| typist.press(event)).collect();
        typed == b"A1\r"
    });
    fuzz("ink", |bytes, dice| {
        let mut ink = Ink::default();
        // The same again and again: a pad that never stops must not fill the memory.
        let times = if dice.below(2000) == 0 { 2 * POINTS_MAX / 6 } else { 1 };
        (0..times).all(|_| events(bytes).all(|event| ink.take(event).is_ok())) && ink.rests()
    });
}

#[test]
fn power_supplies_readers_and_printers() {
    fuzz("nut", |bytes, _| match nut::read_list(bytes, "hall") {
        Ok(nut::Told::List(list)) => nut::power_of(&list).is_ok(),
        _ => false,
    });
    fuzz("megatec", |bytes, dice| {
        let mut decoder = megatec::Decoder::default();
        pieces(bytes, dice, |now| {
            decoder.push(now);
            all(bytes.len(), || decoder.next_answer())
        })
    });
    fuzz("names", |bytes, _| pcsc::names(bytes) == ["Reader 00", "Reader 01"]);
    quiet();
    fuzz("ipp", |bytes, _| tongban_printer::ipp::read_answer(bytes).is_ok());
    fuzz("id1284", |bytes, _| {
        let text = String::from_utf8_lossy(bytes);
        tongban_printer::usblp::device_id_field(&text, &["MDL", "MODEL"]) == Some("LAB-80")
    });
    fuzz("escpos", |bytes, _| {
        let Some(answers) = bytes.first_chunk::<4>() else { return false };
        tongban_printer::escpos::Status::parse(*answers).is_ok_and(|status| status.trouble().is_none())
    });
}

#[test]
fn recordings_and_messages_of_workers() {
    fuzz("recording", |bytes, _| tongban_transport::record::Recording::read(bytes).is_ok());
    fuzz("messages", |bytes, _| {
        let worker = frame::decode::<FromWorker>(bytes).is_ok();
        frame::decode::<ToWorker>(bytes).is_ok() || worker
    });
}
