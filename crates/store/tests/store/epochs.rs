//! A store put back to an older image: nothing of what it still has is lost, no number is given out twice.

use crate::support::*;
use std::collections::BTreeSet;
use std::path::Path;
use tongban_protocol::bundle::{Bundle, StationLink};
use tongban_protocol::chain::check_links;
use tongban_store::{Store, StoreError};

fn copy(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    assert!(std::process::Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
}

/// The links a bundle carries, and the centre's receipt for it.
fn send(station: &Station, store: &Store, case: tongban_domain::ids::CaseId) -> Vec<StationLink> {
    let ready = store.next_bundle(case).unwrap().unwrap();
    let bytes = std::fs::read(&ready.path).unwrap();
    store.acknowledge(&station.centre.receipt(&bytes)).unwrap();
    Bundle::decode(&bytes).unwrap().links
}

#[test]
fn after_an_image_was_restored_what_was_not_signed_for_travels_in_a_new_epoch() {
    let station = Station::new();
    let store = station.open();
    let (before, unsent, waiting) = (submitted(&store), submitted(&store), submitted(&store));
    send(&station, &store, before);
    let old = store.next_bundle(waiting).unwrap().unwrap();
    drop(store);
    let image = station.dir.path().join("image");
    copy(&station.config.dir, &image);

    let store = station.open();
    let after = submitted(&store);
    let seen = send(&station, &store, after);
    let later = store.chain_report().unwrap();
    drop(store);
    copy(&image, &station.config.dir);

    // From inside nothing can be seen: the image is a whole and sound store.
    let store = station.open();
    assert_sound(&store);
    let now = store.chain_report().unwrap();
    assert!(now.link_seq < later.link_seq && now.audit_n < later.audit_n, "the centre sees it from these");
    let fork = submitted(&store);
    let number = store.receipt_of(fork).unwrap().unwrap();
    assert_eq!(store.begin_epoch(later.epoch + 4).unwrap(), later.epoch + 4, "the centre may ask for a later one");
    assert_sound(&store);
    assert_eq!(store.chain_report().unwrap().epoch, later.epoch + 4);
    // Numbers it would have given out are on paper already.
    assert_eq!(store.lease_left().unwrap().count, 0);
    let next = drafted(&store);
    let refused = store.submit(next, tongban_domain::event::Delivery::Pickup, true).unwrap_err();
    assert!(matches!(refused, StoreError::LeaseExhausted { .. }), "{refused:?}");

    let again = store.next_bundle(waiting).unwrap().unwrap();
    assert_ne!(again.id, old.id, "a bundle with links of the old epoch would be a fork");
    let mut links = Vec::new();
    for case in [unsent, waiting, fork] {
        links.extend(send(&station, &store, case));
    }
    links.sort_by_key(|link| link.seq);
    assert!(links.iter().all(|link| link.epoch == later.epoch + 4));
    let taken: BTreeSet<_> = seen.iter().map(|link| (link.epoch, link.seq)).collect();
    assert!(links.iter().all(|link| !taken.contains(&(link.epoch, link.seq))));
    check_links(None, &links).unwrap();
    assert_eq!(store.receipt_of(fork).unwrap(), Some(number), "a case keeps the number on its slip");
    assert!(store.outbox().unwrap().is_empty());
    assert_sound(&store);
}

#[test]
fn numbers_for_the_days_ahead_serve_a_station_cut_off_over_midnight_and_each_its_own_day_only() {
    let station = Station::new();
    let store = station.open();
    let day = |ahead: i64| {
        let wall = tongban_domain::clock::WallTime(now(&station).0 + ahead * 24 * 3600 * 1000);
        let beijing = time_of(wall);
        format!("{:02}{:02}{:02}", beijing.0 % 100, beijing.1, beijing.2)
    };
    for ahead in 0..=2 {
        let mut lease = lease(&store, 1, 3);
        lease.day = day(ahead);
        store.put_lease(&lease).unwrap();
    }
    assert_eq!(store.leases_left(3).unwrap(), [3, 3, 3, 0]);
    let today = submitted(&store);
    station.clock.advance(tongban_store::ms_to_next_day(now(&station)) as u64);
    assert_eq!(store.leases_left(3).unwrap(), [3, 3, 0, 0], "what was left of yesterday is void");
    let tomorrow = submitted(&store);
    let number = |case| store.receipt_of(case).unwrap().unwrap();
    assert_eq!((&number(today)[6..12], &number(tomorrow)[6..12]), (day(-1).as_str(), day(0).as_str()));
    // Longer than it holds numbers for: said, not guessed.
    station.clock.advance(2 * 24 * 3600 * 1000);
    let late = drafted(&store);
    let refused = store.submit(late, tongban_domain::event::Delivery::Pickup, true).unwrap_err();
    assert_eq!(refused.code().as_str(), "S105");
}

/// Year, month and day in the hall.
fn time_of(wall: tongban_domain::clock::WallTime) -> (i32, u8, u8) {
    let days = (wall.0 + 8 * 3600 * 1000).div_euclid(24 * 3600 * 1000);
    // Civil from days (H. Hinnant), good for all dates of the Gregorian calendar.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    ((yoe + era * 400 + i64::from(month <= 2)) as i32, month as u8, day as u8)
}
