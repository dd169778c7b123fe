//! 回放: the same driver on a recorded line, command by command.

use crate::open::{Opened, on};
use crate::recording::{command, word};
use anyhow::{Context, bail};
use std::time::Duration;
use tongban_device::control::{CancelFlag, OpControl};
use tongban_device::fault::DeviceFault;
use tongban_device::message::Setup;
use tongban_device::state::DeviceKind;
use tongban_transport::record::{Header, Recording, What};
use tongban_transport::replay::{Fill, ReplayLink};

/// One command, as it ended then and now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Name of the command.
    pub command: String,
    /// How it ended in the recording.
    pub then: String,
    /// How it ends with this program.
    pub now: String,
}

/// What playing a recording showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// The commands.
    pub steps: Vec<Step>,
    /// Where this program first did something else on the line.
    pub differs: Option<String>,
}

impl Replayed {
    /// Every command ended as it did then.
    #[must_use]
    pub fn same(&self) -> bool {
        self.steps.iter().all(|step| step.then == step.now)
    }
}

fn setup_of(header: &Header) -> anyhow::Result<Setup> {
    let kinds = [DeviceKind::IdCardReader, DeviceKind::FingerprintScanner, DeviceKind::DocumentPrinter];
    let kind = kinds.into_iter().find(|kind| format!("{kind:?}") == header.kind);
    let kind = kind.with_context(|| format!("a recording of {} cannot be played", header.kind))?;
    Ok(Setup { kind, driver: header.driver.clone(), port: header.port.clone(), options: header.options.clone() })
}

/// Plays a recording through the driver it was made with.
///
/// # Errors
/// When the recording holds no command, or its answers cannot be made without content.
pub fn replay(recording: &Recording) -> anyhow::Result<Replayed> {
    let setup = setup_of(&recording.header)?;
    let link = ReplayLink::new(recording, fill(&setup)).map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut device: Option<Opened> = None;
    let mut steps = Vec::new();
    let mut entries = recording.entries.iter();
    while let Some(entry) = entries.next() {
        let What::Begin(name, budget) = &entry.what else { continue };
        let end = entries.find_map(|entry| if let What::End(end) = &entry.what { Some(end.clone()) } else { None });
        // The worker died in the middle of the last one.
        let Some(then) = end else { break };
        let outcome = again(&mut device, &setup, &link, name, Duration::from_millis(*budget));
        link.end_of_command();
        // After such an end the worker opened the port anew.
        if matches!(outcome, Err(DeviceFault::Unplugged | DeviceFault::NoDevice)) {
            device = None;
        }
        steps.push(Step { command: name.clone(), then, now: word(&outcome) });
    }
    if steps.is_empty() {
        bail!("no command in this recording");
    }
    Ok(Replayed { steps, differs: link.differs() })
}

fn again(
    device: &mut Option<Opened>,
    setup: &Setup,
    link: &ReplayLink,
    name: &str,
    budget: Duration,
) -> Result<(), DeviceFault> {
    if name == "open" || device.is_none() {
        *device = Some(on(setup, Box::new(link.clone()), None)?);
    }
    let opened = device.as_mut().ok_or(DeviceFault::NoDevice)?;
    let mut silent = |_| {};
    let mut control = OpControl::new(budget, CancelFlag::new(), &mut silent);
    match name {
        "open" => Ok(()),
        "check" => opened.device().health(&mut control).map(drop),
        "reset" => opened.device().reset(&mut control),
        other => {
            let command = command(other).ok_or(DeviceFault::Unsupported)?;
            opened.perform(&command, &mut control).map(drop)
        }
    }
}

/// Answers of protocols whose content can be made up.
fn fill(setup: &Setup) -> Option<Fill> {
    (setup.kind == DeviceKind::IdCardReader).then(|| Box::new(sam_answer) as Fill)
}

/// A whole SAM frame with this beginning: the length it announces, the status it names, a blank
/// record, and a check that fits.
fn sam_answer(_command: &[u8], status: &[u8]) -> Vec<u8> {
    /// The text record and how long the blocks of a card are (GA/T 490).
    const TEXT_BYTES: usize = 256;
    let mut frame = status.to_vec();
    let Some(length) = status.get(5..7).map(|bytes| usize::from(u16::from_be_bytes([bytes[0], bytes[1]]))) else {
        return frame;
    };
    frame.resize(7 + length, 0);
    if length > TEXT_BYTES {
        let fingers = length > 0x0508;
        let lengths: &[u8] = if fingers { &[1, 0, 4, 0, 4, 0] } else { &[1, 0, 4, 0] };
        frame[10..10 + lengths.len()].copy_from_slice(lengths);
        let text = 10 + lengths.len();
        for pair in frame[text..text + TEXT_BYTES].chunks_exact_mut(2) {
            pair.copy_from_slice(&[b' ', 0]);
        }
        // A name, number and birth date nobody has, so that the record can be read at all.
        for (at, digits) in
            [(0, "-"), (36, "19000101"), (122, "000000190001010000"), (188, "20000101"), (204, "20990101")]
        {
            for (offset, digit) in digits.bytes().enumerate() {
                frame[text + at + 2 * offset] = digit;
            }
        }
    }
    let last = frame.len() - 1;
    frame[last] = 0;
    frame[last] = frame[5..last].iter().fold(0, |sum, byte| sum ^ byte);
    frame
}
