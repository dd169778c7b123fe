//! 待办列表和办件详情, 受理, 审查, 决定.

use super::answer;
use crate::error::Failure;
use crate::guard::{Fields, Who};
use crate::html::{self, Shell, left_words, maybe_moment, moment, status_words};
use crate::state::AppState;
use askama::Template;
use axum::extract::{Extension, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tongban_centre::cases::{CaseRow, CaseView, Filter, SourceMark};
use tongban_centre::rights::Action;
use tongban_centre::workflow::Step;
use tongban_centre::{Centre, CentreError};
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::CaseId;
use tongban_domain::receipt_number::ReceiptNumber;
use uuid::Uuid;

/// A line of the list.
struct Line {
    href: String,
    receipt: String,
    receipt_shown: String,
    item: String,
    holder: String,
    status: (&'static str, &'static str),
    submitted: String,
    due: String,
    left: (String, &'static str),
    blocked: bool,
}

/// A chip above the list.
struct Chip {
    id: String,
    href: String,
    label: &'static str,
    count: u64,
    here: bool,
}

#[derive(Template)]
#[template(path = "cases.html")]
struct ListPage {
    shell: Shell,
    text: String,
    status: String,
    chips: Vec<Chip>,
    total: u64,
    lines: Vec<Line>,
}

/// What the list is narrowed to.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ListQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    status: String,
}

fn grouped(receipt: &str) -> String {
    ReceiptNumber::parse(receipt).map_or_else(|_| receipt.to_owned(), |number| number.grouped())
}

fn line(centre: &Centre, row: &CaseRow) -> Line {
    let item = row.item.as_ref().and_then(|(key, version)| centre.catalogue().item(key, *version));
    let receipt = row.receipt.clone().unwrap_or_default();
    let open = row.closed_ms.is_none() && row.decided_ms.is_none();
    let left = row.due.as_deref().filter(|_| open).and_then(|due| centre.limits().left(due));
    Line {
        href: format!("/cases/{}", row.case),
        receipt_shown: grouped(&receipt),
        receipt,
        item: item.map(|item| item.name.clone()).unwrap_or_default(),
        holder: row.firm_name.clone().unwrap_or_else(|| row.applicant_masked()),
        status: status_words(&row.status),
        submitted: maybe_moment(row.submitted_ms),
        due: row.due.clone().unwrap_or_default(),
        left: left_words(left),
        blocked: row.blocked.is_some(),
    }
}

pub(crate) async fn list(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Query(query): Query<ListQuery>,
) -> Response {
    let member = who.member.clone();
    let filter = Filter { status: Some(query.status.clone()), text: Some(query.q.clone()) };
    let found = state
        .blocking(move |centre| {
            let rows = centre.cases().list(&member, &filter)?;
            let lines: Vec<Line> = rows.iter().map(|row| line(centre, row)).collect();
            Ok((lines, centre.cases().counts(&member)?))
        })
        .await;
    let result = found.map(|(lines, counts)| {
        let chips = counts.iter().map(|(status, count)| Chip {
            id: format!("chip-{status}"),
            href: format!("/cases?status={status}"),
            label: status_words(status).0,
            count: *count,
            here: *status == query.status,
        });
        html::page(&ListPage {
            shell: Shell::staff(&state, &who, "待办列表", "/cases"),
            chips: chips.collect(),
            total: counts.iter().map(|(_, count)| count).sum(),
            lines,
            text: query.q,
            status: query.status,
        })
    });
    answer(&state, &who, result)
}

/// A dot on the progress bar.
struct Stage {
    label: &'static str,
    when: String,
    done: bool,
}

struct TimelineRow {
    seq: u64,
    when: String,
    title: String,
    detail: String,
    who: String,
    origin: String,
    centre: bool,
}

#[derive(Template)]
#[template(path = "case.html")]
struct DetailPage {
    shell: Shell,
    id: String,
    view: CaseView,
    item_name: String,
    org_name: String,
    receipt: String,
    holder: String,
    name: String,
    number: String,
    revealed: bool,
    status: (&'static str, &'static str),
    left: (String, &'static str),
    stages: Vec<Stage>,
    timeline: Vec<TimelineRow>,
    calls: Vec<(String, String, String, String)>,
    shared: usize,
    captured: usize,
    may_accept: bool,
    may_review: bool,
    may_decide: bool,
    may_reveal: bool,
    may_evidence: bool,
    has_evidence: bool,
}

/// Mark and colour class of a value's source.
pub(crate) fn source_words(mark: &SourceMark) -> (&'static str, &'static str) {
    match mark {
        SourceMark::Shared => ("共享数据", "green"),
        SourceMark::Card => ("身份证", "green"),
        SourceMark::Default => ("默认", "grey"),
        SourceMark::Changed => ("本人修改", "amber"),
        SourceMark::Typed => ("本人填写", "blue"),
    }
}

pub(crate) fn obtained_class(obtained: &str) -> &'static str {
    match obtained {
        "共享" | "刷卡" | "表单" => "green",
        "拍摄" => "blue",
        "未提供" => "red",
        _ => "grey",
    }
}

fn stages(row: &CaseRow) -> Vec<Stage> {
    let stage = |label, at: Option<i64>| Stage { label, when: at.map(moment).unwrap_or_default(), done: at.is_some() };
    vec![
        stage("提交", row.submitted_ms),
        stage("收件", row.received_ms),
        stage("受理", row.accepted_ms),
        stage("决定", row.decided_ms),
        stage("办结", row.closed_ms),
    ]
}

fn detail_page(
    state: &AppState,
    who: &Who,
    view: CaseView,
    calls: Vec<tongban_centre::sharing::ShareCallLine>,
    revealed: Option<(String, String)>,
) -> DetailPage {
    let row = view.row.clone();
    let open = row.closed_ms.is_none() && row.decided_ms.is_none();
    let left = row.due.as_deref().filter(|_| open).and_then(|due| state.centre.limits().left(due));
    let in_review = matches!(row.status.as_str(), "accepted" | "in_review") && row.blocked.is_none();
    let timeline = view.timeline.iter().rev().map(|line| TimelineRow {
        seq: line.seq,
        when: moment(line.at_ms),
        title: line.title.clone(),
        detail: line.detail.clone(),
        who: line.who.clone(),
        origin: line.origin.clone(),
        centre: line.origin == "中心",
    });
    let (name, number) = revealed.clone().unwrap_or_else(|| (row.applicant_masked(), row.number_masked()));
    let receipt = row.receipt.as_deref().map(grouped).unwrap_or_default();
    DetailPage {
        shell: Shell::staff(state, who, format!("办件 {receipt}"), "/cases"),
        id: row.case.to_string(),
        item_name: view.item.as_ref().map(|item| item.name.clone()).unwrap_or_default(),
        org_name: view.item.as_ref().map(|item| item.org.name.clone()).unwrap_or_default(),
        receipt,
        holder: row.firm_name.clone().unwrap_or_default(),
        name,
        number,
        revealed: revealed.is_some(),
        status: status_words(&row.status),
        left: left_words(left),
        stages: stages(&row),
        timeline: timeline.collect(),
        calls: calls
            .into_iter()
            .map(|call| {
                (moment(call.at_ms), call.resource, call.purpose, format!("{} 毫秒 · {}", call.took_ms, call.station))
            })
            .collect(),
        shared: view.materials.iter().filter(|material| matches!(material.obtained, "共享" | "刷卡")).count(),
        captured: view.materials.iter().filter(|material| material.obtained == "拍摄").count(),
        may_accept: who.member.may(Action::Accept) && row.status == "received" && row.blocked.is_none(),
        may_review: who.member.may(Action::Review) && in_review,
        may_decide: who.member.may(Action::Decide) && in_review && !view.reviews.is_empty(),
        may_reveal: who.member.may(Action::RevealIdentity),
        may_evidence: who.member.may(Action::ViewEvidence),
        has_evidence: view.presence.as_ref().is_some_and(|presence| presence.still || presence.clip)
            || view.sign_off.is_some(),
        view,
    }
}

async fn show(state: &AppState, who: &Who, id: Uuid, revealed: Option<(String, String)>) -> Result<Response, Failure> {
    let member = who.member.clone();
    let id = CaseId(id);
    let (view, calls) =
        state.blocking(move |centre| Ok((centre.cases().view(&member, id)?, centre.sharing().of_case(id)?))).await?;
    Ok(html::page(&detail_page(state, who, view, calls, revealed)))
}

pub(crate) async fn detail(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Path(id): Path<Uuid>,
) -> Response {
    let result = show(&state, &who, id, None).await;
    answer(&state, &who, result)
}

pub(crate) async fn reveal(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Extension(fields): Extension<Fields>,
    Path(id): Path<Uuid>,
) -> Response {
    let (member, reason) = (who.member.clone(), fields.get("reason").to_owned());
    let told = state.blocking(move |centre| centre.evidence().reveal(&member, CaseId(id), &reason)).await;
    let result = match told {
        Ok(revealed) => show(&state, &who, id, Some(revealed)).await,
        Err(failure) => Err(failure),
    };
    answer(&state, &who, result)
}

/// Which of two radio buttons was chosen.
fn chosen(fields: &Fields, name: &str, yes: &str, no: &str) -> Result<bool, CentreError> {
    match fields.get(name) {
        value if value == yes => Ok(true),
        value if value == no => Ok(false),
        _ => Err(CentreError::invalid(ErrorCode::FieldMissing, format!("{name} is not chosen"))),
    }
}

async fn step(
    state: AppState,
    who: Who,
    fields: Fields,
    id: Uuid,
    make: fn(&Fields) -> Result<Step, CentreError>,
) -> Response {
    let member = who.member.clone();
    let base: u64 = fields.get("base").parse().unwrap_or(0);
    let done = state.blocking(move |centre| centre.workflow().step(&member, CaseId(id), base, &make(&fields)?)).await;
    let result = done.map(|()| Redirect::to(&format!("/cases/{id}")).into_response());
    answer(&state, &who, result)
}

fn opinion(fields: &Fields) -> String {
    fields.get("opinion").to_owned()
}

pub(crate) async fn accept(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Extension(fields): Extension<Fields>,
    Path(id): Path<Uuid>,
) -> Response {
    step(state, who, fields, id, |fields| {
        Ok(if chosen(fields, "decision", "accept", "return")? {
            Step::Accept
        } else {
            Step::Return { opinion: opinion(fields) }
        })
    })
    .await
}

pub(crate) async fn review(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Extension(fields): Extension<Fields>,
    Path(id): Path<Uuid>,
) -> Response {
    step(state, who, fields, id, |fields| {
        Ok(Step::Review { passed: chosen(fields, "result", "pass", "return")?, opinion: opinion(fields) })
    })
    .await
}

pub(crate) async fn decide(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Extension(fields): Extension<Fields>,
    Path(id): Path<Uuid>,
) -> Response {
    step(state, who, fields, id, |fields| {
        Ok(Step::Decide { granted: chosen(fields, "result", "grant", "deny")?, opinion: opinion(fields) })
    })
    .await
}
