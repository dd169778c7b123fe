//! The engine: everything arrives once, whatever the line does.

use crate::server::{Fault, World};
use crate::station::{Station, eventually, quick, until};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tongban_domain::clock::Rng;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{Digest, Event};
use tongban_domain::ids::ItemKey;
use tongban_protocol::action::Actor;
use tongban_protocol::api::{FeedEntry, FeedItem};
use tongban_protocol::seeded::SeededRng;
use tongban_store::{BundleState, ms_to_next_day};
use tongban_sync::{SyncConfig, SyncStatus};

const ALL: [Fault; 7] =
    [Fault::CutBefore, Fault::CutAfter, Fault::CutWithin, Fault::Broken, Fault::Garbage, Fault::Forged, Fault::Lost];

fn drained(status: &SyncStatus) -> bool {
    status.queue == 0 && status.online
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cases_arrive_once_and_in_order_and_are_signed_for() {
    let station = Station::new().await;
    let cases: Vec<_> = (0..6).map(|_| station.submitted()).collect();
    let sync = station.start(quick());
    until(&sync, "everything sent", drained).await;
    station.assert_same(&cases);
    assert!(station.store.cases().unwrap().iter().all(|case| case.acknowledged));
    assert!(station.centre.with(|world| world.blobs.len()) >= 24);
    sync.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_the_line_does_every_action_is_at_the_centre_exactly_once() {
    for seed in 1..=4_u64 {
        eprintln!("seed {seed}");
        let station = Station::new().await;
        let rng = SeededRng::new(seed);
        let dice = || {
            let mut byte = [0; 1];
            rng.fill(&mut byte);
            usize::from(byte[0])
        };
        let faults: Vec<Fault> = (0..40).map(|_| ALL[dice() % ALL.len()]).collect();
        station.centre.with(|world| world.faults.extend(faults));
        let mut cases: Vec<_> = (0..3).map(|_| station.submitted()).collect();
        let sync = station.start(quick());
        // Life goes on while the line is bad.
        cases.push(station.submitted());
        sync.kick();
        station.store.append(cases[0], proof(), Actor::System).unwrap();
        sync.kick();
        eventually("the queue drains", || station.store.outbox().unwrap().is_empty()).await;
        station.assert_same(&cases);
        let left = station.centre.with(|world| world.faults.len());
        assert_eq!(left, 0, "every fault was met");
        let report = station.store.check().unwrap();
        assert!(report.faults.is_empty(), "{:?}", report.faults);
        sync.shutdown().await;
    }
}

fn proof() -> Event {
    Event::ProofIssued { number: "1".to_owned(), verify_token: "t".to_owned(), pdf_sha256: Digest([2; 32]) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_is_asked_for_again_and_stored_once() {
    let station = Station::new().await;
    let case = station.submitted();
    station.centre.with(|world| world.faults.extend([Fault::CutAfter; 20]));
    let sync = station.start(quick());
    eventually("the queue drains", || station.store.outbox().unwrap().is_empty()).await;
    station.assert_same(&[case]);
    let repeats = station.centre.with(|world| world.repeats);
    assert!(repeats > 0, "the last piece of a whole bundle was asked for again");
    sync.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_receipt_marks_nothing_and_nothing_is_forgotten() {
    let station = Station::new().await;
    let case = station.submitted();
    station.centre.with(|world| world.always.insert(case, Fault::Forged));
    let sync = station.start(SyncConfig { purge_every: Duration::from_millis(20), ..quick() });
    let row = || station.store.outbox().unwrap().into_iter().find(|row| row.case == case && row.bundle.is_some());
    eventually("several attempts", || row().is_some_and(|row| row.tries > 3)).await;
    let row = row().unwrap();
    assert_eq!((row.state, row.last_error), (BundleState::Waiting, Some(ErrorCode::NetworkGarbage)));
    station.store.case(case).unwrap();
    assert!(station.store.receipts(case).unwrap().is_empty());
    // Control: once the centre signs itself, the same bundle is marked and the case forgotten.
    station.centre.with(|world| world.always.clear());
    eventually("signed for and forgotten", || station.store.cases().unwrap()[0].erased).await;
    assert!(!station.store.receipts(case).unwrap().is_empty());
    sync.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_bundle_is_set_aside_and_the_other_cases_go_on() {
    let station = Station::new().await;
    let (bad, good) = (station.submitted(), station.submitted());
    station.centre.with(|world| world.always.insert(bad, Fault::Refused));
    let sync = station.start(quick());
    let status =
        until(&sync, "one quarantined, the other gone", |status| status.quarantined == 1 && status.queue == 2).await;
    assert!(status.online, "a refusal is an answer");
    station.assert_same(&[good]);
    let rows = station.store.outbox().unwrap();
    assert_eq!((rows[0].state, rows[0].last_error), (BundleState::Quarantined, Some(ErrorCode::SealBroken)));
    let held = station.centre.with(|world| world.bytes_received);
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(station.centre.with(|world| world.bytes_received), held, "nothing of it is sent any more");
    // A person looked; the centre takes it now.
    station.centre.with(|world| world.always.clear());
    station.store.retry(rows[0].bundle.unwrap()).unwrap();
    sync.kick();
    until(&sync, "everything sent", drained).await;
    sync.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_upload_goes_on_where_the_centre_stands() {
    let station = Station::new().await;
    let case = station.submitted();
    let config = SyncConfig { chunk_bytes: 500, ..quick() };
    let received = || station.centre.with(|world| world.bytes_received);
    let sync = station.start(config.clone());
    eventually("some pieces", || received() > 1000).await;
    sync.shutdown().await;
    let (before, held) = (received(), station.centre.with(World::held_bytes));
    let sync = station.start(config);
    until(&sync, "everything sent", drained).await;
    station.assert_same(&[case]);
    let whole = station.centre.with(World::held_bytes);
    assert!(held < whole, "the upload was cut before its end");
    assert!(received() <= whole + 2 * 500, "{} bytes sent for {whole}, {before} of them before the cut", received());
    sync.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_network_switch_cuts_at_once_and_everything_resumes_when_it_is_back() {
    let station = Station::new().await;
    let (gate, network) = watch::channel(true);
    // Waits so long that only a link-up can explain a quick resumption.
    let config = SyncConfig {
        backoff_base: Duration::from_millis(200),
        backoff_cap: Duration::from_secs(100),
        network_gate: Some(network.clone()),
        ..quick()
    };
    let sync = station.start(config);
    until(&sync, "online", |status| status.online).await;
    gate.send_replace(false);
    let began = Instant::now();
    let status = until(&sync, "offline", |status| !status.online && status.since.is_some()).await;
    assert_eq!(status.last_error, Some(ErrorCode::NetworkDown));
    assert!(began.elapsed() < Duration::from_secs(2));
    let case = station.submitted();
    sync.kick();
    until(&sync, "it waits", |status| status.queue > 0).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(station.centre.with(|world| world.bytes_received), 0);
    let gated = station.client.clone().with_gate(network);
    let began = Instant::now();
    assert_eq!(gated.time().await.unwrap_err().code(), ErrorCode::NetworkDown);
    assert!(began.elapsed() < Duration::from_millis(50), "a call behind a closed gate answers at once");
    gate.send_replace(true);
    until(&sync, "everything sent", drained).await;
    station.assert_same(&[case]);
    sync.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_on_which_only_uploads_break_is_not_tried_in_a_circle() {
    let station = Station::new().await;
    let case = station.submitted();
    station.centre.with(|world| world.uploads_break = true);
    let config = SyncConfig {
        backoff_base: Duration::from_secs(50),
        backoff_cap: Duration::from_secs(50),
        backoff_line_cap: Duration::from_secs(50),
        feed_wait: Duration::from_secs(1),
        heartbeat_every: Duration::from_millis(50),
        ..quick()
    };
    let sync = station.start(config);
    eventually("tried", || station.centre.with(|world| world.upload_calls) > 0).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    let (calls, beats) = station.centre.with(|world| (world.upload_calls, world.beats.len()));
    assert!(beats > 3, "the rest of the line works");
    assert!(calls <= 4, "tried {calls} times");
    // A person who asks for it gets an attempt at once.
    station.centre.with(|world| world.uploads_break = false);
    sync.kick();
    until(&sync, "everything sent", drained).await;
    station.assert_same(&[case]);
    sync.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_are_leased_ahead_and_again_on_the_next_day() {
    let station = Station::new().await;
    station.clock.advance(ms_to_next_day(tongban_domain::clock::Clock::wall(&*station.clock)) as u64);
    let today = station.store.lease_left().unwrap();
    assert_eq!(today.count, 0);
    let config = SyncConfig { lease_min: 50, lease_ask: 60, ..quick() };
    // The centre's day is still yesterday: its numbers are no use, and it is not asked in a circle.
    let long = Duration::from_secs(100_000);
    let sync = station.start(SyncConfig { backoff_base: long, backoff_cap: long, ..config });
    until(&sync, "online", |status| status.online).await;
    eventually("asked", || station.centre.with(|world| world.leases) > 0).await;
    // Once at the start, and once more because the link came up.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let asked = station.centre.with(|world| world.leases);
    assert!(asked <= 2, "asked {asked} times");
    station.centre.with(|world| world.day = today.day);
    sync.kick();
    until(&sync, "numbers", |status| status.lease_left >= 50).await;
    station.submitted();
    sync.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_feed_fills_catalogue_and_notices_and_is_not_read_twice() {
    let station = Station::new().await;
    let item = |version| FeedItem::Item { key: ItemKey::from("proof"), version, json: format!("{{\"v\":{version}}}") };
    let case = tongban_domain::ids::CaseId(uuid::Uuid::now_v7());
    let entries = [
        item(1),
        FeedItem::Notice { text: "hall closes at five".to_owned() },
        item(2),
        FeedItem::CaseMoved { case, status: "accepted".to_owned(), case_seq: 12 },
        FeedItem::LicenceReady { case },
    ];
    let entries: Vec<_> = (1..).zip(entries).map(|(seq, item)| FeedEntry { seq, item }).collect();
    station.centre.with(|world| world.feed = entries);
    let config = SyncConfig { feed_wait: Duration::from_secs(1), ..quick() };
    let sync = station.start(config.clone());
    eventually("the feed is read", || station.store.cursor("feed").unwrap() == 5).await;
    assert_eq!(station.store.items().unwrap(), [(ItemKey::from("proof"), 2, "{\"v\":2}".to_owned())]);
    assert_eq!(station.store.notices(9).unwrap(), ["hall closes at five"]);
    assert_eq!(station.store.centre_case(case).unwrap().unwrap().status, "accepted");
    until(&sync, "three pages told", |status| status.fed >= 3).await;
    sync.shutdown().await;
    station.centre.with(|world| world.feed_asked.clear());
    let sync = station.start(config);
    eventually("asked again", || station.centre.with(|world| !world.feed_asked.is_empty())).await;
    assert!(station.centre.with(|world| world.feed_asked.iter().all(|after| *after == 5)));
    // A feed that runs backwards is not believed.
    station.centre.with(|world| world.feed_backwards = true);
    until(&sync, "garbage noticed or other calls went well", |status| status.online).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(station.store.cursor("feed").unwrap(), 5);
    sync.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heartbeats_tell_devices_and_learn_clock_and_emergency_stop() {
    let station = Station::new().await;
    station.centre.with(|world| (world.skew_ms, world.stopped) = (600_000, true));
    let sync = station.start(SyncConfig { version: "9.9.9".to_owned(), ..quick() });
    sync.set_devices(vec![("reader".to_owned(), "online".to_owned())]);
    let status = until(&sync, "stopped", |status| status.stopped && status.skew_ms != 0).await;
    assert_eq!(status.skew_ms, 600_000);
    assert!(status.is_skewed());
    eventually("devices told", || {
        let told = station.centre.with(|world| world.beats.last().cloned());
        told.is_some_and(|beat| beat.version == "9.9.9" && beat.devices.len() == 1)
    })
    .await;
    sync.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropping_the_handle_stops_the_engine_and_frees_the_store() {
    let station = Station::new().await;
    let sync = station.start(SyncConfig { feed_wait: Duration::from_secs(5), ..quick() });
    until(&sync, "online", |status| status.online).await;
    drop(sync);
    eventually("nobody holds the store", || std::sync::Arc::strong_count(&station.store) == 1).await;
}
