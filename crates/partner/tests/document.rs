//! The platform against its document, request by request.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tongban_domain::clock::{BootTime, Clock, WallTime};
use tongban_partner::{Mode, Partner, admin_router, router};
use tower::ServiceExt;

const NOW: i64 = 1_795_397_400_000;
const FIRM: &str = "91890100MA8DEM018P";

struct Fixed;

impl Clock for Fixed {
    fn wall(&self) -> WallTime {
        WallTime(NOW)
    }

    fn boot(&self) -> BootTime {
        BootTime(0)
    }
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/partner")
}

fn partner() -> Arc<Partner> {
    Arc::new(Partner::open(&data(), "2026-11-23", Arc::new(Fixed)).expect("the shipped data are right"))
}

fn signed(resource: &str, body: &str, at: i64, nonce: &str, secret: &str) -> Request<Body> {
    let digest = hex::encode(Sha256::digest(body.as_bytes()));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key length");
    mac.update(format!("tongban-centre{at}{nonce}{digest}").as_bytes());
    Request::post(format!("/api/v1/resources/{resource}/query"))
        .header("content-type", "application/json; charset=utf-8")
        .header("X-Client-Id", "tongban-centre")
        .header("X-Timestamp", at.to_string())
        .header("X-Nonce", nonce)
        .header("X-Signature", hex::encode(mac.finalize().into_bytes()))
        .body(Body::from(body.to_owned()))
        .expect("a request")
}

fn body(kind: &str, subject: &str) -> String {
    json!({"subject_kind": kind, "subject": subject, "purpose": "核实申请材料", "item": "jz_first", "case": "c1"})
        .to_string()
}

async fn send(partner: &Arc<Partner>, request: Request<Body>) -> (StatusCode, Vec<u8>) {
    let response = router(partner.clone()).oneshot(request).await.expect("answered");
    let status = response.status();
    (status, response.into_body().collect().await.expect("a body").to_bytes().to_vec())
}

async fn ask(partner: &Arc<Partner>, resource: &str, text: &str) -> (StatusCode, Value) {
    static NONCE: AtomicU32 = AtomicU32::new(0);
    let nonce = format!("nonce-{:08}", NONCE.fetch_add(1, Ordering::Relaxed));
    let (status, bytes) = send(partner, signed(resource, text, NOW, &nonce, "demo-secret-not-for-any-hall")).await;
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

async fn admin(partner: &Arc<Partner>, request: Request<Body>) -> (StatusCode, Value) {
    let response = admin_router(partner.clone()).oneshot(request).await.expect("answered");
    let status = response.status();
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

#[tokio::test]
async fn every_resource_answers_with_its_documented_fields() {
    let partner = partner();
    let person = "890102197803150113";
    let expected: [(&str, &str, &str, &[&str]); 11] = [
        (
            "elicence.business_licence",
            "firm",
            FIRM,
            &["entName", "uniscid", "dom", "entType", "estDate", "regCap", "lerep", "lerepCerNo", "opScope"],
        ),
        ("population.person", "person", person, &["xm", "gmsfhm", "mz", "zz"]),
        ("legal.charter", "firm", FIRM, &["name", "adopted", "articles", "shareholders"]),
        ("realestate.ownership", "firm", FIRM, &["certificate_no", "owner", "location", "area_m2", "use"]),
        ("housing.constructors", "firm", FIRM, &["count", "names", "specialities", "list"]),
        ("housing.site_managers", "firm", FIRM, &["count", "posts", "list"]),
        ("social.firm_staff", "firm", FIRM, &["month", "count", "list"]),
        (
            "social.person_payments",
            "person",
            person,
            &["insuranceName", "beginMonth", "endMonth", "monthCount", "personTotal", "details"],
        ),
        ("realestate.person_register", "person", person, &["name", "count", "as_of", "list"]),
        (
            "housing.rental_eligibility",
            "person",
            "890121198512120663",
            &["name", "eligible", "kind", "waiting_no", "valid_to"],
        ),
        ("elicence.birth_certificate", "person", "890102201311090440", &["child_name", "child_number", "guardian"]),
    ];
    for (resource, kind, subject, fields) in expected {
        let (status, reply) = ask(&partner, resource, &body(kind, subject)).await;
        assert_eq!((status, reply["code"].as_str()), (StatusCode::OK, Some("0")), "{resource}: {reply}");
        for field in fields {
            assert!(!reply["data"][field].is_null(), "{resource} lacks {field}");
        }
    }
    let (_, staff) = ask(&partner, "social.firm_staff", &body("firm", FIRM)).await;
    assert_eq!(staff["data"]["month"], "2026-10");
    assert_eq!(staff["data"]["count"], staff["data"]["list"].as_array().map(Vec::len).expect("a list"));
    let (_, constructors) = ask(&partner, "housing.constructors", &body("firm", FIRM)).await;
    assert!(constructors["data"]["count"].as_u64() >= Some(5));
}

#[tokio::test]
async fn a_subject_without_record_and_a_resource_that_is_none_are_told_apart() {
    let partner = partner();
    let (status, reply) = ask(&partner, "legal.charter", &body("firm", "92890102MA8DEM026C")).await;
    assert_eq!((status, reply["code"].as_str()), (StatusCode::OK, Some("404")));
    assert!(reply["data"].is_null());
    let (status, reply) = ask(&partner, "no.such", &body("firm", FIRM)).await;
    assert_eq!((status, reply["code"].as_str()), (StatusCode::NOT_FOUND, Some("405")));
}

#[tokio::test]
async fn payments_follow_the_parameters() {
    let partner = partner();
    let ask_for = |parameters: Value| {
        json!({
            "subject_kind": "person", "subject": "89010219550820022X", "purpose": "出具证明", "item": "cb", "case": "c2",
            "parameters": parameters,
        })
        .to_string()
    };
    let (_, reply) = ask(&partner, "social.person_payments", &ask_for(json!({"period": "last_24"}))).await;
    assert_eq!(reply["data"]["monthCount"], 24);
    assert_eq!(reply["data"]["endMonth"], "202610");
    let (_, reply) = ask(&partner, "social.person_payments", &ask_for(json!({"insurance": "medical"}))).await;
    assert_eq!(reply["data"]["insuranceName"], "职工基本医疗保险");
    let (_, reply) =
        ask(&partner, "social.person_payments", &ask_for(json!({"from": "1999-01", "to": "1999-12"}))).await;
    assert_eq!(reply["code"], "404");
}

#[tokio::test]
async fn stamps_are_judged_as_documented() {
    let partner = partner();
    let text = body("firm", FIRM);
    let secret = "demo-secret-not-for-any-hall";
    let code = |bytes: Vec<u8>| {
        let reply: Value = serde_json::from_slice(&bytes).expect("JSON");
        reply["code"].as_str().map(str::to_owned)
    };
    let good = || signed("legal.charter", &text, NOW, "once-only-1", secret);
    assert_eq!(code(send(&partner, good()).await.1).as_deref(), Some("0"));
    let (status, bytes) = send(&partner, good()).await;
    assert_eq!((status, code(bytes).as_deref()), (StatusCode::UNAUTHORIZED, Some("409")));
    let (status, bytes) = send(&partner, signed("legal.charter", &text, NOW, "once-only-2", "wrong")).await;
    assert_eq!((status, code(bytes).as_deref()), (StatusCode::UNAUTHORIZED, Some("401")));
    for (at, wanted) in [(NOW - 600_001, "408"), (NOW + 600_001, "408"), (NOW - 600_000, "0")] {
        let nonce = format!("clock{}", at.unsigned_abs());
        let (_, bytes) = send(&partner, signed("legal.charter", &text, at, &nonce, secret)).await;
        assert_eq!(code(bytes).as_deref(), Some(wanted), "{}", at - NOW);
    }
    let (status, _) = send(&partner, signed("legal.charter", &text, NOW, "short", secret)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (status, _) = ask(&partner, "legal.charter", r#"{"subject_kind": "dog"}"#).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let bare = Request::post("/api/v1/resources/legal.charter/query").body(Body::empty()).expect("a request");
    assert_eq!(send(&partner, bare).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn every_mode_misbehaves_in_its_own_way() {
    let partner = partner();
    let nonce = |name: &str| format!("mode-{name}");
    let fetch = async |name: &str| {
        let secret = "demo-secret-not-for-any-hall";
        let request = signed("legal.charter", &body("firm", FIRM), NOW, &nonce(name), secret);
        let response = router(partner.clone()).oneshot(request).await.expect("answered");
        let kind = response.headers()["content-type"].to_str().expect("text").to_owned();
        let status = response.status();
        (status, kind, response.into_body().collect().await.expect("a body").to_bytes().to_vec())
    };
    let set = |text: &str| partner.set_mode("legal.*", None, text.parse::<Mode>().expect("a mode"));
    set("refuse");
    assert_eq!(fetch("refuse").await.0, StatusCode::FORBIDDEN);
    set("error500");
    assert_eq!(fetch("error500").await.0, StatusCode::INTERNAL_SERVER_ERROR);
    set("garbage");
    let (status, _, bytes) = fetch("garbage").await;
    assert!(status == StatusCode::OK && serde_json::from_slice::<Value>(&bytes).is_err());
    assert!(std::str::from_utf8(&bytes).is_ok(), "garbage is broken JSON, not broken text");
    set("oversize");
    let (_, _, bytes) = fetch("oversize").await;
    assert!(bytes.len() > 1024 * 1024 && serde_json::from_slice::<Value>(&bytes).is_ok());
    set("wrong-encoding");
    let (_, kind, bytes) = fetch("encoding").await;
    assert!(kind.ends_with("utf-8") && std::str::from_utf8(&bytes).is_err());
    set("wrong-charset");
    let (_, kind, bytes) = fetch("charset").await;
    assert!(kind.ends_with("GB18030") && std::str::from_utf8(&bytes).is_ok());
    set("slow:80");
    let before = std::time::Instant::now();
    assert_eq!(fetch("slow").await.0, StatusCode::OK);
    assert!(before.elapsed().as_millis() >= 80);
    set("timeout");
    let waited = tokio::time::timeout(std::time::Duration::from_millis(200), fetch("timeout")).await;
    assert!(waited.is_err(), "nothing comes");
}

#[tokio::test]
async fn one_persons_social_data_time_out_until_told_otherwise() {
    let partner = partner();
    let text = body("person", "890121198512120663");
    let wait = std::time::Duration::from_millis(200);
    let asked = tokio::time::timeout(wait, ask(&partner, "social.person_payments", &text)).await;
    assert!(asked.is_err());
    let request = Request::post("/_sim/mode")
        .header("content-type", "application/json")
        .body(Body::from(r#"{"resource": "social.*", "subject": "890121198512120663", "mode": "ok"}"#))
        .expect("a request");
    assert_eq!(admin(&partner, request).await.0, StatusCode::OK);
    let (_, reply) = ask(&partner, "social.person_payments", &text).await;
    assert_eq!(reply["code"], "0");
}

#[tokio::test]
async fn the_call_log_counts_and_names_nobody() {
    let partner = partner();
    ask(&partner, "legal.charter", &body("firm", FIRM)).await;
    ask(&partner, "legal.charter", &body("firm", FIRM)).await;
    ask(&partner, "population.person", &body("person", "890102197803150113")).await;
    let get = |path: &str| Request::get(path).body(Body::empty()).expect("a request");
    let (_, report) = admin(&partner, get("/_sim/calls")).await;
    assert_eq!(report["total"], 3);
    assert_eq!(report["by_resource"]["legal.charter"], 2);
    assert_eq!(report["log"][0]["outcome"], "ok");
    let text = report.to_string() + &admin(&partner, get("/_sim/mode")).await.1.to_string();
    for secret in ["890102197803150113", FIRM, "890121198512120663", "陈建国"] {
        assert!(!text.contains(secret), "{text}");
    }
    let reset = Request::post("/_sim/reset").body(Body::empty()).expect("a request");
    admin(&partner, reset).await;
    assert_eq!(admin(&partner, get("/_sim/calls")).await.1["total"], 0);
}

#[tokio::test]
async fn an_unknown_mode_is_refused_in_words() {
    let request = Request::post("/_sim/mode")
        .header("content-type", "application/json")
        .body(Body::from(r#"{"resource": "*", "mode": "sulk"}"#))
        .expect("a request");
    let (status, reply) = admin(&partner(), request).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(reply["error"].as_str().is_some_and(|text| text.contains("sulk")));
}

#[test]
fn a_missing_file_is_named() {
    let dir = tempfile::tempdir().expect("a directory");
    let error = Partner::open(dir.path(), "2026-11-23", Arc::new(Fixed)).err().expect("refused").to_string();
    assert!(error.contains(".json"), "{error}");
    assert!(Partner::open(&data(), "23.11.2026", Arc::new(Fixed)).is_err());
}
