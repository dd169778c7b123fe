//! 用户态 HID: input devices made of reports, through the kernel's `uhid` (linux/uhid.h).
//!
//! The kernel's HID and input layers make evdev nodes of them, as of a scanner or pad on USB.

use anyhow::{Context, Result};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

const CREATE2: u32 = 11;
const INPUT2: u32 = 12;
const DESTROY: u32 = 1;
const NAME_BYTES: usize = 128;
const PLACE_BYTES: usize = 64;
const DATA_BYTES: usize = 4096;
const BUS_USB: u16 = 3;

/// Eight-byte reports of modifiers and keys, as every keyboard that boots a PC has (HID 1.11, appendix B.1).
pub const KEYBOARD: &[u8] = &[
    0x05, 0x01, 0x09, 0x06, 0xA1, 0x01, 0x05, 0x07, 0x19, 0xE0, 0x29, 0xE7, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95,
    0x08, 0x81, 0x02, 0x95, 0x01, 0x75, 0x08, 0x81, 0x01, 0x95, 0x06, 0x75, 0x08, 0x15, 0x00, 0x25, 0x65, 0x05, 0x07,
    0x19, 0x00, 0x29, 0x65, 0x81, 0x00, 0xC0,
];

/// A pen: tip and range bits, x to 9600, y to 6000, pressure to 1023 (HID usage page 0D).
pub const PEN: &[u8] = &[
    0x05, 0x0D, 0x09, 0x02, 0xA1, 0x01, 0x09, 0x20, 0xA1, 0x00, 0x09, 0x42, 0x09, 0x32, 0x15, 0x00, 0x25, 0x01, 0x75,
    0x01, 0x95, 0x02, 0x81, 0x02, 0x75, 0x06, 0x95, 0x01, 0x81, 0x03, 0x05, 0x01, 0x09, 0x30, 0x26, 0x80, 0x25, 0x75,
    0x10, 0x95, 0x01, 0x81, 0x02, 0x09, 0x31, 0x26, 0x70, 0x17, 0x81, 0x02, 0x05, 0x0D, 0x09, 0x30, 0x26, 0xFF, 0x03,
    0x81, 0x02, 0xC0, 0xC0,
];

/// A plugged device; dropping it pulls it out.
pub struct Hid {
    file: File,
    name: String,
    sent: u64,
}

impl Hid {
    /// Plugs a device with this report descriptor.
    ///
    /// # Errors
    /// When the kernel has no `uhid` or does not take it.
    pub fn plug(name: &str, descriptor: &[u8]) -> Result<Self> {
        let mut file = OpenOptions::new().read(true).write(true).open("/dev/uhid").context("/dev/uhid")?;
        let mut event = CREATE2.to_ne_bytes().to_vec();
        event.extend(name.bytes());
        event.resize(4 + NAME_BYTES + 2 * PLACE_BYTES, 0);
        event.extend(u16::try_from(descriptor.len())?.to_ne_bytes());
        event.extend(BUS_USB.to_ne_bytes());
        for number in [0x0C2E_u32, 0x0B61, 0x0110, 0] {
            event.extend(number.to_ne_bytes());
        }
        event.extend_from_slice(descriptor);
        event.resize(4 + NAME_BYTES + 2 * PLACE_BYTES + 4 + 16 + DATA_BYTES, 0);
        file.write_all(&event).context("plugging a HID device")?;
        Ok(Self { file, name: name.to_owned(), sent: 0 })
    }

    /// The evdev node the kernel made of it.
    ///
    /// # Errors
    /// When none appears.
    pub fn node(&self) -> Result<PathBuf> {
        crate::guest::until(Duration::from_secs(5), "an input node", || {
            let entries = std::fs::read_dir("/sys/class/input").ok()?.flatten();
            let mut events = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("event"));
            let found = events.find(|entry| {
                let name = std::fs::read_to_string(entry.path().join("device/name")).unwrap_or_default();
                name.trim().starts_with(&self.name)
            })?;
            let node = PathBuf::from("/dev/input").join(found.file_name());
            node.exists().then_some(node)
        })
    }

    /// Sends one report.
    ///
    /// # Errors
    /// When the kernel does not take it.
    pub fn report(&mut self, report: &[u8]) -> Result<()> {
        let mut event = INPUT2.to_ne_bytes().to_vec();
        event.extend(u16::try_from(report.len())?.to_ne_bytes());
        event.extend_from_slice(report);
        self.file.write_all(&event).context("a report")?;
        self.sent += report.len() as u64;
        Ok(())
    }

    /// Types lower-case letters and digits, then Enter.
    ///
    /// # Errors
    /// As [`Hid::report`].
    pub fn types(&mut self, text: &str) -> Result<()> {
        for sign in text.bytes().chain([b'\n']) {
            let usage = match sign {
                b'a'..=b'z' => 4 + sign - b'a',
                b'1'..=b'9' => 30 + sign - b'1',
                b'0' => 39,
                _ => 40,
            };
            self.report(&[0, 0, usage, 0, 0, 0, 0, 0])?;
            self.report(&[0; 8])?;
        }
        Ok(())
    }

    /// Moves the pen: touching or not, at a place, with a pressure.
    ///
    /// # Errors
    /// As [`Hid::report`].
    pub fn pen(&mut self, touches: bool, x: u16, y: u16, pressure: u16) -> Result<()> {
        let [xl, xh] = x.to_le_bytes();
        let [yl, yh] = y.to_le_bytes();
        let [pl, ph] = pressure.to_le_bytes();
        self.report(&[2 | u8::from(touches), xl, xh, yl, yh, pl, ph])
    }

    /// Bytes of reports sent.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent
    }
}

impl Drop for Hid {
    fn drop(&mut self) {
        let _ = self.file.write_all(&DESTROY.to_ne_bytes());
    }
}
