//! 不间断电源: supplies with a serial line of their own that speak Megatec's protocol, read only.
//!
//! "Megatec Protocol information", version 2.7 (1996), section C.1; most supplies sold in China under
//! many names speak it. 2400 baud, 8N1. Only the status inquiry is sent: the same port takes commands
//! that switch the output off, and none of them is written here.
//!
//! ```text
//! host   -> supply : 'Q' '1' CR
//! supply -> host   : '(' MMM.M ' ' NNN.N ' ' PPP.P ' ' QQQ ' ' RR.R ' ' S.SS ' ' TT.T ' ' b7…b0 CR
//!                     input V   fault V   output V  load %  Hz     battery V   °C
//! ```
//!
//! 47 bytes; the battery's voltage is `S.SS` a cell on an on-line supply, `SS.S` as a whole on a standby
//! one. A reading the supply does not take is blank or `-` in some makes: only the status counts here,
//! the rest is told where it is a number. Status: b7 mains failed, b6 battery low, b5 bypass or boost,
//! b4 the supply is broken, b3 standby type, b2 test in progress, b1 shutting down, b0 beeper on. There
//! is no check; the shape of the whole line stands for it. A supply that does not know a command sends it back.

use crate::decoder::{self, Shape};
use std::time::{Duration, Instant};
use tongban_device::ErrorCode;
use tongban_device::control::OpControl;
use tongban_device::driver::{Device, Evidence, Health};
use tongban_device::fault::DeviceFault;
use tongban_device::hall::{PowerState, PowerSupply};
use tongban_device::state::DeviceState;
use tongban_device::transport::ByteLink;

/// The one question.
const INQUIRY: &[u8] = b"Q1\r";
const START: u8 = b'(';
const END: u8 = b'\r';
/// From the start byte to the one before the end.
const LINE_BYTES: usize = 46;
/// Where the seven readings and the status stand between start and end, blanks in between.
const READINGS: [std::ops::Range<usize>; 7] = [1..6, 7..12, 13..18, 19..22, 23..27, 28..32, 33..37];
/// See [`READINGS`].
const STATUS: std::ops::Range<usize> = 38..46;

/// What a supply said of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Eight bits, b7 first.
    pub status: u8,
    /// Load, percent of the most, where it is a number.
    pub load: Option<u16>,
    /// Temperature in tenths of a degree Celsius, where it is a number.
    pub tenths_celsius: Option<u16>,
}

impl Answer {
    fn bit(&self, place: u8) -> bool {
        self.status >> place & 1 == 1
    }

    /// What it says of the power.
    #[must_use]
    pub fn power(&self) -> PowerState {
        PowerState { on_mains: !self.bit(7), battery_low: self.bit(6), charge: None, runtime_s: None }
    }

    /// The supply itself does not work.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.bit(4)
    }
}

/// Lines of the family. Without I/O.
#[derive(Debug)]
pub struct Megatec;

/// Collects bytes into answers.
pub type Decoder = decoder::Decoder<Megatec>;

impl Shape for Megatec {
    type Answer = Answer;
    const BEGUN: usize = 1;

    fn take(buffer: &mut Vec<u8>) -> Result<Option<Answer>, &'static str> {
        let noise = buffer.iter().position(|byte| *byte == START).unwrap_or(buffer.len());
        // Noise of any length is let go; what is kept is never longer than a line and its end.
        buffer.drain(..noise);
        let shape = |line: &[u8]| line.iter().position(|byte| *byte == END);
        let verdict = match shape(&buffer[..buffer.len().min(LINE_BYTES + 1)]) {
            None if buffer.len() <= LINE_BYTES => return Ok(None),
            Some(LINE_BYTES) => read_line(&buffer[..LINE_BYTES]).map(Some),
            None | Some(_) => Err("another shape than an answer's"),
        };
        buffer.drain(..if verdict.is_ok() { LINE_BYTES + 1 } else { 1 });
        verdict
    }
}

/// A line of the right length, from its start byte on.
fn read_line(line: &[u8]) -> Result<Answer, &'static str> {
    let reading = |byte: &u8| byte.is_ascii_digit() || b".-@ ".contains(byte);
    let mut blanks = READINGS.iter().map(|place| line.get(place.end)).chain([line.get(STATUS.end - 9)]);
    let apart = blanks.all(|byte| byte == Some(&b' '));
    let fields = READINGS.iter().all(|place| line.get(place.clone()).is_some_and(|field| field.iter().all(reading)));
    let bits = line.get(STATUS).ok_or("no status")?;
    if !apart || !fields || !bits.iter().all(|bit| matches!(bit, b'0' | b'1')) {
        return Err("another shape than an answer's");
    }
    let number = |place: usize| {
        let digits: String =
            line[READINGS[place].clone()].iter().filter(|b| **b != b'.').map(|b| char::from(*b)).collect();
        digits.parse().ok()
    };
    let status = bits.iter().fold(0, |status, bit| status << 1 | (bit - b'0'));
    Ok(Answer { status, load: number(3), tenths_celsius: number(6) })
}

/// A supply on a byte link.
pub struct MegatecSupply<L> {
    link: L,
    answer: Duration,
    decoder: Decoder,
}

impl<L: ByteLink> MegatecSupply<L> {
    /// The supply on this link; `answer` is how long it may take.
    #[must_use]
    pub fn new(link: L, answer: Duration) -> Self {
        Self { link, answer, decoder: Decoder::default() }
    }

    fn ask(&mut self, control: &OpControl<'_>) -> Result<Answer, DeviceFault> {
        self.link.flush_input()?;
        self.decoder.clear();
        let mut sent = Instant::now();
        let answer = self.answer.min(control.remaining());
        self.link.write_all(INQUIRY, sent + answer)?;
        let (mut chunk, mut again) = ([0; 64], false);
        loop {
            if control.cancel.is_cancelled() {
                return Err(DeviceFault::Cancelled);
            }
            let left = answer.saturating_sub(sent.elapsed());
            let count = self.link.read(&mut chunk, left)?;
            self.decoder.push(&chunk[..count]);
            match self.decoder.next_answer() {
                Ok(Some(answer)) => return Ok(answer),
                Err(text) => return Err(DeviceFault::Protocol(text.to_owned())),
                Ok(None) if count == 0 && left.is_zero() => {
                    return Err(if self.decoder.is_partial() {
                        DeviceFault::Protocol("line broken off".to_owned())
                    } else {
                        DeviceFault::Timeout(u64::try_from(sent.elapsed().as_millis()).unwrap_or(u64::MAX))
                    });
                }
                // A line sent back: half of an earlier question stood before this one, and is gone with it.
                Ok(None) if !again && !self.decoder.is_partial() && chunk[..count].contains(&END) => {
                    (again, sent) = (true, Instant::now());
                    self.link.write_all(INQUIRY, sent + answer)?;
                }
                Ok(None) => {}
            }
        }
    }
}

impl<L: ByteLink> Device for MegatecSupply<L> {
    fn health(&mut self, control: &mut OpControl<'_>) -> Result<Health, DeviceFault> {
        let answer = self.ask(control)?;
        let power = answer.power();
        let mut evidence = Evidence::from([
            ("mains".to_owned(), power.on_mains.to_string()),
            ("low".to_owned(), power.battery_low.to_string()),
        ]);
        if let Some(load) = answer.load {
            evidence.insert("load".to_owned(), load.to_string());
        }
        let (state, code) = match (answer.is_broken(), power.on_mains) {
            (true, _) => (DeviceState::HardwareError, Some(ErrorCode::DeviceHardware)),
            (false, true) => (DeviceState::Online, None),
            (false, false) => (DeviceState::PowerOff, None),
        };
        Ok(Health { state, code, evidence })
    }

    fn reset(&mut self, control: &mut OpControl<'_>) -> Result<(), DeviceFault> {
        self.ask(control).map(|_| ())
    }
}

impl<L: ByteLink> PowerSupply for MegatecSupply<L> {
    fn power(&mut self, control: &mut OpControl<'_>) -> Result<PowerState, DeviceFault> {
        let answer = self.ask(control)?;
        if answer.is_broken() {
            return Err(DeviceFault::Hardware("the supply says that it is broken".to_owned()));
        }
        Ok(answer.power())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The example of the paper, section C.1: on-line type, broken, bypass active.
    const PAPER: &[u8; 47] = b"(208.4 140.0 208.4 034 59.9 2.05 35.0 00110000\r";
    /// By hand: a standby supply on its battery, the battery low, no temperature taken.
    const BATTERY: &[u8; 47] = b"(000.0 182.5 220.1 021 50.0 11.2 --.- 11001001\r";

    fn read(bytes: &[u8]) -> Result<Option<Answer>, &'static str> {
        let mut decoder = Decoder::default();
        decoder.push(bytes);
        decoder.next_answer()
    }

    #[test]
    fn lines_are_those_of_the_makers_paper() {
        let answer = read(PAPER).unwrap().unwrap();
        assert_eq!(answer, Answer { status: 0b0011_0000, load: Some(34), tenths_celsius: Some(350) });
        assert!(answer.is_broken() && answer.power().on_mains && !answer.power().battery_low);
        let answer = read(BATTERY).unwrap().unwrap();
        assert!(!answer.is_broken() && answer.tenths_celsius.is_none() && answer.load == Some(21));
        assert_eq!(answer.power(), PowerState { on_mains: false, battery_low: true, charge: None, runtime_s: None });
    }

    #[test]
    fn an_answer_is_found_after_noise_and_in_any_pieces() {
        for cut in 0..=PAPER.len() {
            let mut decoder = Decoder::default();
            decoder.push(b"Q1\r\xFF");
            decoder.push(&PAPER[..cut]);
            if cut < PAPER.len() {
                assert_eq!(decoder.next_answer(), Ok(None), "after {cut} bytes");
            }
            decoder.push(&PAPER[cut..]);
            assert!(decoder.next_answer().unwrap().is_some(), "cut at {cut}");
        }
    }

    /// Without a check a turned bit may be another reading; it is never another shape, and a status is eight bits.
    #[test]
    fn a_turned_bit_gives_another_reading_at_most() {
        for at in 0..PAPER.len() * 8 {
            let mut bytes = *PAPER;
            bytes[at / 8] ^= 1 << (at % 8);
            let outside = !READINGS.iter().any(|place| place.contains(&(at / 8)));
            let in_status = STATUS.contains(&(at / 8)) && at % 8 == 0;
            let taken = matches!(read(&bytes), Ok(Some(_)));
            assert!(!taken || !outside || in_status, "bit {at}");
        }
    }

    #[test]
    fn a_line_of_another_length_is_refused_and_the_next_is_found() {
        let mut decoder = Decoder::default();
        decoder.push(b"(208.4 140.0\r");
        decoder.push(BATTERY);
        assert!(decoder.next_answer().is_err());
        assert!(decoder.next_answer().unwrap().is_some());
        decoder.push(&[b'('; 200]);
        for _ in 0..400 {
            let _ = decoder.next_answer();
        }
        assert!(decoder.buffer.len() <= LINE_BYTES, "{} bytes kept", decoder.buffer.len());
    }
}
