//! What a step is handed: its window's design, the services, the draft, and what is live.

use super::draft::Draft;
use crate::config::Config;
use crate::service::Services;
use tongban_device::state::{DeviceKind, DeviceState};
use tongban_domain::case::Case;
use tongban_domain::clock::WallTime;
use tongban_domain::ids::CaseId;
use tongban_ui::{Id, Ui};

/// One device as the screens see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceGlance {
    /// Role at this station.
    pub role: String,
    /// Kind.
    pub kind: DeviceKind,
    /// Driver.
    pub driver: String,
    /// Port it is bound to.
    pub port: String,
    /// State.
    pub state: DeviceState,
    /// Why it is not well.
    pub code: Option<tongban_domain::code::ErrorCode>,
    /// Live evidence, no personal data.
    pub evidence: Vec<(String, String)>,
    /// Worker restarts since the program started.
    pub restarts: u32,
    /// Must work for the station to serve.
    pub required: bool,
    /// When `state` was entered.
    pub since: std::time::Instant,
}

/// A live picture.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Counts up.
    pub seq: u64,
    /// For the preview widget.
    pub handle: iced::widget::image::Handle,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Pictures that came to the screen since it asked for them, this one included.
    pub shown: u64,
    /// Pictures the worker gave and the screen was too slow for.
    pub missed: u64,
}

/// What changes by itself.
#[derive(Debug, Clone, Default)]
pub struct Live {
    /// Devices.
    pub devices: Vec<DeviceGlance>,
    /// The centre can be reached.
    pub online: bool,
    /// 应急停用: nothing new is begun here.
    pub stopped: bool,
    /// Bundles waiting to be sent.
    pub queue: u32,
    /// Latest picture per camera role.
    pub pictures: std::collections::BTreeMap<&'static str, Picture>,
    /// Wall time of the last tick.
    pub now: Option<WallTime>,
    /// Counts seconds; turns the waiting ring.
    pub tick: u32,
}

impl Live {
    /// Why the device of this role is not well.
    #[must_use]
    pub fn code(&self, role: &str) -> Option<tongban_domain::code::ErrorCode> {
        self.devices.iter().find(|device| device.role == role).and_then(|device| device.code)
    }

    /// Is the device of this role ready?
    #[must_use]
    pub fn ready(&self, role: &str) -> bool {
        self.devices
            .iter()
            .any(|device| device.role == role && matches!(device.state, DeviceState::Online | DeviceState::Busy))
    }
}

/// Handed to every `update` and `view` of a step.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Tokens and texts of the window being drawn.
    pub ui: &'a Ui,
    /// Prefix of widget ids: `kiosk`, `window`, `customer` …
    pub scope: &'static str,
    /// Services.
    pub services: &'a Services,
    /// Configuration.
    pub config: &'a Config,
    /// The open case.
    pub draft: &'a Draft,
    /// What is live.
    pub live: &'a Live,
}

impl<'a> Context<'a> {
    /// Stable id of a widget of this window.
    #[must_use]
    pub fn id(&self, name: &str) -> Id {
        Id::from(format!("{}.{name}", self.scope))
    }

    /// Text of a key.
    #[must_use]
    pub fn text(&self, key: &str) -> String {
        self.ui.text(key)
    }

    /// The open case; steps after identification always have one.
    #[must_use]
    pub fn case(&self) -> Option<&'a Case> {
        self.draft.case.as_ref()
    }

    /// Its id.
    #[must_use]
    pub fn case_id(&self) -> Option<CaseId> {
        self.draft.id
    }

    /// For the waiting ring.
    #[must_use]
    pub fn tick(&self) -> u32 {
        self.live.tick
    }

    /// Officer on duty, for staff actions.
    #[must_use]
    pub fn officer(&self) -> tongban_domain::ids::StaffId {
        tongban_domain::ids::StaffId(self.config.staff.on_duty.clone())
    }
}
