//! IPP printers (RFC 8011, PWG 5100.14): every network printer and most USB ones since 2010.
//!
//! Create-Job, then Send-Document, never Print-Job: between the two a crash has provably printed
//! nothing. A job is known by our name, its `job-uuid` and the printer's `printer-uuid`, never by
//! its number, which starts again when a printer restarts. Nothing is ever sent twice.

mod follow;
mod submit;
mod wire;

use crate::reason::Trouble;
use follow::Job;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tongban_device::control::OpControl;
use tongban_device::driver::{Device, Health, Printer};
use tongban_device::fault::DeviceFault;
use tongban_device::message::{PrintEnd, PrintJob, Setup};
use tongban_device::state::DeviceState;
use tongban_domain::code::ErrorCode;
use wire::{PrinterFacts, Wire, WireError};

/// Longest single request; a document of 40 MB on a slow USB bridge fits.
const REQUEST_LIMIT: Duration = Duration::from_secs(20);
/// Longest wait for a status answer.
const STATUS_LIMIT: Duration = Duration::from_secs(4);
/// Pause between two looks at a job.
const POLL: Duration = Duration::from_millis(150);
/// Create-Job and Send-Document (RFC 8011 5.4.15).
const NEEDED_OPERATIONS: [i32; 2] = [0x0005, 0x0006];

/// Reads the bytes of an IPP answer (RFC 8010) as the driver does; the state told, of a printer or of a job.
///
/// # Errors
/// `Protocol` for bytes that are no answer, or one without a state.
pub fn read_answer(bytes: &[u8]) -> Result<i32, DeviceFault> {
    wire::read_answer(bytes).map(|(state, _)| state).map_err(|error| DeviceFault::Protocol(error.to_string()))
}

/// An IPP printer.
pub struct IppPrinter {
    wire: Wire,
    /// Silence after which a printer with a job of ours is given up.
    lost_after: Duration,
    /// Age from which a job of ours without a document counts as left behind.
    orphan_after: Duration,
    runtime: tokio::runtime::Runtime,
}

impl IppPrinter {
    /// Opens the printer at `setup.port` (`ipp://host:631/ipp/print`); nothing is sent yet.
    ///
    /// Options: `user` (our name at the printer, one per station, default `tongban`), `lost_ms`
    /// (default 15000), `orphan_ms` (default 10000).
    ///
    /// # Errors
    /// `Unsupported` for an address that is no `ipp:` URI with a host; `Hardware` when the runtime cannot start.
    pub fn open(setup: &Setup) -> Result<Self, DeviceFault> {
        let uri: ipp::prelude::Uri = setup.port.parse().map_err(|_| DeviceFault::Unsupported)?;
        if uri.scheme_str() != Some("ipp") || uri.host().is_none() {
            return Err(DeviceFault::Unsupported);
        }
        // With the whole workspace built, the HTTP library carries TLS without a cipher provider and
        // would refuse even plain addresses; a second installation is harmless.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| DeviceFault::Hardware(format!("runtime: {}", e.kind())))?;
        let user = setup.options.get("user").map_or("tongban", String::as_str);
        Ok(Self {
            wire: Wire::new(uri, user.to_owned()),
            lost_after: option_ms(setup, "lost_ms", 15_000),
            orphan_after: option_ms(setup, "orphan_ms", 10_000),
            runtime,
        })
    }
}

fn option_ms(setup: &Setup, name: &str, default: u64) -> Duration {
    Duration::from_millis(setup.options.get(name).and_then(|v| v.parse().ok()).unwrap_or(default))
}

/// Time for one request: the smaller of what is left and what it may take.
fn limit(ctl: &OpControl<'_>, most: Duration) -> Duration {
    ctl.remaining().min(most).max(Duration::from_millis(50))
}

/// Before anything was handed over, a failed exchange is an ordinary device fault.
fn fault(error: WireError, since: Instant) -> DeviceFault {
    match error {
        WireError::Connect => DeviceFault::NoDevice,
        WireError::Timeout => DeviceFault::Timeout(u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)),
        WireError::Denied(_) => DeviceFault::Denied,
        WireError::Broken(_) => DeviceFault::Unplugged,
        WireError::Status(status) => DeviceFault::Hardware(format!("{status:?}")),
        WireError::Garbage(text) => DeviceFault::Protocol(text),
    }
}

/// What stands in the way, from the printer's own words.
fn trouble(facts: &PrinterFacts) -> Option<Trouble> {
    let named = Trouble::worst(facts.reasons.iter().map(String::as_str));
    named.or((facts.state == 5 || !facts.accepting).then_some(Trouble::Stopped))
}

fn state_of(facts: &PrinterFacts) -> (DeviceState, Option<ErrorCode>) {
    match trouble(facts) {
        Some(found) => (DeviceState::UserError, Some(found.code())),
        None if facts.state == 4 => (DeviceState::Busy, None),
        None => (DeviceState::Online, None),
    }
}

fn evidence(facts: &PrinterFacts) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("printer-make-and-model".to_owned(), facts.model.clone()),
        ("printer-state".to_owned(), facts.state.to_string()),
        ("printer-state-reasons".to_owned(), facts.reasons.join(",")),
        ("printer-uuid".to_owned(), facts.uuid.clone()),
        ("printer-up-time".to_owned(), facts.up_time.to_string()),
        ("media-ready".to_owned(), facts.media_ready.join(",")),
        ("queued-job-count".to_owned(), facts.queued.to_string()),
    ])
}

impl Device for IppPrinter {
    fn health(&mut self, ctl: &mut OpControl<'_>) -> Result<Health, DeviceFault> {
        let since = Instant::now();
        let facts = self.runtime.block_on(self.wire.printer(limit(ctl, STATUS_LIMIT))).map_err(|e| fault(e, since))?;
        let (state, code) = state_of(&facts);
        Ok(Health { state, code, evidence: evidence(&facts) })
    }

    fn reset(&mut self, ctl: &mut OpControl<'_>) -> Result<(), DeviceFault> {
        let since = Instant::now();
        self.runtime.block_on(async {
            let facts = self.wire.printer(limit(ctl, STATUS_LIMIT)).await.map_err(|e| fault(e, since))?;
            self.cancel_orphans(&facts, ctl).await;
            Ok(())
        })
    }
}

impl Printer for IppPrinter {
    fn print(&mut self, job: &PrintJob, ctl: &mut OpControl<'_>) -> Result<PrintEnd, DeviceFault> {
        self.runtime.block_on(self.print_async(job, ctl))
    }

    fn find_job(&mut self, job_name: &str, ctl: &mut OpControl<'_>) -> Result<PrintEnd, DeviceFault> {
        self.runtime.block_on(self.find_async(job_name, ctl))
    }
}

impl IppPrinter {
    async fn print_async(&self, job: &PrintJob, ctl: &mut OpControl<'_>) -> Result<PrintEnd, DeviceFault> {
        let since = Instant::now();
        if job.job_name.is_empty() || job.job_name.len() > 255 || job.document.is_empty() {
            return Err(DeviceFault::Protocol("job without a name of 1 to 255 bytes or without a document".into()));
        }
        let facts = self.wire.printer(limit(ctl, STATUS_LIMIT)).await.map_err(|e| fault(e, since))?;
        let knows = |operation: &i32| facts.operations.is_empty() || facts.operations.contains(operation);
        if !NEEDED_OPERATIONS.iter().all(knows) {
            return Err(DeviceFault::Unsupported);
        }
        // A job of this name may be there from before a crash; it is followed, never sent again.
        if let Some(end) = self.known_job(&job.job_name, &facts, ctl).await.map_err(|e| fault(e, since))? {
            return Ok(end);
        }
        self.submit(job, &facts, ctl).await
    }

    async fn find_async(&self, name: &str, ctl: &mut OpControl<'_>) -> Result<PrintEnd, DeviceFault> {
        let since = Instant::now();
        let facts = self.wire.printer(limit(ctl, STATUS_LIMIT)).await.map_err(|e| fault(e, since))?;
        let known = self.known_job(name, &facts, ctl).await.map_err(|e| fault(e, since))?;
        // A printer that does not remember the job proves nothing: it may have restarted or forgotten.
        Ok(known.unwrap_or_else(|| PrintEnd::Unknown { reason: "not-found".into() }))
    }

    /// What became of the job of this name; `None` when the printer has none such.
    async fn known_job(
        &self,
        name: &str,
        facts: &PrinterFacts,
        ctl: &mut OpControl<'_>,
    ) -> Result<Option<PrintEnd>, WireError> {
        let jobs = self.wire.jobs(limit(ctl, STATUS_LIMIT)).await?;
        let mut ours = jobs.into_iter().filter(|j| j.name == name);
        let Some(found) = ours.next() else { return Ok(None) };
        if ours.next().is_some() {
            return Ok(Some(PrintEnd::Unknown { reason: "several-jobs-of-this-name".into() }));
        }
        if found.without_data() {
            return Ok(self.withdraw(&found, ctl).await);
        }
        let job = Job::of(found, facts);
        Ok(Some(self.follow(job, ctl).await))
    }
}
