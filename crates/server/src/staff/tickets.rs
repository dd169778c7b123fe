//! 诉求和热线: complaints, questions, suggestions, 办不成事, 12345, follow-ups of bad ratings.

use super::answer;
use super::supervision::does;
use crate::guard::{Fields, Who};
use crate::html::{Shell, moment, status_words};
use crate::kit::{Board, Cell, Figure, Form, Line, Table};
use crate::state::AppState;
use axum::extract::{Extension, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tongban_centre::tickets::{Ticket, TicketKind};
use tongban_centre::{CentreError, public::Progress};
use tongban_domain::code::ErrorCode;
use tongban_domain::limits::{date_text, local_day};

/// A kind in words.
pub(crate) const fn kind_words(kind: TicketKind) -> &'static str {
    match kind {
        TicketKind::Complaint => "投诉",
        TicketKind::Question => "咨询",
        TicketKind::Suggestion => "建议",
        TicketKind::CannotBeDone => "办不成事",
        TicketKind::Hotline => "12345 转办",
        TicketKind::BadRating => "差评回访",
    }
}

/// The kind a form names.
pub(crate) fn kind_of(word: &str) -> Result<TicketKind, CentreError> {
    Ok(match word {
        "complaint" => TicketKind::Complaint,
        "question" => TicketKind::Question,
        "suggestion" => TicketKind::Suggestion,
        "cannot_be_done" => TicketKind::CannotBeDone,
        "hotline" => TicketKind::Hotline,
        _ => return Err(CentreError::invalid(ErrorCode::FieldMissing, "kind")),
    })
}

const KINDS: [(&str, &str); 5] = [
    ("question", "咨询"),
    ("complaint", "投诉"),
    ("suggestion", "建议"),
    ("cannot_be_done", "办不成事"),
    ("hotline", "12345 转办"),
];

/// Which tickets.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct TicketQuery {
    #[serde(default)]
    view: String,
}

/// State in words; late ones red.
fn state_words(ticket: &Ticket, today: &str) -> (String, &'static str) {
    let until = ticket.extended.as_ref().map_or(&ticket.answer_by, |(until, _)| until);
    match (&ticket.handler, &ticket.answer) {
        (_, Some(_)) => ("已答复".to_owned(), "green"),
        (None, None) if ticket.sign_by.as_str() < today => ("签收超期".to_owned(), "red"),
        (None, None) => (format!("待签收，{} 前", ticket.sign_by), "amber"),
        (Some(_), None) if until.as_str() < today => ("答复超期".to_owned(), "red"),
        (Some(by), None) => (format!("{by} 办理中，{until} 前"), "blue"),
    }
}

fn line(ticket: &Ticket, today: &str) -> Line {
    let cells = vec![
        Cell::link(
            format!("/tickets/{}", ticket.id),
            ticket.text.chars().take(60).collect::<String>(),
            format!("{} · {}", ticket.id, moment(ticket.at_ms)),
        ),
        Cell::text(kind_words(ticket.kind)),
        Cell::tag(state_words(ticket, today)),
    ];
    Line::new(format!("ticket-{}", ticket.id), cells).act_if(ticket.handler.is_none(), || {
        Form::new(format!("sign-{}", ticket.id), "/tickets/sign", "签收").hidden("id", &ticket.id)
    })
}

pub(crate) async fn list(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Query(query): Query<TicketQuery>,
) -> Response {
    let member = who.member.clone();
    let found = state.blocking(move |centre| centre.tickets().all(&member)).await;
    let today = date_text(local_day(state.clock.wall()));
    let result = found.map(|all| {
        let mine = |ticket: &&Ticket| ticket.handler.as_ref() == Some(&who.member.id) && ticket.answer.is_none();
        let done = |ticket: &&Ticket| ticket.answer.is_some();
        let late = |ticket: &&Ticket| state_words(ticket, &today).1 == "red";
        let chosen: Vec<&Ticket> = match query.view.as_str() {
            "mine" => all.iter().filter(mine).collect(),
            "done" => all.iter().rev().filter(done).take(200).collect(),
            "late" => all.iter().filter(late).collect(),
            _ => all.iter().filter(|ticket| !done(ticket)).collect(),
        };
        let count = |keep: &dyn Fn(&&Ticket) -> bool| Some(all.iter().filter(|one| keep(one)).count());
        let view = query.view.as_str();
        Board::new(Shell::staff(&state, &who, "诉求", "/tickets"))
            .tab("tab-open", "/tickets", "未办结", count(&|one| !done(one)), view.is_empty())
            .tab("tab-mine", "/tickets?view=mine", "我的", count(&mine), view == "mine")
            .tab("tab-late", "/tickets?view=late", "超期", count(&late), view == "late")
            .tab("tab-done", "/tickets?view=done", "已答复", count(&done), view == "done")
            .table(
                Table::new("tickets", "", &["内容", "类别", "状态"])
                    .lines(chosen.into_iter().map(|one| line(one, &today))),
            )
            .form(open_form("window").title("代为登记").fold())
            .page()
    });
    answer(&state, &who, result)
}

fn open_form(source: &str) -> Form {
    Form::new("ticket", "/tickets", "登记")
        .hidden("source", source)
        .select("kind", "类别", KINDS)
        .line("about", "关于哪件办件（受理号或办件标识）")
        .optional()
        .area("text", "内容（不要写证件号码）")
        .max(2000)
}

pub(crate) async fn one(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Path(id): Path<String>,
) -> Response {
    let found = state.blocking(move |centre| centre.tickets().get(&id)).await;
    let today = date_text(local_day(state.clock.wall()));
    let result = found.map(|ticket| {
        let mut facts = vec![
            ("类别".to_owned(), kind_words(ticket.kind).to_owned()),
            ("来源".to_owned(), source_words(&ticket.source).to_owned()),
            ("时间".to_owned(), moment(ticket.at_ms)),
            ("关于".to_owned(), if ticket.about.is_empty() { "—".to_owned() } else { ticket.about.clone() }),
            ("签收期限".to_owned(), ticket.sign_by.clone()),
            ("答复期限".to_owned(), ticket.answer_by.clone()),
            ("状态".to_owned(), state_words(&ticket, &today).0),
        ];
        if let Some((until, reason)) = &ticket.extended {
            facts.push(("延期".to_owned(), format!("至 {until}：{reason}")));
        }
        if let Some((text, at)) = &ticket.answer {
            facts.push(("答复".to_owned(), format!("{text}（{}）", moment(*at))));
        }
        let open = ticket.answer.is_none();
        let mine = ticket.handler.is_some() && open;
        let complaint = ticket.kind == TicketKind::Complaint;
        Board::new(Shell::staff(&state, &who, format!("诉求 {}", ticket.id), "/tickets"))
            .under("/tickets", "诉求")
            .facts("ticket-facts", &ticket.text, facts)
            .form_if(ticket.handler.is_none() && open, || {
                Form::new("sign", "/tickets/sign", "签收并承办").hidden("id", &ticket.id)
            })
            .form_if(mine, || {
                let form = Form::new("reply", "/tickets/answer", "答复")
                    .title("答复")
                    .hidden("id", &ticket.id)
                    .area("text", "答复内容");
                if complaint {
                    form.radio("true", "投诉是否属实", &[("yes", "属实", "相关办件发红牌"), ("no", "不属实", "")])
                } else {
                    form
                }
            })
            .form_if(mine && ticket.extended.is_none(), || {
                Form::new("extend", "/tickets/extend", "延期")
                    .title("延期答复")
                    .hint("只能一次")
                    .fold()
                    .hidden("id", &ticket.id)
                    .area("reason", "理由")
            })
            .page()
    });
    answer(&state, &who, result)
}

fn source_words(source: &str) -> &'static str {
    match source {
        "kiosk" => "自助终端",
        "window" => "窗口",
        "web" => "网上",
        "phone" => "电话",
        "rating" => "评价",
        _ => "其他",
    }
}

does! {
    /// 登记.
    open(centre, by, fields) -> (if fields.get("source") == "phone" { "/hotline" } else { "/tickets" }) => {
        let source = if fields.get("source") == "phone" { "phone" } else { "window" };
        let kind = kind_of(fields.get("kind"))?;
        centre.tickets().open(kind, fields.get("about"), fields.get("text"), source).and_then(|ticket| {
            centre.staff().note(&by.id.0, "ticket.take", &ticket.id, "ok", "")
        })
    };
    /// 签收.
    sign(centre, by, fields) -> format!("/tickets/{}", fields.get("id").trim_matches('/')) => centre.tickets().sign(&by, fields.get("id"));
    /// 延期.
    extend(centre, by, fields) -> "/tickets?view=mine" => centre.tickets().extend(&by, fields.get("id"), fields.get("reason"));
    /// 答复.
    reply(centre, by, fields) -> "/tickets?view=mine" => {
        let found = match fields.get("true") {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        centre.tickets().answer(&by, fields.get("id"), fields.get("text"), found)
    };
}

/// What the caller asks about: an item's words.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct HotlineQuery {
    #[serde(default)]
    q: String,
}

fn hotline_board(state: &AppState, who: &Who, q: &str, progress: Option<Result<Progress, ErrorCode>>) -> Board {
    let items = state.centre.catalogue().all();
    let wanted = q.trim();
    let fits = |item: &&std::sync::Arc<tongban_domain::item::ServiceItem>| {
        !wanted.is_empty()
            && (item.name.contains(wanted) || item.keywords.iter().any(|word| word.contains(&wanted.to_lowercase())))
    };
    let lines: Vec<Line> = items
        .iter()
        .filter(fits)
        .map(|item| {
            let guide = item.guide.as_ref();
            let where_ = guide.map(|guide| format!("{} · {}", guide.address, guide.hours)).unwrap_or_default();
            let materials = item.materials.len();
            Line::new(
                "",
                vec![
                    Cell::link(format!("/library/{}/guide", item.key), item.name.clone(), where_),
                    Cell::text(format!("承诺 {} 个工作日，材料 {materials} 份", item.promised_days)),
                    Cell::text(guide.map(|guide| guide.consult.clone()).unwrap_or_default()),
                ],
            )
        })
        .collect();
    let mut board = Board::new(Shell::staff(state, who, "热线坐席", "/hotline"))
        .lead("来电人说什么、办到哪一步、要找谁，都在这一页；不显示证件号码。")
        .form(
            Form::new("find", "/hotline", "查指南").asks().title("问什么事").line("q", "事项名称或常用说法").value(q),
        );
    if !wanted.is_empty() {
        board = board.table(
            Table::new("answers", "指南", &["事项", "时限材料", "咨询电话"])
                .lines(lines)
                .empty("没有找到，请换一个说法，或登记咨询。"),
        );
    }
    board = match progress {
        Some(Ok(progress)) => {
            let when = |at: Option<i64>| at.map_or_else(|| "—".to_owned(), moment);
            let mut facts = vec![
                ("事项".to_owned(), progress.item_name.clone()),
                ("状态".to_owned(), status_words(&progress.status).0.to_owned()),
                ("承诺办结".to_owned(), progress.due.clone().unwrap_or_else(|| "受理后计算".to_owned())),
            ];
            facts.extend(progress.milestones.iter().map(|(label, at)| ((*label).to_owned(), when(*at))));
            board.facts("progress", "办件进度", facts)
        }
        Some(Err(_)) => board.say("progress-wrong", "warn", "受理号或查询密码不对，请来电人看回执单。"),
        None => board,
    };
    board
        .form(
            Form::new("progress-ask", "/hotline", "查进度")
                .title("查办件进度")
                .line("receipt", "受理号（20 位）")
                .line("password", "查询密码（6 位，见回执单）"),
        )
        .form(open_form("phone").title("登记诉求"))
}

pub(crate) async fn hotline(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Query(query): Query<HotlineQuery>,
) -> Response {
    let member = who.member.clone();
    let asked = query.q.clone();
    let found = state
        .blocking(move |centre| {
            let known = if asked.trim().is_empty() { Vec::new() } else { centre.knowledge().search(&asked)? };
            Ok((centre.tickets().all(&member)?, known))
        })
        .await;
    let result = found.map(|(all, known)| {
        let waiting = all.iter().filter(|ticket| ticket.handler.is_none()).count();
        let phone = all.iter().filter(|ticket| ticket.source == "phone").count();
        let board = hotline_board(&state, &who, &query.q, None);
        let board = if known.is_empty() { board } else { board.table(super::knowledge::found(&known)) };
        board
            .figures(
                "hotline",
                "",
                vec![
                    Figure::new("hotline-waiting", "待签收", waiting).href("/tickets"),
                    Figure::new("hotline-phone", "电话登记", phone),
                ],
            )
            .page()
    });
    answer(&state, &who, result)
}

/// 查进度 for a caller who reads the slip aloud.
pub(crate) async fn hotline_progress(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let found =
        state.blocking(move |centre| centre.public().progress(fields.get("receipt"), fields.get("password"))).await;
    let progress = match found {
        Ok(progress) => Ok(progress),
        Err(failure) if failure.code == ErrorCode::NotFound || failure.code == ErrorCode::TooManyRequests => {
            Err(failure.code)
        }
        Err(failure) => return answer(&state, &who, Err(failure)),
    };
    hotline_board(&state, &who, "", Some(progress)).page()
}
