//! HID 阅读器: the same dialogue in reports of 64 bytes.

use super::{configuration, device_descriptor, endpoint, interface};
use crate::vhci::{Function, Sent, Setup};
use std::collections::VecDeque;
use tongban_sim::peer::Peer;

const REPORT_BYTES: usize = 64;
/// One vendor-defined collection: 64 bytes in, 64 bytes out, no report ids (HID 1.11, 6.2.2).
const REPORT_DESCRIPTOR: [u8; 27] = [
    0x06, 0x00, 0xFF, 0x09, 0x01, 0xA1, 0x01, 0x09, 0x01, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x40, 0x81,
    0x02, 0x09, 0x01, 0x95, 0x40, 0x91, 0x02, 0xC0,
];
/// Its length, as the HID descriptor says it.
const REPORT_DESCRIPTOR_BYTES: u8 = 27;

/// A reader that speaks in reports.
pub struct HidReader<P> {
    /// What lies behind the reports.
    pub peer: P,
    reports: VecDeque<Vec<u8>>,
    unplug: bool,
}

impl<P: Peer + 'static> HidReader<P> {
    /// With the identity of the HID variant.
    pub fn new(peer: P) -> Self {
        Self { peer, reports: VecDeque::new(), unplug: false }
    }
}

impl<P: Peer + 'static> Function for HidReader<P> {
    fn device(&self) -> Vec<u8> {
        device_descriptor([0, 0, 0], 0x2B8B, 0x2721)
    }

    fn configuration(&self) -> Vec<u8> {
        let mut rest = interface(0, 2, [3, 0, 0]);
        rest.extend([9, 0x21, 0x11, 0x01, 0, 1, 0x22, REPORT_DESCRIPTOR_BYTES, 0]);
        rest.extend(endpoint(0x81, 3, 64, 4));
        rest.extend(endpoint(0x02, 3, 64, 4));
        configuration(1, &rest)
    }

    fn string(&self, index: u8) -> Option<String> {
        let texts = ["tongban lab", "HID card reader", "0002"];
        texts.get(usize::from(index).checked_sub(1)?).map(ToString::to_string)
    }

    fn control(&mut self, setup: Setup, _data: &[u8]) -> Option<Vec<u8>> {
        match (setup.kind, setup.request, setup.value >> 8) {
            (0x81, 6, 0x22) => Some(REPORT_DESCRIPTOR.to_vec()),
            // Set idle, set protocol.
            (0x21, 0x0A | 0x0B, _) => Some(Vec::new()),
            _ => None,
        }
    }

    fn receive(&mut self, _endpoint: u8, bytes: &[u8]) -> bool {
        let answer = self.peer.receive(bytes);
        for chunk in answer.bytes.chunks(REPORT_BYTES) {
            let mut report = vec![0; REPORT_BYTES];
            report[..chunk.len()].copy_from_slice(chunk);
            self.reports.push_back(report);
        }
        self.unplug |= answer.unplug;
        true
    }

    fn send(&mut self, _endpoint: u8, _room: usize) -> Sent {
        match self.reports.pop_front() {
            Some(report) if self.unplug && self.reports.is_empty() => Sent::LastWords(report),
            Some(report) => Sent::Data(report),
            None if self.unplug => Sent::LastWords(Vec::new()),
            None => Sent::Nothing,
        }
    }
}

impl<P: Peer> HidReader<P> {
    /// What happens to it when the plug is pulled.
    pub fn power_off(&mut self) {
        self.peer.power_off();
        self.reports.clear();
        self.unplug = false;
    }
}
