//! USB printer-class ports (`/dev/usb/lpN`): raw documents, three status bits and the IEEE 1284 id.
//!
//! Passbook and needle printers take their page language over such a port. Status bits after the
//! USB printer class 1.1, 4.2.2: 0x08 no error, 0x10 selected, 0x20 paper out.

use crate::link::{self, PortLink};
use crate::reason::Trouble;
use std::collections::BTreeMap;
use std::fs::File;
use tongban_device::control::OpControl;
use tongban_device::driver::{Device, Health, Printer};
use tongban_device::fault::DeviceFault;
use tongban_device::message::{PrintEnd, PrintJob, Progress};
use tongban_device::state::DeviceState;
use tongban_device::transport::{ByteLink, LinkError};

/// What the port bits say.
#[must_use]
pub fn trouble_of(status: u8) -> Option<Trouble> {
    if status & 0x20 != 0 {
        Some(Trouble::PaperOut)
    } else if status & 0x08 == 0 || status & 0x10 == 0 {
        Some(Trouble::Stopped)
    } else {
        None
    }
}

/// A value of an IEEE 1284 device id (`MFG:…;MDL:…;`), by its short or long key.
#[must_use]
pub fn device_id_field<'a>(id: &'a str, keys: &[&str]) -> Option<&'a str> {
    id.split(';')
        .filter_map(|pair| pair.split_once(':'))
        .find(|(key, _)| keys.contains(&key.trim()))
        .map(|(_, value)| value.trim())
}

/// The two ioctls of the kernel's usblp driver.
#[allow(unsafe_code)]
mod port {
    use std::fs::File;
    use std::os::fd::AsRawFd;

    /// `LPGETSTATUS`: one byte of status in an int.
    const LPGETSTATUS: libc::c_ulong = 0x060b;
    /// `LPIOC_GET_DEVICE_ID(1024)`: `_IOC(_IOC_READ, 'P', 1, 1024)`.
    const GET_DEVICE_ID: libc::c_ulong = (2 << 30) | (1024 << 16) | ((b'P' as libc::c_ulong) << 8) | 1;

    pub(super) fn status(file: &File) -> std::io::Result<u8> {
        let mut value: libc::c_int = 0;
        // SAFETY: LPGETSTATUS writes one int; `value` is one and outlives the call.
        let rc = unsafe { libc::ioctl(file.as_raw_fd(), LPGETSTATUS, std::ptr::from_mut(&mut value)) };
        if rc < 0 { Err(std::io::Error::last_os_error()) } else { Ok(u8::try_from(value & 0xFF).unwrap_or(0)) }
    }

    pub(super) fn device_id(file: &File) -> std::io::Result<String> {
        let mut buffer = [0_u8; 1024];
        // SAFETY: the request's size field is 1024 and the kernel writes at most that into `buffer`.
        let rc = unsafe { libc::ioctl(file.as_raw_fd(), GET_DEVICE_ID, buffer.as_mut_ptr()) };
        if rc < 0 {
            return Err(std::io::Error::last_os_error());
        }
        // Two bytes of length, big-endian, counting themselves (IEEE 1284-2000, 7.6).
        let length = usize::from(u16::from_be_bytes([buffer[0], buffer[1]])).clamp(2, buffer.len());
        Ok(String::from_utf8_lossy(&buffer[2..length]).into_owned())
    }
}

/// A printer on a USB printer-class port.
pub struct UsbPrinter {
    link: PortLink,
}

impl UsbPrinter {
    /// Opens `/dev/usb/lpN`.
    ///
    /// # Errors
    /// `NoDevice`, `Denied` or `Busy` from the port; `Unsupported` for another form of port.
    pub fn open(port: &str) -> Result<Self, DeviceFault> {
        let link = link::open_port(port)?;
        if link.file().is_none() {
            return Err(DeviceFault::Unsupported);
        }
        Ok(Self { link })
    }

    fn file(&self) -> Result<&File, DeviceFault> {
        self.link.file().ok_or(DeviceFault::Unsupported)
    }

    fn trouble(&self) -> Result<Option<Trouble>, DeviceFault> {
        port::status(self.file()?).map(trouble_of).map_err(|e| match e.raw_os_error() {
            Some(libc::ENODEV) => DeviceFault::Unplugged,
            // A plain file or pipe in a test, or a port without status.
            Some(libc::ENOTTY) => DeviceFault::Unsupported,
            _ => DeviceFault::Hardware(e.kind().to_string()),
        })
    }
}

impl Device for UsbPrinter {
    fn health(&mut self, _ctl: &mut OpControl<'_>) -> Result<Health, DeviceFault> {
        let trouble = self.trouble()?;
        let id = port::device_id(self.file()?).unwrap_or_default();
        let mut evidence = BTreeMap::new();
        for (name, keys) in [
            ("manufacturer", ["MFG", "MANUFACTURER"]),
            ("model", ["MDL", "MODEL"]),
            ("commands", ["CMD", "COMMAND SET"]),
        ] {
            if let Some(value) = device_id_field(&id, &keys) {
                evidence.insert(name.to_owned(), value.chars().take(127).collect());
            }
        }
        Ok(match trouble {
            Some(trouble) => Health { state: DeviceState::UserError, code: Some(trouble.code()), evidence },
            None => Health::online(evidence),
        })
    }

    fn reset(&mut self, ctl: &mut OpControl<'_>) -> Result<(), DeviceFault> {
        ctl.check()
    }
}

impl Printer for UsbPrinter {
    fn print(&mut self, job: &PrintJob, ctl: &mut OpControl<'_>) -> Result<PrintEnd, DeviceFault> {
        if let Some(trouble) = self.trouble()? {
            return Ok(PrintEnd::NotPrinted { reason: trouble.keyword().into() });
        }
        (ctl.progress)(Progress::JobSent { job_id: 0, job_uuid: String::new() });
        for copy in 0..job.copies.max(1) {
            match self.link.write_all(&job.document, ctl.deadline) {
                Ok(()) => {}
                // The first refused byte of the first copy leaves the printer as it was.
                Err(LinkError::Other(text)) if copy == 0 && text.starts_with(&format!("{} of", job.document.len())) => {
                    return Ok(PrintEnd::NotPrinted { reason: text });
                }
                Err(error) => return Ok(PrintEnd::Unknown { reason: error.to_string() }),
            }
        }
        // The port has taken the bytes and can tell no more; what lies in the tray a person must say.
        Ok(PrintEnd::Unknown { reason: "port-reports-no-end".into() })
    }

    fn find_job(&mut self, _job_name: &str, _ctl: &mut OpControl<'_>) -> Result<PrintEnd, DeviceFault> {
        Ok(PrintEnd::Unknown { reason: "the port keeps no jobs".into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_bits_are_read_as_the_class_document_says() {
        assert_eq!(trouble_of(0x18), None);
        assert_eq!(trouble_of(0x38), Some(Trouble::PaperOut));
        assert_eq!(trouble_of(0x10), Some(Trouble::Stopped));
        assert_eq!(trouble_of(0x08), Some(Trouble::Stopped));
    }

    #[test]
    fn device_id_fields_are_found_under_short_and_long_keys() {
        let id = "MFG:EPSON;CMD:ESCPL2;MODEL:LQ-90KP;CLS:PRINTER;";
        assert_eq!(device_id_field(id, &["MDL", "MODEL"]), Some("LQ-90KP"));
        assert_eq!(device_id_field(id, &["SN"]), None);
    }

    #[test]
    fn a_plain_file_is_no_printer_port() {
        let file = tempfile::NamedTempFile::new().expect("temp file");
        let mut printer = UsbPrinter::open(file.path().to_str().expect("utf-8 path")).expect("opens");
        let mut quiet = |_| {};
        let mut ctl = OpControl::new(std::time::Duration::from_secs(1), Default::default(), &mut quiet);
        assert_eq!(printer.health(&mut ctl), Err(DeviceFault::Unsupported));
        assert!(matches!(UsbPrinter::open("/dev/usb/lp99"), Err(DeviceFault::NoDevice)));
    }
}
