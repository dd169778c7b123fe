//! 串口设备: a CDC-ACM port (USB CDC PSTN 1.2) with a peer behind it, paced at the speed the host set.

use super::{configuration, device_descriptor, endpoint, interface};
use crate::vhci::{Function, Sent, Setup};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use tongban_sim::peer::Peer;

/// Start bit, eight data bits, stop bit.
const BITS_PER_BYTE: u64 = 10;
const NOTIFICATIONS: u8 = 2;

/// A device behind a serial port.
pub struct AcmPort<P> {
    /// What lies behind the port.
    pub peer: P,
    /// VID and PID.
    pub identity: (u16, u16),
    /// Bytes come no faster than the line speed allows.
    pub paced: bool,
    line: [u8; 7],
    outgoing: VecDeque<u8>,
    used_until: Instant,
    unplug: bool,
}

impl<P: Peer + 'static> AcmPort<P> {
    /// A port of this identity at 115200, not paced.
    pub fn new(peer: P, identity: (u16, u16)) -> Self {
        let mut line = [0, 0, 0, 0, 0, 0, 8];
        line[..4].copy_from_slice(&115_200_u32.to_le_bytes());
        Self {
            peer,
            identity,
            paced: false,
            line,
            outgoing: VecDeque::new(),
            used_until: Instant::now(),
            unplug: false,
        }
    }

    /// Line speed the host set.
    #[must_use]
    pub fn baud(&self) -> u32 {
        u32::from_le_bytes([self.line[0], self.line[1], self.line[2], self.line[3]])
    }
}

impl<P: Peer + 'static> Function for AcmPort<P> {
    fn device(&self) -> Vec<u8> {
        device_descriptor([2, 0, 0], self.identity.0, self.identity.1)
    }

    fn configuration(&self) -> Vec<u8> {
        let mut rest = interface(0, 1, [2, 2, 1]);
        // Header, call management, abstract control (line coding and state), union (CDC 1.2, 5.2.3).
        rest.extend([5, 0x24, 0, 0x10, 0x01, 5, 0x24, 1, 0, 1, 4, 0x24, 2, 2, 5, 0x24, 6, 0, 1]);
        rest.extend(endpoint(0x80 | NOTIFICATIONS, 3, 16, 9));
        rest.extend(interface(1, 2, [0x0A, 0, 0]));
        rest.extend(endpoint(0x01, 2, 512, 0));
        rest.extend(endpoint(0x81, 2, 512, 0));
        configuration(2, &rest)
    }

    fn string(&self, index: u8) -> Option<String> {
        let texts = ["tongban lab", "serial device", "0003"];
        texts.get(usize::from(index).checked_sub(1)?).map(ToString::to_string)
    }

    fn control(&mut self, setup: Setup, data: &[u8]) -> Option<Vec<u8>> {
        match (setup.kind, setup.request) {
            (0x21, 0x20) => {
                self.line.copy_from_slice(data.get(..7)?);
                Some(Vec::new())
            }
            (0xA1, 0x21) => Some(self.line.to_vec()),
            // Control line state, break.
            (0x21, 0x22 | 0x23) => Some(Vec::new()),
            _ => None,
        }
    }

    fn receive(&mut self, _endpoint: u8, bytes: &[u8]) -> bool {
        let answer = self.peer.receive(bytes);
        if self.outgoing.is_empty() {
            self.used_until = Instant::now();
        }
        self.outgoing.extend(answer.bytes);
        self.unplug |= answer.unplug;
        true
    }

    fn send(&mut self, endpoint: u8, room: usize) -> Sent {
        if endpoint == NOTIFICATIONS {
            return Sent::Nothing;
        }
        let mut count = room.min(self.outgoing.len());
        if self.paced {
            let nanos = 1_000_000_000 * BITS_PER_BYTE / u64::from(self.baud().max(1));
            let due = self.used_until.elapsed().as_nanos() / u128::from(nanos.max(1));
            count = count.min(usize::try_from(due).unwrap_or(usize::MAX));
            self.used_until += Duration::from_nanos(nanos * count as u64);
        }
        let bytes: Vec<u8> = self.outgoing.drain(..count).collect();
        match (self.unplug && self.outgoing.is_empty(), bytes.is_empty()) {
            (true, _) => Sent::LastWords(bytes),
            (false, true) => Sent::Nothing,
            (false, false) => Sent::Data(bytes),
        }
    }
}

impl<P: Peer> AcmPort<P> {
    /// What happens to it when the plug is pulled.
    pub fn power_off(&mut self) {
        self.peer.power_off();
        self.outgoing.clear();
        self.unplug = false;
    }
}
