//! 办件列表和办件详情, 受理, 审查, 决定.

use super::answer;
use super::desk::Seen;
use crate::error::Failure;
use crate::guard::{Fields, Who};
use crate::html::{self, Shell, left_words, maybe_moment, moment, status_words, took_words};
use crate::kit::{Cell, Form, Line as Row, Table};
use crate::state::AppState;
use askama::Template;
use axum::extract::{Extension, Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use tongban_centre::Centre;
use tongban_centre::cases::{CaseRow, CaseView, Filter, SourceMark};
use tongban_centre::desk::AtDesk;
use tongban_centre::papers::KeptPaper;
use tongban_centre::rights::Action;
use tongban_centre::supervision::Card;
use tongban_domain::event::PaperKind;
use tongban_domain::ids::CaseId;
use tongban_domain::limits::local_day;
use tongban_domain::receipt_number::ReceiptNumber;
use uuid::Uuid;

/// Cases of a page.
const PAGE: usize = 200;

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
    ended: bool,
    accepted: bool,
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
    older: String,
}

/// What the list is narrowed to.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ListQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    status: String,
    /// The last case of the page before: its time of submission, ms, and its id.
    #[serde(default)]
    before: String,
}

/// A mark as it stands in a link.
fn mark(before: &str) -> Option<(i64, CaseId)> {
    let (at, case) = before.split_once('_')?;
    Some((at.parse().ok()?, CaseId(case.parse().ok()?)))
}

/// Link to what lies behind a full page; a search has one page.
fn older(query: &ListQuery, rows: &[CaseRow]) -> String {
    let full = rows.len() >= PAGE && query.q.trim().is_empty();
    let last = rows.last().filter(|last| full && (!query.status.is_empty() || last.closed_ms.is_none()));
    last.map_or_else(String::new, |last| {
        format!("/cases?status={}&before={}_{}", query.status, last.submitted_ms.unwrap_or(0), last.case)
    })
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
        ended: row.closed_ms.is_some(),
        accepted: row.accepted_ms.is_some(),
    }
}

pub(crate) async fn list(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Query(query): Query<ListQuery>,
) -> Response {
    let member = who.member.clone();
    let filter = Filter { status: Some(query.status.clone()), text: Some(query.q.clone()) };
    let before = mark(&query.before);
    let found = state
        .blocking(move |centre| {
            let rows = centre.cases().page(&member, &filter, before)?;
            let lines: Vec<Line> = rows.iter().map(|row| line(centre, row)).collect();
            Ok((lines, centre.cases().counts(&member)?, older(&query, &rows), query))
        })
        .await;
    let result = found.map(|(lines, counts, older, query)| {
        let chips = counts.iter().map(|(status, count)| Chip {
            id: format!("chip-{status}"),
            href: format!("/cases?status={status}"),
            label: status_words(status).0,
            count: *count,
            here: *status == query.status,
        });
        html::page(&ListPage {
            shell: Shell::staff(&state, &who, "办件列表", "/cases"),
            chips: chips.collect(),
            total: counts.iter().map(|(_, count)| count).sum(),
            lines,
            older,
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
    /// 环节 names this person may give an opinion on.
    opinions: Vec<String>,
    may_decide: bool,
    /// What the decision waits for.
    waits: String,
    notice: Option<String>,
    deferrable: String,
    acts: Vec<Form>,
    blocks: Vec<String>,
    facts: Vec<(String, String)>,
    parent: Option<String>,
    parts: Vec<(String, &'static str)>,
    may_reveal: bool,
    may_evidence: bool,
    may_audit: bool,
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

/// What the page is made of.
struct Told {
    view: CaseView,
    calls: Vec<tongban_centre::sharing::ShareCallLine>,
    desk: AtDesk,
    papers: Vec<KeptPaper>,
    cards: Vec<Card>,
    brought: Vec<tongban_centre::brought::Piece>,
}

/// 文书 in words.
pub(crate) const fn paper_words(kind: PaperKind) -> &'static str {
    match kind {
        PaperKind::Receipt => "收件凭证",
        PaperKind::Completeness => "材料齐全单",
        PaperKind::Correction => "一次性告知书",
        PaperKind::Acceptance => "受理通知书",
        PaperKind::Rejection => "不予受理决定书",
        PaperKind::Special => "特别程序告知书",
        PaperKind::Extension => "延期告知书",
        PaperKind::Hearing => "听证告知书",
        PaperKind::Deferral => "容缺受理通知书",
        PaperKind::DeferralPromise => "容缺受理承诺书",
        PaperKind::Commitment => "告知承诺书",
        PaperKind::Grant => "准予许可决定书",
        PaperKind::Denial => "不予许可决定书",
        PaperKind::Withdrawal => "撤回通知",
        PaperKind::Termination => "终止通知",
        PaperKind::Return => "退件通知",
        PaperKind::Payment => "缴款通知书",
        PaperKind::Pickup => "领取通知",
        PaperKind::Delivery => "送达回证",
        PaperKind::Authorisation => "授权委托书",
        PaperKind::Consent => "个人信息处理告知与同意书",
        PaperKind::Rating => "评价回执",
        PaperKind::SupplyReceipt => "补交材料收件凭证",
        PaperKind::ParcelLabel => "寄递面单",
    }
}

fn paper_table(papers: &[KeptPaper]) -> Table {
    let line = |paper: &KeptPaper| {
        let href: String = paper.document_no.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let link = Cell::link(format!("/papers?no={href}"), paper_words(paper.kind), paper.document_no.clone());
        Row::new("", vec![link, Cell::num(moment(paper.at_ms))])
    };
    Table::new("papers", "文书", &["文书", "时间"]).lines(papers.iter().map(line)).empty("还没有出具文书。")
}

fn flow_table(desk: &AtDesk) -> Table {
    let done = desk.flow.done.iter().map(|name| Row::new("", vec![Cell::text(name), Cell::tag(("已完成", "green"))]));
    let open = desk.flow.open.iter().map(|step| {
        let who = step
            .assigned
            .as_ref()
            .map_or_else(|| step.role.clone(), |person| format!("{} · 已指派 {person}", step.role));
        Row::new("", vec![Cell::two(&step.name, who), Cell::tag((format!("待办，时限 {} 日", step.days), "blue"))])
    });
    Table::new("flow", "环节", &["环节", "状态"]).lines(done.chain(open)).empty("已办结。")
}

fn verdict_table(told: &Told) -> Table {
    let line = |verdict: &tongban_domain::event::MaterialVerdict| {
        let name = told.view.materials.iter().find(|material| material.id == verdict.requirement.0);
        let name = name.map_or_else(|| verdict.requirement.0.clone(), |material| material.name.clone());
        let light = super::desk::light(verdict.light);
        Row::new(
            format!("verdict-{}", verdict.requirement),
            vec![Cell::two(name, verdict.reason.clone()), Cell::tag(light)],
        )
    };
    Table::new("verdicts", "一次就成：材料判定", &["材料", "判定"]).lines(told.desk.verdicts.iter().map(line))
}

fn facts(desk: &AtDesk, time_doubt: Option<i64>) -> Vec<(String, String)> {
    let mut facts = notes(desk);
    if let Some(off) = time_doubt {
        let way = if off > 0 { "快" } else { "慢" };
        let words = format!("终端时钟{way} {} 秒或离线超过 24 小时，时间以中心入库为准", off.abs() / 1000);
        facts.push(("时间存疑".to_owned(), words));
    }
    facts
}

fn notes(desk: &AtDesk) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    for notice in &desk.handled.notices {
        let names: Vec<&str> = notice.missing.iter().map(|missing| missing.name.as_str()).collect();
        let state = if notice.done.is_some() { "已补齐" } else { "待补正" };
        facts.push((
            "补正告知".to_owned(),
            format!("{}（{state}，{} 前）：{}", notice.document_no, notice.due, names.join("、")),
        ));
    }
    for special in &desk.handled.specials {
        let end = special.ended.as_ref().map_or("进行中，计时暂停", |(result, _)| result.as_str());
        facts.push((
            "特别程序".to_owned(),
            format!("{}，预计 {} 日，{}：{end}", special.name, special.expected_days, special.document_no),
        ));
    }
    if let Some(extension) = &desk.handled.extension {
        let words = format!(
            "{} 日，{} 同意：{}，{}",
            extension.days, extension.approval.by, extension.approval.reason, extension.document_no
        );
        facts.push(("延期".to_owned(), words));
    }
    if let Some(deferral) = &desk.handled.deferral {
        let open: Vec<&str> = deferral.open().map(|missing| missing.name.as_str()).collect();
        let open = if open.is_empty() { "已补齐".to_owned() } else { format!("待补：{}", open.join("、")) };
        facts.push(("容缺受理".to_owned(), format!("{} 前，{open}", deferral.supply_by)));
    }
    if let Some(commitment) = &desk.handled.commitment {
        facts.push(("告知承诺".to_owned(), format!("{}，{} 前核查", commitment.promise_no, commitment.check_by)));
    }
    for redirect in &desk.handled.redirects {
        facts.push(("转办".to_owned(), format!("{}：{}", redirect.to_name, redirect.reason)));
    }
    if let Some(agent) = &desk.handled.agent {
        facts.push((
            "代理".to_owned(),
            format!("授权至 {}{}", agent.valid_to, if agent.pickup { "，可代领" } else { "，不可代领" }),
        ));
    }
    facts
}

fn detail_page(state: &AppState, who: &Who, told: Told, revealed: Option<(String, String)>) -> DetailPage {
    let row = told.view.row.clone();
    let open = row.closed_ms.is_none() && row.decided_ms.is_none();
    let left = row.due.as_deref().filter(|_| open).and_then(|due| state.centre.limits().left(due));
    let timeline = told.view.timeline.iter().rev().map(|line| TimelineRow {
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
    let seen = Seen { who, view: &told.view, desk: &told.desk, cards: &told.cards };
    let mut tables =
        vec![flow_table(&told.desk), seen.clock_table(local_day(state.clock.wall())), paper_table(&told.papers)];
    if !told.cards.is_empty() {
        tables.insert(0, seen.card_table());
    }
    let takes = who.member.may(Action::Accept) && row.closed_ms.is_none() && row.blocked.is_none();
    if let Some(table) = super::brought::table(&told.brought, takes, &who.csrf) {
        tables.insert(0, table);
    }
    tables.push(verdict_table(&told));
    let running = matches!(row.status.as_str(), "accepted" | "in_review") && told.desk.handled.parts.is_empty();
    let waiting = told.desk.flow.open.iter().map(|step| format!("{}（{}）", step.name, step.role));
    let opinions: Vec<String> = seen.opinions().iter().map(|step| step.name.clone()).collect();
    let waits = if running && opinions.is_empty() && !seen.decides() {
        waiting.collect::<Vec<_>>().join("、")
    } else {
        String::new()
    };
    DetailPage {
        shell: Shell::staff(state, who, format!("办件 {receipt}"), "/cases"),
        id: row.case.to_string(),
        item_name: told.view.item.as_ref().map(|item| item.name.clone()).unwrap_or_default(),
        org_name: told.view.item.as_ref().map(|item| item.org.name.clone()).unwrap_or_default(),
        receipt,
        holder: row.firm_name.clone().unwrap_or_default(),
        name,
        number,
        revealed: revealed.is_some(),
        status: status_words(&row.status),
        left: left_words(left),
        stages: stages(&row),
        timeline: timeline.collect(),
        calls: call_lines(told.calls),
        shared: told.view.materials.iter().filter(|material| matches!(material.obtained, "共享" | "刷卡")).count(),
        captured: told.view.materials.iter().filter(|material| material.obtained == "拍摄").count(),
        may_accept: who.member.may(Action::Accept) && row.status == "received" && row.blocked.is_none(),
        opinions,
        may_decide: seen.decides(),
        waits,
        notice: seen.notice(),
        deferrable: seen.deferrable(),
        acts: seen.acts(),
        blocks: tables.iter().map(|table| table.render().unwrap_or_default()).collect(),
        facts: facts(&told.desk, told.view.time_doubt),
        parent: told.desk.handled.parent.map(|parent| parent.to_string()),
        parts: part_lines(&told.desk),
        may_reveal: who.member.may(Action::RevealIdentity),
        may_evidence: who.member.may(Action::ViewEvidence),
        may_audit: who.member.may(Action::AuditCase),
        has_evidence: told.view.presence.as_ref().is_some_and(|presence| presence.still || presence.clip)
            || told.view.sign_off.is_some(),
        view: told.view,
    }
}

fn part_lines(desk: &AtDesk) -> Vec<(String, &'static str)> {
    let state = |ended: &Option<String>| ended.as_deref().map_or("在办", |status| status_words(status).0);
    desk.handled.parts.iter().map(|(part, ended)| (part.to_string(), state(ended))).collect()
}

fn call_lines(calls: Vec<tongban_centre::sharing::ShareCallLine>) -> Vec<(String, String, String, String)> {
    calls
        .into_iter()
        .map(|call| {
            (
                moment(call.at_ms),
                call.resource,
                call.purpose,
                format!("{} · {}", took_words(call.took_ms), call.station),
            )
        })
        .collect()
}

async fn show(state: &AppState, who: &Who, id: Uuid, revealed: Option<(String, String)>) -> Result<Response, Failure> {
    let member = who.member.clone();
    let id = CaseId(id);
    let told = state
        .blocking(move |centre| {
            let (view, desk) = centre.cases().whole(&member, id)?;
            Ok(Told {
                view,
                desk,
                calls: centre.sharing().of_case(id)?,
                papers: centre.papers().of_case(&member, id)?,
                cards: centre.supervision().of_case(&member, id)?,
                brought: centre.brought().of_case(&member, id)?,
            })
        })
        .await?;
    Ok(html::page(&detail_page(state, who, told, revealed)))
}

pub(crate) async fn detail(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Path(id): Path<Uuid>,
) -> Response {
    let result = show(&state, &who, id, None).await;
    let result = match result {
        Ok(page) => note_look(&state, &who, "case.view", id).await.map(|()| page),
        Err(failure) => Err(failure),
    };
    answer(&state, &who, result)
}

/// Who looked at a case stands in the log, once an hour for each person and case.
pub(super) async fn note_look(state: &AppState, who: &Who, action: &'static str, id: Uuid) -> Result<(), Failure> {
    let by = who.member.id.0.clone();
    if !state.looks.first((by.clone(), action, id), state.clock.wall().0) {
        return Ok(());
    }
    state.blocking(move |centre| centre.staff().note(&by, action, &id.to_string(), "ok", "")).await
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
