//! Handing one document over: busy printers are waited for, half-made jobs withdrawn.

use super::follow::Job;
use super::wire::{JobFacts, PrinterFacts, WireError};
use super::{IppPrinter, POLL, REQUEST_LIMIT, STATUS_LIMIT, fault, limit};
use ipp::prelude::StatusCode;
use std::time::Instant;
use tongban_device::control::OpControl;
use tongban_device::fault::DeviceFault;
use tongban_device::message::{PrintEnd, PrintJob, Progress};

fn not_printed(reason: impl Into<String>) -> PrintEnd {
    PrintEnd::NotPrinted { reason: reason.into() }
}

impl IppPrinter {
    /// Create-Job, tell the caller who the job is, Send-Document, follow.
    pub(super) async fn submit(
        &self,
        job: &PrintJob,
        facts: &PrinterFacts,
        ctl: &mut OpControl<'_>,
    ) -> Result<PrintEnd, DeviceFault> {
        let id = match self.create_when_free(job, ctl).await? {
            Ok(id) => id,
            Err(end) => return Ok(end),
        };
        let mut created = JobFacts { id, name: job.job_name.clone(), ..JobFacts::default() };
        if let Ok(Some(seen)) = self.wire.job(id, limit(ctl, STATUS_LIMIT)).await {
            created = seen;
        }
        (ctl.progress)(Progress::JobSent { job_id: id, job_uuid: created.uuid.clone() });
        if ctl.cancel.is_cancelled() || ctl.remaining().is_zero() {
            return Ok(self.withdraw(&created, ctl).await.unwrap_or_else(|| not_printed("cancelled-before-document")));
        }
        let sent = self.wire.document(id, job.document.clone(), &job.media_type, limit(ctl, REQUEST_LIMIT)).await;
        match sent {
            Ok(()) => {}
            // The printer itself says it did not take the document.
            Err(WireError::Status(status)) => return Ok(self.refused(&created, status, ctl).await),
            // Nobody can say how much arrived: look, and give a verdict only on what is seen.
            Err(_) => {
                if let Some(end) = self.withdraw(&created, ctl).await {
                    return Ok(end);
                }
            }
        }
        Ok(self.follow(Job::of(created, facts), ctl).await)
    }

    /// Create-Job, waiting while the printer is busy. `Ok(Err(end))` when the time for that is over.
    async fn create_when_free(
        &self,
        job: &PrintJob,
        ctl: &mut OpControl<'_>,
    ) -> Result<Result<i32, PrintEnd>, DeviceFault> {
        let since = Instant::now();
        let mut told = false;
        loop {
            let made = self.wire.create(&job.job_name, &job.media, job.copies, limit(ctl, STATUS_LIMIT)).await;
            let status = match made {
                Ok(id) => return Ok(Ok(id)),
                Err(WireError::Status(status)) => status,
                Err(other) => {
                    // The job may stand there without its document; nothing was printed either way.
                    self.withdraw_by_name(&job.job_name, ctl).await;
                    return Err(fault(other, since));
                }
            };
            let passing = matches!(
                status,
                StatusCode::ServerErrorBusy
                    | StatusCode::ServerErrorTemporaryError
                    | StatusCode::ServerErrorNotAcceptingJobs
            );
            if !passing {
                return Ok(Err(not_printed(format!("{status:?}"))));
            }
            let facts = self.wire.printer(limit(ctl, STATUS_LIMIT)).await.unwrap_or_default();
            self.cancel_orphans(&facts, ctl).await;
            if !told {
                (ctl.progress)(Progress::JobState { state: "busy".into(), reasons: facts.reasons, impressions: None });
                told = true;
            }
            if ctl.cancel.is_cancelled() || ctl.remaining() <= POLL {
                return Ok(Err(not_printed(format!("{status:?}"))));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// The document was refused: withdraw the job and say so, unless the job turns out to be running.
    async fn refused(&self, created: &JobFacts, status: StatusCode, ctl: &mut OpControl<'_>) -> PrintEnd {
        let ended = match self.wire.job(created.id, limit(ctl, STATUS_LIMIT)).await {
            Ok(Some(now)) if now.uuid == created.uuid => now,
            Ok(_) | Err(_) => return PrintEnd::Unknown { reason: format!("{status:?}") },
        };
        if ended.without_data() {
            let _gone = self.wire.cancel(created.id, limit(ctl, STATUS_LIMIT)).await;
        } else if ended.processed {
            return PrintEnd::Unknown { reason: format!("{status:?} after the job was taken up") };
        }
        not_printed(format!("{status:?}"))
    }

    /// Cancels a job whose document never came. `None` when it is not (or no longer) such a job.
    pub(super) async fn withdraw(&self, created: &JobFacts, ctl: &mut OpControl<'_>) -> Option<PrintEnd> {
        let now = self.wire.job(created.id, limit(ctl, STATUS_LIMIT)).await.ok()??;
        if now.name != created.name || !now.without_data() {
            return None;
        }
        self.wire.cancel(created.id, limit(ctl, STATUS_LIMIT)).await.ok()?;
        let after = self.wire.job(created.id, limit(ctl, STATUS_LIMIT)).await.ok()??;
        let clean = after.ended() && !after.processed && after.impressions.unwrap_or(0) == 0;
        clean.then(|| not_printed("no-document-sent"))
    }

    async fn withdraw_by_name(&self, name: &str, ctl: &mut OpControl<'_>) {
        let Ok(open) = self.wire.open_jobs(limit(ctl, STATUS_LIMIT)).await else { return };
        for left in open.iter().filter(|j| j.name == name && j.without_data()) {
            let _gone = self.wire.cancel(left.id, limit(ctl, STATUS_LIMIT)).await;
        }
    }

    /// Cancels jobs of ours (same user name) that wait for a document which will not come: such a
    /// job, left by a crash between the two requests, blocks some printers for ever.
    pub(super) async fn cancel_orphans(&self, facts: &PrinterFacts, ctl: &mut OpControl<'_>) {
        let Ok(open) = self.wire.open_jobs(limit(ctl, STATUS_LIMIT)).await else { return };
        for left in open.iter().filter(|j| j.user == self.wire.user() && j.without_data()) {
            let age = i64::from(facts.up_time) - left.created.map_or(0, i64::from);
            if age >= i64::try_from(self.orphan_after.as_secs()).unwrap_or(i64::MAX) {
                let gone = self.wire.cancel(left.id, limit(ctl, STATUS_LIMIT)).await;
                tracing::info!(job = left.id, withdrawn = gone.is_ok(), "job without a document withdrawn");
            }
        }
    }
}
