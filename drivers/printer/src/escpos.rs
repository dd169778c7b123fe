//! ESC/POS receipt printers: real-time status (`DLE EOT n`) and raw documents.
//!
//! Sources: Epson TM-T88III and TM-L60II, Bixolon SRP-350 and Custom TG02H command manuals.

use crate::reason::Trouble;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tongban_device::control::OpControl;
use tongban_device::driver::{Device, Health, Printer};
use tongban_device::fault::DeviceFault;
use tongban_device::message::{PrintEnd, PrintJob, Progress};
use tongban_device::state::DeviceState;
use tongban_device::transport::{ByteLink, LinkError};

/// Media type of documents this driver takes: bytes ready for the printer.
pub const MEDIA_TYPE: &str = "application/vnd.escpos";

/// What the four real-time status bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Status {
    /// n=1 bit 3.
    pub offline: bool,
    /// n=2 bit 2.
    pub cover_open: bool,
    /// n=2 bit 5: printing stopped by paper end.
    pub stopped_by_paper: bool,
    /// n=2 bit 6: an error is standing.
    pub error: bool,
    /// n=3 bits 2 and 3: mechanical or cutter error, where paper sticks.
    pub jam: bool,
    /// n=3 bit 5.
    pub unrecoverable: bool,
    /// n=4 bits 5 and 6.
    pub paper_end: bool,
    /// n=4 bits 2 and 3.
    pub paper_near_end: bool,
}

impl Status {
    /// Reads the answers to `DLE EOT` 1 to 4.
    ///
    /// # Errors
    /// The index of the first byte that is no status byte (fixed bits: `b & 0x93 == 0x12`).
    pub fn parse(bytes: [u8; 4]) -> Result<Self, usize> {
        if let Some(bad) = bytes.iter().position(|b| b & 0x93 != 0x12) {
            return Err(bad);
        }
        let [printer, cause, error, paper] = bytes;
        Ok(Self {
            offline: printer & 0x08 != 0,
            cover_open: cause & 0x04 != 0,
            stopped_by_paper: cause & 0x20 != 0,
            error: cause & 0x40 != 0,
            jam: error & 0x0C != 0,
            unrecoverable: error & 0x20 != 0,
            paper_end: paper & 0x60 != 0,
            paper_near_end: paper & 0x0C != 0,
        })
    }

    /// What stands in the way.
    #[must_use]
    pub fn trouble(self) -> Option<Trouble> {
        if self.jam {
            Some(Trouble::Jam)
        } else if self.cover_open {
            Some(Trouble::CoverOpen)
        } else if self.paper_end || self.stopped_by_paper {
            Some(Trouble::PaperOut)
        } else if self.unrecoverable || self.error || self.offline {
            Some(Trouble::Stopped)
        } else {
            None
        }
    }
}

/// An ESC/POS printer on a byte link.
pub struct EscPosPrinter {
    link: Box<dyn ByteLink>,
}

/// Longest wait for one status byte.
const STATUS_WAIT: Duration = Duration::from_millis(500);

fn link_fault(error: LinkError) -> DeviceFault {
    match error {
        LinkError::NoDevice => DeviceFault::NoDevice,
        LinkError::Denied => DeviceFault::Denied,
        LinkError::Busy => DeviceFault::Busy,
        LinkError::Disconnected => DeviceFault::Unplugged,
        LinkError::Other(text) => DeviceFault::Hardware(text),
    }
}

impl EscPosPrinter {
    /// Drives the printer at the far end of `link`.
    #[must_use]
    pub fn new(link: Box<dyn ByteLink>) -> Self {
        Self { link }
    }

    fn status(&mut self, ctl: &OpControl<'_>) -> Result<Status, DeviceFault> {
        self.link.flush_input().map_err(link_fault)?;
        let mut answers = [0_u8; 4];
        for (index, answer) in answers.iter_mut().enumerate() {
            ctl.check()?;
            // One write: a command split in two would leave its tail to be printed.
            let ask = [0x10, 0x04, 1 + u8::try_from(index).unwrap_or(0)];
            self.link.write_all(&ask, Instant::now() + STATUS_WAIT).map_err(link_fault)?;
            let until = Instant::now() + STATUS_WAIT;
            let mut byte = [0_u8; 1];
            while self.link.read(&mut byte, Duration::from_millis(100)).map_err(link_fault)? == 0 {
                ctl.check()?;
                if Instant::now() >= until {
                    return Err(DeviceFault::Timeout(ctl.waited_ms()));
                }
            }
            *answer = byte[0];
        }
        Status::parse(answers)
            .map_err(|bad| DeviceFault::Protocol(format!("status byte {} is {:02x}", bad + 1, answers[bad])))
    }

    /// Waits until the printer is well again; `Err` when the time is over, with what stood in the way.
    fn wait_well(&mut self, ctl: &mut OpControl<'_>) -> Result<(), Result<Trouble, DeviceFault>> {
        let mut told = None;
        loop {
            let Some(trouble) = self.status(ctl).map_err(Err)?.trouble() else { return Ok(()) };
            if told != Some(trouble) {
                let reasons = vec![trouble.keyword().to_owned()];
                (ctl.progress)(Progress::JobState { state: "processing-stopped".into(), reasons, impressions: None });
                told = Some(trouble);
            }
            if ctl.pause(Duration::from_millis(250)).is_err() {
                return Err(Ok(trouble));
            }
        }
    }
}

impl Device for EscPosPrinter {
    fn health(&mut self, ctl: &mut OpControl<'_>) -> Result<Health, DeviceFault> {
        let status = self.status(ctl)?;
        let paper = match (status.paper_end, status.paper_near_end) {
            (true, _) => "end",
            (false, true) => "near-end",
            (false, false) => "ok",
        };
        let evidence = BTreeMap::from([("paper".to_owned(), paper.to_owned())]);
        Ok(match status.trouble() {
            Some(trouble) => Health { state: DeviceState::UserError, code: Some(trouble.code()), evidence },
            None => Health::online(evidence),
        })
    }

    fn reset(&mut self, ctl: &mut OpControl<'_>) -> Result<(), DeviceFault> {
        // DLE ENQ 2: recover from an error, dropping what waits in the buffer.
        self.link.write_all(&[0x10, 0x05, 0x02], ctl.deadline).map_err(link_fault)
    }
}

impl Printer for EscPosPrinter {
    fn print(&mut self, job: &PrintJob, ctl: &mut OpControl<'_>) -> Result<PrintEnd, DeviceFault> {
        if job.media_type != MEDIA_TYPE {
            return Err(DeviceFault::Unsupported);
        }
        match self.wait_well(ctl) {
            Ok(()) => {}
            Err(Ok(trouble)) => return Ok(PrintEnd::NotPrinted { reason: trouble.keyword().into() }),
            Err(Err(fault)) => return Err(fault),
        }
        (ctl.progress)(Progress::JobSent { job_id: 0, job_uuid: String::new() });
        for _ in 0..job.copies.max(1) {
            if let Err(error) = self.link.write_all(&job.document, ctl.deadline) {
                return Ok(PrintEnd::Unknown { reason: error.to_string() });
            }
        }
        // The cutter command stands at the document's end; a status after it says that the
        // printer came through, not what is on the paper.
        match self.wait_well(ctl) {
            Ok(()) => Ok(PrintEnd::Done { job_uuid: String::new(), impressions: None }),
            Err(Ok(trouble)) => Ok(PrintEnd::Unknown { reason: trouble.keyword().into() }),
            Err(Err(fault)) => Ok(PrintEnd::Unknown { reason: fault.to_string() }),
        }
    }

    fn find_job(&mut self, _job_name: &str, _ctl: &mut OpControl<'_>) -> Result<PrintEnd, DeviceFault> {
        Ok(PrintEnd::Unknown { reason: "the printer keeps no jobs".into() })
    }
}
