//! 数据共享: what items ask of other departments, and the log of every call.

use super::answer;
use crate::guard::Who;
use crate::html::{Shell, moment, took_words};
use crate::kit::{Board, Cell, Figure, Line, Table};
use crate::state::AppState;
use axum::extract::{Extension, Query, State};
use axum::response::Response;
use serde::Deserialize;
use std::collections::BTreeMap;
use tongban_centre::desk::CallCount;
use tongban_domain::item::{ServiceItem, ShareCall};

/// An outcome of a call in words.
pub(crate) fn outcome_words(outcome: &str) -> (&'static str, &'static str) {
    match outcome {
        "found" => ("已获取", "green"),
        "no_record" => ("无记录", "grey"),
        "timed_out" => ("接口超时", "amber"),
        "refused" => ("被拒绝", "red"),
        "garbage" => ("答复有误", "red"),
        _ => ("部门系统维护", "amber"),
    }
}

/// Which resource's calls.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct CallQuery {
    #[serde(default)]
    resource: String,
}

fn permille(counts: &[CallCount]) -> String {
    let all: u64 = counts.iter().map(|one| one.calls).sum();
    // 无记录 is an answer too.
    let good: u64 =
        counts.iter().filter(|one| matches!(one.outcome.as_str(), "found" | "no_record")).map(|one| one.calls).sum();
    (good * 1000).checked_div(all).map_or_else(|| "—".to_owned(), |rate| format!("{}.{}%", rate / 10, rate % 10))
}

/// The resources items use: title, department, fields, items.
fn used(items: &[std::sync::Arc<ServiceItem>]) -> BTreeMap<String, (ShareCall, Vec<String>)> {
    let mut used: BTreeMap<String, (ShareCall, Vec<String>)> = BTreeMap::new();
    for item in items {
        for call in &item.shares {
            used.entry(call.resource.0.clone()).or_insert_with(|| (call.clone(), Vec::new())).1.push(item.name.clone());
        }
    }
    used
}

fn day_figures(counts: &[CallCount], resources: usize) -> Vec<Figure> {
    let total: u64 = counts.iter().map(|one| one.calls).sum();
    let took: u64 = counts.iter().map(|one| one.took_ms).sum();
    let mean = took.checked_div(total).map_or_else(|| "—".to_owned(), took_words);
    vec![
        Figure::new("calls-day", "24 小时调用", total),
        Figure::new("calls-rate", "有答复", permille(counts)).hint("已获取和无记录"),
        Figure::new("calls-mean", "平均耗时", mean),
        Figure::new("calls-resources", "资源", resources),
    ]
}

pub(crate) async fn calls(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Query(query): Query<CallQuery>,
) -> Response {
    let day_ago = state.clock.wall().0 - 24 * 3_600_000;
    let wanted = query.resource.clone();
    let found = state
        .blocking(move |centre| {
            let resource = Some(wanted.as_str()).filter(|one| !one.is_empty());
            Ok((
                centre.sharing().recent_calls(resource, 200)?,
                centre.sharing().call_counts(day_ago)?,
                centre.catalogue().all(),
            ))
        })
        .await;
    let result = found.map(|(calls, counts, items)| {
        let used = used(&items);
        let title =
            |resource: &str| used.get(resource).map_or_else(|| resource.to_owned(), |(call, _)| call.title.clone());
        let item_name = |key: &str| {
            items.iter().find(|item| item.key.0 == key).map_or_else(|| key.to_owned(), |item| item.name.clone())
        };
        let figures = day_figures(&counts, used.len());
        let resource_line = |(key, (call, items)): (&String, &(ShareCall, Vec<String>))| {
            let fields: Vec<&str> = call.fields.iter().map(|field| field.label.as_str()).collect();
            let of: Vec<CallCount> = counts.iter().filter(|one| one.resource == *key).cloned().collect();
            let calls: u64 = of.iter().map(|one| one.calls).sum();
            Line::new(
                format!("resource-{key}"),
                vec![
                    Cell::link(format!("/calls?resource={key}"), &call.title, format!("{} · {key}", call.source_org)),
                    Cell::two(fields.join("、"), call.basis.clone()),
                    Cell::two(format!("{} 个事项", items.len()), items.join("、")),
                    Cell::two(format!("{calls} 次"), permille(&of)),
                ],
            )
        };
        let call_line = |(call, item): &(tongban_centre::sharing::ShareCallLine, String)| {
            Line::new(
                "",
                vec![
                    Cell::two(moment(call.at_ms), &call.station),
                    Cell::two(title(&call.resource), item_name(item)),
                    Cell::two(&call.purpose, format!("依据 {}；字段 {}", call.basis, call.fields)),
                    Cell::tag(outcome_words(&call.outcome)),
                    Cell::text(took_words(call.took_ms)),
                ],
            )
        };
        let calls_table = Table::new("calls", "调用日志", &["时间终端", "资源事项", "目的依据", "结果", "耗时"])
            .note("不记载姓名和证件号码；最近 200 条。")
            .lines(calls.iter().map(call_line));
        let mut board = Board::new(Shell::staff(&state, &who, "共享调用", "/resources"))
            .under("/resources", "数据共享")
            .figures("call-figures", "", figures);
        if !query.resource.is_empty() {
            board = board.tab("calls-all", "/calls", "全部资源", None, false);
        }
        board
            .table(
                Table::new("used", "事项在用的资源", &["资源", "字段依据", "事项", "24 小时"])
                    .lines(used.iter().map(resource_line)),
            )
            .table(calls_table)
            .page()
    });
    answer(&state, &who, result)
}
