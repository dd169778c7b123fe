//! 印章 and 安全检查: what is in use, what was found, and until when it is mended.

use super::answer;
use super::supervision::{ViewQuery, does};
use crate::guard::{Fields, Who};
use crate::html::{Shell, maybe_moment, moment};
use crate::kit::{Board, Cell, Figure, Form, Line, Table};
use crate::state::AppState;
use axum::extract::{Extension, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use std::collections::BTreeMap;
use tongban_centre::CentreError;
use tongban_centre::findings::{Finding, Severity};
use tongban_centre::rights::Action;
use tongban_centre::seals::{Seal, SealState};
use tongban_centre::self_tests::KeptSelfTest;
use tongban_centre::stations::Station;
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::StationId;
use tongban_domain::limits::{date_text, local_day};

fn seal_words(seal: &Seal, today: &str) -> (&'static str, &'static str) {
    match seal.state {
        SealState::Lost => ("遗失", "red"),
        SealState::Stopped => ("停用", "grey"),
        SealState::InUse if seal.valid_to.as_str() < today => ("过期", "red"),
        SealState::InUse => ("启用", "green"),
    }
}

fn seal_line(who: &Who, seal: &Seal, orgs: &BTreeMap<String, String>, today: &str) -> Line {
    let last = seal.history.last();
    let why = last.map_or_else(String::new, |(at, _, by, why)| format!("{} {by}：{why}", moment(*at)));
    let cells = vec![
        Cell::two(seal.name.clone(), seal.code.clone()),
        Cell::two(
            orgs.get(&seal.org).unwrap_or(&seal.org).clone(),
            format!("{}，{} 制作，有效至 {}", seal.maker, seal.made_on, seal.valid_to),
        ),
        Cell::tag(seal_words(seal, today)),
        Cell::text(why),
    ];
    let may = who.member.may(Action::GrantRights) && seal.state != SealState::Lost;
    Line::new(format!("seal-{}", seal.code), cells).act_if(may, || {
        Form::new(format!("set-{}", seal.code), "/seals/set", "变更状态")
            .hidden("code", &seal.code)
            .radio("state", "状态", &[("in_use", "启用", ""), ("stopped", "停用", ""), ("lost", "遗失", "不能再启用")])
            .line("reason", "理由")
            .danger()
    })
}

pub(crate) async fn seals(State(state): State<AppState>, Extension(who): Extension<Who>) -> Response {
    let member = who.member.clone();
    let found = state
        .blocking(move |centre| {
            let items = centre.catalogue().all();
            let orgs = items.iter().map(|item| (item.org.code.clone(), item.org.name.clone())).collect();
            Ok((centre.seals().all(&member)?, orgs))
        })
        .await;
    let today = date_text(local_day(state.clock.wall()));
    let result = found.map(|(all, orgs): (Vec<Seal>, BTreeMap<String, String>)| {
        let form = || {
            Form::new("register", "/seals", "登记")
                .title("登记印章")
                .fold()
                .line("code", "印章编码")
                .max(40)
                .line("name", "名称")
                .max(60)
                .select("org", "部门", orgs.clone())
                .line("maker", "制作单位")
                .max(60)
                .date("made_on", "制作日期")
                .date("valid_to", "有效期至")
        };
        Board::new(Shell::staff(&state, &who, "印章", "/seals"))
            .lead("部门登记过印章的，须有一枚启用且未过期，否则不制证、不出证明，文书改留盖章处。")
            .table(
                Table::new("seals", "", &["印章", "部门和制作", "状态", "最近变更"])
                    .lines(all.iter().map(|seal| seal_line(&who, seal, &orgs, &today)))
                    .empty("还没有登记印章。"),
            )
            .form_if(who.member.may(Action::GrantRights), form)
            .page()
    });
    answer(&state, &who, result)
}

const fn severity_words(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::High => ("高", "red"),
        Severity::Medium => ("中", "amber"),
        Severity::Low => ("低", "grey"),
    }
}

fn finding_line(who: &Who, finding: &Finding, today: &str) -> Line {
    let id = &finding.id;
    let state = match &finding.ended {
        Some((true, ..)) => ("已整改".to_owned(), "green"),
        Some((false, ..)) => ("接受风险".to_owned(), "grey"),
        None if finding.is_late(today) => (format!("超期，{} 前", finding.fix_by), "red"),
        None => (format!("整改中，{} 前", finding.fix_by), "amber"),
    };
    let words =
        finding.ended.as_ref().map_or_else(String::new, |(_, by, why, at)| format!("{by} {}：{why}", moment(*at)));
    let cells = vec![
        Cell::two(finding.title.clone(), format!("{id} · {} · {}", finding.source, moment(finding.at_ms))),
        Cell::text(finding.place.clone()),
        Cell::tag(severity_words(finding.severity)),
        Cell::Tag(state.0, state.1),
        Cell::text(words),
    ];
    let may = finding.ended.is_none() && who.member.may(Action::ManageStations);
    Line::new(format!("finding-{id}"), cells).act_if(may, || {
        Form::new(format!("end-{id}"), "/upkeep/end", "办结")
            .hidden("id", id)
            .radio("mended", "结论", &[("yes", "已整改", ""), ("no", "接受风险", "须另一人办理")])
            .line("words", "怎样处理的")
    })
}

struct Upkeep {
    stations: Vec<Station>,
    findings: Vec<Finding>,
    self_tests: Vec<KeptSelfTest>,
    quarantined: usize,
    round: Option<i64>,
    schema: u32,
}

/// 自检 of a station in a word and a colour.
fn self_test_cell(kept: Option<&KeptSelfTest>) -> Cell {
    let Some(kept) = kept else { return Cell::tag(("没有报告", "grey")) };
    let (report, moment) = (&kept.report, moment(kept.at_ms));
    let day = &moment[..10];
    let (tested, failed) = (report.rows.len(), report.failed());
    match failed {
        0 if report.is_whole() => Cell::Tag(format!("{day} 全部通过"), "green"),
        0 => Cell::Tag(format!("{day} 测了 {tested}/{} 台", report.devices), "amber"),
        _ => Cell::Tag(format!("{day} {failed} 台不通过"), "red"),
    }
}

fn version_line(station: &Station, open: usize, test: Option<&KeptSelfTest>) -> Line {
    let program = station.program.clone().unwrap_or_else(|| "—".to_owned());
    let cells = vec![
        Cell::two(station.id.0.clone(), station.hall.clone()),
        Cell::text(program),
        Cell::num(maybe_moment(station.seen_ms)),
        self_test_cell(test),
        if open == 0 { Cell::tag(("无", "green")) } else { Cell::Tag(format!("{open} 项未办结"), "amber") },
    ];
    Line::new(format!("version-{}", station.id), cells)
}

fn versions(board: Board, found: &Upkeep) -> Board {
    let open = |place: &str| found.findings.iter().filter(|one| one.ended.is_none() && one.place == place).count();
    let server = Line::new(
        "version-server",
        vec![
            Cell::two("server", format!("数据库结构第 {} 版", found.schema)),
            Cell::text(env!("CARGO_PKG_VERSION")),
            Cell::text("本页"),
            Cell::text("—"),
            if open("server") == 0 {
                Cell::tag(("无", "green"))
            } else {
                Cell::Tag(format!("{} 项未办结", open("server")), "amber")
            },
        ],
    );
    let mut known: Vec<&str> = found.stations.iter().filter_map(|station| station.program.as_deref()).collect();
    known.sort_unstable();
    known.dedup();
    let note = if known.len() > 1 {
        format!("终端上有 {} 个版本：{}。", known.len(), known.join("、"))
    } else {
        String::new()
    };
    let table = Table::new("versions", "程序版本", &["在哪里", "版本", "最近联系", "设备自检", "安全检查"]).note(note);
    let test = |id: &StationId| found.self_tests.iter().find(|kept| kept.report.station == *id);
    let stations = found.stations.iter().map(|station| version_line(station, open(&station.id.0), test(&station.id)));
    board.table(table.lines(std::iter::once(server).chain(stations)))
}

/// 运维: versions, security checks, data.
pub(crate) async fn upkeep(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Query(query): Query<ViewQuery>,
) -> Response {
    let member = who.member.clone();
    let found = state
        .blocking(move |centre| {
            Ok(Upkeep {
                stations: centre.stations().list()?,
                findings: centre.findings().all(&member)?,
                self_tests: centre.self_tests().all(&member)?,
                quarantined: centre.sync().quarantined()?.len(),
                round: centre.lifecycle().rounds()?.1,
                schema: tongban_centre::storage::SCHEMA,
            })
        })
        .await;
    let today = date_text(local_day(state.clock.wall()));
    let result = found.map(|found| {
        let open = found.findings.iter().filter(|one| one.ended.is_none()).count();
        let late = found.findings.iter().filter(|one| one.is_late(&today)).count();
        let view = query.view();
        let board = Board::new(Shell::staff(&state, &who, "运维", "/upkeep"))
            .figures(
                "upkeep",
                "",
                vec![
                    Figure::new("upkeep-stations", "终端", found.stations.len()),
                    Figure::new("upkeep-open", "未办结的检查发现", open),
                    Figure::new("upkeep-late", "超期", late).class(if late > 0 { "red" } else { "" }),
                    Figure::new("upkeep-quarantined", "隔离的数据包", found.quarantined),
                    Figure::new("upkeep-round", "上一轮完整性巡检", maybe_moment(found.round)),
                ],
            )
            .tab("tab-versions", "/upkeep", "程序版本", Some(found.stations.len() + 1), view.is_empty())
            .tab("tab-findings", "/upkeep?view=findings", "安全检查", Some(open), view == "findings");
        if view != "findings" {
            return versions(board, &found).page();
        }
        let places = std::iter::once(("server".to_owned(), "server".to_owned()))
            .chain(found.stations.iter().map(|one| (one.id.0.clone(), one.id.0.clone())));
        board
            .table(
                Table::new("findings", "", &["发现", "在哪里", "风险", "状态", "处理"])
                    .lines(found.findings.iter().map(|one| finding_line(&who, one, &today)))
                    .empty("没有登记过。"),
            )
            .form_if(who.member.may(Action::ManageStations), || {
                Form::new("finding", "/upkeep", "登记")
                    .title("登记检查发现")
                    .fold()
                    .select("place", "在哪里", places)
                    .line("source", "检查方式（工具或人员）")
                    .max(100)
                    .line("title", "发现了什么")
                    .max(300)
                    .radio(
                        "severity",
                        "风险",
                        &[("high", "高", "3 个工作日"), ("medium", "中", "10 个工作日"), ("low", "低", "30 个工作日")],
                    )
            })
            .page()
    });
    answer(&state, &who, result)
}

fn missing(what: &'static str) -> CentreError {
    CentreError::invalid(ErrorCode::FieldMissing, what)
}

does! {
    /// 登记印章.
    register(centre, by, fields) -> "/seals" => {
        let field = |name: &str| fields.get(name).to_owned();
        let seal = Seal {
            code: field("code"),
            org: field("org"),
            name: field("name"),
            maker: field("maker"),
            made_on: field("made_on"),
            valid_to: field("valid_to"),
            state: SealState::InUse,
            history: Vec::new(),
        };
        centre.seals().register(&by, &seal)
    };
    /// 变更状态.
    set_seal(centre, by, fields) -> "/seals" => {
        let state = match fields.get("state") {
            "in_use" => SealState::InUse,
            "stopped" => SealState::Stopped,
            "lost" => SealState::Lost,
            _ => return Err(missing("state")),
        };
        centre.seals().set(&by, fields.get("code"), state, fields.get("reason"))
    };
    /// 登记检查发现.
    finding(centre, by, fields) -> "/upkeep?view=findings" => {
        let severity = match fields.get("severity") {
            "high" => Severity::High,
            "medium" => Severity::Medium,
            "low" => Severity::Low,
            _ => return Err(missing("severity")),
        };
        centre.findings().record(&by, fields.get("place"), fields.get("source"), fields.get("title"), severity).map(|_| ())
    };
    /// 办结.
    finding_end(centre, by, fields) -> "/upkeep?view=findings" => {
        let mended = match fields.get("mended") {
            "yes" => true,
            "no" => false,
            _ => return Err(missing("mended")),
        };
        centre.findings().end(&by, fields.get("id"), mended, fields.get("words"))
    };
}
