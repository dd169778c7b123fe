//! 网上补交件: what applicants brought, looked at beside the case and taken or sent back.

use super::answer;
use crate::error::Failure;
use crate::guard::{Fields, Who};
use crate::html::moment;
use crate::kit::{Cell, Form, Line, Table};
use crate::state::AppState;
use axum::extract::{Extension, Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use tongban_centre::CentreError;
use tongban_centre::brought::{Piece, Verdict};
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::CaseId;
use uuid::Uuid;

fn verdict_words(verdict: &Verdict) -> (String, &'static str) {
    match verdict {
        Verdict::Waiting => ("等待查看".to_owned(), "blue"),
        Verdict::Taken { by, at_ms } => (format!("{by} 收下 {}", moment(*at_ms)), "green"),
        Verdict::SentBack { by, reason, at_ms } => (format!("{by} 退回 {}：{reason}", moment(*at_ms)), "amber"),
    }
}

/// One line a page, so that each has its link; the forms stand in the first.
fn lines(piece: &Piece, may: bool) -> Vec<Line> {
    let forms = |line: Line| {
        let act = |name: &str, button: &str| {
            Form::new(format!("{name}-{}", piece.id), format!("/cases/{}/brought", piece.case), button)
                .hidden("record", &piece.id)
                .hidden("act", name)
        };
        line.act(act("take", "收下"))
            .act(act("send-back", "退回重交").line("reason", "哪里不对，怎样才对（申请人会看到）"))
    };
    let count = piece.pages.len();
    piece
        .pages
        .iter()
        .enumerate()
        .map(|(place, address)| {
            let href = format!("/cases/{}/files/{address}", piece.case);
            let name = format!("{} 第 {}/{count} 页", piece.name, place + 1);
            let cells = vec![
                Cell::link(href, name, format!("{} 网上补交", moment(piece.at_ms))),
                Cell::tag(verdict_words(&piece.verdict)),
            ];
            let line = Line::new("", cells);
            if place == 0 && may && piece.verdict == Verdict::Waiting { forms(line) } else { line }
        })
        .collect()
}

/// The table of a case's page; `None` when nothing was brought.
pub(super) fn table(pieces: &[Piece], may: bool, csrf: &str) -> Option<Table> {
    if pieces.is_empty() {
        return None;
    }
    let mut lines: Vec<Line> = pieces.iter().flat_map(|piece| lines(piece, may)).collect();
    for form in lines.iter_mut().flat_map(|line| &mut line.forms) {
        csrf.clone_into(&mut form.csrf);
        form.shape = "inline";
    }
    Some(Table::new("brought", "申请人网上补交", &["材料", "判定"]).lines(lines))
}

/// 收下 or 退回重交.
pub(crate) async fn judge(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Extension(fields): Extension<Fields>,
    Path(id): Path<Uuid>,
) -> Response {
    let member = who.member.clone();
    let done = state
        .blocking(move |centre| {
            let reason = match fields.get("act") {
                "take" => None,
                "send-back" => Some(fields.get("reason")),
                _ => return Err(CentreError::invalid(ErrorCode::FieldInvalid, "act")),
            };
            centre.brought().judge(&member, fields.get("record"), reason)
        })
        .await;
    answer(&state, &who, done.map(|()| Redirect::to(&format!("/cases/{id}")).into_response()))
}

/// A page that was brought, as it was taken.
pub(crate) async fn file(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Path((id, address)): Path<(Uuid, String)>,
) -> Response {
    let member = who.member.clone();
    let opened = state.blocking(move |centre| centre.brought().page(&member, CaseId(id), &address)).await;
    let shown = match opened {
        Ok(opened) if opened.bytes.starts_with(&[0xff, 0xd8, 0xff]) => {
            super::cases::note_look(&state, &who, "material.view", id)
                .await
                .map(|()| ([(header::CONTENT_TYPE, "image/jpeg")], opened.bytes).into_response())
        }
        Ok(_) => Err(Failure::not_found()),
        Err(failure) => Err(failure),
    };
    answer(&state, &who, shown)
}
