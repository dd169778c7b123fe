//! 大厅其余设备: traits and data of what stands beside the five families, each thin.

use crate::control::OpControl;
use crate::driver::Device;
use crate::fault::DeviceFault;
use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::Zeroize;

/// 条码或二维码, as scanned. It may hold a person's number: Debug shows the length, dropping overwrites it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScannedCode(Vec<u8>);

impl ScannedCode {
    /// From what the scanner sent, without its suffix.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes; text is UTF-8 or GB 18030, as the code's maker had it.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for ScannedCode {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for ScannedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScannedCode({} bytes)", self.0.len())
    }
}

/// 扫码器.
pub trait CodeScanner: Device {
    /// Waits for the next code.
    ///
    /// # Errors
    /// [`DeviceFault::NoMedia`] when none came in time, else the line's faults.
    fn next_code(&mut self, control: &mut OpControl<'_>) -> Result<ScannedCode, DeviceFault>;
}

/// Bytes to or from a smart card. They may hold a person's data: Debug shows the length, dropping overwrites them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardBytes(Vec<u8>);

impl CardBytes {
    /// As they go over the contacts.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for CardBytes {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for CardBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CardBytes({} bytes)", self.0.len())
    }
}

/// 智能卡读写器 (社保卡, 银行卡; ISO 7816 over PC/SC).
pub trait SmartCardReader: Device {
    /// Waits for a card and takes it for this process alone; gives its answer to reset.
    ///
    /// # Errors
    /// [`DeviceFault::NoMedia`] when none was put in time, `Busy` when another program has it.
    fn connect(&mut self, control: &mut OpControl<'_>) -> Result<Vec<u8>, DeviceFault>;

    /// One command, one answer with its status word.
    ///
    /// # Errors
    /// [`DeviceFault::Unplugged`] when card or reader went away.
    fn transmit(&mut self, command: &[u8], control: &mut OpControl<'_>) -> Result<Vec<u8>, DeviceFault>;

    /// Lets the card go; harmless without one.
    fn disconnect(&mut self);
}

/// One point of a signature, in pad units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct InkPoint {
    /// From the left.
    pub x: i32,
    /// From the top.
    pub y: i32,
    /// 0 where the pad has none.
    pub pressure: i32,
    /// Milliseconds since the first point.
    pub ms: u32,
}

/// 手写签名: pen-down to pen-up is one stroke. Debug shows counts only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The strokes.
    pub strokes: Vec<Vec<InkPoint>>,
    /// Width of the pad in its units.
    pub width: i32,
    /// Height of the pad in its units.
    pub height: i32,
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({} strokes)", self.strokes.len())
    }
}

/// 签字板.
pub trait SignaturePad: Device {
    /// Takes a signature: ends when the pen has rested.
    ///
    /// # Errors
    /// [`DeviceFault::NoMedia`] when nobody wrote in time, else the line's faults.
    fn sign(&mut self, control: &mut OpControl<'_>) -> Result<Signature, DeviceFault>;
}

/// 叫号信息.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// 号码, `A012`.
    pub ticket: String,
    /// 窗口, `3`.
    pub window: String,
}

/// 叫号屏.
pub trait CallDisplay: Device {
    /// Shows a call until the next.
    ///
    /// # Errors
    /// [`DeviceFault::Timeout`] when the display does not confirm, else the line's faults.
    fn show(&mut self, notice: &Notice, control: &mut OpControl<'_>) -> Result<(), DeviceFault>;
}

/// 供电状态.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PowerState {
    /// Mains present; false on battery.
    pub on_mains: bool,
    /// The battery is low: save and end.
    pub battery_low: bool,
    /// Charge in percent, where it is told.
    pub charge: Option<u8>,
    /// Seconds the battery lasts, where it is told.
    pub runtime_s: Option<u32>,
}

/// 不间断电源.
pub trait PowerSupply: Device {
    /// How power stands now.
    ///
    /// # Errors
    /// The line's faults; `Hardware` when the supply itself cannot be reached.
    fn power(&mut self, control: &mut OpControl<'_>) -> Result<PowerState, DeviceFault>;
}
