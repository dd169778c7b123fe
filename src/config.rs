//! 终端配置: one schema, four layers (default < hall < station < environment).
//!
//! A value never has two meanings in two files; `tongban config explain` says where each came from.

mod layers;
mod schema;

pub use layers::{ConfigError, Explained, load, process_environment, resolve};
pub use schema::{
    CentreSection, Config, DeviceSection, Face, IdentitySection, LogSection, PathsSection, Rect, ScreenSection,
    ServiceSection, SpeechSection, StaffSection, TimersSection,
};
