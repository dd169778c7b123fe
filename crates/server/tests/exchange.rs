//! 数据交换 over HTTP, both ways: the server's own timer sends to the simulated department, whose messages come in at
//! the staff listener and are known by their signature alone. libxml2 and openssl judge on the other side.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod common;

use common::{Running, start};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tongban_server::centre::exchange::Peer;
use tongban_server::centre::handling::Act;
use tongban_server::centre::rights::Role;

/// The simulated department as a program of its own; gone when this is.
struct Department {
    child: Child,
    http: String,
    admin: String,
}

impl Drop for Department {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Department {
    fn start(dir: &Path) -> Self {
        let ports = dir.join("partner.json");
        // `./dev test` builds every program first.
        let program = Path::new(env!("CARGO_BIN_EXE_tongban-server")).with_file_name("tongban-partner");
        let child = Command::new(&program)
            .arg("--data")
            .arg(common::hall::assets().join("partner"))
            .arg("--ports-file")
            .arg(&ports)
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{}: {error}: run ./dev test, which builds every program", program.display())
            });
        let begun = Instant::now();
        while !ports.exists() {
            assert!(begun.elapsed() < Duration::from_secs(20), "no ports file");
            std::thread::sleep(Duration::from_millis(30));
        }
        let told: serde_json::Value = serde_json::from_slice(&std::fs::read(&ports).unwrap()).unwrap();
        let url = |name: &str| format!("http://{}", told[name].as_str().unwrap().trim_start_matches("http://"));
        Self { child, http: url("http"), admin: url("admin") }
    }

    async fn asked(&self, path: &str, body: Option<serde_json::Value>) -> String {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("{}{path}", self.admin);
        let request = match body {
            Some(body) => client.post(url).json(&body),
            None => client.get(url),
        };
        request.send().await.unwrap().text().await.unwrap()
    }
}

async fn joined(running: &Running) -> Department {
    let department = Department::start(running.dir.path());
    let known: serde_json::Value = serde_json::from_str(&department.asked("/_sim/exchange", None).await).unwrap();
    let pem = running.server.centre().signing_key_pem().unwrap();
    department.asked("/_sim/exchange", Some(serde_json::json!({"code": "890100ZWFW", "public_pem": pem}))).await;
    let admin = running.add("data1", &[Role::DataAdmin]);
    let peer = Peer {
        code: "890100ZJJ".into(),
        name: "示范市住房和城乡建设局".into(),
        we: "890100ZWFW".into(),
        key_hex: known["public_key"].as_str().unwrap().into(),
        carrier: "http".into(),
        address: department.http.clone(),
        kinds: vec![],
        provides: vec![],
        may_ask: vec![],
    };
    running.server.centre().exchange().put_peer(&admin, &peer).unwrap();
    department
}

fn today() -> String {
    use tongban_domain::clock::Clock as _;
    tongban_domain::limits::date_text(tongban_domain::limits::local_day(tongban_protocol::system::SystemClock.wall()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_goes_out_by_the_timer_and_a_departments_step_comes_in_by_its_signature() {
    let mut running = start().await;
    let department = joined(&running).await;
    let case = running.construction();
    running.act("reviewer1", case, &Act::Accept);
    let timer = tokio::spawn(tongban_server::upkeep::exchange(
        std::sync::Arc::downgrade(running.server.centre()),
        Duration::from_millis(200),
    ));
    let admin = running.who("data1");
    let begun = Instant::now();
    let acked = loop {
        let acked = running.server.centre().exchange().messages(&admin, &today(), "acked").unwrap();
        if acked.iter().any(|one| one.kind == "ProjectAccept") {
            break acked;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "{:?}",
            running.server.centre().exchange().monitor(&admin, &today())
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    timer.abort();
    for kind in ["ItemPublish", "ProjectApply", "MaterialList", "ProjectAccept"] {
        assert!(acked.iter().any(|one| one.kind == kind), "{kind}");
    }
    let records = department.asked("/_sim/exchange", None).await;
    assert!(records.contains("ProjectAccept"), "the department holds it");

    // Theirs: a step of their own system, over HTTP, without any sign-in.
    let number = running.server.centre().cases().row(&running.who("manager1"), case).unwrap().project_no.unwrap();
    let step = serde_json::json!({"to": "890100ZWFW", "project_no": number, "name": "专家评审", "passed": true});
    let document = department.asked("/_sim/exchange/step", Some(step)).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let post =
        async |body: String| client.post(running.staff_url("/exchange/messages")).body(body).send().await.unwrap();
    let taken = post(document.clone()).await;
    assert_eq!(
        (taken.status().as_u16(), taken.headers()["content-type"].to_str().unwrap()),
        (200, "application/xml; charset=utf-8")
    );
    let receipt = taken.text().await.unwrap();
    assert!(receipt.contains("<state>applied</state>"), "{receipt}");
    assert_eq!(post(document.clone()).await.text().await.unwrap(), receipt, "the same message, the same receipt");

    // Refused: a changed word has a receipt that says so, what is no message has none, nobody's code is nobody.
    let refused = post(document.replace("专家评审", "专家未审")).await;
    assert_eq!(refused.status().as_u16(), 422);
    assert!(refused.text().await.unwrap().contains("<state>refused</state>"));
    for (body, code) in [("<Exchange".to_owned(), "X114"), (document.replace("890100ZJJ", "890100NOBODY"), "X118")] {
        let answer = post(body).await;
        assert_eq!(answer.status().as_u16(), 400);
        assert!(answer.text().await.unwrap().contains(code), "{code}");
    }
    let long = post("x".repeat(1024 * 1024 + 1)).await;
    assert_eq!(long.status().as_u16(), 413);
    let told = running.server.centre().exchange().incoming(&running.who("reviewer1"), &number).unwrap();
    assert_eq!(told.len(), 1, "one step, however often it was sent");

    // Yesterday's books: the department says over HTTP what it took.
    let peer = running.server.centre().exchange().peers(&admin).unwrap().remove(0);
    let url = format!("{}/exchange/totals?day={}", peer.address, today());
    let totals: serde_json::Value = client.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(totals["totals"]["ProjectAccept"], 1);
}
