//! 公众页面: 证照核验 and 办件查询; the rest of the services below.

pub(crate) mod consult;
pub(crate) mod form;
pub(crate) mod more;
pub(crate) mod pay;
pub(crate) mod service;
pub(crate) mod supply;

use crate::error::Failure;
use crate::guard::{Fields, Visitor};
use crate::html::{self, Shell, maybe_moment, moment, status_words, with_status};
use crate::routes::Listener;
use crate::state::AppState;
use askama::Template;
use axum::extract::{Extension, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tongban_centre::public::{Progress, Validity, Verified};
use tongban_domain::code::ErrorCode;

/// A status in words and the colour class of its chip.
type Words = (&'static str, &'static str);
/// Label, when, and whether it was reached.
type Milestone = (&'static str, String, bool);

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    shell: Shell,
}

#[derive(Template)]
#[template(path = "verify.html")]
struct VerifyPage {
    shell: Shell,
    token: String,
    found: Option<(Verified, &'static str, &'static str, String)>,
}

#[derive(Template)]
#[template(path = "progress.html")]
struct ProgressPage {
    shell: Shell,
    receipt: String,
    note: Option<(&'static str, &'static str)>,
    found: Option<(Progress, Words, Vec<Milestone>)>,
}

fn shell(state: &AppState, title: &str, visitor: &Visitor) -> Shell {
    Shell::open(state, title, &visitor.csrf, Listener::Public)
}

fn refused(state: &AppState, failure: &Failure) -> Response {
    html::refusal(state, Listener::Public, None, failure)
}

pub(crate) async fn home(State(state): State<AppState>, Extension(visitor): Extension<Visitor>) -> Response {
    html::page(&HomePage { shell: shell(&state, "示范市政务服务", &visitor) })
}

/// A code typed by hand.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct CodeQuery {
    #[serde(default)]
    code: String,
}

pub(crate) async fn verify_form(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Query(query): Query<CodeQuery>,
) -> Response {
    let code: String = query.code.chars().filter(char::is_ascii_alphanumeric).collect();
    if !code.is_empty() {
        return Redirect::to(&format!("/v/{code}")).into_response();
    }
    html::page(&VerifyPage { shell: shell(&state, "证照核验", &visitor), token: String::new(), found: None })
}

pub(crate) async fn verify(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Path(token): Path<String>,
) -> Response {
    let asked = token.clone();
    let found = match state.blocking(move |centre| centre.public().verify(&asked)).await {
        Ok(found) => found,
        Err(failure) => return refused(&state, &failure),
    };
    let status = if found.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let found = found.map(|verified| {
        let (words, class) = match verified.state {
            Validity::Valid => ("有效", "green"),
            Validity::Expired => ("已过有效期", "amber"),
            Validity::Revoked => ("已失效", "red"),
        };
        let at = moment(verified.at_ms);
        (verified, words, class, at)
    });
    with_status(status, &VerifyPage { shell: shell(&state, "证照核验", &visitor), token, found })
}

pub(crate) async fn progress_form(State(state): State<AppState>, Extension(visitor): Extension<Visitor>) -> Response {
    html::page(&ProgressPage {
        shell: shell(&state, "办件查询", &visitor),
        receipt: String::new(),
        note: None,
        found: None,
    })
}

pub(crate) async fn progress(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let (receipt, password) = (fields.get("receipt").to_owned(), fields.get("password").to_owned());
    let asked = receipt.clone();
    let shell = shell(&state, "办件查询", &visitor);
    match state.blocking(move |centre| centre.public().progress(&asked, &password)).await {
        Ok(progress) => {
            let words = status_words(&progress.status);
            let milestones =
                progress.milestones.iter().map(|(label, at)| (*label, maybe_moment(*at), at.is_some())).collect();
            html::page(&ProgressPage { shell, receipt, note: None, found: Some((progress, words, milestones)) })
        }
        Err(failure) => {
            let note = match failure.code {
                ErrorCode::NotFound => ("progress-wrong", "受理号或查询密码不对，请看回执单。"),
                ErrorCode::TooManyRequests => ("progress-rest", "输错次数太多，请 15 分钟后再试。"),
                _ => return refused(&state, &failure),
            };
            with_status(failure.status, &ProgressPage { shell, receipt, note: Some(note), found: None })
        }
    }
}
