//! The platform's ports: REST, SOAP and services (API.md sections 1 to 6).

use crate::calls::{Call, subject_hash};
use crate::render::{Dress, Rendered, render};
use crate::sign::{Denial, Stamp, check};
use crate::state::Partner;
use crate::{exchange, services, soap};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, Query as Parameters, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A request body may hold this much.
const BODY_LIMIT: usize = 64 * 1024;

#[derive(Deserialize)]
pub(crate) struct Asked {
    pub subject_kind: String,
    pub subject: String,
    pub purpose: String,
    pub item: String,
    pub case: String,
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
}

impl Asked {
    fn well_formed(&self) -> bool {
        matches!(self.subject_kind.as_str(), "person" | "firm")
            && self.subject.len() == 18
            && self.subject.chars().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase())
            && self.purpose.chars().count() >= 4
            && !self.item.is_empty()
            && !self.case.is_empty()
    }
}

pub(crate) fn router(partner: Arc<Partner>) -> Router {
    Router::new()
        .route("/api/v1/resources/{resource}/query", post(query))
        .route("/api/v1/services/{service}/{operation}", post(service))
        .route("/soap/share", post(soap_query))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .route("/exchange/messages", post(message))
        .route("/exchange/totals", get(totals))
        .with_state(partner)
}

async fn query(
    State(partner): State<Arc<Partner>>,
    Path(resource): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let asked = stamp_of(&headers).and_then(|stamp| {
        admitted(&partner, &stamp, &body)?;
        serde_json::from_slice::<Asked>(&body).map_err(|_| Denial::Malformed)
    });
    respond(answered(&partner, Dress::Json, &resource, asked).await).await
}

async fn soap_query(State(partner): State<Arc<Partner>>, body: Bytes) -> Response<Body> {
    let (resource, asked) = match soap::read(&body) {
        Ok(request) => {
            let admitted = admitted(&partner, &request.stamp, request.signed.as_bytes()).map(|()| request.asked);
            (request.resource, admitted)
        }
        Err(denial) => ("soap".to_owned(), Err(denial)),
    };
    respond(answered(&partner, Dress::Soap, &resource, asked).await).await
}

async fn service(
    State(partner): State<Arc<Partner>>,
    Path((service, operation)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let name = format!("{service}.{operation}");
    let request = stamp_of(&headers).and_then(|stamp| {
        admitted(&partner, &stamp, &body)?;
        serde_json::from_slice::<Value>(&body).map_err(|_| Denial::Malformed)
    });
    let rendered = match request {
        Err(denial) => Some(denied(&partner, Dress::Json, &name, denial)),
        Ok(request) => {
            let mode = partner.rules().mode(&name, "");
            note(&partner, &name, "", "", &mode.to_string());
            let found = services::act(&partner, &service, &operation, &request);
            render(Dress::Json, mode, &found).await
        }
    };
    respond(rendered).await
}

async fn message(State(partner): State<Arc<Partner>>, body: Bytes) -> Response<Body> {
    let mode = partner.rules().mode("exchange", "");
    respond(exchange::answer(&partner, mode, &body).await).await
}

#[derive(Deserialize)]
struct Day {
    day: String,
}

async fn totals(State(partner): State<Arc<Partner>>, Parameters(asked): Parameters<Day>) -> Response<Body> {
    let totals = partner.exchange().totals(&asked.day);
    let text = serde_json::json!({"day": asked.day, "totals": totals}).to_string();
    respond(Some(Rendered { status: 200, content_type: "application/json", bytes: text.into_bytes(), cut: false }))
        .await
}

fn stamp_of(headers: &HeaderMap) -> Result<Stamp, Denial> {
    let text = |name: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned).ok_or(Denial::Malformed)
    };
    Ok(Stamp {
        client: text("x-client-id")?,
        timestamp: text("x-timestamp")?,
        nonce: text("x-nonce")?,
        signature: text("x-signature")?,
    })
}

pub(crate) fn admitted(partner: &Partner, stamp: &Stamp, signed: &[u8]) -> Result<(), Denial> {
    let now = partner.clock.wall().0;
    check(stamp, signed, &partner.directory.clients, &mut partner.nonces(), now)
}

fn denied(partner: &Partner, dress: Dress, resource: &str, denial: Denial) -> Rendered {
    note(partner, resource, "", "", &format!("refused:{}", denial.code()));
    let (status, message) = match denial {
        Denial::Malformed => (400, "请求格式错误"),
        Denial::Signature => (401, "签名错误"),
        Denial::Clock => (401, "时间戳超出有效期"),
        Denial::Replay => (401, "请求重复"),
    };
    dress.reply(status, denial.code(), message, None)
}

/// Looks up and dresses; `None` when the mode never answers.
pub(crate) async fn answered(
    partner: &Partner,
    dress: Dress,
    resource: &str,
    asked: Result<Asked, Denial>,
) -> Option<Rendered> {
    use crate::data::Found;
    use crate::mode::Mode;
    let well = |asked: Asked| if asked.well_formed() { Ok(asked) } else { Err(Denial::Malformed) };
    let asked = match asked.and_then(well) {
        Ok(asked) => asked,
        Err(denial) => return Some(denied(partner, dress, resource, denial)),
    };
    let mode = partner.rules().mode(resource, &asked.subject);
    let found = partner.directory.find(resource, &asked.subject, &asked.parameters);
    let outcome = match (mode, &found) {
        (Mode::Ok | Mode::Slow(_), Found::NoRecord) => "no-record".to_owned(),
        (Mode::Ok | Mode::Slow(_), Found::NoResource) => "refused:405".to_owned(),
        (mode, _) => mode.to_string(),
    };
    note(partner, resource, &asked.subject, &asked.item, &outcome);
    render(dress, mode, &found).await
}

pub(crate) fn note(partner: &Partner, resource: &str, subject: &str, item: &str, outcome: &str) {
    tracing::info!(resource, outcome, "call");
    partner.calls().add(Call {
        at_ms: partner.clock.wall().0,
        resource: resource.to_owned(),
        subject_hash: subject_hash(subject),
        item: item.to_owned(),
        outcome: outcome.to_owned(),
    });
}

async fn respond(rendered: Option<Rendered>) -> Response<Body> {
    let Some(rendered) = rendered else {
        // Longer than any caller waits; the connection is held open meanwhile.
        tokio::time::sleep(Duration::from_secs(3600)).await;
        return Response::new(Body::empty());
    };
    let body = if rendered.cut {
        let half = rendered.bytes[..rendered.bytes.len() / 2].to_vec();
        let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        Body::from_stream(futures::stream::iter([Ok(half), Err(broken)]))
    } else {
        Body::from(rendered.bytes)
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(rendered.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(rendered.content_type));
    response
}
