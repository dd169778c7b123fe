//! 统计: the indicators, with charts and the same figures in tables.

use super::answer;
use crate::chart;
use crate::guard::Who;
use crate::html::Shell;
use crate::kit::{Board, Cell, Figure, Form, Line, Table};
use crate::state::AppState;
use axum::extract::{Extension, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::collections::BTreeMap;
use time::{Date, Duration};
use tongban_centre::rights::{Action, region_prefix};
use tongban_centre::statistics::{Fact, Figures, Share};
use tongban_domain::event::Channel;
use tongban_domain::limits::{date_text, local_day, parse_date};

/// The period.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Period {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

impl Period {
    /// First and last day; the last thirty days when nothing sensible is said.
    fn days(&self, today: Date) -> (Date, Date) {
        let to = parse_date(&self.to).unwrap_or(today);
        let from = parse_date(&self.from).filter(|from| *from <= to && to - *from <= Duration::days(400));
        (from.unwrap_or(to - Duration::days(29)), to)
    }
}

fn percent(share: Share) -> String {
    share.permille().map_or_else(|| "—".to_owned(), |permille| format!("{}.{}%", permille / 10, permille % 10))
}

/// The shares of 5.3 with their formulas.
fn shares(figures: &Figures) -> Vec<(&'static str, &'static str, Share)> {
    vec![
        ("按期办结率", "承诺时限内办结 ÷ 办结承诺件", figures.in_time),
        ("提前办结率", "用时少于承诺 ÷ 办结承诺件", figures.early),
        ("即办率", "受理当日办结 ÷ 办结", figures.same_day),
        ("一次办成率", "到场不超过一次 ÷ 办结", figures.one_visit),
        ("免提交材料率", "共享取得 ÷ 应交材料", figures.without_paper),
        ("网办率", "自助和网上 ÷ 受理", figures.online),
        ("补正率", "有补正 ÷ 收件", figures.corrected),
        ("退件率", "退件和不予受理 ÷ 收件", figures.returned),
        ("满意率", "非常满意、满意、基本满意 ÷ 评价", figures.satisfied),
        ("主动评价率", "有评价 ÷ 办结", figures.rated),
        ("可避免的退回", "合格材料再要求补正 ÷ 有齐全单的收件", figures.avoidable),
        ("无齐全单的补正率", "有补正 ÷ 无齐全单的收件", figures.corrected_without_slip),
    ]
}

struct Counted {
    figures: Figures,
    facts: Vec<Fact>,
    names: BTreeMap<String, String>,
}

async fn count(state: &AppState, who: &Who, from: Date, to: Date) -> Result<Counted, crate::error::Failure> {
    let member = who.member.clone();
    state
        .blocking(move |centre| {
            member.require(Action::ViewStatistics)?;
            let items = centre.catalogue().all();
            let mut names: BTreeMap<String, String> =
                items.iter().map(|item| (item.key.0.clone(), item.name.clone())).collect();
            names.extend(items.iter().map(|item| (item.org.code.clone(), item.org.name.clone())));
            Ok(Counted {
                figures: centre.statistics().figures(&member, from, to)?,
                facts: centre.statistics().facts(region_prefix(&member.region))?,
                names,
            })
        })
        .await
}

impl Counted {
    fn named(&self, counts: &BTreeMap<String, u64>) -> Vec<(String, u64)> {
        let name = |key: &String| self.names.get(key).cloned().unwrap_or_else(|| key.clone());
        let mut rows: Vec<(String, u64)> = counts.iter().map(|(key, count)| (name(key), *count)).collect();
        rows.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), name.clone()));
        rows
    }

    fn by_day(&self, from: Date, to: Date) -> Vec<(String, u64)> {
        let mut days = BTreeMap::new();
        let mut day = from;
        while day <= to {
            days.insert(day, 0_u64);
            let Some(next) = day.next_day() else { break };
            day = next;
        }
        for day in self.facts.iter().filter_map(|fact| fact.accepted) {
            if let Some(count) = days.get_mut(&day) {
                *count += 1;
            }
        }
        days.into_iter().map(|(day, count)| (date_text(day), count)).collect()
    }

    fn by_channel(&self, from: Date, to: Date) -> Vec<(String, u64)> {
        let within = |fact: &&Fact| fact.accepted.is_some_and(|day| from <= day && day <= to);
        let count =
            |channel: Channel| self.facts.iter().filter(within).filter(|fact| fact.channel == channel).count() as u64;
        vec![
            ("综合窗口".into(), count(Channel::Window)),
            ("自助终端".into(), count(Channel::Kiosk)),
            ("网上".into(), count(Channel::Web)),
        ]
    }

    fn by_hall(&self, from: Date, to: Date) -> Vec<(String, u64)> {
        let mut halls: BTreeMap<String, u64> = BTreeMap::new();
        for fact in self.facts.iter().filter(|fact| fact.accepted.is_some_and(|day| from <= day && day <= to)) {
            *halls.entry(fact.hall.clone()).or_default() += 1;
        }
        self.named(&halls)
    }
}

fn count_table(id: &'static str, title: &str, head: &'static str, rows: &[(String, u64)]) -> Table {
    let lines = rows.iter().map(|(name, count)| Line::new("", vec![Cell::text(name), Cell::num(count)]));
    Table::new(id, title, &[head, "办件量"]).lines(lines).empty("这段时间没有办件。")
}

fn head_figures(figures: &Figures) -> Vec<Figure> {
    let (sum, cases) = figures.counted_days;
    let tenths = (sum * 10).checked_div(cases);
    let mean = tenths.map_or_else(|| "—".to_owned(), |tenths| format!("{}.{} 日", tenths / 10, tenths % 10));
    vec![
        Figure::new("figure-received", "收件", figures.received),
        Figure::new("figure-accepted", "办件量（受理）", figures.accepted),
        Figure::new("figure-in-time", "按期办结率", percent(figures.in_time)),
        Figure::new("figure-mean", "平均办理时长", mean).hint("计入的工作日，不含特别程序"),
        Figure::new("figure-satisfied", "满意率", percent(figures.satisfied)),
        Figure::new("figure-avoidable", "可避免的退回", percent(figures.avoidable)),
    ]
}

pub(crate) async fn page(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Query(period): Query<Period>,
) -> Response {
    let (from, to) = period.days(local_day(state.clock.wall()));
    let result = count(&state, &who, from, to).await.map(|counted| {
        let figures = &counted.figures;
        let heads = head_figures(figures);
        let flow = [("办结", figures.closed, "a"), ("在办", figures.open, "b"), ("其他终结", figures.terminated, "c")];
        let days = counted.by_day(from, to);
        let (items, orgs) = (counted.named(&figures.by_item), counted.named(&figures.by_org));
        let holds = figures.reconcile();
        let words = format!(
            "受理 {} = 办结 {} + 在办 {} + 其他终结 {}",
            figures.accepted, figures.closed, figures.open, figures.terminated
        );
        let line = |(name, formula, share): (&str, &str, Share)| {
            Line::new(
                "",
                vec![
                    Cell::two(name, formula),
                    Cell::num(percent(share)),
                    Cell::num(format!("{} / {}", share.part, share.whole)),
                ],
            )
        };
        let (first, last) = (date_text(from), date_text(to));
        let export = format!("/statistics.csv?from={first}&to={last}");
        Board::new(Shell::staff(&state, &who, "统计", "/statistics"))
            .tab("tab-performance", "/performance", "绩效", None, false)
            .lead(format!("{first} 至 {last}，本辖区。指标都由办件动作重新计算。"))
            .form(
                Form::new("period", "/statistics", "查看")
                    .asks()
                    .date("from", "从")
                    .value(&first)
                    .date("to", "到")
                    .value(&last),
            )
            .tab("export", export, "下载表格", None, false)
            .say(
                "reconcile",
                if holds { "ok" } else { "warn" },
                if holds { format!("核对一致：{words}") } else { format!("核对不一致：{words}") },
            )
            .figures("figures", "", heads)
            .picture("chart-flow", "去向", chart::parts("受理办件的去向", &flow), words)
            .picture("chart-days", "每日受理", chart::columns("每日受理量", &days), format!("{} 天", days.len()))
            .table(
                Table::new("shares", "指标", &["指标", "比率", "分子 / 分母"])
                    .lines(shares(figures).into_iter().map(line)),
            )
            .picture("chart-items", "按事项", chart::bars("按事项的办件量", &items), "")
            .table(count_table("by-item", "按事项", "事项", &items))
            .picture("chart-orgs", "按部门", chart::bars("按部门的办件量", &orgs), "")
            .picture("chart-channels", "按渠道", chart::bars("按渠道的办件量", &counted.by_channel(from, to)), "")
            .table(count_table("by-hall", "按大厅", "大厅", &counted.by_hall(from, to)))
            .page()
    });
    answer(&state, &who, result)
}

/// The same figures for a spreadsheet: UTF-8 with its mark, so that every office program reads it.
pub(crate) async fn csv(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Query(period): Query<Period>,
) -> Response {
    let (from, to) = period.days(local_day(state.clock.wall()));
    let result = count(&state, &who, from, to).await.map(|counted| {
        let figures = &counted.figures;
        let mut text = String::from("\u{feff}指标,分子,分母,比率\r\n");
        for (name, count) in [
            ("收件", figures.received),
            ("办件量", figures.accepted),
            ("办结", figures.closed),
            ("在办", figures.open),
            ("其他终结", figures.terminated),
        ] {
            text.push_str(&format!("{name},{count},,\r\n"));
        }
        for (name, _, share) in shares(figures) {
            text.push_str(&format!("{name},{},{},{}\r\n", share.part, share.whole, percent(share)));
        }
        let name = format!("attachment; filename=\"statistics-{}-{}.csv\"", date_text(from), date_text(to));
        ([(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)], text)
            .into_response()
    });
    answer(&state, &who, result)
}
