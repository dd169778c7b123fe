//! ESC/POS receipt printers: real-time status (`DLE EOT n`), raw documents, and the word that
//! they came through (`GS r`).
//!
//! `DLE EOT` is answered at once, whatever waits in the buffer, so a good status after a
//! document proves nothing of it. `GS r 1` is answered in its turn, when everything before
//! it is printed; that answer and a good status together are the end of a job.
//! Sources: Epson TM-T88III and TM-L60II, Bixolon SRP-350 and Custom TG02H command manuals.

pub mod slip;

use crate::reason::Trouble;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tongban_device::control::OpControl;
use tongban_device::driver::{Device, Health, Printer};
use tongban_device::fault::DeviceFault;
use tongban_device::message::{PrintEnd, PrintJob, Progress};
use tongban_device::slip::{QUEUE_SLIP_TYPE, QueueSlip};
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
    /// `GS r` is answered; without it the end of a job is never known.
    confirms: bool,
    timings: Timings,
    /// Answers to `GS r` that came in.
    through: u32,
}

/// Time budgets.
#[derive(Debug, Clone, Copy)]
pub struct Timings {
    /// Longest wait for one status byte.
    pub status: Duration,
    /// Between two looks at a printer that is not done or not well.
    pub look: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        Self { status: Duration::from_millis(500), look: Duration::from_millis(250) }
    }
}

/// `GS r 1`: the paper sensor's state, when its turn comes.
const ASK_THROUGH: [u8; 3] = [0x1D, 0x72, 0x01];
/// Fixed bits of a real-time status byte.
const STATUS_MASK: u8 = 0x93;
const STATUS_FIXED: u8 = 0x12;

/// Answers to `GS r 1`: near end (bits 0, 1) and end (bits 2, 3), each pair alike.
const fn is_through(byte: u8) -> bool {
    matches!(byte, 0x00 | 0x03 | 0x0C | 0x0F)
}

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
        Self { link, confirms: true, timings: Timings::default(), through: 0 }
    }

    /// With other time budgets.
    #[must_use]
    pub fn with_timings(mut self, timings: Timings) -> Self {
        self.timings = timings;
        self
    }

    /// A printer that does not know `GS r`: every job handed over ends as `Unknown`.
    #[must_use]
    pub fn without_confirmation(mut self) -> Self {
        self.confirms = false;
        self
    }

    fn status(&mut self, ctl: &OpControl<'_>) -> Result<Status, DeviceFault> {
        let mut answers = [0_u8; 4];
        for (index, answer) in answers.iter_mut().enumerate() {
            // One write: a command split in two would leave its tail to be printed.
            let ask = [0x10, 0x04, 1 + u8::try_from(index).unwrap_or(0)];
            self.link.write_all(&ask, Instant::now() + self.timings.status).map_err(link_fault)?;
            *answer = self.status_byte(ctl)?;
        }
        Status::parse(answers)
            .map_err(|bad| DeviceFault::Protocol(format!("status byte {} is {:02x}", bad + 1, answers[bad])))
    }

    /// The next status byte; answers to `GS r` are counted on the way, noise is passed over.
    fn status_byte(&mut self, ctl: &OpControl<'_>) -> Result<u8, DeviceFault> {
        let until = Instant::now() + self.timings.status;
        let mut noise = 0_u32;
        let mut byte = [0_u8; 1];
        loop {
            if ctl.cancel.is_cancelled() {
                return Err(DeviceFault::Cancelled);
            }
            let left = until.saturating_duration_since(Instant::now());
            if self.link.read(&mut byte, left.min(Duration::from_millis(100))).map_err(link_fault)? == 0 {
                if left.is_zero() {
                    return Err(match noise {
                        0 => DeviceFault::Timeout(ctl.waited_ms()),
                        _ => DeviceFault::Protocol(format!("{noise} bytes, no status among them")),
                    });
                }
            } else if byte[0] & STATUS_MASK == STATUS_FIXED {
                return Ok(byte[0]);
            } else if is_through(byte[0]) {
                self.through += 1;
            } else {
                noise += 1;
            }
        }
    }

    /// What waits on the line belongs to an earlier dialogue.
    fn begin(&mut self) -> Result<(), DeviceFault> {
        self.through = 0;
        self.link.flush_input().map_err(link_fault)
    }

    /// Follows a document that was handed over: through and well is done, all else unknown.
    fn follow(&mut self, copies: u32, ctl: &mut OpControl<'_>) -> PrintEnd {
        let unknown = |reason: String| PrintEnd::Unknown { reason };
        let mut told = None;
        loop {
            let trouble = match self.status(ctl) {
                Ok(status) => status.trouble(),
                Err(fault) => return unknown(fault.to_string()),
            };
            if trouble.is_none() && self.through >= copies {
                return PrintEnd::Done { job_uuid: String::new(), impressions: None };
            }
            if trouble.is_none() && !self.confirms {
                return unknown("printer-confirms-nothing".to_owned());
            }
            if told != trouble {
                tell(trouble, ctl);
                told = trouble;
            }
            if let Err(fault) = ctl.pause(self.timings.look) {
                return unknown(trouble.map_or_else(|| fault.to_string(), |trouble| trouble.keyword().to_owned()));
            }
        }
    }

    /// Waits until the printer is well again; `Err` when the time is over, with what stood in the way.
    fn wait_well(&mut self, ctl: &mut OpControl<'_>) -> Result<(), Result<Trouble, DeviceFault>> {
        let mut told = None;
        loop {
            let Some(trouble) = self.status(ctl).map_err(Err)?.trouble() else { return Ok(()) };
            if told != Some(trouble) {
                tell(Some(trouble), ctl);
                told = Some(trouble);
            }
            if ctl.pause(self.timings.look).is_err() {
                return Err(Ok(trouble));
            }
        }
    }
}

fn tell(trouble: Option<Trouble>, ctl: &mut OpControl<'_>) {
    let (state, reasons) = match trouble {
        Some(trouble) => ("processing-stopped", vec![trouble.keyword().to_owned()]),
        None => ("processing", Vec::new()),
    };
    (ctl.progress)(Progress::JobState { state: state.to_owned(), reasons, impressions: None });
}

impl Device for EscPosPrinter {
    fn health(&mut self, ctl: &mut OpControl<'_>) -> Result<Health, DeviceFault> {
        self.begin()?;
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
        self.begin()?;
        // DLE ENQ 2: recover from an error, dropping what waits in the buffer.
        self.link.write_all(&[0x10, 0x05, 0x02], ctl.deadline).map_err(link_fault)?;
        self.status(ctl).map(|_| ())
    }
}

impl Printer for EscPosPrinter {
    fn print(&mut self, job: &PrintJob, ctl: &mut OpControl<'_>) -> Result<PrintEnd, DeviceFault> {
        let document = bytes_of(job)?;
        self.begin()?;
        match self.wait_well(ctl) {
            Ok(()) => {}
            Err(Ok(trouble)) => return Ok(PrintEnd::NotPrinted { reason: trouble.keyword().into() }),
            Err(Err(fault)) => return Err(fault),
        }
        ctl.check()?;
        (ctl.progress)(Progress::JobSent { job_id: 0, job_uuid: String::new() });
        self.through = 0;
        let copies = u32::from(job.copies.max(1));
        for _ in 0..copies {
            let question: &[u8] = if self.confirms { &ASK_THROUGH } else { &[] };
            for part in [document.as_ref(), question] {
                if let Err(error) = self.link.write_all(part, ctl.deadline) {
                    return Ok(PrintEnd::Unknown { reason: error.to_string() });
                }
            }
        }
        Ok(self.follow(copies, ctl))
    }

    fn find_job(&mut self, _job_name: &str, _ctl: &mut OpControl<'_>) -> Result<PrintEnd, DeviceFault> {
        Ok(PrintEnd::Unknown { reason: "the printer keeps no jobs".into() })
    }
}

/// A document ready for the printer: as it came, or written out of a slip's words.
fn bytes_of(job: &PrintJob) -> Result<Cow<'_, [u8]>, DeviceFault> {
    match job.media_type.as_str() {
        MEDIA_TYPE => Ok(Cow::Borrowed(&job.document)),
        QUEUE_SLIP_TYPE => {
            let slip: QueueSlip = serde_json::from_slice(&job.document).map_err(|_| DeviceFault::Unsupported)?;
            let ticket = slip::QueueTicket {
                hall: &slip.hall,
                number: &slip.number,
                item: &slip.item,
                ahead: slip.ahead,
                taken: &slip.taken,
                link: &slip.link,
            };
            Ok(Cow::Owned(ticket.bytes()))
        }
        _ => Err(DeviceFault::Unsupported),
    }
}
