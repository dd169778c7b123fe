//! 通道: serial lines, USB bulk endpoints and HID reports as [`ByteLink`]s.
//!
//! Invariant: no device protocol here. Every wait is bounded; every write has a deadline.
//!
//! [`ByteLink`]: tongban_device::transport::ByteLink

mod hidraw;
mod serial;
mod usb;

pub use hidraw::HidrawLink;
pub use serial::SerialLink;
pub use usb::{UsbBulkLink, UsbSelector};

use std::time::Duration;

/// Longest single wait, so that a cancel is seen soon.
pub(crate) const SLICE_WAIT: Duration = Duration::from_millis(200);
/// Longest single write.
pub(crate) const SLICE_BYTES: usize = 512;
