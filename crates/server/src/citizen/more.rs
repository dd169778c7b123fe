//! 场景式服务, 中介服务 and 个人消息.

use super::{refused, shell};
use crate::error::Failure;
use crate::guard::{Fields, Visitor};
use crate::html::moment;
use crate::kit::{Board, Cell, Figure, Form, Line, Table};
use crate::state::AppState;
use axum::extract::{Extension, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use time::Duration;
use tongban_centre::CentreError;
use tongban_centre::intermediaries::Offer;
use tongban_centre::notices::Notice;
use tongban_centre::open::Decision;
use tongban_centre::ratings::Grade;
use tongban_domain::clock::WallTime;
use tongban_domain::code::ErrorCode;
use tongban_domain::item::ServiceItem;
use tongban_domain::limits::{date_text, local_day};
use tongban_domain::situation::{Place, Situations, materials};

/// Which situation and what was answered: places joined by dots.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Way {
    #[serde(default)]
    s: String,
    #[serde(default)]
    a: String,
}

impl Way {
    fn answers(&self) -> Option<Vec<usize>> {
        let parts = self.a.split('.').filter(|part| !part.is_empty()).take(16);
        parts.map(|part| part.parse().ok()).collect()
    }
}

/// 我要办…: questions, then the item with its materials.
pub(crate) async fn situation(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Query(way): Query<Way>,
) -> Response {
    let trees = match state.blocking(|centre| centre.situations().all()).await {
        Ok(trees) => trees.unwrap_or(Situations { v: 1, situations: Vec::new() }),
        Err(failure) => return refused(&state, &failure),
    };
    let board = Board::new(shell(&state, "我要办事", &visitor)).under("/guide", "办事指南");
    if way.s.is_empty() {
        let line = |one: &tongban_domain::situation::Situation| {
            let href = format!("/situation?s={}", one.key);
            Line::new(format!("situation-{}", one.key), vec![Cell::link(href, one.title.clone(), "")])
        };
        let table = Table::new("situations", "您想办什么？", &["场景"]).lines(trees.situations.iter().map(line));
        return board.lead("回答几个问题，就知道办哪一项、要带什么。").table(table.empty("暂无场景。")).page();
    }
    let place = trees.get(&way.s).zip(way.answers()).and_then(|(one, answers)| one.walk(&answers).map(|at| (one, at)));
    let Some((situation, place)) = place else { return refused(&state, &Failure::not_found()) };
    let board = board.under("/situation", situation.title.clone());
    match place {
        Place::Ask { question, answers } => {
            let line = |(at, answer): (usize, &tongban_domain::situation::Answer)| {
                let href = format!("/situation?s={}&a={}.{at}", way.s, way.a);
                Line::new(format!("answer-{at}"), vec![Cell::link(href, answer.text.clone(), "")])
            };
            board
                .table(Table::new("question", question, &["请选择"]).lines(answers.iter().enumerate().map(line)))
                .page()
        }
        Place::Advice(text) => board.say("advice", "", text).page(),
        Place::Item { item, values } => match state.centre.catalogue().latest(item) {
            Some(item) => found(board, &item, &materials(&item, values)).page(),
            None => refused(&state, &Failure::not_found()),
        },
    }
}

fn found(board: Board, item: &ServiceItem, list: &[(&tongban_domain::item::Requirement, bool)]) -> Board {
    let line = |(one, sure): &(&tongban_domain::item::Requirement, bool)| {
        let from_agency = one.detail.as_ref().is_some_and(|detail| detail.source == "30");
        let how = match one.how {
            tongban_domain::item::How::Share { .. } => ("免提交，部门数据", "green"),
            tongban_domain::item::How::Card => ("刷身份证", "green"),
            tongban_domain::item::How::Form => ("现场填写", ""),
            tongban_domain::item::How::Capture => ("带原件", "amber"),
        };
        let note = if *sure { "" } else { "视情况" };
        let name = if from_agency {
            Cell::link(format!("/agencies?material={}", one.name), one.name.clone(), "可选中介机构")
        } else {
            Cell::two(one.name.clone(), note)
        };
        Line::new(format!("material-{}", one.id), vec![name, Cell::tag(how)])
    };
    let days =
        if item.promised_days == 0 { "当场办结".into() } else { format!("{} 个工作日", item.promised_days) };
    let facts = vec![
        ("事项".to_owned(), item.name.clone()),
        ("办理部门".to_owned(), item.org.name.clone()),
        ("承诺时限".to_owned(), days),
    ];
    board
        .facts("found", "为您找到", facts)
        .tab("guide-link", format!("/guide/{}", item.key), "看办事指南", None, false)
        .table(Table::new("needed", "需要的材料", &["材料", "怎样提供"]).lines(list.iter().map(line)))
}

/// Which material.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct MaterialQuery {
    #[serde(default)]
    material: String,
}

fn offer_line(offer: &Offer) -> Line {
    let stars = offer.stars.map_or_else(
        || "暂无评价".to_owned(),
        |tenths| format!("{}.{} 星（{} 次）", tenths / 10, tenths % 10, offer.marks),
    );
    Line::new(
        format!("offer-{}", offer.code),
        vec![
            Cell::two(offer.name.clone(), offer.qualification.clone()),
            Cell::two(offer.service.material.clone(), format!("{} 个工作日", offer.service.days)),
            Cell::two(
                format!("{}.{:02} 元", offer.service.fen / 100, offer.service.fen % 100),
                offer.service.basis.clone(),
            ),
            Cell::two(stars, offer.phone.clone()),
        ],
    )
}

/// 办过事的人评价.
fn mark_form(offers: &[Offer]) -> Form {
    let choice = |one: &Offer| {
        (format!("{}|{}", one.code, one.service.material), format!("{}：{}", one.name, one.service.material))
    };
    Form::new("mark", "/agencies", "评价")
        .title("用过的机构，评价一次")
        .fold()
        .line("receipt", "受理号（20 位，见回执单）")
        .max(30)
        .line("password", "查询密码（6 位，见回执单）")
        .max(6)
        .select("offer", "机构和材料", offers.iter().map(choice))
        .select("grade", "评价", GRADES.iter().map(|(key, words, _)| (*key, *words)))
        .line("text", "说明")
        .optional()
        .max(500)
}

const GRADES: [(&str, &str, Grade); 5] = [
    ("1", "非常满意", Grade::VerySatisfied),
    ("2", "满意", Grade::Satisfied),
    ("3", "基本满意", Grade::Fair),
    ("4", "不满意", Grade::Dissatisfied),
    ("5", "非常不满意", Grade::VeryDissatisfied),
];

/// A mark with the slip of the case.
pub(crate) async fn mark(State(state): State<AppState>, Extension(fields): Extension<Fields>) -> Response {
    let done = state
        .blocking(move |centre| {
            let case = centre.public().own_case(fields.get("receipt"), fields.get("password"))?;
            let wrong = || CentreError::invalid(ErrorCode::FieldInvalid, "offer or grade");
            let (code, material) = fields.get("offer").split_once('|').ok_or_else(wrong)?;
            let grade = GRADES.iter().find(|(key, _, _)| *key == fields.get("grade")).ok_or_else(wrong)?.2;
            centre.intermediaries().mark(case, code, material, grade, fields.get("text"))
        })
        .await;
    done.map_or_else(|failure| refused(&state, &failure), |()| Redirect::to("/agencies").into_response())
}

/// 中介服务: who makes a material, at which price, how it was rated.
pub(crate) async fn agencies(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Query(query): Query<MaterialQuery>,
) -> Response {
    let wanted = query.material.clone();
    let offers = match state.blocking(move |centre| centre.intermediaries().offers(&wanted)).await {
        Ok(offers) => offers,
        Err(failure) => return refused(&state, &failure),
    };
    let table = Table::new("offers", "", &["机构", "材料和时限", "收费", "评价和电话"])
        .lines(offers.iter().map(offer_line))
        .empty("没有机构登记这项服务。");
    Board::new(shell(&state, "中介服务", &visitor))
        .under("/guide", "办事指南")
        .lead("由您自己选择，部门不指定、不推荐。评价来自办过事的人。")
        .table(table)
        .form_if(!offers.is_empty(), || mark_form(&offers))
        .page()
}

fn notice_board(state: &AppState, visitor: &Visitor) -> Board {
    Board::new(shell(state, "我的消息", visitor)).lead("办件有进展、证照快到期，都在这里告诉您。").form(
        Form::new("notices", "/notices", "查看")
            .line("receipt", "受理号（20 位，见回执单）")
            .max(30)
            .line("password", "查询密码（6 位，见回执单）")
            .max(6),
    )
}

pub(crate) async fn notices_form(State(state): State<AppState>, Extension(visitor): Extension<Visitor>) -> Response {
    notice_board(&state, &visitor).page()
}

/// 我的消息 of the case on the slip.
pub(crate) async fn notices(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let board = notice_board(&state, &visitor);
    let found =
        state.blocking(move |centre| centre.notices().of_slip(fields.get("receipt"), fields.get("password"))).await;
    let line = |one: &Notice| Line::new("", vec![Cell::num(moment(one.at_ms)), Cell::text(one.text.clone())]);
    match found {
        Ok(list) => board
            .table(Table::new("own-notices", "", &["时间", "消息"]).lines(list.iter().map(line)).empty("还没有消息。"))
            .page(),
        Err(failure) if failure.code == ErrorCode::NotFound => {
            board.say("notices-wrong", "warn", "受理号或查询密码不对，请看回执单。").page()
        }
        Err(failure) if failure.code == ErrorCode::TooManyRequests => {
            board.say("notices-wrong", "warn", "输错次数太多，请 15 分钟后再试。").page()
        }
        Err(failure) => refused(&state, &failure),
    }
}

fn decision_line(one: &Decision) -> Line {
    let result = match one.granted {
        Some(true) => ("准予", "green"),
        Some(false) => ("不予", "red"),
        None => ("其他", "grey"),
    };
    let day = |ms: Option<i64>| ms.map_or_else(|| "—".to_owned(), |ms| date_text(local_day(WallTime(ms))));
    Line::new(
        "",
        vec![
            Cell::two(one.item.clone(), one.org.clone()),
            Cell::text(one.applicant.clone()),
            Cell::two(day(one.closed_ms), format!("{} 受理", day(one.accepted_ms))),
            Cell::tag(result),
        ],
    )
}

/// 阳光政务: the last thirty days in figures, what was decided, what is charged.
pub(crate) async fn open(State(state): State<AppState>, Extension(visitor): Extension<Visitor>) -> Response {
    let today = local_day(state.clock.wall());
    let found = state
        .blocking(move |centre| {
            let from = today - Duration::days(29);
            let figures = centre.statistics().published(from, today)?;
            Ok((figures, centre.open_lists().decisions(from, today, 50)?, centre.catalogue().all()))
        })
        .await;
    let (figures, decisions, items) = match found {
        Ok(found) => found,
        Err(failure) => return refused(&state, &failure),
    };
    let share = |share: tongban_centre::statistics::Share| {
        share.permille().map_or_else(|| "—".to_owned(), |permille| format!("{}.{}%", permille / 10, permille % 10))
    };
    let shown = vec![
        Figure::new("open-accepted", "受理", figures.accepted),
        Figure::new("open-closed", "办结", figures.closed),
        Figure::new("open-in-time", "按期办结率", share(figures.in_time)),
        Figure::new("open-satisfied", "满意率", share(figures.satisfied)),
        Figure::new("open-avoidable", "可避免的退回", share(figures.avoidable)),
    ];
    let fee = |item: &std::sync::Arc<ServiceItem>| {
        let price = item.fee.as_ref().map_or_else(
            || ("不收费".to_owned(), String::new()),
            |fee| (format!("{}.{:02} 元", fee.fen / 100, fee.fen % 100), fee.basis.clone()),
        );
        Line::new("", vec![Cell::two(item.name.clone(), item.org.name.clone()), Cell::two(price.0, price.1)])
    };
    Board::new(shell(&state, "阳光政务", &visitor))
        .lead("近三十天的办理情况、最近作出的决定和收费标准。个人姓名已隐去。")
        .figures("open-figures", "", shown)
        .table(
            Table::new("decisions", "最近的决定", &["事项", "申请人", "办结", "结果"])
                .lines(decisions.iter().map(decision_line))
                .empty("还没有决定。"),
        )
        .table(Table::new("fees", "收费标准", &["事项", "收费"]).lines(items.iter().map(fee)))
        .page()
}
