//! 叫号屏: serial LED controllers of the frame family `FE 5C 4B 89 … FF FF`.
//!
//! Controllers differ in their commands and agree in their kind of frame; this module speaks
//! one documented by its own table, which a maker's can be put beside (see
//! `docs/new-device.md`):
//!
//! ```text
//! host  -> board : FE 5C 4B 89 | length u32le | type 31 | serial u32le | data … | sum u8 | FF FF
//! board -> host  : FE 5C 4B 89 | length u32le | type 32 | serial u32le | status | sum u8 | FF FF
//! length = bytes from type up to the sum, sum included; sum = low byte of the sum of everything from type to data
//! ```
//! Data of a call: GB 18030 text, `ticket` and `window` parted by 0x1F. Status 0 is good, 1 busy.

use crate::decoder::{self, Shape};
use encoding_rs::GB18030;
use std::time::{Duration, Instant};
use tongban_device::control::OpControl;
use tongban_device::driver::{Device, Evidence, Health};
use tongban_device::fault::DeviceFault;
use tongban_device::hall::{CallDisplay, Notice};
use tongban_device::transport::ByteLink;

/// What every frame begins with.
pub const START: [u8; 4] = [0xFE, 0x5C, 0x4B, 0x89];
/// What every frame ends with.
pub const END: [u8; 2] = [0xFF, 0xFF];
const HEAD_BYTES: usize = 8;
/// Type, serial, one byte of status, sum.
const ANSWER_BYTES: usize = 7;
const TYPE_COMMAND: u8 = 0x31;
const TYPE_ANSWER: u8 = 0x32;
/// Longest text of a call.
pub const TEXT_BYTES_MAX: usize = 64;

/// A frame of this family.
#[must_use]
pub fn frame(kind: u8, serial: u32, data: &[u8]) -> Vec<u8> {
    let mut body = vec![kind];
    body.extend(serial.to_le_bytes());
    body.extend_from_slice(data);
    body.push(body.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)));
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    [&START[..], &length.to_le_bytes(), &body, &END].concat()
}

/// The board's answers: serial and status. Without I/O.
#[derive(Debug)]
pub struct Board;

/// Collects bytes into answers.
pub type Decoder = decoder::Decoder<Board>;

impl Shape for Board {
    type Answer = (u32, u8);
    const BEGUN: usize = START.len();

    fn take(buffer: &mut Vec<u8>) -> Result<Option<(u32, u8)>, &'static str> {
        let Some(at) = buffer.windows(START.len()).position(|window| window == START) else {
            let keep = buffer.len().min(START.len() - 1);
            buffer.drain(..buffer.len() - keep);
            return Ok(None);
        };
        buffer.drain(..at);
        let total = HEAD_BYTES + ANSWER_BYTES + END.len();
        let Some(frame) = buffer.get(..total) else { return Ok(None) };
        let (body, end) = frame[HEAD_BYTES..].split_at(ANSWER_BYTES);
        let length = u32::from_le_bytes([frame[4], frame[5], frame[6], frame[7]]);
        let sum = body[..ANSWER_BYTES - 1].iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        let verdict = if length as usize != ANSWER_BYTES || body[0] != TYPE_ANSWER || end != END {
            Err("another shape than an answer's")
        } else if sum != body[ANSWER_BYTES - 1] {
            Err("sum does not fit")
        } else {
            Ok(Some((u32::from_le_bytes([body[1], body[2], body[3], body[4]]), body[5])))
        };
        buffer.drain(..if verdict.is_ok() { total } else { START.len() });
        verdict
    }
}

/// A board on a byte link.
pub struct LedBoard<L> {
    link: L,
    answer: Duration,
    decoder: Decoder,
    serial: u32,
    calls: u32,
}

impl<L: ByteLink> LedBoard<L> {
    /// On this link; `answer` is how long the board may take.
    pub fn new(link: L, answer: Duration) -> Self {
        Self { link, answer, decoder: Decoder::default(), serial: 0, calls: 0 }
    }

    /// Sends data and waits for the answer that bears its serial.
    fn ask(&mut self, data: &[u8], control: &OpControl<'_>) -> Result<(), DeviceFault> {
        self.link.flush_input()?;
        self.decoder.clear();
        self.serial = self.serial.wrapping_add(1);
        let sent = Instant::now();
        self.link.write_all(&frame(TYPE_COMMAND, self.serial, data), sent + self.answer)?;
        let mut chunk = [0; 64];
        loop {
            if control.cancel.is_cancelled() {
                return Err(DeviceFault::Cancelled);
            }
            let left = self.answer.saturating_sub(sent.elapsed());
            let count = self.link.read(&mut chunk, left)?;
            self.decoder.push(&chunk[..count]);
            match self.decoder.next_answer() {
                Ok(Some((serial, 0))) if serial == self.serial => return Ok(()),
                Ok(Some((serial, 1))) if serial == self.serial => return Err(DeviceFault::Busy),
                Ok(Some((serial, status))) if serial == self.serial => {
                    return Err(DeviceFault::Hardware(format!("board status {status}")));
                }
                // An answer to an earlier call.
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

impl<L: ByteLink> Device for LedBoard<L> {
    fn health(&mut self, control: &mut OpControl<'_>) -> Result<Health, DeviceFault> {
        self.ask(&[], control)?;
        Ok(Health::online(Evidence::from([("calls".to_owned(), self.calls.to_string())])))
    }

    fn reset(&mut self, control: &mut OpControl<'_>) -> Result<(), DeviceFault> {
        self.ask(&[], control)
    }
}

impl<L: ByteLink> CallDisplay for LedBoard<L> {
    fn show(&mut self, notice: &Notice, control: &mut OpControl<'_>) -> Result<(), DeviceFault> {
        let text = format!("{}\u{1f}{}", notice.ticket, notice.window);
        let (bytes, _, unmappable) = GB18030.encode(&text);
        if unmappable || bytes.len() > TEXT_BYTES_MAX {
            return Err(DeviceFault::Unsupported);
        }
        self.ask(&bytes, control)?;
        self.calls += 1;
        Ok(())
    }
}
