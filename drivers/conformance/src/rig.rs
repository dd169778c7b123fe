//! 测试台: how a device gets in front of the suite.

use crate::case::Case;
use crate::frames::Span;
use crate::subject::Subject;
use crate::tamper::Tamper;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tongban_device::fault::DeviceFault;

/// Kind of device, one per driver trait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// 二代身份证阅读器.
    IdCardReader,
    /// 指纹仪.
    FingerprintScanner,
    /// 打印机.
    Printer,
    /// 扫码器.
    CodeScanner,
    /// 读卡器 (PC/SC).
    SmartCardReader,
    /// 签字板.
    SignaturePad,
    /// 叫号屏.
    CallDisplay,
    /// 不间断电源.
    PowerSupply,
}

/// What the suite wants done at the device before the next call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// A fresh card, finger, sheet or code is ready; the device is plugged in.
    Media,
    /// None is.
    NoMedia,
    /// Plugged in again after the line was cut.
    Replug,
}

/// Time a device gets.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Budget of a call that should succeed or break.
    pub call: Duration,
    /// Budget of a call that waits in vain for a card.
    pub vain: Duration,
    /// How long after its budget or a cancel a call may still end.
    pub slack: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { call: Duration::from_secs(8), vain: Duration::from_millis(600), slack: Duration::from_secs(1) }
    }
}

/// What the protocol promises, beyond the trait.
#[derive(Debug, Clone, Copy)]
pub struct Traits {
    /// Frames carry a check: a wrong outcome is excused only where the check itself holds.
    pub checked: bool,
    /// Noise between two frames is skipped.
    pub skips_noise: bool,
    /// Frames in what the device sent.
    pub frames: fn(&[u8]) -> Vec<Span>,
    /// Does its check hold over these bytes as received, so many frames of them? Damage it
    /// cannot see is no driver's fault; it is counted ([`crate::Row::unseen`]).
    pub holds: fn(&[u8], usize) -> bool,
}

/// 出纸槽: documents since the last [`Stage::Media`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tray {
    /// Begun, whole ones included.
    pub begun: u32,
    /// Whole.
    pub whole: u32,
}

/// A device with a suite in front of it.
pub trait Rig {
    /// Kind of device.
    fn family(&self) -> Family;
    /// Driver name.
    fn driver(&self) -> String;
    /// Transport name.
    fn transport(&self) -> String;
    /// The tamper its line passes.
    fn tamper(&self) -> Tamper;
    /// Opens the device through the tamper.
    ///
    /// # Errors
    /// As the driver's own opening; `Busy` while an earlier opening still lives.
    fn open(&mut self) -> Result<Box<dyn Subject>, DeviceFault>;
    /// Puts a card there or takes it away.
    ///
    /// # Errors
    /// When it cannot be done; the case then fails.
    fn stage(&mut self, stage: Stage) -> Result<(), DeviceFault>;
    /// Time it gets.
    fn limits(&self) -> Limits {
        Limits::default()
    }
    /// What its protocol promises.
    fn traits(&self) -> Traits;
    /// What lies in the tray since the last [`Stage::Media`]; `None` when only a person can tell.
    fn tray(&mut self) -> Option<Tray> {
        None
    }
    /// Why a case does not apply; `None` when it does.
    fn absent(&self, _case: Case) -> Option<&'static str> {
        None
    }
}

type Open<'a> = Box<dyn FnMut(&Tamper) -> Result<Box<dyn Subject>, DeviceFault> + 'a>;
type Look<'a> = Box<dyn FnMut() -> Option<Tray> + 'a>;
type Staging<'a> = Box<dyn FnMut(Stage) -> Result<(), DeviceFault> + 'a>;

/// A rig made of two closures: for a device on a byte link, hardware or not.
///
/// `open` opens the link, puts the tamper in front of it ([`Tamper::on`]) and the driver
/// behind; `stage` tells the simulator, or asks the technician and waits.
pub struct LinkRig<'a> {
    family: Family,
    driver: String,
    transport: String,
    traits: Traits,
    /// Time it gets.
    pub limits: Limits,
    /// Cases that do not apply, each with its reason.
    pub absent: Vec<(Case, &'static str)>,
    /// Looks into a printer's tray, where that can be done without a person.
    pub look: Option<Look<'a>>,
    tamper: Tamper,
    open: Open<'a>,
    stage: Staging<'a>,
}

impl<'a> LinkRig<'a> {
    /// A rig with the usual limits.
    pub fn new(
        family: Family,
        names: (&str, &str),
        traits: Traits,
        open: impl FnMut(&Tamper) -> Result<Box<dyn Subject>, DeviceFault> + 'a,
        stage: impl FnMut(Stage) -> Result<(), DeviceFault> + 'a,
    ) -> Self {
        Self {
            family,
            driver: names.0.to_owned(),
            transport: names.1.to_owned(),
            traits,
            limits: Limits::default(),
            absent: Vec::new(),
            look: None,
            tamper: Tamper::new(),
            open: Box::new(open),
            stage: Box::new(stage),
        }
    }

    /// With a tamper that sits elsewhere: on the far side of a pseudo terminal, or in a proxy.
    #[must_use]
    pub fn with_tamper(mut self, tamper: Tamper) -> Self {
        self.tamper = tamper;
        self
    }
}

impl Rig for LinkRig<'_> {
    fn family(&self) -> Family {
        self.family
    }

    fn driver(&self) -> String {
        self.driver.clone()
    }

    fn transport(&self) -> String {
        self.transport.clone()
    }

    fn tamper(&self) -> Tamper {
        self.tamper.clone()
    }

    fn open(&mut self) -> Result<Box<dyn Subject>, DeviceFault> {
        (self.open)(&self.tamper)
    }

    fn stage(&mut self, stage: Stage) -> Result<(), DeviceFault> {
        (self.stage)(stage)
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn traits(&self) -> Traits {
        self.traits
    }

    fn tray(&mut self) -> Option<Tray> {
        self.look.as_mut().and_then(|look| look())
    }

    fn absent(&self, case: Case) -> Option<&'static str> {
        self.absent.iter().find(|(absent, _)| *absent == case).map(|(_, why)| *why)
    }
}
