//! 试验项目.

mod camera;
mod conform;
mod finger;
mod hall;
mod printer;
mod reader;

use crate::guest::Places;
use crate::row::Rows;
use anyhow::{Result, anyhow};
use std::collections::BTreeMap;
use std::time::Duration;
use tongban_device::message::Setup;
use tongban_device::state::{DeviceKind, DeviceState};
use tongban_hub::{Binding, DeviceView, Hub, HubConfig};

/// One suite.
pub type Suite = fn(&Places, &mut Rows) -> Result<()>;

/// Machines the suites are dealt to; they run beside each other.
pub const LANES: usize = 3;

/// Every suite, in the order they run, with the machine it runs in (1 to [`LANES`]), dealt so that each takes as long.
pub const ALL: &[(&str, usize, Suite)] = &[
    ("reader-bulk", 1, reader::bulk),
    ("reader-rights", 1, reader::rights),
    ("reader-cycles", 1, reader::cycles),
    ("reader-split", 1, reader::split),
    ("reader-hid", 1, reader::hid),
    ("reader-acm", 1, reader::acm),
    ("finger-acm", 1, finger::acm),
    ("printer-usblp", 2, printer::usblp),
    ("scanner-uhid", 1, hall::scanner),
    ("pad-uhid", 1, hall::pad),
    ("smartcard-vpcd", 1, hall::smart_card),
    ("camera-vivid", 2, camera::vivid),
    ("camera-uvc", 2, camera::uvc),
    ("conform-bulk", 3, conform::bulk),
    ("conform-hid", 3, conform::hid),
    ("conform-acm", 2, conform::acm),
];

/// The only role of the stations here.
pub(crate) const ROLE: &str = "role";
/// For a state to come in a machine that is emulated.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);

/// A hub with one device, as the terminal has it.
pub(crate) struct Station {
    pub(crate) hub: Hub,
    pub(crate) runtime: tokio::runtime::Runtime,
}

pub(crate) fn setup(kind: DeviceKind, driver: &str, port: &str) -> Setup {
    Setup { kind, driver: driver.to_owned(), port: port.to_owned(), options: BTreeMap::new() }
}

impl Station {
    pub(crate) fn new(places: &Places, setup: Setup) -> Result<Self> {
        let hub = Hub::start(HubConfig {
            worker: places.program("tongban-worker"),
            vision: places.program("tongban-vision"),
            bindings: vec![Binding { role: ROLE.to_owned(), setup, required: true }],
            spawn_env: vec![
                ("RUST_LOG".to_owned(), "error".to_owned()),
                ("TONGBAN_LOG".to_owned(), "error".to_owned()),
            ],
        })?;
        Ok(Self { hub, runtime: tokio::runtime::Builder::new_current_thread().enable_all().build()? })
    }

    pub(crate) fn view(&self) -> Result<DeviceView> {
        self.hub.devices().into_iter().next().ok_or_else(|| anyhow!("no device bound"))
    }

    /// Waits for a state; how long it took is the caller's to measure.
    pub(crate) fn until(&self, limit: Duration, wanted: DeviceState) -> Result<DeviceView> {
        let found = crate::guest::until(limit, "", || self.view().ok().filter(|view| view.state == wanted));
        found.map_err(|_| {
            let view = self.view();
            anyhow!(
                "state {wanted:?} not within {} ms: {:?}",
                limit.as_millis(),
                view.map(|view| (view.state, view.code, view.evidence))
            )
        })
    }
}

/// What a user of this process' rights gets to hear of a device, and the rule that would cure it.
///
/// # Errors
/// When no hub can be started.
pub fn ask(places: &Places, driver: &str, port: &str) -> Result<String> {
    let station = Station::new(places, setup(DeviceKind::IdCardReader, driver, port))?;
    let view = crate::guest::until(PATIENCE, "an answer", || {
        station.view().ok().filter(|view| view.state != DeviceState::Starting)
    })?;
    let rule = tongban_hub::present().into_iter().find(|one| one.port == port).filter(|one| !one.permitted);
    Ok(format!("{:?} {}", view.state, rule.map(|one| one.rule()).unwrap_or_default()))
}
