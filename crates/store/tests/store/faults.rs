//! The process is ended at every write point of a whole story; nothing acknowledged may be
//! lost and nothing may happen twice.
//!
//! The test starts itself as a child (`faults::story`), which prints a line after every call
//! that returned. The child aborts at the point asked for; the parent opens what is left,
//! checks it, lets the story run again to its end and compares with an undisturbed run.

use crate::support::*;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use tongban_crypto::{SigningKey, WrapSecret};
use tongban_domain::event::{Channel, Delivery, Digest, Event};
use tongban_domain::ids::{CaseId, PrintId, StaffId};
use tongban_protocol::action::Actor;
use tongban_protocol::seeded::SeededClock;
use tongban_protocol::system::{SystemIds, SystemRng};
use tongban_store::{
    BundleState, KekProtection, LedgerChange, LedgerState, PrintRow, StationKeys, Store, StoreConfig, WritePoint,
};
use uuid::Uuid;

const DIR: &str = "TONGBAN_STORY_DIR";
const KILL: &str = "TONGBAN_KILL_AT";
const TRACE: &str = "TONGBAN_TRACE_POINTS";

/// The centre of the story: the same keys in every process.
fn centre() -> Centre {
    Centre {
        signing: SigningKey::from_bytes(&[0x11; 32]).unwrap(),
        wrapping: WrapSecret::from_bytes(&[0x22; 32]).unwrap(),
    }
}

fn open(dir: &Path, enrolled: bool) -> Store {
    let keys = StationKeys::create_or_load(&dir.join("keys"), &KekProtection::None, &SystemRng).unwrap();
    let centre = centre();
    let keys = if enrolled {
        keys.enrolled(&centre.signing.verifying_key().to_hex(), &centre.wrapping.public().to_hex()).unwrap()
    } else {
        keys
    };
    let mut config: StoreConfig = config_in(dir);
    config.boot_id = "boot".to_owned();
    config.retention_ms = -1;
    Store::create_or_open(config, keys, Arc::new(SeededClock::default()), Arc::new(SystemIds), Arc::new(SystemRng))
        .unwrap()
}

/// A key of the story's own, the same in every run, so that a repeated story repeats nothing.
fn idem(step: u8) -> Uuid {
    Uuid::from_bytes([step; 16])
}

#[allow(clippy::print_stdout, reason = "the parent reads it")]
fn ack(what: &str) {
    println!("ack {what}");
}

/// The case of the story: the newest there is, or a new one.
fn story_case(store: &Store) -> CaseId {
    match store.cases().unwrap().last() {
        Some(case) => case.case,
        None => store.open_case(Channel::Kiosk).unwrap(),
    }
}

fn front_half(store: &Store) -> CaseId {
    let case = story_case(store);
    ack("opened");
    store.begin_visit(case, "identify", 60_000).unwrap();
    ack("visit");
    if store.cases().unwrap()[0].receipt.is_none() {
        for (event, step) in draft(store, case).into_iter().zip(1..) {
            store.append_once(idem(step), case, event, Actor::Applicant).unwrap();
            ack(&format!("event {step}"));
        }
    }
    store.put_lease(&lease(store, 1, 50)).unwrap();
    ack("lease");
    let (_, number) = store.submit(case, Delivery::Pickup, true).unwrap();
    ack(&format!("receipt {number}"));
    case
}

fn back_half(store: &Store, case: CaseId) {
    store.apply_feed(&tongban_store::FeedBatch { next: 3, ..Default::default() }).unwrap();
    store.set_binding("reader", Some("usb:1")).unwrap();
    let print = PrintRow {
        print: PrintId(idem(90)),
        case,
        serial: "A0001".to_owned(),
        pdf_sha256: Digest([1; 32]),
        operator: StaffId::from("operator1"),
        state: LedgerState::Intended,
        spoiled: false,
        job_uuid: None,
        note: None,
    };
    store.intend_print(&print).unwrap();
    ack("print intended");
    store.advance_print(print.print, LedgerState::Confirmed, &LedgerChange::default()).unwrap();
    let paper = tongban_store::DocumentPrintRow {
        print: PrintId(idem(91)),
        case,
        document: "receipt".to_owned(),
        sha256: Digest([1; 32]),
        state: LedgerState::Intended,
        job_uuid: None,
        note: None,
    };
    store.intend_document(&paper).unwrap();
    ack("paper intended");
    for row in store.outbox().unwrap() {
        if let (Some(bundle), BundleState::Quarantined) = (row.bundle, row.state) {
            store.retry(bundle).unwrap();
        }
    }
    if let Some(bundle) = store.next_bundle(case).unwrap() {
        ack(&format!("bundle {} {}", bundle.id, bundle.sha256));
        store.record_attempt(bundle.id, tongban_domain::code::ErrorCode::NetworkDown, None).unwrap();
        store.quarantine(bundle.id, tongban_domain::code::ErrorCode::SealBroken).unwrap();
        store.retry(bundle.id).unwrap();
        let receipt = centre().receipt(&std::fs::read(&bundle.path).unwrap());
        store.acknowledge(&receipt).unwrap();
        ack(&format!("signed {}", bundle.id));
    }
    store.rebuild_projections().unwrap();
    store.begin_epoch(0).unwrap();
    store.release_reserve().unwrap();
    store.restore_reserve();
    store.end_visit(true).unwrap();
    ack("visit over");
}

#[test]
#[ignore = "the child of the kill test; does nothing by itself"]
fn story() {
    let Some(dir) = std::env::var_os(DIR) else { return };
    let dir = Path::new(&dir);
    let bare = open(dir, false);
    let erased = bare.cases().unwrap().first().is_some_and(|case| case.erased);
    if erased {
        drop(bare);
        return finish(dir);
    }
    let case = front_half(&bare);
    // A file nobody will name, for the sweep at the next opening.
    bare.put_blob(case, "image/jpeg", b"loose").unwrap();
    drop(bare);
    let store = open(dir, true);
    back_half(&store, case);
    drop(store);
    finish(dir);
}

fn finish(dir: &Path) {
    let store = open(dir, true);
    for case in store.purge().unwrap() {
        ack(&format!("erased {case}"));
    }
    ack("end");
}

fn run(dir: &Path, kill: Option<&str>, trace: Option<&Path>) -> Output {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "faults::story", "--ignored", "--nocapture", "--test-threads=1"]).env(DIR, dir);
    child.env_remove(KILL).env_remove(TRACE);
    if let Some(kill) = kill {
        child.env(KILL, kill);
    }
    if let Some(trace) = trace {
        child.env(TRACE, trace);
    }
    child.output().unwrap()
}

fn acks(output: &Output) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().filter_map(|line| line.split_once("ack ").map(|(_, rest)| rest.to_owned())).collect()
}

/// What the parent sees of a store between two runs, as far as acknowledged lines promise it.
fn check_promises(dir: &Path, acked: &[String], point: &str) {
    let store = open(dir, true);
    assert_sound(&store);
    let cases = store.cases().unwrap();
    assert!(cases.len() <= 1, "{point}: a case twice");
    if acked.is_empty() {
        return;
    }
    let case = cases.first().unwrap_or_else(|| panic!("{point}: the case is lost"));
    let kinds = kinds(&store, case.case);
    let events = acked.iter().filter(|line| line.starts_with("event ")).count();
    assert!(kinds.len() > events, "{point}: an acknowledged event is lost ({kinds:?})");
    for line in acked {
        let words: Vec<_> = line.split(' ').collect();
        match words[..] {
            ["receipt", number] => assert_eq!(store.receipt_of(case.case).unwrap().as_deref(), Some(number), "{point}"),
            ["bundle", id, sha256] => {
                let next = if case.erased { None } else { store.next_bundle(case.case).unwrap() };
                if let Some(next) = next {
                    assert_eq!(
                        (next.id.to_string(), next.sha256.to_string()),
                        (id.to_owned(), sha256.to_owned()),
                        "{point}"
                    );
                    let file = std::fs::read(&next.path).unwrap();
                    assert_eq!(
                        centre().receipt(&file).bundle_sha256,
                        next.sha256,
                        "{point}: the bundle's bytes changed"
                    );
                } else {
                    let aside =
                        store.outbox().unwrap().iter().any(|row| row.bundle.is_some_and(|b| b.to_string() == id));
                    assert!(aside || store.receipts(case.case).unwrap().len() == 1, "{point}: the bundle is lost");
                }
            }
            ["signed", _] => assert_eq!(store.receipts(case.case).unwrap().len(), 1, "{point}"),
            ["print", "intended"] => assert!(store.print(PrintId(idem(90))).unwrap().is_some(), "{point}"),
            ["lease"] => {
                let void = store.chain_report().unwrap().epoch > 1;
                assert!(void || store.lease_left().unwrap().count >= 49, "{point}");
            }
            ["erased", _] => assert!(case.erased, "{point}"),
            _ => {}
        }
    }
}

/// What must be the same at the end however often the story was cut.
fn ending(dir: &Path) -> BTreeMap<&'static str, String> {
    let store = open(dir, true);
    assert_sound(&store);
    let cases = store.cases().unwrap();
    let case = cases[0].case;
    let counts: BTreeSet<_> = store.receipts(case).unwrap().iter().map(|receipt| receipt.actions.len()).collect();
    BTreeMap::from([
        ("cases", cases.len().to_string()),
        ("kinds", kinds(&store, case).join(" ")),
        ("receipt", store.receipt_of(case).unwrap().unwrap()),
        ("left", store.lease_left().unwrap().count.to_string()),
        ("signed", format!("{counts:?}")),
        ("erased", cases[0].erased.to_string()),
        ("outbox", store.outbox().unwrap().len().to_string()),
        ("print", format!("{:?}", store.print(PrintId(idem(90))).unwrap().unwrap().state)),
        ("visit", format!("{:?}", store.last_visit().unwrap())),
        ("blobs", files_below(&dir.join("store/blobs")).len().to_string()),
        ("bundles", files_below(&dir.join("store/bundles")).len().to_string()),
        ("room", store.has_room().to_string()),
    ])
}

fn undisturbed() -> (BTreeMap<&'static str, String>, BTreeSet<String>) {
    let dir = tempfile::tempdir().unwrap();
    let trace = dir.path().join("trace");
    let output = run(dir.path(), None, Some(&trace));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(acks(&output).last().map(String::as_str), Some("end"));
    let reached = std::fs::read_to_string(&trace).unwrap().lines().map(str::to_owned).collect();
    (ending(dir.path()), reached)
}

#[test]
fn the_story_passes_every_write_point_there_is() {
    let (_, reached) = undisturbed();
    let all: BTreeSet<_> = WritePoint::ALL.iter().map(|point| point.name().to_owned()).collect();
    assert_eq!(all.difference(&reached).collect::<Vec<_>>(), Vec::<&String>::new(), "points the story misses");
    assert!(reached.is_subset(&all));
}

#[test]
fn killed_at_any_write_point_nothing_acknowledged_is_lost_and_nothing_happens_twice() {
    let (expected, _) = undisturbed();
    assert_eq!(expected["erased"], "true");
    assert_eq!(expected["left"], "0", "a new epoch throws its receipt numbers away");
    let points: Vec<String> = WritePoint::ALL.iter().map(|point| point.name().to_owned()).collect();
    // The second passage of the points the story passes often.
    let again = ["append.before:5", "append.after:5", "blob.synced:4", "blob.kept:4"].map(str::to_owned);
    let all: Vec<String> = points.into_iter().chain(again).collect();
    std::thread::scope(|scope| {
        for part in all.chunks(all.len().div_ceil(3)) {
            let expected = &expected;
            scope.spawn(move || part.iter().for_each(|point| survives(point, expected)));
        }
    });
}

fn survives(point: &str, expected: &BTreeMap<&'static str, String>) {
    let dir = tempfile::tempdir().unwrap();
    let cut = run(dir.path(), Some(point), None);
    assert_eq!(cut.status.signal(), Some(6), "{point} was not reached: {}", String::from_utf8_lossy(&cut.stderr));
    check_promises(dir.path(), &acks(&cut), point);
    let rest = run(dir.path(), None, None);
    assert!(rest.status.success(), "{point}: {}", String::from_utf8_lossy(&rest.stderr));
    assert_eq!(&ending(dir.path()), expected, "{point}");
}

#[test]
fn a_store_that_lost_an_acknowledged_event_would_be_found_out() {
    let dir = tempfile::tempdir().unwrap();
    let cut = run(dir.path(), Some("submit.before"), None);
    let acked = acks(&cut);
    assert!(acked.iter().any(|line| line == "event 8"));
    let conn = rusqlite::Connection::open(dir.path().join("store/station.db")).unwrap();
    conn.execute_batch("DELETE FROM action WHERE case_seq = 9; UPDATE case_file SET head_seq = 8").unwrap();
    drop(conn);
    let found = std::panic::catch_unwind(|| check_promises(dir.path(), &acked, "control"));
    assert!(found.is_err(), "the check let a lost event pass");
}

#[test]
fn every_durable_call_goes_through_the_labelled_ones() {
    let mut wrong = Vec::new();
    for path in files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        if path.ends_with("durable.rs") || path.extension().is_none_or(|kind| kind != "rs") {
            continue;
        }
        wrong.extend(unlabelled(&path.display().to_string(), &std::fs::read_to_string(&path).unwrap()));
    }
    assert_eq!(wrong, Vec::<String>::new());
    // Negative control.
    assert_eq!(unlabelled("x.rs", "fn f() {\n    std::fs::rename(a, b);\n}").len(), 1);
}

/// Lines that make something durable (or gone) past the labels.
fn unlabelled(name: &str, text: &str) -> Vec<String> {
    const DURABLE: [&str; 12] = [
        "fs::write(",
        "fs::rename(",
        "fs::remove_",
        "File::create(",
        "create_new(",
        "sync_all(",
        "sync_data(",
        ".commit()",
        "sqlite::transaction(",
        "execute_batch(",
        "conn.execute(",
        "unchecked_transaction(",
    ];
    text.lines()
        .enumerate()
        .filter(|(_, line)| DURABLE.iter().any(|call| line.contains(call)))
        .map(|(index, line)| format!("{name}:{}: {}", index + 1, line.trim()))
        .collect()
}

/// Kept beside the story so that a change of one is a change of both.
#[test]
fn the_story_uses_the_events_of_a_whole_draft() {
    let station = Station::new();
    let store = station.open();
    let case = store.open_case(Channel::Kiosk).unwrap();
    let events = draft(&store, case);
    assert!(matches!(events.first(), Some(Event::Identified { .. })));
    assert!(matches!(events.last(), Some(Event::SignedOff { .. })));
}
