//! The administration port of the simulation (API.md section 4).

use crate::mode::{Mode, RuleText};
use crate::state::Partner;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) fn router(partner: Arc<Partner>) -> Router {
    Router::new()
        .route("/_sim/mode", post(set_mode).get(modes))
        .route("/_sim/calls", get(calls))
        .route("/_sim/reset", post(reset))
        .route("/_sim/exchange", get(exchange).post(trust))
        .route("/_sim/exchange/step", post(step))
        .with_state(partner)
}

async fn set_mode(State(partner): State<Arc<Partner>>, Json(rule): Json<RuleText>) -> (StatusCode, Json<Value>) {
    match rule.mode.parse::<Mode>() {
        Ok(mode) => {
            partner.set_mode(&rule.resource, rule.subject.as_deref(), mode);
            (StatusCode::OK, Json(json!({"ok": true})))
        }
        Err(error) => (StatusCode::BAD_REQUEST, Json(json!({"ok": false, "error": error.to_string()}))),
    }
}

async fn modes(State(partner): State<Arc<Partner>>) -> Json<Value> {
    Json(json!({"rules": partner.rules().listed()}))
}

async fn calls(State(partner): State<Arc<Partner>>) -> Json<Value> {
    let report = partner.calls().report();
    Json(json!(report))
}

async fn exchange(State(partner): State<Arc<Partner>>) -> Json<Value> {
    let exchange = partner.exchange();
    Json(json!({"public_key": exchange.public_hex(), "records": exchange.records()}))
}

#[derive(serde::Deserialize)]
struct Sender {
    code: String,
    public_pem: String,
}

async fn trust(State(partner): State<Arc<Partner>>, Json(sender): Json<Sender>) -> Json<Value> {
    partner.exchange().trust(&sender.code, &sender.public_pem);
    Json(json!({"ok": true}))
}

#[derive(serde::Deserialize)]
struct Step {
    to: String,
    project_no: String,
    name: String,
    passed: bool,
}

async fn step(State(partner): State<Arc<Partner>>, Json(step): Json<Step>) -> (StatusCode, String) {
    let at = partner.time();
    match partner.exchange().step(&step.to, &step.project_no, &step.name, step.passed, at) {
        Some(document) => (StatusCode::OK, document),
        None => (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
    }
}

async fn reset(State(partner): State<Arc<Partner>>) -> Json<Value> {
    partner.reset();
    Json(json!({"ok": true}))
}
