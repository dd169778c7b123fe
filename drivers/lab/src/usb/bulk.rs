//! 批量阅读器: vendor class, one pipe each way or header and rest on pipes of their own.

use super::{Outgoing, configuration, device_descriptor, endpoint, interface};
use crate::vhci::{Function, Sent, Setup};
use tongban_sim::peer::Peer;

/// Preamble and length of a SAM frame: what travels on the first pair in split mode.
const HEADER_BYTES: usize = 7;

/// A reader on bulk endpoints.
pub struct BulkReader<P> {
    /// What lies behind the endpoints.
    pub peer: P,
    /// 2 OUT and 2 IN endpoints (SAM_V document) instead of one each.
    pub split: bool,
    /// VID and PID.
    pub identity: (u16, u16),
    outgoing: Outgoing,
    header_sent: usize,
}

impl<P: Peer + 'static> BulkReader<P> {
    /// With the identity most readers have.
    pub fn new(peer: P, split: bool) -> Self {
        Self { peer, split, identity: (0x0400, 0xC35A), outgoing: Outgoing::default(), header_sent: 0 }
    }
}

impl<P: Peer + 'static> Function for BulkReader<P> {
    fn device(&self) -> Vec<u8> {
        device_descriptor([0, 0, 0], self.identity.0, self.identity.1)
    }

    fn configuration(&self) -> Vec<u8> {
        let pipes: &[u8] = if self.split { &[0x02, 0x81, 0x06, 0x85] } else { &[0x02, 0x81] };
        let mut rest = interface(0, u8::try_from(pipes.len()).unwrap_or(2), [0xFF, 0, 0]);
        for pipe in pipes {
            rest.extend(endpoint(*pipe, 2, 512, 0));
        }
        configuration(1, &rest)
    }

    fn string(&self, index: u8) -> Option<String> {
        let texts = ["tongban lab", "ID card reader", "0001"];
        texts.get(usize::from(index).checked_sub(1)?).map(ToString::to_string)
    }

    fn control(&mut self, _setup: Setup, _data: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn receive(&mut self, _endpoint: u8, bytes: &[u8]) -> bool {
        self.header_sent = 0;
        self.outgoing.take_in(&mut self.peer, bytes);
        true
    }

    fn send(&mut self, endpoint: u8, room: usize) -> Sent {
        if !self.split {
            return self.outgoing.next(room);
        }
        // Header on the first pipe, the rest on the second, never the other way round.
        match endpoint {
            1 if self.header_sent < HEADER_BYTES => {
                let sent = self.outgoing.next(room.min(HEADER_BYTES - self.header_sent));
                if let Sent::Data(bytes) | Sent::LastWords(bytes) = &sent {
                    self.header_sent += bytes.len();
                }
                sent
            }
            5 if self.header_sent == HEADER_BYTES => self.outgoing.next(room),
            _ => Sent::Nothing,
        }
    }
}

impl<P: Peer> BulkReader<P> {
    /// What happens to it when the plug is pulled.
    pub fn power_off(&mut self) {
        self.peer.power_off();
        self.outgoing.clear();
        self.header_sent = 0;
    }
}
