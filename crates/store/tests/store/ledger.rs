//! Print ledgers: the intent is there before the printer hears of it, a blank is used once.

use crate::support::*;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::Digest;
use tongban_domain::ids::{CaseId, ItemKey, PrintId, StaffId};
use tongban_store::{DocumentPrintRow, FeedBatch, LedgerChange, LedgerState, PrintRow, StoreError};
use uuid::Uuid;

fn attempt(case: CaseId, serial: &str) -> PrintRow {
    PrintRow {
        print: PrintId(Uuid::now_v7()),
        case,
        serial: serial.to_owned(),
        pdf_sha256: Digest([2; 32]),
        operator: StaffId::from("operator1"),
        state: LedgerState::Intended,
        spoiled: false,
        job_uuid: None,
        note: None,
    }
}

fn void(spoiled: bool) -> LedgerChange {
    LedgerChange { spoiled, note: Some("jam".to_owned()), job_uuid: None }
}

#[test]
fn an_open_print_is_found_after_a_restart_with_its_job() {
    let station = Station::new();
    let store = station.open();
    let row = attempt(CaseId(Uuid::now_v7()), "A0001");
    store.intend_print(&row).unwrap();
    store.intend_print(&row).unwrap();
    let job = LedgerChange { job_uuid: Some("urn:uuid:1".to_owned()), ..LedgerChange::default() };
    store.advance_print(row.print, LedgerState::Sent, &job).unwrap();
    drop(store);
    let store = station.open();
    let open = store.open_prints().unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].state, open[0].job_uuid.as_deref()), (LedgerState::Sent, Some("urn:uuid:1")));
    store.advance_print(row.print, LedgerState::Unknown, &LedgerChange::default()).unwrap();
    assert_eq!(store.open_prints().unwrap().len(), 1, "unknown is not settled");
    store.advance_print(row.print, LedgerState::Confirmed, &LedgerChange::default()).unwrap();
    assert!(store.open_prints().unwrap().is_empty());
    assert_eq!(store.print(row.print).unwrap().unwrap().state, LedgerState::Confirmed);
}

#[test]
fn a_blank_is_used_once_unless_it_came_back_unspoiled() {
    let station = Station::new();
    let store = station.open();
    let (one, two) = (CaseId(Uuid::now_v7()), CaseId(Uuid::now_v7()));
    let first = attempt(one, "A0001");
    store.intend_print(&first).unwrap();
    assert_eq!(store.intend_print(&attempt(two, "A0001")).unwrap_err().code(), ErrorCode::SerialRefused);
    assert!(matches!(store.intend_print(&attempt(one, "A0002")), Err(StoreError::Print(_))), "one open print a case");
    store.advance_print(first.print, LedgerState::Void, &void(false)).unwrap();
    let second = attempt(two, "A0001");
    store.intend_print(&second).unwrap();
    store.advance_print(second.print, LedgerState::Void, &void(true)).unwrap();
    assert_eq!(store.intend_print(&attempt(one, "A0001")).unwrap_err().code(), ErrorCode::SerialRefused);
    store.intend_print(&attempt(one, "A0002")).unwrap();
}

#[test]
fn steps_that_do_not_follow_are_refused() {
    let station = Station::new();
    let store = station.open();
    let row = attempt(CaseId(Uuid::now_v7()), "A0001");
    let nothing = LedgerChange::default();
    assert!(matches!(store.advance_print(row.print, LedgerState::Sent, &nothing), Err(StoreError::Print(_))));
    store.intend_print(&row).unwrap();
    store.advance_print(row.print, LedgerState::Done, &nothing).unwrap();
    assert!(store.advance_print(row.print, LedgerState::Sent, &nothing).is_err());
    store.advance_print(row.print, LedgerState::Confirmed, &nothing).unwrap();
    assert!(store.advance_print(row.print, LedgerState::Unknown, &nothing).is_err());
    store.advance_print(row.print, LedgerState::Void, &void(true)).unwrap();
    assert!(store.advance_print(row.print, LedgerState::Confirmed, &nothing).is_err());
}

#[test]
fn receipts_and_proofs_have_a_ledger_of_their_own() {
    let station = Station::new();
    let store = station.open();
    let case = CaseId(Uuid::now_v7());
    let row = DocumentPrintRow {
        print: PrintId(Uuid::now_v7()),
        case,
        document: "proof".to_owned(),
        sha256: Digest([4; 32]),
        state: LedgerState::Intended,
        job_uuid: None,
        note: None,
    };
    store.intend_document(&row).unwrap();
    assert_eq!(store.open_documents().unwrap(), std::slice::from_ref(&row));
    store.advance_document(row.print, LedgerState::Sent, &LedgerChange::default()).unwrap();
    store.advance_document(row.print, LedgerState::Done, &LedgerChange::default()).unwrap();
    assert!(store.open_documents().unwrap().is_empty());
    assert_eq!(store.documents_of(case).unwrap()[0].state, LedgerState::Done);
}

#[test]
fn catalogue_cursor_notices_and_bindings_survive_and_do_not_go_backwards() {
    let station = Station::new();
    let store = station.open();
    let key = ItemKey::from("construction-qualification");
    store.put_item(&key, 2, "{\"v\":2}").unwrap();
    store.put_item(&key, 1, "{\"v\":1}").unwrap();
    let batch = FeedBatch {
        items: vec![(ItemKey::from("proof"), 1, "{}".to_owned())],
        notices: vec![(5, "hall closes at five".to_owned())],
        cases: Vec::new(),
        next: 5,
    };
    store.apply_feed(&batch).unwrap();
    store.set_binding("reader", Some("usb:1-2")).unwrap();
    store.set_binding("printer", Some("ipp://printer")).unwrap();
    store.set_binding("printer", None).unwrap();
    drop(store);
    let store = station.open();
    let items = store.items().unwrap();
    assert_eq!(items.len(), 2);
    assert!(items.contains(&(key, 2, "{\"v\":2}".to_owned())));
    assert_eq!(store.cursor("feed").unwrap(), 5);
    assert_eq!(store.notices(10).unwrap(), ["hall closes at five"]);
    assert_eq!(store.bindings().unwrap(), [("reader".to_owned(), "usb:1-2".to_owned())].into());
}
