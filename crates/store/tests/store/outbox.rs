//! The queue: stable bundles, verified receipts, nothing forgotten too soon.

use crate::support::*;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{Channel, Digest, Event};
use tongban_domain::ids::ActionId;
use tongban_protocol::action::Actor;
use tongban_protocol::bundle::{Bundle, BundleReceipt};
use tongban_store::{BundleState, StoreError};
use uuid::Uuid;

fn proof(number: &str) -> Event {
    Event::ProofIssued { number: number.to_owned(), verify_token: "token".to_owned(), pdf_sha256: Digest([3; 32]) }
}

#[test]
fn a_draft_does_not_leave_the_station() {
    let station = Station::new();
    let store = station.open();
    let case = drafted(&store);
    assert_eq!(store.next_bundle(case).unwrap(), None);
    assert!(store.outbox().unwrap().is_empty());
    assert!(matches!(store.next_bundle(tongban_domain::ids::CaseId(Uuid::nil())), Err(StoreError::NoCase(_))));
}

#[test]
fn a_submitted_case_becomes_one_bundle_the_centre_can_read() {
    let station = Station::new();
    let store = station.open();
    let case = submitted(&store);
    let queued = &store.outbox().unwrap()[0];
    assert_eq!((queued.bundle, queued.kinds.len()), (None, 10));
    let ready = store.next_bundle(case).unwrap().unwrap();
    let bytes = std::fs::read(&ready.path).unwrap();
    let bundle = Bundle::decode(&bytes).unwrap();
    let actions = bundle.head().check().unwrap();
    assert_eq!(actions.len(), 10);
    assert_eq!(bundle.blobs.len(), 6);
    let key = station.centre.wrapping.unwrap_key(&bundle.keys[0].sealed).unwrap();
    assert_eq!(&key, &store.data_key(case).unwrap());
    let events: Vec<_> = actions.iter().map(|action| action.open(&key).unwrap()).collect();
    let here: Vec<_> = store.events(case).unwrap().into_iter().map(|stored| stored.event).collect();
    assert_eq!(events, here, "the centre reads exactly what the station wrote");
    assert_eq!(bundle.station, station.config.station);
}

#[test]
fn a_bundle_keeps_id_and_bytes_over_restarts_and_later_actions() {
    let station = Station::new();
    let store = station.open();
    let case = submitted(&store);
    let first = store.next_bundle(case).unwrap().unwrap();
    let bytes = std::fs::read(&first.path).unwrap();
    drop(store);
    let store = station.open();
    store.append(case, proof("1"), Actor::System).unwrap();
    let again = store.next_bundle(case).unwrap().unwrap();
    assert_eq!((again.id, again.sha256), (first.id, first.sha256));
    assert_eq!(std::fs::read(&again.path).unwrap(), bytes);
    store.acknowledge(&station.centre.receipt(&bytes)).unwrap();
    let second = store.next_bundle(case).unwrap().unwrap();
    assert_ne!(second.id, first.id);
    let kinds = &store.outbox().unwrap()[0].kinds;
    assert_eq!(kinds, &["ProofIssued"]);
}

#[test]
fn a_lost_or_cut_bundle_file_is_made_again_byte_for_byte() {
    let station = Station::new();
    let store = station.open();
    let case = submitted(&store);
    let ready = store.next_bundle(case).unwrap().unwrap();
    let bytes = std::fs::read(&ready.path).unwrap();
    store.append(case, proof("1"), Actor::System).unwrap();
    for damage in [None, Some(&bytes[..100])] {
        match damage {
            None => std::fs::remove_file(&ready.path).unwrap(),
            Some(cut) => std::fs::write(&ready.path, cut).unwrap(),
        }
        assert!(!store.check().unwrap().faults.is_empty(), "the check tells");
        assert_eq!(store.next_bundle(case).unwrap().as_ref(), Some(&ready));
        assert_eq!(std::fs::read(&ready.path).unwrap(), bytes);
    }
    assert_sound(&store);
}

#[test]
fn large_cases_are_cut_into_bundles_in_order() {
    let mut station = Station::new();
    station.config.bundle_bytes = 5_000;
    let store = station.open();
    let case = submitted(&store);
    let mut seqs = Vec::new();
    while let Some(ready) = store.next_bundle(case).unwrap() {
        let bytes = std::fs::read(&ready.path).unwrap();
        let bundle = Bundle::decode(&bytes).unwrap();
        let actions = bundle.head().check().unwrap();
        seqs.push(actions.iter().map(|action| action.header.case_seq).collect::<Vec<_>>());
        store.acknowledge(&station.centre.receipt(&bytes)).unwrap();
    }
    assert!(seqs.len() > 2, "{seqs:?}");
    assert_eq!(seqs.concat(), (1..=10).collect::<Vec<u64>>());
    assert!(store.outbox().unwrap().is_empty());
    assert!(store.cases().unwrap()[0].acknowledged);
    assert_sound(&store);
}

/// A receipt that lacks one promise each.
fn bad_receipts(station: &Station, bytes: &[u8]) -> Vec<(&'static str, BundleReceipt)> {
    let good = station.centre.receipt(bytes);
    let signed = |change: &dyn Fn(&mut BundleReceipt)| {
        let mut receipt = good.clone();
        change(&mut receipt);
        receipt.sign(&station.centre.signing).unwrap()
    };
    let mut unsigned = good.clone();
    unsigned.received_wall_ms += 1;
    vec![
        ("changed after signing", unsigned),
        ("signed by another", good.clone().sign(&Centre::new().signing).unwrap()),
        ("other bytes", signed(&|receipt| receipt.bundle_sha256 = Digest([1; 32]))),
        ("an action missing", signed(&|receipt| receipt.actions.truncate(receipt.actions.len() - 1))),
        ("an action swapped", signed(&|receipt| receipt.actions[0] = ActionId(Uuid::nil()))),
        ("a blob missing", signed(&|receipt| receipt.blobs.truncate(receipt.blobs.len() - 1))),
        ("another case", signed(&|receipt| receipt.case.0 = Uuid::nil())),
        ("a place too low", signed(&|receipt| receipt.case_seq -= 1)),
    ]
}

#[test]
fn a_receipt_that_does_not_hold_marks_nothing_and_forgets_nothing() {
    let mut station = Station::new();
    station.config.retention_ms = 0;
    let store = station.open();
    let case = submitted(&store);
    let ready = store.next_bundle(case).unwrap().unwrap();
    let bytes = std::fs::read(&ready.path).unwrap();
    for (what, receipt) in bad_receipts(&station, &bytes) {
        let error = store.acknowledge(&receipt).unwrap_err();
        assert!(matches!(error, StoreError::ReceiptRefused { .. }), "{what}: {error}");
        assert_eq!(store.next_bundle(case).unwrap().unwrap().id, ready.id, "{what}");
        station.clock.advance(1_000_000);
        assert!(store.purge().unwrap().is_empty(), "{what}");
        assert!(ready.path.exists(), "{what}");
    }
    let mut unknown = station.centre.receipt(&bytes);
    unknown.bundle = Uuid::now_v7();
    let unknown = unknown.sign(&station.centre.signing).unwrap();
    assert!(matches!(store.acknowledge(&unknown), Err(StoreError::NoBundle(_))));
    // Positive control: the true receipt is taken, twice without harm.
    let good = station.centre.receipt(&bytes);
    store.acknowledge(&good).unwrap();
    store.acknowledge(&good).unwrap();
    assert_eq!(store.next_bundle(case).unwrap(), None);
    assert!(!ready.path.exists());
    station.clock.advance(1);
    assert_eq!(store.purge().unwrap(), [case]);
}

#[test]
fn a_case_that_goes_on_after_its_receipt_is_not_forgotten() {
    let mut station = Station::new();
    station.config.retention_ms = 0;
    let store = station.open();
    let case = submitted(&store);
    let ready = store.next_bundle(case).unwrap().unwrap();
    store.append(case, proof("1"), Actor::System).unwrap();
    store.acknowledge(&station.centre.receipt(&std::fs::read(&ready.path).unwrap())).unwrap();
    station.clock.advance(1_000_000);
    assert!(store.purge().unwrap().is_empty());
    let second = store.next_bundle(case).unwrap().unwrap();
    store.acknowledge(&station.centre.receipt(&std::fs::read(&second.path).unwrap())).unwrap();
    station.clock.advance(1);
    assert_eq!(store.purge().unwrap(), [case]);
}

#[test]
fn a_quarantined_bundle_holds_back_its_case_only_and_goes_again_when_a_person_says_so() {
    let station = Station::new();
    let store = station.open();
    let (bad, good) = (submitted(&store), submitted(&store));
    let ready = store.next_bundle(bad).unwrap().unwrap();
    store.record_attempt(ready.id, ErrorCode::NetworkTimeout, None).unwrap();
    store.quarantine(ready.id, ErrorCode::SealBroken).unwrap();
    assert_eq!(store.next_bundle(bad).unwrap(), None);
    assert!(store.next_bundle(good).unwrap().is_some());
    drop(store);
    let store = station.open();
    let row = store.outbox().unwrap().into_iter().find(|row| row.bundle == Some(ready.id)).unwrap();
    assert_eq!((row.state, row.tries, row.last_error), (BundleState::Quarantined, 2, Some(ErrorCode::SealBroken)));
    store.retry(ready.id).unwrap();
    let again = store.next_bundle(bad).unwrap().unwrap();
    assert_eq!((again.id, again.sha256), (ready.id, ready.sha256));
    assert!(matches!(store.quarantine(Uuid::nil(), ErrorCode::SealBroken), Err(StoreError::NoBundle(_))));
}

#[test]
fn a_case_opened_before_enrolment_is_sent_after_it() {
    let station = Station::new();
    let mut bare = station.keys();
    (bare.centre_wrap, bare.centre_verify) = (None, None);
    let store = station.try_open(bare).unwrap();
    let case = submitted(&store);
    assert_eq!(store.next_bundle(case).unwrap_err().code(), ErrorCode::NetworkIdentity);
    drop(store);
    let store = station.open();
    let ready = store.next_bundle(case).unwrap().unwrap();
    store.acknowledge(&station.centre.receipt(&std::fs::read(&ready.path).unwrap())).unwrap();
}

#[test]
fn new_cases_stop_when_the_reserve_is_gone_and_the_open_one_can_be_finished() {
    let station = Station::new();
    let store = station.open();
    let case = store.open_case(Channel::Kiosk).unwrap();
    assert!(store.has_room());
    assert!(store.release_reserve().unwrap());
    assert!(!store.release_reserve().unwrap(), "it can be given up once");
    assert!(!store.has_room());
    store.append(case, identified(), Actor::Applicant).unwrap();
    // There is room on this disk, so the reserve is taken again when the next case is asked for.
    store.open_case(Channel::Kiosk).unwrap();
    assert!(store.has_room());
}

#[test]
fn a_new_epoch_begins_the_station_chain_anew() {
    let station = Station::new();
    let store = station.open();
    drafted(&store);
    assert_eq!(store.begin_epoch(0).unwrap(), 2);
    drafted(&store);
    let report = store.check().unwrap();
    assert!(report.faults.is_empty(), "{:?}", report.faults);
    assert_eq!(report.links, 27, "nine of the old epoch, the same nine linked anew, nine more");
}
