//! Stores as earlier releases left them, frozen as files: each must open with everything in it.
//!
//! `cargo nextest run -p tongban-store freeze --run-ignored all` with `TONGBAN_FREEZE=DIR` writes the
//! store of today's schema; a release that changes the schema freezes its predecessor first.

use crate::support::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tongban_crypto::{SigningKey, WrapSecret};
use tongban_domain::clock::Ids;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::Channel;
use tongban_domain::event::Digest;
use tongban_domain::ids::{PrintId, StaffId};
use tongban_protocol::seeded::{SeededClock, SeededIds, SeededRng};
use tongban_protocol::system::{SystemIds, SystemRng};
use tongban_store::{KekProtection, LedgerState, PrintRow, StationKeys, Store, StoreConfig};
use uuid::Uuid;

/// The centre of every frozen store.
fn centre() -> Centre {
    Centre {
        signing: SigningKey::from_bytes(&[0x11; 32]).unwrap(),
        wrapping: WrapSecret::from_bytes(&[0x22; 32]).unwrap(),
    }
}

fn open(dir: &Path) -> Store {
    open_with(dir, Arc::new(SystemIds))
}

fn open_with(dir: &Path, ids: Arc<dyn Ids>) -> Store {
    let keys = StationKeys::create_or_load(&dir.join("keys"), &KekProtection::None, &SystemRng).unwrap();
    let centre = centre();
    let keys = keys.enrolled(&centre.signing.verifying_key().to_hex(), &centre.wrapping.public().to_hex()).unwrap();
    let mut config: StoreConfig = config_in(dir);
    config.boot_id = "boot".to_owned();
    config.reserve_bytes = 0;
    let rng = Arc::new(SeededRng::new(42));
    Store::create_or_open(config, keys, Arc::new(SeededClock::default()), ids, rng).unwrap()
}

/// A full queue: a draft, a case not grouped yet, a bundle that waits, one set aside, one signed for.
#[test]
#[ignore = "writes the frozen store of today's schema where TONGBAN_FREEZE says"]
fn freeze() {
    let Some(dir) = std::env::var_os("TONGBAN_FREEZE").map(PathBuf::from) else { return };
    let store = open_with(&dir, Arc::new(SeededIds::new(41)));
    store.put_lease(&lease(&store, 1, 200)).unwrap();
    let [signed, aside, waits, loose] = [0; 4].map(|_| submitted(&store));
    let bundle = store.next_bundle(signed).unwrap().unwrap();
    store.acknowledge(&centre().receipt(&std::fs::read(&bundle.path).unwrap())).unwrap();
    let bundle = store.next_bundle(aside).unwrap().unwrap();
    store.quarantine(bundle.id, ErrorCode::SealBroken).unwrap();
    let bundle = store.next_bundle(waits).unwrap().unwrap();
    store.record_attempt(bundle.id, ErrorCode::NetworkDown, None).unwrap();
    let draft = store.open_case(Channel::Kiosk).unwrap();
    store.append(draft, identified(), tongban_protocol::action::Actor::Applicant).unwrap();
    store.begin_visit(draft, "identify", 60_000).unwrap();
    store.set_binding("reader", Some("usb:1")).unwrap();
    store.apply_feed(&tongban_store::FeedBatch { next: 7, ..Default::default() }).unwrap();
    let print = PrintRow {
        print: PrintId(Uuid::from_bytes([9; 16])),
        case: loose,
        serial: "A0001".to_owned(),
        pdf_sha256: Digest([1; 32]),
        operator: StaffId::from("operator1"),
        state: LedgerState::Intended,
        spoiled: false,
        job_uuid: None,
        note: None,
    };
    store.intend_print(&print).unwrap();
    assert_sound(&store);
}

/// Every released schema opens with its full queue, and what waited is sent.
#[test]
fn a_store_of_every_released_schema_opens_with_its_full_queue() {
    let released = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/released");
    let mut seen = 0;
    for entry in std::fs::read_dir(&released).unwrap() {
        let frozen = entry.unwrap().path();
        let dir = tempfile::tempdir().unwrap();
        let work = dir.path().join("state");
        assert!(std::process::Command::new("cp").arg("-a").arg(&frozen).arg(&work).status().unwrap().success());
        let store = open(&work);
        assert_sound(&store);
        let states: Vec<_> = store.outbox().unwrap().into_iter().map(|row| (row.bundle.is_some(), row.state)).collect();
        use tongban_store::BundleState::{Quarantined, Waiting};
        assert_eq!(states, [(true, Quarantined), (true, Waiting), (false, Waiting)], "{}", frozen.display());
        assert_eq!(store.cases().unwrap().len(), 5);
        assert_eq!(store.last_visit().unwrap().unwrap().step, "identify");
        assert_eq!((store.cursor("feed").unwrap(), store.bindings().unwrap().len()), (7, 1));
        assert_eq!(store.open_prints().unwrap().len(), 1);
        for row in store.outbox().unwrap() {
            if let Some(bundle) = row.bundle {
                store.retry(bundle).unwrap();
            }
            let ready = store.next_bundle(row.case).unwrap().unwrap();
            store.acknowledge(&centre().receipt(&std::fs::read(&ready.path).unwrap())).unwrap();
        }
        assert!(store.outbox().unwrap().is_empty());
        submitted(&store);
        assert_sound(&store);
        seen += 1;
    }
    assert!(seen >= 1);
}

#[test]
fn a_migration_cut_off_in_the_middle_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let frozen = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/released/v1");
    let work = dir.path().join("state");
    assert!(std::process::Command::new("cp").arg("-a").arg(&frozen).arg(&work).status().unwrap().success());
    // As a crash within the step leaves it: nothing of it, since a step is one transaction.
    let conn = rusqlite::Connection::open(work.join("store/station.db")).unwrap();
    conn.execute_batch("BEGIN IMMEDIATE; CREATE TABLE audit (n INTEGER PRIMARY KEY)").unwrap();
    drop(conn);
    assert_sound(&open(&work));
}
