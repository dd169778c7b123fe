//! 意见征询和听证: what is asked, what others said, what came of it.

use super::{refused, shell};
use crate::guard::{Fields, Visitor};
use crate::html::{moment, with_status};
use crate::kit::{Board, Cell, Figure, Form, Line, Table};
use crate::staff::consult::{kind_words, state_words};
use crate::state::AppState;
use axum::extract::{Extension, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tongban_centre::consultations::{Consultation, ConsultationKind, Counts, NewOpinion, OPINIONS_A_DAY, Opinion};
use tongban_domain::code::ErrorCode;
use tongban_domain::limits::{date_text, local_day};

pub(crate) async fn list(State(state): State<AppState>, Extension(visitor): Extension<Visitor>) -> Response {
    let today = date_text(local_day(state.clock.wall()));
    let all = match state.blocking(|centre| centre.consultations().published()).await {
        Ok(all) => all,
        Err(failure) => return refused(&state, &failure),
    };
    let line = |one: &Consultation| {
        let cells = vec![
            Cell::link(format!("/consult/{}", one.id), one.title.clone(), kind_words(one.kind)),
            Cell::text(format!("{} 至 {}", one.opens, one.closes)),
            Cell::tag(state_words(one, &today)),
        ];
        Line::new(format!("consult-{}", one.id), cells)
    };
    Board::new(shell(&state, "意见征询和听证", &visitor))
        .lead("您的意见审看后公开，期满后公布采纳情况。")
        .table(
            Table::new("consults", "", &["公告", "期限", "状态"])
                .lines(all.iter().rev().map(line))
                .empty("现在没有征询和听证。"),
        )
        .page()
}

/// Whether an opinion was just taken.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct TakenQuery {
    #[serde(default)]
    taken: bool,
}

fn opinion_form(notice: &Consultation) -> Form {
    let form = Form::new("opinion", format!("/consult/{}", notice.id), "提交")
        .title("发表意见")
        .hint(format!("每天最多 {OPINIONS_A_DAY} 条"))
        .tall("text", "意见（请不要写证件号码）", 5)
        .max(1_000)
        .line("name", "署名（可不填，填了会公开）")
        .optional()
        .max(40);
    if notice.kind == ConsultationKind::Hearing {
        form.line("phone", "报名参加听证的，请留电话（不公开）").optional().max(20)
    } else {
        form
    }
}

fn page(board: Board, notice: &Consultation, opinions: &[Opinion], counts: Counts, today: &str) -> Board {
    let mut facts = vec![
        ("期限".to_owned(), format!("{} 至 {}（{}）", notice.opens, notice.closes, state_words(notice, today).0)),
        ("内容".to_owned(), notice.text.clone()),
    ];
    if !notice.place.is_empty() {
        facts.push(("听证".to_owned(), notice.place.clone()));
    }
    let mut board = board.facts("consult", kind_words(notice.kind), facts);
    if let Some((text, at)) = &notice.answer {
        board =
            board.facts("consult-answer", format!("反馈（{}）", moment(*at)), vec![("采纳情况".into(), text.clone())]);
    }
    let mut figures = vec![
        Figure::new("consult-received", "收到意见", counts.received),
        Figure::new("consult-shown", "公开", counts.shown),
        Figure::new("consult-withheld", "不公开", counts.withheld).hint("含证件号码、与公告无关等"),
    ];
    if notice.kind == ConsultationKind::Hearing {
        figures.push(Figure::new("consult-signed-up", "报名听证", counts.signed_up));
    }
    let line = |one: &Opinion| {
        let name = if one.name.is_empty() { "未署名" } else { &one.name };
        Line::new("", vec![Cell::two(one.text.clone(), format!("{name} · {}", moment(one.at_ms)))])
    };
    board
        .figures("consult-counts", "", figures)
        .table(
            Table::new("consult-opinions", "公开的意见", &["意见"])
                .lines(opinions.iter().map(line))
                .empty("还没有公开的意见。"),
        )
        .form_if(notice.is_open(today), || opinion_form(notice))
}

pub(crate) async fn one(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Path(id): Path<String>,
    Query(query): Query<TakenQuery>,
) -> Response {
    let today = date_text(local_day(state.clock.wall()));
    match state.blocking(move |centre| centre.consultations().open(&id)).await {
        Ok((notice, opinions, counts)) => {
            let mut board = Board::new(shell(&state, &notice.title, &visitor)).under("/consult", "意见征询和听证");
            if query.taken {
                board = board.say("opinion-taken", "ok", "已收到，工作人员审看后公开。");
            }
            page(board, &notice, &opinions, counts, &today).page()
        }
        Err(failure) => refused(&state, &failure),
    }
}

pub(crate) async fn say(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Path(id): Path<String>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let (of, from) = (id.clone(), visitor.address.to_string());
    let done = state
        .blocking(move |centre| {
            let opinion = NewOpinion {
                text: fields.get("text"),
                name: fields.get("name"),
                phone: fields.get("phone"),
                from: &from,
            };
            centre.consultations().say(&of, &opinion)
        })
        .await;
    match done {
        Ok(opinion) => Redirect::to(&format!("/consult/{}?taken=true", opinion.of)).into_response(),
        Err(failure) => {
            let words = match failure.code {
                ErrorCode::TooManyRequests => "今天的意见已经够多了，请明天再写。",
                ErrorCode::FieldInvalid => "意见不能为空，也请不要写证件号码。",
                ErrorCode::CaseState => "现在不在征集期内。",
                _ => return refused(&state, &failure),
            };
            let back = format!("/consult/{}", id.chars().filter(char::is_ascii_alphanumeric).collect::<String>());
            let board = Board::new(shell(&state, "意见没有收到", &visitor)).under(back, "返回公告");
            with_status(failure.status, &board.say("opinion-refused", "warn", words))
        }
    }
}
