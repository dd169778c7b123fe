//! 模拟指纹模块: a module of the EF01 family, at the byte level.

use crate::Dice;
use crate::fault::{Moment, Script, Wrong, play};
use crate::finger;
use crate::peer::{Delivery, Peer};
use crate::people::Person;

const HEADER: [u8; 6] = [0xEF, 0x01, 0xFF, 0xFF, 0xFF, 0xFF];
const PID_COMMAND: u8 = 0x01;
const PID_DATA: u8 = 0x02;
const PID_ACK: u8 = 0x07;
const PID_LAST: u8 = 0x08;
const COMMAND_MAX: usize = 64;

const DONE: u8 = 0x00;
const PACKET_WRONG: u8 = 0x01;
const NO_FINGER: u8 = 0x02;
const TOO_FEW_POINTS: u8 = 0x07;
const NO_MATCH: u8 = 0x08;
const CANNOT_SEND: u8 = 0x0D;
const NO_IMAGE: u8 = 0x15;
const BAD_REGISTER: u8 = 0x1A;

/// A character file as such modules upload it.
const CHARACTER_BYTES: usize = 512;
/// Score of two presses of one finger.
const MATCH_SCORE: u16 = 143;
/// A finger more worn than this gives too few points.
const WEAR_MAX: u8 = 80;

/// The module and the finger on it.
pub struct Ef01Peer {
    /// What goes wrong next.
    pub script: Script,
    received: Vec<u8>,
    finger: Option<(String, u8)>,
    presses: u32,
    /// Whose finger, how worn, the image in the module's buffer is of.
    image_of: Option<(String, u8)>,
    /// The picture of the press it was drawn for; drawing one takes a while.
    drawn: Option<(u32, Vec<u8>)>,
    /// The two character buffers: whose finger a template was made of.
    characters: [Option<String>; 2],
    packet_code: u8,
    baud_n: u8,
    moments: Vec<(Moment, bool)>,
}

impl Default for Ef01Peer {
    fn default() -> Self {
        Self::new()
    }
}

impl Ef01Peer {
    /// As delivered: 128-byte packets, 57600 baud.
    #[must_use]
    pub fn new() -> Self {
        Self {
            script: Script::default(),
            received: Vec::new(),
            finger: None,
            presses: 0,
            image_of: None,
            drawn: None,
            characters: [None, None],
            packet_code: 2,
            baud_n: 6,
            moments: Vec::new(),
        }
    }

    /// Speed and packet length are as delivered again.
    pub fn as_delivered(&mut self) {
        (self.packet_code, self.baud_n) = (2, 6);
        self.received.clear();
    }

    /// What was answered since the last call: the moment, and whether the answer was good.
    pub fn moments(&mut self) -> Vec<(Moment, bool)> {
        std::mem::take(&mut self.moments)
    }

    /// A finger is pressed; each press differs a little.
    pub fn press(&mut self, person: &Person) {
        self.finger = Some((person.number.clone(), person.finger_wear));
        self.presses += 1;
    }

    /// The finger that was there is pressed in just the same way: the same picture again.
    pub fn press_again(&mut self, person: &Person) {
        self.finger = Some((person.number.clone(), person.finger_wear));
    }

    /// The finger is lifted.
    pub fn lift(&mut self) {
        self.finger = None;
    }

    /// Is a finger on the glass?
    #[must_use]
    pub fn is_pressed(&self) -> bool {
        self.finger.is_some()
    }

    /// The line speed the host has set.
    #[must_use]
    pub fn baud(&self) -> u32 {
        u32::from(self.baud_n) * 9600
    }

    fn next_command(&mut self) -> Option<(Vec<u8>, bool)> {
        loop {
            let start = self.received.windows(2).position(|window| window == [0xEF, 0x01])?;
            self.received.drain(..start);
            let length = usize::from(u16::from_be_bytes([*self.received.get(7)?, *self.received.get(8)?]));
            if !(3..=COMMAND_MAX).contains(&length) {
                self.received.drain(..2);
                continue;
            }
            if self.received.len() < 9 + length {
                return None;
            }
            let packet: Vec<u8> = self.received.drain(..9 + length).collect();
            let end = packet.len() - 2;
            let sum = packet[6..end].iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
            let fits = sum.to_be_bytes() == packet[end..] && packet[6] == PID_COMMAND;
            return Some((packet[9..end].to_vec(), fits));
        }
    }

    fn answer(&mut self, command: &[u8]) -> (Moment, u8, Vec<u8>) {
        match command {
            [0x01] => match &self.finger {
                Some((seed, wear)) => {
                    if self.drawn.as_ref().is_none_or(|(press, _)| *press != self.presses) {
                        self.drawn = Some((self.presses, finger::pack(&finger::draw(seed, *wear, self.presses))));
                    }
                    self.image_of = Some((seed.clone(), *wear));
                    (Moment::Find, DONE, Vec::new())
                }
                None => (Moment::Find, NO_FINGER, Vec::new()),
            },
            [0x0A] if self.image_of.is_some() => (Moment::Read, DONE, Vec::new()),
            [0x02 | 0x0A, ..] if self.image_of.is_none() => (Moment::Read, NO_IMAGE, Vec::new()),
            [0x02, buffer @ 1..=2] => match &self.image_of {
                Some((_, wear)) if *wear > WEAR_MAX => (Moment::Select, TOO_FEW_POINTS, Vec::new()),
                image => {
                    let whose = image.as_ref().map(|(seed, _)| seed.clone());
                    self.characters[usize::from(*buffer) - 1] = whose;
                    (Moment::Select, DONE, Vec::new())
                }
            },
            [0x03] => match &self.characters {
                [Some(one), Some(other)] if one == other => (Moment::Select, DONE, MATCH_SCORE.to_be_bytes().to_vec()),
                _ => (Moment::Select, NO_MATCH, Vec::new()),
            },
            [0x08, buffer @ 1..=2] if self.characters[usize::from(*buffer) - 1].is_some() => {
                (Moment::Read, DONE, Vec::new())
            }
            [0x08, ..] => (Moment::Read, CANNOT_SEND, Vec::new()),
            [0x0E, 4, speed @ 1..=12] => {
                self.baud_n = *speed;
                (Moment::Health, DONE, Vec::new())
            }
            [0x0E, 6, size @ 0..=3] => {
                self.packet_code = *size;
                (Moment::Health, DONE, Vec::new())
            }
            [0x0E, 5, 1..=5] | [0x13, _, _, _, _] => (Moment::Health, DONE, Vec::new()),
            [0x0E, ..] => (Moment::Health, BAD_REGISTER, Vec::new()),
            [0x0F] => {
                let mut page = vec![0, 0, 0, 9, 0, 200, 0, 3, 0xFF, 0xFF, 0xFF, 0xFF];
                page.extend([0, self.packet_code, 0, self.baud_n]);
                (Moment::Health, DONE, page)
            }
            _ => (Moment::Health, PACKET_WRONG, Vec::new()),
        }
    }

    /// What follows a good answer to an upload.
    fn upload(&self, command: &[u8]) -> Vec<u8> {
        match command {
            [0x08, buffer @ 1..=2] => {
                let mut dice = Dice::of(self.characters[usize::from(*buffer) - 1].as_deref().unwrap_or_default());
                self.packets(&(0..CHARACTER_BYTES).map(|_| (dice.next() & 0xFF) as u8).collect::<Vec<u8>>())
            }
            _ => self.packets(self.drawn.as_ref().map(|(_, image)| image.as_slice()).unwrap_or_default()),
        }
    }

    fn packets(&self, image: &[u8]) -> Vec<u8> {
        let size = 32_usize << self.packet_code;
        let last = image.len().div_ceil(size).saturating_sub(1);
        let chunks = image.chunks(size).enumerate();
        chunks.flat_map(|(index, chunk)| packet(if index == last { PID_LAST } else { PID_DATA }, chunk)).collect()
    }
}

fn packet(pid: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = HEADER.to_vec();
    bytes.push(pid);
    bytes.extend(u16::try_from(payload.len() + 2).unwrap_or(u16::MAX).to_be_bytes());
    bytes.extend_from_slice(payload);
    let sum = bytes[6..].iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
    bytes.extend(sum.to_be_bytes());
    bytes
}

impl Peer for Ef01Peer {
    fn receive(&mut self, bytes: &[u8]) -> Delivery {
        self.received.extend_from_slice(bytes);
        let mut delivery = Delivery::default();
        while let Some((command, fits)) = self.next_command() {
            if !fits {
                delivery.append(play(None, packet(PID_ACK, &[PACKET_WRONG])));
                continue;
            }
            let (moment, code, page) = self.answer(&command);
            let wrong = self.script.take(moment);
            let code = if let Some(Wrong::Status(other)) = wrong { other } else { code };
            self.moments.push((moment, code == DONE));
            let page = if code == DONE { page } else { Vec::new() };
            let mut answer = packet(PID_ACK, &[&[code][..], &page].concat());
            if moment == Moment::Read && code == DONE {
                answer.extend(self.upload(&command));
            }
            delivery.append(play(wrong, answer));
        }
        delivery
    }

    fn power_off(&mut self) {
        self.received.clear();
        self.image_of = None;
        self.characters = [None, None];
    }
}
