//! What a station keeps up by itself: certificate, numbers for the days ahead, its place in the feed, its pace.

use crate::station::{Station, client_config, eventually, quick, until};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tongban_domain::clock::WallTime;
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::ItemKey;
use tongban_protocol::api::{FeedEntry, FeedItem, SeenLink};
use tongban_store::StoreError;
use tongban_sync::{Bandwidth, CentreClient, IdentityKeeper, SyncConfig};

const DAY_MS: i64 = 24 * 3600 * 1000;

#[derive(Debug)]
struct Keeper {
    until: Mutex<i64>,
    kept: Mutex<Vec<(String, String)>>,
    refuses: bool,
}

impl Keeper {
    fn new(until: i64, refuses: bool) -> Arc<Self> {
        Arc::new(Self { until: Mutex::new(until), kept: Mutex::default(), refuses })
    }
}

impl IdentityKeeper for Keeper {
    fn until(&self) -> Option<WallTime> {
        Some(WallTime(*self.until.lock().unwrap()))
    }

    fn keep(&self, certificate_pem: &str, key_pem: &str, _: WallTime) -> Result<(), StoreError> {
        if self.refuses {
            return Err(StoreError::Full);
        }
        self.kept.lock().unwrap().push((certificate_pem.to_owned(), key_pem.to_owned()));
        *self.until.lock().unwrap() += 90 * DAY_MS;
        Ok(())
    }
}

/// The centre certifies whatever it was asked for last.
fn certify(station: &Station) {
    let csr = station.centre.with(|world| world.renewals.last().cloned()).unwrap();
    let signed = station.authority.sign(&csr);
    station.centre.with(|world| world.next_certificate = Some(signed));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_renewed_in_its_last_month_kept_and_shown() {
    let station = Station::new().await;
    let now = tongban_protocol::seeded::SEEDED_START_MS;
    // With more than a month left nothing is asked for.
    let young = Keeper::new(now + 31 * DAY_MS, false);
    let sync = station.start(SyncConfig { identity: Some(young.clone()), ..quick() });
    until(&sync, "online", |status| status.online).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(station.centre.with(|world| world.renewals.is_empty()));
    sync.shutdown().await;

    let old = Keeper::new(now + 29 * DAY_MS, false);
    let config = SyncConfig { identity: Some(old.clone()), ..quick() };
    let sync = station.start(config);
    eventually("asked for", || station.centre.with(|world| !world.renewals.is_empty())).await;
    // The first answer is a failure; the next certificate fits the next request's key only, so the centre signs that.
    for _ in 0..200 {
        certify(&station);
        tokio::time::sleep(Duration::from_millis(20)).await;
        if !old.kept.lock().unwrap().is_empty() {
            break;
        }
    }
    sync.shutdown().await;
    let kept = old.kept.lock().unwrap().clone();
    assert!(!kept.is_empty(), "kept");
    let asked = station.centre.with(|world| world.renewals.len());
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(station.centre.with(|world| world.renewals.len()), asked, "a young certificate is not renewed again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_shows_its_new_certificate_and_keeps_the_old_one_when_the_new_is_no_good() {
    let station = Station::new().await;
    let client = CentreClient::new(&client_config(&station.authority, &station.url)).unwrap();
    client.time().await.unwrap();
    assert_eq!(client.change_identity("no certificate", "no key").unwrap_err().code(), ErrorCode::NetworkIdentity);
    client.time().await.unwrap();
    let stranger = crate::tls::Authority::new().station();
    client.change_identity(&stranger.0, &stranger.1).unwrap();
    assert_eq!(client.time().await.unwrap_err().code(), ErrorCode::NetworkIdentity, "the new one is shown");
    let (certificate, key) = station.authority.station();
    client.change_identity(&certificate, &key).unwrap();
    client.time().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_cannot_be_kept_is_not_shown() {
    let station = Station::new().await;
    let keeper = Keeper::new(tongban_protocol::seeded::SEEDED_START_MS, true);
    station.centre.with(|world| world.next_certificate = Some("-----BEGIN CERTIFICATE-----".to_owned()));
    let sync = station.start(SyncConfig { identity: Some(keeper), ..quick() });
    eventually("tried", || station.centre.with(|world| !world.renewals.is_empty())).await;
    let case = station.submitted();
    sync.kick();
    eventually("the queue drains with the old one", || station.store.outbox().unwrap().is_empty()).await;
    station.assert_same(&[case]);
    sync.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolled_back_store_begins_a_new_epoch_at_the_next_contact() {
    let station = Station::new().await;
    let case = station.submitted();
    // What the centre holds and this store knows is no reason for anything.
    let now = station.store.chain_report().unwrap();
    let known = SeenLink { epoch: now.epoch, seq: now.link_seq, hash: now.link_hash };
    station.centre.with(|world| (world.seen, world.new_epoch) = (Some(known), true));
    let sync = station.start(quick());
    eventually("a beat", || station.centre.with(|world| world.beats.len() > 2)).await;
    assert!(!sync.status().borrow().rolled_back);
    assert_eq!(station.store.chain_report().unwrap().epoch, now.epoch);
    // A link it does not know: the image is older than what the centre has seen.
    let later = SeenLink { epoch: 6, seq: 400, hash: tongban_domain::event::Digest([9; 32]) };
    let other = station.submitted();
    station.centre.with(|world| world.seen = Some(later));
    until(&sync, "told", |status| status.rolled_back).await;
    station.centre.with(|world| world.seen = None);
    eventually("the queue drains", || station.store.outbox().unwrap().is_empty()).await;
    sync.shutdown().await;
    assert!(station.store.chain_report().unwrap().epoch >= 7);
    station.assert_same(&[case, other]);
    let told = station.centre.with(|world| world.beats.last().unwrap().chain.clone().unwrap());
    assert!(told.audit_n > 0 && told.checkpoint.is_some(), "{told:?}");
    let begun = station.store.audit(0, 100).unwrap();
    assert!(begun.iter().any(|entry| entry.action == "epoch.begun"));
    assert!(station.store.check().unwrap().faults.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_station_behind_the_horizon_takes_a_snapshot_and_goes_on_from_there() {
    let station = Station::new().await;
    let item = FeedItem::Item { key: ItemKey::from("proof"), version: 9, json: "{}".to_owned() };
    let entries = [(90, item), (91, FeedItem::Notice { text: "open".to_owned() })];
    station.centre.with(|world| {
        world.feed = entries.map(|(seq, item)| FeedEntry { seq, item }).into();
        world.horizon = 80;
    });
    let sync = station.start(SyncConfig { feed_wait: Duration::from_secs(1), ..quick() });
    eventually("caught up", || station.store.cursor("feed").unwrap() == 91).await;
    assert_eq!(station.store.items().unwrap(), [(ItemKey::from("proof"), 9, "{}".to_owned())]);
    eventually("asked on from there", || station.centre.with(|world| world.feed_asked.contains(&91))).await;
    sync.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads_keep_to_the_pace_of_the_hour() {
    let station = Station::new().await;
    let case = station.submitted();
    let bytes: u64 = 10_000;
    // 09:00 in the hall, where the seeded clock stands.
    let mut slow = Bandwidth::default();
    slow.kib_per_s[9] = 4;
    let began = Instant::now();
    let sync = station.start(SyncConfig { bandwidth: slow, ..quick() });
    eventually("the queue drains", || station.store.outbox().unwrap().is_empty()).await;
    let slow = began.elapsed();
    sync.shutdown().await;
    let received = station.centre.with(|world| world.bytes_received);
    assert!(received >= bytes, "{received}");
    // One second's worth goes at once; the rest at 4 KiB a second.
    let least = Duration::from_secs_f64((received as f64 / 4096.0 - 1.5).max(0.5));
    assert!(slow >= least, "{received} bytes in {slow:?}");
    station.assert_same(&[case]);
    // Control: at another hour there is no limit.
    let mut other = Bandwidth::default();
    other.kib_per_s[10] = 4;
    let case = station.submitted();
    let began = Instant::now();
    let sync = station.start(SyncConfig { bandwidth: other, ..quick() });
    eventually("the queue drains", || station.store.outbox().unwrap().is_empty()).await;
    sync.shutdown().await;
    assert!(began.elapsed() < slow, "{:?} against {slow:?}, case {case}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_are_held_for_the_days_ahead() {
    let station = Station::new().await;
    station.centre.with(|world| world.serials = 0);
    let config = SyncConfig { lease_min: 10, lease_ask: 20, lease_days_ahead: 2, ..quick() };
    let sync = station.start(config);
    until(&sync, "held", |status| status.lease_ahead == [20, 20]).await;
    sync.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_tells_why_and_when_next() {
    let station = Station::new().await;
    let case = station.submitted();
    station.centre.with(|world| world.uploads_break = true);
    let config = SyncConfig {
        backoff_base: Duration::from_secs(40),
        backoff_line_cap: Duration::from_secs(40),
        backoff_cap: Duration::from_secs(40),
        ..quick()
    };
    let sync = station.start(config);
    let row = || station.store.outbox().unwrap().into_iter().find(|row| row.case == case && row.tries > 0);
    eventually("an attempt noted", || row().is_some()).await;
    let row = row().unwrap();
    assert_eq!(row.last_error, Some(ErrorCode::NetworkDown));
    let wait = row.next_try.unwrap().0 - tongban_protocol::seeded::SEEDED_START_MS;
    assert!((0..=40_000).contains(&wait), "{wait} ms");
    sync.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_forgotten_by_a_clock_the_centre_does_not_confirm() {
    let station = Station::new().await;
    let case = station.submitted();
    let config = SyncConfig { purge_every: Duration::from_millis(20), ..quick() };
    station.centre.with(|world| world.skew_ms = 40 * DAY_MS);
    let sync = station.start(config.clone());
    eventually("signed for", || station.store.outbox().unwrap().is_empty()).await;
    until(&sync, "skewed", |status| status.is_skewed()).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    station.store.case(case).unwrap();
    sync.shutdown().await;
    station.centre.with(|world| world.skew_ms = 0);
    let sync = station.start(config);
    eventually("forgotten once the clocks agree", || station.store.cases().unwrap()[0].erased).await;
    sync.shutdown().await;
    let alarms = station.store.audit(0, 100).unwrap();
    assert!(alarms.iter().any(|entry| entry.action == "clock.skewed" && entry.result == "N107"));
}

/// The machine's clock is right in these tests, so certificates are valid by it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_clock_finds_the_centre_by_what_has_passed_and_a_clock_far_ahead_is_told() {
    use tongban_domain::clock::{BootTime, Clock};
    use tongban_protocol::seeded::SeededClock;
    use tongban_sync::NotBefore;
    let station = Station::new().await;
    // The test's authority certifies for decades; a year of 5000 is beyond it.
    let at = |wall| Arc::new(SeededClock::at(WallTime(wall), BootTime(1))) as Arc<dyn Clock>;
    let by = |clock: Arc<dyn Clock>| {
        let mut config = client_config(&station.authority, &station.url);
        config.clock = Some(clock);
        CentreClient::new(&config).unwrap()
    };
    let right = tongban_protocol::seeded::SEEDED_START_MS;
    by(at(right)).time().await.unwrap();
    let dead = by(at(-1)).time().await.unwrap_err();
    assert!(matches!(dead.code(), ErrorCode::NetworkIdentity | ErrorCode::NetworkDown), "{dead:?}");
    let floored = NotBefore { clock: at(-1), floor: WallTime(right) };
    by(Arc::new(floored)).time().await.unwrap();
    let ahead = by(at(95_617_584_000_000 * 2)).time().await.unwrap_err();
    assert!(matches!(ahead.code(), ErrorCode::NetworkIdentity | ErrorCode::NetworkDown), "{ahead:?}");
    // What a station goes by: the last hour its centre told.
    assert_eq!(station.store.passed_for_certain().unwrap(), WallTime(0));
    let sync = station.start(quick());
    eventually("told", || station.store.passed_for_certain().unwrap().0 > right - 3_600_000).await;
    sync.shutdown().await;
    station.store.heard_time(WallTime(5)).unwrap();
    assert!(station.store.passed_for_certain().unwrap().0 > right - 3_600_000, "it never goes back");
}
