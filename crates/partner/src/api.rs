//! The platform's port (API.md sections 1 and 2).

use crate::calls::{Call, subject_hash};
use crate::data::Found;
use crate::mode::Mode;
use crate::sign::{Denial, Stamp, check};
use crate::state::Partner;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A request body may hold this much.
const BODY_LIMIT: usize = 64 * 1024;
/// Size of the reply in mode `oversize`.
const OVERSIZE: usize = 1024 * 1024;

#[derive(Deserialize)]
struct Query {
    subject_kind: String,
    subject: String,
    purpose: String,
    item: String,
    case: String,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
}

impl Query {
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
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(partner)
}

async fn query(
    State(partner): State<Arc<Partner>>,
    Path(resource): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let (asked, denied) = match admitted(&partner, &headers, &body) {
        Ok(asked) => (Some(asked), None),
        Err(denial) => (None, Some(denial)),
    };
    let Some(asked) = asked else {
        let denial = denied.unwrap_or(Denial::Malformed);
        note(&partner, &resource, "", "", &format!("refused:{}", denial.code()));
        return denial_reply(denial);
    };
    let mode = partner.rules().mode(&resource, &asked.subject);
    let found = partner.directory.find(&resource, &asked.subject, &asked.parameters);
    let outcome = match (mode, &found) {
        (Mode::Ok | Mode::Slow(_), Found::NoRecord) => "no-record".to_owned(),
        (Mode::Ok | Mode::Slow(_), Found::NoResource) => "refused:405".to_owned(),
        (mode, _) => mode.to_string(),
    };
    note(&partner, &resource, &asked.subject, &asked.item, &outcome);
    answer(mode, found).await
}

fn admitted(partner: &Partner, headers: &HeaderMap, body: &[u8]) -> Result<Query, Denial> {
    let text = |name: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned).ok_or(Denial::Malformed)
    };
    let stamp = Stamp {
        client: text("x-client-id")?,
        timestamp: text("x-timestamp")?,
        nonce: text("x-nonce")?,
        signature: text("x-signature")?,
    };
    let now = partner.clock.wall().0;
    check(&stamp, body, &partner.directory.secrets, &mut partner.nonces(), now)?;
    let asked: Query = serde_json::from_slice(body).map_err(|_| Denial::Malformed)?;
    if asked.well_formed() { Ok(asked) } else { Err(Denial::Malformed) }
}

fn note(partner: &Partner, resource: &str, subject: &str, item: &str, outcome: &str) {
    tracing::info!(resource, outcome, "call");
    partner.calls().add(Call {
        at_ms: partner.clock.wall().0,
        resource: resource.to_owned(),
        subject_hash: subject_hash(subject),
        item: item.to_owned(),
        outcome: outcome.to_owned(),
    });
}

async fn answer(mode: Mode, found: Found) -> Response<Body> {
    match mode {
        Mode::Timeout => {
            // Longer than any caller waits; the connection is held open meanwhile.
            tokio::time::sleep(Duration::from_secs(3600)).await;
            reply(StatusCode::GATEWAY_TIMEOUT, "504", "超时", None)
        }
        Mode::Refuse => reply(StatusCode::FORBIDDEN, "403", "提供部门不同意本次共享", None),
        Mode::Error500 => reply(StatusCode::INTERNAL_SERVER_ERROR, "500", "系统异常", None),
        Mode::Slow(wait) => {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            documented(found)
        }
        Mode::Ok => documented(found),
        Mode::Garbage => {
            let mut text = full_text(found);
            // Cut inside the JSON, on a character's edge.
            let cut = (text.len() / 2..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(1);
            text.truncate(cut);
            raw(StatusCode::OK, "application/json; charset=utf-8", text.into_bytes())
        }
        Mode::Oversize => {
            let text = json!({"code": "0", "message": "成功", "data": {"name": "x".repeat(OVERSIZE)}}).to_string();
            raw(StatusCode::OK, "application/json; charset=utf-8", text.into_bytes())
        }
        Mode::WrongEncoding => {
            let text = full_text(found);
            let (bytes, _, _) = encoding_rs::GB18030.encode(&text);
            raw(StatusCode::OK, "application/json; charset=utf-8", bytes.into_owned())
        }
        Mode::WrongCharset => raw(StatusCode::OK, "application/json; charset=GB18030", full_text(found).into_bytes()),
    }
}

fn documented(found: Found) -> Response<Body> {
    match found {
        Found::Data(data) => reply(StatusCode::OK, "0", "成功", Some(data)),
        Found::NoRecord => reply(StatusCode::OK, "404", "无记录", None),
        Found::NoResource => reply(StatusCode::NOT_FOUND, "405", "资源不存在", None),
    }
}

fn full_text(found: Found) -> String {
    let data = match found {
        Found::Data(data) => data,
        Found::NoRecord | Found::NoResource => json!({"name": "示范市宏远建设有限公司"}),
    };
    json!({"code": "0", "message": "成功", "data": data}).to_string()
}

fn denial_reply(denial: Denial) -> Response<Body> {
    let (status, message) = match denial {
        Denial::Malformed => (StatusCode::BAD_REQUEST, "请求格式错误"),
        Denial::Signature => (StatusCode::UNAUTHORIZED, "签名错误"),
        Denial::Clock => (StatusCode::UNAUTHORIZED, "时间戳超出有效期"),
        Denial::Replay => (StatusCode::UNAUTHORIZED, "请求重复"),
    };
    reply(status, denial.code(), message, None)
}

fn reply(status: StatusCode, code: &str, message: &str, data: Option<Value>) -> Response<Body> {
    let mut body = json!({"code": code, "message": message});
    if let (Some(data), Value::Object(fields)) = (data, &mut body) {
        fields.insert("data".to_owned(), data);
    }
    raw(status, "application/json; charset=utf-8", body.to_string().into_bytes())
}

fn raw(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    response
}
