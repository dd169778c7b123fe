//! 摄像头: document and face cameras behind one trait, and what is made of their pictures.
//!
//! Invariant: bytes from a camera never leave this crate; what goes on is decoded and encoded anew,
//! so no metadata (place, time, device) and no crafted file passes. Memory per picture is bounded.

pub mod clip;
pub mod direct;
#[cfg(feature = "demo")]
pub mod files;
pub mod picture;
pub mod portable;
mod raw;
pub mod still;

use tongban_device::driver::Camera;
use tongban_device::fault::DeviceFault;
use tongban_device::message::Setup;

/// Opens the camera that `setup` names: driver `v4l` (direct) or `nokhwa` (portable), port
/// `/dev/v4l/by-path/…`,
/// and with the feature `demo` also `files` (port `files:/dir`).
///
/// # Errors
/// `Unsupported` for another driver, `NoDevice`, `Denied` or `Busy` from the port.
pub fn open(setup: &Setup) -> Result<Box<dyn Camera>, DeviceFault> {
    match setup.driver.as_str() {
        "v4l" => Ok(Box::new(direct::DirectCamera::open(setup)?)),
        "nokhwa" => Ok(Box::new(portable::PortableCamera::open(&setup.port)?)),
        #[cfg(feature = "demo")]
        "files" => Ok(Box::new(files::FilesCamera::open(&setup.port)?)),
        _ => Err(DeviceFault::Unsupported),
    }
}
