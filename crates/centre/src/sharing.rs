//! 共享网关: which item may ask which department what, and a log of every call.
//!
//! The log names no person: the subject stands in it as a keyed hash.

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::stations::Station;
use crate::vals;
use std::future::Future;
use std::pin::Pin;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{Digest, ShareOutcome, SharedRecord};
use tongban_domain::item::ShareSubject;
use tongban_protocol::api::ShareRequest;

/// Calls a station may make in an hour.
pub const CALLS_PER_HOUR: u64 = 600;
const HOUR_MS: i64 = 3_600_000;

/// The way to other departments. A failure is an outcome of the record, never an error.
pub trait Departments: Send + Sync {
    /// Asks; the implementation keeps its own deadline.
    fn query<'a>(&'a self, request: &'a ShareRequest) -> Pin<Box<dyn Future<Output = SharedRecord> + Send + 'a>>;
}

/// One call as the case's page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareCallLine {
    /// When, ms.
    pub at_ms: i64,
    /// Station.
    pub station: String,
    /// Resource.
    pub resource: String,
    /// 使用目的.
    pub purpose: String,
    /// 依据.
    pub basis: String,
    /// Names of the fields asked for.
    pub fields: String,
    /// Outcome key.
    pub outcome: String,
    /// Duration, ms.
    pub took_ms: u64,
}

/// Stable key of an outcome.
#[must_use]
pub const fn outcome_key(outcome: ShareOutcome) -> &'static str {
    match outcome {
        ShareOutcome::Found => "found",
        ShareOutcome::NoRecord => "no_record",
        ShareOutcome::TimedOut => "timed_out",
        ShareOutcome::Refused => "refused",
        ShareOutcome::Garbage => "garbage",
        ShareOutcome::Unreachable => "unreachable",
    }
}

/// A record without an answer.
pub(crate) fn empty(request: &ShareRequest, outcome: ShareOutcome) -> SharedRecord {
    SharedRecord {
        resource: request.resource.clone(),
        outcome,
        fields: Vec::new(),
        answer_sha256: Digest([0; 32]),
        took_ms: 0,
    }
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Sharing<'a>(pub(crate) &'a Centre);

impl Sharing<'_> {
    /// Checks, asks, logs: one call on behalf of a station.
    pub async fn query(&self, station: &Station, request: &ShareRequest) -> Result<SharedRecord> {
        self.check(station, request)?;
        let record = self.ask(request).await;
        self.record(station, request, &record)?;
        Ok(record)
    }

    /// Whether this call is one the item declares: resource, subject, purpose, no field more.
    pub fn check(&self, station: &Station, request: &ShareRequest) -> Result<()> {
        let refused = |why: &str| CentreError::forbidden(ErrorCode::NotAllowed, format!("share call: {why}"));
        let item = self
            .0
            .catalogue()
            .latest(&request.item)
            .ok_or_else(|| CentreError::invalid(ErrorCode::ItemUnknown, "item of the share call"))?;
        let call = item.share(&request.resource).ok_or_else(|| refused("the item does not declare this resource"))?;
        let kind = match call.subject {
            ShareSubject::Person => "person",
            ShareSubject::Firm => "firm",
        };
        if request.subject_kind != kind || request.subject.is_empty() || request.subject.len() > 40 {
            return Err(refused("another kind of subject than declared"));
        }
        if request.purpose.trim().is_empty() || request.basis.trim().is_empty() {
            return Err(refused("no purpose or basis"));
        }
        if let Some(extra) = request.fields.iter().find(|field| !call.fields.iter().any(|known| &known.key == *field)) {
            return Err(refused(&format!("field {extra} is not declared")));
        }
        let since = self.0.now_ms() - HOUR_MS;
        let calls = self.0.db.read("share quota", |tx| {
            tx.row("share.count", vals![&station.id.0, since])?.map_or(Ok(0), |row| row.uint(0))
        })?;
        if calls >= CALLS_PER_HOUR {
            return Err(CentreError::refused(Refusal::TooMany, ErrorCode::TooManyRequests, "share calls of this hour"));
        }
        Ok(())
    }

    /// Asks the department. Fields nobody asked for are dropped here.
    pub async fn ask(&self, request: &ShareRequest) -> SharedRecord {
        let Some(departments) = &self.0.departments else { return empty(request, ShareOutcome::Unreachable) };
        let mut record = departments.query(request).await;
        record.fields.retain(|(key, _)| request.fields.contains(key));
        record
    }

    /// Writes the call into the log.
    pub fn record(&self, station: &Station, request: &ShareRequest, record: &SharedRecord) -> Result<()> {
        let centre = self.0;
        let names = request.fields.iter().map(|field| field.0.as_str()).collect::<Vec<_>>().join(",");
        centre.db.write("log share", |tx| {
            tx.exec(
                "share.insert",
                vals![
                    centre.ids.next(),
                    centre.now_ms(),
                    request.case.0,
                    &station.id.0,
                    &request.item.0,
                    &request.resource.0,
                    centre.keys.subject(&request.subject),
                    &request.purpose,
                    &request.basis,
                    &names,
                    outcome_key(record.outcome),
                    record.took_ms,
                    record.answer_sha256
                ],
            )?;
            Ok(())
        })
    }

    /// Calls made for a case.
    pub fn of_case(&self, case: tongban_domain::ids::CaseId) -> Result<Vec<ShareCallLine>> {
        self.0.db.read("share calls", |tx| {
            tx.rows("share.of_case", vals![case.0])?
                .iter()
                .map(|row| {
                    Ok(ShareCallLine {
                        at_ms: row.int(0)?,
                        station: row.text(1)?,
                        resource: row.text(2)?,
                        purpose: row.text(3)?,
                        basis: row.text(4)?,
                        fields: row.text(5)?,
                        outcome: row.text(6)?,
                        took_ms: row.uint(7)?,
                    })
                })
                .collect()
        })
    }

    /// The whole log as text, for the test that looks for persons in it.
    pub fn dump(&self) -> Result<String> {
        self.0
            .db
            .read("share log", |tx| Ok(tx.rows("share.dump", vals![])?.iter().map(|row| row.plain() + "\n").collect()))
    }
}
