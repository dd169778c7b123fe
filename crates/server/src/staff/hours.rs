//! 开放时间: a hall's hours set on its page, and what the queue says while it is shut.

use super::answer;
use super::supervision::does;
use crate::guard::{Fields, Who};
use crate::kit::{Board, Cell, Form, Line, Table};
use crate::state::AppState;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Redirect, Response};
use tongban_centre::hours::{Closure, Hours, Period};
use tongban_centre::{Centre, CentreError};
use tongban_domain::code::ErrorCode;

/// Why a hall gives no tickets now: element id and words.
pub(super) fn closed(centre: &Centre, hall: &str) -> Result<Vec<(&'static str, String)>, CentreError> {
    let stop = centre.operations().stopped(hall, hall)?;
    let stop = stop.map(|stop| ("queue-stopped", format!("大厅暂停服务：{}", stop.notice)));
    let shut = centre.operations().shut(hall)?.map(|shut| ("queue-shut", shut.words()));
    Ok(stop.into_iter().chain(shut).collect())
}

fn words(periods: &[Period]) -> String {
    if periods.is_empty() {
        return "不开放".to_owned();
    }
    periods.iter().map(ToString::to_string).collect::<Vec<_>>().join("、")
}

/// 开放时间 of every hall that has them.
pub(super) fn table(hours: &[Hours]) -> Table {
    let line = |one: &Hours| {
        let shut: Vec<String> =
            one.closures.iter().map(|closure| format!("{} 至 {}：{}", closure.from, closure.to, closure.why)).collect();
        let shut = if shut.is_empty() { "—".to_owned() } else { shut.join("；") };
        Line::new(
            format!("hours-{}", one.hall),
            vec![
                Cell::two(one.hall.clone(), format!("工作日 {}", words(&one.working))),
                Cell::two(format!("周六 {}", words(&one.saturday)), format!("周日 {}", words(&one.sunday))),
                Cell::text(shut),
            ],
        )
    };
    Table::new("hours", "开放时间", &["工作日", "周末", "闭馆"])
        .note("不开放时不发号、不接受预约；不影响办理时限。")
        .lines(hours.iter().map(line))
        .empty("还没有设置，全天可以取号。")
}

/// Sets a hall's hours.
pub(super) fn form(halls: &[(String, String)]) -> Form {
    Form::new("hours-set", "/halls/hours", "保存开放时间")
        .title("设置开放时间")
        .fold()
        .select("hall", "大厅", halls.to_vec())
        .line("working", "工作日（含调休上班日）")
        .value("09:00-12:00 14:00-17:00")
        .help("开始-结束，空格分开")
        .line("saturday", "周六（不填为不开放）")
        .optional()
        .line("sunday", "周日（不填为不开放）")
        .optional()
        .area("closures", "闭馆（每行：开始日 结束日 原因）")
        .optional()
        .help("例如：2026-12-01 2026-12-02 系统升级")
}

fn closures(text: &str) -> Result<Vec<Closure>, CentreError> {
    let one = |line: &str| {
        let mut words = line.splitn(3, char::is_whitespace);
        let (from, to, why) = (words.next()?, words.next()?, words.next()?);
        Some(Closure { from: from.to_owned(), to: to.to_owned(), why: why.trim().to_owned() })
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| one(line).ok_or_else(|| CentreError::invalid(ErrorCode::FieldInvalid, "closures"))).collect()
}

does! {
    /// 开放时间.
    set(centre, by, fields) -> "/halls" => {
        let line = |name: &str| {
            Period::line(fields.get(name)).ok_or_else(|| CentreError::invalid(ErrorCode::FieldInvalid, name))
        };
        centre.operations().set_hours(&by, &Hours {
            hall: fields.get("hall").to_owned(),
            working: line("working")?,
            saturday: line("saturday")?,
            sunday: line("sunday")?,
            closures: closures(fields.raw("closures"))?,
        })
    };
}

/// 凭证件取号; outside the hours the reason and the next opening are told on the page itself.
pub(crate) async fn check_in(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let (by, hall) = (who.member.id.0.clone(), fields.get("hall").to_owned());
    let done = state
        .blocking(move |centre| {
            let item = fields.get("item").into();
            if centre.catalogue().latest(&item).is_none() || fields.get("id_number").is_empty() {
                return Err(CentreError::invalid(ErrorCode::FieldMissing, "item or number"));
            }
            let ticket = centre.appointments().check_in(fields.get("id_number"), fields.get("hall"), &item)?;
            centre.staff().note(&by, "queue.check_in", &ticket.number, "ok", "")
        })
        .await;
    let back = format!("/queue?hall={}", super::halls::plain(&hall));
    match done {
        Ok(()) => Redirect::to(&back).into_response(),
        Err(failure) if failure.code == ErrorCode::HallClosed => {
            let shell = crate::html::Shell::staff(&state, &who, "不在开放时间", "/queue");
            let board = Board::new(shell).under(back, "叫号与预约").say("queue-shut", "warn", failure.detail);
            crate::html::with_status(failure.status, &board)
        }
        Err(failure) => answer(&state, &who, Err(failure)),
    }
}
