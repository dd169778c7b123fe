//! 我的账号: post, second factor, ratings of one's own service, leave and deputies.

use super::answer;
use crate::chart;
use crate::guard::{Fields, Who};
use crate::html::Shell;
use crate::kit::{Board, Cell, Form, Line, Table};
use crate::state::AppState;
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use tongban_centre::org::{Leave, Post};
use tongban_centre::ratings::{Grade, SeenRating};
use tongban_centre::rights::Action;
use tongban_domain::ids::StaffId;

/// A mark in words.
pub(crate) const fn grade_words(grade: Grade) -> (&'static str, &'static str) {
    match grade {
        Grade::VerySatisfied => ("非常满意", "green"),
        Grade::Satisfied => ("满意", "green"),
        Grade::Fair => ("基本满意", "blue"),
        Grade::Dissatisfied => ("不满意", "amber"),
        Grade::VeryDissatisfied => ("非常不满意", "red"),
    }
}

struct Own {
    post: Option<Post>,
    set: bool,
    secret: Option<String>,
    ratings: Vec<SeenRating>,
}

pub(crate) async fn page(State(state): State<AppState>, Extension(who): Extension<Who>) -> Response {
    let member = who.member.clone();
    let found = state
        .blocking(move |centre| {
            let set = centre.second_factor().is_set(&member.id)?;
            Ok(Own {
                post: centre.organisation().post(&member.id)?,
                secret: if set { None } else { Some(centre.second_factor().begin(&member)?) },
                set,
                ratings: centre.ratings().of_staff(&member)?,
            })
        })
        .await;
    let result = found.map(|own| {
        let post =
            own.post.map_or_else(|| "（未设岗位）".to_owned(), |post| format!("{} · {}", post.title, post.org_name));
        let mut board = Board::new(Shell::staff(&state, &who, "我的账号", "/account")).facts(
            "account",
            "",
            vec![
                ("账号".into(), who.member.id.0.clone()),
                ("姓名".into(), who.member.name.clone()),
                ("角色（含代理）".into(), who.member.titles()),
                ("岗位".into(), post),
                ("区划".into(), who.member.region.clone()),
                ("动态验证码".into(), if own.set { "已启用".into() } else { "未启用".into() }),
            ],
        );
        if let Some(secret) = own.secret {
            let uri = format!("otpauth://totp/tongban:{}?secret={secret}&issuer=tongban", who.member.id);
            let must = if state.second_factor { "本系统要求启用后才能办理业务。" } else { "" };
            board = board.say(
                "second-ask",
                if state.second_factor { "warn" } else { "" },
                format!("请启用动态验证码，保护您的账号。{must}"),
            );
            if let Some(svg) = chart::qr("验证器二维码", &uri) {
                let grouped: Vec<String> =
                    secret.as_bytes().chunks(4).map(|four| String::from_utf8_lossy(four).into_owned()).collect();
                let caption = format!("用手机验证器扫描；不能扫描时手工输入密钥：{}", grouped.join(" "));
                board = board.picture("second-qr", "启用动态验证码", svg, caption);
            }
            let form = Form::new("second", "/account/second", "启用").title("输入验证器显示的 6 位数字");
            board = board.form(form.code("code", "动态验证码"));
        }
        let lines = own.ratings.into_iter().rev().map(|rating| {
            Line::new(
                "",
                vec![
                    Cell::tag(grade_words(rating.grade)),
                    Cell::two(rating.text, rating.tags.join("、")),
                    Cell::num(rating.day),
                ],
            )
        });
        let table =
            Table::new("own-ratings", "群众对我的评价", &["评价", "内容", "日期"]).note("不显示评价人。").lines(lines);
        board.table(table).page()
    });
    answer(&state, &who, result)
}

pub(crate) async fn second(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let member = who.member.clone();
    let done = state.blocking(move |centre| centre.second_factor().confirm(&member, fields.get("code"))).await;
    answer(&state, &who, done.map(|()| Redirect::to("/account").into_response()))
}

fn leave_line(who: &Who, leave: &Leave) -> Line {
    let may = leave.staff == who.member.id || who.member.may(Action::Assign);
    let days = format!("{} 至 {}", leave.from, leave.to);
    Line::new(
        "",
        vec![
            Cell::text(leave.staff.to_string()),
            Cell::text(leave.deputy.to_string()),
            Cell::num(days),
            Cell::text(&leave.reason),
        ],
    )
    .act_if(may, || Form::new(format!("back-{}", leave.id), format!("/leave/{}/back", leave.id), "提前销假"))
}

pub(crate) async fn leaves(State(state): State<AppState>, Extension(who): Extension<Who>) -> Response {
    let found = state.blocking(|centre| centre.organisation().leaves()).await;
    let result = found.map(|leaves| {
        let own = who.member.id.0.clone();
        let form = Form::new("leave", "/leave", "登记")
            .title("请假与代理")
            .hint("期间由代理人代行职责；审查和决定仍不能是同一人")
            .line("staff", "谁请假（账号）")
            .value(own)
            .line("deputy", "由谁代理（账号）")
            .date("from", "第一天")
            .date("to", "最后一天")
            .line("reason", "事由");
        let table = Table::new("leaves", "正在和将要请假", &["请假", "代理", "日期", "事由"]);
        Board::new(Shell::staff(&state, &who, "请假与代理", "/leave"))
            .table(table.lines(leaves.iter().map(|leave| leave_line(&who, leave))))
            .form(form)
            .page()
    });
    answer(&state, &who, result)
}

pub(crate) async fn leave(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let member = who.member.clone();
    let done = state
        .blocking(move |centre| {
            let (staff, deputy) = (StaffId(fields.get("staff").into()), StaffId(fields.get("deputy").into()));
            let days = (fields.get("from"), fields.get("to"));
            centre.organisation().leave(&member, &staff, &deputy, days, fields.get("reason"))
        })
        .await;
    answer(&state, &who, done.map(|_| Redirect::to("/leave").into_response()))
}

pub(crate) async fn back(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Path(id): Path<String>,
) -> Response {
    let member = who.member.clone();
    let done = state.blocking(move |centre| centre.organisation().back(&member, &id)).await;
    answer(&state, &who, done.map(|()| Redirect::to("/leave").into_response()))
}
