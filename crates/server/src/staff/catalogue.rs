//! 资源目录和共享申请: what departments offer, who asked for what, and who agreed; 交换监控.

use super::answer;
use super::supervision::does;
use crate::guard::{Fields, Who};
use crate::html::{Shell, moment};
use crate::kit::{Board, Cell, Figure, Form, Line, Table};
use crate::state::AppState;
use axum::extract::{Extension, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tongban_centre::CentreError;
use tongban_centre::exchange::{DayReport, ExchangeDay, MessageLine};
use tongban_centre::rights::Action;
use tongban_centre::sharing::{Applied, Objection, Request, RequestState, Resource, ResourceState, SharingKind};
use tongban_domain::code::ErrorCode;
use tongban_domain::limits::{date_text, local_day, parse_date};

fn kind_tag(kind: SharingKind) -> (&'static str, &'static str) {
    let class = match kind {
        SharingKind::Unconditional => "green",
        SharingKind::Conditional => "amber",
        SharingKind::None => "red",
    };
    (kind.title(), class)
}

fn request_tag(state: RequestState) -> (&'static str, &'static str) {
    let class = match state {
        RequestState::Granted => "green",
        RequestState::Refused => "red",
        RequestState::Ended => "grey",
        RequestState::Submitted | RequestState::WithProvider | RequestState::Disputed => "amber",
    };
    (state.title(), class)
}

fn resource_line(resource: &Resource) -> Line {
    let state = match resource.state {
        ResourceState::Draft => "（编目中）",
        ResourceState::Published => "",
        ResourceState::Suspended => "（暂停）",
    };
    Line::new(
        format!("resource-{}", resource.id),
        vec![
            Cell::two(format!("{}{state}", resource.name), format!("{} · {}", resource.provider, resource.code)),
            Cell::tag(kind_tag(resource.kind)),
            Cell::two(resource.fields.join("、"), resource.condition.clone()),
            Cell::link(format!("/calls?resource={}", resource.id), "调用", resource.update_cycle.clone()),
        ],
    )
}

/// What this person may do with a request now.
fn steps(who: &Who, request: &Request) -> Vec<Form> {
    let may = |action| who.member.may(action);
    let form = |way: &str, button: &str| {
        Form::new(format!("{way}-{}", request.id), format!("/resources/{way}"), button).hidden("id", &request.id)
    };
    let yes_no = |form: Form, yes: &str, no: &str| {
        form.radio("verdict", "结论", &[("yes", yes, ""), ("no", no, "")]).area("reason", "意见")
    };
    let mut forms = Vec::new();
    match request.state {
        RequestState::Submitted if may(Action::CheckData) => {
            forms.push(yes_no(form("check", "合规审核"), "通过", "不通过"));
        }
        RequestState::WithProvider if may(Action::GrantData) => {
            forms.push(yes_no(form("answer", "答复"), "同意共享", "不予共享"));
        }
        RequestState::Refused if may(Action::AskData) => forms.push(form("dispute", "提请协调").area("reason", "理由")),
        RequestState::Disputed if may(Action::CheckData) => {
            forms.push(yes_no(form("coordinate", "协调结论"), "应当共享", "维持不予"));
        }
        RequestState::Granted if may(Action::CheckData) || may(Action::GrantData) => {
            forms.push(form("end", "终止授权").area("reason", "理由"));
        }
        _ => {}
    }
    forms
}

fn request_line(who: &Who, request: &Request, today: &str) -> Line {
    let applied = &request.applied;
    let late = !request.due.is_empty() && request.due.as_str() < today;
    let due = if request.due.is_empty() {
        String::new()
    } else {
        format!("{} 前{}", request.due, if late { "，已超期" } else { "" })
    };
    let last = request
        .steps
        .last()
        .map(|step| format!("{} {}：{}", step.by, moment(step.at_ms), step.reason))
        .unwrap_or_default();
    let items = if applied.items.is_empty() { "全部事项".to_owned() } else { applied.items.join("、") };
    let terms = format!(
        "{}；每日 {} 次；{} 至 {}；依据 {}",
        items, applied.daily_quota, applied.from, applied.to, applied.legal_basis
    );
    let mut line = Line::new(
        format!("request-{}", request.id),
        vec![
            Cell::two(
                format!("{} · {}", applied.org, applied.resource),
                format!("{}：{}", request.id, applied.purpose),
            ),
            Cell::two(applied.fields.join("、"), terms),
            Cell::tag(request_tag(request.state)),
            Cell::two(due, last),
        ],
    );
    line.forms = steps(who, request);
    line
}

fn ask_form(resources: &[Resource]) -> Form {
    let open = resources.iter().filter(|one| one.kind != SharingKind::None);
    let options: Vec<(String, String)> =
        open.map(|one| (one.id.clone(), format!("{}（{}）", one.name, one.kind.title()))).collect();
    Form::new("ask", "/resources/ask", "提交申请")
        .title("申请共享")
        .hint("写明用途和最少够用的字段；不予共享的资源不在其中")
        .fold()
        .select("resource", "资源", options)
        .line("org", "使用单位")
        .line("items", "用于哪些事项（代码，空格分开）")
        .optional()
        .line("fields", "需要的信息项（空格分开）")
        .line("purpose", "使用目的")
        .line("scene", "应用场景")
        .optional()
        .line("legal_basis", "法律依据")
        .number("daily_quota", "每日调用上限")
        .date("from", "起")
        .date("to", "止")
        .line("security_person", "安全责任人")
}

/// What an applicant says is wrong, until the department answers.
fn objection_line(who: &Who, one: &Objection) -> Line {
    let state = match &one.answer {
        None => Cell::tag(("待核实", "amber")),
        Some((by, wrong, text)) => {
            Cell::two(if *wrong { "数据有误，已处理" } else { "数据无误" }, format!("{by}：{text}"))
        }
    };
    let said = Cell::two(one.reason.clone(), format!("受理号 {} · {}", one.receipt, moment(one.at_ms)));
    let may = one.answer.is_none() && who.member.may(Action::GrantData);
    Line::new("", vec![Cell::text(one.resource.clone()), said, state]).act_if(may, || {
        Form::new("objection", "/resources/objection", "核实结果")
            .hidden("id", &one.id)
            .radio("verdict", "结论", &[("yes", "数据有误", "已更正或将更正"), ("no", "数据无误", "")])
            .area("reason", "说明")
    })
}

pub(crate) async fn page(State(state): State<AppState>, Extension(who): Extension<Who>) -> Response {
    let member = who.member.clone();
    let found = state
        .blocking(move |centre| {
            let sharing = centre.sharing();
            Ok((sharing.resources(&member)?, sharing.requests(&member)?, sharing.objections(&member)?))
        })
        .await;
    let today = date_text(local_day(state.clock.wall()));
    let result = found.map(|(resources, requests, objections)| {
        let waiting = |one: &&Request| {
            matches!(one.state, RequestState::Submitted | RequestState::WithProvider | RequestState::Disputed)
        };
        let of = |kind| resources.iter().filter(|one| one.kind == kind).count();
        let figures = vec![
            Figure::new("resources-count", "资源", resources.len()),
            Figure::new("resources-free", "无条件共享", of(SharingKind::Unconditional)),
            Figure::new("resources-terms", "有条件共享", of(SharingKind::Conditional)),
            Figure::new("resources-none", "不予共享", of(SharingKind::None)),
            Figure::new("requests-waiting", "待办申请", requests.iter().filter(waiting).count()),
        ];
        let lines = requests.iter().rev().map(|one| request_line(&who, one, &today));
        let mut board = Board::new(Shell::staff(&state, &who, "数据共享", "/resources"))
            .tab("tab-resources", "/resources", "目录和申请", None, true)
            .tab("tab-calls", "/calls", "调用日志", None, false)
            .tab("tab-exchange", "/exchange", "交换监控", None, false)
            .figures("resource-figures", "", figures)
            .table(Table::new("requests", "共享申请", &["单位用途", "信息项", "状态", "期限经过"]).lines(lines))
            .table(
                Table::new("resources", "资源目录", &["资源", "共享类型", "信息项和条件", "更新"])
                    .lines(resources.iter().map(resource_line)),
            );
        let objected = Table::new("objections", "数据异议", &["资源", "申请人说", "结果"]).empty("没有异议。");
        board = board.table(objected.lines(objections.iter().rev().take(100).map(|one| objection_line(&who, one))));
        board = board.form_if(who.member.may(Action::AskData), || ask_form(&resources));
        board
            .form_if(who.member.may(Action::EditResources), || {
                let form =
                    Form::new("resource", "/resources/put", "保存").title("编目").hint("资源登记为数据文件格式").fold();
                form.tall("json", "资源（JSON）", 14)
            })
            .page()
    });
    answer(&state, &who, result)
}

fn verdict(fields: &Fields) -> Result<bool, CentreError> {
    match fields.get("verdict") {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(CentreError::invalid(ErrorCode::FieldMissing, "verdict")),
    }
}

fn words(text: &str) -> Vec<String> {
    text.split([' ', '、', ',', '，']).map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

does! {
    /// 申请.
    ask(centre, by, fields) -> "/resources" => centre.sharing().ask_for(&by, &Applied {
        resource: fields.get("resource").into(),
        org: fields.get("org").into(),
        items: words(fields.get("items")),
        fields: words(fields.get("fields")),
        purpose: fields.get("purpose").into(),
        scene: fields.get("scene").into(),
        legal_basis: fields.get("legal_basis").into(),
        daily_quota: fields.get("daily_quota").parse().unwrap_or(0),
        from: fields.get("from").into(),
        to: fields.get("to").into(),
        security_person: fields.get("security_person").into(),
    }).map(|_| ());
    /// 合规审核.
    check(centre, by, fields) -> "/resources" =>
        centre.sharing().check_request(&by, fields.get("id"), verdict(&fields)?, fields.get("reason")).map(|_| ());
    /// 提供方答复.
    reply(centre, by, fields) -> "/resources" =>
        centre.sharing().answer_request(&by, fields.get("id"), verdict(&fields)?, fields.get("reason")).map(|_| ());
    /// 提请协调.
    dispute(centre, by, fields) -> "/resources" =>
        centre.sharing().dispute_request(&by, fields.get("id"), fields.get("reason")).map(|_| ());
    /// 协调结论.
    coordinate(centre, by, fields) -> "/resources" =>
        centre.sharing().coordinate_request(&by, fields.get("id"), verdict(&fields)?, fields.get("reason")).map(|_| ());
    /// 终止授权.
    end(centre, by, fields) -> "/resources" =>
        centre.sharing().end_request(&by, fields.get("id"), fields.get("reason")).map(|_| ());
    /// 异议核实.
    objection(centre, by, fields) -> "/resources" => centre
        .sharing()
        .answer_objection(&by, fields.get("id"), verdict(&fields)?, fields.get("reason"))
        .map(|_| ());
    /// 编目.
    put(centre, by, fields) -> "/resources" => {
        let resource: Resource = serde_json::from_str(fields.raw("json"))
            .map_err(|error| CentreError::invalid(ErrorCode::FieldInvalid, format!("resource: {error}")))?;
        centre.sharing().put_resource(&by, &resource)
    };
    /// 重发.
    retry(centre, by, fields) -> "/exchange" => centre.exchange().retry(&by, fields.get("id"));
}

/// Which day.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct DayQuery {
    #[serde(default)]
    day: String,
    #[serde(default)]
    state: String,
}

fn message_line(who: &Who, message: &MessageLine) -> Line {
    let state = match message.state.as_str() {
        "ready" => ("待发", "blue"),
        "laid" => ("已投递，待回执", "blue"),
        "acked" => ("已回执", "green"),
        _ => ("失败", "red"),
    };
    let again = message.state == "failed" && who.member.may(Action::RunExchange);
    let why = if message.code == "0" { String::new() } else { format!("{} {}", message.code, message.detail) };
    let cells = vec![
        Cell::two(&message.kind, format!("{} · {}", message.peer, message.id)),
        Cell::num(moment(message.created_ms)),
        Cell::tag(state),
        Cell::two(format!("{} 次", message.tries), why),
    ];
    Line::new(format!("message-{}", message.id), cells).act_if(again, || {
        Form::new(format!("retry-{}", message.id), "/exchange/retry", "重发").hidden("id", &message.id)
    })
}

fn day_line(day: &ExchangeDay) -> Line {
    let number = |count: u64| Cell::num(count);
    Line::new(
        "",
        vec![
            Cell::two(&day.kind, &day.peer),
            number(day.acked),
            number(day.ready + day.laid),
            number(day.failed),
            number(day.retried),
            number(day.received),
        ],
    )
}

fn report_line(one: &DayReport) -> Line {
    let differ = one.differ.iter().map(|one| format!("{} 我方 {} 对方 {}", one.kind, one.ours, one.theirs));
    let differ: Vec<String> = differ.collect();
    let state = if differ.is_empty() { ("一致", "green") } else { ("不一致", "red") };
    Line::new(
        "",
        vec![Cell::two(&one.day, &one.peer), Cell::num(one.agree), Cell::tag(state), Cell::text(differ.join("；"))],
    )
}

/// 交换监控.
pub(crate) async fn exchange(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Query(query): Query<DayQuery>,
) -> Response {
    let member = who.member.clone();
    let day = parse_date(&query.day).map_or_else(|| date_text(local_day(state.clock.wall())), date_text);
    let asked = day.clone();
    let wanted = Some(query.state.as_str())
        .filter(|one| matches!(*one, "ready" | "laid" | "acked" | "failed"))
        .unwrap_or("")
        .to_owned();
    let found = state
        .blocking(move |centre| {
            let exchange = centre.exchange();
            Ok((
                exchange.monitor(&member, &asked)?,
                exchange.messages(&member, &asked, &wanted)?,
                exchange.reconciliations(&member)?,
            ))
        })
        .await;
    let result = found.map(|(days, messages, reports)| {
        let mut board = Board::new(Shell::staff(&state, &who, "交换监控", "/resources"))
            .under("/resources", "数据共享")
            .form(Form::new("day", "/exchange", "查看").asks().date("day", "日期").value(&day));
        for (key, words) in
            [("", "全部"), ("ready", "待发"), ("laid", "待回执"), ("acked", "已回执"), ("failed", "失败")]
        {
            board = board.tab(
                format!("state-{key}"),
                format!("/exchange?day={day}&state={key}"),
                words,
                None,
                query.state == key,
            );
        }
        board
            .table(
                Table::new("exchange-days", "当日统计", &["类型", "已回执", "在途", "失败", "重发", "收到"])
                    .lines(days.iter().map(day_line)),
            )
            .table(
                Table::new("messages", "报文", &["类型", "时间", "状态", "尝试"])
                    .note("只列编号和结果，不显示内容。")
                    .lines(messages.iter().map(|one| message_line(&who, one))),
            )
            .table(
                Table::new("reports", "日对账", &["日期", "一致", "结论", "差异"])
                    .lines(reports.iter().rev().take(60).map(report_line)),
            )
            .page()
    });
    answer(&state, &who, result)
}
