//! ID-card readers: bytes, HID reports, bulk pipes whole and split, and a pseudo terminal.

use crate::bench::{self, Lock};
use crate::line::Line;
use crate::table;
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use tongban_conformance::{Family, Limits, LinkRig, Stage, Tamper, Traits, frames, run, subject};
use tongban_device::fault::DeviceFault;
use tongban_device::transport::{ByteLink, LinkError};
use tongban_id_card::photo::NoDecoder;
use tongban_id_card::{SamReader, Timings};
use tongban_sim::SamPeer;
use tongban_sim::card::Card;
use tongban_sim::link::PeerLink;
use tongban_sim::people;
use tongban_transport::{PipeLink, Pipes, REPORT_BYTES, ReportLink, ReportPort, SerialLink};

/// A line without time; a pause, which no fault should cost, would be noticed.
const TIMELESS: Timings =
    Timings { find_pause: Duration::from_secs(9), answer: Duration::ZERO, read: Duration::ZERO, gap: Duration::ZERO };

pub const SAM: Traits = Traits { checked: true, skips_noise: true, frames: frames::sam, holds: frames::sam_holds };

pub fn card() -> Card {
    Card::of(people::find("陈建国").unwrap())
}

fn in_memory<L: ByteLink + 'static>(
    transport: &'static str,
    link: impl Fn(PeerLink<SamPeer>) -> L + 'static,
) -> LinkRig<'static> {
    let (wire, lock, card) = (PeerLink::new(SamPeer::new(7)), Lock::default(), card());
    let open = wire.clone();
    let driver = if transport.contains("hid") {
        "sam-hid"
    } else if transport.contains("bulk") {
        "sam-usb"
    } else {
        "sam-serial"
    };
    let mut rig = LinkRig::new(
        Family::IdCardReader,
        (driver, transport),
        if driver == "sam-hid" { Traits { frames: frames::sam_in_reports, ..SAM } } else { SAM },
        move |tamper| {
            let mut port = lock.take(link(open.clone()))?;
            port.flush_input()?;
            Ok(Box::new(subject::Card(Box::new(SamReader::new(tamper.on(port), TIMELESS, Box::new(NoDecoder))))))
        },
        move |stage| {
            wire.forget();
            wire.with(|peer| match stage {
                Stage::Media => peer.put(card.clone()),
                Stage::NoMedia => peer.take(),
                Stage::Replug => tongban_sim::peer::Peer::power_off(peer),
            });
            Ok(())
        },
    );
    rig.limits = bench::memory_limits();
    rig
}

#[test]
fn a_reader_in_memory_conforms_at_every_byte() {
    let report = run(&mut in_memory("memory", |wire| wire), &bench::every());
    table::check("sam-serial memory", &report);
}

/// Takes reports, gives reports; knows nothing but 64 bytes at a time.
struct Reports {
    wire: PeerLink<SamPeer>,
    /// Bytes of the peer not yet in a report.
    waiting: VecDeque<u8>,
}

impl ReportPort for Reports {
    fn write_report(&mut self, report: &[u8; 1 + REPORT_BYTES], deadline: Instant) -> Result<(), LinkError> {
        assert_eq!(report[0], 0, "report number");
        self.wire.write_all(&report[1..], deadline)
    }

    fn read_report(&mut self, payload: &mut [u8; REPORT_BYTES], wait: Duration) -> Result<usize, LinkError> {
        if self.waiting.is_empty() {
            let mut answer = [0; 4096];
            let count = self.wire.read(&mut answer, wait)?;
            self.waiting.extend(&answer[..count]);
        }
        if self.waiting.is_empty() {
            return Ok(0);
        }
        // The last report is padded, as the reader does.
        for slot in payload.iter_mut() {
            *slot = self.waiting.pop_front().unwrap_or(0);
        }
        Ok(REPORT_BYTES)
    }
}

#[test]
fn a_reader_behind_hid_reports_conforms_at_every_byte() {
    let rig = |wire| ReportLink::new(Reports { wire, waiting: VecDeque::new() });
    let report = run(&mut in_memory("memory, hid reports", rig), &bench::every());
    table::check("sam-hid memory", &report);
}

#[test]
fn a_card_takes_as_many_reports_as_arithmetic_says() {
    let wire = PeerLink::new(SamPeer::new(7));
    wire.with(|peer| peer.put(card()));
    let mut link = ReportLink::new(Reports { wire: wire.clone(), waiting: VecDeque::new() });
    let mut ask = |words: (u8, u8)| {
        link.write_all(&tongban_id_card::codec::command(words.0, words.1, &[]), Instant::now()).unwrap();
        let (mut bytes, mut chunk) = (0, [0; 64]);
        while let count @ 1.. = link.read(&mut chunk, Duration::ZERO).unwrap() {
            bytes += count;
        }
        bytes
    };
    assert_eq!((ask((0x20, 0x01)), ask((0x20, 0x02))), (64, 64));
    assert_eq!(ask((0x30, 0x10)), 2321_usize.div_ceil(64) * 64, "37 reports");
    wire.with(|peer| peer.put(card()));
    ask((0x20, 0x01));
    ask((0x20, 0x02));
    assert_eq!(ask((0x30, 0x01)), 21 * 64);
}

/// Bulk pipes: whole frames on one pair, or header and rest each on their own.
struct Bulk {
    wire: PeerLink<SamPeer>,
    split: bool,
    header: Vec<u8>,
    waiting: [VecDeque<u8>; 2],
}

impl Bulk {
    fn new(wire: PeerLink<SamPeer>, split: bool) -> PipeLink<Self> {
        PipeLink::new(Self { wire, split, header: Vec::new(), waiting: [VecDeque::new(), VecDeque::new()] })
    }
}

impl Pipes for Bulk {
    fn outs(&self) -> usize {
        if self.split { 2 } else { 1 }
    }

    fn ins(&self) -> usize {
        self.outs()
    }

    fn write(&mut self, pipe: usize, bytes: &[u8], deadline: Instant) -> Result<(), LinkError> {
        if !self.split {
            return self.wire.write_all(bytes, deadline);
        }
        if pipe == 0 {
            // A new header is a new command; what was left of the last answer is void.
            assert!(bytes.len() <= 7, "header only");
            self.waiting = [VecDeque::new(), VecDeque::new()];
            self.header = bytes.to_vec();
            return Ok(());
        }
        let frame = [std::mem::take(&mut self.header), bytes.to_vec()].concat();
        self.wire.write_all(&frame, deadline)
    }

    fn read(&mut self, pipe: usize, buffer: &mut [u8], wait: Duration) -> Result<usize, LinkError> {
        let mut answer = [0; 4096];
        let count = self.wire.read(&mut answer, wait)?;
        let cut = if self.split { count.min(7) } else { count };
        self.waiting[0].extend(&answer[..cut]);
        self.waiting[1].extend(&answer[cut..count]);
        let from = &mut self.waiting[pipe];
        let count = buffer.len().min(from.len());
        for slot in &mut buffer[..count] {
            *slot = from.pop_front().unwrap();
        }
        Ok(count)
    }
}

#[test]
fn a_reader_on_one_pair_of_bulk_pipes_conforms_at_every_byte() {
    let report = run(&mut in_memory("memory, bulk", |wire| Bulk::new(wire, false)), &bench::every());
    table::check("sam-usb memory", &report);
}

#[test]
fn a_reader_on_split_bulk_pipes_conforms_at_every_byte() {
    let report = run(&mut in_memory("memory, bulk split", |wire| Bulk::new(wire, true)), &bench::every());
    table::check("sam-usb split memory", &report);
}

#[test]
fn a_reader_on_a_pseudo_terminal_conforms_at_every_frame() {
    let (line, card) = (Line::new(SamPeer::new(7)), card());
    let port = line.port();
    let timings = Timings {
        find_pause: Duration::from_millis(20),
        answer: Duration::from_millis(300),
        read: Duration::from_millis(300),
        gap: Duration::from_millis(40),
    };
    let open = move |tamper: &Tamper| -> Result<Box<dyn tongban_conformance::Subject>, DeviceFault> {
        let _ = tamper;
        let link = SerialLink::open(&port, 115_200)?;
        Ok(Box::new(subject::Card(Box::new(SamReader::new(link, timings, Box::new(NoDecoder))))))
    };
    let stage = |stage| {
        line.stage(stage, |peer| match stage {
            Stage::Media => peer.put(card.clone()),
            Stage::NoMedia => peer.take(),
            Stage::Replug => {}
        })
    };
    let mut rig =
        LinkRig::new(Family::IdCardReader, ("sam-serial", "pty"), SAM, open, stage).with_tamper(line.tamper());
    rig.limits = Limits { slack: Duration::from_secs(3), ..Limits::default() };
    table::check("sam-serial pty", &run(&mut rig, &bench::frames(usize::MAX)));
}
