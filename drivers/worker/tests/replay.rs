//! A fault of a hall, recorded with lengths and status only, plays again at a desk.
#![allow(clippy::unwrap_used)]

use std::io::BufReader;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tongban_device::control::{CancelFlag, OpControl};
use tongban_device::driver::{Device, IdCardReader};
use tongban_device::fault::DeviceFault;
use tongban_id_card::photo::NoDecoder;
use tongban_id_card::{SamReader, Timings};
use tongban_sim::SamPeer;
use tongban_sim::card::Card;
use tongban_sim::fault::{Fault, Moment, Wrong};
use tongban_sim::link::PeerLink;
use tongban_sim::people;
use tongban_transport::record::{Consent, Header, RECORDING_VERSION, RecordedLink, Recorder, Recording, What};
use tongban_worker::replay::replay;

#[derive(Clone, Default)]
struct File(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for File {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl File {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn recording(&self) -> Recording {
        Recording::read(BufReader::new(self.text().as_bytes())).unwrap()
    }
}

fn header(content: bool) -> Header {
    let consent = Consent { technician: "t.zhao".to_owned(), reason: "4711".to_owned(), signature: "00".to_owned() };
    Header {
        v: RECORDING_VERSION,
        kind: "IdCardReader".to_owned(),
        driver: "sam-serial".to_owned(),
        port: "/dev/serial/by-path/x".to_owned(),
        options: std::collections::BTreeMap::new(),
        consent: content.then_some(consent),
    }
}

/// Opens, polls and reads once while this goes wrong; what the driver said of the reading.
fn in_the_hall(file: &File, content: bool, wrong: Option<Wrong>) -> Result<(), DeviceFault> {
    let recorder = Recorder::begin(Box::new(file.clone()), &header(content)).unwrap();
    let wire = PeerLink::new(SamPeer::new(7));
    wire.with(|peer| {
        peer.put(Card::of(people::find("陈建国").unwrap()));
        if let Some(wrong) = wrong {
            // A card that could not be read is asked for again, three times.
            let times = if wrong == Wrong::Status(0x41) { 4 } else { 1 };
            peer.script.arm(Fault { times, ..Fault::once(wrong, Moment::Read) });
        }
    });
    let mut reader = SamReader::new(RecordedLink::new(wire, recorder.clone()), Timings::default(), Box::new(NoDecoder));
    let mut silent = |_| {};
    let mut control = OpControl::new(Duration::from_secs(4), CancelFlag::new(), &mut silent);
    let word = |outcome: &Result<(), DeviceFault>| match outcome {
        Ok(()) => "ok".to_owned(),
        Err(DeviceFault::Timeout(_)) => "D104 timed out".to_owned(),
        Err(fault) => format!("{} {fault}", fault.code().as_str()),
    };
    recorder.note(What::Begin("open".to_owned(), 5000), &[]);
    recorder.note(What::End("ok".to_owned()), &[]);
    recorder.note(What::Begin("check".to_owned(), 5000), &[]);
    let checked = reader.health(&mut control).map(drop);
    recorder.note(What::End(word(&checked)), &[]);
    recorder.note(What::Begin("read-card".to_owned(), 4000), &[]);
    let read = reader.read_card(&mut control).map(drop);
    recorder.note(What::End(word(&read)), &[]);
    read
}

#[test]
fn recorded_faults_end_the_same_way_when_played() {
    for wrong in [
        None,
        Some(Wrong::Short(400)),
        Some(Wrong::Unplug(1000)),
        Some(Wrong::Status(0x41)),
        Some(Wrong::Status(0x66)),
        Some(Wrong::Silence),
    ] {
        let file = File::default();
        let then = in_the_hall(&file, false, wrong);
        assert_eq!(then.is_ok(), wrong.is_none(), "{wrong:?}: {then:?}");
        let replayed = replay(&file.recording()).unwrap();
        assert!(replayed.same(), "{wrong:?}: {replayed:?}");
        assert_eq!(replayed.steps.len(), 3, "{wrong:?}");
        assert_eq!(replayed.differs, None, "{wrong:?}");
    }
}

#[test]
fn a_recording_that_does_not_fit_the_program_shows() {
    let file = File::default();
    in_the_hall(&file, false, Some(Wrong::Unplug(1000))).unwrap_err();
    let mut recording = file.recording();
    // As if the hall's program had come through.
    for entry in &mut recording.entries {
        if let What::End(word) = &mut entry.what {
            *word = "ok".to_owned();
        }
    }
    assert!(!replay(&recording).unwrap().same());
}

#[test]
fn without_a_consent_nothing_of_the_card_is_in_the_file() {
    let (lengths, content) = (File::default(), File::default());
    in_the_hall(&lengths, false, None).unwrap();
    in_the_hall(&content, true, None).unwrap();
    let person = people::find("陈建国").unwrap();
    let hex = |text: &str| -> String {
        text.encode_utf16().flat_map(u16::to_le_bytes).map(|byte| format!("{byte:02x}")).collect()
    };
    for secret in [hex(&person.number), hex(&person.name), hex(person.birth())] {
        assert!(!lengths.text().contains(&secret), "a card's text is in the recording");
        assert!(content.text().contains(&secret), "control: with a consent it is");
    }
    assert!(replay(&content.recording()).unwrap().same());
    // Content smuggled into a file without consent is refused.
    let smuggled = format!(
        "{}\n{}",
        lengths.text().lines().next().unwrap(),
        content.text().lines().find(|line| line.contains("bytes")).unwrap()
    );
    assert!(Recording::read(BufReader::new(smuggled.as_bytes())).is_err());
}
