//! 共享网关: which item may ask which department what, and a log of every call.
//!
//! The log names no person: the subject stands in it as a keyed hash. A call needs what the item
//! declares (resource, subject, purpose, no field more) and an authorisation in force with quota
//! left. A result lives in its case only: the gateway keeps none, and the one cache rule is
//! [`calls::FRESH_MS`], after which a case's results are asked for again ([`Sharing::stale`]).

pub mod calls;
mod objections;
pub mod requests;
pub mod resources;

pub use calls::{Access, CallFilter, CallLine, ResourceDay};
pub use objections::Objection;
pub use requests::{Applied, Request, RequestState};
pub use resources::{Resource, ResourceState, SharingKind};

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::office;
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

    /// The same with the code of what went wrong, for the log.
    fn told<'a>(
        &'a self,
        request: &'a ShareRequest,
    ) -> Pin<Box<dyn Future<Output = (SharedRecord, Option<ErrorCode>)> + Send + 'a>> {
        Box::pin(async move { (self.query(request).await, None) })
    }

    /// Where a resource's circuit stands: `closed`, `open` or `trial`.
    fn circuit(&self, _resource: &str) -> &'static str {
        "closed"
    }
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
        let grant = self.authorised(station, request)?;
        let (record, code) = self.told(request).await;
        self.logged(station, request, &record, code.map_or("", ErrorCode::as_str), &grant)?;
        Ok(record)
    }

    /// Whether this call may be made: declared by the item, and covered by an authorisation with
    /// quota left. A call that no authorisation covers stands in the log, for the person's own list.
    pub fn check(&self, station: &Station, request: &ShareRequest) -> Result<()> {
        self.authorised(station, request).map(|_| ())
    }

    fn authorised(&self, station: &Station, request: &ShareRequest) -> Result<String> {
        self.declared(station, request)?;
        let grant = self.grant(request);
        if let Err(error) = &grant {
            let refused = empty(request, ShareOutcome::Refused);
            self.logged(station, request, &refused, error.code().as_str(), "")?;
        }
        grant
    }

    /// Number of the authorisation that covers the call.
    fn grant(&self, request: &ShareRequest) -> Result<String> {
        let refused = |code, detail: &str| Err(CentreError::forbidden(code, format!("share call: {detail}")));
        let now = self.0.now();
        self.0.db.read("share grant", |tx| {
            let Some(resource) = office::get::<Resource>(tx, resources::RESOURCES, &request.resource.0)? else {
                return refused(ErrorCode::ShareNotAuthorised, "the resource is not in the catalogue");
            };
            if resource.state != ResourceState::Published || resource.kind == SharingKind::None {
                return refused(ErrorCode::ShareClosed, "the resource is not shared or suspended");
            }
            let fields: Vec<String> = request.fields.iter().map(|field| field.0.clone()).collect();
            let Some(grant) = requests::covering(tx, &resource, &request.item.0, &fields, now)? else {
                return refused(ErrorCode::ShareNotAuthorised, "no authorisation covers item and fields today");
            };
            let today = tongban_domain::limits::date_text(tongban_domain::limits::local_day(now));
            let (from, _) = calls::day_span(&today)?;
            let used = tx.row("share.today", vals![&grant.id, from])?.map_or(Ok(0), |row| row.uint(0))?;
            if used >= grant.applied.daily_quota {
                let detail = "share call: quota of the day is used up";
                return Err(CentreError::refused(Refusal::TooMany, ErrorCode::ShareQuota, detail));
            }
            Ok(grant.id)
        })
    }

    /// Whether this call is one the item declares: resource, subject, purpose, no field more.
    fn declared(&self, station: &Station, request: &ShareRequest) -> Result<()> {
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
        self.told(request).await.0
    }

    async fn told(&self, request: &ShareRequest) -> (SharedRecord, Option<ErrorCode>) {
        let Some(departments) = &self.0.departments else {
            return (empty(request, ShareOutcome::Unreachable), Some(ErrorCode::ShareDown));
        };
        let (mut record, code) = departments.told(request).await;
        record.fields.retain(|(key, _)| request.fields.contains(key));
        (record, code)
    }

    /// Writes the call into the log.
    pub fn record(&self, station: &Station, request: &ShareRequest, record: &SharedRecord) -> Result<()> {
        let code = match record.outcome {
            ShareOutcome::Found | ShareOutcome::NoRecord => "",
            ShareOutcome::TimedOut => ErrorCode::ShareSlow.as_str(),
            ShareOutcome::Refused => ErrorCode::ShareDenied.as_str(),
            ShareOutcome::Garbage => ErrorCode::ShareGarbage.as_str(),
            ShareOutcome::Unreachable => ErrorCode::ShareDown.as_str(),
        };
        // The quota may just have been used up by this very call.
        let grant = self.grant(request).unwrap_or_default();
        self.logged(station, request, record, code, &grant)
    }

    fn logged(
        &self,
        station: &Station,
        request: &ShareRequest,
        record: &SharedRecord,
        code: &str,
        grant: &str,
    ) -> Result<()> {
        let centre = self.0;
        let names = request.fields.iter().map(|field| field.0.as_str()).collect::<Vec<_>>().join(",");
        let returned = record.fields.iter().map(|(key, _)| key.0.as_str()).collect::<Vec<_>>().join(",");
        let who = if station.kind == "kiosk" { "自助" } else { "窗口" };
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
                    record.answer_sha256,
                    who,
                    &returned,
                    code,
                    grant
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
