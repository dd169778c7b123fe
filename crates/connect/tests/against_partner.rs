//! The connector against the simulated platform, which was written from the platform's document.

use proptest::prelude::*;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tongban_connect::{BreakerState, Connect, ConnectConfig, ConnectError, Mapping, ShareQuery, SubjectKind};
use tongban_domain::clock::{BootTime, Clock, Ids, WallTime};
use tongban_domain::event::{ShareOutcome, SharedRecord};
use tongban_domain::ids::{CaseId, FieldId};
use tongban_partner::{Mode, Partner, router};
use uuid::Uuid;

const NOW: i64 = 1_795_397_400_000;
const FIRM: &str = "91890100MA8DEM018P";
const SECRET: &str = "demo-secret-not-for-any-hall";

struct Fixed(i64);

impl Clock for Fixed {
    fn wall(&self) -> WallTime {
        WallTime(self.0)
    }

    fn boot(&self) -> BootTime {
        BootTime(0)
    }
}

#[derive(Default)]
struct Counted(AtomicU32);

impl Ids for Counted {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)))
    }
}

fn assets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/partner")
}

struct Scene {
    partner: Arc<Partner>,
    address: SocketAddr,
    ids: Arc<Counted>,
}

impl Scene {
    async fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let partner = Arc::new(Partner::open(&assets(), "2026-11-23", Arc::new(Fixed(NOW))).expect("data"));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let app = router(partner.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { partner, address, ids: Arc::default() }
    }

    fn config(&self) -> ConnectConfig {
        let url = format!("http://{}", self.address);
        let mut config = ConnectConfig::new(assets().join("mapping.toml"), &url, "tongban-centre", SECRET);
        // Shorter than in service, in the same proportion, so that the tests need not wait.
        config.timeouts.try_ = Duration::from_millis(500);
        config.timeouts.total = Duration::from_millis(1100);
        config.timeouts.open = Duration::from_millis(400);
        config
    }

    fn connect(&self) -> Connect {
        Connect::from_config(&self.config(), Arc::new(Fixed(NOW)), self.ids.clone()).expect("set up")
    }

    fn mode(&self, mode: &str) {
        self.partner.set_mode("*", None, mode.parse::<Mode>().expect("a mode"));
    }
}

fn made(config: &ConnectConfig, now: i64) -> Connect {
    Connect::from_config(config, Arc::new(Fixed(now)), Arc::new(Counted::default())).expect("set up")
}

fn query(resource: &str, kind: SubjectKind, subject: &str, fields: &[&str]) -> ShareQuery {
    ShareQuery {
        resource: resource.into(),
        subject_kind: kind,
        subject: subject.into(),
        purpose: "核实建筑业企业资质申请材料".into(),
        item: "jz_first".into(),
        case: CaseId(Uuid::from_u128(7)),
        fields: fields.iter().map(|field| FieldId::from(*field)).collect(),
        parameters: Vec::new(),
    }
}

fn licence(fields: &[&str]) -> ShareQuery {
    query("elicence.business_licence", SubjectKind::Firm, FIRM, fields)
}

fn value<'r>(record: &'r SharedRecord, key: &str) -> Option<&'r str> {
    record.fields.iter().find(|(known, _)| known.0 == key).map(|(_, value)| value.as_str())
}

#[tokio::test]
async fn a_record_comes_back_under_our_names_and_in_our_forms() {
    let scene = Scene::new().await;
    let connect = scene.connect();
    let record = connect.query(&licence(&["name", "uscc", "founded", "registered_capital_wan", "legal_person"])).await;
    assert_eq!(record.outcome, ShareOutcome::Found);
    assert_eq!(value(&record, "name"), Some("示范市宏远建设有限公司"));
    assert_eq!(value(&record, "uscc"), Some(FIRM));
    assert_eq!(value(&record, "founded"), Some("2015-06-12"));
    assert_eq!(value(&record, "registered_capital_wan"), Some("3000"));
    assert_ne!(record.answer_sha256.0, [0; 32]);
    let person = query("population.person", SubjectKind::Person, "890121198512120663", &["name", "nation"]);
    let record = connect.query(&person).await;
    assert_eq!(value(&record, "nation"), Some("回"), "the code 03 becomes its word");
}

#[tokio::test]
async fn only_the_fields_wanted_come_back_in_the_order_wanted() {
    let scene = Scene::new().await;
    let record = scene.connect().query(&licence(&["scope", "name"])).await;
    let keys: Vec<&str> = record.fields.iter().map(|(key, _)| key.0.as_str()).collect();
    assert_eq!(keys, ["scope", "name"]);
    let nothing = scene.connect().query(&licence(&[])).await;
    assert_eq!((nothing.outcome, nothing.fields.len()), (ShareOutcome::Found, 0));
}

#[tokio::test]
async fn payments_carry_parameters_and_rows_with_our_columns() {
    let scene = Scene::new().await;
    let mut payments = query(
        "social.person_payments",
        SubjectKind::Person,
        "89010219550820022X",
        &["kind", "from", "to", "months", "total_yuan", "list"],
    );
    payments.parameters = vec![("period".into(), "last_24".into()), ("from".into(), String::new())];
    let record = scene.connect().query(&payments).await;
    assert_eq!(record.outcome, ShareOutcome::Found);
    assert_eq!(value(&record, "months"), Some("24"));
    assert_eq!((value(&record, "from"), value(&record, "to")), (Some("2024-11"), Some("2026-10")));
    let rows: Vec<Value> = serde_json::from_str(value(&record, "list").expect("a list")).expect("rows");
    assert_eq!(rows.len(), 24);
    assert_eq!(rows[23]["month"], "2026-10");
    let cents = |text: &Value| text.as_str().and_then(|text| text.replace('.', "").parse::<u64>().ok()).expect("yuan");
    let sum: u64 = rows.iter().map(|row| cents(&row["personal_yuan"])).sum();
    let total = value(&record, "total_yuan").expect("a sum").replace('.', "");
    assert_eq!(sum.to_string(), total, "the department's sum is the sum of its rows");
    assert!(rows[0].get("personPay").is_none(), "their names do not leak through");
}

#[tokio::test]
async fn every_share_call_of_the_catalogue_is_mapped() {
    let mapping = Mapping::load(&assets().join("mapping.toml")).expect("a mapping");
    let catalogue = assets().join("../catalogue");
    let mut calls = 0;
    for entry in std::fs::read_dir(catalogue).expect("the catalogue") {
        let path = entry.expect("readable").path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let item: Value = serde_json::from_str(&std::fs::read_to_string(&path).expect("text")).expect("JSON");
        for call in item["shares"].as_array().into_iter().flatten() {
            let resource = call["resource"].as_str().expect("a resource");
            let keys = call["fields"].as_array().expect("fields").iter();
            let fields: Vec<FieldId> = keys.map(|field| field["key"].as_str().expect("a key").into()).collect();
            mapping.check(&resource.into(), &fields).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            calls += 1;
        }
    }
    assert!(calls >= 12, "only {calls} share calls found in the catalogue");
}

#[tokio::test]
async fn every_fault_of_the_platform_is_an_outcome() {
    let scene = Scene::new().await;
    for (mode, outcome) in [
        ("ok", ShareOutcome::Found),
        ("slow:100", ShareOutcome::Found),
        ("refuse", ShareOutcome::Refused),
        ("garbage", ShareOutcome::Garbage),
        ("oversize", ShareOutcome::Garbage),
        ("wrong-encoding", ShareOutcome::Garbage),
        ("wrong-charset", ShareOutcome::Garbage),
        ("error500", ShareOutcome::TimedOut),
        ("timeout", ShareOutcome::TimedOut),
    ] {
        scene.mode(mode);
        let record = scene.connect().query(&licence(&["name"])).await;
        assert_eq!(record.outcome, outcome, "{mode}");
        assert_eq!(record.fields.is_empty(), outcome != ShareOutcome::Found, "{mode}");
    }
    scene.mode("ok");
    let none = query("legal.charter", SubjectKind::Firm, "92890102MA8DEM026C", &["name"]);
    assert_eq!(scene.connect().query(&none).await.outcome, ShareOutcome::NoRecord);
    let unmapped = scene.connect().query(&licence(&["shoe_size"])).await;
    assert_eq!(unmapped.outcome, ShareOutcome::Garbage);
    assert!(matches!(
        scene.connect().check(&"elicence.business_licence".into(), &["shoe_size".into()]),
        Err(ConnectError::Unmapped { .. })
    ));
}

#[tokio::test]
async fn a_wrong_secret_a_wrong_clock_and_a_used_nonce_are_refused() {
    let scene = Scene::new().await;
    let mut wrong = scene.config();
    wrong.secret = String::from("another").into();
    assert_eq!(made(&wrong, NOW).query(&licence(&["name"])).await.outcome, ShareOutcome::Refused);
    let late = made(&scene.config(), NOW - 11 * 60 * 1000);
    assert_eq!(late.query(&licence(&["name"])).await.outcome, ShareOutcome::Refused);
    // Two connectors counting from the same start use the same nonces.
    let fresh = || made(&scene.config(), NOW);
    assert_eq!(fresh().query(&licence(&["name"])).await.outcome, ShareOutcome::Found);
    assert_eq!(fresh().query(&licence(&["name"])).await.outcome, ShareOutcome::Refused);
}

#[tokio::test]
async fn a_platform_that_never_answers_costs_one_try_and_no_more() {
    let scene = Scene::new().await;
    scene.mode("timeout");
    let mut config = scene.config();
    config.timeouts.try_ = Duration::from_millis(1000);
    config.timeouts.total = Duration::from_millis(4000);
    let started = Instant::now();
    let record = made(&config, NOW).query(&licence(&["name"])).await;
    assert_eq!(record.outcome, ShareOutcome::TimedOut);
    let took = started.elapsed();
    assert!(took >= Duration::from_millis(1000) && took < Duration::from_millis(1900), "{took:?}");
    assert!((1000..1900).contains(&record.took_ms), "{}", record.took_ms);
    assert_eq!(calls(&scene).await, 1);
}

#[tokio::test]
async fn a_server_error_and_a_refused_connection_are_tried_twice() {
    let scene = Scene::new().await;
    scene.mode("error500");
    assert_eq!(scene.connect().query(&licence(&["name"])).await.outcome, ShareOutcome::TimedOut);
    assert_eq!(calls(&scene).await, 2);
    // A port that was free a moment ago: nothing listens there.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    let mut config = scene.config();
    config.base_url = format!("http://{gone}");
    let record = made(&config, NOW).query(&licence(&["name"])).await;
    assert_eq!(record.outcome, ShareOutcome::TimedOut);
    assert!(record.took_ms >= 200, "the pause before the second try: {}", record.took_ms);
}

#[tokio::test]
async fn after_five_failures_the_platform_is_left_alone_and_then_tried_again() {
    let scene = Scene::new().await;
    let connect = scene.connect();
    scene.mode("error500");
    for _ in 0..5 {
        connect.query(&licence(&["name"])).await;
    }
    assert_eq!(connect.circuit(&"elicence.business_licence".into()), BreakerState::Open);
    let asked = calls(&scene).await;
    let record = connect.query(&licence(&["name"])).await;
    assert_eq!(record.outcome, ShareOutcome::TimedOut);
    assert_eq!(calls(&scene).await, asked, "an open circuit asks nobody");
    assert!(record.took_ms < 100);
    scene.mode("ok");
    let other = query("legal.charter", SubjectKind::Firm, FIRM, &["name"]);
    assert_eq!(connect.query(&other).await.outcome, ShareOutcome::Found, "another resource is not touched");
    tokio::time::sleep(Duration::from_millis(450)).await;
    assert_eq!(connect.query(&licence(&["name"])).await.outcome, ShareOutcome::Found);
    assert_eq!(connect.circuit(&"elicence.business_licence".into()), BreakerState::Closed);
}

#[tokio::test]
async fn one_persons_time_out_is_over_when_the_interface_returns() {
    let scene = Scene::new().await;
    let subject = "890121198512120663";
    let payments = query("social.person_payments", SubjectKind::Person, subject, &["months"]);
    let connect = scene.connect();
    assert_eq!(connect.query(&payments).await.outcome, ShareOutcome::TimedOut);
    scene.partner.set_mode("social.*", Some(subject), Mode::Ok);
    assert_eq!(connect.query(&payments).await.outcome, ShareOutcome::Found);
}

#[tokio::test]
async fn a_configuration_that_cannot_work_is_refused_at_start() {
    let scene = Scene::new().await;
    let refused = |change: &dyn Fn(&mut ConnectConfig)| {
        let mut config = scene.config();
        change(&mut config);
        let made = Connect::from_config(&config, Arc::new(Fixed(NOW)), Arc::new(Counted::default()));
        made.err().expect("refused").code().as_str()
    };
    assert_eq!(refused(&|config| config.base_url = "http://share.example.cn".into()), "K102");
    assert_eq!(refused(&|config| config.mapping = "nowhere.toml".into()), "K101");
    assert_eq!(refused(&|config| config.secret = String::new().into()), "K102");
    assert_eq!(refused(&|config| config.roots_pem = Some(b"-----BEGIN CERTIFICATE-----\n!!".to_vec())), "K104");
}

/// How often the platform was asked, as it counts itself.
async fn calls(scene: &Scene) -> u64 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    let app = tongban_partner::admin_router(scene.partner.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let url = format!("http://{address}/_sim/calls");
    let text = reqwest::get(url).await.expect("answered").text().await.expect("text");
    let report: Value = serde_json::from_str(&text).expect("JSON");
    report["total"].as_u64().expect("a number")
}

/// A platform that says whatever it is told, whatever it is asked.
async fn answering(bytes: Vec<u8>) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    let answer = move || {
        let bytes = bytes.clone();
        async move { ([("content-type", "application/json; charset=utf-8")], bytes) }
    };
    let app = axum::Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    /// A good answer with bytes changed, cut or doubled is either still found or garbage; it never
    /// panics, and never yields a field nobody asked for.
    #[test]
    fn a_mutilated_answer_is_found_or_garbage(at in 0_usize..400, with in any::<u8>(), cut in any::<bool>()) {
        let good = r#"{"code":"0","message":"成功","data":{"entName":"示范市宏远建设有限公司","uniscid":"91890100MA8DEM018P","regCap":3000,"estDate":"20150612","lerep":"陈建国","lerepCerNo":"890102197803150113"}}"#;
        let mut bytes = good.as_bytes().to_vec();
        let at = at % bytes.len();
        if cut { bytes.truncate(at) } else { bytes[at] = with }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let record = runtime.block_on(async {
            let _ = rustls::crypto::ring::default_provider().install_default();
            let address = answering(bytes).await;
            let url = format!("http://{address}");
            let config = ConnectConfig::new(assets().join("mapping.toml"), &url, "c", "s");
            made(&config, NOW).query(&licence(&["name", "founded"])).await
        });
        let good_outcome = matches!(
            record.outcome,
            // A changed `code` may by chance become a known one.
            ShareOutcome::Found | ShareOutcome::Garbage | ShareOutcome::NoRecord | ShareOutcome::Refused
        );
        prop_assert!(good_outcome, "{:?}", record.outcome);
        prop_assert!(record.fields.is_empty() || record.fields.len() == 2);
        prop_assert!(!cut || record.outcome == ShareOutcome::Garbage);
    }
}
