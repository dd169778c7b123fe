//! 制证台账 and 打印记录: what was meant for a printer, written before a byte goes there,
//! so that a restart finds every sheet whose fate is open.

use crate::audit::{self, Note};
use crate::point::Commit;
use crate::{Store, StoreError};
use rusqlite::{OptionalExtension, Row, Transaction};
use tongban_domain::event::Digest;
use tongban_domain::ids::{CaseId, PrintId, StaffId};
use uuid::Uuid;

/// Furthest the clock may be set back by a time service without stopping the printing of licences.
const CLOCK_BACK_MAX_MS: i64 = 120_000;

/// How far a print is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LedgerState {
    /// 制证意图: durable, nothing sent.
    Intended,
    /// 已送打印机.
    Sent,
    /// 打印机报告完成.
    Done,
    /// 读回核对: seen on paper.
    Confirmed,
    /// 作废, or known not to have come out.
    Void,
    /// 不明: a person must look at the printer.
    Unknown,
}

impl LedgerState {
    const ALL: [Self; 6] = [Self::Intended, Self::Sent, Self::Done, Self::Confirmed, Self::Void, Self::Unknown];

    /// Stable text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Sent => "sent",
            Self::Done => "done",
            Self::Confirmed => "confirmed",
            Self::Void => "void",
            Self::Unknown => "unknown",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Neither confirmed nor void.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Intended | Self::Sent | Self::Done | Self::Unknown)
    }

    /// Whether `next` may follow. A sheet confirmed on paper can only be voided as spoiled;
    /// what is void stays void.
    const fn may_become(self, next: Self) -> bool {
        match (self, next) {
            (Self::Void, _) | (_, Self::Intended) => false,
            (Self::Confirmed, next) => matches!(next, Self::Void),
            (Self::Done, Self::Sent) => false,
            _ => true,
        }
    }
}

/// 制证: one attempt to print one licence on one numbered blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintRow {
    /// The attempt; also the job's name at the printer.
    pub print: PrintId,
    /// The case.
    pub case: CaseId,
    /// Serial of the blank.
    pub serial: String,
    /// SHA-256 of the PDF.
    pub pdf_sha256: Digest,
    /// Operator.
    pub operator: StaffId,
    /// How far it is.
    pub state: LedgerState,
    /// Void with the blank used up.
    pub spoiled: bool,
    /// The printer's job.
    pub job_uuid: Option<String>,
    /// Reason or remark.
    pub note: Option<String>,
}

/// What changes with a step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LedgerChange {
    /// The printer's job, once known.
    pub job_uuid: Option<String>,
    /// Reason or remark.
    pub note: Option<String>,
    /// For `Void`: the blank is used up.
    pub spoiled: bool,
}

/// 打印记录: a receipt, proof or other paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentPrintRow {
    /// The attempt; also the job's name at the printer.
    pub print: PrintId,
    /// The case.
    pub case: CaseId,
    /// Which paper, for example `receipt`, `proof`.
    pub document: String,
    /// SHA-256 of the PDF.
    pub sha256: Digest,
    /// How far it is.
    pub state: LedgerState,
    /// The printer's job.
    pub job_uuid: Option<String>,
    /// Reason or remark.
    pub note: Option<String>,
}

impl Store {
    /// 制证意图: durable before any byte goes to the printer. The same attempt again changes nothing.
    ///
    /// # Errors
    /// `SerialUsed` (P108) when the blank was used before; `Print` when the case has an open print; `ClockBack`
    /// (N107) when the clock stands before the last thing written; `Database`.
    pub fn intend_print(&self, row: &PrintRow) -> Result<(), StoreError> {
        self.write(Commit::Print, |tx| {
            self.refuse_clock_back(tx)?;
            let known: Option<String> = tx
                .query_row("SELECT serial FROM print WHERE id = ?1", [row.print.0.as_bytes()], |found| found.get(0))
                .optional()?;
            if let Some(serial) = known {
                return if serial == row.serial {
                    Ok(())
                } else {
                    Err(StoreError::Print("attempt with another serial"))
                };
            }
            let used: bool = tx.query_row(
                "SELECT EXISTS (SELECT 1 FROM print WHERE serial = ?1 AND NOT (state = 'void' AND spoiled = 0))",
                [&row.serial],
                |found| found.get(0),
            )?;
            if used {
                return Err(StoreError::SerialUsed);
            }
            let open: bool = tx.query_row(
                "SELECT EXISTS (SELECT 1 FROM print WHERE case_id = ?1 AND state NOT IN ('confirmed', 'void'))",
                [row.case.0.as_bytes()],
                |found| found.get(0),
            )?;
            if open {
                return Err(StoreError::Print("the case has an open print"));
            }
            tx.execute(
                "INSERT INTO print (id, case_id, serial, pdf_sha256, operator, state, note, wall)
                 VALUES (?1, ?2, ?3, ?4, ?5, 'intended', ?6, ?7)",
                (
                    row.print.0.as_bytes(),
                    row.case.0.as_bytes(),
                    &row.serial,
                    row.pdf_sha256.0,
                    &row.operator.0,
                    &row.note,
                    self.clock.wall().0,
                ),
            )?;
            let actor = format!("staff:{}", row.operator.0);
            self.note_in(tx, &Note { actor: &actor, action: "print.intended", object: &row.serial, result: "ok" })
        })
    }

    /// A licence printed with a clock set back would carry a date before the decision it rests on.
    fn refuse_clock_back(&self, tx: &Transaction<'_>) -> Result<(), StoreError> {
        let last = audit::last_wall(tx)?.map_or(i64::MIN, |last| last.0);
        let behind_ms = last.saturating_sub(self.clock.wall().0);
        if behind_ms > CLOCK_BACK_MAX_MS { Err(StoreError::ClockBack { behind_ms }) } else { Ok(()) }
    }

    /// A step of an attempt; the step it stands at already changes nothing.
    ///
    /// # Errors
    /// `Print` when the step does not follow; `Database`.
    pub fn advance_print(&self, print: PrintId, next: LedgerState, change: &LedgerChange) -> Result<(), StoreError> {
        self.write(Commit::Print, |tx| {
            step(tx, "print", print, next)?;
            tx.execute(
                "UPDATE print SET state = ?2, job_uuid = coalesce(?3, job_uuid), note = coalesce(?4, note),
                     spoiled = max(spoiled, ?5), wall = ?6 WHERE id = ?1",
                (
                    print.0.as_bytes(),
                    next.as_str(),
                    &change.job_uuid,
                    &change.note,
                    next == LedgerState::Void && change.spoiled,
                    self.clock.wall().0,
                ),
            )?;
            let (action, object) = (format!("print.{}", next.as_str()), print.0.to_string());
            self.note_in(tx, &Note { actor: "station", action: &action, object: &object, result: "ok" })
        })
    }

    /// One attempt.
    ///
    /// # Errors
    /// `Database`, `Unsound`.
    pub fn print(&self, print: PrintId) -> Result<Option<PrintRow>, StoreError> {
        Ok(self.prints_where("id = ?1", print.0.as_bytes())?.pop())
    }

    /// Attempts whose fate is open, oldest first: what a restart has to settle.
    ///
    /// # Errors
    /// `Database`, `Unsound`.
    pub fn open_prints(&self) -> Result<Vec<PrintRow>, StoreError> {
        self.prints_where("state NOT IN ('confirmed', 'void') AND length(?1) > 0", &[0; 16])
    }

    /// Every attempt for a case, oldest first.
    ///
    /// # Errors
    /// `Database`, `Unsound`.
    pub fn prints_of(&self, case: CaseId) -> Result<Vec<PrintRow>, StoreError> {
        self.prints_where("case_id = ?1", case.0.as_bytes())
    }

    fn prints_where(&self, condition: &'static str, id: &[u8; 16]) -> Result<Vec<PrintRow>, StoreError> {
        self.read(|conn| {
            let mut statement = conn.prepare(&format!(
                "SELECT id, case_id, serial, pdf_sha256, operator, state, spoiled, job_uuid, note
                 FROM print WHERE {condition} ORDER BY rowid"
            ))?;
            let mut rows = statement.query([id])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(PrintRow {
                    print: PrintId(Uuid::from_bytes(row.get(0)?)),
                    case: CaseId(Uuid::from_bytes(row.get(1)?)),
                    serial: row.get(2)?,
                    pdf_sha256: Digest(row.get(3)?),
                    operator: StaffId(row.get(4)?),
                    state: state_at(row, 5)?,
                    spoiled: row.get(6)?,
                    job_uuid: row.get(7)?,
                    note: row.get(8)?,
                });
            }
            Ok(found)
        })
    }

    /// A paper is about to be printed. The same attempt again changes nothing.
    ///
    /// # Errors
    /// `Database`.
    pub fn intend_document(&self, row: &DocumentPrintRow) -> Result<(), StoreError> {
        self.write(Commit::DocumentPrint, |tx| {
            tx.execute(
                "INSERT OR IGNORE INTO document_print (id, case_id, document, sha256, state, note, wall)
                 VALUES (?1, ?2, ?3, ?4, 'intended', ?5, ?6)",
                (
                    row.print.0.as_bytes(),
                    row.case.0.as_bytes(),
                    &row.document,
                    row.sha256.0,
                    &row.note,
                    self.clock.wall().0,
                ),
            )?;
            Ok(())
        })
    }

    /// A step of a paper's print; the step it stands at already changes nothing.
    ///
    /// # Errors
    /// `Print` when the step does not follow; `Database`.
    pub fn advance_document(&self, print: PrintId, next: LedgerState, change: &LedgerChange) -> Result<(), StoreError> {
        self.write(Commit::DocumentPrint, |tx| {
            step(tx, "document_print", print, next)?;
            tx.execute(
                "UPDATE document_print SET state = ?2, job_uuid = coalesce(?3, job_uuid),
                     note = coalesce(?4, note), wall = ?5 WHERE id = ?1",
                (print.0.as_bytes(), next.as_str(), &change.job_uuid, &change.note, self.clock.wall().0),
            )?;
            Ok(())
        })
    }

    /// Papers printed or being printed for a case, oldest first.
    ///
    /// # Errors
    /// `Database`, `Unsound`.
    pub fn documents_of(&self, case: CaseId) -> Result<Vec<DocumentPrintRow>, StoreError> {
        self.documents_where("case_id = ?1", case.0.as_bytes())
    }

    /// Papers whose fate is open, oldest first.
    ///
    /// # Errors
    /// `Database`, `Unsound`.
    pub fn open_documents(&self) -> Result<Vec<DocumentPrintRow>, StoreError> {
        self.documents_where("state NOT IN ('confirmed', 'void', 'done') AND length(?1) > 0", &[0; 16])
    }

    fn documents_where(&self, condition: &'static str, id: &[u8; 16]) -> Result<Vec<DocumentPrintRow>, StoreError> {
        self.read(|conn| {
            let mut statement = conn.prepare(&format!(
                "SELECT id, case_id, document, sha256, state, job_uuid, note
                 FROM document_print WHERE {condition} ORDER BY rowid"
            ))?;
            let mut rows = statement.query([id])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(DocumentPrintRow {
                    print: PrintId(Uuid::from_bytes(row.get(0)?)),
                    case: CaseId(Uuid::from_bytes(row.get(1)?)),
                    document: row.get(2)?,
                    sha256: Digest(row.get(3)?),
                    state: state_at(row, 4)?,
                    job_uuid: row.get(5)?,
                    note: row.get(6)?,
                });
            }
            Ok(found)
        })
    }
}

fn state_at(row: &Row<'_>, column: usize) -> Result<LedgerState, StoreError> {
    let text: String = row.get(column)?;
    LedgerState::parse(&text).ok_or_else(|| StoreError::Unsound(format!("print state {text}")))
}

fn step(
    tx: &rusqlite::Transaction<'_>,
    table: &'static str,
    print: PrintId,
    next: LedgerState,
) -> Result<(), StoreError> {
    let now: Option<String> = tx
        .query_row(&format!("SELECT state FROM {table} WHERE id = ?1"), [print.0.as_bytes()], |row| row.get(0))
        .optional()?;
    let now = now.ok_or(StoreError::Print("no such attempt"))?;
    let now = LedgerState::parse(&now).ok_or_else(|| StoreError::Unsound(format!("print state {now}")))?;
    if now == next || now.may_become(next) { Ok(()) } else { Err(StoreError::Print("the step does not follow")) }
}
