//! 帧编解码 (GA/T 467): `AA AA AA 96 69 ‖ u16be length ‖ … ‖ XOR`, without I/O.
//!
//! The length counts everything after itself, check byte included; the check byte is the
//! XOR of everything after the preamble. Readers lose the first byte of the preamble or
//! send stray bytes before it, so the preamble is searched for, not expected.

use zeroize::{Zeroize, Zeroizing};

/// What every frame begins with.
pub const PREAMBLE: [u8; 5] = [0xAA, 0xAA, 0xAA, 0x96, 0x69];
/// The part of it that must be there: the first byte may be lost on the line.
const PREAMBLE_KEPT: &[u8] = &[0xAA, 0xAA, 0x96, 0x69];
/// Longest length field a reader may send.
pub const LENGTH_MAX: usize = 4089;
/// Three status bytes and the check byte.
const LENGTH_MIN: usize = 4;
const LENGTH_BYTES: usize = 2;

/// A reader's answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// SW1: first byte of the card's own status word.
    pub sw1: u8,
    /// SW2: second byte of it.
    pub sw2: u8,
    /// SW3: the reader's status.
    pub sw3: u8,
    /// What follows the status.
    pub data: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answer({:02X} {:02X} {:02X}, {} bytes)", self.sw1, self.sw2, self.sw3, self.data.len())
    }
}

/// Why bytes were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodecFault {
    /// The check byte does not fit.
    Checksum,
    /// The length field cannot be right.
    Length,
    /// The frame did not go on; what had come was dropped.
    Short,
}

impl CodecFault {
    /// Technical text without personal data.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Checksum => "check byte does not fit",
            Self::Length => "impossible length",
            Self::Short => "frame broken off",
        }
    }
}

/// XOR over the bytes.
fn check_byte(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

/// The complete frame of a command.
#[must_use]
pub fn command(code: u8, parameter: u8, data: &[u8]) -> Vec<u8> {
    // A command's data is one byte at most (`61 FF`), so the length always fits.
    let length = u16::try_from(data.len() + 3).unwrap_or(u16::MAX);
    let mut frame = PREAMBLE.to_vec();
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(&[code, parameter]);
    frame.extend_from_slice(data);
    frame.push(check_byte(&frame[PREAMBLE.len()..]));
    frame
}

/// Collects bytes into answers.
#[derive(Default)]
pub struct Decoder {
    buffer: Vec<u8>,
}

impl Drop for Decoder {
    fn drop(&mut self) {
        self.buffer.zeroize();
    }
}

impl Decoder {
    /// Nothing received yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes from the line.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next answer, if it is complete.
    ///
    /// # Errors
    /// [`CodecFault`]; the frame it speaks of is dropped and the search goes on behind it.
    pub fn next_answer(&mut self) -> Result<Option<Answer>, CodecFault> {
        let Some(body) = self.align() else { return Ok(None) };
        let Some(length) = self.buffer.get(body..body + LENGTH_BYTES) else { return Ok(None) };
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        if !(LENGTH_MIN..=LENGTH_MAX).contains(&length) {
            self.discard(body);
            return Err(CodecFault::Length);
        }
        let end = body + LENGTH_BYTES + length;
        let Some(frame) = self.buffer.get(body..end) else { return Ok(None) };
        // XOR over everything with its own check byte is zero.
        let fits = check_byte(frame) == 0;
        let answer = Answer {
            sw1: frame[2],
            sw2: frame[3],
            sw3: frame[4],
            data: Zeroizing::new(frame[5..frame.len() - 1].to_vec()),
        };
        self.discard(end);
        if fits { Ok(Some(answer)) } else { Err(CodecFault::Checksum) }
    }

    /// The line fell silent: whatever is half there is dropped.
    ///
    /// # Errors
    /// [`CodecFault::Short`] when something was half there.
    pub fn silence(&mut self) -> Result<(), CodecFault> {
        let half = self.align().is_some();
        self.clear();
        if half { Err(CodecFault::Short) } else { Ok(()) }
    }

    /// Is a frame begun and not complete?
    #[must_use]
    pub fn is_partial(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.buffer.zeroize();
        self.buffer.clear();
    }

    /// Drops what is before the preamble; says where the length begins.
    fn align(&mut self) -> Option<usize> {
        match self.buffer.windows(PREAMBLE_KEPT.len()).position(|window| window == PREAMBLE_KEPT) {
            Some(at) => {
                self.discard(at);
                Some(PREAMBLE_KEPT.len())
            }
            None => {
                // The tail may be the beginning of a preamble.
                let keep = self.buffer.len().min(PREAMBLE_KEPT.len() - 1);
                self.discard(self.buffer.len() - keep);
                None
            }
        }
    }

    fn discard(&mut self, count: usize) {
        self.buffer[..count].zeroize();
        self.buffer.drain(..count);
    }
}
