//! What the centre still has to hear, from the ledger and the job alone.

use tongban_domain::code::ErrorCode;
use tongban_domain::ids::StaffId;
use tongban_protocol::api::{LicenceJob, LicenceStepKind};
use tongban_store::{LedgerState, PrintRow};
use uuid::{Builder, Uuid};

/// Said when a void row carries no reason of its own.
const NOT_PRINTED: &str = "not-printed";

/// The next step the ledger knows of and the centre does not; `None` when the two agree or the
/// centre has another attempt in hand.
pub(super) fn missing(row: &PrintRow, job: &LicenceJob) -> Option<LicenceStepKind> {
    use LedgerState as L;
    let print = row.print;
    match (row.state, job.state.as_str()) {
        (L::Void, "allotted") => None,
        (_, "allotted") if job.print.is_none() => {
            Some(LicenceStepKind::Intend { print, serial: row.serial.clone(), pdf_sha256: row.pdf_sha256 })
        }
        _ if job.print != Some(print) => None,
        (L::Void, "intended" | "sent" | "done") => Some(void(row)),
        (L::Void, "confirmed") if row.spoiled => Some(void(row)),
        (L::Sent | L::Unknown, "intended") => {
            row.job_uuid.clone().map(|job_uuid| LicenceStepKind::Sent { print, job_uuid })
        }
        (L::Done, "intended" | "sent") => Some(LicenceStepKind::Done { print }),
        (L::Confirmed, "intended" | "sent" | "done") => {
            Some(LicenceStepKind::Confirm { print, serial: row.serial.clone() })
        }
        _ => None,
    }
}

fn void(row: &PrintRow) -> LicenceStepKind {
    let reason = row.note.clone().filter(|note| !note.trim().is_empty()).unwrap_or_else(|| NOT_PRINTED.to_owned());
    LicenceStepKind::Void { print: row.print, spoiled: row.spoiled, reason }
}

/// Identity of a step, made from its content: the same step on the same version is the same
/// request, before and after a restart, without anything to remember.
pub(super) fn idem(job: &LicenceJob, operator: &StaffId, step: &LicenceStepKind) -> Uuid {
    let content = serde_json::to_vec(&(job.case, job.version, operator, step)).expect("plain data serialises");
    let digest = tongban_crypto::sm3(&content);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

/// No answer, or none that can be understood: the step may have been taken.
pub(super) const fn is_transient(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::NetworkDown | ErrorCode::NetworkTimeout | ErrorCode::NetworkGarbage | ErrorCode::CentreInternal
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use tongban_domain::event::Digest;
    use tongban_domain::ids::{CaseId, PrintId};

    const PRINT: PrintId = PrintId(Uuid::from_u128(7));

    fn row(state: LedgerState) -> PrintRow {
        PrintRow {
            print: PRINT,
            case: CaseId(Uuid::from_u128(1)),
            serial: "SF000123".into(),
            pdf_sha256: Digest([3; 32]),
            operator: StaffId("wangfang".into()),
            state,
            spoiled: false,
            job_uuid: Some("urn:uuid:a".into()),
            note: None,
        }
    }

    fn job(state: &str, print: Option<PrintId>) -> LicenceJob {
        LicenceJob {
            case: CaseId(Uuid::from_u128(1)),
            receipt: String::new(),
            item_name: String::new(),
            holder: String::new(),
            collector_masked: String::new(),
            number: String::new(),
            identifier: String::new(),
            verify_url: String::new(),
            face: Vec::new(),
            state: state.into(),
            print,
            serial: None,
            version: 9,
        }
    }

    /// Plays the centre's side of a step.
    fn taken(step: &LicenceStepKind) -> LicenceJob {
        match step {
            LicenceStepKind::Intend { print, .. } => job("intended", Some(*print)),
            LicenceStepKind::Sent { print, .. } => job("sent", Some(*print)),
            LicenceStepKind::Done { print } => job("done", Some(*print)),
            LicenceStepKind::Confirm { print, .. } => job("confirmed", Some(*print)),
            LicenceStepKind::Void { .. } => job("allotted", None),
            LicenceStepKind::HandOver { .. } => job("closed", Some(PRINT)),
        }
    }

    #[test]
    fn every_ledger_state_is_reached_from_an_allotted_job_in_a_few_steps() {
        let ends = [
            (LedgerState::Intended, "intended"),
            (LedgerState::Sent, "sent"),
            (LedgerState::Unknown, "sent"),
            (LedgerState::Done, "done"),
            (LedgerState::Confirmed, "confirmed"),
            (LedgerState::Void, "allotted"),
        ];
        for (state, end) in ends {
            let (row, mut now, mut steps) = (row(state), job("allotted", None), 0);
            while let Some(step) = missing(&row, &now) {
                now = taken(&step);
                steps += 1;
                assert!(steps <= 3, "{state:?} goes in circles");
            }
            assert_eq!(now.state, end, "{state:?}");
        }
    }

    #[test]
    fn a_blank_that_never_went_in_is_given_back_wherever_the_centre_stands() {
        for state in ["intended", "sent", "done"] {
            let step = missing(&row(LedgerState::Void), &job(state, Some(PRINT)));
            assert!(
                matches!(step, Some(LicenceStepKind::Void { spoiled: false, ref reason, .. }) if !reason.is_empty()),
                "{state}"
            );
        }
        assert_eq!(
            missing(&row(LedgerState::Void), &job("confirmed", Some(PRINT))),
            None,
            "seen on paper: not unprinted"
        );
    }

    #[test]
    fn another_stations_attempt_is_left_alone() {
        let other = PrintId(Uuid::from_u128(8));
        for state in
            [LedgerState::Intended, LedgerState::Sent, LedgerState::Done, LedgerState::Confirmed, LedgerState::Void]
        {
            for at in ["intended", "sent", "done", "confirmed", "closed"] {
                assert_eq!(missing(&row(state), &job(at, Some(other))), None, "{state:?} against {at}");
            }
        }
    }

    #[test]
    fn the_same_step_has_the_same_identity_and_another_one_another() {
        let (job, who) = (job("intended", Some(PRINT)), StaffId("wangfang".into()));
        let done = LicenceStepKind::Done { print: PRINT };
        assert_eq!(idem(&job, &who, &done), idem(&job.clone(), &who, &done.clone()));
        let later = LicenceJob { version: 10, ..job.clone() };
        let sent = LicenceStepKind::Sent { print: PRINT, job_uuid: "urn:uuid:a".into() };
        assert_ne!(idem(&job, &who, &done), idem(&later, &who, &done));
        assert_ne!(idem(&job, &who, &done), idem(&job, &who, &sent));
        assert_ne!(idem(&job, &who, &done), idem(&job, &StaffId("other".into()), &done));
    }
}
