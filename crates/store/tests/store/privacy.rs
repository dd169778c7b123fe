//! Nothing personal in clear, whatever file of the store one reads.

use crate::support::*;
use tongban_domain::event::Digest;
use tongban_domain::event::{Channel, Delivery, Event};
use tongban_domain::ids::PrintId;
use tongban_protocol::action::Actor;
use tongban_protocol::bundle::Bundle;
use tongban_store::{DocumentPrintRow, LedgerState};
use uuid::Uuid;

/// Files that hold one of the planted texts (UTF-8, and the number also as UTF-16).
fn leaks(station: &Station) -> Vec<String> {
    let mut planted: Vec<Vec<u8>> =
        [NAME, NUMBER, PHONE, "a face", "page one"].map(|text| text.as_bytes().to_vec()).into();
    planted.push(NUMBER.encode_utf16().flat_map(u16::to_le_bytes).collect());
    let mut found = Vec::new();
    for path in station.files() {
        let bytes = std::fs::read(&path).unwrap();
        for text in &planted {
            if bytes.windows(text.len()).any(|window| window == text) {
                found.push(format!("{} holds {}", path.display(), String::from_utf8_lossy(text)));
            }
        }
    }
    found
}

#[test]
fn a_whole_draft_leaves_nothing_personal_in_clear_and_the_search_would_find_it() {
    let station = Station::new();
    let store = station.open();
    let case = submitted(&store);
    store.begin_visit(case, "form", 60_000).unwrap();
    store.touch_visit("capture").unwrap();
    store
        .intend_document(&DocumentPrintRow {
            print: PrintId(Uuid::now_v7()),
            case,
            document: "receipt".to_owned(),
            sha256: Digest([1; 32]),
            state: LedgerState::Intended,
            job_uuid: None,
            note: None,
        })
        .unwrap();
    store.next_bundle(case).unwrap().unwrap();
    assert!(station.files().iter().any(|path| path.ends_with("station.db-wal")), "the log is searched too");
    assert_eq!(leaks(&station), Vec::<String>::new());
    drop(store);
    assert_eq!(leaks(&station), Vec::<String>::new());

    // Negative control: the same search finds a name somebody writes in clear.
    let conn = rusqlite::Connection::open(station.config.dir.join("station.db")).unwrap();
    conn.execute("INSERT INTO notice (seq, text, wall) VALUES (1, ?1, 0)", [format!("{NAME} {NUMBER}")]).unwrap();
    assert_eq!(leaks(&station).len(), 2);
}

#[test]
fn an_erased_case_cannot_be_opened_by_anybody_but_its_chain_still_verifies() {
    let mut station = Station::new();
    station.config.retention_ms = 1000;
    let store = station.open();
    let case = submitted(&store);
    let wrapped = |file: &[u8]| {
        let conn = rusqlite::Connection::open(station.config.dir.join("station.db")).unwrap();
        let key: Option<Vec<u8>> =
            conn.query_row("SELECT key_station FROM case_file WHERE case_id = ?1", [file], |row| row.get(0)).unwrap();
        key
    };
    let key = wrapped(case.0.as_bytes()).unwrap();
    let holds_key = |station: &Station| {
        let holds = |path: &std::path::PathBuf| std::fs::read(path).unwrap().windows(key.len()).any(|w| w == key);
        station.files().iter().any(holds)
    };
    assert!(holds_key(&station), "the search for the key must work");

    let bundle = store.next_bundle(case).unwrap().unwrap();
    let receipt = station.centre.receipt(&std::fs::read(&bundle.path).unwrap());
    assert!(store.purge().unwrap().is_empty(), "nothing is forgotten before the centre signed");
    store.acknowledge(&receipt).unwrap();
    assert!(store.purge().unwrap().is_empty(), "nor before the retention is over");
    station.clock.advance(1001);
    assert_eq!(store.purge().unwrap(), [case]);

    assert!(matches!(store.case(case), Err(tongban_store::StoreError::Erased(_))));
    assert_eq!(files_below(&station.config.dir.join("blobs")).len(), 0);
    assert!(!holds_key(&station), "the wrapped key is gone from database and log");
    assert_eq!(store.open_case_for(NUMBER).unwrap(), None);
    assert!(!store.is_same_card(case, NUMBER).unwrap());
    assert_eq!(store.cases().unwrap()[0].applicant, None);
    assert_sound(&store);
    let key = store.keys().signing.verifying_key();
    store.actions(case).unwrap().iter().for_each(|action| action.verify(&key).unwrap());
    assert_eq!(store.receipts(case).unwrap(), [receipt]);
}

#[test]
fn face_data_stays_here_without_consent_to_send_it_and_is_kept_for_its_time() {
    let mut station = Station::new();
    (station.config.retention_ms, station.config.evidence_ms) = (1000, 5000);
    let store = station.open();
    store.put_lease(&lease(&store, 1, 9)).unwrap();
    let sent = |consent: bool| {
        let case = store.open_case(Channel::Kiosk).unwrap();
        for event in draft(&store, case) {
            let event = match event {
                Event::ConsentGiven { text_version, choice, .. } => {
                    Event::ConsentGiven { text_version, choice, evidence_upload: consent }
                }
                other => other,
            };
            store.append(case, event, Actor::Applicant).unwrap();
        }
        store.submit(case, Delivery::Pickup, false).unwrap();
        let ready = store.next_bundle(case).unwrap().unwrap();
        let bytes = std::fs::read(&ready.path).unwrap();
        store.acknowledge(&station.centre.receipt(&bytes)).unwrap();
        (case, Bundle::decode(&bytes).unwrap())
    };
    let (with, whole) = sent(true);
    let (without, bare) = sent(false);
    let still = store.case(without).unwrap().presence().unwrap().still.clone().unwrap();
    assert_eq!((whole.blobs.len(), bare.blobs.len()), (6, 5));
    assert!(bare.blobs.iter().all(|(address, _)| *address != still.address));
    let shown = store.case(with).unwrap().presence().unwrap().still.clone().unwrap();
    assert!(whole.blobs.iter().any(|(address, _)| *address == shown.address), "control: with consent it is sent");
    assert_eq!(store.read_blob(without, &still).unwrap(), b"a face");
    station.clock.advance(2000);
    assert_eq!(store.purge().unwrap(), [with], "the only copy of the evidence is kept longer");
    station.clock.advance(4000);
    assert_eq!(store.purge().unwrap(), [without]);
}

#[test]
fn a_draft_nobody_submits_is_erased_after_its_time_but_not_under_a_visitors_hands() {
    let mut station = Station::new();
    station.config.draft_ms = 1000;
    let store = station.open();
    let (left, held) = (drafted(&store), drafted(&store));
    store.begin_visit(held, "form", 1_000_000).unwrap();
    assert!(store.purge().unwrap().is_empty());
    station.clock.advance(2000);
    assert_eq!(store.purge().unwrap(), [left]);
    store.case(held).unwrap();
}

#[test]
fn debug_output_of_stored_types_shows_nothing_personal() {
    let station = Station::new();
    let store = station.open();
    let case = submitted(&store);
    let shown = format!(
        "{:?} {:?} {:?} {:?}",
        store,
        store.case(case).unwrap(),
        store.cases().unwrap(),
        store.outbox().unwrap()
    );
    for text in [NAME, NUMBER, PHONE] {
        assert!(!shown.contains(text), "{shown}");
    }
}
