//! Receipt numbers: leased, given out once, never lost between number and use.

use crate::support::*;
use std::collections::BTreeSet;
use std::sync::Arc;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::Delivery;
use tongban_domain::receipt_number::ReceiptNumber;
use tongban_store::{StoreError, ms_to_next_day};

#[test]
fn numbers_are_given_out_in_order_until_the_lease_is_used_up() {
    let station = Station::new();
    let store = station.open();
    let case = drafted(&store);
    let error = store.submit(case, Delivery::Pickup, true).unwrap_err();
    assert_eq!(error.code(), ErrorCode::LeaseExhausted);
    assert_eq!(kinds(&store, case).len(), 9, "nothing was written without a number");
    store.put_lease(&lease(&store, 7, 8)).unwrap();
    let (folded, number) = store.submit(case, Delivery::Courier, true).unwrap();
    let parsed = ReceiptNumber::parse(&number).unwrap();
    assert_eq!((parsed.region(), parsed.station(), parsed.serial()), ("890102", 3, 7));
    assert_eq!(folded.receipt(), Some(number.as_str()));
    assert_eq!(store.case_of_receipt(&number).unwrap(), Some(case));
    assert_eq!(store.query_password(case, &number).unwrap().len(), 6);
    let next = drafted(&store);
    assert_eq!(ReceiptNumber::parse(&store.submit(next, Delivery::Pickup, true).unwrap().1).unwrap().serial(), 8);
    assert!(matches!(store.submit(drafted(&store), Delivery::Pickup, true), Err(StoreError::LeaseExhausted { .. })));
}

#[test]
fn submitting_again_answers_the_same_number_and_writes_nothing() {
    let station = Station::new();
    let store = station.open();
    let case = submitted(&store);
    let (_, number) = store.submit(case, Delivery::Courier, false).unwrap();
    assert_eq!(Some(number), store.receipt_of(case).unwrap());
    assert_eq!(kinds(&store, case).iter().filter(|kind| *kind == "Submitted").count(), 1);
    assert_eq!(store.lease_left().unwrap().count, 199);
}

#[test]
fn a_submission_the_rules_refuse_takes_no_number() {
    let station = Station::new();
    let store = station.open();
    store.put_lease(&lease(&store, 1, 5)).unwrap();
    let bare = store.open_case(tongban_domain::event::Channel::Kiosk).unwrap();
    assert_eq!(store.submit(bare, Delivery::Pickup, true).unwrap_err().code(), ErrorCode::CaseState);
    assert_eq!(store.lease_left().unwrap().count, 5);
    assert_eq!(store.receipt_of(bare).unwrap(), None);
}

#[test]
fn yesterdays_numbers_are_not_used_today() {
    let station = Station::new();
    let store = station.open();
    store.put_lease(&lease(&store, 1, 100)).unwrap();
    station.clock.advance(ms_to_next_day(now(&station)) as u64);
    assert_eq!(store.lease_left().unwrap().count, 0);
    assert_eq!(store.submit(drafted(&store), Delivery::Pickup, true).unwrap_err().code(), ErrorCode::LeaseExhausted);
}

#[test]
fn a_lease_is_taken_once_and_never_over_numbers_held() {
    let station = Station::new();
    let store = station.open();
    let first = lease(&store, 1, 10);
    store.put_lease(&first).unwrap();
    submitted(&store);
    store.put_lease(&first).unwrap();
    assert_eq!(store.lease_left().unwrap().count, 9, "the same answer again gives no number back");
    assert!(matches!(store.put_lease(&lease(&store, 10, 20)), Err(StoreError::LeaseRefused(_))));
    assert!(matches!(store.put_lease(&lease(&store, 30, 20)), Err(StoreError::LeaseRefused(_))));
    let mut odd = lease(&store, 30, 40);
    odd.station3 = "3".to_owned();
    assert!(matches!(store.put_lease(&odd), Err(StoreError::LeaseRefused(_))));
    odd = lease(&store, 9_999, 10_000);
    assert!(matches!(store.put_lease(&odd), Err(StoreError::LeaseRefused(_))), "a serial has four digits");
    store.put_lease(&lease(&store, 11, 20)).unwrap();
    assert_eq!(store.lease_left().unwrap().count, 19);
}

#[test]
fn threads_that_submit_together_get_different_numbers() {
    let station = Station::new();
    let store = Arc::new(station.open());
    store.put_lease(&lease(&store, 1, 40)).unwrap();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let store = Arc::clone(&store);
            std::thread::spawn(move || {
                (0..4).map(|_| store.submit(drafted(&store), Delivery::Pickup, true).unwrap().1).collect::<Vec<_>>()
            })
        })
        .collect();
    let numbers: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), 16);
    assert_sound(&store);
}
