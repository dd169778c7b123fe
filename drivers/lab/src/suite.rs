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

/// Every suite, in the order they run.
pub const ALL: &[(&str, Suite)] = &[
    ("reader-bulk", reader::bulk),
    ("reader-rights", reader::rights),
    ("reader-cycles", reader::cycles),
    ("reader-split", reader::split),
    ("reader-hid", reader::hid),
    ("reader-acm", reader::acm),
    ("finger-acm", finger::acm),
    ("printer-usblp", printer::usblp),
    ("scanner-uhid", hall::scanner),
    ("pad-uhid", hall::pad),
    ("smartcard-vpcd", hall::smart_card),
    ("camera-vivid", camera::vivid),
    ("camera-uvc", camera::uvc),
    ("conform-bulk", conform::bulk),
    ("conform-hid", conform::hid),
    ("conform-acm", conform::acm),
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
