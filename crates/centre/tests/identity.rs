//! A station's certificate over its life, its numbers for the days ahead, and what tells a store put back.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod common;

use common::{TestStation, World, code_of, csr, member, new_station};
use tongban_centre::rights::Role;
use tongban_centre::stations::GRACE_MS;
use tongban_domain::event::Digest;
use tongban_protocol::api::{FeedItem, Heartbeat};

fn kiosk(world: &World) -> TestStation {
    TestStation::enrol(&world.centre, &world.clock, 1, "890102-001-K01", "kiosk", "001")
}

/// Serial of the certificate in force.
fn serial(world: &World, id: &str) -> String {
    world.centre.stations().get(id).unwrap().unwrap().cert_serial.unwrap()
}

#[test]
fn a_renewed_certificate_takes_over_and_the_old_one_is_good_for_a_week_more() {
    let world = World::new(71);
    let kiosk = kiosk(&world);
    let (stations, id) = (world.centre.stations(), "890102-001-K01");
    let old = serial(&world, id);
    let reply = stations.renew(&kiosk.station, &csr().0).unwrap();
    let new = serial(&world, id);
    assert_ne!(old, new);
    assert!(reply.certificate_pem.contains("BEGIN CERTIFICATE"));
    assert!(reply.until_ms > kiosk.reply.until_ms - 1 && kiosk.reply.until_ms > 0);
    // The answer may be lost: the station still shows the old one, and may ask once more.
    stations.authenticate(id, &old).unwrap();
    stations.authenticate(id, &new).unwrap();
    stations.renew(&kiosk.station, &csr().0).unwrap();
    let newest = serial(&world, id);
    for known in [&old, &new, &newest] {
        stations.authenticate(id, known).unwrap();
    }
    assert_eq!(stations.revoked_count().unwrap(), 0, "none is on the list yet");
    world.clock.advance(GRACE_MS as u64 + 1);
    for gone in [&old, &new] {
        assert_eq!(code_of(&stations.authenticate(id, gone).unwrap_err()), "N105");
    }
    stations.authenticate(id, &newest).unwrap();
    assert_eq!(stations.revoked_count().unwrap(), 2, "the listener's list is renewed when they fall due");
    assert_eq!(stations.revoked().unwrap().len(), 2);
}

#[test]
fn a_stolen_stations_certificates_all_fall_at_once_those_in_their_grace_included() {
    let world = World::new(72);
    let kiosk = kiosk(&world);
    let (stations, id) = (world.centre.stations(), "890102-001-K01");
    let old = serial(&world, id);
    stations.renew(&kiosk.station, &csr().0).unwrap();
    let new = serial(&world, id);
    let technician = member(&world.centre, "technician1", &[Role::Technician]);
    stations.revoke(&technician, id, "被盗").unwrap();
    for gone in [&old, &new] {
        assert_eq!(code_of(&stations.authenticate(id, gone).unwrap_err()), "N105");
    }
    assert_eq!(stations.revoked_count().unwrap(), 2);
    // The machine that replaces it enrols under the same name; what was stolen stays refused.
    let code = stations.make_code("test", &new_station(id, "kiosk", "001").id).unwrap();
    let request = tongban_protocol::api::EnrolRequest {
        one_time_code: code,
        csr_pem: csr().0,
        signing_key_hex: kiosk.signing.verifying_key().to_hex(),
        wrapping_key_hex: kiosk.wrapping.public().to_hex(),
    };
    stations.enrol(&request).unwrap();
    for gone in [&old, &new] {
        assert_eq!(code_of(&stations.authenticate(id, gone).unwrap_err()), "N105");
    }
    stations.authenticate(id, &serial(&world, id)).unwrap();
}

#[test]
fn nobody_renews_with_a_request_that_is_not_his_own() {
    let world = World::new(73);
    let kiosk = kiosk(&world);
    let before = serial(&world, "890102-001-K01");
    let mut broken = csr().0;
    broken.insert(60, 'A');
    assert_eq!(code_of(&world.centre.stations().renew(&kiosk.station, &broken).unwrap_err()), "N105");
    assert_eq!(serial(&world, "890102-001-K01"), before);
}

#[test]
fn numbers_of_days_to_come_are_leased_once_and_bear_their_day() {
    let world = World::new(74);
    let kiosk = kiosk(&world);
    let numbers = world.centre.numbers();
    let ahead: Vec<_> = (0..4).map(|day| numbers.lease_for(&kiosk.station, 200, day).unwrap()).collect();
    let days: Vec<&str> = ahead.iter().map(|lease| lease.day.as_str()).collect();
    assert_eq!(days, ["260302", "260303", "260304", "260305"]);
    assert!(ahead.iter().all(|lease| (lease.from, lease.to) == (1, 200)));
    world.clock.advance(86_400_000);
    let today = numbers.lease(&kiosk.station, 10).unwrap();
    assert_eq!(
        (today.day.as_str(), today.from),
        ("260303", 201),
        "what was leased yesterday for today is not given twice"
    );
    assert_eq!(code_of(&numbers.lease_for(&kiosk.station, 10, 15).unwrap_err()), "C103");
}

fn beat() -> Heartbeat {
    Heartbeat { version: "1".to_owned(), queue: 0, devices: Vec::new(), wall_ms: 0, chain: None }
}

#[test]
fn a_heartbeat_tells_the_highest_link_held() {
    let world = World::new(75);
    let mut kiosk = kiosk(&world);
    let id = kiosk.station.id.clone();
    assert_eq!(world.centre.stations().heartbeat(&id, &beat()).unwrap().seen, None);
    let (_, bundle) = common::sample::construction_case(&world.centre, &mut kiosk);
    let last = bundle.links.last().unwrap().clone();
    kiosk.upload(&world.centre, bundle.id, &bundle.encode().unwrap(), 1 << 20).unwrap();
    let seen = world.centre.stations().heartbeat(&id, &beat()).unwrap().seen.unwrap();
    assert_eq!((seen.epoch, seen.seq, seen.hash), (last.epoch, last.seq, last.hash()));
    assert_ne!(seen.hash, Digest([0; 32]));
}

#[test]
fn behind_the_horizon_a_snapshot_holds_what_is_in_force_and_the_feed_goes_on_from_it() {
    let world = World::new(76);
    let hall = "890102-001";
    let feed = world.centre.feed();
    let start = feed.after(hall, 0).unwrap();
    assert!(!start.entries.is_empty(), "the catalogue is in the feed");
    assert!(!feed.is_behind(hall, 0).unwrap(), "nothing was thrown away yet");
    let mut kiosk = kiosk(&world);
    let (_, bundle) = common::sample::construction_case(&world.centre, &mut kiosk);
    kiosk.upload(&world.centre, bundle.id, &bundle.encode().unwrap(), 1 << 20).unwrap();
    let whole = feed.snapshot(hall).unwrap();
    assert_eq!(whole.next, feed.after(hall, 0).unwrap().next.max(whole.next));
    feed.compact().unwrap();
    assert_eq!(feed.snapshot(hall).unwrap(), whole, "what is in force stays");
    assert_eq!(feed.compact().unwrap(), 0, "nothing more to throw away");
    // A station at the end hears nothing twice; one whose place is gone is told so and takes the snapshot.
    assert!(!feed.is_behind(hall, whole.next).unwrap());
    assert!(feed.after(hall, whole.next).unwrap().entries.is_empty());
    let keys = |page: &tongban_protocol::api::FeedPage| page.entries.len();
    assert!(keys(&whole) <= keys(&start) + 50);
}

#[test]
fn a_hall_is_told_of_an_ended_case_for_a_month_and_of_an_open_one_for_ever() {
    let world = World::new(77);
    let (feed, hall) = (world.centre.feed(), "890102-001");
    let mut kiosk = kiosk(&world);
    let reviewer = member(&world.centre, "reviewer1", &[Role::Reviewer]);
    let [ended, open] = [0, 1].map(|_| {
        let (draft, bundle) = common::sample::construction_case(&world.centre, &mut kiosk);
        kiosk.upload(&world.centre, bundle.id, &bundle.encode().unwrap(), 1 << 20).unwrap();
        draft.id
    });
    let version = world.centre.cases().row(&reviewer, ended).unwrap().version;
    let back = tongban_centre::workflow::Step::Return { opinion: "不属于本机关".into() };
    world.centre.workflow().step(&reviewer, ended, version, &back).unwrap();
    let told = || {
        let entries = feed.snapshot(hall).unwrap().entries;
        let of = |case| {
            let about = |item: &FeedItem| matches!(item, FeedItem::CaseMoved { case: moved, .. } if *moved == case);
            entries.iter().filter(|entry| about(&entry.item)).count()
        };
        (of(ended), of(open))
    };
    world.clock.advance(29 * 86_400_000);
    feed.compact().unwrap();
    assert_eq!(told(), (1, 1));
    world.clock.advance(2 * 86_400_000);
    assert!(feed.compact().unwrap() >= 1);
    assert_eq!(told(), (0, 1));
}
