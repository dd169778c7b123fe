//! The whole matrix: every staff route × every role, and nothing outside the table.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod common;

use common::{ACCOUNTS, Browser, start, token};
use reqwest::StatusCode;
use std::collections::BTreeMap;
use tongban_server::centre::rights::Role;
use tongban_server::routes::{Listener, Policy, table};

/// Written down once more by hand, so that a slip in the table of rights shows: R reviewer,
/// D decider, O operator, M manager, T technician, A admin, * all of them, - nobody signed in needed.
const WANTED: &[(&str, &str)] = &[
    ("GET /", "*"),
    ("POST /logout", "*"),
    ("GET /login", "-"),
    ("POST /login", "-"),
    ("GET /health", "-"),
    ("GET /assets/app.css", "-"),
    ("POST /enrol/v1", "-"),
    ("GET /cases", "RDM"),
    ("GET /cases/{id}", "RDM"),
    ("POST /cases/{id}/accept", "R"),
    ("POST /cases/{id}/review", "R"),
    ("POST /cases/{id}/decide", "D"),
    ("POST /cases/{id}/reveal", "RDM"),
    ("GET /cases/{id}/pages/{page}", "RDM"),
    ("GET /cases/{id}/pages/{page}/image", "RDM"),
    ("GET /cases/{id}/pages/{page}/thumb", "RDM"),
    ("POST /cases/{id}/evidence", "RD"),
    ("GET /cases/{id}/evidence", "RD"),
    ("GET /cases/{id}/evidence/clip", "RD"),
    ("GET /cases/{id}/evidence/frames/{frame}", "RD"),
    ("GET /cases/{id}/evidence/{piece}/image", "RD"),
    ("GET /licences", "RDOM"),
    ("GET /stock", "OM"),
    ("GET /stations", "MTA"),
    ("POST /stations", "TA"),
    ("POST /stations/{id}/code", "TA"),
    ("POST /stations/{id}/revoke", "TA"),
    ("GET /staff", "MA"),
    ("POST /staff", "A"),
    ("POST /staff/{id}/active", "A"),
    ("GET /log", "MTA"),
];

fn letter(role: Role) -> char {
    match role {
        Role::Reviewer => 'R',
        Role::Decider => 'D',
        Role::Operator => 'O',
        Role::Manager => 'M',
        Role::Technician => 'T',
        Role::Admin => 'A',
        other => panic!("{other:?} has no letter and no account here yet"),
    }
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

#[tokio::test(flavor = "multi_thread")]
async fn each_role_gets_through_where_it_may_and_nowhere_else() {
    let mut running = start().await;
    let id = running.case().to_string();
    for (account, roles) in ACCOUNTS.iter().filter(|(_, roles)| roles.len() == 1) {
        let browser = Browser::sign_in(&running, account).await;
        let csrf = token(&browser.page("/nowhere-signed-in").await);
        let csrf = if csrf.is_empty() { token(&browser.page(home(roles[0])).await) } else { csrf };
        for (name, allowed) in WANTED.iter().filter(|(name, allowed)| *allowed != "-" && *name != "POST /logout") {
            let (method, path) = name.split_once(' ').unwrap();
            let path =
                path.replace("{id}", &id).replace("{page}", &id).replace("{frame}", "0").replace("{piece}", "still");
            let answer = if method == "GET" {
                browser.get(&path).await
            } else {
                browser.post_raw(&path, &[("csrf", &csrf)]).await
            };
            let status = answer.status();
            let denied = status == StatusCode::FORBIDDEN && answer.text().await.unwrap().contains("refusal-A104");
            let may = *allowed == "*" || allowed.contains(letter(roles[0]));
            assert_eq!(!denied, may, "{account} {name}: {status}");
        }
    }
    let nobody = Browser::new(running.staff_url(""));
    for (name, _) in WANTED.iter().filter(|(name, allowed)| *allowed != "-" && name.starts_with("GET")) {
        let path =
            name[4..].replace("{id}", &id).replace("{page}", &id).replace("{frame}", "0").replace("{piece}", "still");
        let answer = nobody.get(&path).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{name} without signing in");
    }
}

fn home(role: Role) -> &'static str {
    match role {
        Role::Operator => "/licences",
        Role::Technician | Role::Admin => "/stations",
        Role::Reviewer | Role::Decider | Role::Manager => "/cases",
        other => panic!("{other:?} has no page here yet"),
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
