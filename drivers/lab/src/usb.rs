//! 试验用 USB 设备: descriptors and class requests around the byte-level peers.

pub mod acm;
pub mod bulk;
pub mod hid;
pub mod printer;
pub mod uvc;

use crate::vhci::Sent;
use std::collections::VecDeque;
use tongban_sim::peer::{Delivery, Peer};

/// Device descriptor (USB 2.0, table 9-8) of a high-speed device with strings 1 to 3.
pub(crate) fn device_descriptor(class: [u8; 3], vendor: u16, product: u16) -> Vec<u8> {
    let mut bytes = vec![18, 1, 0, 2, class[0], class[1], class[2], 64];
    bytes.extend(vendor.to_le_bytes());
    bytes.extend(product.to_le_bytes());
    bytes.extend([0, 1, 1, 2, 3, 1]);
    bytes
}

/// Configuration descriptor (table 9-10) in front of its interfaces.
pub(crate) fn configuration(interfaces: u8, rest: &[u8]) -> Vec<u8> {
    let mut bytes = vec![9, 2];
    bytes.extend(u16::try_from(9 + rest.len()).unwrap_or(u16::MAX).to_le_bytes());
    bytes.extend([interfaces, 1, 0, 0x80, 50]);
    bytes.extend_from_slice(rest);
    bytes
}

/// Interface descriptor (table 9-12).
pub(crate) fn interface(number: u8, endpoints: u8, class: [u8; 3]) -> Vec<u8> {
    vec![9, 4, number, 0, endpoints, class[0], class[1], class[2], 0]
}

/// Endpoint descriptor (table 9-13); `kind` 2 bulk, 3 interrupt.
pub(crate) fn endpoint(address: u8, kind: u8, size: u16, interval: u8) -> Vec<u8> {
    let size = size.to_le_bytes();
    vec![7, 5, address, kind, size[0], size[1], interval]
}

/// Answers of a peer on their way out.
#[derive(Default)]
pub(crate) struct Outgoing {
    bytes: VecDeque<u8>,
    /// Each answer's length: a transfer ends where an answer ends.
    ends: VecDeque<usize>,
    unplug: bool,
}

impl Outgoing {
    pub(crate) fn take_in(&mut self, peer: &mut dyn Peer, bytes: &[u8]) {
        let Delivery { bytes, unplug, .. } = peer.receive(bytes);
        if !bytes.is_empty() {
            self.ends.push_back(bytes.len());
        }
        self.bytes.extend(bytes);
        self.unplug |= unplug;
    }

    /// At most `room` bytes of one answer.
    pub(crate) fn next(&mut self, room: usize) -> Sent {
        let Some(end) = self.ends.front_mut() else {
            return if self.unplug { Sent::LastWords(Vec::new()) } else { Sent::Nothing };
        };
        let count = room.min(*end);
        *end -= count;
        if *end == 0 {
            self.ends.pop_front();
        }
        let bytes: Vec<u8> = self.bytes.drain(..count).collect();
        if self.unplug && self.bytes.is_empty() { Sent::LastWords(bytes) } else { Sent::Data(bytes) }
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}
