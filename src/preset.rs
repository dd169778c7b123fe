//! 界面状态样本: every state of the journey by name, built from the demo people alone.
//!
//! A preset is a list of messages, so what it shows went through the same update functions
//! as a real visit. No device, no centre and nothing in the store is needed.

mod desk;
mod journey;
mod kiosk;
pub mod pictures;
pub mod story;

use crate::app::{self, live};
use crate::apply::context::DeviceGlance;
use crate::service::Catalogue;
use tongban_device::state::{DeviceKind, DeviceState};
use tongban_domain::code::ErrorCode;
use tongban_sync::SyncStatus;

/// One state of a face.
pub struct Preset {
    /// Name: file of its picture.
    pub name: &'static str,
    /// The applicant's screen at a window.
    pub customer: bool,
    /// Seconds without a touch before the picture is taken.
    pub idle_s: u64,
    /// What happened, from the home page on.
    pub messages: Vec<app::Message>,
}

impl Preset {
    fn new(name: &'static str, messages: Vec<app::Message>) -> Self {
        Self { name, customer: false, idle_s: 0, messages }
    }

    fn customer(mut self) -> Self {
        self.customer = true;
        self
    }

    fn idle(mut self, seconds: u64) -> Self {
        self.idle_s = seconds;
        self
    }

    /// The same without a link to the centre.
    fn offline(mut self) -> Self {
        self.messages.insert(0, link(false));
        self
    }
}

/// A name being written where it is signed for; nobody's.
#[must_use]
pub fn written() -> Vec<crate::apply::Message> {
    journey::write()
}

/// A supply says how the station is fed.
#[must_use]
pub fn fed(state: DeviceState, low: bool) -> app::Message {
    alone("power", DeviceKind::PowerSupply, state, vec![("low".to_owned(), low.to_string())])
}

/// A pad to sign on is there.
#[must_use]
pub fn padded() -> app::Message {
    alone("pad", DeviceKind::SignaturePad, DeviceState::Online, Vec::new())
}

/// One device and no other.
fn alone(role: &str, kind: DeviceKind, state: DeviceState, evidence: Vec<(String, String)>) -> app::Message {
    app::Message::Live(live::Change::Devices(vec![DeviceGlance {
        role: role.to_owned(),
        kind,
        driver: String::new(),
        port: String::new(),
        state,
        code: None,
        evidence,
        restarts: 0,
        required: false,
        since: std::time::Instant::now(),
    }]))
}

/// States of the kiosk.
#[must_use]
pub fn kiosk(catalogue: &Catalogue) -> Vec<Preset> {
    kiosk::all(catalogue)
}

/// States of the window and of its customer screen.
#[must_use]
pub fn desk(catalogue: &Catalogue) -> Vec<Preset> {
    desk::all(catalogue)
}

/// What stands before every preset: devices well, cameras on, link up, home page.
#[must_use]
pub fn calm() -> Vec<app::Message> {
    vec![
        app::Message::Touched,
        app::Message::Kiosk(crate::screen::kiosk::Message::Home),
        app::Message::Desk(crate::screen::desk::Message::End),
        devices(&[]),
        link(true),
        app::Message::Live(live::Change::Picture("face", pictures::face())),
        app::Message::Live(live::Change::Picture("document", pictures::document())),
    ]
}

fn link(online: bool) -> app::Message {
    let queue = if online { 0 } else { 3 };
    app::Message::Live(live::Change::Link(SyncStatus { online, queue, ..SyncStatus::default() }))
}

/// 应急停用 as the next sign of life tells it.
fn stopped() -> app::Message {
    let status = SyncStatus { online: true, stopped: true, ..SyncStatus::default() };
    app::Message::Live(live::Change::Link(status))
}

/// All devices of a station; those named are in another state.
fn devices(ill: &[(&str, DeviceState, ErrorCode)]) -> app::Message {
    let all = [
        ("reader", DeviceKind::IdCardReader),
        ("face", DeviceKind::FaceCamera),
        ("document", DeviceKind::DocumentCamera),
        ("finger", DeviceKind::FingerprintScanner),
        ("printer", DeviceKind::DocumentPrinter),
    ];
    let glance = |(role, kind): (&str, DeviceKind)| {
        let fault = ill.iter().find(|(name, ..)| *name == role);
        DeviceGlance {
            role: role.to_owned(),
            kind,
            driver: String::new(),
            port: String::new(),
            state: fault.map_or(DeviceState::Online, |(_, state, _)| *state),
            code: fault.map(|(_, _, code)| *code),
            evidence: Vec::new(),
            restarts: 0,
            required: true,
            since: std::time::Instant::now(),
        }
    };
    app::Message::Live(live::Change::Devices(all.into_iter().map(glance).collect()))
}
