//! Following one job to its end, and the verdict on it.

use super::wire::{JobFacts, PrinterFacts, WireError};
use super::{IppPrinter, POLL, STATUS_LIMIT, limit};
use crate::reason::Trouble;
use std::time::{Duration, Instant};
use tongban_device::control::OpControl;
use tongban_device::message::{PrintEnd, Progress};

/// A job of ours that may be printing, and what was seen of it.
pub(super) struct Job {
    facts: JobFacts,
    printer_uuid: String,
    up_time: i32,
    /// A jam was reported meanwhile: paper was under way.
    jammed: bool,
}

impl Job {
    /// The job as first seen on the printer of these facts.
    pub(super) fn of(facts: JobFacts, printer: &PrinterFacts) -> Self {
        Self { facts, printer_uuid: printer.uuid.clone(), up_time: printer.up_time, jammed: false }
    }

    /// Is this the job we made? By uuid and name, never by number.
    fn is_same(&self, seen: &JobFacts) -> bool {
        seen.name == self.facts.name && (self.facts.uuid.is_empty() || seen.uuid == self.facts.uuid)
    }

    /// Remembers the newest look; what was once true (taken up, counted) stays true.
    fn update(&mut self, seen: JobFacts) {
        let processed = self.facts.processed || seen.processed || (5..=6).contains(&seen.state);
        let impressions = self.facts.impressions.max(seen.impressions);
        self.facts = JobFacts { processed, impressions, ..seen };
    }

    /// The verdict once the job has ended.
    fn verdict(&self) -> PrintEnd {
        let facts = &self.facts;
        if facts.state == 9 {
            return PrintEnd::Done { job_uuid: facts.uuid.clone(), impressions: facts.impressions };
        }
        let how = if facts.state == 8 { "aborted" } else { "canceled" };
        let reason = std::iter::once(how).chain(facts.reasons.iter().map(String::as_str)).collect::<Vec<_>>().join(",");
        // "Canceled" can still mean "printed": only a job that was never taken up, or one whose
        // printer counts and counted nothing while no paper was under way, is clean.
        let counted_nothing = facts.impressions == Some(0) && facts.sheets.unwrap_or(0) == 0 && !self.jammed;
        let never_taken = !facts.processed && facts.impressions.unwrap_or(0) == 0;
        if counted_nothing || never_taken { PrintEnd::NotPrinted { reason } } else { PrintEnd::Unknown { reason } }
    }
}

fn unknown(reason: impl Into<String>) -> PrintEnd {
    PrintEnd::Unknown { reason: reason.into() }
}

fn state_name(state: i32) -> &'static str {
    match state {
        3 => "pending",
        4 => "pending-held",
        5 => "processing",
        6 => "processing-stopped",
        7 => "canceled",
        8 => "aborted",
        9 => "completed",
        _ => "unknown",
    }
}

impl IppPrinter {
    /// Polls until the job has ended, the printer is lost, or the time is over.
    pub(super) async fn follow(&self, mut job: Job, ctl: &mut OpControl<'_>) -> PrintEnd {
        let mut told = None;
        let mut heard = Instant::now();
        let mut cancel_sent = false;
        loop {
            match self.look(&mut job, limit(ctl, STATUS_LIMIT)).await {
                Ok(Some(end)) => {
                    self.tell(&job, &[], &mut told, ctl);
                    return end;
                }
                Ok(None) => heard = Instant::now(),
                Err(_) if heard.elapsed() >= self.lost_after => return unknown("printer-lost"),
                Err(_) => {}
            }
            if let Ok(printer) = self.wire.printer(limit(ctl, STATUS_LIMIT)).await {
                if printer.uuid != job.printer_uuid {
                    return unknown("another-printer-at-this-address");
                }
                job.jammed |= Trouble::worst(printer.reasons.iter().map(String::as_str)) == Some(Trouble::Jam);
                self.tell(&job, &printer.reasons, &mut told, ctl);
            }
            if (ctl.cancel.is_cancelled() || ctl.remaining() <= STATUS_LIMIT / 4) && !cancel_sent {
                // Withdraws what has not begun; a job under way ends as the printer will have it.
                let _asked = self.wire.cancel(job.facts.id, limit(ctl, STATUS_LIMIT / 4)).await;
                cancel_sent = true;
            }
            if ctl.remaining().is_zero() {
                return unknown("deadline");
            }
            tokio::time::sleep(POLL.min(ctl.remaining())).await;
        }
    }

    /// One look. `Ok(Some)` is the end, `Ok(None)` not yet, `Err` no answer.
    async fn look(&self, job: &mut Job, limit: Duration) -> Result<Option<PrintEnd>, WireError> {
        match self.wire.job(job.facts.id, limit).await? {
            Some(seen) if job.is_same(&seen) => {
                job.update(seen);
                Ok(job.facts.ended().then(|| job.verdict()))
            }
            // The number is gone or another job's: the printer restarted or renumbered.
            Some(_) | None => self.look_by_identity(job, limit).await,
        }
    }

    async fn look_by_identity(&self, job: &mut Job, limit: Duration) -> Result<Option<PrintEnd>, WireError> {
        let found = self.wire.jobs(limit).await?.into_iter().find(|seen| job.is_same(seen));
        let Some(seen) = found else {
            let restarted = self.wire.printer(limit).await.is_ok_and(|now| now.up_time < job.up_time);
            return Ok(Some(unknown(if restarted { "printer-restarted" } else { "job-forgotten" })));
        };
        job.update(seen);
        Ok(job.facts.ended().then(|| job.verdict()))
    }

    fn tell(&self, job: &Job, printer_reasons: &[String], told: &mut Option<Progress>, ctl: &mut OpControl<'_>) {
        let mut reasons: Vec<String> = printer_reasons.to_vec();
        if let Some(trouble) = Trouble::worst(printer_reasons.iter().map(String::as_str)) {
            // The most urgent stands first, under its one name.
            reasons.retain(|r| Trouble::from_keyword(r) != Some(trouble));
            reasons.insert(0, trouble.keyword().to_owned());
        }
        let state = state_name(job.facts.state).to_owned();
        let now = Progress::JobState { state, reasons, impressions: job.facts.impressions };
        if told.as_ref() != Some(&now) {
            (ctl.progress)(now.clone());
            *told = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(state: i32, processed: bool, impressions: Option<u32>, jammed: bool) -> PrintEnd {
        let facts = JobFacts { state, processed, impressions, uuid: "u".into(), ..JobFacts::default() };
        Job { facts, printer_uuid: String::new(), up_time: 0, jammed }.verdict()
    }

    #[test]
    fn a_verdict_is_clean_only_on_proof() {
        assert!(matches!(ended(9, true, Some(1), false), PrintEnd::Done { .. }));
        assert!(matches!(ended(8, true, Some(0), false), PrintEnd::NotPrinted { .. }));
        assert!(matches!(ended(7, false, None, false), PrintEnd::NotPrinted { .. }));
        assert!(matches!(ended(8, true, None, false), PrintEnd::Unknown { .. }), "a printer that does not count");
        assert!(matches!(ended(7, true, Some(1), false), PrintEnd::Unknown { .. }), "cancelled after a page");
        assert!(matches!(ended(8, true, Some(0), true), PrintEnd::Unknown { .. }), "paper was under way");
    }

    #[test]
    fn the_number_alone_is_no_identity() {
        let ours = JobFacts { id: 1, uuid: "urn:uuid:a".into(), name: "P-1".into(), ..JobFacts::default() };
        let job = Job::of(ours.clone(), &PrinterFacts::default());
        assert!(job.is_same(&ours));
        assert!(!job.is_same(&JobFacts { uuid: "urn:uuid:b".into(), ..ours.clone() }));
        assert!(!job.is_same(&JobFacts { name: "P-2".into(), ..ours }));
    }
}
