//! 模拟大厅设备: a call display, a UPS daemon and a smart card, at the byte level.

use crate::peer::{Delivery, Peer};

const START: [u8; 4] = [0xFE, 0x5C, 0x4B, 0x89];

/// A LED controller and what it shows.
#[derive(Debug, Default)]
pub struct BoardPeer {
    received: Vec<u8>,
    shown: Vec<u8>,
    /// It answers that it is busy.
    pub busy: bool,
}

impl BoardPeer {
    /// The text shown, as it was sent.
    #[must_use]
    pub fn shown(&self) -> &[u8] {
        &self.shown
    }

    /// The next command: its serial and data; damaged ones are passed over, as boards do.
    fn next_command(&mut self) -> Option<(u32, Vec<u8>)> {
        loop {
            let at = self.received.windows(4).position(|window| window == START)?;
            self.received.drain(..at);
            let length: [u8; 4] = self.received.get(4..8)?.try_into().ok()?;
            let length = u32::from_le_bytes(length) as usize;
            if !(6..=128).contains(&length) {
                self.received.drain(..4);
                continue;
            }
            let body = self.received.get(8..8 + length)?.to_vec();
            let end: [u8; 2] = self.received.get(8 + length..10 + length)?.try_into().ok()?;
            let (check, rest) = body.split_last()?;
            let sum = rest.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
            if body[0] != 0x31 || sum != *check || end != [0xFF, 0xFF] {
                self.received.drain(..4);
                continue;
            }
            self.received.drain(..10 + length);
            return Some((u32::from_le_bytes([body[1], body[2], body[3], body[4]]), rest[5..].to_vec()));
        }
    }
}

impl Peer for BoardPeer {
    fn receive(&mut self, bytes: &[u8]) -> Delivery {
        self.received.extend_from_slice(bytes);
        let mut delivery = Delivery::default();
        while let Some((serial, data)) = self.next_command() {
            if !data.is_empty() && !self.busy {
                self.shown = data;
            }
            let mut body = vec![0x32];
            body.extend(serial.to_le_bytes());
            body.push(u8::from(self.busy));
            body.push(body.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)));
            let length = u32::try_from(body.len()).unwrap_or(0).to_le_bytes();
            delivery.bytes.extend([&START[..], &length, &body, &[0xFF, 0xFF]].concat());
        }
        delivery
    }

    fn power_off(&mut self) {
        self.received.clear();
        self.shown.clear();
    }
}

/// A supply with a line of its own that speaks Megatec's protocol, version 2.7.
#[derive(Debug)]
pub struct MegatecPeer {
    /// Its status, b7 first: `1` in front means that the mains have failed.
    pub status: [u8; 8],
    received: Vec<u8>,
}

impl Default for MegatecPeer {
    fn default() -> Self {
        Self { status: *b"00001000", received: Vec::new() }
    }
}

impl Peer for MegatecPeer {
    fn receive(&mut self, bytes: &[u8]) -> Delivery {
        self.received.extend_from_slice(bytes);
        let mut delivery = Delivery::default();
        while let Some(end) = self.received.iter().position(|byte| *byte == b'\r') {
            let line: Vec<u8> = self.received.drain(..=end).collect();
            match line.as_slice() {
                b"Q1\r" => {
                    let volts: &[u8] = if self.status[0] == b'1' { b"(000.0 183.0" } else { b"(230.1 230.1" };
                    delivery.bytes.extend([volts, b" 229.8 007 50.0 13.6 25.0 ", &self.status, b"\r"].concat());
                }
                // What it does not know it sends back.
                other => delivery.bytes.extend(other),
            }
        }
        delivery
    }

    fn power_off(&mut self) {
        self.received.clear();
    }
}

/// `upsd` with one supply.
#[derive(Debug)]
pub struct NutPeer {
    /// Name of the supply.
    pub name: String,
    /// Its variables.
    pub variables: Vec<(String, String)>,
    received: Vec<u8>,
}

impl NutPeer {
    /// On mains, charged.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let pairs = [
            ("battery.charge", "100"),
            ("battery.runtime", "1740"),
            ("device.model", "Back \"UPS\" 900"),
            ("ups.status", "OL"),
        ];
        let variables = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { name: name.to_owned(), variables, received: Vec::new() }
    }

    /// The supply says this of itself from now on: `OL`, `OB LB` …
    pub fn says(&mut self, status: &str) {
        for (name, value) in &mut self.variables {
            if name == "ups.status" {
                status.clone_into(value);
            }
        }
    }

    fn answer(&self, line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["LIST", "VAR", name] if *name == self.name => {
                let quoted = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"");
                let variables = self.variables.iter();
                let lines: String =
                    variables.map(|(var, value)| format!("VAR {name} {var} \"{}\"\n", quoted(value))).collect();
                format!("BEGIN LIST VAR {name}\n{lines}END LIST VAR {name}\n")
            }
            ["LIST", "VAR", _] => "ERR UNKNOWN-UPS\n".to_owned(),
            _ => "ERR UNKNOWN-COMMAND\n".to_owned(),
        }
    }
}

impl Peer for NutPeer {
    fn receive(&mut self, bytes: &[u8]) -> Delivery {
        self.received.extend_from_slice(bytes);
        let mut delivery = Delivery::default();
        while let Some(end) = self.received.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.received.drain(..=end).collect();
            delivery.bytes.extend(self.answer(String::from_utf8_lossy(&line).trim()).into_bytes());
        }
        delivery
    }

    fn power_off(&mut self) {
        self.received.clear();
    }
}

/// A smart card behind the virtual reader of vsmartcard: length-prefixed commands in, answers out.
#[derive(Debug, Default)]
pub struct VirtualCard {
    powered: bool,
    received: Vec<u8>,
}

impl VirtualCard {
    /// Its answer to reset: T=0 and T=1 absent, no historical bytes.
    pub const ANSWER_TO_RESET: [u8; 4] = [0x3B, 0x80, 0x01, 0x81];

    fn answer(&mut self, command: &[u8]) -> Option<Vec<u8>> {
        match command {
            [0x00] => {
                self.powered = false;
                None
            }
            [0x01 | 0x02] => {
                self.powered = true;
                None
            }
            [0x04] => Some(Self::ANSWER_TO_RESET.to_vec()),
            // Select the master file: a template with its identifier.
            [0x00, 0xA4, ..] => Some(vec![0x6F, 0x04, 0x83, 0x02, 0x3F, 0x00, 0x90, 0x00]),
            _ => Some(vec![0x6D, 0x00]),
        }
    }
}

impl Peer for VirtualCard {
    fn receive(&mut self, bytes: &[u8]) -> Delivery {
        self.received.extend_from_slice(bytes);
        let mut delivery = Delivery::default();
        while let [high, low, ..] = self.received[..] {
            let end = 2 + usize::from(u16::from_be_bytes([high, low]));
            if self.received.len() < end {
                break;
            }
            let message: Vec<u8> = self.received.drain(..end).collect();
            if let Some(answer) = self.answer(&message[2..]) {
                delivery.bytes.extend(u16::try_from(answer.len()).unwrap_or(0).to_be_bytes());
                delivery.bytes.extend(answer);
            }
        }
        delivery
    }

    fn power_off(&mut self) {
        self.powered = false;
        self.received.clear();
    }
}

/// A panel over a window, one of those on its line, and what it shows.
#[derive(Debug)]
pub struct PanelPeer {
    address: u8,
    received: Vec<u8>,
    shown: Vec<u8>,
    /// It answers that it is busy.
    pub busy: bool,
}

impl PanelPeer {
    /// The panel with this address, dark.
    #[must_use]
    pub fn new(address: u8) -> Self {
        Self { address, received: Vec::new(), shown: Vec::new(), busy: false }
    }

    /// The text shown, as it was sent.
    #[must_use]
    pub fn shown(&self) -> &[u8] {
        &self.shown
    }

    /// The next whole frame from address to text; damaged ones are passed over, as panels do.
    fn next_frame(&mut self) -> Option<Vec<u8>> {
        loop {
            let at = self.received.iter().position(|byte| *byte == 2)?;
            self.received.drain(..at);
            let end = self.received.iter().position(|byte| *byte == 3)?;
            let check = *self.received.get(end + 1)?;
            let body: Vec<u8> = self.received.drain(..end + 2).skip(1).take(end).collect();
            if body.len() >= 5 && body.iter().fold(0, |sum, byte| sum ^ byte) == check {
                return Some(body);
            }
        }
    }
}

impl Peer for PanelPeer {
    fn receive(&mut self, bytes: &[u8]) -> Delivery {
        self.received.extend_from_slice(bytes);
        let mut delivery = Delivery::default();
        while let Some(body) = self.next_frame() {
            let own = format!("{:02}", self.address);
            if body[..2] != *own.as_bytes() {
                continue;
            }
            if body[3] == b'T' && !self.busy {
                self.shown = body[4..body.len() - 1].to_vec();
            }
            let mut answer = body[..3].to_vec();
            answer.extend([if self.busy { b'1' } else { b'0' }, 3]);
            let check = answer.iter().fold(0, |sum, byte| sum ^ byte);
            delivery.bytes.push(2);
            delivery.bytes.extend(answer);
            delivery.bytes.push(check);
        }
        delivery
    }

    fn power_off(&mut self) {
        self.received.clear();
        self.shown.clear();
    }
}
