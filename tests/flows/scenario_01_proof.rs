//! 1. **Kiosk proof print.** Given 长者模式 off and simulated card 李秀英, when she chooses 参保缴费证明, consents,
//!    passes face check, picks 养老 last 24 months, then a sealed A4 with verify code prints within 3 min, the web
//!    verify page says 有效, and no personal data remains on screen or disk after 返回首页.
//!
//! Here: the connector asks the simulated department over its file drop, the centre lays out and seals the sheet, and
//! the store is searched. Not here: card reader, camera, paper and screen; the kiosk walk of `tests/flows.rs` drives
//! those, the seal as drawn is looked at in `tongban-licence::papers`, and the wiping of the visit is shown in `tongban-store::store` and in scenario 20.

use crate::common::sample::card;
use crate::common::{TestStation, World, assets};
use crate::scenario_20_privacy_wipe::{leaks, plant};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tongban_centre::public::Validity;
use tongban_centre::{ConnectConfig, departments};
use tongban_domain::clock::Ids as _;
use tongban_domain::event::CardFacts;
use tongban_domain::ids::CaseId;
use tongban_partner::{Partner, folder};
use tongban_protocol::api::{ProofReply, ProofRequest};
use tongban_protocol::seeded::{SeededClock, SeededIds};

fn lady() -> CardFacts {
    CardFacts {
        name: "李秀英".into(),
        sex: "女".into(),
        birth: "19550820".into(),
        number: "89010219550820022X".into(),
        ..card()
    }
}

/// The department on a folder, and the connector to it with the mapping the demonstration uses.
fn department(dir: &std::path::Path) -> Arc<dyn tongban_centre::Departments> {
    let clock = Arc::new(SeededClock::default());
    clock.set_wall(crate::hall::morning("2026-11-23"));
    let partner = Arc::new(Partner::open(&assets().join("partner"), "2026-11-23", clock.clone()).unwrap());
    tokio::spawn(folder::serve_queries(partner, dir.join("drop")));
    let mapping = std::fs::read_to_string(assets().join("partner/mapping.toml")).unwrap();
    let path = dir.join("mapping.toml");
    std::fs::write(&path, format!("[connector]\ntransport = \"file-drop\"\n{mapping}")).unwrap();
    let address = dir.join("drop").display().to_string();
    let config = ConnectConfig::new(path, &address, "tongban-centre", "demo-secret-not-for-any-hall");
    departments::connect(&config, clock, Arc::new(SeededIds::new(1))).unwrap()
}

fn request(world: &World) -> ProofRequest {
    let choices = [("insurance", "pension"), ("period", "last_24")];
    ProofRequest {
        case: CaseId(world.ids.next()),
        item: "cb".into(),
        person: lady(),
        choices: choices.iter().map(|(key, value)| ((*key).into(), (*value).to_owned())).collect(),
    }
}

/// The sheet as a reader of PDF files sees it: its words, and how many pages of which size.
fn sheet(world: &World, proof: &ProofReply) -> (String, String) {
    use base64::Engine as _;
    let pdf = base64::engine::general_purpose::STANDARD.decode(&proof.pdf_base64).unwrap();
    // Outside the centre's folder: a paper that is printed is not what is searched for.
    let path = world.dir.path().join("sheet.pdf");
    std::fs::write(&path, pdf).unwrap();
    let run = |program: &str, words: &[&str]| {
        let mut command = std::process::Command::new(program);
        let output = command.args(words).arg(&path).args((program == "pdftotext").then_some("-")).output();
        String::from_utf8_lossy(&output.expect("poppler-utils").stdout).into_owned()
    };
    let words = run("pdftotext", &["-raw"]).chars().filter(|c| !c.is_whitespace()).collect();
    (words, run("pdfinfo", &[]))
}

#[tokio::test(flavor = "multi_thread")]
async fn scenario_01_a_sealed_proof_is_made_in_minutes_verifies_and_leaves_nothing_in_clear() {
    let begun = Instant::now();
    let drop = tempfile::tempdir().unwrap();
    let world = World::with(1001, Some(department(drop.path())));
    world.clock.set_wall(crate::hall::morning("2026-11-23"));
    let kiosk = TestStation::enrol(&world.centre, &world.clock, 1, "890102-001-K01", "kiosk", "001");

    let proof = world.centre.proofs().request(&kiosk.station, &request(&world)).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(180), "three minutes, paper not counted");
    let (words, facts) = sheet(&world, &proof);
    assert!(words.contains("李秀英") && words.contains("养老保险"), "{words}");
    for month in ["2024年11月4200.00", "2025年6月4550.00", "2026年10月4900.00"] {
        assert!(words.contains(month), "the last 24 months: {month} in {words}");
    }
    assert!(!words.contains("2024年10月"), "and not one more: {words}");
    assert!(words.contains(&proof.verify_token) && words.contains(&proof.number), "verify code and number");
    let issuer = world.centre.catalogue().latest(&"cb".into()).unwrap().org.name.clone();
    assert!(words.contains(&issuer), "in the name of the owning department: {words}");
    assert!(facts.contains("A4"), "{facts}");

    let shown = world.centre.public().verify(&proof.verify_token).unwrap().unwrap();
    assert_eq!((shown.state, shown.number.as_str()), (Validity::Valid, proof.number.as_str()), "有效");
    assert!(!format!("{shown:?}").contains("李秀英"), "the page shows a mask");
    assert!(world.centre.public().verify("0000000000000000").unwrap().is_none(), "another code is no proof");

    let folder = world.dir.path().join("centre");
    let person = [lady().name, lady().number];
    assert_eq!(leaks(&folder, &person), Vec::<String>::new(), "nothing of her lies in clear");
    assert_eq!(leaks(drop.path(), &person), Vec::<String>::new(), "nor in the folder of the exchange");
    plant(&folder, &person[1]);
    assert_eq!(leaks(&folder, &person).len(), 1, "control: the search finds what is there");
}
