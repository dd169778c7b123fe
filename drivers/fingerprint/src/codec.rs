//! 数据包: `EF 01 ‖ address(4) ‖ PID ‖ u16be length ‖ payload ‖ u16be sum`, without I/O.
//!
//! The length counts payload and sum; the sum is over PID, length and payload.

use zeroize::{Zeroize, Zeroizing};

const START: [u8; 2] = [0xEF, 0x01];
/// Every module answers to the broadcast address.
const ADDRESS: [u8; 4] = [0xFF; 4];
/// Start, address, PID and length.
const HEAD_BYTES: usize = 9;
const SUM_BYTES: usize = 2;
/// Longest payload a module can be set to.
pub const PAYLOAD_MAX: usize = 256;

/// Kind of packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pid {
    /// Host to module.
    Command,
    /// More data follows.
    Data,
    /// Answer to a command; the first byte is the confirmation code.
    Ack,
    /// Last data packet.
    Last,
}

impl Pid {
    const fn byte(self) -> u8 {
        match self {
            Self::Command => 0x01,
            Self::Data => 0x02,
            Self::Ack => 0x07,
            Self::Last => 0x08,
        }
    }

    const fn of(byte: u8) -> Option<Self> {
        match byte {
            0x01 => Some(Self::Command),
            0x02 => Some(Self::Data),
            0x07 => Some(Self::Ack),
            0x08 => Some(Self::Last),
            _ => None,
        }
    }
}

/// A packet as received.
#[derive(Clone, PartialEq, Eq)]
pub struct Packet {
    /// Kind.
    pub pid: Pid,
    /// Content.
    pub payload: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Packet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Packet({:?}, {} bytes)", self.pid, self.payload.len())
    }
}

/// Why bytes were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodecFault {
    /// The sum does not fit.
    Sum,
    /// Length or kind cannot be right.
    Shape,
    /// The packet did not go on; what had come was dropped.
    Short,
}

impl CodecFault {
    /// Technical text without personal data.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Sum => "sum does not fit",
            Self::Shape => "impossible length or kind",
            Self::Short => "packet broken off",
        }
    }
}

fn sum(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum: u16, byte| sum.wrapping_add(u16::from(*byte)))
}

/// The complete packet of a command.
#[must_use]
pub fn command(payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD_BYTES + payload.len() + SUM_BYTES);
    bytes.extend_from_slice(&START);
    bytes.extend_from_slice(&ADDRESS);
    bytes.push(Pid::Command.byte());
    // Commands are at most six bytes.
    bytes.extend_from_slice(&u16::try_from(payload.len() + SUM_BYTES).unwrap_or(u16::MAX).to_be_bytes());
    bytes.extend_from_slice(payload);
    let check = sum(&bytes[START.len() + ADDRESS.len()..]);
    bytes.extend_from_slice(&check.to_be_bytes());
    bytes
}

/// Collects bytes into packets.
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
    /// Takes bytes from the line.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next packet, if it is complete.
    ///
    /// # Errors
    /// [`CodecFault`]; the packet it speaks of is dropped and the search goes on behind it.
    pub fn next_packet(&mut self) -> Result<Option<Packet>, CodecFault> {
        if !self.align() || self.buffer.len() < HEAD_BYTES {
            return Ok(None);
        }
        let length = usize::from(u16::from_be_bytes([self.buffer[7], self.buffer[8]]));
        let pid = Pid::of(self.buffer[6]);
        let (Some(pid), SUM_BYTES..=258) = (pid, length) else {
            self.discard(START.len());
            return Err(CodecFault::Shape);
        };
        let end = HEAD_BYTES + length;
        if self.buffer.len() < end {
            return Ok(None);
        }
        let payload = Zeroizing::new(self.buffer[HEAD_BYTES..end - SUM_BYTES].to_vec());
        let check = sum(&self.buffer[6..end - SUM_BYTES]);
        let fits = check.to_be_bytes() == self.buffer[end - SUM_BYTES..end];
        self.discard(end);
        if fits { Ok(Some(Packet { pid, payload })) } else { Err(CodecFault::Sum) }
    }

    /// Is a packet begun and not complete?
    #[must_use]
    pub fn is_partial(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.discard(self.buffer.len());
    }

    /// Drops what is before the start mark.
    fn align(&mut self) -> bool {
        if let Some(at) = self.buffer.windows(START.len()).position(|window| window == START) {
            self.discard(at);
            return true;
        }
        let keep = usize::from(self.buffer.last() == Some(&START[0]));
        self.discard(self.buffer.len() - keep);
        false
    }

    fn discard(&mut self, count: usize) {
        self.buffer[..count].zeroize();
        self.buffer.drain(..count);
    }
}
