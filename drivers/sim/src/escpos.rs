//! 模拟小票打印机: an ESC/POS receipt printer at the byte level.
//!
//! Real-time commands (`DLE EOT`, `DLE ENQ`) are carried out wherever they stand in the
//! stream, also within data, as real printers do; everything else waits in the buffer while
//! the printer is not well, and comes out in order afterwards.

use crate::fault::{Moment, Script, Wrong, play};
use crate::peer::{Delivery, Peer};

const DLE: u8 = 0x10;
const ESC: u8 = 0x1B;
const FS: u8 = 0x1C;
const GS: u8 = 0x1D;
/// Fixed bits of a real-time status byte.
const FIXED: u8 = 0x12;

/// How much paper there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roll {
    /// Enough.
    Full,
    /// The near-end sensor sees none.
    NearEnd,
    /// None.
    Empty,
}

/// The printer, its roll and its tray.
pub struct EscPosPeer {
    /// What goes wrong next.
    pub script: Script,
    /// Paper.
    pub roll: Roll,
    /// The cover stands open.
    pub cover_open: bool,
    /// The cutter is jammed; `DLE ENQ 2` clears it once `jam_cured`.
    pub jam: bool,
    /// Somebody took the paper out of the cutter.
    pub jam_cured: bool,
    /// The roll ends after so many more bytes of print.
    pub ends_after: Option<usize>,
    pending: Vec<u8>,
    strip: Vec<u8>,
    tray: Vec<Vec<u8>>,
    unknown: u32,
}

impl Default for EscPosPeer {
    fn default() -> Self {
        Self::new()
    }
}

impl EscPosPeer {
    /// Well, with paper.
    #[must_use]
    pub fn new() -> Self {
        Self {
            script: Script::default(),
            roll: Roll::Full,
            cover_open: false,
            jam: false,
            jam_cured: false,
            ends_after: None,
            pending: Vec::new(),
            strip: Vec::new(),
            tray: Vec::new(),
            unknown: 0,
        }
    }

    /// What was printed and cut off, command bytes included.
    #[must_use]
    pub fn tray(&self) -> &[Vec<u8>] {
        &self.tray
    }

    /// Something is printed and not cut off.
    #[must_use]
    pub fn hangs_out(&self) -> bool {
        self.strip.iter().any(|byte| *byte > b' ')
    }

    /// Commands no manual of this family has.
    #[must_use]
    pub fn unknown(&self) -> u32 {
        self.unknown
    }

    /// Somebody takes everything out and tears off what hangs out; the buffer is empty again.
    pub fn clear(&mut self) {
        self.tray.clear();
        self.strip.clear();
        self.pending.clear();
    }

    fn well(&self) -> bool {
        self.roll != Roll::Empty && !self.cover_open && !self.jam
    }

    fn status(&self, which: u8) -> u8 {
        let bit = |on: bool, mask: u8| if on { mask } else { 0 };
        let empty = self.roll == Roll::Empty;
        FIXED
            | match which {
                1 => bit(!self.well(), 0x08),
                2 => bit(self.cover_open, 0x04) | bit(empty, 0x20) | bit(self.jam, 0x40),
                3 => bit(self.jam, 0x08),
                _ => bit(self.roll != Roll::Full, 0x0C) | bit(empty, 0x60),
            }
    }

    /// Takes real-time commands out of what came in; the rest waits its turn.
    fn real_time(&mut self, bytes: &[u8], out: &mut Delivery) {
        self.pending.extend_from_slice(bytes);
        let mut at = 0;
        while at + 2 < self.pending.len() {
            let answer = match self.pending[at..at + 3] {
                [DLE, 0x04, which @ 1..=4] => Some(vec![self.status(which)]),
                [DLE, 0x05, 1 | 2] => {
                    self.jam &= !self.jam_cured;
                    Some(Vec::new())
                }
                _ => None,
            };
            let Some(answer) = answer else {
                at += 1;
                continue;
            };
            self.pending.drain(at..at + 3);
            let wrong = self.script.take(Moment::Health);
            let answer = match (wrong, answer.as_slice()) {
                (Some(Wrong::Status(other)), [_]) => vec![other],
                _ => answer,
            };
            out.append(play(wrong, answer));
        }
    }

    /// Length of the command at the head of the buffer; `None` while it is not whole.
    fn command_length(&mut self) -> Option<usize> {
        let second = || self.pending.get(1).copied();
        match *self.pending.first()? {
            DLE => match second()? {
                0x04 | 0x05 => Some(3).filter(|length| self.pending.len() >= *length),
                _ => Some(1),
            },
            ESC => match second()? {
                b'@' => Some(2),
                b'a' | b'E' | b'd' | b'J' | b'!' | b't' | b'-' | b'M' | b'R' => Some(3),
                b'$' => Some(4),
                _ => {
                    self.unknown += 1;
                    Some(2)
                }
            },
            FS => match second()? {
                b'&' | b'.' => Some(2),
                b'!' | b'-' => Some(3),
                _ => {
                    self.unknown += 1;
                    Some(2)
                }
            },
            GS => match second()? {
                b'!' | b'B' | b'h' | b'w' | b'r' | b'a' => Some(3),
                b'V' => match self.pending.get(2)? {
                    0x41 | 0x42 => Some(4),
                    _ => Some(3),
                },
                b'(' => {
                    let length = self.pending.get(3..5)?;
                    Some(5 + usize::from(u16::from_le_bytes([length[0], length[1]])))
                }
                b'L' | b'W' => Some(4),
                _ => {
                    self.unknown += 1;
                    Some(2)
                }
            },
            _ => Some(1),
        }
        .filter(|length| self.pending.len() >= *length)
    }

    fn print(&mut self, out: &mut Delivery) {
        while self.well() {
            let Some(length) = self.command_length() else { return };
            let command: Vec<u8> = self.pending.drain(..length).collect();
            match command.as_slice() {
                [GS, b'r', 1 | 49] => {
                    let wrong = self.script.take(Moment::Read);
                    let empty = if self.roll == Roll::Full { 0 } else { 0x03 };
                    out.append(play(wrong, vec![empty]));
                }
                [GS, b'V', ..] => {
                    self.strip.extend_from_slice(&command);
                    self.tray.push(std::mem::take(&mut self.strip));
                }
                [DLE, ..] => {}
                _ => {
                    self.strip.extend_from_slice(&command);
                    self.wear(length);
                }
            }
        }
    }

    fn wear(&mut self, length: usize) {
        if let Some(left) = &mut self.ends_after {
            *left = left.saturating_sub(length);
            if *left == 0 {
                self.roll = Roll::Empty;
                self.ends_after = None;
            }
        }
    }

    /// After a cure: what waits in the buffer comes out.
    pub fn go_on(&mut self) -> Delivery {
        let mut delivery = Delivery::default();
        self.print(&mut delivery);
        delivery
    }
}

impl Peer for EscPosPeer {
    fn receive(&mut self, bytes: &[u8]) -> Delivery {
        let mut delivery = Delivery::default();
        self.real_time(bytes, &mut delivery);
        self.print(&mut delivery);
        delivery
    }

    fn power_off(&mut self) {
        self.pending.clear();
    }
}
