//! 制证队列, 空白证, 终端, 员工, 日志.

use super::answer;
use crate::guard::{Fields, Who};
use crate::html::{self, Shell, maybe_moment, moment};
use crate::kit::Form;
use crate::state::AppState;
use askama::Template;
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use std::collections::BTreeMap;
use tongban_centre::rights::{Action, Role};
use tongban_centre::stations::{NewStation, Station};
use tongban_centre::stock::{Range, Use};
use tongban_centre::sync::Quarantined;
use tongban_centre::{Centre, CentreError};
use tongban_domain::limits::{date_text, local_day};
use tongban_domain::receipt_number::ReceiptNumber;
use tongban_protocol::api::LicenceJob;
use tongban_protocol::help::HelpCall;

#[derive(Template)]
#[template(path = "licences.html")]
struct LicencesPage {
    shell: Shell,
    jobs: Vec<(LicenceJob, String, (&'static str, &'static str))>,
}

fn licence_words(state: &str) -> (&'static str, &'static str) {
    match state {
        "allotted" => ("待制证", "blue"),
        "intended" | "sent" => ("打印中", "amber"),
        "done" => ("待核对", "amber"),
        "confirmed" => ("待领取", "green"),
        _ => ("已发证", "grey"),
    }
}

pub(crate) async fn licences(State(state): State<AppState>, Extension(who): Extension<Who>) -> Response {
    let member = who.member.clone();
    let jobs = state.blocking(move |centre| centre.licences().list(&member)).await;
    let result = jobs.map(|jobs| {
        let line = |job: LicenceJob| {
            let receipt =
                ReceiptNumber::parse(&job.receipt).map_or_else(|_| job.receipt.clone(), |number| number.grouped());
            let words = licence_words(&job.state);
            (job, receipt, words)
        };
        html::page(&LicencesPage {
            shell: Shell::staff(&state, &who, "制证队列", "/licences"),
            jobs: jobs.into_iter().map(line).collect(),
        })
    });
    answer(&state, &who, result)
}

#[derive(Template)]
#[template(path = "stock.html")]
struct StockPage {
    shell: Shell,
    ranges: Vec<Range>,
    uses: Vec<(Use, &'static str, &'static str)>,
}

pub(crate) async fn stock(State(state): State<AppState>, Extension(who): Extension<Who>) -> Response {
    let found = state.blocking(|centre| Ok((centre.stock().ranges()?, centre.stock().uses()?))).await;
    let result = found.map(|(ranges, uses)| {
        let words = |used: Use| {
            let (label, class) = match used.state.as_str() {
                "used" => ("已用", "green"),
                "spoiled" => ("作废", "red"),
                _ => ("占用", "amber"),
            };
            (used, label, class)
        };
        html::page(&StockPage {
            shell: Shell::staff(&state, &who, "空白证照", "/stock"),
            ranges,
            uses: uses.into_iter().map(words).collect(),
        })
    });
    answer(&state, &who, result)
}

/// A station and how it does.
struct StationLine {
    station: Station,
    kind: &'static str,
    state: (&'static str, &'static str),
    seen: String,
    certificate: String,
    devices: Vec<(String, String, &'static str)>,
    gap: bool,
    /// 请求帮助, in words.
    help: String,
    /// Alarms of this station: what, and who owns it with a telephone.
    alarms: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "stations.html")]
struct StationsPage {
    shell: Shell,
    lines: Vec<StationLine>,
    quarantined: Vec<(Quarantined, String)>,
    may_manage: bool,
    code: Option<(String, String)>,
    ca_fingerprint: String,
}

/// Silent for longer than this is offline, ms.
const OFFLINE_MS: i64 = 90_000;

/// A kiosk's call for help, as the staff page says it; empty without one.
fn help_words(call: Option<&HelpCall>) -> String {
    match call {
        None => String::new(),
        Some(HelpCall { answer: Some(answer), .. }) => format!("请求帮助，{}已去", answer.name),
        Some(call) => format!("请求帮助，已等 {} 秒", call.waited_s),
    }
}

fn station_line(station: Station, links: &[(u32, u64, u64)], help: Option<&HelpCall>, now: i64) -> StationLine {
    let online = station.seen_ms.is_some_and(|seen| now - seen < OFFLINE_MS);
    let state = match (station.state.as_str(), online) {
        ("new", _) => ("待注册", "amber"),
        ("revoked", _) => ("已吊销", "red"),
        (_, true) => ("在线", "green"),
        (_, false) => ("离线", "grey"),
    };
    let devices: Vec<(String, String)> =
        station.devices.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let class = |text: &str| if text.eq_ignore_ascii_case("online") || text == "ok" { "green" } else { "amber" };
    StationLine {
        kind: match station.kind.as_str() {
            "kiosk" => "自助终端",
            "window" => "综合窗口",
            "technician" => "运维终端",
            _ => "制证窗口",
        },
        state,
        seen: maybe_moment(station.seen_ms),
        certificate: station.cert_until_ms.map(|until| moment(until)[..10].to_owned()).unwrap_or_default(),
        devices: devices
            .into_iter()
            .map(|(role, text)| {
                let class = class(&text);
                (role, text, class)
            })
            .collect(),
        gap: links.iter().any(|(_, held, highest)| held < highest),
        help: help_words(help),
        alarms: Vec::new(),
        station,
    }
}

/// What is wrong with a station now, each with its owner of the 责任表.
fn alarms(centre: &Centre, line: &StationLine) -> Result<Vec<(&'static str, String)>, CentreError> {
    let skewed = line.station.skew_ms.is_some_and(|skew| skew.abs() > 120_000);
    let wrong = [
        ("station_offline", "终端离线", line.station.state == "enrolled" && line.state.0 == "离线"),
        ("device_fault", "设备故障", line.devices.iter().any(|(_, _, class)| *class != "green")),
        ("clock_skew", "时钟偏差", skewed),
        ("sync_quarantine", "终端链缺号", line.gap),
    ];
    let mut alarms = Vec::new();
    for (key, words, _) in wrong.into_iter().filter(|(_, _, is)| *is) {
        let owner = centre.operations().owner(key, &line.station.hall)?;
        let owner = owner.map_or_else(
            || "没有责任人，请在“大厅”设置".to_owned(),
            |duty| format!("责任人 {}，电话 {}", duty.owner, duty.phone),
        );
        alarms.push((words, owner));
    }
    Ok(alarms)
}

async fn stations_page(state: &AppState, who: &Who, code: Option<(String, String)>) -> Response {
    let now = state.clock.wall().0;
    let board = state.help.clone();
    let found = state
        .blocking(move |centre| {
            let mut lines = Vec::new();
            for station in centre.stations().list()? {
                let links = centre.sync().links(&station.id.0)?;
                let help = board.of(&station.id.0, now);
                let mut line = station_line(station, &links, help.as_ref(), now);
                line.alarms = alarms(centre, &line)?;
                lines.push(line);
            }
            Ok((lines, centre.sync().quarantined()?, centre.ca_fingerprint()?))
        })
        .await;
    let result = found.map(|(lines, quarantined, ca_fingerprint)| {
        html::page(&StationsPage {
            shell: Shell::staff(state, who, "终端", "/stations"),
            lines,
            quarantined: quarantined
                .into_iter()
                .map(|line| {
                    let at = moment(line.at_ms);
                    (line, at)
                })
                .collect(),
            may_manage: who.member.may(Action::ManageStations),
            code,
            ca_fingerprint,
        })
    });
    answer(state, who, result)
}

pub(crate) async fn stations(State(state): State<AppState>, Extension(who): Extension<Who>) -> Response {
    stations_page(&state, &who, None).await
}

pub(crate) async fn station_add(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let field = |name: &str| fields.get(name).to_owned();
    let new = NewStation {
        id: field("id"),
        hall: field("hall"),
        region: field("region"),
        station3: field("station3"),
        kind: field("kind"),
    };
    let (member, id) = (who.member.clone(), new.id.clone());
    match state.blocking(move |centre| centre.stations().add_as(&member, &new)).await {
        Ok(code) => stations_page(&state, &who, Some((id, code))).await,
        Err(failure) => answer(&state, &who, Err(failure)),
    }
}

pub(crate) async fn station_code(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Path(id): Path<String>,
) -> Response {
    let (member, station) = (who.member.clone(), id.clone());
    match state.blocking(move |centre| centre.stations().make_code_as(&member, &station)).await {
        Ok(code) => stations_page(&state, &who, Some((id, code))).await,
        Err(failure) => answer(&state, &who, Err(failure)),
    }
}

pub(crate) async fn station_revoke(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Extension(fields): Extension<Fields>,
    Path(id): Path<String>,
) -> Response {
    let (member, reason) = (who.member.clone(), fields.get("reason").to_owned());
    let done = state.blocking(move |centre| centre.stations().revoke(&member, &id, &reason)).await;
    answer(&state, &who, done.map(|()| Redirect::to("/stations").into_response()))
}

/// An account as its line shows it.
struct MemberLine {
    member: tongban_centre::staff::Member,
    titles: String,
    /// 岗位 and 单位.
    post: (String, String),
    /// 请假 and who stands in.
    away: String,
    locked: bool,
}

/// 岗位: which department somebody belongs to and for which items.
fn post_form(csrf: &str, members: &[MemberLine], orgs: &[(String, String)]) -> Form {
    let people: Vec<(String, String)> = members
        .iter()
        .map(|one| (one.member.id.0.clone(), format!("{}（{}）", one.member.name, one.member.id)))
        .collect();
    let departments =
        std::iter::once((String::new(), "政务大厅（办理所有部门的事项）".to_owned())).chain(orgs.to_vec());
    Form::new("post", "/staff/post", "保存岗位")
        .with_token(csrf)
        .title("设置岗位")
        .hint("岗位定在哪个部门、办哪些事项；角色在增加员工时选定")
        .fold()
        .select("staff", "员工", people)
        .line("title", "岗位名称，例如 住建局承办人")
        .max(30)
        .select("org", "部门", departments.collect::<Vec<_>>())
        .optional()
        .line("items", "办理事项（代码，空格分开；不填为部门全部）")
        .optional()
        .line("phone", "手机（用于提醒）")
        .optional()
        .max(20)
}

#[derive(Template)]
#[template(path = "staff.html")]
struct MembersPage {
    shell: Shell,
    members: Vec<MemberLine>,
    roles: Vec<(&'static str, &'static str)>,
    post_form: Option<Form>,
    may_manage: bool,
    own: String,
}

pub(crate) async fn members(State(state): State<AppState>, Extension(who): Extension<Who>) -> Response {
    let now = state.clock.wall();
    let today = date_text(local_day(now));
    let found = state
        .blocking(move |centre| {
            let leaves = centre.organisation().leaves()?;
            let line = |member: tongban_centre::staff::Member| {
                let post = centre.organisation().post(&member.id)?;
                let away = leaves.iter().find(|leave| leave.staff == member.id && !leave.ended && leave.to >= today);
                Ok(MemberLine {
                    titles: member.titles(),
                    post: post.map(|post| (post.title, post.org_name)).unwrap_or_default(),
                    away: away
                        .map(|leave| format!("{} 至 {} 请假，由 {} 代理", leave.from, leave.to, leave.deputy))
                        .unwrap_or_default(),
                    locked: member.locked_until_ms > now.0,
                    member,
                })
            };
            let members = centre.staff().list()?.into_iter().map(line);
            let items = centre.catalogue().all();
            let orgs: BTreeMap<String, String> =
                items.iter().map(|item| (item.org.code.clone(), item.org.name.clone())).collect();
            Ok((members.collect::<Result<Vec<_>, CentreError>>()?, orgs.into_iter().collect::<Vec<_>>()))
        })
        .await;
    let result = found.map(|(members, orgs)| {
        let may_manage = who.member.may(Action::ManageStaff);
        html::page(&MembersPage {
            shell: Shell::staff(&state, &who, "员工", "/staff"),
            post_form: may_manage.then(|| post_form(&who.csrf, &members, &orgs)),
            members,
            roles: Role::ALL.iter().map(|role| (role.key(), role.title())).collect(),
            may_manage,
            own: who.member.id.0.clone(),
        })
    });
    answer(&state, &who, result)
}

pub(crate) async fn member_add(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let roles: Vec<Role> = fields.all("role").into_iter().filter_map(Role::parse).collect();
    let by = who.member.id.0.clone();
    let done = state
        .blocking(move |centre| {
            centre.staff().add(
                &by,
                fields.get("id"),
                fields.get("name"),
                &roles,
                fields.get("region"),
                fields.raw("password"),
            )
        })
        .await;
    answer(&state, &who, done.map(|()| Redirect::to("/staff").into_response()))
}

pub(crate) async fn member_active(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Extension(fields): Extension<Fields>,
    Path(id): Path<String>,
) -> Response {
    let (member, active) = (who.member.clone(), fields.get("active") == "1");
    let done = state.blocking(move |centre| centre.staff().set_active(&member, &id, active)).await;
    answer(&state, &who, done.map(|()| Redirect::to("/staff").into_response()))
}

#[derive(Template)]
#[template(path = "log.html")]
struct LogPage {
    shell: Shell,
    lines: Vec<(tongban_centre::staff::LogLine, String, bool)>,
    sound: bool,
}

pub(crate) async fn log(State(state): State<AppState>, Extension(who): Extension<Who>) -> Response {
    let found = state.blocking(|centre| Ok((centre.staff().recent(200)?, centre.staff().verify_log().is_ok()))).await;
    let result = found.map(|(lines, sound)| {
        let line = |line: tongban_centre::staff::LogLine| {
            let (at, ok) = (moment(line.at_ms), line.result == "ok");
            (line, at, ok)
        };
        html::page(&LogPage {
            shell: Shell::staff(&state, &who, "日志", "/log"),
            lines: lines.into_iter().map(line).collect(),
            sound,
        })
    });
    answer(&state, &who, result)
}
