//! 模拟阅读器: a GA/T 467 reader with its SAM, at the byte level.
//!
//! Written from the protocol's tables, not from our driver: it must be able to disagree.

use crate::card::Card;
use crate::fault::{Moment, Script, Wrong, play};
use crate::peer::{Delivery, Peer};

const PREAMBLE: [u8; 5] = [0xAA, 0xAA, 0xAA, 0x96, 0x69];
/// Commands are a few bytes; a longer length is damage.
const COMMAND_MAX: usize = 64;

/// The reader and what lies on it.
pub struct SamPeer {
    /// What goes wrong next.
    pub script: Script,
    /// Knows `30 10` (text, photo and fingerprints).
    pub reads_fingers: bool,
    sam: [u8; 16],
    received: Vec<u8>,
    card: Option<Card>,
    selected: bool,
    /// A card that was read answers no find until it is lifted or the SAM is reset.
    spent: bool,
    /// What the last answers were given to, and whether they were good; see [`SamPeer::moments`].
    moments: Vec<(Moment, bool)>,
}

impl SamPeer {
    /// A reader whose SAM has this serial number.
    #[must_use]
    pub fn new(serial: u32) -> Self {
        let mut sam = [0; 16];
        sam[..4].copy_from_slice(&[5, 0, 1, 0]);
        sam[4..8].copy_from_slice(&20_260_101_u32.to_le_bytes());
        sam[8..12].copy_from_slice(&serial.to_le_bytes());
        sam[12..16].copy_from_slice(&890_102_u32.to_le_bytes());
        Self {
            script: Script::default(),
            reads_fingers: true,
            sam,
            received: Vec::new(),
            card: None,
            selected: false,
            spent: false,
            moments: Vec::new(),
        }
    }

    /// What was answered since the last call: the moment, and whether the answer was good.
    pub fn moments(&mut self) -> Vec<(Moment, bool)> {
        std::mem::take(&mut self.moments)
    }

    /// The identity as printed on such readers.
    #[must_use]
    pub fn sam_id(&self) -> String {
        let word = |at: usize| u32::from_le_bytes([self.sam[at], self.sam[at + 1], self.sam[at + 2], self.sam[at + 3]]);
        let half = |at: usize| u16::from_le_bytes([self.sam[at], self.sam[at + 1]]);
        format!("{:02}.{:02}-{}-{:010}-{}", half(0), half(2), word(4), word(8), word(12))
    }

    /// Puts a card on the reader.
    pub fn put(&mut self, card: Card) {
        self.card = Some(card);
        self.selected = false;
        self.spent = false;
    }

    /// Takes the card away.
    pub fn take(&mut self) {
        self.card = None;
        self.selected = false;
        self.spent = false;
    }

    /// The next complete command; the flag says whether its check byte fits.
    fn next_command(&mut self) -> Option<(Vec<u8>, bool)> {
        loop {
            let start = self.received.windows(5).position(|window| window == PREAMBLE)?;
            self.received.drain(..start);
            let length = usize::from(u16::from_be_bytes([*self.received.get(5)?, *self.received.get(6)?]));
            if !(3..=COMMAND_MAX).contains(&length) {
                self.received.drain(..PREAMBLE.len());
                continue;
            }
            if self.received.len() < 7 + length {
                return None;
            }
            let frame: Vec<u8> = self.received.drain(..7 + length).collect();
            let fits = frame[5..].iter().fold(0, |sum, byte| sum ^ byte) == 0;
            return Some((frame[7..frame.len() - 1].to_vec(), fits));
        }
    }

    fn answer(&mut self, command: &[u8]) -> (Moment, u8, Vec<u8>) {
        match command {
            [0x10, 0xFF] => {
                self.selected = false;
                self.spent = false;
                (Moment::Health, 0x90, Vec::new())
            }
            [0x11, 0xFF] | [0x61, 0xFF, _] | [0x60, 0..=4] => (Moment::Health, 0x90, Vec::new()),
            [0x12, 0xFF] => (Moment::Health, 0x90, self.sam.to_vec()),
            [0x20, 0x01] if self.card.is_some() && !self.spent => (Moment::Find, 0x9F, vec![0; 4]),
            [0x20, 0x01] => (Moment::Find, 0x80, Vec::new()),
            [0x20, 0x02] if self.card.is_some() && !self.spent => {
                self.selected = true;
                (Moment::Select, 0x90, vec![0; 8])
            }
            [0x20, 0x02] => (Moment::Select, 0x81, Vec::new()),
            [0x30, 0x01] => self.read(false),
            [0x30, 0x10] if self.reads_fingers => self.read(true),
            [0x30, 0x03] if self.card.is_some() && self.selected => (Moment::Present, 0x91, Vec::new()),
            [0x30, 0x03] => (Moment::Present, 0x41, Vec::new()),
            [0x30, 0x10] => (Moment::Read, 0x21, Vec::new()),
            _ => (Moment::Health, 0x21, Vec::new()),
        }
    }

    fn read(&mut self, fingers: bool) -> (Moment, u8, Vec<u8>) {
        let Some(card) = self.card.as_ref().filter(|_| self.selected) else { return (Moment::Read, 0x41, Vec::new()) };
        let length = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap_or(0).to_be_bytes();
        let mut data = Vec::new();
        data.extend(length(&card.text));
        data.extend(length(&card.photo));
        if fingers {
            data.extend(length(&card.fingers));
        }
        data.extend_from_slice(&card.text);
        data.extend_from_slice(&card.photo);
        if fingers {
            data.extend_from_slice(&card.fingers);
        }
        self.spent = true;
        (Moment::Read, 0x90, data)
    }
}

/// Preamble, length, status, data, XOR.
fn frame(sw3: u8, data: &[u8]) -> Vec<u8> {
    let mut bytes = PREAMBLE.to_vec();
    bytes.extend(u16::try_from(data.len() + 4).unwrap_or(u16::MAX).to_be_bytes());
    bytes.extend([0, 0, sw3]);
    bytes.extend_from_slice(data);
    bytes.push(bytes[5..].iter().fold(0, |sum, byte| sum ^ byte));
    bytes
}

impl Peer for SamPeer {
    fn receive(&mut self, bytes: &[u8]) -> Delivery {
        self.received.extend_from_slice(bytes);
        let mut delivery = Delivery::default();
        while let Some((command, fits)) = self.next_command() {
            if !fits {
                delivery.append(play(None, frame(0x10, &[])));
                continue;
            }
            let before = (self.selected, self.spent);
            let (moment, sw3, data) = self.answer(&command);
            let wrong = self.script.take(moment);
            let good = matches!(sw3, 0x90 | 0x9F) && !matches!(wrong, Some(Wrong::Status(_)));
            self.moments.push((moment, good));
            let answer = match wrong {
                Some(Wrong::Status(code)) => {
                    // A command that failed did nothing to the card.
                    (self.selected, self.spent) = before;
                    frame(code, &[])
                }
                _ => frame(sw3, &data),
            };
            delivery.append(play(wrong, answer));
        }
        delivery
    }

    fn power_off(&mut self) {
        self.received.clear();
        self.selected = false;
        self.spent = false;
    }
}
