//! 模拟扫码器: what somebody holds before a scanner goes out on its line, as the scanner is set up to send it.

use super::Panel;
use crate::fault::Script;
use crate::peer::{Delivery, Peer};
use serde_json::{Map, Value, json};

/// A scanner at the end of a serial line. It hears nothing and speaks when something is scanned.
#[derive(Default)]
pub struct ScannerPanel {
    waiting: Vec<u8>,
    scanned: u32,
    script: Script,
}

/// Sent behind every code.
const SUFFIX: &[u8] = b"\r\n";

impl Peer for ScannerPanel {
    fn receive(&mut self, _bytes: &[u8]) -> Delivery {
        Delivery::default()
    }

    fn power_off(&mut self) {
        self.waiting.clear();
    }
}

impl Panel for ScannerPanel {
    fn obey(&mut self, verb: &str, rest: &str) -> Option<Result<(), String>> {
        match verb {
            "scan" if rest.is_empty() => Some(Err("nothing is held before the scanner".to_owned())),
            "scan" => {
                self.waiting.extend([rest.as_bytes(), SUFFIX].concat());
                self.scanned += 1;
                Some(Ok(()))
            }
            _ => None,
        }
    }

    fn swap(&mut self) {
        *self = Self { script: std::mem::take(&mut self.script), ..Self::default() };
    }

    fn status(&self) -> Map<String, Value> {
        Map::from_iter([("scanned".to_owned(), json!(self.scanned))])
    }

    fn script(&mut self) -> &mut Script {
        &mut self.script
    }

    fn unasked(&mut self) -> Option<Delivery> {
        let bytes = std::mem::take(&mut self.waiting);
        (!bytes.is_empty()).then(|| Delivery { bytes, ..Delivery::default() })
    }
}
