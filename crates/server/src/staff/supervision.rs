//! 监察: cards, 督办, appeals, spot checks, dead letters; ratings.

use super::account::grade_words;
use super::answer;
use super::desk::{card_state, colour};
use crate::guard::{Fields, Who};
use crate::html::{Shell, moment};
use crate::kit::{Board, Cell, Figure, Form, Line, Table};
use crate::state::AppState;
use axum::extract::{Extension, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tongban_centre::ratings::Rating;
use tongban_centre::rights::Action;
use tongban_centre::supervision::{Card, Colour, DeadLetter, UrgeOrder};
use tongban_centre::{Centre, CentreError};
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::CaseId;

/// Which part of the page.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ViewQuery {
    #[serde(default)]
    view: String,
}

impl ViewQuery {
    /// The word.
    pub fn view(&self) -> &str {
        &self.view
    }
}

struct Found {
    cards: Vec<Card>,
    orders: Vec<UrgeOrder>,
    dead: Vec<DeadLetter>,
    checks: Vec<(String, String)>,
}

fn case_id(text: &str) -> Result<CaseId, CentreError> {
    text.trim().parse().map(CaseId).map_err(|_| CentreError::not_found("case"))
}

fn card_line(who: &Who, card: &Card) -> Line {
    let person = card.person.as_ref().map_or_else(String::new, |person| format!("责任人 {person} · "));
    let cells = vec![
        Cell::tag(colour(card)),
        Cell::two(card.text.clone(), card_state(card)),
        Cell::link(format!("/cases/{}", card.case), card.project_no.clone(), format!("{person}{}", moment(card.at_ms))),
    ];
    let answers = card.appeal.is_some() && card.revoked.is_none();
    let own = card.person.as_ref() == Some(&who.member.id);
    Line::new("", cells).act_if(answers && !own, || {
        Form::new("answer", "/supervision/answer", "复核申诉")
            .hidden("id", &card.id)
            .radio("revoke", "结论", &[("yes", "撤销此牌", "记录保留"), ("no", "维持", "")])
            .area("reason", "理由")
    })
}

fn cards(board: Board, who: &Who, found: &Found) -> Board {
    let mut cards: Vec<&Card> = found.cards.iter().collect();
    cards.sort_by_key(|card| (card.revoked.is_some(), card.appeal.is_none(), std::cmp::Reverse(card.at_ms)));
    let table = Table::new("cards", "红黄牌", &["牌", "内容", "办件"]).note("红黄牌只能撤销，不能删除。");
    board.table(table.lines(cards.into_iter().take(200).map(|card| card_line(who, card)))).form(
        Form::new("check", "/supervision/check", "登记抽查")
            .title("抽查办件")
            .fold()
            .line("case", "办件标识（办件页网址末段）")
            .area("finding", "抽查情况")
            .radio("result", "结论", &[("clean", "未发现问题", ""), ("fault", "发现问题", "发红牌")]),
    )
}

fn orders(board: Board, found: &Found) -> Board {
    let line = |order: &UrgeOrder| {
        let state = order.answer.as_ref().map_or(("待答复", "amber"), |_| ("已办结", "green"));
        let words = order.answer.as_ref().map(|(text, at)| format!("{text}（{}）", moment(*at))).unwrap_or_default();
        Line::new(
            format!("order-{}", order.id),
            vec![
                Cell::link(format!("/cases/{}", order.case), &order.id, moment(order.at_ms)),
                Cell::tag(state),
                Cell::text(words),
            ],
        )
        .act_if(order.answer.is_none(), || {
            Form::new("order-answer", "/supervision/order", "答复督办")
                .hidden("card", &order.card)
                .area("text", "办理情况")
        })
    };
    let table = Table::new("orders", "督办单", &["编号", "状态", "办理情况"]).note("红牌发出满 1 个工作日自动生成。");
    board.table(table.lines(found.orders.iter().rev().map(line)))
}

fn dead(board: Board, found: &Found) -> Board {
    let line = |letter: &DeadLetter| {
        Line::new(
            "",
            vec![
                Cell::link(format!("/cases/{}", letter.case), letter.code.clone(), moment(letter.at_ms)),
                Cell::text(&letter.reason),
            ],
        )
        .act(
            Form::new("settle", "/supervision/settle", "处理完毕")
                .hidden("case", &letter.case)
                .area("note", "怎样处理的"),
        )
    };
    let table =
        Table::new("dead-letters", "滞留办件", &["办件", "原因"]).note("程序无法继续办理的办件，须人看过并处理。");
    board.table(table.lines(found.dead.iter().map(line)))
}

fn gather(centre: &Centre, by: &tongban_centre::staff::Member) -> Result<Found, CentreError> {
    Ok(Found {
        cards: centre.supervision().cards(by)?,
        orders: centre.supervision().orders(by)?,
        dead: centre.lifecycle().dead_letters()?,
        checks: centre.supervision().checks(by)?,
    })
}

pub(crate) async fn page(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Query(query): Query<ViewQuery>,
) -> Response {
    let member = who.member.clone();
    let found = state.blocking(move |centre| gather(centre, &member)).await;
    let result = found.map(|found| {
        let live = |colour| found.cards.iter().filter(|card| card.revoked.is_none() && card.colour == colour).count();
        let open = found.orders.iter().filter(|order| order.answer.is_none()).count();
        let figures = vec![
            Figure::new("count-red", "红牌", live(Colour::Red)).class(if live(Colour::Red) > 0 { "red" } else { "" }),
            Figure::new("count-yellow", "黄牌", live(Colour::Yellow)).class(if live(Colour::Yellow) > 0 {
                "amber"
            } else {
                ""
            }),
            Figure::new("count-orders", "督办办结", format!("{} / {}", found.orders.len() - open, found.orders.len())),
            Figure::new("count-checks", "抽查", found.checks.len()),
        ];
        let view = query.view.as_str();
        let board = Board::new(Shell::staff(&state, &who, "电子监察", "/supervision"))
            .figures("supervision", "", figures)
            .tab("tab-cards", "/supervision", "红黄牌", Some(found.cards.len()), view.is_empty())
            .tab("tab-orders", "/supervision?view=orders", "督办单", Some(found.orders.len()), view == "orders")
            .tab("tab-dead", "/supervision?view=dead", "滞留办件", Some(found.dead.len()), view == "dead");
        match view {
            "orders" => orders(board, &found),
            "dead" => dead(board, &found),
            _ => cards(board, &who, &found),
        }
        .page()
    });
    answer(&state, &who, result)
}

/// Only a path of this site is gone back to.
fn home(path: &str) -> &str {
    if path.starts_with("/cases/") && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-".contains(&byte)) {
        path
    } else {
        "/todo"
    }
}

macro_rules! does {
    ($($(#[$doc:meta])* $name:ident($centre:ident, $by:ident, $fields:ident) -> $to:expr => $work:expr;)+) => {$(
        $(#[$doc])*
        pub(crate) async fn $name(
            State(state): State<AppState>,
            Extension(who): Extension<Who>,
            Extension($fields): Extension<Fields>,
        ) -> Response {
            let $by = who.member.clone();
            let to: String = $to.to_owned();
            let done = state.blocking(move |$centre| { $work?; Ok(()) }).await;
            answer(&state, &who, done.map(|()| Redirect::to(&to).into_response()))
        }
    )+};
}
pub(crate) use does;

does! {
    /// 申诉.
    appeal(centre, by, fields) -> home(fields.get("back")) => centre.supervision().appeal(&by, fields.get("id"), fields.get("text"));
    /// 复核.
    answer_appeal(centre, by, fields) -> "/supervision" =>
        centre.supervision().answer_appeal(&by, fields.get("id"), fields.get("revoke") == "yes", fields.get("reason"));
    /// 督办答复.
    answer_order(centre, by, fields) -> (if by.may(Action::Supervise) { "/supervision?view=orders" } else { "/todo" }) =>
        centre.supervision().answer_order(&by, fields.get("card"), fields.get("text"));
    /// 抽查.
    check(centre, by, fields) -> "/supervision" => {
        if !matches!(fields.get("result"), "clean" | "fault") {
            return Err(CentreError::invalid(ErrorCode::FieldMissing, "result"));
        }
        centre.supervision().spot_check(&by, case_id(fields.get("case"))?, fields.get("finding"), fields.get("result") == "fault")
    };
    /// 滞留办件处理完毕.
    settle(centre, by, fields) -> "/supervision?view=dead" => {
        if fields.get("note").is_empty() {
            return Err(CentreError::invalid(ErrorCode::ReasonMissing, "note"));
        }
        centre.supervision().settle(&by, case_id(fields.get("case"))?, fields.get("note"))
    };
    /// 误评、恶意差评 excluded.
    exclude(centre, by, fields) -> "/ratings" => centre.ratings().exclude(&by, fields.get("service"), fields.get("reason"));
}

fn rating_line(rating: &Rating) -> Line {
    let mut more = rating.tags.join("、");
    if let Some((grade, text, _)) = &rating.addition {
        more.push_str(&format!(" 追评：{} {text}", grade_words(*grade).0));
    }
    let follow = match (&rating.ticket, &rating.excluded) {
        (_, Some(reason)) => Cell::two("不计入", reason.clone()),
        (Some(ticket), None) => Cell::link(
            format!("/tickets/{ticket}"),
            ticket.clone(),
            format!(
                "{} 前联系，{} 前整改",
                rating.contact_by.clone().unwrap_or_default(),
                rating.fix_by.clone().unwrap_or_default()
            ),
        ),
        (None, None) => Cell::text("—"),
    };
    let open = rating.excluded.is_none() && rating.grade.is_bad();
    Line::new(
        "",
        vec![
            Cell::tag(grade_words(rating.grade)),
            Cell::two(rating.text.clone(), more),
            Cell::two(rating.place.clone(), moment(rating.at_ms)),
            follow,
        ],
    )
    .act_if(open, || {
        Form::new("exclude", "/ratings/exclude", "认定误评")
            .hidden("service", &rating.service)
            .area("reason", "复核理由")
    })
}

/// 好差评.
pub(crate) async fn ratings(State(state): State<AppState>, Extension(who): Extension<Who>) -> Response {
    let member = who.member.clone();
    let found = state.blocking(move |centre| centre.ratings().all(&member)).await;
    let result = found.map(|all| {
        let counted: Vec<&Rating> = all.iter().filter(|rating| rating.excluded.is_none()).collect();
        let parts: Vec<(&str, u64, &str)> = [("非常满意", 1), ("满意", 2), ("基本满意", 3), ("不满意和非常不满意", 4)]
            .into_iter()
            .zip(["a", "b", "c", "d"])
            .map(|((words, code), class)| {
                let fits =
                    |rating: &&&Rating| if code == 4 { rating.grade.is_bad() } else { rating.grade.code() == code };
                (words, counted.iter().filter(fits).count() as u64, class)
            })
            .collect();
        let table = Table::new("ratings", "评价", &["评价", "内容", "地点时间", "回访整改"])
            .note("评价人不向任何被评价人显示。");
        Board::new(Shell::staff(&state, &who, "好差评", "/ratings"))
            .lead("一次一评；差评 1 个工作日内联系、15 个工作日内整改。")
            .picture(
                "rating-chart",
                "分布",
                crate::chart::parts("评价分布", &parts),
                format!("计入 {} 条，共 {} 条", counted.len(), all.len()),
            )
            .table(table.lines(all.iter().rev().take(200).map(rating_line)))
            .page()
    });
    answer(&state, &who, result)
}
