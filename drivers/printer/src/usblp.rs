//! USB printer-class ports (`/dev/usb/lpN`): raw documents, three status bits and the IEEE 1284 id.
//!
//! Passbook and needle printers take their page language over such a port. Status bits after the
//! USB printer class 1.1, 4.2.2: 0x08 no error, 0x10 selected, 0x20 paper out.

use crate::link;
use crate::reason::Trouble;
use std::collections::BTreeMap;
use std::time::Duration;
use tongban_device::control::OpControl;
use tongban_device::driver::{Device, Health, Printer};
use tongban_device::fault::DeviceFault;
use tongban_device::message::{PrintEnd, PrintJob, Progress};
use tongban_device::state::DeviceState;

/// Between two looks at a printer that is not well.
const LOOK_PAUSE: Duration = Duration::from_millis(250);

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

/// A printer-class port: bytes one way, a status byte and an identity the other.
pub trait ClassPort: Send {
    /// The status byte as it stands now.
    ///
    /// # Errors
    /// `Unplugged` when the printer is gone, `Unsupported` when the port has no status.
    fn status(&mut self) -> Result<u8, DeviceFault>;
    /// The IEEE 1284 id, without its length.
    ///
    /// # Errors
    /// As for the status.
    fn device_id(&mut self) -> Result<String, DeviceFault>;
    /// Hands bytes over; says how many were taken before the deadline, the cancel or the end of the line.
    fn send(&mut self, bytes: &[u8], ctl: &OpControl<'_>) -> (usize, Result<(), DeviceFault>);
}

/// The kernel's usblp driver.
#[allow(unsafe_code, reason = "two ioctls no crate wraps")]
mod port {
    use super::ClassPort;
    use crate::link::PortLink;
    use std::os::fd::AsRawFd;
    use std::time::{Duration, Instant};
    use tongban_device::control::OpControl;
    use tongban_device::fault::DeviceFault;
    use tongban_device::transport::{ByteLink, LinkError};

    /// `LPGETSTATUS`: one byte of status in an int.
    const LPGETSTATUS: libc::c_ulong = 0x060b;
    /// `LPIOC_GET_DEVICE_ID(1024)`: `_IOC(_IOC_READ, 'P', 1, 1024)`.
    const GET_DEVICE_ID: libc::c_ulong = (2 << 30) | (1024 << 16) | ((b'P' as libc::c_ulong) << 8) | 1;
    /// Handed over at a time, so that a cancel is seen.
    const SLICE: usize = 512;
    /// How long a slice may wait before the cancel flag is looked at.
    const SLICE_WAIT: Duration = Duration::from_millis(200);

    /// `/dev/usb/lpN`, open.
    pub(super) struct Usblp(pub(super) PortLink);

    impl Usblp {
        fn descriptor(&self) -> Result<i32, DeviceFault> {
            self.0.file().map(AsRawFd::as_raw_fd).ok_or(DeviceFault::Unsupported)
        }
    }

    fn fault() -> DeviceFault {
        let error = std::io::Error::last_os_error();
        match error.raw_os_error() {
            Some(libc::ENODEV) => DeviceFault::Unplugged,
            // A plain file or pipe in a test, or a port without status.
            Some(libc::ENOTTY) => DeviceFault::Unsupported,
            _ => DeviceFault::Hardware(error.kind().to_string()),
        }
    }

    impl ClassPort for Usblp {
        fn status(&mut self) -> Result<u8, DeviceFault> {
            let mut value: libc::c_int = 0;
            // SAFETY: LPGETSTATUS writes one int; `value` is one and outlives the call.
            let rc = unsafe { libc::ioctl(self.descriptor()?, LPGETSTATUS, std::ptr::from_mut(&mut value)) };
            if rc < 0 { Err(fault()) } else { Ok(u8::try_from(value & 0xFF).unwrap_or(0)) }
        }

        fn device_id(&mut self) -> Result<String, DeviceFault> {
            let mut buffer = [0_u8; 1024];
            // SAFETY: the request's size field is 1024 and the kernel writes at most that into `buffer`.
            let rc = unsafe { libc::ioctl(self.descriptor()?, GET_DEVICE_ID, buffer.as_mut_ptr()) };
            if rc < 0 {
                return Err(fault());
            }
            // Two bytes of length, big-endian, counting themselves (IEEE 1284-2000, 7.6).
            let length = usize::from(u16::from_be_bytes([buffer[0], buffer[1]])).clamp(2, buffer.len());
            Ok(String::from_utf8_lossy(&buffer[2..length]).into_owned())
        }

        fn send(&mut self, bytes: &[u8], ctl: &OpControl<'_>) -> (usize, Result<(), DeviceFault>) {
            let mut sent = 0;
            for slice in bytes.chunks(SLICE) {
                loop {
                    if let Err(fault) = ctl.check() {
                        return (sent, Err(fault));
                    }
                    match self.0.write_all(slice, ctl.deadline.min(Instant::now() + SLICE_WAIT)) {
                        Ok(()) => break,
                        // usblp takes a slice whole or not at all: try it again until the time is over.
                        Err(LinkError::Other(text)) if text.starts_with(&format!("{} of", slice.len())) => {}
                        Err(error) => return (sent, Err(error.into())),
                    }
                }
                sent += slice.len();
            }
            (sent, Ok(()))
        }
    }
}

/// A printer on a USB printer-class port.
pub struct UsbPrinter {
    port: Box<dyn ClassPort>,
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
        Ok(Self::on(Box::new(port::Usblp(link))))
    }

    /// Drives the printer behind a port that someone else opened.
    #[must_use]
    pub fn on(port: Box<dyn ClassPort>) -> Self {
        Self { port }
    }

    /// Waits until the port says that all is well; `Ok(Some)` when the time is over.
    fn wait_well(&mut self, ctl: &mut OpControl<'_>) -> Result<Option<Trouble>, DeviceFault> {
        let mut told = None;
        loop {
            ctl.check()?;
            let Some(trouble) = trouble_of(self.port.status()?) else { return Ok(None) };
            if told != Some(trouble) {
                let reasons = vec![trouble.keyword().to_owned()];
                (ctl.progress)(Progress::JobState { state: "processing-stopped".into(), reasons, impressions: None });
                told = Some(trouble);
            }
            match ctl.pause(LOOK_PAUSE) {
                Ok(()) => {}
                Err(DeviceFault::Timeout(_)) => return Ok(Some(trouble)),
                Err(fault) => return Err(fault),
            }
        }
    }
}

impl Device for UsbPrinter {
    fn health(&mut self, ctl: &mut OpControl<'_>) -> Result<Health, DeviceFault> {
        let trouble = trouble_of(self.port.status()?);
        ctl.check()?;
        let id = match self.port.device_id() {
            Err(fault @ DeviceFault::Unplugged) => return Err(fault),
            id => id.unwrap_or_default(),
        };
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
        self.port.status()?;
        ctl.check()
    }
}

impl Printer for UsbPrinter {
    fn print(&mut self, job: &PrintJob, ctl: &mut OpControl<'_>) -> Result<PrintEnd, DeviceFault> {
        if let Some(trouble) = self.wait_well(ctl)? {
            return Ok(PrintEnd::NotPrinted { reason: trouble.keyword().into() });
        }
        (ctl.progress)(Progress::JobSent { job_id: 0, job_uuid: String::new() });
        for copy in 0..job.copies.max(1) {
            match self.port.send(&job.document, ctl) {
                (_, Ok(())) => {}
                // Not one byte was taken: the printer is as it was.
                (0, Err(fault)) if copy == 0 => return Ok(PrintEnd::NotPrinted { reason: fault.to_string() }),
                (_, Err(fault)) => return Ok(PrintEnd::Unknown { reason: fault.to_string() }),
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
