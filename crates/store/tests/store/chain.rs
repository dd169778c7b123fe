//! Events become sealed, signed, linked actions; illegal ones leave nothing.

use crate::support::*;
use rusqlite::Connection;
use tongban_domain::case::CaseStatus;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{Channel, Delivery, Digest, Event, SignOffMethod};
use tongban_protocol::action::Actor;
use tongban_protocol::chain::check_chain;
use tongban_store::StoreError;
use uuid::Uuid;

#[test]
fn a_draft_reads_back_as_it_was_written_after_a_restart() {
    let station = Station::new();
    let store = station.open();
    let case = drafted(&store);
    let (before, events) = (store.case(case).unwrap(), store.events(case).unwrap());
    drop(store);
    let store = station.open();
    assert_eq!(store.case(case).unwrap(), before);
    assert_eq!(store.events(case).unwrap(), events);
    assert_eq!(before.card().unwrap().name, NAME);
    assert_sound(&store);
}

#[test]
fn every_action_is_signed_sealed_and_chained_in_case_and_station() {
    let station = Station::new();
    let store = station.open();
    let (one, two) = (drafted(&store), drafted(&store));
    let key = store.keys().signing.verifying_key();
    for case in [one, two] {
        let actions = store.actions(case).unwrap();
        check_chain(&actions).unwrap();
        actions.iter().for_each(|action| action.verify(&key).unwrap());
        assert_eq!(actions.len(), 9);
    }
    let report = store.check().unwrap();
    assert_eq!((report.cases, report.actions, report.links, report.blobs), (2, 18, 18, 12));
}

#[test]
fn an_illegal_event_is_refused_with_its_code_and_leaves_nothing() {
    let station = Station::new();
    let store = station.open();
    let case = store.open_case(Channel::Kiosk).unwrap();
    let error = store.append(case, form(), Actor::Applicant).unwrap_err();
    assert_eq!(error.code(), ErrorCode::CaseState);
    assert_eq!(kinds(&store, case), ["Opened"]);
    let submitted = Event::Submitted { receipt: "1".to_owned(), delivery: Delivery::Pickup, offline: false };
    let error = store.append(case, submitted, Actor::Applicant).unwrap_err();
    assert_eq!(error.code(), ErrorCode::CaseState, "a receipt number comes from the lease, never from a caller");
    assert_sound(&store);
}

#[test]
fn an_event_that_names_a_file_nobody_put_is_refused() {
    let station = Station::new();
    let store = station.open();
    let case = drafted(&store);
    let mut evidence = store.put_blob(case, "image/jpeg", b"x").unwrap();
    evidence.address = Digest([1; 32]);
    let event = Event::SignedOff { method: SignOffMethod::Camera, evidence, quality: 1, digest: Digest([0; 32]) };
    assert!(matches!(store.append(case, event, Actor::Applicant), Err(StoreError::BlobMissing(_))));
    assert_eq!(kinds(&store, case).len(), 9);
}

#[test]
fn the_same_idempotency_key_has_its_effect_once() {
    let station = Station::new();
    let store = station.open();
    let case = store.open_case(Channel::Window).unwrap();
    let idem = Uuid::now_v7();
    let first = store.append_once(idem, case, identified(), Actor::Applicant).unwrap();
    let again = store.append_once(idem, case, identified(), Actor::Applicant).unwrap();
    assert_eq!(first, again);
    assert_eq!(kinds(&store, case), ["Opened", "Identified"]);
    store.append_once(Uuid::now_v7(), case, identified(), Actor::Applicant).unwrap();
    assert_eq!(kinds(&store, case).len(), 3, "another key is another call");
    let other = store.open_case(Channel::Window).unwrap();
    assert!(matches!(store.append_once(idem, other, identified(), Actor::Applicant), Err(StoreError::IdemReused)));
}

#[test]
fn a_changed_byte_in_an_action_link_or_blob_is_found() {
    let station = Station::new();
    let changes = [
        "UPDATE action SET bytes = zeroblob(length(bytes)) WHERE case_seq = 3",
        "UPDATE action SET signature = (SELECT signature FROM action WHERE case_seq = 4) WHERE case_seq = 3",
        "UPDATE link SET action_hash = zeroblob(32) WHERE seq = 2",
        "DELETE FROM link WHERE seq = 9",
        "UPDATE case_file SET head_hash = zeroblob(32)",
        "UPDATE case_file SET status = 'submitted'",
        "UPDATE station SET link_seq = 5",
    ];
    let store = station.open();
    drafted(&store);
    assert_sound(&store);
    drop(store);
    let database = station.config.dir.join("station.db");
    for change in changes {
        let copy = std::fs::read(&database).unwrap();
        let conn = Connection::open(&database).unwrap();
        conn.execute_batch(change).unwrap();
        drop(conn);
        let store = station.try_open(station.keys());
        assert!(matches!(store, Err(StoreError::Evidence(_))), "worked with although changed: {change}");
        let report = station.inspect().unwrap();
        // Two faults at least: the seal's and the chain's own.
        assert!(report.faults.len() > 1, "{change}: {report:?}");
        std::fs::write(&database, copy).unwrap();
    }
    let blob = files_below(&station.config.dir.join("blobs")).pop().unwrap();
    let mut bytes = std::fs::read(&blob).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&blob, bytes).unwrap();
    assert!(!station.open().check().unwrap().faults.is_empty(), "a changed blob");
}

#[test]
fn projections_can_be_thrown_away_and_rebuilt() {
    let station = Station::new();
    let store = station.open();
    let case = submitted(&store);
    let before = store.cases().unwrap();
    assert_eq!(before[0].status, CaseStatus::Submitted);
    assert_eq!(before[0].applicant.as_deref(), Some(NAME));
    // Past the program, so that the seals speak too; a fault of the program itself would leave them whole.
    let conn = Connection::open(station.config.dir.join("station.db")).unwrap();
    conn.execute_batch(
        "UPDATE case_file SET status = 'draft', item = NULL, summary = NULL, applicant_index = NULL, released = 0",
    )
    .unwrap();
    drop(conn);
    assert_eq!(store.stale_projections().unwrap(), [case]);
    assert_eq!(store.rebuild_projections().unwrap(), 1);
    assert!(store.stale_projections().unwrap().is_empty());
    assert_eq!(store.cases().unwrap(), before);
    assert!(store.next_bundle(case).unwrap().is_some(), "a submitted case is to be sent again");
}

#[test]
fn a_blob_reads_back_and_not_with_another_cases_key() {
    let station = Station::new();
    let store = station.open();
    let (one, two) = (store.open_case(Channel::Kiosk).unwrap(), store.open_case(Channel::Kiosk).unwrap());
    let blob = store.put_blob(one, "image/jpeg", &[5; 200_000]).unwrap();
    assert_eq!(store.read_blob(one, &blob).unwrap(), [5; 200_000]);
    let copy = |from: tongban_domain::ids::CaseId, to: tongban_domain::ids::CaseId| {
        let dir =
            |case: tongban_domain::ids::CaseId| station.config.dir.join("blobs").join(case.0.simple().to_string());
        std::fs::create_dir_all(dir(to)).unwrap();
        std::fs::copy(dir(from).join(blob.address.to_string()), dir(to).join(blob.address.to_string())).unwrap();
    };
    copy(one, two);
    assert_eq!(store.read_blob(two, &blob).unwrap_err().code(), ErrorCode::SealBroken);
}

#[test]
fn files_nobody_names_are_swept_at_the_next_start() {
    let station = Station::new();
    let store = station.open();
    let case = drafted(&store);
    let loose = store.put_blob(case, "image/jpeg", b"never named").unwrap();
    std::fs::write(station.config.dir.join("bundles/half.bundle.part"), b"cut").unwrap();
    drop(store);
    let store = station.open();
    assert!(matches!(store.read_blob(case, &loose), Err(StoreError::BlobMissing(_))));
    assert_eq!(files_below(&station.config.dir.join("bundles")).len(), 0);
    assert_sound(&store);
}

#[test]
fn a_second_process_and_another_station_are_kept_out() {
    let station = Station::new();
    let store = station.open();
    assert!(matches!(station.try_open(station.keys()), Err(StoreError::InUse)));
    drop(store);
    let mut other = Station::new();
    other.config.dir = station.config.dir.clone();
    other.config.station = "890102-001-K04".into();
    assert!(matches!(other.try_open(station.keys()), Err(StoreError::OtherStation { .. })));
    station.open();
}

#[test]
fn keys_survive_a_restart_and_a_wrong_passphrase_opens_nothing() {
    use tongban_protocol::system::SystemRng;
    use tongban_store::{KekProtection, StationKeys};
    let dir = tempfile::tempdir().unwrap();
    let with = |text: &str| KekProtection::Passphrase(text.to_owned().into());
    let made = StationKeys::create_or_load(dir.path(), &with("open sesame"), &SystemRng).unwrap();
    let loaded = StationKeys::create_or_load(dir.path(), &with("open sesame"), &SystemRng).unwrap();
    assert_eq!(made.signing.verifying_key(), loaded.signing.verifying_key());
    assert_eq!(made.wrap_secret.public(), loaded.wrap_secret.public());
    assert_eq!(made.kek.expose(), loaded.kek.expose());
    let wrong = StationKeys::create_or_load(dir.path(), &with("open barley"), &SystemRng).unwrap_err();
    assert_eq!(wrong.code(), ErrorCode::SealBroken);
    let bare = StationKeys::create_or_load(dir.path(), &KekProtection::None, &SystemRng);
    assert!(bare.is_err(), "a second key beside the first would orphan everything stored");
    for file in files_below(dir.path()) {
        let bytes = std::fs::read(&file).unwrap();
        for secret in [made.signing.to_bytes(), made.wrap_secret.to_bytes()] {
            assert!(!bytes.windows(32).any(|window| window == secret.as_slice()), "{file:?} holds a bare key");
        }
    }
}
