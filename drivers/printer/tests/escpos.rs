//! The ESC/POS driver against a peer that speaks the status bytes, over memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use tongban_device::control::{CancelFlag, OpControl};
use tongban_device::driver::Printer;
use tongban_device::fault::DeviceFault;
use tongban_device::memory::{MemoryLink, pair};
use tongban_device::message::{PrintEnd, PrintJob, Setup};
use tongban_device::slip::{QUEUE_SLIP_TYPE, QueueSlip};
use tongban_device::state::{DeviceKind, DeviceState};
use tongban_device::transport::ByteLink;
use tongban_printer::escpos::{MEDIA_TYPE, Status};

/// A printer: answers `DLE EOT n` with the four bytes set, keeps everything else as paper.
struct Peer {
    status: Arc<AtomicU32>,
    paper: Arc<Mutex<Vec<u8>>>,
}

const WELL: u32 = 0x1212_1212;

fn peer() -> (Peer, Box<dyn Printer>) {
    let (ours, theirs) = pair();
    let peer = Peer { status: Arc::new(AtomicU32::new(WELL)), paper: Arc::default() };
    let (status, paper) = (Arc::clone(&peer.status), Arc::clone(&peer.paper));
    thread::spawn(move || run(theirs, &status, &paper));
    let setup = Setup {
        kind: DeviceKind::DocumentPrinter,
        driver: "escpos".into(),
        port: "memory".into(),
        options: BTreeMap::new(),
    };
    let driver = tongban_printer::open_on(&setup, Box::new(ours)).expect("opens");
    (peer, driver)
}

fn run(mut link: MemoryLink, status: &AtomicU32, paper: &Mutex<Vec<u8>>) {
    let mut pending = Vec::new();
    let mut buffer = [0; 256];
    while let Ok(count) = link.read(&mut buffer, Duration::from_millis(200)) {
        pending.extend_from_slice(&buffer[..count]);
        while let [first, rest @ ..] = pending.as_slice() {
            match (first, rest) {
                (0x10, [0x04, n @ 1..=4, ..]) => {
                    let byte = status.load(Ordering::SeqCst).to_be_bytes()[usize::from(*n) - 1];
                    let _sent = link.write_all(&[byte], Instant::now() + Duration::from_secs(1));
                    pending.drain(..3);
                }
                // Asked behind the document: answered when everything before it is on paper.
                (0x1d, [0x72, 0x01 | 0x31, ..]) => {
                    let _sent = link.write_all(&[0x00], Instant::now() + Duration::from_secs(1));
                    pending.drain(..3);
                }
                (0x10, [] | [0x04]) | (0x1d, [] | [0x72]) => break,
                _ => paper.lock().expect("lock").push(pending.remove(0)),
            }
        }
    }
}

fn ticket() -> PrintJob {
    let document = [b"\x1b@".as_slice(), &[0xB1, 0xE0, 0xBA, 0xC5], b" 018\n\x1dV\x01"].concat();
    PrintJob { job_name: "t-1".into(), document, media_type: MEDIA_TYPE.into(), media: String::new(), copies: 1 }
}

fn control(
    ms: u64,
    call: impl FnOnce(&mut OpControl<'_>) -> Result<PrintEnd, DeviceFault>,
) -> Result<PrintEnd, DeviceFault> {
    let mut quiet = |_| {};
    call(&mut OpControl::new(Duration::from_millis(ms), CancelFlag::new(), &mut quiet))
}

#[test]
fn a_ticket_goes_to_paper_byte_for_byte_and_ends_well() {
    let (peer, mut driver) = peer();
    let end = control(20_000, |ctl| driver.print(&ticket(), ctl));
    assert!(matches!(end, Ok(PrintEnd::Done { .. })), "{end:?}");
    assert_eq!(*peer.paper.lock().expect("lock"), ticket().document);
}

#[test]
fn a_queue_slip_given_as_words_comes_out_in_the_printers_own_bytes_and_rubbish_does_not() {
    let (peer, mut driver) = peer();
    let slip = QueueSlip {
        hall: "示范市城东区政务服务中心".into(),
        number: "Y018".into(),
        item: "食品经营许可".into(),
        ahead: 3,
        taken: "2026-11-23 09:30".into(),
        link: String::new(),
    };
    let document = serde_json::to_vec(&slip).expect("plain words");
    let job = PrintJob { document, media_type: QUEUE_SLIP_TYPE.into(), ..ticket() };
    assert!(matches!(control(20_000, |ctl| driver.print(&job, ctl)), Ok(PrintEnd::Done { .. })));
    let paper = peer.paper.lock().expect("lock").clone();
    let (hall, _, _) = encoding_rs::GB18030.encode(&slip.hall);
    for wanted in [hall.as_ref(), b"Y018".as_slice(), &[0x1D, b'V']] {
        assert!(paper.windows(wanted.len()).any(|window| window == wanted), "{wanted:?}");
    }
    let wrong = PrintJob { document: b"{".to_vec(), ..job };
    assert_eq!(control(2_000, |ctl| driver.print(&wrong, ctl)), Err(DeviceFault::Unsupported));
    assert_eq!(peer.paper.lock().expect("lock").len(), paper.len(), "nothing of it came out");
}

#[test]
fn nothing_is_sent_to_a_printer_without_paper_and_the_code_is_p101() {
    let (peer, mut driver) = peer();
    peer.status.store(0x1212_1272, Ordering::SeqCst);
    let end = control(800, |ctl| driver.print(&ticket(), ctl));
    assert_eq!(end, Ok(PrintEnd::NotPrinted { reason: "media-empty".into() }));
    assert!(peer.paper.lock().expect("lock").is_empty());
    let mut quiet = |_| {};
    let mut ctl = OpControl::new(Duration::from_secs(2), CancelFlag::new(), &mut quiet);
    let health = driver.health(&mut ctl).expect("answers");
    assert_eq!((health.state, health.code.map(|c| c.as_str())), (DeviceState::UserError, Some("P101")));
    // Negative control: with paper in, the same ticket prints.
    peer.status.store(WELL, Ordering::SeqCst);
    assert!(matches!(control(20_000, |ctl| driver.print(&ticket(), ctl)), Ok(PrintEnd::Done { .. })));
}

#[test]
fn a_byte_that_is_no_status_is_a_protocol_fault_and_silence_a_time_out() {
    let (peer, mut driver) = peer();
    peer.status.store(0x1212_FF12, Ordering::SeqCst);
    let end = control(2000, |ctl| driver.print(&ticket(), ctl));
    assert!(matches!(end, Err(DeviceFault::Protocol(_))), "{end:?}");
    let (ours, _silent) = pair();
    let setup = Setup {
        kind: DeviceKind::DocumentPrinter,
        driver: "escpos".into(),
        port: "memory".into(),
        options: BTreeMap::new(),
    };
    let mut mute = tongban_printer::open_on(&setup, Box::new(ours)).expect("opens");
    assert!(matches!(control(300, |ctl| mute.print(&ticket(), ctl)), Err(DeviceFault::Timeout(_))));
}

#[test]
fn every_status_word_either_parses_by_its_fixed_bits_or_names_the_bad_byte() {
    for byte in 0..=u8::MAX {
        let parsed = Status::parse([0x12, byte, 0x12, 0x12]);
        assert_eq!(parsed.is_ok(), byte & 0x93 == 0x12, "{byte:02x}");
    }
    let status = Status::parse([0x1A, 0x16, 0x12, 0x1E]).expect("valid");
    assert!(status.offline && status.cover_open && status.paper_near_end && !status.paper_end);
    assert_eq!(status.trouble().map(|t| t.code().as_str()), Some("P103"));
}
