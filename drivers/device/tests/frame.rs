//! The message codec against streams that break, lie and change.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use tongban_device::fault::{DeviceFault, Hint};
use tongban_device::frame::{FrameError, decode, encode, negotiate, read_message, write_message};
use tongban_device::message::{
    Command, Event, FromWorker, MESSAGE_BYTES_MAX, PrintJob, Progress, Reply, Setup, ToWorker,
};
use tongban_device::state::{DeviceKind, DeviceState};

fn setup() -> Setup {
    Setup {
        kind: DeviceKind::IdCardReader,
        driver: "sam-serial".to_owned(),
        port: "/dev/serial/by-path/x".to_owned(),
        options: BTreeMap::from([("baud".to_owned(), "115200".to_owned())]),
    }
}

fn to_worker() -> Vec<ToWorker> {
    let job = PrintJob {
        job_name: "j".to_owned(),
        document: vec![7; 100],
        media_type: "application/pdf".to_owned(),
        media: "iso_a4_210x297mm".to_owned(),
        copies: 1,
    };
    vec![
        ToWorker::Hello { min: 1, max: 1, setup: setup() },
        ToWorker::Command { request: 1, deadline_ms: 30_000, command: Command::ReadCard },
        ToWorker::Command { request: 2, deadline_ms: 1, command: Command::Print(job) },
        ToWorker::Cancel { request: 1 },
        ToWorker::SlotFree { slot: 3 },
        ToWorker::Shutdown,
    ]
}

fn from_worker() -> Vec<FromWorker> {
    vec![
        FromWorker::Hello { version: 1 },
        FromWorker::Done { request: 1, result: Err(DeviceFault::Retry(Hint::LiftAndPutAgain)) },
        FromWorker::Done { request: 2, result: Ok(Reply::Present(true)) },
        FromWorker::Progress { request: 1, progress: Progress::Prompt(Hint::PutCard) },
        FromWorker::Event(Event::State {
            state: DeviceState::Online,
            code: None,
            evidence: BTreeMap::from([("sam_id".to_owned(), "05.01".to_owned())]),
        }),
        FromWorker::Event(Event::Frame { slot: 1, seq: 9, width: 960, height: 540 }),
    ]
}

/// Gives one byte at a time, as a slow socket would.
struct Drip<'a>(&'a [u8]);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let (Some((first, rest)), false) = (self.0.split_first(), buffer.is_empty()) else { return Ok(0) };
        buffer[0] = *first;
        self.0 = rest;
        Ok(1)
    }
}

#[test]
fn messages_come_back_as_they_went_even_byte_by_byte() {
    let mut stream = Vec::new();
    for message in to_worker() {
        write_message(&mut stream, &message).unwrap();
    }
    let mut drip = Drip(&stream);
    for message in to_worker() {
        let read: ToWorker = read_message(&mut drip).unwrap().unwrap();
        assert_eq!(encode(&read).unwrap(), encode(&message).unwrap());
    }
    assert!(read_message::<ToWorker>(&mut drip).unwrap().is_none(), "the end between messages is no error");
}

#[test]
fn a_stream_that_ends_inside_a_message_is_truncated_at_every_byte() {
    let framed = encode(&to_worker()[0]).unwrap();
    for cut in 1..framed.len() {
        let outcome = read_message::<ToWorker>(&mut Cursor::new(&framed[..cut]));
        assert!(matches!(outcome, Err(FrameError::Truncated)), "cut at {cut}: {outcome:?}");
    }
}

#[test]
fn a_length_over_the_cap_is_refused_before_anything_is_reserved() {
    let mut stream = (MESSAGE_BYTES_MAX + 1).to_le_bytes().to_vec();
    stream.extend([0; 16]);
    assert!(matches!(read_message::<ToWorker>(&mut Cursor::new(stream)), Err(FrameError::TooLong(_))));
}

#[test]
fn a_message_with_something_behind_it_is_malformed() {
    let body = encode(&to_worker()[3]).unwrap()[4..].to_vec();
    assert!(decode::<ToWorker>(&body).is_ok());
    let longer = [&body[..], &[0]].concat();
    assert!(matches!(decode::<ToWorker>(&longer), Err(FrameError::Malformed)));
}

#[test]
fn the_newest_common_version_is_chosen_or_none() {
    assert_eq!(negotiate(1, 1), Some(1));
    assert_eq!(negotiate(1, 7), Some(1));
    assert_eq!(negotiate(2, 7), None);
    assert_eq!(negotiate(0, 0), None);
}

#[test]
fn debug_of_personal_messages_shows_no_content() {
    let job = PrintJob {
        job_name: "j".to_owned(),
        document: b"890102197803150113".to_vec(),
        media_type: "application/pdf".to_owned(),
        media: "a4".to_owned(),
        copies: 1,
    };
    let shown = format!("{:?}", ToWorker::Command { request: 1, deadline_ms: 1, command: Command::Print(job) });
    assert!(!shown.contains("56, 57, 48") && !shown.contains("890102"), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    /// Any damage ends in an error or in another well-formed message, never in a panic,
    /// and reading never takes more bytes than the length says.
    #[test]
    fn damaged_messages_never_panic(which in 0_usize..6, flips in prop::collection::vec((0_usize..400, 1_u8..=255), 1..6)) {
        for mut framed in [encode(&to_worker()[which]).unwrap().to_vec(), encode(&from_worker()[which]).unwrap().to_vec()] {
            for (at, bits) in &flips {
                let at = at % framed.len();
                framed[at] ^= bits;
            }
            let mut cursor = Cursor::new(&framed);
            let _ = read_message::<ToWorker>(&mut cursor);
            let mut cursor = Cursor::new(&framed);
            let _ = read_message::<FromWorker>(&mut cursor);
            prop_assert!(cursor.position() as usize <= framed.len());
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode::<FromWorker>(&bytes);
        let _ = decode::<ToWorker>(&bytes);
        let _ = read_message::<FromWorker>(&mut Cursor::new(bytes));
    }
}
