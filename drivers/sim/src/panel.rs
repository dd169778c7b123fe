//! 模拟器面板: commands from the demonstration's panel or a test, one a line.
//!
//! `put NAME|NUMBER` · `take` · `press NAME|NUMBER` · `lift` · `scan TEXT` · `mains on|off|low` · `fault …` (see
//! [`crate::fault::Fault`]) · `clear` · `unplug` · `plug` · `swap` · `status`. Each is answered
//! with one line of JSON: the status, or `{"ok":false,"error":…}`. The status' `reading` says
//! where in the capture file the last whole reading stands (`from`, `bytes`), so that a report
//! can cut out and hash the very bytes a case was made from.

use crate::card::{Card, PHOTO_BYTES};
use crate::fault::{Moment, Script};
use crate::peer::Peer;
use crate::people::{self, Person};
use crate::{Ef01Peer, SamPeer};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

mod scanner;
mod station;
mod supply;

pub use scanner::ScannerPanel;
pub use station::{Places, Station, tell};
pub use supply::SupplyPanel;

/// What the panel can do to one kind of peer.
pub trait Panel: Peer {
    /// A command of this kind; `None` when it is not one.
    fn obey(&mut self, verb: &str, rest: &str) -> Option<Result<(), String>>;
    /// Becomes another device of its kind.
    fn swap(&mut self);
    /// What is to be seen.
    fn status(&self) -> Map<String, Value>;
    /// What goes wrong next.
    fn script(&mut self) -> &mut Script;
    /// Line speed the host has set, if it can.
    fn baud(&self) -> Option<u32> {
        None
    }
    /// What was answered since the last call, and whether the answer was good.
    fn moments(&mut self) -> Vec<(Moment, bool)> {
        Vec::new()
    }
    /// What it says by itself, such as a code somebody held before it.
    fn unasked(&mut self) -> Option<crate::peer::Delivery> {
        None
    }
}

/// A reader and its serial number.
pub struct ReaderPanel {
    peer: SamPeer,
    serial: u32,
    holder: Option<String>,
    photos: Option<PathBuf>,
}

impl ReaderPanel {
    /// A reader with this serial number.
    #[must_use]
    pub fn new(serial: u32) -> Self {
        Self { peer: SamPeer::new(serial), serial, holder: None, photos: None }
    }

    /// Cards carry the photographs of this folder: `NUMBER.wlt`, 1024 bytes, for those who have one.
    #[must_use]
    pub fn with_photos(mut self, folder: PathBuf) -> Self {
        self.photos = Some(folder);
        self
    }

    fn card(&self, person: &Person) -> Card {
        let file = self.photos.as_ref().map(|folder| folder.join(format!("{}.wlt", person.number)));
        match file.and_then(|file| std::fs::read(file).ok()).filter(|photo| photo.len() == PHOTO_BYTES) {
            Some(photo) => Card::with_photo(person, photo),
            None => Card::of(person),
        }
    }
}

fn person(key: &str) -> Result<&'static Person, String> {
    people::find(key).ok_or_else(|| "nobody of this name or number".to_owned())
}

impl Peer for ReaderPanel {
    fn receive(&mut self, bytes: &[u8]) -> crate::peer::Delivery {
        self.peer.receive(bytes)
    }

    fn power_off(&mut self) {
        self.peer.power_off();
    }
}

impl Panel for ReaderPanel {
    fn obey(&mut self, verb: &str, rest: &str) -> Option<Result<(), String>> {
        match verb {
            "put" => Some(person(rest).map(|person| {
                self.peer.put(self.card(person));
                self.holder = Some(person.name.clone());
            })),
            "take" => {
                self.peer.take();
                self.holder = None;
                Some(Ok(()))
            }
            _ => None,
        }
    }

    fn swap(&mut self) {
        self.serial += 1;
        let script = std::mem::take(&mut self.peer.script);
        self.peer = SamPeer::new(self.serial);
        self.peer.script = script;
        self.holder = None;
    }

    fn status(&self) -> Map<String, Value> {
        let fields = [("card", json!(self.holder)), ("sam_id", json!(self.peer.sam_id()))];
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn script(&mut self) -> &mut Script {
        &mut self.peer.script
    }

    fn baud(&self) -> Option<u32> {
        None
    }

    fn moments(&mut self) -> Vec<(Moment, bool)> {
        self.peer.moments()
    }
}

impl Panel for Ef01Peer {
    fn obey(&mut self, verb: &str, rest: &str) -> Option<Result<(), String>> {
        match verb {
            "press" => Some(person(rest).map(|person| self.press(person))),
            "lift" => {
                self.lift();
                Some(Ok(()))
            }
            _ => None,
        }
    }

    fn swap(&mut self) {
        let script = std::mem::take(&mut self.script);
        *self = Self::new();
        self.script = script;
    }

    fn status(&self) -> Map<String, Value> {
        Map::from_iter([("pressed".to_owned(), json!(self.is_pressed()))])
    }

    fn script(&mut self) -> &mut Script {
        &mut self.script
    }

    fn baud(&self) -> Option<u32> {
        Some(Ef01Peer::baud(self))
    }

    fn moments(&mut self) -> Vec<(Moment, bool)> {
        Ef01Peer::moments(self)
    }
}
