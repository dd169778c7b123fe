//! What the hub is started with.

use std::path::PathBuf;
use tongban_device::message::Setup;

/// 设备绑定: a role of this station and the device that plays it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Role, for example `id-card`, `document-camera`.
    pub role: String,
    /// Which device, by which driver, at which port.
    pub setup: Setup,
    /// The station cannot serve without it.
    pub required: bool,
}

/// Where the worker programs are and what they drive.
#[derive(Debug, Clone)]
pub struct HubConfig {
    /// `tongban-worker`: readers, scanners, printers.
    pub worker: PathBuf,
    /// `tongban-vision`: cameras.
    pub vision: PathBuf,
    /// One worker process each.
    pub bindings: Vec<Binding>,
    /// Environment added for the workers (`RUST_LOG`, demo folders …).
    pub spawn_env: Vec<(String, String)>,
}
