//! 驱动接口: the blocking traits a worker drives. One call at a time, on one thread.
//!
//! Every call takes an [`OpControl`]; implementations look at it at least every 200 ms.

use crate::control::OpControl;
use crate::fault::DeviceFault;
use crate::message::{CardRead, FingerImage, PrintEnd, PrintJob};
use crate::state::DeviceState;
use std::collections::BTreeMap;
use std::time::Duration;
use tongban_domain::code::ErrorCode;

/// Short name → short text about a device (firmware, SAM id, counters, paper); never personal data.
pub type Evidence = BTreeMap<String, String>;

/// 健康状况: what a poll found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// `Online` when all is well; `UserError` with a code when a person has to do something.
    pub state: DeviceState,
    /// Why it is not well.
    pub code: Option<ErrorCode>,
    /// What was found out.
    pub evidence: Evidence,
}

impl Health {
    /// All is well.
    #[must_use]
    pub fn online(evidence: Evidence) -> Self {
        Self { state: DeviceState::Online, code: None, evidence }
    }
}

/// 设备. What every driver can do once it is open.
pub trait Device: Send {
    /// A cheap poll, made only when nothing else runs.
    ///
    /// # Errors
    /// [`DeviceFault`] when the device does not answer or is gone.
    fn health(&mut self, control: &mut OpControl<'_>) -> Result<Health, DeviceFault>;

    /// Brings the device back to a known state without reopening its port.
    ///
    /// # Errors
    /// [`DeviceFault`] when the device does not answer or is gone.
    fn reset(&mut self, control: &mut OpControl<'_>) -> Result<(), DeviceFault>;
}

/// 二代身份证阅读器.
pub trait IdCardReader: Device {
    /// Waits for a card and reads it: text, photo, fingerprint block.
    ///
    /// # Errors
    /// [`DeviceFault::Retry`] when the card must be put again, `Medium` when the record is
    /// not understood, else the line's faults.
    fn read_card(&mut self, control: &mut OpControl<'_>) -> Result<CardRead, DeviceFault>;

    /// Is the card that was read last still on the reader?
    ///
    /// # Errors
    /// The line's faults.
    fn card_present(&mut self, control: &mut OpControl<'_>) -> Result<bool, DeviceFault>;
}

/// 指纹仪.
pub trait FingerprintScanner: Device {
    /// Waits for a finger and takes an image; the best of at most `tries`.
    ///
    /// # Errors
    /// [`DeviceFault::Retry`] when no try was good enough, else the line's faults.
    fn capture(&mut self, tries: u8, control: &mut OpControl<'_>) -> Result<FingerImage, DeviceFault>;
}

/// How a picture's bytes are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PixelFormat {
    /// Baseline JPEG as the camera sent it.
    Jpeg,
    /// Three bytes a pixel, rows packed.
    Rgb8,
    /// Four bytes a pixel, rows packed.
    Rgba8,
}

/// One picture from a camera, as captured.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// How to read `bytes`.
    pub format: PixelFormat,
    /// The picture.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}x{} {:?}, {} bytes)", self.width, self.height, self.format, self.bytes.len())
    }
}

/// 摄像头 (高拍仪, 人脸摄像头).
pub trait Camera: Device {
    /// Starts the live picture, at most `width_max` pixels wide and about `fps` a second.
    ///
    /// # Errors
    /// [`DeviceFault::Busy`] when another program streams, `Unsupported` without such a mode.
    fn start(&mut self, width_max: u32, fps: u8) -> Result<(), DeviceFault>;

    /// The next live picture; `None` when none came within `wait`.
    ///
    /// # Errors
    /// [`DeviceFault::Unplugged`] when the camera went away.
    fn frame(&mut self, wait: Duration) -> Result<Option<Picture>, DeviceFault>;

    /// Ends the live picture; harmless when none runs.
    ///
    /// # Errors
    /// [`DeviceFault`] when the camera went away.
    fn stop(&mut self) -> Result<(), DeviceFault>;

    /// One picture at the camera's largest resolution. A running live picture goes on afterwards.
    ///
    /// # Errors
    /// [`DeviceFault`] as for the live picture.
    fn still(&mut self, control: &mut OpControl<'_>) -> Result<Picture, DeviceFault>;
}

/// 打印机.
pub trait Printer: Device {
    /// Prints one document and follows it to its end; job states go out as progress.
    ///
    /// # Errors
    /// [`DeviceFault`] only when provably nothing was handed to the printer; once bytes
    /// went out the answer is a [`PrintEnd`], `Unknown` if need be.
    fn print(&mut self, job: &PrintJob, control: &mut OpControl<'_>) -> Result<PrintEnd, DeviceFault>;

    /// What became of an earlier job of ours, by its name.
    ///
    /// # Errors
    /// [`DeviceFault`] when the printer cannot be asked.
    fn find_job(&mut self, job_name: &str, control: &mut OpControl<'_>) -> Result<PrintEnd, DeviceFault>;
}
