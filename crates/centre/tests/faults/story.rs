//! Two stories that between them pass every write point: a city is set up, and a day goes by in it.
//!
//! Both can be told again from anywhere: what is done is seen and left, as a station and people do.

use crate::city::{self, KIOSK, STAFF, WINDOW, child, open, spool, station, word};
use crate::common::sample::{card, unseen_item};
use crate::common::{CARD_NUMBER, PASSWORD, csr, new_station, sha256};
use std::path::Path;
use std::process::Output;
use tongban_centre::staff::Member;
use tongban_centre::sync::Upload;
use tongban_centre::tickets::TicketKind;
use tongban_centre::workflow::Step;
use tongban_centre::{Centre, CentreError};
use tongban_crypto::{SigningKey, WrapSecret};
use tongban_domain::event::Digest;
use tongban_domain::ids::{CaseId, PrintId};
use tongban_protocol::api::{EnrolRequest, Heartbeat, LicenceStep, LicenceStepKind, ProofRequest};
use uuid::Uuid;

/// Ends the process at a write point.
pub const KILL: &str = "TONGBAN_SERVER_KILL_AT";
/// Writes every write point down.
pub const TRACE: &str = "TONGBAN_SERVER_TRACE_POINTS";
/// The station that is stolen in the end.
pub const STOLEN: &str = "890102-001-K09";
/// The person who is away for a moment.
const AWAY: &str = "decider1";
/// The case a proof is asked for.
pub const PROOF: Uuid = Uuid::from_bytes([77; 16]);

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Story {
    /// Accounts, stations, certificates, blanks.
    SetUp,
    /// Bundles, decisions, a licence, a proof.
    Day,
}

pub fn ack(what: &str) {
    println!("ack {what}");
}

fn who(centre: &Centre, id: &str) -> Member {
    centre.staff().get(id).unwrap().unwrap()
}

fn set_up(data: &Path) {
    let centre = open(data).unwrap();
    centre.catalogue().publish("test", &unseen_item()).unwrap();
    ack("item");
    for (id, role) in STAFF {
        if centre.staff().get(id).unwrap().is_none() {
            centre.staff().add("test", id, "测试员", &[role], "890100", PASSWORD).unwrap();
        }
        ack(&format!("staff {id}"));
    }
    for active in [false, true] {
        centre.staff().set_active(&who(&centre, "admin1"), AWAY, active).unwrap();
    }
    ack(&format!("active {AWAY}"));
    centre.staff().sign_in("reviewer1", PASSWORD).unwrap();
    if centre.stock().ranges().unwrap().is_empty() {
        centre.stock().add("test", "jz_first", "A0000001", "A0000010", &"operator1".into()).unwrap();
    }
    ack("stock");
    for (id, kind, number) in [(KIOSK, "kiosk", "003"), (STOLEN, "kiosk", "009")] {
        enrol(&centre, id, kind, number);
    }
    let kiosk = station(&centre, KIOSK);
    centre.stations().renew(&kiosk, &csr().0).unwrap();
    let serial = station(&centre, KIOSK).cert_serial.unwrap();
    ack(&format!("renewed {serial}"));
    let beat = Heartbeat { version: "1".to_owned(), queue: 0, devices: Vec::new(), wall_ms: 0, chain: None };
    centre.stations().heartbeat(&kiosk.id, &beat).unwrap();
    ack(&format!("lease {}", centre.numbers().lease(&kiosk, 5).unwrap().from));
    centre.tickets().open(TicketKind::Question, "test", "几点开门？", "test").unwrap();
    centre.staff().note("test", "story", "set up", "ok", "").unwrap();
    ack(&format!("log {}", centre.staff().verify_log().unwrap()));
    centre.stations().revoke(&who(&centre, "technician1"), STOLEN, "被盗").unwrap();
    ack("revoked");
}

/// A technician's code, a wrong try, and the certificate; once enrolled a station stays so.
fn enrol(centre: &Centre, id: &str, kind: &str, number: &str) {
    let stations = centre.stations();
    let known = stations.get(id).unwrap();
    if known.is_none() {
        stations.add("test", &new_station(id, kind, number)).unwrap();
    }
    ack(&format!("station {id}"));
    if known.is_none_or(|known| known.state == "new") {
        let code = stations.make_code("test", id).unwrap();
        let key = number.as_bytes()[2];
        let request = |code: String| EnrolRequest {
            one_time_code: code,
            csr_pem: csr().0,
            signing_key_hex: SigningKey::from_bytes(&[key; 32]).unwrap().verifying_key().to_hex(),
            wrapping_key_hex: WrapSecret::from_bytes(&[key; 32]).unwrap().public().to_hex(),
        };
        stations.enrol(&request(format!("{}2222-2222", &code[..5]))).unwrap_err();
        stations.enrol(&request(code)).unwrap();
    }
    ack(&format!("enrolled {id}"));
}

fn day(data: &Path, from: &Path) {
    let mut centre = open(data).unwrap();
    let waiting = spool(from);
    let (small, large) = (&waiting[0], waiting.last().unwrap());
    upload(&centre, small, small.bytes.len() / 3 + 1);
    refused(&centre, small);
    let mark = data.with_extension("not-received");
    if !mark.exists() {
        // As the first release left a case when it died between two transactions; the next start finishes it.
        drop(centre);
        let database = rusqlite::Connection::open(data.join("centre.db")).unwrap();
        database.execute("DELETE FROM action WHERE kind = 'Received'", []).unwrap();
        database.execute("UPDATE case_row SET status = 'submitted', version = version - 1", []).unwrap();
        std::fs::write(&mark, "").unwrap();
        drop(database);
        centre = open(data).unwrap();
    }
    ack(&format!("actions {} {}", small.case, centre.cases().verify(CaseId(small.case)).unwrap().actions));
    upload(&centre, large, large.bytes.len());
    decide(&centre, CaseId(large.case));
    licence(&centre);
    centre.exchange().queue_case(CaseId(large.case)).unwrap();
    ack(&format!("actions {} {}", large.case, centre.cases().verify(CaseId(large.case)).unwrap().actions));
    let reviewer = who(&centre, "reviewer1");
    if !centre.evidence().granted(&reviewer, CaseId(small.case)).unwrap() {
        centre.evidence().view(&reviewer, CaseId(small.case), "核对本人").unwrap();
    }
    centre.evidence().reveal(&reviewer, CaseId(small.case), "电话联系").unwrap();
    ack(&format!("proof {}", proof(&centre)));
    assert!(centre.cases().rebuild().unwrap() >= 2);
    centre.feed().compact().unwrap();
    let out = data.with_extension(format!("export-{}", std::process::id()));
    centre.export().case("test", CaseId(large.case), &out, true).unwrap();
    ack("day");
}

fn upload(centre: &Centre, waiting: &city::Waiting, piece: usize) {
    let kiosk = station(centre, KIOSK);
    let state = centre.sync().state(&kiosk, waiting.id).unwrap();
    let mut offset = state.filter(|state| !state.complete).map_or(0, |state| state.offset as usize);
    loop {
        let known = centre.sync().state(&kiosk, waiting.id).unwrap().is_some_and(|state| state.complete);
        let end = if known { waiting.bytes.len() } else { (offset + piece).min(waiting.bytes.len()) };
        let last = end == waiting.bytes.len();
        let chunk = &waiting.bytes[offset..end];
        match centre.sync().append(&kiosk, waiting.id, offset as u64, chunk, last).unwrap() {
            Upload::Partial(held) | Upload::Offset(held) => offset = held as usize,
            Upload::Held(receipt) => return ack(&format!("receipt {} {}", waiting.id, word(&receipt))),
        }
    }
}

/// A bundle somebody touched: set aside, and said so every time.
fn refused(centre: &Centre, sound: &city::Waiting) {
    let mut bytes = sound.bytes.clone();
    let at = bytes.len() - 5;
    bytes[at] ^= 4;
    let id = Uuid::from_bytes([66; 16]);
    centre.sync().append(&station(centre, KIOSK), id, 0, &bytes, true).unwrap_err();
    ack(&format!("aside {id}"));
}

fn decide(centre: &Centre, case: CaseId) {
    let (reviewer, decider) = (who(centre, "reviewer1"), who(centre, "decider1"));
    loop {
        let row = centre.cases().row(&reviewer, case).unwrap();
        let (by, step) = match row.status.as_str() {
            "received" => (&reviewer, Step::Accept),
            "accepted" => (&reviewer, Step::Review { passed: true, opinion: "材料齐全".into() }),
            "in_review" if row.reviewer.is_none() => {
                (&reviewer, Step::Review { passed: true, opinion: "材料齐全".into() })
            }
            "in_review" => (&decider, Step::Decide { granted: true, opinion: "准予".into() }),
            _ => return ack(&format!("decided {case}")),
        };
        centre.workflow().step(by, case, row.version, &step).unwrap();
        ack(&format!("actions {case} {}", centre.cases().verify(case).unwrap().actions));
    }
}

/// The certificate window goes on from where the job stands.
fn licence(centre: &Centre) {
    let window = station(centre, WINDOW);
    while let Some(job) = centre.licences().queue(&window).unwrap().into_iter().next() {
        let (number, serial) = (PrintId(Uuid::from_bytes([55; 16])), "A0000001".to_owned());
        let step = match job.state.as_str() {
            "allotted" => LicenceStepKind::Intend { print: number, serial, pdf_sha256: Digest([7; 32]) },
            "intended" => LicenceStepKind::Sent { print: number, job_uuid: "urn:uuid:1".into() },
            "sent" => LicenceStepKind::Done { print: number },
            "done" | "printed" => LicenceStepKind::Confirm { print: number, serial },
            "confirmed" => LicenceStepKind::HandOver {
                number_sm3: Digest(tongban_crypto::sm3(CARD_NUMBER.as_bytes())),
                line_sha256: Digest([2; 32]),
            },
            other => panic!("licence is {other}"),
        };
        let idem = Uuid::from_bytes(sha256(job.state.as_bytes()).0[..16].try_into().unwrap());
        let step = LicenceStep { idem, base: job.version, operator: "operator1".into(), step };
        let after = centre.licences().step(&window, job.case, &step).unwrap();
        assert_eq!(centre.licences().step(&window, job.case, &step).unwrap(), after, "again it changes nothing");
        ack(&format!("licence {}", after.state));
    }
}

/// Number of the proof: the same whenever it is asked for.
pub fn proof(centre: &Centre) -> String {
    let choices = [("insurance", "pension"), ("period", "last_24")];
    let request = ProofRequest {
        case: CaseId(PROOF),
        item: "cb".into(),
        person: card(),
        choices: choices.iter().map(|(key, value)| ((*key).into(), (*value).to_owned())).collect(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let reply: Result<_, CentreError> = runtime.block_on(centre.proofs().request(&station(centre, KIOSK), &request));
    reply.unwrap().number
}

#[test]
#[ignore = "the child of other tests; does nothing by itself"]
fn told() {
    let Some((data, from)) = city::told() else { return };
    if from.exists() {
        day(&data, &from);
    } else {
        set_up(&data);
    }
    ack("end");
}

/// Tells a story in `dir`, to its end or to a write point.
pub fn run(dir: &Path, story: Story, environment: &[(&str, &str)]) -> Output {
    let from = if story == Story::Day { dir.join("spool") } else { dir.join("none") };
    child("story::told", &dir.join("centre"), &from, environment)
}

pub fn acks(output: &Output) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().filter_map(|line| line.split_once("ack ").map(|(_, rest)| rest.to_owned())).collect()
}
