//! 办理动作: forms turned into acts. Each route holds the right its acts need; an act sent to
//! another route is refused before it is tried.

use super::answer;
use crate::error::Failure;
use crate::guard::{Fields, Who};
use crate::state::AppState;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tongban_centre::CentreError;
use tongban_centre::handling::{Act, Supplied};
use tongban_centre::rights::Action;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{Missing, PageVerdict, SpecialKind, Value};
use tongban_domain::ids::{CaseId, PageId, RequirementId, StaffId};
use tongban_domain::item::{Seat, ServiceItem};
use uuid::Uuid;

/// Where staff pages act from.
const DESK: &str = "centre";

fn text(fields: &Fields, name: &str) -> Result<String, CentreError> {
    let value = fields.get(name);
    if value.is_empty() || value.chars().count() > 500 {
        return Err(CentreError::invalid(ErrorCode::ReasonMissing, format!("{name} is blank or too long")));
    }
    Ok(value.to_owned())
}

fn days(fields: &Fields) -> Result<u16, CentreError> {
    let days = fields.get("days").parse().ok().filter(|days| (1..=365).contains(days));
    days.ok_or_else(|| CentreError::invalid(ErrorCode::FieldInvalid, "days"))
}

fn missing(fields: &Fields, item: &ServiceItem) -> Result<Vec<Missing>, CentreError> {
    let one = |id: &str| {
        let requirement = item.requirement(&id.into());
        let requirement = requirement.ok_or_else(|| CentreError::invalid(ErrorCode::FieldInvalid, "material"))?;
        Ok(Missing {
            requirement: requirement.id.clone(),
            name: requirement.name.clone(),
            why: text(fields, &format!("why-{id}"))?,
        })
    };
    let list = fields.all("miss").into_iter().map(one).collect::<Result<Vec<_>, CentreError>>()?;
    if list.is_empty() {
        return Err(CentreError::invalid(ErrorCode::FieldMissing, "nothing is asked for"));
    }
    Ok(list)
}

/// Photographs of a field; anything but a JPEG is refused.
fn photos(fields: &Fields, name: &str) -> Result<Vec<Vec<u8>>, CentreError> {
    let found: Vec<&[u8]> = fields.files().filter(|(field, _)| *field == name).map(|(_, bytes)| bytes).collect();
    if found.iter().any(|bytes| !bytes.starts_with(&[0xff, 0xd8, 0xff])) {
        return Err(CentreError::invalid(ErrorCode::FieldInvalid, format!("{name} is no photograph")));
    }
    Ok(found.into_iter().map(<[u8]>::to_vec).collect())
}

fn optional(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

/// The act a form asks for.
fn act_of(fields: &Fields, item: &ServiceItem) -> Result<Act, CentreError> {
    let reason = || text(fields, "reason");
    Ok(match fields.get("act") {
        "correction" => {
            Act::AskCorrection { missing: missing(fields, item)?, approval: optional(fields.get("approval")) }
        }
        "reject" => Act::Reject { reason: reason()?, competent: optional(fields.get("competent")) },
        "commit" => Act::Commit,
        "defer" => Act::Defer {
            missing: fields.all("miss").into_iter().map(RequirementId::from).collect(),
            promise: photos(fields, "promise")?.into_iter().next().unwrap_or_default(),
        },
        "supply_deferred" => {
            let mut pages = Vec::new();
            for requirement in &item.materials {
                let pictures = photos(fields, &format!("page-{}", requirement.id))?;
                pages.extend(pictures.into_iter().map(|picture| Supplied {
                    requirement: requirement.id.clone(),
                    picture,
                    thumb: Vec::new(),
                    width: 0,
                    height: 0,
                }));
            }
            Act::SupplyDeferred { pages }
        }
        "fix" => Act::Fix {
            field: fields.get("field").into(),
            value: Value::Text(text(fields, "value")?),
            reason: reason()?,
        },
        "withdraw" => Act::Withdraw { reason: reason()? },
        "step" => Act::Step {
            step: text(fields, "step")?,
            passed: fields.get("result") == "pass",
            opinion: text(fields, "opinion")?,
        },
        "return_step" => {
            let way = fields.get("way").split_once('→');
            let (step, to) = way.ok_or_else(|| CentreError::invalid(ErrorCode::FieldMissing, "way back"))?;
            Act::ReturnStep { step: step.into(), to: to.into(), reason: reason()? }
        }
        "suspend" => Act::Suspend {
            kind: if fields.get("kind") == "1" { SpecialKind::Extension } else { SpecialKind::Other },
            name: text(fields, "name")?,
            days: days(fields)?,
            reason: reason()?,
        },
        "resume" => Act::Resume { result: text(fields, "result")? },
        "extend" => Act::Extend { days: days(fields)?, reason: reason()?, approval: fields.get("approval").to_owned() },
        "terminate" => Act::Terminate { reason: reason()? },
        "check" => Act::CheckCommitment { kept: fields.get("kept") == "yes", finding: text(fields, "finding")? },
        "hearing" => Act::Hearing { host: StaffId(text(fields, "host")?), record: text(fields, "record")? },
        "revoke" => Act::Revoke { reason: reason()? },
        "assign" => Act::Assign { step: text(fields, "step")?, to: StaffId(text(fields, "to")?), reason: reason()? },
        "redirect" => Act::Redirect {
            to_code: text(fields, "to_code")?,
            to_name: text(fields, "to_name")?,
            reason: reason()?,
            originals: !fields.all("originals").is_empty(),
        },
        _ => return Err(CentreError::invalid(ErrorCode::FieldInvalid, "act")),
    })
}

fn back(id: Uuid) -> Response {
    Redirect::to(&format!("/cases/{id}")).into_response()
}

async fn take(
    state: AppState,
    who: Who,
    fields: Fields,
    id: Uuid,
    needs: Action,
    make: impl FnOnce(&Fields, &ServiceItem) -> Result<Act, CentreError> + Send + 'static,
) -> Response {
    let member = who.member.clone();
    let base: u64 = fields.get("base").parse().unwrap_or(0);
    let done = state
        .blocking(move |centre| {
            let row = centre.cases().row(&member, CaseId(id))?;
            let item = row.item.as_ref().and_then(|(key, version)| centre.catalogue().item(key, *version));
            let item = item.ok_or_else(|| CentreError::not_found("item"))?;
            let act = make(&fields, &item)?;
            if act.needs() != needs {
                return Err(CentreError::forbidden(ErrorCode::NotAllowed, "act sent to another route"));
            }
            centre.handling().act(&member, CaseId(id), base, DESK, &act)
        })
        .await;
    answer(&state, &who, done.map(|()| back(id)))
}

macro_rules! group {
    ($($(#[$doc:meta])* $name:ident => $action:ident;)+) => {$(
        $(#[$doc])*
        pub(crate) async fn $name(
            State(state): State<AppState>,
            Extension(who): Extension<Who>,
            Extension(fields): Extension<Fields>,
            Path(id): Path<Uuid>,
        ) -> Response {
            take(state, who, fields, id, Action::$action, act_of).await
        }
    )+};
}

group! {
    /// 受理前: notice, rejection, fix, withdrawal, commitment.
    intake => Accept;
    /// 容缺受理 on a signed promise, and what was promised brought.
    deferral => Accept;
    /// 在办: steps, returns, stops, extension, end.
    handle => Review;
    /// 听证 and 撤销.
    ruling => Decide;
    /// 指派 and 转办.
    assign => Assign;
}

fn chosen(fields: &Fields, name: &str, yes: &str, no: &str) -> Result<bool, CentreError> {
    match fields.get(name) {
        value if value == yes => Ok(true),
        value if value == no => Ok(false),
        _ => Err(CentreError::invalid(ErrorCode::FieldMissing, format!("{name} is not chosen"))),
    }
}

/// 受理 or 退件.
pub(crate) async fn accept(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Extension(fields): Extension<Fields>,
    Path(id): Path<Uuid>,
) -> Response {
    take(state, who, fields, id, Action::Accept, |fields, _| {
        let accepted = chosen(fields, "decision", "accept", "return")?;
        Ok(if accepted { Act::Accept } else { Act::Return { reason: text(fields, "opinion")? } })
    })
    .await
}

/// 审查意见 on the step named, or on the first one that waits.
pub(crate) async fn review(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Extension(fields): Extension<Fields>,
    Path(id): Path<Uuid>,
) -> Response {
    let member = who.member.clone();
    let named = fields.get("step").to_owned();
    let step = state
        .blocking(move |centre| {
            if !named.is_empty() {
                return Ok(named);
            }
            let flow = centre.handling().flow(&member, CaseId(id))?;
            let open = flow.open.iter().find(|step| matches!(step.seat, Seat::Review | Seat::Publicity));
            // Without a step that waits the act itself says so.
            Ok(open.map(|step| step.name.clone()).unwrap_or_default())
        })
        .await;
    match step {
        Ok(step) => {
            take(state, who, fields, id, Action::Review, move |fields, _| {
                Ok(Act::Step {
                    step,
                    passed: chosen(fields, "result", "pass", "return")?,
                    opinion: text(fields, "opinion")?,
                })
            })
            .await
        }
        Err(failure) => answer(&state, &who, Err(failure)),
    }
}

/// 决定.
pub(crate) async fn decide(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Extension(fields): Extension<Fields>,
    Path(id): Path<Uuid>,
) -> Response {
    take(state, who, fields, id, Action::Decide, |fields, _| {
        Ok(Act::Decide { granted: chosen(fields, "result", "grant", "deny")?, opinion: text(fields, "opinion")? })
    })
    .await
}

/// 主管同意.
pub(crate) async fn approve(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Extension(fields): Extension<Fields>,
    Path(id): Path<Uuid>,
) -> Response {
    let member = who.member.clone();
    let done = state.blocking(move |centre| centre.handling().approve(&member, CaseId(id), fields.get("reason"))).await;
    answer(&state, &who, done.map(|_| back(id)))
}

/// 齐全单.
pub(crate) async fn completeness(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Path(id): Path<Uuid>,
) -> Response {
    let member = who.member.clone();
    let done = state.blocking(move |centre| centre.completeness().issue(&member, CaseId(id))).await;
    answer(&state, &who, done.map(|_| back(id)))
}

/// 人看页面: what somebody found on a page no program could judge.
pub(crate) async fn look(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Extension(fields): Extension<Fields>,
    Path((id, page)): Path<(Uuid, Uuid)>,
) -> Response {
    let member = who.member.clone();
    let done = state
        .blocking(move |centre| {
            let said = |name: &str| match fields.get(name) {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            };
            let verdict = PageVerdict {
                legible: said("legible"),
                right_document: said("right"),
                stamped: said("stamped"),
                signed: said("signed"),
                issued_on: optional(fields.get("issued_on")),
                valid_to: optional(fields.get("valid_to")),
                ..PageVerdict::default()
            };
            centre.completeness().look(&member, CaseId(id), PageId(page), &verdict)
        })
        .await;
    answer(&state, &who, done.map(|()| Redirect::to(&format!("/cases/{id}/pages/{page}")).into_response()))
}

/// Which paper.
#[derive(Debug, Deserialize)]
pub(crate) struct PaperQuery {
    #[serde(default)]
    no: String,
}

/// A paper exactly as it was handed out.
pub(crate) async fn paper(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Query(query): Query<PaperQuery>,
) -> Response {
    let member = who.member.clone();
    let pdf = state.blocking(move |centre| centre.papers().pdf(&member, &query.no)).await;
    let result: Result<Response, Failure> =
        pdf.map(|pdf| (StatusCode::OK, [(header::CONTENT_TYPE, "application/pdf")], pdf).into_response());
    answer(&state, &who, result)
}
