//! One application from swipe to receipt, as an applicant and an officer go through it, at the window or at the kiosk.
//!
//! The walk knows the item from its file and the answers from theirs, and nothing of any one item: a file nobody has
//! seen is walked the same way.

mod answers;
mod finish;
mod form;
mod hands;
mod materials;
mod power;
mod start;

pub use answers::Sheet;
pub use power::Power;

use super::inspect::Inspector;
use super::pages::Cameras;
use super::station::Station;
use super::world::{World, kind};
use anyhow::Result;
use std::cell::Cell;
use std::time::Duration;

/// For what follows a touch.
pub const SOON: Duration = Duration::from_secs(10);
/// For what a device or a department has to do.
pub const LATE: Duration = Duration::from_secs(40);

/// Who applies for what, and what they bring.
pub struct Applicant {
    /// Name, as the simulators know the person.
    pub name: &'static str,
    /// Entry of the face samples.
    pub face: &'static str,
    /// 统一社会信用代码, when the item is for a firm.
    pub firm: Option<&'static str>,
}

/// An application in progress.
pub struct Walk<'a> {
    /// The running world.
    pub world: &'a World,
    /// The terminal.
    pub station: &'a Station,
    /// What lies under its cameras.
    pub cameras: &'a Cameras,
    /// The applicant.
    pub who: Applicant,
    /// The item's file with the answers to its form.
    pub sheet: &'a Sheet,
    /// Pages in the order they are laid under the camera, with the material each belongs to.
    pub pages: &'a [(&'a str, &'a str)],
    /// Number of the next picture.
    shots: Cell<u32>,
}

/// What a walk leaves.
pub struct Done {
    /// Case id.
    pub case: String,
    /// 受理号.
    pub receipt: String,
}

impl<'a> Walk<'a> {
    /// A walk whose pictures are numbered from `first`.
    pub fn new(
        (world, station, cameras): (&'a World, &'a Station, &'a Cameras),
        who: Applicant,
        sheet: &'a Sheet,
        pages: &'a [(&'a str, &'a str)],
        first: u32,
    ) -> Self {
        Self { world, station, cameras, who, sheet, pages, shots: Cell::new(first) }
    }

    /// Both screens are the same one at a kiosk.
    pub fn is_kiosk(&self) -> bool {
        kind(&self.station.name) == "kiosk"
    }

    fn see(&self) -> &Inspector {
        &self.station.inspector
    }

    /// Id of something on the applicant's screen.
    fn applicant(&self, name: &str) -> String {
        format!("{}.{name}", if self.is_kiosk() { "kiosk" } else { "customer" })
    }

    /// Id of something on the screen of whoever works the terminal.
    fn officer(&self, name: &str) -> String {
        format!("{}.{name}", kind(&self.station.name))
    }

    fn touch_applicant(&self, name: &str) -> Result<()> {
        self.see().touch(&self.station.display, &self.applicant(name), SOON).map(drop)
    }

    fn touch_officer(&self, name: &str) -> Result<()> {
        self.see().touch(&self.station.display, &self.officer(name), SOON).map(drop)
    }

    fn number(&self) -> u32 {
        let number = self.shots.get();
        self.shots.set(number + 1);
        number
    }

    /// A picture of the main window.
    pub fn shot(&self, name: &str) -> Result<()> {
        self.station.shot(self.world, &format!("{:02}-{}-{name}", self.number(), self.station.name))
    }

    /// A picture of the applicant's screen; the kiosk has one screen only.
    pub fn applicant_shot(&self, name: &str) -> Result<()> {
        if self.is_kiosk() {
            return self.shot(name);
        }
        self.station.customer_shot(self.world, &format!("{:02}-customer-{name}", self.number()))
    }

    /// All devices are up and the centre answers.
    pub fn wait_ready(&self) -> Result<()> {
        for role in ["reader", "face", "document", "finger", "printer"] {
            self.see().wait_device(role, "Online", Duration::from_secs(30))?;
        }
        self.see().wait_online(true, Duration::from_secs(20))
    }
}
