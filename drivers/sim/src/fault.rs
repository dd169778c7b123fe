//! 故障脚本: what goes wrong on the line next.

use crate::peer::Delivery;
use std::str::FromStr;

/// Which answer a fault waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Looking for a card or a finger.
    Find,
    /// Selecting the card.
    Select,
    /// The card's data or the fingerprint's image.
    Read,
    /// Polls, identities, resets.
    Health,
    /// Is the card still there?
    Present,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// One byte is turned over; in the middle unless a place is given.
    FlipByte(Option<usize>),
    /// The check is off by one.
    WrongCheck,
    /// The last bytes never come.
    Short(usize),
    /// Noise instead of an answer.
    Garbage(usize),
    /// No answer.
    Silence,
    /// Slower than the line by this factor.
    Slow(u32),
    /// Noise before the answer.
    Stray(usize),
    /// The first byte is lost.
    LostFirst,
    /// The odd answer one family of readers gives for "timed out".
    OddTimeout,
    /// This status instead of the answer.
    Status(u8),
    /// Pulled out after this many bytes of the answer.
    Unplug(usize),
}

/// A fault waiting for its moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// What.
    pub wrong: Wrong,
    /// When; any answer if none is given.
    pub on: Option<Moment>,
    /// How often.
    pub times: u32,
}

impl Fault {
    /// Once, at this moment.
    #[must_use]
    pub fn once(wrong: Wrong, on: Moment) -> Self {
        Self { wrong, on: Some(on), times: 1 }
    }
}

/// A script line that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a fault: {0}")]
pub struct NoFault(String);

impl FromStr for Fault {
    type Err = NoFault;

    /// `corrupt|checksum|short|garbage|silence|slow|stray|lost-first|odd-timeout|status|unplug`,
    /// then `on=find|select|read|health|present|any`, `at=N` (place, count, factor or status), `times=N`.
    fn from_str(line: &str) -> Result<Self, NoFault> {
        let no_fault = || NoFault(line.to_owned());
        let mut words = line.split_whitespace();
        let name = words.next().ok_or_else(no_fault)?;
        let (mut on, mut at, mut times) = (Some(Moment::Read), None, 1);
        for word in words {
            match word.split_once('=').ok_or_else(no_fault)? {
                ("on", moment) => {
                    on = match moment {
                        "any" => None,
                        "find" => Some(Moment::Find),
                        "select" => Some(Moment::Select),
                        "read" => Some(Moment::Read),
                        "health" => Some(Moment::Health),
                        "present" => Some(Moment::Present),
                        _ => return Err(no_fault()),
                    }
                }
                ("at", number) => at = Some(number.parse::<u32>().map_err(|_| no_fault())?),
                ("times", number) => times = number.parse().map_err(|_| no_fault())?,
                _ => return Err(no_fault()),
            }
        }
        let place = |other: usize| at.map_or(other, |at| at as usize);
        let wrong = match name {
            "corrupt" => Wrong::FlipByte(at.map(|at| at as usize)),
            "checksum" => Wrong::WrongCheck,
            "short" => Wrong::Short(place(10)),
            "garbage" => Wrong::Garbage(place(40)),
            "silence" => Wrong::Silence,
            "slow" => Wrong::Slow(at.unwrap_or(4)),
            "stray" => Wrong::Stray(place(5)),
            "lost-first" => Wrong::LostFirst,
            "odd-timeout" => Wrong::OddTimeout,
            "status" => Wrong::Status(u8::try_from(at.unwrap_or(0x41)).map_err(|_| no_fault())?),
            "unplug" => Wrong::Unplug(place(700)),
            _ => return Err(no_fault()),
        };
        Ok(Self { wrong, on, times })
    }
}

/// The faults not yet played.
#[derive(Debug, Clone, Default)]
pub struct Script(Vec<Fault>);

impl Script {
    /// Adds a fault.
    pub fn arm(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Forgets all faults.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// How many wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.0.len()
    }

    /// The fault whose moment this is, counted down.
    pub fn take(&mut self, moment: Moment) -> Option<Wrong> {
        let index = self.0.iter().position(|fault| fault.on.is_none_or(|on| on == moment))?;
        let fault = &mut self.0[index];
        fault.times = fault.times.saturating_sub(1);
        let wrong = fault.wrong;
        if fault.times == 0 {
            self.0.remove(index);
        }
        Some(wrong)
    }
}

/// Plays a fault on an answer. `Status` is the peer's own affair and changes nothing here.
#[must_use]
pub fn play(wrong: Option<Wrong>, answer: Vec<u8>) -> Delivery {
    let mut delivery = Delivery { bytes: answer, slow: 1, unplug: false };
    let length = delivery.bytes.len();
    match wrong {
        None | Some(Wrong::Status(_)) => {}
        Some(Wrong::FlipByte(at)) => {
            if let Some(byte) = delivery.bytes.get_mut(at.unwrap_or(length / 2)) {
                *byte ^= 0x20;
            }
        }
        Some(Wrong::WrongCheck) => {
            if let Some(byte) = delivery.bytes.last_mut() {
                *byte = byte.wrapping_add(1);
            }
        }
        Some(Wrong::Short(count)) => delivery.bytes.truncate(length.saturating_sub(count)),
        Some(Wrong::Garbage(count)) => delivery.bytes = noise(count),
        Some(Wrong::Silence) => delivery.bytes.clear(),
        Some(Wrong::Slow(factor)) => delivery.slow = factor,
        Some(Wrong::Stray(count)) => {
            let mut bytes = noise(count);
            bytes.append(&mut delivery.bytes);
            delivery.bytes = bytes;
        }
        Some(Wrong::LostFirst) => {
            if length > 0 {
                delivery.bytes.remove(0);
            }
        }
        Some(Wrong::OddTimeout) => {
            delivery.bytes = vec![0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x05, 0x05, 0x05, 0x05];
        }
        Some(Wrong::Unplug(at)) => {
            delivery.bytes.truncate(at);
            delivery.unplug = true;
        }
    }
    delivery
}

/// Bytes without a preamble of either protocol in them.
fn noise(count: usize) -> Vec<u8> {
    (0..count).map(|index| 0x10 + u8::try_from(index * 7 % 96).unwrap_or(0)).collect()
}
