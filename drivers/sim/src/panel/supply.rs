//! 模拟电源: a supply on its serial line whose mains somebody switches.

use super::Panel;
use crate::fault::Script;
use crate::hall::MegatecPeer;
use crate::peer::{Delivery, Peer};
use serde_json::{Map, Value, json};

/// A supply that speaks Megatec's protocol. `mains on`, `mains off`, `mains low`: failed, and the battery nearly empty.
#[derive(Default)]
pub struct SupplyPanel {
    peer: MegatecPeer,
    script: Script,
}

impl Peer for SupplyPanel {
    fn receive(&mut self, bytes: &[u8]) -> Delivery {
        self.peer.receive(bytes)
    }

    fn power_off(&mut self) {
        self.peer.power_off();
    }
}

impl Panel for SupplyPanel {
    fn obey(&mut self, verb: &str, rest: &str) -> Option<Result<(), String>> {
        if verb != "mains" {
            return None;
        }
        // b7: mains have failed; b6: the battery is low (Megatec 2.7, section C).
        let (failed, low) = match rest {
            "on" => (b'0', b'0'),
            "off" => (b'1', b'0'),
            "low" => (b'1', b'1'),
            _ => return Some(Err("mains on, off or low".to_owned())),
        };
        (self.peer.status[0], self.peer.status[1]) = (failed, low);
        Some(Ok(()))
    }

    fn swap(&mut self) {
        *self = Self { script: std::mem::take(&mut self.script), ..Self::default() };
    }

    fn status(&self) -> Map<String, Value> {
        Map::from_iter([("mains".to_owned(), json!(self.peer.status[0] == b'0'))])
    }

    fn script(&mut self) -> &mut Script {
        &mut self.script
    }
}
