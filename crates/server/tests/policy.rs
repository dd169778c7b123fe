//! The whole matrix: every staff route × every role, and nothing outside the table.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod common;

use common::{Browser, start, token};
use reqwest::StatusCode;
use std::collections::BTreeMap;
use tongban_server::centre::rights::Role;
use tongban_server::routes::{Listener, Policy, table};

/// Who may, written down once more by hand, so that a slip in the table of rights shows.
const WHO: &[(&str, &str)] = &[
    ("see", "window reviewer chief decider manager supervisor"),
    ("accept", "window reviewer"),
    ("review", "reviewer chief"),
    ("decide", "decider"),
    ("approve", "chief decider manager"),
    ("assign", "chief manager"),
    ("reveal", "reviewer chief decider manager"),
    ("evidence", "reviewer chief decider"),
    ("licences", "window reviewer chief decider operator manager"),
    ("make", "operator"),
    ("stock", "operator manager"),
    ("stations", "manager technician admin"),
    ("install", "technician admin"),
    ("staff", "manager admin security auditor"),
    ("hire", "admin"),
    ("log", "manager supervisor technician admin auditor"),
    ("watch", "manager supervisor"),
    ("talk", "window manager supervisor hotline"),
    ("count", "chief manager supervisor"),
    ("edit", "editor admin"),
    ("check", "checker"),
    ("publish", "publisher"),
    ("library", "editor admin checker publisher"),
    ("agencies", "editor admin checker manager supervisor"),
    ("run", "manager"),
    ("stop", "manager security"),
    ("queue", "window reviewer manager"),
    ("rights", "security manager supervisor technician admin auditor"),
    ("grant", "security"),
    ("money", "window cashier"),
    ("archive", "archivist"),
    ("share", "supervisor editor auditor data_admin provider"),
    ("ask", "editor"),
    ("comply", "data_admin"),
    ("grant_data", "provider"),
    ("end_grant", "data_admin provider"),
    ("audit", "manager supervisor auditor"),
    ("words", "editor admin checker"),
    ("seals", "security operator"),
];

/// Every staff route and who may: a word of [`WHO`], `*` everybody signed in, `-` anybody at all.
const WANTED: &[(&str, &str)] = &[
    ("GET /", "*"),
    ("POST /logout", "*"),
    ("GET /todo", "*"),
    ("GET /account", "*"),
    ("POST /account/second", "*"),
    ("GET /leave", "*"),
    ("POST /leave", "*"),
    ("POST /leave/{id}/back", "*"),
    ("GET /login", "-"),
    ("POST /login", "-"),
    ("GET /login/code", "-"),
    ("POST /login/code", "-"),
    ("GET /health", "-"),
    ("GET /assets/app.css", "-"),
    ("POST /enrol/v1", "-"),
    ("POST /exchange/messages", "-"),
    ("GET /cases", "see"),
    ("GET /cases/{id}", "see"),
    ("GET /papers", "see"),
    ("POST /cases/{id}/accept", "accept"),
    ("POST /cases/{id}/intake", "accept"),
    ("POST /cases/{id}/completeness", "accept"),
    ("POST /cases/{id}/deferral", "accept"),
    ("POST /cases/{id}/brought", "accept"),
    ("GET /cases/{id}/files/{address}", "see"),
    ("POST /cases/{id}/pages/{page}/look", "accept"),
    ("POST /cases/{id}/review", "review"),
    ("POST /cases/{id}/handle", "review"),
    ("POST /cases/{id}/decide", "decide"),
    ("POST /cases/{id}/ruling", "decide"),
    ("POST /cases/{id}/assign", "assign"),
    ("POST /cases/{id}/approve", "approve"),
    ("POST /cases/{id}/reveal", "reveal"),
    ("GET /cases/{id}/pages/{page}", "see"),
    ("GET /cases/{id}/pages/{page}/image", "see"),
    ("GET /cases/{id}/pages/{page}/thumb", "see"),
    ("GET /cases/{id}/materials/{material}/pdf", "see"),
    ("POST /cases/{id}/evidence", "evidence"),
    ("GET /cases/{id}/evidence", "evidence"),
    ("GET /cases/{id}/evidence/clip", "evidence"),
    ("GET /cases/{id}/evidence/frames/{frame}", "evidence"),
    ("GET /cases/{id}/evidence/{piece}/image", "evidence"),
    ("GET /licences", "licences"),
    ("GET /stock", "stock"),
    ("GET /stations", "stations"),
    ("POST /stations", "install"),
    ("POST /stations/{id}/code", "install"),
    ("POST /stations/{id}/revoke", "install"),
    ("GET /staff", "staff"),
    ("POST /staff", "hire"),
    ("POST /staff/{id}/active", "hire"),
    ("POST /staff/post", "hire"),
    ("GET /log", "log"),
    ("GET /supervision", "watch"),
    ("POST /supervision/appeal", "see"),
    ("POST /supervision/answer", "watch"),
    ("POST /supervision/order", "see"),
    ("POST /supervision/check", "watch"),
    ("POST /supervision/settle", "watch"),
    ("GET /audit", "audit"),
    ("GET /ratings", "watch"),
    ("POST /ratings/exclude", "watch"),
    ("GET /tickets", "talk"),
    ("GET /tickets/{id}", "talk"),
    ("POST /tickets", "talk"),
    ("POST /tickets/sign", "talk"),
    ("POST /tickets/extend", "talk"),
    ("POST /tickets/answer", "talk"),
    ("GET /consultations", "talk"),
    ("GET /consultations/{id}", "talk"),
    ("POST /consultations", "talk"),
    ("POST /consultations/publish", "watch"),
    ("POST /consultations/moderate", "talk"),
    ("POST /consultations/answer", "watch"),
    ("GET /knowledge", "library"),
    ("POST /knowledge", "edit"),
    ("POST /knowledge/check", "check"),
    ("POST /knowledge/publish", "publish"),
    ("POST /knowledge/end", "publish"),
    ("GET /messages", "words"),
    ("POST /messages", "edit"),
    ("POST /messages/enforce", "check"),
    ("GET /seals", "seals"),
    ("POST /seals", "grant"),
    ("POST /seals/set", "grant"),
    ("GET /upkeep", "stations"),
    ("POST /upkeep", "install"),
    ("POST /upkeep/end", "install"),
    ("GET /hotline", "talk"),
    ("POST /hotline", "talk"),
    ("GET /statistics", "count"),
    ("GET /statistics.csv", "count"),
    ("GET /performance", "count"),
    ("POST /performance/weights", "watch"),
    ("POST /performance/appeal", "see"),
    ("POST /performance/answer", "watch"),
    ("GET /intermediaries", "agencies"),
    ("POST /intermediaries", "edit"),
    ("POST /intermediaries/list", "check"),
    ("POST /intermediaries/suspend", "watch"),
    ("GET /library", "library"),
    ("GET /library.json", "library"),
    ("GET /library/{key}", "library"),
    ("GET /library/{key}/guide", "*"),
    ("POST /library/{key}", "edit"),
    ("POST /library/approve", "check"),
    ("POST /library/return", "check"),
    ("POST /library/publish", "publish"),
    ("POST /library/import", "edit"),
    ("POST /library/calendar", "publish"),
    ("GET /claims", "run"),
    ("POST /claims", "run"),
    ("GET /resources", "share"),
    ("POST /resources/ask", "ask"),
    ("POST /resources/check", "comply"),
    ("POST /resources/answer", "grant_data"),
    ("POST /resources/objection", "grant_data"),
    ("POST /resources/dispute", "ask"),
    ("POST /resources/coordinate", "comply"),
    ("POST /resources/end", "end_grant"),
    ("POST /resources/put", "grant_data"),
    ("GET /calls", "share"),
    ("GET /exchange", "share"),
    ("POST /exchange/retry", "comply"),
    ("GET /halls", "stop"),
    ("POST /halls/window", "run"),
    ("POST /halls/hours", "run"),
    ("POST /halls/duty", "run"),
    ("POST /halls/notice", "run"),
    ("POST /halls/stop", "stop"),
    ("POST /halls/resume", "stop"),
    ("GET /queue", "queue"),
    ("POST /queue/call", "accept"),
    ("POST /queue/end", "accept"),
    ("POST /queue/check-in", "accept"),
    ("GET /rights", "rights"),
    ("POST /rights/reset", "grant"),
    ("GET /payments", "money"),
    ("POST /payments/refund", "money"),
    ("POST /payments/reconcile", "money"),
    ("GET /parcels", "make"),
    ("GET /parcels/{id}/label", "make"),
    ("POST /parcels", "make"),
    ("GET /archive", "archive"),
    ("POST /archive", "archive"),
];

/// Whether a role may, by the lists above.
fn may(role: Role, word: &str) -> bool {
    let list = WHO.iter().find(|(known, _)| *known == word).map(|(_, list)| *list);
    word == "*" || list.unwrap_or_else(|| panic!("{word} is not a word")).split(' ').any(|key| key == role.key())
}

#[test]
fn the_table_names_exactly_the_routes_written_down_here() {
    let wanted: BTreeMap<&str, &str> = WANTED.iter().copied().collect();
    let mut found = Vec::new();
    for route in table() {
        match route.listener {
            Listener::Station => assert_eq!(route.policy, Policy::Station, "{route:?}"),
            Listener::Public => assert_eq!(route.policy, Policy::Open, "{route:?}"),
            Listener::Staff => {
                let name = format!("{} {}", route.method, route.path);
                assert!(wanted.contains_key(name.as_str()), "{name} is not written down");
                found.push(name);
            }
        }
    }
    found.sort();
    found.dedup();
    assert_eq!(found.len(), WANTED.len(), "a route written down is gone");
}

/// A path with its places filled in.
fn filled(path: &str, id: &str) -> String {
    path.replace("{id}", id)
        .replace("{page}", id)
        .replace("{material}", "m02")
        .replace("{frame}", "0")
        .replace("{piece}", "still")
        .replace("{key}", "sp")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_gets_through_where_it_may_and_nowhere_else() {
    let mut running = start().await;
    let id = running.case().to_string();
    let (mut open, mut shut) = (0, 0);
    for role in Role::ALL {
        let account = format!("m-{}", role.key());
        running.add(&account, &[role]);
        let browser = Browser::sign_in(&running, &account).await;
        let csrf = token(&browser.page("/todo").await);
        for (name, allowed) in WANTED.iter().filter(|(name, allowed)| *allowed != "-" && *name != "POST /logout") {
            let (method, path) = name.split_once(' ').unwrap();
            let path = filled(path, &id);
            let answer = if method == "GET" {
                browser.get(&path).await
            } else {
                browser.post_raw(&path, &[("csrf", &csrf)]).await
            };
            let status = answer.status();
            let denied = status == StatusCode::FORBIDDEN && answer.text().await.unwrap().contains("refusal-A104");
            assert_eq!(!denied, may(role, allowed), "{account} {name}: {status}");
            assert!(denied || !status.is_server_error(), "{account} {name}: {status}");
            if denied { shut += 1 } else { open += 1 }
        }
    }
    println!("{open} open, {shut} shut");
    assert!(open * 2 < shut, "most doors are shut to most roles");
    let nobody = Browser::new(running.staff_url(""));
    for (name, _) in WANTED.iter().filter(|(name, allowed)| *allowed != "-" && name.starts_with("GET")) {
        let answer = nobody.get(&filled(&name[4..], &id)).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{name} without signing in");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_beyond_this_machine_is_not_served() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let dir = tempfile::tempdir().unwrap();
    let mut config = tongban_server::ServerConfig::local(dir.path(), common::hall::assets());
    config.staff_bind = "0.0.0.0:0".parse().unwrap();
    assert!(matches!(
        tongban_server::launch(config.clone()).await,
        Err(tongban_server::LaunchError::PlainHttp { which: "staff" })
    ));
    config.staff_tls = true;
    let server = tongban_server::launch(config).await.unwrap();
    let url = format!("https://localhost:{}/health", server.staff_addr.port());
    let authority = reqwest::Certificate::from_pem(server.ca_pem.as_bytes()).unwrap();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([authority]).build().unwrap();
    let answer = client.get(url).send().await.unwrap();
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
    assert_eq!(answer.text().await.unwrap(), "ok");
}
