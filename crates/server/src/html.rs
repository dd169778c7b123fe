//! What every page has in common, and the pages of refusal.

use crate::error::Failure;
use crate::guard::Who;
use crate::routes::Listener;
use crate::state::AppState;
use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use tongban_centre::limits::{Left, Pressure};
use tongban_centre::rights::Action;
use tongban_domain::clock::WallTime;
use tongban_domain::code::ErrorCode;
use tongban_domain::limits::local_time;

const CSS: &str = include_str!("../../../assets/server/app.css");

/// A link of the top bar.
pub(crate) struct Nav {
    pub id: &'static str,
    pub href: &'static str,
    pub label: &'static str,
    pub here: bool,
}

/// Frame around every page.
pub(crate) struct Shell {
    pub title: String,
    pub nav: Vec<Nav>,
    /// Name and roles of who is signed in.
    pub who: Option<(String, String)>,
    pub csrf: String,
    pub demo: bool,
    pub citizen: bool,
}

/// Id, path, words, and the rights of which one is enough; none: everybody signed in.
type NavRow = (&'static str, &'static str, &'static str, &'static [Action]);

const NAV: &[NavRow] = &[
    ("nav-todo", "/todo", "工作台", &[]),
    ("nav-cases", "/cases", "办件", &[Action::ViewCases]),
    ("nav-queue", "/queue", "叫号", &[Action::Accept, Action::RunHall]),
    ("nav-licences", "/licences", "制证", &[Action::ViewLicences]),
    ("nav-stock", "/stock", "空白证", &[Action::ViewStock]),
    ("nav-parcels", "/parcels", "寄递", &[Action::OperateLicences]),
    ("nav-tickets", "/tickets", "诉求", &[Action::HandleTickets]),
    ("nav-hotline", "/hotline", "热线", &[Action::HandleTickets]),
    ("nav-consultations", "/consultations", "征询听证", &[Action::HandleTickets]),
    ("nav-payments", "/payments", "缴费", &[Action::TakePayments]),
    ("nav-supervision", "/supervision", "监察", &[Action::Supervise]),
    ("nav-ratings", "/ratings", "评价", &[Action::Supervise]),
    ("nav-statistics", "/statistics", "统计", &[Action::ViewStatistics]),
    ("nav-library", "/library", "事项库", &[Action::EditItems, Action::CheckItems, Action::PublishItems]),
    ("nav-knowledge", "/knowledge", "知识库", &[Action::EditItems, Action::CheckItems, Action::PublishItems]),
    ("nav-messages", "/messages", "消息", &[Action::EditItems, Action::CheckItems]),
    ("nav-resources", "/resources", "数据共享", &[Action::ViewSharing]),
    ("nav-halls", "/halls", "大厅", &[Action::RunHall, Action::StopService]),
    ("nav-claims", "/claims", "认领", &[Action::RunHall]),
    ("nav-archive", "/archive", "档案", &[Action::ViewArchive]),
    ("nav-stations", "/stations", "终端", &[Action::ViewStations]),
    ("nav-upkeep", "/upkeep", "运维", &[Action::ViewStations]),
    ("nav-seals", "/seals", "印章", &[Action::GrantRights, Action::OperateLicences]),
    ("nav-staff", "/staff", "员工", &[Action::ViewStaff]),
    ("nav-rights", "/rights", "权限复核", &[Action::GrantRights]),
    ("nav-audit", "/audit", "审计", &[Action::AuditCase]),
    ("nav-log", "/log", "日志", &[Action::ViewLog]),
];

fn opens(who: &Who, actions: &[Action]) -> bool {
    actions.is_empty() || actions.iter().any(|action| who.member.may(*action))
}

impl Shell {
    /// For somebody signed in; `here` is the link that is lit.
    pub fn staff(state: &AppState, who: &Who, title: impl Into<String>, here: &str) -> Self {
        let links = NAV.iter().filter(|(_, _, _, actions)| opens(who, actions));
        Self {
            title: title.into(),
            nav: links.map(|(id, href, label, _)| Nav { id, href, label, here: *href == here }).collect(),
            who: Some((who.member.name.clone(), who.member.titles())),
            csrf: who.csrf.clone(),
            demo: state.demo,
            citizen: false,
        }
    }

    /// For a page without sign-in.
    pub fn open(state: &AppState, title: impl Into<String>, csrf: &str, listener: Listener) -> Self {
        let citizen = listener == Listener::Public;
        let nav = if citizen {
            vec![
                Nav { id: "nav-home", href: "/", label: "首页", here: false },
                Nav { id: "nav-guide", href: "/guide", label: "办事指南", here: false },
                Nav { id: "nav-booking", href: "/booking", label: "预约", here: false },
                Nav { id: "nav-verify", href: "/v", label: "证照核验", here: false },
                Nav { id: "nav-progress", href: "/progress", label: "办件查询", here: false },
                Nav { id: "nav-looks", href: "/looks", label: "谁查过我", here: false },
                Nav { id: "nav-voice", href: "/voice", label: "咨询投诉", here: false },
            ]
        } else {
            Vec::new()
        };
        Self { title: title.into(), nav, who: None, csrf: csrf.to_owned(), demo: state.demo, citizen }
    }
}

/// Renders a template.
pub(crate) fn page<T: Template>(template: &T) -> Response {
    with_status(StatusCode::OK, template)
}

pub(crate) fn with_status<T: Template>(status: StatusCode, template: &T) -> Response {
    match template.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "page did not render");
            (StatusCode::INTERNAL_SERVER_ERROR, "S106").into_response()
        }
    }
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct RefusalPage {
    shell: Shell,
    id: String,
    heading: &'static str,
    text: &'static str,
    code: &'static str,
    back: &'static str,
    back_label: &'static str,
}

/// Heading and sentence for a refusal, in plain Chinese.
fn words(failure: &Failure) -> (&'static str, &'static str) {
    match failure.code {
        ErrorCode::FourEyes => (
            "审查和决定不能是同一个人",
            "您已经审查过这件办件。按规定，作出决定的人不能是审查的人，请由另一位有决定权限的同事办理。本次操作没有生效，并已记入日志。",
        ),
        ErrorCode::NotAllowed => ("您的岗位不能做这件事", "如果工作需要，请联系系统管理员调整岗位权限。"),
        ErrorCode::FormForged => ("页面已失效", "这张表单不是从本次登录打开的，或者打开得太久了。请返回后重新填写。"),
        ErrorCode::SignedOut => ("请重新登录", "登录已结束，刚才的操作没有生效。"),
        ErrorCode::StaleVersion => {
            ("办件已有新的进展", "在您打开页面之后，有人办理了这件办件。请返回查看最新情况再办。")
        }
        ErrorCode::CaseState => ("办件当前状态不能这样办理", "请返回查看办件的最新状态。"),
        ErrorCode::ReasonMissing => ("请填写理由或意见", "理由或意见不能为空，也不能过长。"),
        ErrorCode::ApprovalMissing => ("须先有主管同意", "请负责人在办件页“主管同意”写明理由后，再选择使用。"),
        ErrorCode::NoticeMissing => ("须先书面告知申请人", "名称、预计工作日和原因都要写明，告知书出具后时钟才停。"),
        ErrorCode::ExtensionRefused => ("不能这样延期", "延期只有一次，并且不能超过法律规定的天数。"),
        ErrorCode::DeferralRefused => ("不能容缺受理", "本件不符合容缺条件，或者仍有不可容缺的材料缺少。"),
        ErrorCode::HearingHost => ("听证主持人须另选", "审查过本件的人员不能主持听证。"),
        ErrorCode::PartsOpen => ("并联子办件还没有办完", "请先办理各子办件。"),
        ErrorCode::MaterialMissing => ("还有材料不合格", "请看材料判定，先补齐或由人判定后再出具。"),
        ErrorCode::SamePerson => {
            ("这两步须由不同的人办", "请由另一位有权限的同事办理。本次操作没有生效，并已记入日志。")
        }
        ErrorCode::SearchRefused => ("不能查询", "查人须有本人证件、本人在办件或主管写明的理由。"),
        ErrorCode::RatedBefore => ("已经评价过了", "同一次服务只评价一次，可以追评一次。"),
        ErrorCode::SlotRefused => ("这个时段约不上", "名额已满、已经约过，或者多次爽约暂停预约。请换一个时段。"),
        ErrorCode::PaymentState => ("缴款单当前不能这样办理", "请刷新查看缴款单的最新状态。"),
        ErrorCode::ServiceStopped => ("窗口或大厅已暂停", "请恢复后再叫号。"),
        ErrorCode::SealRefused => ("部门没有在用的印章", "印章已停用、遗失或过期。请安全管理员在“印章”页处理。"),
        ErrorCode::ItemUnsound => ("指南没有通过质检", "请按质检提示逐条改好后再审核。"),
        ErrorCode::NotFound => ("没有找到", "您要看的内容不存在，或者不在您的管辖范围内。"),
        ErrorCode::TooManyRequests => ("操作太频繁", "请过一会儿再试。"),
        ErrorCode::BodyTooLarge => ("提交的内容太长", "请缩短后再试。"),
        _ if failure.status.is_server_error() => ("系统出了点问题", "我们已经记录下来，请稍后再试。"),
        _ => ("没有办成", "请检查填写的内容后再试。"),
    }
}

/// A refusal as a page; the same for every path, so that nothing is told by the difference.
pub(crate) fn refusal(state: &AppState, listener: Listener, who: Option<&Who>, failure: &Failure) -> Response {
    let (heading, text) = words(failure);
    let shell = match who {
        Some(who) => Shell::staff(state, who, heading, ""),
        None => Shell::open(state, heading, "", listener),
    };
    let signed_out = listener == Listener::Staff && who.is_none();
    let template = RefusalPage {
        shell,
        id: format!("refusal-{}", failure.code.as_str()),
        heading,
        text,
        code: failure.code.as_str(),
        back: if signed_out { "/login" } else { "/" },
        back_label: if signed_out { "去登录" } else { "返回首页" },
    };
    with_status(failure.status, &template)
}

/// No such page.
pub(crate) fn lost(state: &AppState, listener: Listener) -> Response {
    match listener {
        Listener::Station => Failure::not_found().problem(),
        Listener::Staff | Listener::Public => refusal(state, listener, None, &Failure::not_found()),
    }
}

pub(crate) async fn css() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")], CSS).into_response()
}

pub(crate) async fn health() -> &'static str {
    "ok"
}

/// `2026-11-23 09:30` in China.
pub(crate) fn moment(ms: i64) -> String {
    let time = local_time(WallTime(ms));
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}",
        time.year(),
        u8::from(time.month()),
        time.day(),
        time.hour(),
        time.minute()
    )
}

/// [`moment`] or a dash.
pub(crate) fn maybe_moment(ms: Option<i64>) -> String {
    ms.map_or_else(|| "—".to_owned(), moment)
}

/// How long somebody waited for an answer, in words.
pub(crate) fn took_words(ms: u64) -> String {
    match ms {
        0..1000 => "不到 1 秒".to_owned(),
        _ => format!("用了 {} 秒", ms.div_ceil(1000)),
    }
}

/// What a status is called, and the colour class of its chip.
pub(crate) fn status_words(status: &str) -> (&'static str, &'static str) {
    match status {
        "draft" => ("暂存", "grey"),
        "submitted" => ("已提交", "blue"),
        "received" => ("已收件", "blue"),
        "correction" => ("补正", "amber"),
        "accepted" => ("已受理", "blue"),
        "in_review" => ("审查中", "blue"),
        "suspended" => ("挂起", "amber"),
        "granted" => ("准予", "green"),
        "denied" => ("不予", "red"),
        "making" => ("制证中", "blue"),
        "ready" => ("待领证", "green"),
        "delivered" => ("已送达", "green"),
        "closed" => ("已办结", "grey"),
        "rejected" => ("不予受理", "red"),
        "returned" => ("已退件", "red"),
        "withdrawn" => ("已撤回", "grey"),
        _ => ("已终止", "grey"),
    }
}

/// `剩余 3 工作日`, and its colour class.
pub(crate) fn left_words(left: Option<Left>) -> (String, &'static str) {
    match left {
        None => (String::new(), "grey"),
        Some(Left { days, pressure: Pressure::Late }) => (format!("超期 {days} 工作日"), "red"),
        Some(Left { days: 0, .. }) => ("今日到期".to_owned(), "amber"),
        Some(Left { days, pressure: Pressure::Soon }) => (format!("剩余 {days} 工作日"), "amber"),
        Some(Left { days, pressure: Pressure::Calm }) => (format!("剩余 {days} 工作日"), "green"),
    }
}
