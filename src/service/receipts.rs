//! 打印记录 of receipts and proofs: written before a byte goes to the printer, so that a restart
//! knows what became of a paper and none comes out twice without being asked for.

use super::{Cases, Devices};
use crate::failure::Failure;
use crate::service::devices::finish;
use tongban_device::message::PrintEnd;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::Digest;
use tongban_domain::ids::{CaseId, PrintId};
use tongban_store::{DocumentPrintRow, LedgerChange};

pub use tongban_store::LedgerState;

/// Role of the printer that takes plain paper.
pub const ROLE: &str = "printer";

/// What became of a paper before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Never printed, or known not to have come out.
    NotPrinted,
    /// It came out, or somebody has it.
    Printed,
    /// Nobody knows: a person must look.
    Unknown,
}

/// One attempt about to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The attempt.
    pub print: PrintId,
    /// The case.
    pub case: CaseId,
    /// `receipt` or `proof`.
    pub document: &'static str,
    /// SHA-256 of the paper.
    pub sha256: Digest,
    /// The job's name at the printer.
    pub job: String,
}

/// How a print ended, for the ledger; an error that proves nothing leaves it open.
#[must_use]
pub fn outcome(end: &Result<PrintEnd, Failure>) -> LedgerState {
    match end {
        Ok(PrintEnd::Done { .. }) => LedgerState::Done,
        Ok(PrintEnd::NotPrinted { .. }) => LedgerState::Void,
        Ok(PrintEnd::Unknown { .. }) => LedgerState::Unknown,
        Err(failure) if proves_nothing(failure.code) => LedgerState::Unknown,
        Err(_) => LedgerState::Void,
    }
}

/// A worker that vanished or a deadline says nothing about the paper.
#[must_use]
pub const fn proves_nothing(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::DeviceTimeout | ErrorCode::DeviceWorker | ErrorCode::DeviceProtocol)
}

impl Cases {
    /// What became of this paper of the case; the printer is asked where the ledger does not know.
    ///
    /// # Errors
    /// [`Failure`] of the store.
    pub async fn fate(&self, case: CaseId, document: &'static str, devices: &Devices) -> Result<Fate, Failure> {
        let rows = self.blocking(move |store| store.documents_of(case)).await?;
        let Some(row) = rows.into_iter().rfind(|row| row.document == document) else { return Ok(Fate::NotPrinted) };
        let state = match row.state {
            LedgerState::Intended | LedgerState::Sent => self.asked(&row, devices).await?,
            known => known,
        };
        Ok(match state {
            LedgerState::Done | LedgerState::Confirmed => Fate::Printed,
            LedgerState::Void => Fate::NotPrinted,
            LedgerState::Intended | LedgerState::Sent | LedgerState::Unknown => Fate::Unknown,
        })
    }

    /// Asks the printer by the job's name and writes down what it says.
    async fn asked(&self, row: &DocumentPrintRow, devices: &Devices) -> Result<LedgerState, Failure> {
        let name = row.note.clone().unwrap_or_default();
        let state = finish(devices.find_job(ROLE, name)).await.map_or(LedgerState::Unknown, |end| outcome(&Ok(end)));
        self.paper_at(row.print, state).await?;
        Ok(state)
    }

    /// The attempt is durable before a byte goes to the printer.
    ///
    /// # Errors
    /// [`Failure`] of the store: then nothing may be printed.
    pub async fn intend_paper(&self, attempt: Attempt) -> Result<(), Failure> {
        let row = DocumentPrintRow {
            print: attempt.print,
            case: attempt.case,
            document: attempt.document.to_owned(),
            sha256: attempt.sha256,
            state: LedgerState::Intended,
            job_uuid: None,
            note: Some(attempt.job),
        };
        self.blocking(move |store| store.intend_document(&row)).await
    }

    /// A step of a paper.
    ///
    /// # Errors
    /// [`Failure`] of the store.
    pub async fn paper_at(&self, print: PrintId, state: LedgerState) -> Result<(), Failure> {
        self.blocking(move |store| store.advance_document(print, state, &LedgerChange::default())).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_not_to_have_come_out_may_be_printed_again_unasked() {
        let failed = |code| Err(Failure::new(code, "printer"));
        assert_eq!(outcome(&Ok(PrintEnd::NotPrinted { reason: "media-jam".into() })), LedgerState::Void);
        assert_eq!(outcome(&failed(ErrorCode::DeviceAbsent)), LedgerState::Void);
        for code in [ErrorCode::DeviceTimeout, ErrorCode::DeviceWorker, ErrorCode::DeviceProtocol] {
            assert_eq!(outcome(&failed(code)), LedgerState::Unknown, "{code:?}");
        }
        assert_eq!(outcome(&Ok(PrintEnd::Unknown { reason: String::new() })), LedgerState::Unknown);
    }
}
