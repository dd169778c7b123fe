//! USB 打印机: printer class 1.1 with a status byte and an IEEE 1284 id that can be set.

use super::{configuration, device_descriptor, endpoint, interface};
use crate::vhci::{Function, Sent, Setup};

/// No error, selected (USB printer class 1.1, 4.2.2).
pub const READY: u8 = 0x18;
/// No error, selected, paper out.
pub const PAPER_OUT: u8 = 0x38;
/// Selected, error.
pub const FAULTY: u8 = 0x10;

/// A printer that keeps what it is sent.
pub struct UsbPrinter {
    /// Port status byte.
    pub status: u8,
    /// Takes no more bytes, as a printer with its buffer full.
    pub stuck: bool,
    /// Everything it was sent.
    pub paper: Vec<u8>,
    /// What it would say when asked.
    pub replies: Vec<u8>,
    id: String,
}

impl UsbPrinter {
    /// A ready printer of this IEEE 1284 id (`MFG:…;MDL:…;`).
    #[must_use]
    pub fn new(id: &str) -> Self {
        Self { status: READY, stuck: false, paper: Vec::new(), replies: Vec::new(), id: id.to_owned() }
    }
}

impl Function for UsbPrinter {
    fn device(&self) -> Vec<u8> {
        device_descriptor([0, 0, 0], 0x0525, 0xA4A8)
    }

    fn configuration(&self) -> Vec<u8> {
        // Bidirectional (protocol 2).
        let mut rest = interface(0, 2, [7, 1, 2]);
        rest.extend(endpoint(0x01, 2, 512, 0));
        rest.extend(endpoint(0x82, 2, 512, 0));
        configuration(1, &rest)
    }

    fn string(&self, index: u8) -> Option<String> {
        let texts = ["tongban lab", "USB printer", "0004"];
        texts.get(usize::from(index).checked_sub(1)?).map(ToString::to_string)
    }

    fn control(&mut self, setup: Setup, _data: &[u8]) -> Option<Vec<u8>> {
        match (setup.kind, setup.request) {
            (0xA1, 0) => {
                let mut bytes = u16::try_from(self.id.len() + 2).unwrap_or(2).to_be_bytes().to_vec();
                bytes.extend(self.id.bytes());
                Some(bytes)
            }
            (0xA1, 1) => Some(vec![self.status]),
            (0x21 | 0x23, 2) => Some(Vec::new()),
            _ => None,
        }
    }

    fn receive(&mut self, _endpoint: u8, bytes: &[u8]) -> bool {
        if self.stuck {
            return false;
        }
        self.paper.extend_from_slice(bytes);
        true
    }

    fn send(&mut self, _endpoint: u8, room: usize) -> Sent {
        if self.replies.is_empty() {
            return Sent::Nothing;
        }
        let count = room.min(self.replies.len());
        Sent::Data(self.replies.drain(..count).collect())
    }
}
