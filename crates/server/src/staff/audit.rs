//! 审计: who did what to a case, who looked at it, and which departments were asked for it.

use super::answer;
use super::sharing::outcome_words;
use crate::guard::Who;
use crate::html::{Shell, maybe_moment, moment, status_words, took_words};
use crate::kit::{Board, Cell, Form, Line, Table};
use crate::state::AppState;
use axum::extract::{Extension, Query, State};
use axum::response::Response;
use serde::Deserialize;
use tongban_centre::cases::Audit;
use tongban_domain::code::ErrorCode;

/// Which case.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct AuditQuery {
    #[serde(default)]
    q: String,
}

/// What a line of the log says was done.
fn action_words(action: &str) -> &str {
    match action {
        "case.view" => "查看办件",
        "material.view" => "查看材料影像",
        "evidence.view" => "调阅核验证据",
        "identity.reveal" => "显示全号",
        "case.audit" => "查看审计",
        "case.export" => "导出办件",
        "case.accept" => "受理",
        "case.step" => "环节意见",
        "case.decide" => "决定",
        "case.correction" => "补正告知",
        "case.defer" => "容缺受理",
        "case.supply_deferred" => "容缺补齐",
        "case.supply" => "补正材料",
        "case.fix" => "当场更正",
        "case.commit" => "告知承诺",
        "case.check" => "承诺核查",
        "case.hearing" => "听证",
        "case.return_step" => "退回上一环节",
        "case.revoke" => "撤销许可",
        "case.suspend" => "特别程序开始",
        "case.resume" => "特别程序结束",
        "case.extend" => "延期",
        "case.assign" => "指派",
        "case.redirect" => "转办",
        "case.approve" => "主管同意",
        "case.withdraw" => "撤回",
        "case.return" => "退件",
        "case.reject" => "不予受理",
        "case.terminate" => "终止办理",
        "case.completeness" => "出具齐全单",
        "case.block" => "拦截",
        "case.spot_check" => "抽查",
        "archive.package" => "归档",
        other => other,
    }
}

fn tables(board: Board, audit: &Audit) -> Board {
    let looks = ["case.view", "material.view", "evidence.view", "identity.reveal", "case.audit", "case.export"];
    let (seen, done): (Vec<_>, Vec<_>) = audit.log.iter().partition(|line| looks.contains(&line.action.as_str()));
    let log_line = |line: &tongban_centre::staff::LogLine| {
        let result = if line.result == "ok" { ("成功", "green") } else { (line.result.as_str(), "amber") };
        let cells = vec![
            Cell::num(moment(line.at_ms)),
            Cell::text(&line.actor),
            Cell::two(action_words(&line.action), &line.detail),
            Cell::tag(result),
        ];
        Line::new("", cells)
    };
    let act = |act: &tongban_centre::cases::TimelineLine| {
        let cells = vec![
            Cell::num(act.seq),
            Cell::num(moment(act.at_ms)),
            Cell::text(&act.who),
            Cell::two(&act.title, &act.origin),
        ];
        Line::new("", cells)
    };
    let call = |call: &tongban_centre::sharing::ShareCallLine| {
        let cells = vec![
            Cell::num(moment(call.at_ms)),
            Cell::two(&call.resource, format!("信息项 {}", call.fields)),
            Cell::two(&call.purpose, format!("依据 {} · {} · {}", call.basis, call.station, took_words(call.took_ms))),
            Cell::tag(outcome_words(&call.outcome)),
        ];
        Line::new("", cells)
    };
    let heads = ["时间", "谁", "做了什么", "结果"];
    board
        .table(
            Table::new("audit-looks", "谁看过", &heads)
                .note("同一人一小时内多次打开记一次。")
                .lines(seen.into_iter().map(log_line))
                .empty("还没有人看过。"),
        )
        .table(
            Table::new("audit-log", "谁办过", &heads)
                .note("没有成功的操作也在其中。")
                .lines(done.into_iter().map(log_line)),
        )
        .table(
            Table::new("audit-chain", "办件链", &["序号", "时间", "谁", "动作和地点"])
                .note("每个动作都有签名，不能改动；这里不显示内容。")
                .lines(audit.acts.iter().rev().map(act)),
        )
        .table(
            Table::new("audit-calls", "查询过哪些部门数据", &["时间", "资源", "目的依据", "结果"])
                .lines(audit.calls.iter().map(call)),
        )
}

pub(crate) async fn page(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Query(query): Query<AuditQuery>,
) -> Response {
    let word: String = query.q.trim().chars().take(40).collect();
    let board = Board::new(Shell::staff(&state, &who, "审计", "/audit"))
        .lead("谁对一件办件做过什么、看过什么；查看审计本身也记入日志。")
        .form(Form::new("audit-find", "/audit", "查看").asks().line("q", "受理号或办件标识").max(40).value(&word));
    if word.is_empty() {
        return board.page();
    }
    let member = who.member.clone();
    let result = match state.blocking(move |centre| centre.cases().audit(&member, &word)).await {
        Ok(audit) => {
            let (row, chain) = (&audit.row, &audit.chain);
            let sound = if chain.holds {
                format!("✔ 完整，{} 个动作逐一验签", chain.actions)
            } else {
                format!("✘ 不完整：{}", chain.detail)
            };
            let facts = vec![
                ("受理号".to_owned(), row.receipt.clone().unwrap_or_default()),
                ("状态".to_owned(), status_words(&row.status).0.to_owned()),
                ("提交".to_owned(), maybe_moment(row.submitted_ms)),
                ("办结".to_owned(), maybe_moment(row.closed_ms)),
                ("办件链".to_owned(), sound),
            ];
            Ok(tables(board.facts("audit", "", facts), &audit).page())
        }
        Err(failure) if failure.code == ErrorCode::NotFound => {
            Ok(board.say("audit-none", "warn", "没有这件办件，或者不在您的管辖范围内。").page())
        }
        Err(failure) => Err(failure),
    };
    answer(&state, &who, result)
}
