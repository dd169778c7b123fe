//! 窗口屏: the two-line panels over the windows, on one serial line with an address each (RS-485).
//!
//! ```text
//! host  -> panel : STX | address, two digits | turn, one digit | 'T' text … or 'P' | ETX | BCC
//! panel -> host  : STX | address, two digits | turn, one digit | '0' good, '1' busy, other: fault | ETX | BCC
//! BCC = XOR of everything from the address up to ETX, ETX included; STX is 02, ETX 03
//! ```
//! The text is GB 18030, whose second to fourth bytes are never below 0x30, so no byte of it can be
//! taken for STX or ETX. `P` asks whether the panel is there. The turn counts calls modulo ten: an
//! answer to an earlier call is told by it.

use crate::decoder::{self, Shape};
use encoding_rs::GB18030;
use std::time::{Duration, Instant};
use tongban_device::control::OpControl;
use tongban_device::driver::{Device, Evidence, Health};
use tongban_device::fault::DeviceFault;
use tongban_device::hall::{CallDisplay, Notice};
use tongban_device::transport::ByteLink;

const STX: u8 = 0x02;
const ETX: u8 = 0x03;
/// STX, address, turn, status, ETX, BCC.
const ANSWER_BYTES: usize = 7;
/// Longest text: two lines of twelve characters.
pub const TEXT_BYTES_MAX: usize = 48;
/// Highest address two digits hold.
pub const ADDRESS_MAX: u8 = 99;

/// A frame to the panel at `address` (at most [`ADDRESS_MAX`]): `word` is `T` or `P`, `turn` counts modulo ten.
#[must_use]
pub fn frame(address: u8, turn: u8, word: u8, text: &[u8]) -> Vec<u8> {
    let mut bytes = vec![STX];
    bytes.extend(format!("{:02}{}", address.min(ADDRESS_MAX), turn % 10).bytes());
    bytes.push(word);
    bytes.extend_from_slice(text);
    bytes.push(ETX);
    bytes.push(bytes[1..].iter().fold(0, |sum, byte| sum ^ byte));
    bytes
}

/// What a panel answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// Which panel.
    pub address: u8,
    /// Of which call.
    pub turn: u8,
    /// `b'0'` is good.
    pub status: u8,
}

/// The panels' answers out of a byte stream. Without I/O.
#[derive(Debug)]
pub struct Panel;

/// Collects bytes into answers.
pub type Decoder = decoder::Decoder<Panel>;

impl Shape for Panel {
    type Answer = Answer;
    const BEGUN: usize = 1;

    fn take(buffer: &mut Vec<u8>) -> Result<Option<Answer>, &'static str> {
        let noise = buffer.iter().position(|byte| *byte == STX).unwrap_or(buffer.len());
        buffer.drain(..noise);
        let Some(frame) = buffer.first_chunk::<ANSWER_BYTES>() else { return Ok(None) };
        let [_, tens, ones, turn, status, end, check] = *frame;
        let digits = [tens, ones, turn].iter().all(u8::is_ascii_digit);
        let verdict = if !digits || end != ETX {
            Err("another shape than an answer's")
        } else if frame[1..ANSWER_BYTES - 1].iter().fold(0, |sum, byte| sum ^ byte) != check {
            Err("check byte does not fit")
        } else {
            Ok(Some(Answer { address: (tens - b'0') * 10 + (ones - b'0'), turn: turn - b'0', status }))
        };
        buffer.drain(..if verdict.is_ok() { ANSWER_BYTES } else { 1 });
        verdict
    }
}

/// A panel on a byte link.
pub struct WindowPanel<L> {
    link: L,
    address: u8,
    answer: Duration,
    decoder: Decoder,
    turn: u8,
    calls: u32,
}

impl<L: ByteLink> WindowPanel<L> {
    /// The panel at `address` on this link; `answer` is how long it may take.
    ///
    /// # Errors
    /// `Unsupported` for an address of more than two digits.
    pub fn new(link: L, address: u8, answer: Duration) -> Result<Self, DeviceFault> {
        if address > ADDRESS_MAX {
            return Err(DeviceFault::Unsupported);
        }
        Ok(Self { link, address, answer, decoder: Decoder::default(), turn: 0, calls: 0 })
    }

    /// Sends a word and waits for the answer that bears its address and turn.
    fn ask(&mut self, word: u8, text: &[u8], control: &OpControl<'_>) -> Result<(), DeviceFault> {
        self.link.flush_input()?;
        self.decoder.clear();
        self.turn = (self.turn + 1) % 10;
        let sent = Instant::now();
        self.link.write_all(&frame(self.address, self.turn, word, text), sent + self.answer)?;
        let mut chunk = [0; 64];
        loop {
            if control.cancel.is_cancelled() {
                return Err(DeviceFault::Cancelled);
            }
            let left = self.answer.saturating_sub(sent.elapsed());
            let count = self.link.read(&mut chunk, left)?;
            self.decoder.push(&chunk[..count]);
            match self.decoder.next_answer() {
                Ok(Some(answer)) if (answer.address, answer.turn) == (self.address, self.turn) => {
                    return match answer.status {
                        b'0' => Ok(()),
                        b'1' => Err(DeviceFault::Busy),
                        other => Err(DeviceFault::Hardware(format!("panel status {other:02X}"))),
                    };
                }
                // Another panel on the line, or an answer to an earlier call.
                Ok(Some(_)) => {}
                Err(text) => return Err(DeviceFault::Protocol(text.to_owned())),
                Ok(None) if count == 0 && left.is_zero() => {
                    return Err(if self.decoder.is_partial() {
                        DeviceFault::Protocol("frame broken off".to_owned())
                    } else {
                        DeviceFault::Timeout(u64::try_from(sent.elapsed().as_millis()).unwrap_or(u64::MAX))
                    });
                }
                Ok(None) => {}
            }
        }
    }
}

impl<L: ByteLink> Device for WindowPanel<L> {
    fn health(&mut self, control: &mut OpControl<'_>) -> Result<Health, DeviceFault> {
        self.ask(b'P', &[], control)?;
        Ok(Health::online(Evidence::from([("calls".to_owned(), self.calls.to_string())])))
    }

    fn reset(&mut self, control: &mut OpControl<'_>) -> Result<(), DeviceFault> {
        self.ask(b'P', &[], control)
    }
}

impl<L: ByteLink> CallDisplay for WindowPanel<L> {
    fn show(&mut self, notice: &Notice, control: &mut OpControl<'_>) -> Result<(), DeviceFault> {
        let text = format!("{} {}号窗口", notice.ticket, notice.window);
        let (bytes, _, unmappable) = GB18030.encode(&text);
        if unmappable || bytes.len() > TEXT_BYTES_MAX || text.chars().any(char::is_control) {
            return Err(DeviceFault::Unsupported);
        }
        self.ask(b'T', &bytes, control)?;
        self.calls += 1;
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Written out by hand from the table above: panel 07, turn 1, text `A`.
    const CALL: [u8; 8] = [0x02, b'0', b'7', b'1', b'T', b'A', 0x03, 0x20];
    const GOOD: [u8; 7] = [0x02, b'0', b'7', b'1', b'0', 0x03, 0x05];

    #[test]
    fn frames_are_those_of_the_makers_table() {
        let check = |bytes: &[u8]| bytes[1..bytes.len() - 1].iter().fold(0, |sum, byte| sum ^ byte);
        assert_eq!((check(&CALL), check(&GOOD)), (CALL[7], GOOD[6]), "the table agrees with itself");
        assert_eq!(frame(7, 1, b'T', b"A"), CALL);
        let mut decoder = Decoder::default();
        decoder.push(&GOOD);
        assert_eq!(decoder.next_answer(), Ok(Some(Answer { address: 7, turn: 1, status: b'0' })));
    }

    #[test]
    fn an_answer_is_found_after_noise_and_in_any_pieces() {
        for cut in 0..=GOOD.len() {
            let mut decoder = Decoder::default();
            decoder.push(&[0xFF, 0x00]);
            decoder.push(&GOOD[..cut]);
            if cut < GOOD.len() {
                assert_eq!(decoder.next_answer(), Ok(None), "after {cut} bytes");
            }
            decoder.push(&GOOD[cut..]);
            assert!(decoder.next_answer().unwrap().is_some(), "cut at {cut}");
        }
    }

    #[test]
    fn no_single_turned_bit_is_taken_for_an_answer() {
        for at in 0..GOOD.len() * 8 {
            let mut bytes = GOOD;
            bytes[at / 8] ^= 1 << (at % 8);
            let mut decoder = Decoder::default();
            decoder.push(&bytes);
            assert!(!matches!(decoder.next_answer(), Ok(Some(_))), "bit {at}");
        }
    }
}
