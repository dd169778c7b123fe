//! The citizens' listener: every row is open; forms carry a token, questions are rated.

use super::{Listener, PHOTOS_BYTES_MAX, Policy, Route, row};
use crate::citizen::{consult, form, more, pay, service, supply};
use crate::{citizen, html};
use axum::http::Method;
use axum::routing::{get, post};

pub(super) fn rows() -> Vec<Route> {
    let at = |method, path, handler| row(Listener::Public, method, path, Policy::Open, handler);
    vec![
        at(Method::GET, "/", get(citizen::home)),
        at(Method::GET, "/assets/app.css", get(html::css)),
        at(Method::GET, "/health", get(html::health)),
        at(Method::GET, "/v", get(citizen::verify_form)),
        at(Method::GET, "/v/{token}", get(citizen::verify)),
        at(Method::GET, "/progress", get(citizen::progress_form)),
        at(Method::POST, "/progress", post(citizen::progress)).rate("progress", 30),
        at(Method::GET, "/guide", get(service::guides)),
        at(Method::GET, "/guide/{key}", get(service::guide)),
        at(Method::GET, "/guide/{key}/form", get(form::page)),
        at(Method::POST, "/guide/{key}/form", post(form::submit)).rate("form", 20),
        at(Method::GET, "/guide/{key}/form.pdf", get(form::blank)),
        at(Method::GET, "/situation", get(more::situation)),
        at(Method::GET, "/open", get(more::open)),
        at(Method::GET, "/pay", get(pay::form)),
        at(Method::POST, "/pay", post(pay::show)).rate("progress", 30),
        at(Method::GET, "/consult", get(consult::list)),
        at(Method::GET, "/consult/{id}", get(consult::one)),
        at(Method::POST, "/consult/{id}", post(consult::say)).rate("voice", 6),
        at(Method::GET, "/agencies", get(more::agencies)),
        at(Method::POST, "/agencies", post(more::mark)).rate("progress", 30),
        at(Method::GET, "/notices", get(more::notices_form)),
        at(Method::POST, "/notices", post(more::notices)).rate("progress", 30),
        at(Method::GET, "/supply", get(supply::form)),
        at(Method::POST, "/supply", post(supply::show)).rate("progress", 30),
        at(Method::POST, "/supply/bring", post(supply::bring)).body(PHOTOS_BYTES_MAX).rate("supply", 12),
        at(Method::POST, "/supply/receipt", post(supply::receipt)).rate("progress", 30),
        at(Method::GET, "/looks", get(service::looks_form)),
        at(Method::POST, "/looks", post(service::looks)).rate("progress", 30),
        at(Method::GET, "/voice", get(service::voice_form)),
        at(Method::POST, "/voice", post(service::voice)).rate("voice", 6),
        at(Method::GET, "/rate", get(service::rate_form)),
        at(Method::POST, "/rate", post(service::rate)).rate("progress", 30),
        at(Method::GET, "/booking", get(service::booking_form)),
        at(Method::POST, "/booking", post(service::booking)).rate("booking", 10),
    ]
}
