//! 意见征询和听证: drafts, publication, opinions looked at, the answer.

use super::answer;
use super::supervision::does;
use crate::guard::{Fields, Who};
use crate::html::{Shell, moment};
use crate::kit::{Board, Cell, Figure, Form, Line, Table};
use crate::state::AppState;
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use tongban_centre::CentreError;
use tongban_centre::consultations::{Consultation, ConsultationKind, NewConsultation, Opinion, counts};
use tongban_centre::rights::Action;
use tongban_domain::code::ErrorCode;
use tongban_domain::limits::{date_text, local_day};

/// A kind in words.
pub(crate) const fn kind_words(kind: ConsultationKind) -> &'static str {
    match kind {
        ConsultationKind::Survey => "意见征询",
        ConsultationKind::Hearing => "听证公告",
    }
}

/// Where a notice stands on this day.
pub(crate) fn state_words(notice: &Consultation, today: &str) -> (&'static str, &'static str) {
    match (&notice.published, &notice.answer) {
        (None, _) => ("待发布", "grey"),
        (Some(_), Some(_)) => ("已反馈", "green"),
        (Some(_), None) if today < notice.opens.as_str() => ("未开始", "blue"),
        (Some(_), None) if notice.is_open(today) => ("征集中", "blue"),
        (Some(_), None) => ("待反馈", "amber"),
    }
}

fn line(who: &Who, notice: &Consultation, today: &str) -> Line {
    let cells = vec![
        Cell::link(
            format!("/consultations/{}", notice.id),
            notice.title.clone(),
            format!("{} · {}", notice.id, kind_words(notice.kind)),
        ),
        Cell::text(format!("{} 至 {}", notice.opens, notice.closes)),
        Cell::tag(state_words(notice, today)),
    ];
    let may = notice.published.is_none() && who.member.may(Action::Supervise) && notice.drafted_by != who.member.id;
    Line::new(format!("consultation-{}", notice.id), cells).act_if(may, || {
        Form::new(format!("publish-{}", notice.id), "/consultations/publish", "发布").hidden("id", &notice.id)
    })
}

pub(crate) async fn list(State(state): State<AppState>, Extension(who): Extension<Who>) -> Response {
    let member = who.member.clone();
    let found = state.blocking(move |centre| centre.consultations().all(&member)).await;
    let today = date_text(local_day(state.clock.wall()));
    let result = found.map(|all| {
        let table = Table::new("consultations", "", &["公告", "期限", "状态"]).note("起草和发布由两人分别办理。");
        Board::new(Shell::staff(&state, &who, "意见征询和听证", "/consultations"))
            .table(table.lines(all.iter().rev().map(|one| line(&who, one, &today))))
            .form(
                Form::new("draft", "/consultations", "保存")
                    .title("起草公告")
                    .fold()
                    .radio("kind", "类别", &[("survey", "意见征询", ""), ("hearing", "听证公告", "可以报名参加")])
                    .line("title", "标题")
                    .max(100)
                    .tall("text", "内容", 8)
                    .max(8_000)
                    .date("opens", "开始日期")
                    .date("closes", "截止日期")
                    .line("place", "听证时间和地点（听证公告必填）")
                    .optional(),
            )
            .page()
    });
    answer(&state, &who, result)
}

fn opinion_line(opinion: &Opinion, phone: Option<&str>) -> Line {
    let state = match opinion.state.as_str() {
        "shown" => ("已公开", "green"),
        "withheld" => ("不公开", "grey"),
        _ => ("待审看", "amber"),
    };
    let name = if opinion.name.is_empty() { "未署名".to_owned() } else { opinion.name.clone() };
    let attends = match (&opinion.contact_hex, phone) {
        (Some(_), Some(phone)) => format!("报名听证，电话 {phone}"),
        (Some(_), None) => "报名听证".to_owned(),
        (None, _) => String::new(),
    };
    let cells = vec![
        Cell::two(opinion.text.clone(), format!("{name} · {}", moment(opinion.at_ms))),
        Cell::two(attends, opinion.reason.clone()),
        Cell::tag(state),
    ];
    let id = format!("opinion-{}", opinion.id);
    Line::new(id, cells).act_if(opinion.state == "waiting", || {
        Form::new(format!("moderate-{}", opinion.id), "/consultations/moderate", "审看")
            .hidden("id", &opinion.id)
            .hidden("of", &opinion.of)
            .radio("show", "结论", &[("yes", "原样公开", ""), ("no", "不公开", "须写明理由")])
            .line("reason", "理由")
            .optional()
    })
}

pub(crate) async fn one(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Path(id): Path<String>,
) -> Response {
    let member = who.member.clone();
    let found = state.blocking(move |centre| centre.consultations().seen_by(&member, &id)).await;
    let today = date_text(local_day(state.clock.wall()));
    let result = found.map(|(notice, all)| {
        let opinions: Vec<Opinion> = all.iter().map(|(opinion, _)| opinion.clone()).collect();
        let count = counts(&opinions);
        let mut facts = vec![
            ("期限".to_owned(), format!("{} 至 {}", notice.opens, notice.closes)),
            ("状态".to_owned(), state_words(&notice, &today).0.to_owned()),
            ("内容".to_owned(), notice.text.clone()),
        ];
        if !notice.place.is_empty() {
            facts.push(("听证".to_owned(), notice.place.clone()));
        }
        if let Some((text, at)) = &notice.answer {
            facts.push(("反馈".to_owned(), format!("{text}（{}）", moment(*at))));
        }
        let over = notice.published.is_some() && notice.closes < today && notice.answer.is_none();
        let may = over && count.waiting == 0 && who.member.may(Action::Supervise);
        Board::new(Shell::staff(&state, &who, notice.title.clone(), "/consultations"))
            .under("/consultations", "意见征询和听证")
            .figures(
                "opinion-counts",
                "",
                vec![
                    Figure::new("opinions-received", "收到", count.received),
                    Figure::new("opinions-waiting", "待审看", count.waiting),
                    Figure::new("opinions-shown", "公开", count.shown),
                    Figure::new("opinions-withheld", "不公开", count.withheld),
                    Figure::new("opinions-signed-up", "报名听证", count.signed_up),
                ],
            )
            .facts("consultation", kind_words(notice.kind), facts)
            .table(
                Table::new("opinions", "意见", &["意见", "报名和理由", "状态"])
                    .lines(all.iter().map(|(one, phone)| opinion_line(one, phone.as_deref())))
                    .empty("还没有意见。"),
            )
            .form_if(may, || {
                Form::new("answer", "/consultations/answer", "公开反馈")
                    .title("反馈")
                    .hint("公开后不能修改")
                    .hidden("id", &notice.id)
                    .tall("text", "采纳情况和理由", 6)
                    .max(8_000)
            })
            .page()
    });
    answer(&state, &who, result)
}

fn back(id: &str) -> String {
    let plain: String = id.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
    format!("/consultations/{plain}")
}

does! {
    /// 起草.
    draft(centre, by, fields) -> "/consultations" => {
        let kind = match fields.get("kind") {
            "survey" => ConsultationKind::Survey,
            "hearing" => ConsultationKind::Hearing,
            _ => return Err(CentreError::invalid(ErrorCode::FieldMissing, "kind")),
        };
        let field = |name: &str| fields.get(name).to_owned();
        let new = NewConsultation {
            kind,
            title: field("title"),
            text: field("text"),
            opens: field("opens"),
            closes: field("closes"),
            place: field("place"),
        };
        centre.consultations().draft(&by, &new).map(|_| ())
    };
    /// 发布.
    publish(centre, by, fields) -> "/consultations" => centre.consultations().publish(&by, fields.get("id"));
    /// 审看.
    moderate(centre, by, fields) -> back(fields.get("of")) => {
        let show = match fields.get("show") {
            "yes" => true,
            "no" => false,
            _ => return Err(CentreError::invalid(ErrorCode::FieldMissing, "show")),
        };
        centre.consultations().moderate(&by, fields.get("id"), show, fields.get("reason"))
    };
    /// 反馈.
    reply(centre, by, fields) -> back(fields.get("id")) =>
        centre.consultations().answer(&by, fields.get("id"), fields.get("text"));
}
