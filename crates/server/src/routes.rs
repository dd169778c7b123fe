//! The one table of routes: listener, method, path, policy, handler. Routers are built from it
//! alone, so that a route without a policy cannot exist.

mod office;
mod public;

use crate::guard::{FORM_BYTES_MAX, guard, shell};
use crate::state::AppState;
use crate::{exchange, handover, help, html, queue, staff, station};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::Method;
use axum::middleware::{Next, from_fn};
use axum::routing::{MethodRouter, get, patch, post};
use std::convert::Infallible;
use tongban_centre::rights::Action;

/// Longest chunk of an upload.
pub const CHUNK_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Photographs of one form.
const PHOTOS_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Longest JSON body.
const JSON_BYTES_MAX: usize = 256 * 1024;

/// Which listener a route is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listener {
    /// Stations, mutual TLS.
    Station,
    /// Staff pages and enrolment.
    Staff,
    /// Citizen pages.
    Public,
}

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// An enrolled station with its own certificate.
    Station,
    /// A station to be, with a one-time code.
    Enrol,
    /// A partner of the exchange, known by the signature of what it sends.
    Peer,
    /// Anybody; forms still carry a token.
    Open,
    /// Anybody signed in.
    SignedIn,
    /// Somebody signed in whose role allows this.
    Right(Action),
    /// Somebody signed in whose role allows one of these.
    AnyOf(&'static [Action]),
}

/// A row of the table.
#[derive(Clone)]
pub struct Route {
    /// Listener.
    pub listener: Listener,
    /// Method.
    pub method: Method,
    /// Path pattern.
    pub path: &'static str,
    /// Who may.
    pub policy: Policy,
    /// Purpose and requests a minute an address may send (not counting GET).
    rate: Option<(&'static str, u32)>,
    body_max: usize,
    handler: MethodRouter<AppState>,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {} {} {:?}", self.listener, self.method, self.path, self.policy)
    }
}

fn row(
    listener: Listener,
    method: Method,
    path: &'static str,
    policy: Policy,
    handler: MethodRouter<AppState>,
) -> Route {
    let body_max = if listener == Listener::Station { JSON_BYTES_MAX } else { FORM_BYTES_MAX };
    Route { listener, method, path, policy, rate: None, body_max, handler }
}

impl Route {
    fn rate(mut self, purpose: &'static str, per_minute: u32) -> Self {
        self.rate = Some((purpose, per_minute));
        self
    }

    fn body(mut self, max: usize) -> Self {
        self.body_max = max;
        self
    }
}

/// The whole table.
#[must_use]
pub fn table() -> Vec<Route> {
    let mut rows = station_rows();
    rows.extend(staff_rows());
    rows.extend(case_rows());
    rows.extend(office::rows());
    rows.extend(public::rows());
    rows
}

fn station_rows() -> Vec<Route> {
    let at = |method, path, handler| row(Listener::Station, method, path, Policy::Station, handler);
    vec![
        at(Method::HEAD, "/station/v1/bundles/{id}", axum::routing::head(station::bundle_state)),
        at(Method::PATCH, "/station/v1/bundles/{id}", patch(station::bundle_append)).body(CHUNK_BYTES_MAX),
        at(Method::GET, "/station/v1/feed", get(station::feed)),
        at(Method::GET, "/station/v1/snapshot", get(station::snapshot)),
        at(Method::POST, "/station/v1/leases", post(station::lease)),
        at(Method::POST, "/station/v1/renew", post(station::renew)),
        at(Method::POST, "/station/v1/share", post(station::share)),
        at(Method::POST, "/station/v1/proofs", post(station::proof)),
        at(Method::GET, "/station/v1/licences", get(station::licences)),
        at(Method::POST, "/station/v1/licences/{case}/steps", post(station::licence_step)),
        at(Method::GET, "/station/v1/time", get(station::time)),
        at(Method::POST, "/station/v1/heartbeat", post(station::heartbeat)),
        at(Method::POST, "/station/v1/self-test", post(station::self_test)),
        at(Method::POST, "/station/v1/drafts", post(handover::offers)),
        at(Method::POST, "/station/v1/drafts/{case}/take", post(handover::take)),
        at(Method::GET, "/station/v1/drafts/{case}/files/{address}", get(handover::file)),
        at(Method::POST, "/station/v1/help", post(help::ask)),
        at(Method::GET, "/station/v1/help", get(help::open)),
        at(Method::POST, "/station/v1/help/{call}/answer", post(help::answer)),
        at(Method::POST, "/station/v1/queue", post(queue::take)),
        at(Method::GET, "/station/v1/queue", get(queue::calls)),
    ]
}

fn staff_rows() -> Vec<Route> {
    let at = |method, path, policy, handler| row(Listener::Staff, method, path, policy, handler);
    let right = Policy::Right;
    vec![
        at(Method::POST, "/enrol/v1", Policy::Enrol, post(station::enrol)).rate("enrol", 20),
        at(Method::POST, "/exchange/messages", Policy::Peer, post(exchange::receive))
            .body(exchange::BYTES_MAX)
            .rate("exchange", 1200),
        at(Method::GET, "/assets/app.css", Policy::Open, get(html::css)),
        at(Method::GET, "/health", Policy::Open, get(html::health)),
        at(Method::GET, "/login", Policy::Open, get(staff::sign_in::page)),
        at(Method::POST, "/login", Policy::Open, post(staff::sign_in::submit)).rate("sign-in", 60),
        at(Method::GET, "/login/code", Policy::Open, get(staff::sign_in::code)),
        at(Method::POST, "/login/code", Policy::Open, post(staff::sign_in::code_submit)).rate("sign-in", 60),
        at(Method::POST, "/logout", Policy::SignedIn, post(staff::sign_in::leave)),
        at(Method::GET, "/", Policy::SignedIn, get(staff::sign_in::home)),
        at(Method::GET, "/licences", right(Action::ViewLicences), get(staff::office::licences)),
        at(Method::GET, "/stock", right(Action::ViewStock), get(staff::office::stock)),
        at(Method::GET, "/stations", right(Action::ViewStations), get(staff::office::stations)),
        at(Method::POST, "/stations", right(Action::ManageStations), post(staff::office::station_add)),
        at(Method::POST, "/stations/{id}/code", right(Action::ManageStations), post(staff::office::station_code)),
        at(Method::POST, "/stations/{id}/revoke", right(Action::ManageStations), post(staff::office::station_revoke)),
        at(Method::GET, "/staff", right(Action::ViewStaff), get(staff::office::members)),
        at(Method::POST, "/staff", right(Action::ManageStaff), post(staff::office::member_add)),
        at(Method::POST, "/staff/{id}/active", right(Action::ManageStaff), post(staff::office::member_active)),
        at(Method::GET, "/log", right(Action::ViewLog), get(staff::office::log)),
    ]
}

fn case_rows() -> Vec<Route> {
    let at = |method, path, action, handler| row(Listener::Staff, method, path, Policy::Right(action), handler);
    let see = Action::ViewCases;
    let look = Action::ViewEvidence;
    vec![
        at(Method::GET, "/cases", see, get(staff::cases::list)),
        at(Method::GET, "/cases/{id}", see, get(staff::cases::detail)),
        at(Method::POST, "/cases/{id}/accept", Action::Accept, post(staff::acts::accept)),
        at(Method::POST, "/cases/{id}/review", Action::Review, post(staff::acts::review)),
        at(Method::POST, "/cases/{id}/decide", Action::Decide, post(staff::acts::decide)),
        at(Method::POST, "/cases/{id}/intake", Action::Accept, post(staff::acts::intake)),
        at(Method::POST, "/cases/{id}/deferral", Action::Accept, post(staff::acts::deferral)).body(PHOTOS_BYTES_MAX),
        at(Method::POST, "/cases/{id}/brought", Action::Accept, post(staff::brought::judge)),
        at(Method::GET, "/cases/{id}/files/{address}", see, get(staff::brought::file)),
        at(Method::POST, "/cases/{id}/handle", Action::Review, post(staff::acts::handle)),
        at(Method::POST, "/cases/{id}/ruling", Action::Decide, post(staff::acts::ruling)),
        at(Method::POST, "/cases/{id}/assign", Action::Assign, post(staff::acts::assign)),
        at(Method::POST, "/cases/{id}/approve", Action::Approve, post(staff::acts::approve)),
        at(Method::POST, "/cases/{id}/completeness", Action::Accept, post(staff::acts::completeness)),
        at(Method::POST, "/cases/{id}/pages/{page}/look", Action::Accept, post(staff::acts::look)),
        at(Method::GET, "/papers", see, get(staff::acts::paper)),
        at(Method::POST, "/cases/{id}/reveal", Action::RevealIdentity, post(staff::cases::reveal)),
        at(Method::GET, "/cases/{id}/pages/{page}", see, get(staff::evidence::viewer)),
        at(Method::GET, "/cases/{id}/pages/{page}/image", see, get(staff::evidence::image)),
        at(Method::GET, "/cases/{id}/pages/{page}/thumb", see, get(staff::evidence::thumb)),
        at(Method::GET, "/cases/{id}/materials/{material}/pdf", see, get(staff::evidence::bound)),
        at(Method::POST, "/cases/{id}/evidence", look, post(staff::evidence::ask)),
        at(Method::GET, "/cases/{id}/evidence", look, get(staff::evidence::page)),
        at(Method::GET, "/cases/{id}/evidence/clip", look, get(staff::evidence::clip)),
        at(Method::GET, "/cases/{id}/evidence/frames/{frame}", look, get(staff::evidence::frame)),
        at(Method::GET, "/cases/{id}/evidence/{piece}/image", look, get(staff::evidence::piece)),
    ]
}

/// The router of one listener; callable without a socket.
///
/// Over a socket every request carries its peer; called directly, a request without a
/// client certificate is refused on the station router as it should be.
pub fn router(state: &AppState, listener: Listener) -> Router {
    let mut router = Router::new();
    for route in table().into_iter().filter(|route| route.listener == listener) {
        let (policy, rate) = (route.policy, route.rate);
        let shared = state.clone();
        let guarded: MethodRouter<AppState, Infallible> =
            route.handler.layer(DefaultBodyLimit::max(route.body_max)).layer(from_fn(
                move |request: Request, next: Next| guard(shared.clone(), listener, policy, rate, request, next),
            ));
        // The limit stands outside the guard too: the guard reads forms itself.
        router = router.route(route.path, guarded.layer(DefaultBodyLimit::max(route.body_max)));
    }
    let lost = state.clone();
    let tls = state.secure_cookies && listener == Listener::Staff;
    router
        .fallback(move || {
            let state = lost.clone();
            async move { html::lost(&state, listener) }
        })
        .with_state(state.clone())
        .layer(from_fn(move |request: Request, next: Next| shell(listener, tls, request, next)))
}
