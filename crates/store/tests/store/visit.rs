//! A visit after a crash: the same step for the same person, nothing for anybody else.

use crate::support::*;
use tongban_protocol::action::Actor;

const LIMIT_MS: u64 = 75_000;

#[test]
fn a_restart_within_the_idle_limit_finds_the_same_case_and_step() {
    let station = Station::new();
    let store = station.open();
    let case = drafted(&store);
    store.begin_visit(case, "identify", LIMIT_MS).unwrap();
    store.touch_visit("capture").unwrap();
    station.clock.advance(5_000);
    drop(store);
    let store = station.open();
    let visit = store.last_visit().unwrap().unwrap();
    assert_eq!((visit.case, visit.step.as_str(), visit.left_ms), (case, "capture", LIMIT_MS - 5_000));
    assert!(store.is_same_card(case, NUMBER).unwrap());
    assert!(store.is_same_card(case, " 890102-19780315-0113 ").unwrap(), "however it is written");
    assert!(!store.is_same_card(case, "89010219550820022X").unwrap(), "another person's card");
}

#[test]
fn a_visit_that_rested_too_long_is_wiped_and_its_draft_stays() {
    let station = Station::new();
    let store = station.open();
    let case = drafted(&store);
    store.begin_visit(case, "form", LIMIT_MS).unwrap();
    station.clock.advance(LIMIT_MS);
    drop(store);
    let store = station.open();
    assert_eq!(store.last_visit().unwrap(), None);
    assert_eq!(store.open_case_for(NUMBER).unwrap(), Some(case));
    assert_eq!(kinds(&store, case).len(), 9);
    station.clock.advance(0);
    assert_eq!(store.last_visit().unwrap(), None);
}

#[test]
fn what_is_recorded_keeps_the_visit_alive_in_the_same_flush() {
    let station = Station::new();
    let store = station.open();
    let (case, other) = (drafted(&store), drafted(&store));
    store.begin_visit(case, "capture", LIMIT_MS).unwrap();
    station.clock.advance(LIMIT_MS - 1_000);
    store.append(case, form(), Actor::Applicant).unwrap();
    station.clock.advance(LIMIT_MS - 1_000);
    drop(store);
    let store = station.open();
    assert_eq!(store.last_visit().unwrap().unwrap().left_ms, 1_000);
    store.append(other, form(), Actor::Applicant).unwrap();
    station.clock.advance(1_000);
    assert_eq!(store.last_visit().unwrap(), None, "control: another case's record keeps nobody's visit");
}

#[test]
fn another_boot_ends_the_visit_however_the_clocks_stand() {
    let mut station = Station::new();
    let store = station.open();
    let case = drafted(&store);
    store.begin_visit(case, "form", LIMIT_MS).unwrap();
    drop(store);
    station.config.boot_id = "boot-2".to_owned();
    assert_eq!(station.open().last_visit().unwrap(), None);

    let store = station.open();
    store.begin_visit(case, "form", LIMIT_MS).unwrap();
    drop(store);
    // The same boot id with a smaller boot time cannot be true either.
    station.clock = std::sync::Arc::new(tongban_protocol::seeded::SeededClock::at(
        tongban_domain::clock::WallTime(0),
        tongban_domain::clock::BootTime(1),
    ));
    assert_eq!(station.open().last_visit().unwrap(), None);
}

#[test]
fn a_visit_that_ended_is_not_found_again() {
    let station = Station::new();
    let store = station.open();
    let case = drafted(&store);
    store.begin_visit(case, "form", LIMIT_MS).unwrap();
    store.end_visit(true).unwrap();
    assert_eq!(store.last_visit().unwrap(), None);
    store.touch_visit("capture").unwrap();
    assert_eq!(store.last_visit().unwrap(), None, "a touch begins no visit");
}

#[test]
fn a_draft_is_found_by_its_card_and_a_submitted_case_is_not() {
    let station = Station::new();
    let store = station.open();
    assert_eq!(store.open_case_for(NUMBER).unwrap(), None);
    let older = drafted(&store);
    let newer = drafted(&store);
    assert_eq!(store.open_case_for(NUMBER).unwrap(), Some(newer));
    store.put_lease(&lease(&store, 1, 9)).unwrap();
    store.submit(newer, tongban_domain::event::Delivery::Pickup, false).unwrap();
    assert_eq!(store.open_case_for(NUMBER).unwrap(), Some(older));
    assert_eq!(store.open_case_for("89010219550820022X").unwrap(), None);
}
