//! 制证: one licence on one numbered blank, never twice.
//!
//! The station's print ledger says what happened here; it is written before a byte goes to the
//! printer, and the centre is brought up to it afterwards ([`books`]). A restart finds every sheet
//! whose fate is open, asks the printer by the job's name and leaves the verdict to a person.

mod books;
mod run;
mod sheet;

use crate::failure::Failure;
use crate::service::cases::Cases;
use crate::service::devices::finish;
use crate::service::{Catalogue, Centre, Devices, Papers};
use std::sync::Arc;
use std::time::Duration;
use tongban_device::message::{CardRead, PrintEnd};
use tongban_domain::check::normalise;
use tongban_domain::clock::{Clock, Ids};
use tongban_domain::code::ErrorCode;
use tongban_domain::event::Digest;
use tongban_domain::ids::{CaseId, PrintId, StaffId};
use tongban_protocol::api::{LicenceJob, LicenceStepKind};
use tongban_store::{LedgerChange, LedgerState, PrintRow};

pub use run::{Order, Step};

/// Role of the printer that takes blanks.
const ROLE: &str = "certificate-printer";
/// Resends of a step the centre did not answer.
const RETRIES: u8 = 3;
/// Pause before a resend.
const RETRY_PAUSE: Duration = Duration::from_millis(800);
/// Steps between any two states of a job, with room for being overtaken.
const STEPS_MAX: u8 = 8;

/// How far an attempt is by the station's own ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// 制证意图.
    Intended,
    /// 已送打印机.
    Sent,
    /// 打印机报告完成.
    Done,
    /// 读回一致.
    Confirmed,
    /// 未出纸 or 作废.
    Void,
    /// 不明.
    Unknown,
}

/// One attempt of this station.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The attempt; also the job's name at the printer.
    pub print: PrintId,
    /// Serial of the blank.
    pub serial: String,
    /// How far it is.
    pub stage: Stage,
    /// Why, as the printer or a person said.
    pub note: String,
}

/// A licence of the queue with this station's latest attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The job as the centre sees it.
    pub job: LicenceJob,
    /// The latest attempt made here.
    pub attempt: Option<Attempt>,
}

impl Entry {
    /// Another station has a print of this licence under way.
    #[must_use]
    pub fn is_elsewhere(&self) -> bool {
        let ours = self.attempt.as_ref().map(|attempt| attempt.print);
        matches!(self.job.state.as_str(), "intended" | "sent" | "done") && self.job.print != ours
    }
}

/// The queue, and what is open here even while the centre cannot be reached.
#[derive(Debug, Clone)]
pub struct Board {
    /// The queue, or why it cannot be had.
    pub entries: Result<Vec<Entry>, Failure>,
    /// Attempts of this station whose fate is open.
    pub open: usize,
}

/// Making and handing over; cheap to clone.
#[derive(Clone)]
pub struct Making {
    cases: Cases,
    centre: Centre,
    devices: Devices,
    papers: Papers,
    catalogue: Catalogue,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl Making {
    /// Puts the handles together.
    #[must_use]
    pub fn new(
        cases: Cases,
        centre: Centre,
        devices: Devices,
        papers: Papers,
        catalogue: Catalogue,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Self {
        Self { cases, centre, devices, papers, catalogue, clock, ids }
    }

    /// The queue. Open attempts are looked up at the printer and the centre is told what it missed;
    /// the case in hand (`busy`) is left to whoever works on it.
    pub async fn board(&self, busy: Option<CaseId>, operator: StaffId) -> Board {
        let open = self.cases.blocking(|store| store.open_prints()).await.map_or(0, |rows| rows.len());
        let jobs = match self.centre.licences().await {
            Ok(jobs) => jobs,
            Err(failure) => return Board { entries: Err(failure), open },
        };
        let mut entries = Vec::with_capacity(jobs.len());
        for job in jobs {
            let settled =
                if busy == Some(job.case) { self.entry(job).await } else { self.settle(job, &operator).await };
            match settled {
                Ok(entry) => entries.push(entry),
                Err(failure) => return Board { entries: Err(failure), open },
            }
        }
        Board { entries: Ok(entries), open }
    }

    /// 读回核对: the serial was read from the sheet in hand and is the attempt's.
    ///
    /// # Errors
    /// [`Failure`] of the store; a centre that cannot be reached is caught up later.
    pub async fn confirm(&self, job: LicenceJob, print: PrintId, operator: StaffId) -> Result<Entry, Failure> {
        self.conclude(job, print, &operator, LedgerState::Confirmed, LedgerChange::default()).await
    }

    /// A person looked: nothing came out, the blank goes back.
    ///
    /// # Errors
    /// [`Failure`] of the store.
    pub async fn not_fed(
        &self,
        job: LicenceJob,
        print: PrintId,
        operator: StaffId,
        reason: String,
    ) -> Result<Entry, Failure> {
        let change = LedgerChange { note: Some(reason), ..LedgerChange::default() };
        self.conclude(job, print, &operator, LedgerState::Void, change).await
    }

    /// Two persons looked: the sheet is spoiled, its blank used up. `reason` names the second person.
    ///
    /// # Errors
    /// [`Failure`] of the store.
    pub async fn spoiled(
        &self,
        job: LicenceJob,
        print: PrintId,
        operator: StaffId,
        reason: String,
    ) -> Result<Entry, Failure> {
        let change = LedgerChange { note: Some(reason), spoiled: true, ..LedgerChange::default() };
        self.conclude(job, print, &operator, LedgerState::Void, change).await
    }

    /// 发证: the holder's card was read. The centre compares; the number does not travel.
    ///
    /// # Errors
    /// [`Failure`], `D115` for another person's card.
    pub async fn hand_over(
        &self,
        job: LicenceJob,
        operator: StaffId,
        card: Box<CardRead>,
    ) -> Result<LicenceJob, Failure> {
        let number = normalise(&card.facts.number);
        let step = LicenceStepKind::HandOver {
            number_sm3: Digest(tongban_crypto::sm3(number.as_bytes())),
            line_sha256: Digest(card.line_sha256),
        };
        drop(card);
        self.send(&job, &operator, step).await
    }

    /// The job with the latest attempt made here.
    async fn entry(&self, job: LicenceJob) -> Result<Entry, Failure> {
        let row = self.latest(job.case).await?;
        Ok(Entry { job, attempt: row.as_ref().map(attempt) })
    }

    async fn latest(&self, case: CaseId) -> Result<Option<PrintRow>, Failure> {
        Ok(self.cases.blocking(move |store| store.prints_of(case)).await?.pop())
    }

    /// Asks the printer about an attempt a restart left open, then brings the centre up to the ledger.
    async fn settle(&self, job: LicenceJob, operator: &StaffId) -> Result<Entry, Failure> {
        let Some(row) = self.latest(job.case).await? else { return Ok(Entry { job, attempt: None }) };
        if matches!(row.state, LedgerState::Intended | LedgerState::Sent)
            && let Ok(end) = finish(self.devices.find_job(ROLE, run::job_name(row.print))).await
        {
            return self.ended(job, row.print, operator, end).await;
        }
        let job = self.bring_up(job.clone(), &row, operator).await.unwrap_or(job);
        Ok(Entry { job, attempt: Some(attempt(&row)) })
    }

    /// Writes how the printer's part ended.
    async fn ended(
        &self,
        job: LicenceJob,
        print: PrintId,
        operator: &StaffId,
        end: PrintEnd,
    ) -> Result<Entry, Failure> {
        let (state, change) = match end {
            PrintEnd::Done { job_uuid, .. } => {
                (LedgerState::Done, LedgerChange { job_uuid: Some(job_uuid), ..LedgerChange::default() })
            }
            PrintEnd::NotPrinted { reason } => {
                (LedgerState::Void, LedgerChange { note: Some(reason), ..LedgerChange::default() })
            }
            PrintEnd::Unknown { reason } => {
                (LedgerState::Unknown, LedgerChange { note: Some(reason), ..LedgerChange::default() })
            }
        };
        self.conclude(job, print, operator, state, change).await
    }

    /// Ledger first, then the centre. A centre that does not answer is caught up by [`Making::board`].
    async fn conclude(
        &self,
        job: LicenceJob,
        print: PrintId,
        operator: &StaffId,
        state: LedgerState,
        change: LedgerChange,
    ) -> Result<Entry, Failure> {
        self.cases.blocking(move |store| store.advance_print(print, state, &change)).await?;
        let row = self.latest(job.case).await?.ok_or_else(|| Failure::new(ErrorCode::StoreDamaged, "ledger"))?;
        let job = match self.bring_up(job.clone(), &row, operator).await {
            Ok(job) => job,
            Err(failure) => {
                tracing::warn!(code = failure.code.as_str(), "the centre will be told later");
                job
            }
        };
        Ok(Entry { job, attempt: Some(attempt(&row)) })
    }

    /// Sends the centre every step the ledger knows and the job lacks.
    async fn bring_up(&self, mut job: LicenceJob, row: &PrintRow, operator: &StaffId) -> Result<LicenceJob, Failure> {
        for _ in 0..STEPS_MAX {
            let Some(step) = books::missing(row, &job) else { return Ok(job) };
            job = match self.send(&job, operator, step).await {
                Ok(job) => job,
                Err(failure) if failure.code == ErrorCode::StaleVersion => self.fresh(job.case).await?,
                Err(failure) => return Err(failure),
            };
        }
        Err(Failure::new(ErrorCode::StaleVersion, "centre"))
    }

    async fn fresh(&self, case: CaseId) -> Result<LicenceJob, Failure> {
        let jobs = self.centre.licences().await?;
        jobs.into_iter().find(|job| job.case == case).ok_or_else(|| Failure::new(ErrorCode::NotFound, "centre"))
    }

    /// One step, sent again unchanged while the centre does not answer.
    async fn send(&self, job: &LicenceJob, operator: &StaffId, step: LicenceStepKind) -> Result<LicenceJob, Failure> {
        let idem = books::idem(job, operator, &step);
        let mut tries = 0;
        loop {
            let answer = self.centre.licence_step(job, idem, operator.clone(), step.clone()).await;
            match answer {
                Err(failure) if books::is_transient(failure.code) && tries < RETRIES => tries += 1,
                answer => return answer,
            }
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }
}

fn attempt(row: &PrintRow) -> Attempt {
    let stage = match row.state {
        LedgerState::Intended => Stage::Intended,
        LedgerState::Sent => Stage::Sent,
        LedgerState::Done => Stage::Done,
        LedgerState::Confirmed => Stage::Confirmed,
        LedgerState::Void => Stage::Void,
        LedgerState::Unknown => Stage::Unknown,
    };
    Attempt { print: row.print, serial: row.serial.clone(), stage, note: row.note.clone().unwrap_or_default() }
}
