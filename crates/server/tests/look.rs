//! Serves a server full of examples for somebody who wants to look at the pages.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod common;

use std::time::Duration;
use tongban_server::centre::workflow::Step;

/// `TONGBAN_LOOK=60 cargo test -p tongban-server --test look -- --ignored --nocapture` prints the addresses and serves for a minute.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "serves pages to look at for TONGBAN_LOOK seconds"]
async fn pages_to_look_at() {
    let mut running = common::start().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(running.construction());
    }
    for _ in 0..4 {
        ids.push(running.case());
    }
    let centre = running.server.centre().clone();
    let who = |id: &str| centre.staff().get(id).unwrap().unwrap();
    let step = |who: &tongban_server::centre::staff::Member, id, step: Step| {
        let version = centre.cases().row(who, id).unwrap().version;
        centre.workflow().step(who, id, version, &step).unwrap();
    };
    let (reviewer, decider) = (who("reviewer1"), who("decider1"));
    for id in [ids[0], ids[1], ids[3], ids[4]] {
        step(&reviewer, id, Step::Accept);
    }
    for id in [ids[0], ids[3]] {
        step(&reviewer, id, Step::Review { passed: true, opinion: "材料齐全，人员、资产指标符合三级标准。".into() });
    }
    step(&decider, ids[3], Step::Decide { granted: true, opinion: "准予许可。".into() });
    centre.stock().add("test", "street_stall", "T0000001", "T0000100", &"operator1".into()).unwrap();
    let verify =
        centre.licences().list(&decider).unwrap().first().map(|job| job.verify_url.clone()).unwrap_or_default();
    let sessions: Vec<String> = ids.iter().map(ToString::to_string).collect();
    println!("STAFF http://{}", running.server.staff_addr);
    println!("PUBLIC http://{}", running.server.public_addr);
    println!("VERIFY {verify}");
    println!("CASES {}", sessions.join(" "));
    let seconds = std::env::var("TONGBAN_LOOK").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}
