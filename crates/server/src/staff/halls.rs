//! 大厅运行: windows, duty, notices, 应急停用, 认领, 叫号, 权限复核.

use super::answer;
use super::supervision::does;
use crate::guard::Fields;
use crate::guard::Who;
use crate::html::{Shell, maybe_moment, moment};
use crate::kit::{Board, Cell, Form, Line, Table};
use crate::state::AppState;
use axum::extract::{Extension, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::collections::BTreeSet;
use tongban_centre::appointments::{Booking, QueueTicket};
use tongban_centre::hours::Hours;
use tongban_centre::operations::{Duty, RightsLine, Stop, Window};
use tongban_centre::org::Post;
use tongban_centre::rights::Action;
use tongban_centre::staff::LogLine;
use tongban_centre::{Centre, CentreError};
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::StaffId;

/// Alarms a duty table names: key, words.
const ALARMS: [(&str, &str); 7] = [
    ("station_offline", "终端离线"),
    ("device_fault", "设备故障"),
    ("paper_out", "缺纸缺耗材"),
    ("sync_quarantine", "数据隔离"),
    ("clock_skew", "时钟偏差"),
    ("share_failure", "数据共享失败"),
    ("red_card", "红牌"),
];

struct Running {
    halls: Vec<String>,
    windows: Vec<Window>,
    duties: Vec<Duty>,
    stops: Vec<Stop>,
    stations: Vec<String>,
    notices: Vec<LogLine>,
    hours: Vec<Hours>,
}

/// Notices shown on the page.
const NOTICES: u32 = 20;

fn halls(centre: &Centre) -> Result<(Vec<String>, Vec<String>), CentreError> {
    let stations = centre.stations().list()?;
    let halls: BTreeSet<String> = stations.iter().map(|station| station.hall.clone()).collect();
    Ok((halls.into_iter().collect(), stations.into_iter().map(|station| station.id.0).collect()))
}

fn window_line(window: &Window, may: bool) -> Line {
    let state = match (&window.on_duty, window.paused) {
        (_, true) => ("暂停", "amber"),
        (Some(_), false) => ("在岗", "green"),
        (None, false) => ("无人", "grey"),
    };
    let who = window.on_duty.as_ref().map_or_else(|| "—".to_owned(), ToString::to_string);
    let items = if window.items.is_empty() { "全部事项".to_owned() } else { window.items.join("、") };
    let id = format!("window-{}-{}", window.hall, window.number);
    let flip = || {
        let words = if window.paused { "恢复" } else { "暂停" };
        Form::new(format!("{id}-flip"), "/halls/window", words)
            .hidden("hall", &window.hall)
            .hidden("number", &window.number)
            .hidden("items", window.items.join(" "))
            .hidden("on_duty", window.on_duty.as_ref().map(ToString::to_string).unwrap_or_default())
            .hidden("paused", if window.paused { "" } else { "1" })
    };
    Line::new(&id, vec![Cell::two(&window.number, &window.hall), Cell::tag(state), Cell::text(who), Cell::text(items)])
        .act_if(may, flip)
}

fn stop_line(stop: &Stop, may: bool) -> Line {
    let state = stop.lifted_ms.map_or(("停用中", "red"), |_| ("已恢复", "grey"));
    let cells = vec![
        Cell::two(&stop.target, &stop.notice),
        Cell::tag(state),
        Cell::two(format!("{} · {}", stop.by, moment(stop.at_ms)), format!("恢复 {}", maybe_moment(stop.lifted_ms))),
    ];
    Line::new(format!("stop-{}", stop.target), cells).act_if(may && stop.lifted_ms.is_none(), || {
        Form::new(format!("resume-{}", stop.target), "/halls/resume", "恢复").hidden("target", &stop.target)
    })
}

pub(crate) async fn page(State(state): State<AppState>, Extension(who): Extension<Who>) -> Response {
    let found = state
        .blocking(|centre| {
            let (halls, stations) = halls(centre)?;
            let operations = centre.operations();
            let hours = halls.iter().map(|hall| operations.hours(hall)).collect::<Result<Vec<_>, _>>()?;
            Ok(Running {
                hours: hours.into_iter().flatten().collect(),
                halls,
                stations,
                windows: operations.all_windows()?,
                duties: operations.duties()?,
                stops: operations.stops()?,
                notices: centre.staff().log_of("hall.notice", NOTICES)?,
            })
        })
        .await;
    let result = found.map(|found| {
        let (runs, stops) = (who.member.may(Action::RunHall), who.member.may(Action::StopService));
        let hall_options: Vec<(String, String)> = found.halls.iter().map(|hall| (hall.clone(), hall.clone())).collect();
        let mut targets: Vec<(String, String)> =
            found.halls.iter().map(|hall| (hall.clone(), format!("{hall}（整个大厅）"))).collect();
        targets.extend(found.stations.iter().map(|station| (station.clone(), station.clone())));
        let alarm = |key: &str| {
            ALARMS.iter().find(|(known, _)| *known == key).map_or(key.to_owned(), |(_, words)| (*words).to_owned())
        };
        let duty = |duty: &Duty| {
            let hall = if duty.hall.is_empty() { "全市" } else { &duty.hall };
            Line::new(
                "",
                vec![Cell::text(alarm(&duty.alarm)), Cell::text(hall), Cell::two(duty.owner.to_string(), &duty.phone)],
            )
        };
        let stopped = found.stops.iter().filter(|stop| stop.lifted_ms.is_none()).count();
        let mut board = Board::new(Shell::staff(&state, &who, "大厅运行", "/halls"));
        if stopped > 0 {
            board = board.say("stopped", "warn", format!("正在停用 {stopped} 处，申请人看到停用公告。"));
        }
        let windows = Table::new("windows", "窗口", &["窗口", "状态", "在岗", "事项"])
            .lines(found.windows.iter().map(|one| window_line(one, runs)));
        let stop_table = Table::new("stops", "应急停用", &["对象", "状态", "经过"]).note("一次心跳内送到终端。");
        board = board.table(windows).table(stop_table.lines(found.stops.iter().rev().map(|one| stop_line(one, stops))));
        board = board.form_if(stops, || {
            let form = Form::new("stop", "/halls/stop", "立即停用").title("应急停用").danger().fold();
            form.select("target", "停用什么", targets).area("notice", "给群众看的公告")
        });
        board = board
            .table(Table::new("duties", "责任表", &["告警", "范围", "责任人"]).lines(found.duties.iter().map(duty)));
        let notice = |line: &LogLine| {
            let hall = if line.object.is_empty() { "全市" } else { &line.object };
            Line::new(
                "",
                vec![Cell::num(moment(line.at_ms)), Cell::two(&line.detail, format!("{hall} · {}", line.actor))],
            )
        };
        board = board
            .table(Table::new("notices", "已发布的公告", &["时间", "公告"]).lines(found.notices.iter().map(notice)));
        board = board.table(super::hours::table(&found.hours));
        if runs {
            board = forms(board, &hall_options).form(super::hours::form(&hall_options));
        }
        board.page()
    });
    answer(&state, &who, result)
}

fn forms(board: Board, halls: &[(String, String)]) -> Board {
    let all = std::iter::once((String::new(), "全市".to_owned())).chain(halls.to_vec());
    let everywhere: Vec<(String, String)> = all.collect();
    board
        .form(
            Form::new("window", "/halls/window", "保存窗口")
                .title("设置窗口")
                .fold()
                .select("hall", "大厅", halls.to_vec())
                .line("number", "窗口号，例如 W03")
                .line("items", "办理事项（代码，空格分开；不填为全部）")
                .optional()
                .line("on_duty", "在岗人员账号（不填为无人）")
                .optional()
                .ticks("paused", "状态", [("1".to_owned(), "暂停".to_owned(), false)]),
        )
        .form(
            Form::new("duty", "/halls/duty", "保存责任人")
                .title("设置责任人")
                .fold()
                .select("alarm", "告警", ALARMS)
                .select("hall", "范围", everywhere.clone())
                .optional()
                .line("owner", "责任人账号")
                .line("phone", "电话"),
        )
        .form(
            Form::new("notice", "/halls/notice", "发布")
                .title("发布公告")
                .fold()
                .select("hall", "范围", everywhere)
                .optional()
                .area("text", "公告")
                .max(200),
        )
}

does! {
    /// 设置窗口.
    window(centre, by, fields) -> "/halls" => {
        if fields.get("hall").is_empty() || fields.get("number").is_empty() {
            return Err(CentreError::invalid(ErrorCode::FieldMissing, "hall or number"));
        }
        let on_duty = fields.get("on_duty");
        if !on_duty.is_empty() && centre.staff().get(on_duty)?.is_none() {
            return Err(CentreError::not_found("person"));
        }
        centre.operations().set_window(&by, &Window {
            hall: fields.get("hall").into(),
            number: fields.get("number").into(),
            items: fields.get("items").split_whitespace().map(str::to_owned).collect(),
            on_duty: Some(StaffId(on_duty.to_owned())).filter(|id| !id.0.is_empty()),
            paused: fields.get("paused") == "1",
        })
    };
    /// 责任人.
    duty(centre, by, fields) -> "/halls" => {
        if centre.staff().get(fields.get("owner"))?.is_none() {
            return Err(CentreError::not_found("person"));
        }
        centre.operations().set_duty(&by, &Duty {
            alarm: fields.get("alarm").into(),
            hall: fields.get("hall").into(),
            owner: StaffId(fields.get("owner").into()),
            phone: fields.get("phone").into(),
        })
    };
    /// 公告.
    notice(centre, by, fields) -> "/halls" => centre.operations().notice(&by, fields.get("hall"), fields.get("text"));
    /// 应急停用.
    stop(centre, by, fields) -> "/halls" => {
        let target = fields.get("target");
        let hall: Vec<&str> = target.split('-').take(2).collect();
        centre.operations().stop(&by, &hall.join("-"), target, fields.get("notice"))
    };
    /// 恢复.
    resume(centre, by, fields) -> "/halls" => centre.operations().resume(&by, fields.get("target"));
    /// 叫号.
    call(centre, by, fields) -> format!("/queue?hall={}", plain(fields.get("hall"))) =>
        centre.appointments().call(&by, fields.get("hall"), fields.get("window")).map(|_| ());
    /// 过号, 办结.
    end(centre, by, fields) -> format!("/queue?hall={}", plain(fields.get("hall"))) =>
        centre.appointments().end(&by, fields.get("hall"), fields.get("number"), fields.get("outcome"));
    /// 岗位.
    post(centre, by, fields) -> "/staff" => {
        let org = fields.get("org");
        let items = centre.catalogue().all();
        let known = items.iter().find(|item| item.org.code == org).map(|item| item.org.name.clone());
        let org_name = match known {
            Some(name) => name,
            None if org.is_empty() => "政务大厅".to_owned(),
            None => return Err(CentreError::invalid(ErrorCode::FieldInvalid, "department")),
        };
        centre.organisation().set_post(&by, &Post {
            staff: StaffId(fields.get("staff").into()),
            title: fields.get("title").into(),
            org: org.into(),
            org_name,
            items: fields.get("items").split_whitespace().map(str::to_owned).collect(),
            phone: fields.get("phone").into(),
        })
    };
    /// 重置动态验证码.
    reset(centre, by, fields) -> "/rights" =>
        centre.second_factor().reset(&by, &StaffId(fields.get("staff").into()), fields.get("reason"));
}

/// A hall's id and nothing else, for a link.
pub(super) fn plain(hall: &str) -> String {
    hall.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
}

/// Which hall.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct HallQuery {
    #[serde(default)]
    hall: String,
}

struct TodaysLine {
    halls: Vec<String>,
    hall: String,
    windows: Vec<Window>,
    line: Vec<QueueTicket>,
    bookings: Vec<Booking>,
    items: Vec<(String, String)>,
    /// Why nobody gets a ticket now: id, words.
    closed: Vec<(&'static str, String)>,
}

fn ticket_line(ticket: &QueueTicket, name: &str, may: bool) -> Line {
    let state = match (&ticket.called, &ticket.ended) {
        (_, Some(outcome)) => (outcome.clone(), "grey"),
        (Some((window, at)), None) => (format!("{window} 叫号 {}", &moment(*at)[11..]), "green"),
        (None, None) => ("等候".to_owned(), "blue"),
    };
    let number = if ticket.priority { format!("{}（优先）", ticket.number) } else { ticket.number.clone() };
    let called = ticket.called.is_some() && ticket.ended.is_none();
    let end = |outcome: &str| {
        Form::new(format!("end-{}-{outcome}", ticket.number), "/queue/end", outcome)
            .hidden("hall", &ticket.hall)
            .hidden("number", &ticket.number)
            .hidden("outcome", outcome)
    };
    Line::new(
        format!("queue-{}", ticket.number),
        vec![Cell::num(number), Cell::text(name), Cell::num(&moment(ticket.at_ms)[11..]), Cell::tag(state)],
    )
    .act_if(called && may, || end("办结"))
    .act_if(called && may, || end("过号"))
}

fn booking_line(one: &Booking, item: String) -> Line {
    let slot = Cell::two(format!("{} {}", one.day, one.slot), &one.id);
    Line::new(format!("booking-{}", one.id), vec![slot, Cell::text(item), Cell::text(&one.name)])
}

pub(crate) async fn queue(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Query(query): Query<HallQuery>,
) -> Response {
    let found = state
        .blocking(move |centre| {
            let (halls, _) = halls(centre)?;
            let hall = halls.iter().find(|hall| **hall == query.hall).or(halls.first()).cloned().unwrap_or_default();
            Ok(TodaysLine {
                closed: super::hours::closed(centre, &hall)?,
                windows: centre.operations().windows(&hall)?,
                line: centre.appointments().line(&hall)?,
                bookings: centre.appointments().bookings(&hall)?,
                items: centre.catalogue().all().iter().map(|item| (item.key.0.clone(), item.name.clone())).collect(),
                halls,
                hall,
            })
        })
        .await;
    let result = found.map(|found| {
        let may = who.member.may(Action::Accept);
        let name =
            |key: &str| found.items.iter().find(|(known, _)| known == key).map_or(key, |(_, name)| name).to_owned();
        let waiting = found.line.iter().filter(|ticket| ticket.called.is_none() && ticket.ended.is_none()).count();
        let mut board = Board::new(Shell::staff(&state, &who, "叫号与预约", "/queue"))
            .lead(format!("{} · 等候 {waiting} 人", found.hall));
        for hall in &found.halls {
            board = board.tab(format!("hall-{hall}"), format!("/queue?hall={hall}"), hall, None, *hall == found.hall);
        }
        let windows: Vec<(String, String)> = found
            .windows
            .iter()
            .filter(|one| !one.paused)
            .map(|one| (one.number.clone(), one.number.clone()))
            .collect();
        if windows.is_empty() {
            board = board.say("queue-closed", "warn", "没有开放的窗口，请在“大厅”设置。");
        }
        for (id, words) in &found.closed {
            board = board.say(id, "warn", words.clone());
        }
        let lines = found.line.iter().rev().map(|ticket| ticket_line(ticket, &name(&ticket.item.0), may));
        let booked = found.bookings.iter().map(|one| booking_line(one, name(&one.item.0)));
        board
            .form_if(may && !windows.is_empty(), || {
                Form::new("call", "/queue/call", "叫下一位")
                    .hidden("hall", &found.hall)
                    .select("window", "窗口", windows)
            })
            .table(
                Table::new("queue", "今日排队", &["号", "事项", "取号", "状态"])
                    .lines(lines)
                    .empty("今天还没有人取号。"),
            )
            .table(Table::new("bookings", "预约", &["时段", "事项", "预约人"]).lines(booked).empty("没有预约。"))
            .form_if(may && found.closed.is_empty(), || {
                Form::new("check-in", "/queue/check-in", "取号")
                    .title("凭证件取号")
                    .hint("有预约的自动优先")
                    .fold()
                    .hidden("hall", &found.hall)
                    .select("item", "事项", found.items.clone())
                    .line("id_number", "证件号码")
                    .max(18)
            })
            .page()
    });
    answer(&state, &who, result)
}

/// 权限复核.
pub(crate) async fn rights(State(state): State<AppState>, Extension(who): Extension<Who>) -> Response {
    let member = who.member.clone();
    let found = state
        .blocking(move |centre| {
            let lines = centre.operations().review_rights(&member)?;
            lines
                .into_iter()
                .map(|line| Ok((centre.second_factor().is_set(&line.staff)?, line)))
                .collect::<Result<Vec<_>, CentreError>>()
        })
        .await;
    let result = found.map(|lines| {
        let line = |(second, line): (bool, RightsLine)| {
            let roles: Vec<&str> = line.roles.iter().map(|role| role.title()).collect();
            let post = line.post.map_or_else(String::new, |post| format!("{} · {}", post.title, post.org_name));
            let findings = if line.findings.is_empty() {
                ("无疑点".to_owned(), "green")
            } else {
                (line.findings.join("、"), "amber")
            };
            let may = second && who.member.may(Action::GrantRights) && line.staff != who.member.id;
            let factor = if second { ("动态码已启用", "green") } else { ("仅密码", "amber") };
            let cells = vec![
                Cell::two(line.name, format!("{} · {}", line.staff, line.region)),
                Cell::two(roles.join("、"), post),
                Cell::tag(findings),
                Cell::tag(factor),
            ];
            Line::new(format!("rights-{}", line.staff), cells).act_if(may, || {
                Form::new(format!("reset-{}", line.staff), "/rights/reset", "重置动态码")
                    .hidden("staff", &line.staff)
                    .line("reason", "理由")
            })
        };
        Board::new(Shell::staff(&state, &who, "权限复核", "/rights"))
            .lead("每个账号能做什么、在哪里、有没有不合适的地方。")
            .table(
                Table::new("rights", "账号", &["账号", "角色岗位", "复核", "登录"]).lines(lines.into_iter().map(line)),
            )
            .page()
    });
    answer(&state, &who, result)
}
