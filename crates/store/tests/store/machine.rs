//! The machine under the store: a disk that fills at any write, one that cannot be written, a clock that jumps.

use crate::child::{broken, failure, promises, run};
use crate::support::*;
use tongban_domain::clock::WallTime;
use tongban_domain::event::{Channel, Delivery, Digest};
use tongban_domain::ids::{PrintId, StaffId};
use tongban_protocol::action::Actor;
use tongban_store::{LedgerState, PrintRow, StoreError};
use tongban_testkit::disk::Tmpfs;
use tongban_testkit::{Seed, is_long};
use uuid::Uuid;

/// A disk that is full after every possible number of blocks: whatever write meets the end, nothing promised
/// is lost, the code says why, and with room again the store goes on.
#[test]
fn a_disk_that_fills_at_any_write_loses_nothing_promised() {
    let dir = tempfile::tempdir().unwrap();
    let step = if is_long() { 4 } else { 28 };
    let (mut full, mut kib) = (0, 260);
    loop {
        let disk = Tmpfs::mount(&dir.path().join(format!("disk{kib}")), kib).unwrap();
        let state = disk.path().join("state");
        let output = run(&state, 1, &[]);
        let made = promises(&output);
        let code = failure(&output);
        disk.resize(16 * 1024).unwrap();
        assert_eq!(broken(&state, &made, u64::MAX), Vec::<String>::new(), "{kib} KiB");
        let again = run(&state, 1, &[]);
        assert_eq!(failure(&again), None, "{kib} KiB: the store does not go on with room again");
        match code.as_deref() {
            Some("S101" | "S103") => full += 1,
            None => break,
            other => panic!("{kib} KiB: {other:?}"),
        }
        kib += step;
    }
    eprintln!("{full} sizes were too small, {kib} KiB are enough for a case");
    assert!(full > 5);
}

#[test]
fn a_disk_that_cannot_be_written_is_said_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Tmpfs::mount(&dir.path().join("disk"), 16 * 1024).unwrap();
    let state = disk.path().join("state");
    let made = promises(&run(&state, 1, &[]));
    disk.read_only(true).unwrap();
    let before = files_below(&state);
    let output = run(&state, 1, &[]);
    assert_eq!(failure(&output).as_deref(), Some("S103"), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(files_below(&state), before);
    disk.read_only(false).unwrap();
    assert_eq!(broken(&state, &made, u64::MAX), Vec::<String>::new());
}

const YEAR_MS: i64 = 365 * 24 * 3600 * 1000;

#[test]
fn a_wall_clock_that_jumps_ten_years_either_way_orders_nothing_and_loses_nothing() {
    for seed in 1..=6_u64 {
        let mut choices = Seed::new(seed);
        let station = Station::new();
        let mut store = station.open();
        let start = now(&station);
        let mut cases = Vec::new();
        for _ in 0..3 {
            station.clock.set_wall(start);
            if store.lease_left().unwrap().count == 0 {
                store.put_lease(&lease(&store, 1, 50)).unwrap();
            }
            let case = store.open_case(Channel::Kiosk).unwrap();
            for event in draft(&store, case) {
                let jump = choices.below(20 * YEAR_MS as u64) as i64 - 10 * YEAR_MS;
                station.clock.set_wall(WallTime(start.0 + jump));
                store.append(case, event, Actor::Applicant).unwrap();
            }
            if choices.chance(50) {
                drop(store);
                store = station.open();
            }
            station.clock.set_wall(start);
            store.submit(case, Delivery::Pickup, true).unwrap();
            cases.push(case);
        }
        eprintln!("seed {seed}");
        assert_sound(&store);
        for case in cases {
            let seqs: Vec<u64> = store.events(case).unwrap().iter().map(|event| event.case_seq).collect();
            assert_eq!(seqs, (1..=10).collect::<Vec<_>>(), "seed {seed}: order is the chain's, not the clock's");
            store.next_bundle(case).unwrap().unwrap();
        }
    }
}

#[test]
fn the_idle_limit_of_a_visit_does_not_see_the_wall_clock() {
    let station = Station::new();
    let store = station.open();
    let case = drafted(&store);
    store.begin_visit(case, "form", 60_000).unwrap();
    for jump in [10 * YEAR_MS, -10 * YEAR_MS] {
        station.clock.set_wall(WallTime(now(&station).0 + jump));
        assert_eq!(store.last_visit().unwrap().unwrap().left_ms, 60_000);
    }
    station.clock.advance(60_001);
    assert_eq!(store.last_visit().unwrap(), None, "control: time that passes is seen");
}

#[test]
fn no_licence_is_printed_with_a_clock_set_back() {
    let station = Station::new();
    let store = station.open();
    let case = submitted(&store);
    let print = |serial: &str| PrintRow {
        print: PrintId(Uuid::now_v7()),
        case,
        serial: serial.to_owned(),
        pdf_sha256: Digest([1; 32]),
        operator: StaffId::from("operator1"),
        state: LedgerState::Intended,
        spoiled: false,
        job_uuid: None,
        note: None,
    };
    let right = now(&station);
    station.clock.set_wall(WallTime(right.0 - 3_600_000));
    assert_eq!(store.clock_behind_ms().unwrap(), 3_600_000);
    let refused = store.intend_print(&print("A0001")).unwrap_err();
    assert!(matches!(refused, StoreError::ClockBack { behind_ms: 3_600_000 }), "{refused:?}");
    assert_eq!(refused.code().as_str(), "N107");
    assert!(store.prints_of(case).unwrap().is_empty());
    // A time service that corrects by seconds stops nobody.
    station.clock.set_wall(WallTime(right.0 - 30_000));
    store.intend_print(&print("A0001")).unwrap();
}
