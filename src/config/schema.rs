//! The one schema of a station's configuration. Version 1.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Which face the program shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Face {
    /// 自助终端 (portrait, unattended).
    Kiosk,
    /// 综合窗口 with a customer screen.
    Window,
    /// 制证窗口.
    Certificate,
    /// 运维.
    Technician,
}

impl Face {
    /// Stable name, used as the prefix of widget ids.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Kiosk => "kiosk",
            Self::Window => "window",
            Self::Certificate => "certificate",
            Self::Technician => "technician",
        }
    }
}

/// Everything a station can be told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Format version, 1.
    pub v: u16,
    /// Who this station is.
    pub identity: IdentitySection,
    /// Where the centre is.
    pub centre: CentreSection,
    /// Files.
    pub paths: PathsSection,
    /// role → device. Known roles: `reader`, `face`, `document`, `finger`, `printer`, `certificate-printer`,
    /// `slip` (号票), `codes`, `smart-card`, `pad`, `call-display`, `power`.
    pub devices: BTreeMap<String, DeviceSection>,
    /// Windows.
    pub screen: ScreenSection,
    /// The voice of a kiosk.
    pub speech: SpeechSection,
    /// Time limits on screen.
    pub timers: TimersSection,
    /// What is offered.
    pub service: ServiceSection,
    /// Staff of the station (window, certificate, technician).
    pub staff: StaffSection,
    /// Logging.
    pub log: LogSection,
}

/// Who this station is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentitySection {
    /// Station id, for example `890102-001-K03`.
    pub station: String,
    /// Hall id.
    pub hall: String,
    /// Hall name on screen.
    pub hall_name: String,
    /// Which face.
    pub face: Face,
    /// Window number on screen, empty on a kiosk.
    pub window_no: String,
}

/// Where the centre is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CentreSection {
    /// Station listener, `https://host:port`. Empty until enrolled.
    pub station_url: String,
    /// Enrolment address, used once.
    pub enrol_url: String,
    /// Host names or addresses a certificate may carry are those of the CA file.
    pub ca_file: PathBuf,
    /// Seconds for one share call before capture is offered, at most 12.
    pub share_timeout_s: u64,
    /// Seconds for any other call.
    pub request_timeout_s: u64,
    /// KiB per second that uploads may take: nothing for no limit, one number for the whole day, or one for
    /// each of the 24 hours (0 is no limit).
    #[serde(default)]
    pub upload_kib_per_s: Vec<u32>,
}

/// Files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathsSection {
    /// Durable state: database, page files, keys. `TONGBAN_STATE_DIR` overrides it.
    pub state: PathBuf,
    /// Fonts, icons, catalogue, licence layouts.
    pub assets: PathBuf,
    /// Fluent texts.
    pub i18n: PathBuf,
    /// Directory with `tongban-worker` and `tongban-vision`; empty means beside this program.
    pub workers: PathBuf,
}

/// One device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceSection {
    /// Driver name, see `device::message::Setup`.
    pub driver: String,
    /// Port path or URI; never `/dev/videoN` or `/dev/ttyUSBN`.
    pub port: String,
    /// A required device that is missing puts the station out of service.
    #[serde(default)]
    pub required: bool,
    /// Driver options.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
}

/// A rectangle in pixels of the display.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rect {
    /// Left.
    pub x: i32,
    /// Top.
    pub y: i32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// Windows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScreenSection {
    /// Main window; without it the program goes full screen.
    #[serde(default)]
    pub main: Option<Rect>,
    /// Customer screen of a window station.
    #[serde(default)]
    pub customer: Option<Rect>,
    /// Start in 长者模式.
    pub elder: bool,
    /// Speak prompts from the start; the person can switch it over where there is a speech program.
    pub speech: bool,
}

/// The voice of a kiosk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpeechSection {
    /// Program that speaks, by name or path: `espeak-ng`, `spd-say`, or one that takes espeak-ng's
    /// options. Empty, or a program that is not there: no voice, and no button for it.
    pub program: String,
    /// Voice or language, in the program's own name.
    pub voice: String,
    /// Volume at the start of a visit, percent.
    pub volume: u8,
}

/// Time limits on screen, seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimersSection {
    /// Idle time on a page.
    pub idle_s: u64,
    /// The same in 长者模式.
    pub elder_idle_s: u64,
    /// Countdown overlay.
    pub warn_s: u64,
    /// Hard cap of a visit.
    pub visit_max_s: u64,
    /// Result page.
    pub result_s: u64,
}

/// What is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceSection {
    /// Item keys offered here; `*` means all the catalogue allows for this face.
    pub items: Vec<String>,
    /// Service hotline of the city.
    pub hotline: String,
    /// The hall's own telephone, for who calls for help; empty: the hotline.
    #[serde(default)]
    pub phone: String,
    /// Opening hours text.
    pub hours: String,
    /// Nearest staffed hall.
    pub nearest_hall: String,
    /// Whether presence evidence may leave the station (needs consent or a legal basis).
    pub evidence_upload: bool,
    /// Mark every print 演示.
    pub demo: bool,
}

impl ServiceSection {
    /// The number to dial when nobody comes.
    #[must_use]
    pub fn help_phone(&self) -> &str {
        if self.phone.is_empty() { &self.hotline } else { &self.phone }
    }
}

/// Staff of the station.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffSection {
    /// Account on duty, shown on screen and written into every staff action; empty on a kiosk.
    pub on_duty: String,
    /// Name shown.
    pub on_duty_name: String,
    /// SM3 (hex) of an attendant's ID number → account: who may confirm presence at a kiosk with the own card.
    #[serde(default)]
    pub attendants: BTreeMap<String, String>,
}

/// Logging.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSection {
    /// `error`, `warn`, `info` or `debug`.
    pub level: String,
    /// Size of one file before it is rotated, MiB.
    pub file_mib_max: u64,
    /// Files kept.
    pub files_max: u32,
}
