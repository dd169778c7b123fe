//! What stands before every handler: who may, the form token, rates, time limits, headers.

use crate::error::Failure;
use crate::html;
use crate::listen::Peer;
use crate::routes::{Listener, Policy};
use crate::session::{Found, same};
use crate::state::AppState;
use axum::Form;
use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tongban_centre::staff::Member;
use tongban_centre::stations::Station;
use tongban_domain::code::ErrorCode;

/// A handler takes no longer to answer.
const ANSWER: Duration = Duration::from_secs(60);
/// Window of the rate limits, ms of the boot clock.
const WINDOW_MS: u64 = 60_000;
/// Longest form.
pub(crate) const FORM_BYTES_MAX: usize = 64 * 1024;
/// Most parts of a form with files.
const PARTS_MAX: usize = 200;

pub(crate) const SESSION_COOKIE: &str = "tb_session";
pub(crate) const HALFWAY_COOKIE: &str = "tb_halfway";
const VISITOR_COOKIE: &str = "tb_visitor";

/// Somebody signed in, and the token of this session's forms.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub member: Member,
    pub csrf: String,
}

/// Somebody not signed in: the token for forms on open pages.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    pub csrf: String,
    /// Where the request came from; for limits of a day alone.
    pub address: IpAddr,
}

/// An enrolled station.
#[derive(Debug, Clone)]
pub(crate) struct At(pub Station);

/// A form whose token was checked.
#[derive(Clone, Default)]
pub(crate) struct Fields(Vec<(String, String)>, Vec<(String, Vec<u8>)>);

impl Fields {
    /// Files of a field, empty ones left out.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let files = self.1.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        files.filter(|(_, bytes)| !bytes.is_empty())
    }

    /// The same fields without their files.
    pub fn without_files(&self) -> Self {
        Self(self.0.clone(), Vec::new())
    }

    /// The first value of a field, trimmed; empty when missing.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
    }

    /// The first value of a field as it was typed.
    pub fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// Every value of a field.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }
}

/// Requests per address and purpose in the current minute.
#[derive(Debug, Default)]
pub(crate) struct Rates(Mutex<HashMap<(IpAddr, &'static str), Window>>);

/// When the window began (ms of the boot clock) and how many came since.
type Window = (u64, u32);

impl Rates {
    /// Counts one; `false` when there were more than `max` in this window.
    fn allow(&self, address: IpAddr, purpose: &'static str, max: u32, now: u64) -> bool {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if map.len() > 20_000 {
            map.retain(|_, (began, _)| now.saturating_sub(*began) < WINDOW_MS);
        }
        let entry = map.entry((address, purpose)).or_insert((now, 0));
        if now.saturating_sub(entry.0) >= WINDOW_MS {
            *entry = (now, 0);
        }
        entry.1 += 1;
        entry.1 <= max
    }
}

/// The cookie's value.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// `Set-Cookie` value; `None` deletes it.
pub(crate) fn set_cookie(state: &AppState, name: &str, value: Option<&str>) -> HeaderValue {
    let secure = if state.secure_cookies { "; Secure" } else { "" };
    let age = if value.is_some() { "" } else { "; Max-Age=0" };
    let text = format!("{name}={}; Path=/; HttpOnly; SameSite=Strict{secure}{age}", value.unwrap_or_default());
    HeaderValue::from_str(&text).expect("cookie values are hex digits")
}

/// Guards one route.
pub(crate) async fn guard(
    state: AppState,
    listener: Listener,
    policy: Policy,
    rate: Option<(&'static str, u32)>,
    request: Request,
    next: Next,
) -> Response {
    if let Some((purpose, max)) = rate {
        let address = request.extensions().get::<Peer>().map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.address.ip());
        if request.method() != Method::GET && !state.rates.allow(address, purpose, max, state.clock.boot().0) {
            let failure = Failure::new(StatusCode::TOO_MANY_REQUESTS, ErrorCode::TooManyRequests, "too many requests");
            return refuse(listener, policy, &state, None, failure);
        }
    }
    match policy {
        Policy::Station => station(state, request, next).await,
        Policy::Enrol | Policy::Peer => next.run(request).await,
        Policy::Open => open(state, listener, request, next).await,
        Policy::SignedIn | Policy::Right(_) | Policy::AnyOf(_) => signed_in(state, policy, request, next).await,
    }
}

/// A refusal in the shape the caller reads.
fn refuse(listener: Listener, policy: Policy, state: &AppState, who: Option<&Who>, failure: Failure) -> Response {
    if listener == Listener::Station || matches!(policy, Policy::Enrol | Policy::Peer) {
        return failure.problem();
    }
    html::refusal(state, listener, who, &failure)
}

async fn station(state: AppState, mut request: Request, next: Next) -> Response {
    let certificate = request.extensions().get::<Peer>().and_then(|peer| peer.certificate.clone());
    let Some((id, serial)) = certificate else {
        return Failure::new(StatusCode::UNAUTHORIZED, ErrorCode::NetworkIdentity, "no client certificate").problem();
    };
    match state.blocking(move |centre| centre.stations().authenticate(&id, &serial)).await {
        Ok(station) => {
            request.extensions_mut().insert(At(station));
            next.run(request).await
        }
        Err(failure) => failure.problem(),
    }
}

async fn open(state: AppState, listener: Listener, request: Request, next: Next) -> Response {
    let known = cookie(request.headers(), VISITOR_COOKIE).filter(|name| name.len() == 64).map(str::to_owned);
    let fresh = known.is_none();
    let name = known.unwrap_or_else(|| state.sessions.random_name());
    let address = request.extensions().get::<Peer>().map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.address.ip());
    let visitor = Visitor { csrf: state.sessions.visitor_token(&name), address };
    let mut request = match checked_form(request, &visitor.csrf).await {
        Ok(request) => request,
        Err(failure) => return html::refusal(&state, listener, None, &failure),
    };
    request.extensions_mut().insert(visitor);
    let mut response = next.run(request).await;
    if fresh {
        response.headers_mut().append(header::SET_COOKIE, set_cookie(&state, VISITOR_COOKIE, Some(&name)));
    }
    response
}

async fn signed_in(state: AppState, policy: Policy, request: Request, next: Next) -> Response {
    let found = cookie(request.headers(), SESSION_COOKIE).map_or(Found::Nobody, |name| state.sessions.find(name));
    let (staff, csrf) = match found {
        Found::SignedIn { staff, csrf } => (staff, csrf),
        other => return to_sign_in(&state, &request, other == Found::Locked),
    };
    let id = staff.clone();
    let asks_factor =
        state.second_factor && !request.uri().path().starts_with("/account") && request.uri().path() != "/logout";
    let found = state
        .blocking(move |centre| {
            let Some(mut member) = centre.staff().get(&id.0)? else { return Ok(None) };
            // Whoever stands in for somebody on leave has that person's roles for these days.
            member.roles = centre.organisation().roles_today(&member)?;
            let bare = asks_factor && !centre.second_factor().is_set(&member.id)?;
            Ok(Some((member, bare)))
        })
        .await;
    let member = match found {
        Ok(Some((member, true))) if member.active => return Redirect::to("/account").into_response(),
        Ok(Some((member, false))) if member.active => member,
        Ok(_) => return to_sign_in(&state, &request, false),
        Err(failure) => return html::refusal(&state, Listener::Staff, None, &failure),
    };
    let who = Who { member, csrf };
    let failure = match checked_form(request, &who.csrf).await {
        Ok(mut request) => match denied(policy, &who) {
            None => {
                request.extensions_mut().insert(who);
                return next.run(request).await;
            }
            Some(failure) => failure,
        },
        Err(failure) => failure,
    };
    let (actor, code) = (staff.0, failure.code);
    let noted = state
        .blocking(move |centre| centre.staff().note(&actor, "route.denied", &format!("{policy:?}"), code.as_str(), ""))
        .await;
    if let Err(failure) = noted {
        return html::refusal(&state, Listener::Staff, None, &failure);
    }
    html::refusal(&state, Listener::Staff, Some(&who), &failure)
}

fn denied(policy: Policy, who: &Who) -> Option<Failure> {
    match policy {
        Policy::Right(action) if !who.member.may(action) => {
            Some(Failure::new(StatusCode::FORBIDDEN, ErrorCode::NotAllowed, "not for this role"))
        }
        Policy::AnyOf(actions) if !actions.iter().any(|action| who.member.may(*action)) => {
            Some(Failure::new(StatusCode::FORBIDDEN, ErrorCode::NotAllowed, "not for this role"))
        }
        _ => None,
    }
}

fn to_sign_in(state: &AppState, request: &Request, locked: bool) -> Response {
    if request.method() != Method::GET {
        let failure = Failure::new(StatusCode::UNAUTHORIZED, ErrorCode::SignedOut, "signed out");
        return html::refusal(state, Listener::Staff, None, &failure);
    }
    let why = if locked { "locked" } else { "signin" };
    let next: String =
        request.uri().path().chars().filter(|c| c.is_ascii_alphanumeric() || "/-_".contains(*c)).collect();
    Redirect::to(&format!("/login?why={why}&next={next}")).into_response()
}

/// For a POST: reads the form and refuses it without this session's token.
async fn checked_form(request: Request, token: &str) -> Result<Request, Failure> {
    if request.method() != Method::POST {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let form = Request::from_parts(parts.clone(), body);
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let fields = if kind.starts_with("multipart/form-data") { with_files(form).await? } else { plain(form).await? };
    if !same(fields.get("csrf"), token) {
        return Err(Failure::new(StatusCode::FORBIDDEN, ErrorCode::FormForged, "form token missing or wrong"));
    }
    let mut request = Request::from_parts(parts, Body::empty());
    request.extensions_mut().insert(fields);
    Ok(request)
}

fn unreadable(status: StatusCode) -> Failure {
    let code = match status {
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::BodyTooLarge,
        _ => ErrorCode::FieldInvalid,
    };
    Failure::new(status, code, "form cannot be read")
}

async fn plain(form: Request) -> Result<Fields, Failure> {
    match Form::<Vec<(String, String)>>::from_request(form, &()).await {
        Ok(Form(fields)) => Ok(Fields(fields, Vec::new())),
        Err(rejection) => Err(unreadable(rejection.status())),
    }
}

/// A form that brings files; what it may bring is bounded by the route's body limit.
async fn with_files(form: Request) -> Result<Fields, Failure> {
    let mut parts = Multipart::from_request(form, &()).await.map_err(|error| unreadable(error.status()))?;
    let mut fields = Fields::default();
    while let Some(part) = parts.next_field().await.map_err(|error| unreadable(error.status()))? {
        if fields.0.len() + fields.1.len() >= PARTS_MAX {
            return Err(unreadable(StatusCode::PAYLOAD_TOO_LARGE));
        }
        let (name, file) = (part.name().unwrap_or_default().to_owned(), part.file_name().is_some());
        let bytes = part.bytes().await.map_err(|error| unreadable(error.status()))?.to_vec();
        if file {
            fields.1.push((name, bytes));
        } else {
            let text = String::from_utf8(bytes).map_err(|_| unreadable(StatusCode::BAD_REQUEST))?;
            fields.0.push((name, text));
        }
    }
    Ok(fields)
}

/// Headers on every answer, and the time limit around every handler.
pub(crate) async fn shell(listener: Listener, tls: bool, request: Request, next: Next) -> Response {
    let mut response = match tokio::time::timeout(ANSWER, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Failure::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::NetworkTimeout, "took too long").problem(),
    };
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::CACHE_CONTROL, "no-store");
    set(header::REFERRER_POLICY, "no-referrer");
    if listener != Listener::Station {
        set(
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        );
        set(header::X_FRAME_OPTIONS, "DENY");
        set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
        set(HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()");
    }
    if tls {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}
