//! 通道: serial lines, USB bulk endpoints and HID reports as [`ByteLink`]s.
//!
//! Invariant: no device protocol here. Every wait is bounded; every write has a deadline.
//!
//! [`ByteLink`]: tongban_device::transport::ByteLink

mod hidraw;
mod pipes;
pub mod record;
pub mod replay;
mod reports;
mod serial;
mod usb;

pub use hidraw::{Hidraw, HidrawLink};
pub use pipes::{PipeLink, Pipes};
pub use reports::{REPORT_BYTES, ReportLink, ReportPort};
pub use serial::SerialLink;
pub use usb::{UsbBulkLink, UsbPipes, UsbSelector};

use std::time::Duration;

/// Longest single wait, so that a cancel is seen soon.
pub(crate) const SLICE_WAIT: Duration = Duration::from_millis(200);
/// Longest single write.
pub(crate) const SLICE_BYTES: usize = 512;
