//! 登录.

use crate::error::Failure;
use crate::guard::{Fields, HALFWAY_COOKIE, SESSION_COOKIE, Visitor, cookie, set_cookie};
use crate::html::{self, Shell, with_status};
use crate::routes::Listener;
use crate::state::AppState;
use askama::Template;
use axum::extract::{Extension, Query, State};
use axum::http::StatusCode;
use axum::http::header::{HeaderMap, SET_COOKIE};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tongban_domain::code::ErrorCode;

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    shell: Shell,
    next: String,
    account: String,
    /// id, sentence.
    note: Option<(&'static str, &'static str)>,
}

/// Why the page was reached and where to go afterwards.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Reached {
    #[serde(default)]
    why: String,
    #[serde(default)]
    next: String,
}

/// A path on this site, or the start page: never another site.
fn safe_next(next: &str) -> String {
    let plain = next.starts_with('/')
        && !next.starts_with("//")
        && next.chars().all(|c| c.is_ascii_alphanumeric() || "/-_".contains(c));
    if plain { next.to_owned() } else { "/".to_owned() }
}

pub(crate) async fn page(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Query(reached): Query<Reached>,
) -> Response {
    let note = (reached.why == "locked").then_some(("login-locked", "超过 10 分钟没有操作，已自动锁定，请重新登录。"));
    let shell = Shell::open(&state, "登录", &visitor.csrf, Listener::Staff);
    html::page(&LoginPage { shell, next: safe_next(&reached.next), account: String::new(), note })
}

pub(crate) async fn submit(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let account = fields.get("account").to_owned();
    let (id, password) = (account.clone(), fields.raw("password").to_owned());
    let next = safe_next(fields.get("next"));
    let checked = state
        .blocking(move |centre| {
            let member = centre.staff().sign_in(&id, &password)?;
            let second = centre.second_factor().is_set(&member.id)?;
            Ok((member, second))
        })
        .await;
    match checked {
        Ok((member, true)) => {
            let name = state.sessions.begin_halfway(member.id);
            let to = format!("/login/code?next={next}");
            ([(SET_COOKIE, set_cookie(&state, HALFWAY_COOKIE, Some(&name)))], Redirect::to(&to)).into_response()
        }
        Ok((member, false)) => {
            let name = state.sessions.begin(member.id);
            ([(SET_COOKIE, set_cookie(&state, SESSION_COOKIE, Some(&name)))], Redirect::to(&next)).into_response()
        }
        Err(failure) => refused(&state, &visitor, account, next, &failure),
    }
}

fn refused(state: &AppState, visitor: &Visitor, account: String, next: String, failure: &Failure) -> Response {
    let note = match failure.code {
        ErrorCode::SignInWrong => ("login-wrong", "账号或密码不对。连续输错 5 次将锁定 15 分钟。"),
        ErrorCode::AccountLocked => ("login-account-locked", "账号已锁定，请 15 分钟后再试，或联系系统管理员。"),
        _ => return html::refusal(state, Listener::Staff, None, failure),
    };
    let shell = Shell::open(state, "登录", &visitor.csrf, Listener::Staff);
    with_status(StatusCode::UNAUTHORIZED, &LoginPage { shell, next, account, note: Some(note) })
}

pub(crate) async fn leave(State(state): State<AppState>, headers: HeaderMap) -> Response {
    if let Some(name) = cookie(&headers, SESSION_COOKIE) {
        state.sessions.end(name);
    }
    ([(SET_COOKIE, set_cookie(&state, SESSION_COOKIE, None))], Redirect::to("/login")).into_response()
}

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage {
    shell: Shell,
    next: String,
    note: Option<(&'static str, &'static str)>,
}

fn code_page(
    state: &AppState,
    visitor: &Visitor,
    next: String,
    status: StatusCode,
    note: Option<(&'static str, &'static str)>,
) -> Response {
    let shell = Shell::open(state, "动态验证码", &visitor.csrf, Listener::Staff);
    with_status(status, &CodePage { shell, next, note })
}

/// The second half of signing in.
pub(crate) async fn code(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
    Query(reached): Query<Reached>,
) -> Response {
    if cookie(&headers, HALFWAY_COOKIE).and_then(|name| state.sessions.halfway(name)).is_none() {
        return Redirect::to("/login").into_response();
    }
    code_page(&state, &visitor, safe_next(&reached.next), StatusCode::OK, None)
}

pub(crate) async fn code_submit(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
    headers: HeaderMap,
) -> Response {
    let next = safe_next(fields.get("next"));
    let halfway = cookie(&headers, HALFWAY_COOKIE).unwrap_or_default().to_owned();
    let Some(staff) = state.sessions.halfway(&halfway) else { return Redirect::to("/login").into_response() };
    let (id, typed) = (staff.clone(), fields.get("code").to_owned());
    match state.blocking(move |centre| centre.second_factor().check(&id, &typed)).await {
        Ok(()) => {
            state.sessions.end_halfway(&halfway);
            let name = state.sessions.begin(staff);
            let mut response = Redirect::to(&next).into_response();
            for (cookie, value) in [(SESSION_COOKIE, Some(name.as_str())), (HALFWAY_COOKIE, None)] {
                response.headers_mut().append(SET_COOKIE, set_cookie(&state, cookie, value));
            }
            response
        }
        Err(failure) => {
            let note = match failure.code {
                ErrorCode::SignInWrong => ("code-wrong", "验证码不对，或者已经用过。请等手机上出现下一个再输入。"),
                ErrorCode::AccountLocked => ("code-locked", "输错次数太多，请 15 分钟后再试，或联系安全管理员重置。"),
                _ => return html::refusal(&state, Listener::Staff, None, &failure),
            };
            code_page(&state, &visitor, next, StatusCode::UNAUTHORIZED, Some(note))
        }
    }
}

pub(crate) async fn home() -> Redirect {
    Redirect::to("/todo")
}
