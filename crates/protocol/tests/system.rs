//! The machine's sources and their seeded stand-ins.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::BTreeSet;
use tongban_domain::clock::{BootTime, Clock, Ids, Rng, WallTime};
use tongban_protocol::seeded::{SeededClock, SeededIds, SeededRng};
use tongban_protocol::system::{SystemClock, SystemIds, SystemRng};

#[test]
fn the_machine_tells_a_time_after_2025_and_a_boot_time_that_grows() {
    let clock = SystemClock;
    assert!(clock.wall() > WallTime(1_735_689_600_000));
    let before = clock.boot();
    std::thread::sleep(std::time::Duration::from_millis(5));
    let after = clock.boot();
    assert!(after.0 >= before.0 + 4, "{before:?} {after:?}");
}

#[test]
fn identifiers_are_version_7_distinct_and_sort_as_made() {
    let sources: [&dyn Ids; 2] = [&SystemIds, &SeededIds::new(7)];
    for source in sources {
        let ids: Vec<_> = (0..2000).map(|_| source.next()).collect();
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
        assert!(ids.is_sorted());
    }
}

#[test]
fn system_randomness_differs_and_seeded_randomness_repeats() {
    let draw = |source: &dyn Rng| {
        let mut buffer = [0_u8; 100];
        source.fill(&mut buffer);
        buffer
    };
    assert_ne!(draw(&SystemRng), draw(&SystemRng));
    assert_eq!(draw(&SeededRng::new(5)), draw(&SeededRng::new(5)));
    assert_ne!(draw(&SeededRng::new(5)), draw(&SeededRng::new(6)));
    let source = SeededRng::new(5);
    assert_ne!(draw(&source), draw(&source));
}

#[test]
fn a_seeded_clock_moves_only_when_told() {
    let clock = SeededClock::at(WallTime(1000), BootTime(10));
    assert_eq!((clock.wall(), clock.boot()), (WallTime(1000), BootTime(10)));
    clock.advance(5);
    clock.set_wall(WallTime(1));
    assert_eq!((clock.wall(), clock.boot()), (WallTime(1), BootTime(15)));
    clock.reboot(BootTime(0));
    assert_eq!((clock.wall(), clock.boot()), (WallTime(1), BootTime(0)));
}
