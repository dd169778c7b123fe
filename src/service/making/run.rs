//! One print from layout to its end, as a stream of what to show.

use super::{Attempt, Entry, Making, ROLE, attempt};
use crate::failure::Failure;
use crate::service::devices::{Call, finish};
use futures::channel::mpsc;
use futures::{SinkExt, Stream, StreamExt};
use std::time::Duration;
use tongban_device::message::{PrintEnd, PrintJob, Progress};
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::{PrintId, StaffId};
use tongban_protocol::api::LicenceJob;
use tongban_store::{LedgerChange, LedgerState, PrintRow};

/// Look-ups after a print whose end was lost on the way.
const LOOKS: u8 = 5;
/// Pause between them; a worker that crashed is back within it.
const LOOK_PAUSE: Duration = Duration::from_secs(2);

/// What to make.
#[derive(Debug, Clone)]
pub struct Order {
    /// The licence.
    pub job: LicenceJob,
    /// Serial of the blank in the tray.
    pub serial: String,
    /// Operator on duty.
    pub operator: StaffId,
    /// Mark the sheet 演示.
    pub demo: bool,
}

/// A step of making.
#[derive(Debug, Clone)]
pub enum Step {
    /// The sheet is laid out.
    LaidOut,
    /// The intent is durable here and at the centre.
    Intended(Box<Attempt>),
    /// The printer took the job.
    Sent,
    /// What the printer says meanwhile, as IPP keywords.
    Reasons(Vec<String>),
    /// The end. `Err`: nothing was sent to the printer.
    End(Result<Box<Entry>, Failure>),
}

/// The job's name at the printer.
pub(super) fn job_name(print: PrintId) -> String {
    print.0.to_string()
}

impl Making {
    /// Prints one licence. Every step is durable before the next begins; nothing is ever sent twice.
    pub fn make(&self, order: Order) -> impl Stream<Item = Step> + use<> {
        let (mut sender, receiver) = mpsc::channel(16);
        let making = self.clone();
        let drive = async move {
            let end = making.run(order, &mut sender).await;
            let _ = sender.send(Step::End(end.map(Box::new))).await;
        };
        futures::stream::select(receiver, futures::stream::once(drive).filter_map(|()| async { None }))
    }

    async fn run(&self, order: Order, out: &mut mpsc::Sender<Step>) -> Result<Entry, Failure> {
        let Order { job, serial, operator, demo } = order;
        let paper = self.lay_out(&job, demo).await?;
        let _ = out.send(Step::LaidOut).await;
        let row = PrintRow {
            print: PrintId(self.ids.next()),
            case: job.case,
            serial,
            pdf_sha256: paper.sha256,
            operator: operator.clone(),
            state: LedgerState::Intended,
            spoiled: false,
            job_uuid: None,
            note: None,
        };
        let durable = row.clone();
        self.cases.blocking(move |store| store.intend_print(&durable)).await?;
        let job = match self.bring_up(job, &row, &operator).await {
            Ok(job) => job,
            Err(failure) => return Err(self.give_up(&row, failure).await),
        };
        let _ = out.send(Step::Intended(Box::new(attempt(&row)))).await;
        let end = self.feed(&job, &row, paper.pdf, out).await;
        self.ended(job, row.print, &operator, end).await
    }

    /// The centre did not take the intent: no byte went to the printer, so the blank is free again.
    async fn give_up(&self, row: &PrintRow, failure: Failure) -> Failure {
        let change = LedgerChange { note: Some(failure.code.as_str().to_owned()), ..LedgerChange::default() };
        let print = row.print;
        match self.cases.blocking(move |store| store.advance_print(print, LedgerState::Void, &change)).await {
            Ok(()) => failure,
            Err(worse) => worse,
        }
    }

    /// Hands the sheet to the printer and follows it.
    async fn feed(&self, job: &LicenceJob, row: &PrintRow, pdf: Vec<u8>, out: &mut mpsc::Sender<Step>) -> PrintEnd {
        let calls = self.devices.print(ROLE, Some(job.case), print_job(row.print, pdf));
        futures::pin_mut!(calls);
        let mut sent = false;
        while let Some(call) = calls.next().await {
            match call {
                Call::Progress(Progress::JobSent { job_uuid, .. }) => {
                    sent = true;
                    self.taken(job, row, job_uuid).await;
                    let _ = out.send(Step::Sent).await;
                }
                Call::Progress(Progress::JobState { reasons, .. }) => {
                    let _ = out.send(Step::Reasons(reasons)).await;
                }
                Call::Progress(_) => {}
                Call::Done(Ok(end)) => return end,
                Call::Done(Err(failure)) if !sent && nothing_went_out(failure.code) => {
                    return PrintEnd::NotPrinted { reason: failure.code.as_str().to_owned() };
                }
                Call::Done(Err(failure)) => return self.look_up(row.print, &failure).await,
            }
        }
        PrintEnd::Unknown { reason: "stream-ended".to_owned() }
    }

    /// The printer took the job: durable here, the centre hears of it beside the printing.
    async fn taken(&self, job: &LicenceJob, row: &PrintRow, job_uuid: String) {
        let (print, change) = (row.print, LedgerChange { job_uuid: Some(job_uuid.clone()), ..LedgerChange::default() });
        if self.cases.blocking(move |store| store.advance_print(print, LedgerState::Sent, &change)).await.is_err() {
            // The intent stands; a restart would look the job up by its name all the same.
            return;
        }
        let row = PrintRow { state: LedgerState::Sent, job_uuid: Some(job_uuid), ..row.clone() };
        let (making, job) = (self.clone(), job.clone());
        drop(tokio::spawn(async move { making.bring_up(job, &row, &row.operator).await.map(drop) }));
    }

    /// The end was lost with the worker or the line: the printer is asked, by name.
    async fn look_up(&self, print: PrintId, failure: &Failure) -> PrintEnd {
        for _ in 0..LOOKS {
            if let Ok(end) = finish(self.devices.find_job(ROLE, job_name(print))).await {
                return end;
            }
            tokio::time::sleep(LOOK_PAUSE).await;
        }
        PrintEnd::Unknown { reason: failure.code.as_str().to_owned() }
    }
}

fn print_job(print: PrintId, pdf: Vec<u8>) -> PrintJob {
    PrintJob {
        job_name: job_name(print),
        document: pdf,
        media_type: "application/pdf".to_owned(),
        media: "iso_a4_210x297mm".to_owned(),
        copies: 1,
    }
}

/// A driver's refusal before handing anything over; a worker that vanished or a deadline proves nothing.
const fn nothing_went_out(code: ErrorCode) -> bool {
    !matches!(code, ErrorCode::DeviceTimeout | ErrorCode::DeviceWorker | ErrorCode::DeviceProtocol)
}
