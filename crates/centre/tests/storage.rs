//! The same story on both engines, conflicts, many at once, and the way back from a backup.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod common;
#[path = "storage/postgres.rs"]
mod postgres;
#[path = "storage/weed.rs"]
mod weed;

use common::sample::{construction_case, stall_case};
use common::{TestStation, World, code_of, member};
use postgres::Postgres;
use std::collections::BTreeSet;
use std::sync::Barrier;
use std::time::Instant;
use tongban_centre::rights::Role;
use tongban_centre::storage::objects::ObjectKey;
use tongban_centre::storage::{StorageConfig, backup};
use tongban_centre::sync::Upload;
use tongban_centre::workflow::Step;
use tongban_centre::{Centre, CentreError};
use tongban_domain::ids::CaseId;
use tongban_protocol::bundle::BundleReceipt;
use weed::Weed;

fn on_postgres(server: &Postgres) -> StorageConfig {
    StorageConfig { database: Some(server.url("city")), ..StorageConfig::default() }
}

fn on_both(server: &Postgres, weed: &Weed) -> StorageConfig {
    StorageConfig {
        objects: Some(weed.url("bundles")),
        objects_key: ObjectKey { id: weed::KEY.0.into(), secret: weed::KEY.1.into() },
        ..on_postgres(server)
    }
}

fn kiosk(world: &World, seed: u64) -> TestStation {
    world.centre.catalogue().publish("test", &common::sample::unseen_item()).unwrap();
    TestStation::enrol(&world.centre, &world.clock, seed, "890102-001-K03", "kiosk", "003")
}

fn send(centre: &Centre, station: &TestStation, bundle: &tongban_protocol::bundle::Bundle) -> BundleReceipt {
    station.upload(centre, bundle.id, &bundle.encode().unwrap(), 8 << 20).unwrap()
}

/// From the upload in pieces to the decision; answers what can be compared between engines.
fn story(world: &World) -> (String, Vec<String>, BundleReceipt) {
    let centre = &world.centre;
    assert!(centre.check_statements().unwrap() > 80, "every statement fits the engine's schema");
    let mut station = kiosk(world, 5);
    let reviewer = member(centre, "reviewer1", &[Role::Reviewer]);
    let decider = member(centre, "decider1", &[Role::Decider]);
    let (draft, bundle) = construction_case(centre, &mut station);
    let bytes = bundle.encode().unwrap();
    let receipt = station.upload(centre, bundle.id, &bytes, 100 * 1024).unwrap();
    assert_eq!(station.upload(centre, bundle.id, &bytes, 8 << 20).unwrap(), receipt, "again, in one piece");
    let version = || centre.cases().row(&reviewer, draft.id).unwrap().version;
    centre.workflow().step(&reviewer, draft.id, version(), &Step::Accept).unwrap();
    let review = Step::Review { passed: true, opinion: "材料齐全".into() };
    centre.workflow().step(&reviewer, draft.id, version(), &review).unwrap();
    let own = Step::Decide { granted: true, opinion: "准予".into() };
    assert!(centre.workflow().step(&reviewer, draft.id, version(), &own).is_err(), "four eyes on every engine");
    centre.workflow().step(&decider, draft.id, version(), &own).unwrap();
    let (_, small) = stall_case(centre, &mut station);
    send(centre, &station, &small);
    let (dump, lists) = (centre.cases().dump().unwrap(), centre.cases().dump_lists().unwrap());
    assert_eq!(centre.cases().rebuild().unwrap(), 2);
    assert_eq!(centre.cases().dump().unwrap(), dump, "the projection is a cache on every engine");
    assert_eq!(centre.cases().dump_lists().unwrap(), lists, "so are the lists");
    assert!(centre.cases().verify_all().unwrap().iter().all(|(_, state)| state.holds));
    let log = centre.staff().verify_log().unwrap();
    let feed = centre.feed().after("890102-001", 0).unwrap();
    let heard = feed.entries.iter().map(|entry| format!("{:x} {:?}", entry.seq, entry.item)).collect();
    assert!(log > 5 && feed.next > 0);
    assert!(centre.feed().after("890102-001", feed.next).unwrap().entries.is_empty());
    (dump, heard, receipt)
}

#[test]
fn the_same_story_leaves_the_same_books_on_both_engines() {
    let begun = Instant::now();
    let server = Postgres::start(&[]);
    let weed = Weed::start();
    println!("servers up in {} ms", begun.elapsed().as_millis());
    let (dump, heard, receipt) = story(&World::new(31));
    let city = World::on(31, on_both(&server, &weed));
    let (dump2, heard2, receipt2) = story(&city);
    assert_eq!(dump, dump2, "projection");
    assert_eq!(heard, heard2, "feed");
    assert_eq!((receipt.actions, receipt.blobs), (receipt2.actions, receipt2.blobs), "receipt");
    assert!(!city.dir.path().join("centre/centre.db").exists() && !city.dir.path().join("centre/bundles").exists());
    assert_eq!(server.number("city", "SELECT COUNT(*) FROM bundle WHERE state = 'stored'"), 2);
    // A second start finds its schema and its items.
    drop(Centre::open(city.beside("centre", on_both(&server, &weed))).unwrap());
}

/// Refuses two of three attempts to write a lease, as a distributed engine may.
const REFUSE: &str = "CREATE SEQUENCE attempts; \
    CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN \
      IF nextval('attempts') % 3 <> 0 THEN RAISE EXCEPTION 'injected' USING ERRCODE = '40001'; END IF; \
      RETURN NEW; END $$ LANGUAGE plpgsql;";

#[test]
fn a_serialization_failure_is_run_again_and_numbers_stay_without_gap() {
    let server = Postgres::start(&[]);
    let world = World::on(32, on_postgres(&server));
    let station = kiosk(&world, 6);
    server.sql("city", REFUSE);
    let timings = [
        "CREATE TRIGGER refuse BEFORE INSERT ON lease FOR EACH ROW EXECUTE FUNCTION refuse()",
        // At COMMIT, when all the work is done.
        "DROP TRIGGER refuse ON lease; CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON lease \
         DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()",
    ];
    let mut next = 1;
    for timing in timings {
        server.sql("city", timing);
        let before = world.centre.counts().retries;
        for _ in 0..8 {
            let lease = world.centre.numbers().lease(&station.station, 10).unwrap();
            assert_eq!((lease.from, lease.to), (next, next + 9));
            next += 10;
        }
        let retries = world.centre.counts().retries - before;
        assert!(retries >= 14, "{retries} repeats for 8 transactions refused twice each");
    }
    // Negative control: refused for ever, it is told so and nothing is left behind.
    server.sql(
        "city",
        "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger AS $$ BEGIN \
        RAISE EXCEPTION 'injected' USING ERRCODE = '40001'; END $$ LANGUAGE plpgsql",
    );
    let error = world.centre.numbers().lease(&station.station, 10).unwrap_err();
    assert!(matches!(error, CentreError::Busy { .. }), "{error}");
    assert_eq!(server.number("city", "SELECT COUNT(*) FROM lease"), 16);
}

/// A hundred at once, of two stations, on as many servers as there are: one case, one receipt.
fn a_hundred_times(world: &World, servers: &[&Centre]) {
    let centre = &world.centre;
    let mut station = kiosk(world, 7);
    let other = TestStation::enrol(centre, &world.clock, 8, "890102-001-K04", "kiosk", "004");
    let (draft, bundle) = stall_case(centre, &mut station);
    let bytes = bundle.encode().unwrap();
    let mut changed = bytes.clone();
    *changed.last_mut().unwrap() ^= 1;
    let barrier = Barrier::new(100);
    let one = |index: usize| {
        let server = servers[index % servers.len()];
        let sender = if index.is_multiple_of(3) { &other.station } else { &station.station };
        barrier.wait();
        for _ in 0..20 {
            match server.sync().append(sender, bundle.id, 0, &bytes, true) {
                Ok(Upload::Held(receipt)) => return *receipt,
                Ok(other) => panic!("{other:?}"),
                // Another server took it in between; a station tries again.
                Err(CentreError::Refused { .. } | CentreError::Busy { .. }) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
        panic!("not taken in twenty tries")
    };
    let receipts: Vec<BundleReceipt> = std::thread::scope(|scope| {
        let one = &one;
        let threads: Vec<_> = (0..100).map(|index| scope.spawn(move || one(index))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(receipts.iter().all(|receipt| *receipt == receipts[0]), "one receipt, signed once");
    let lines = centre.cases().dump().unwrap();
    assert_eq!(lines.lines().count(), 1, "one case: {lines}");
    assert!(lines.contains("received"), "taken in once");
    for sender in [&station.station, &other.station] {
        let error = centre.sync().append(sender, bundle.id, 0, &changed, true).unwrap_err();
        assert_eq!(code_of(&error), "N109");
    }
    let logged = centre.staff().recent(50).unwrap();
    assert_eq!(logged.iter().filter(|line| line.action == "bundle.conflict").count(), 2, "both attempts are logged");
    assert!(centre.cases().verify(draft.id).unwrap().holds);
}

#[test]
fn the_same_submission_a_hundred_times_is_one_case() {
    let world = World::new(33);
    a_hundred_times(&world, &[&world.centre]);
    let counts = world.centre.counts();
    println!("sqlite: {counts:?}");
}

#[test]
fn the_same_submission_a_hundred_times_at_two_servers_is_one_case() {
    let server = Postgres::start(&[]);
    let world = World::on(34, on_postgres(&server));
    let mut storage = on_postgres(&server);
    storage.keys_dir = Some(world.dir.path().join("centre/keys"));
    let second = Centre::open(world.beside("second", storage)).unwrap();
    a_hundred_times(&world, &[&world.centre, &second]);
    println!("postgres: {:?} and {:?}", world.centre.counts(), second.counts());
    // What one server publishes, the other knows when it is asked.
    let item = second.catalogue().publish("test", &common::sample::unseen_item()).unwrap();
    assert!(world.centre.catalogue().item(&item.key, item.version).is_some());
}

#[test]
fn leases_asked_for_at_two_servers_never_overlap() {
    let server = Postgres::start(&[]);
    let world = World::on(35, on_postgres(&server));
    let mut storage = on_postgres(&server);
    storage.keys_dir = Some(world.dir.path().join("centre/keys"));
    let second = Centre::open(world.beside("second", storage)).unwrap();
    let station = kiosk(&world, 9);
    let ask = |index: usize| {
        let centre = if index.is_multiple_of(2) { &world.centre } else { &second };
        (0..10).map(|_| centre.numbers().lease(&station.station, 5).unwrap().from).collect::<Vec<_>>()
    };
    let numbers: Vec<u16> = std::thread::scope(|scope| {
        let ask = &ask;
        let threads: Vec<_> = (0..8).map(|index| scope.spawn(move || ask(index))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let distinct: BTreeSet<u16> = numbers.iter().copied().collect();
    assert_eq!(distinct, (0..80).map(|n| n * 5 + 1).collect(), "each number once, no gap");
}

fn cases(world: &World, station: &mut TestStation, count: usize) -> Vec<CaseId> {
    let one = |_| {
        let (draft, bundle) = stall_case(&world.centre, station);
        send(&world.centre, station, &bundle);
        draft.id
    };
    (0..count).map(one).collect()
}

/// Backup, more work, loss, restore with rolling forward, a drill, and a drill that must fail.
fn there_and_back(world: &World, scratch: impl Fn(&str) -> StorageConfig) {
    let repository = world.dir.path().join("repository");
    let mut station = kiosk(world, 10);
    let quiet = |_: &str| {};
    cases(world, &mut station, 2);
    let point = backup::take(&world.centre, &repository, &quiet).unwrap();
    let reviewer = member(&world.centre, "reviewer1", &[Role::Reviewer]);
    world.clock.advance(60_000);
    let late = cases(world, &mut station, 2);
    let row = world.centre.cases().row(&reviewer, late[0]).unwrap();
    world.centre.workflow().step(&reviewer, late[0], row.version, &Step::Accept).unwrap();

    let mut config = world.beside("drill", scratch("drill"));
    config.storage.keys_dir = Some(world.dir.path().join("centre/keys"));
    let drill = backup::drill(&world.centre, config, &repository, &quiet).unwrap();
    println!("{drill:?}");
    assert!(drill.holds(), "{drill:?}");
    assert_eq!((drill.bundles_since, drill.bundles_recovered, drill.objects_checked), (2, 2, 4));
    assert!(drill.staff_steps_since >= 3 && drill.chains_checked == 4);

    // Back to the point itself: what came after it is not there.
    let mut config = world.beside("restored", scratch("restored"));
    config.storage.keys_dir = Some(world.dir.path().join("centre/keys"));
    let (centre, restored) = backup::restore(config.clone(), &repository, Some(point.at_ms), &quiet).unwrap();
    assert_eq!((restored.rolled_forward, restored.differ.as_slice()), (0, &[][..]));
    assert_eq!(centre.cases().dump().unwrap().lines().count(), 2);
    drop(centre);
    assert!(backup::restore(config, &repository, None, &quiet).is_err(), "never over what is there");

    // Negative control: one byte of one object in the repository.
    let object = backup_object(&repository);
    let mut bytes = std::fs::read(&object).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&object, bytes).unwrap();
    let mut config = world.beside("fails", scratch("fails"));
    config.storage.keys_dir = Some(world.dir.path().join("centre/keys"));
    let drill = backup::drill(&world.centre, config, &repository, &quiet).unwrap();
    assert!(!drill.holds() && drill.objects_differ == 1, "{drill:?}");
}

/// The oldest bundle of a repository: one the point names.
fn backup_object(repository: &std::path::Path) -> std::path::PathBuf {
    let mut files = Vec::new();
    for dir in std::fs::read_dir(repository.join("objects/bundles")).unwrap().flatten() {
        files.extend(std::fs::read_dir(dir.path()).unwrap().flatten().map(|entry| entry.path()));
    }
    files.sort_by_key(|path| path.file_name().unwrap().to_owned());
    files.remove(0)
}

#[test]
fn a_backup_of_sqlite_and_files_comes_back_whole_and_a_flipped_byte_is_found() {
    there_and_back(&World::new(36), |_| StorageConfig::default());
}

#[test]
fn a_backup_of_postgres_and_s3_comes_back_whole_and_a_flipped_byte_is_found() {
    let server = Postgres::start(&[]);
    let weed = Weed::start();
    for database in ["drill", "restored", "fails"] {
        server.sql("postgres", &format!("CREATE DATABASE {database}"));
    }
    let world = World::on(37, on_both(&server, &weed));
    there_and_back(&world, |name| StorageConfig { database: Some(server.url(name)), ..StorageConfig::default() });
}

#[test]
fn the_database_is_spoken_to_over_tls_checked_against_one_authority() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let other = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let put = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let (ca, wrong) = (put("ca.pem", &made.cert.pem()), put("wrong.pem", &other.cert.pem()));
    let key = put("key.pem", &made.signing_key.serialize_pem());
    postgres::own(&key);
    let settings =
        ["ssl=on".to_owned(), format!("ssl_cert_file={}", ca.display()), format!("ssl_key_file={}", key.display())];
    let server = Postgres::start(&settings.each_ref().map(String::as_str));
    let url = format!("postgres://tongban@localhost:{}/city", server.port);
    let open = |url: &str, ca: Option<&std::path::PathBuf>| {
        let storage =
            StorageConfig { database: Some(url.to_owned()), database_ca: ca.cloned(), ..StorageConfig::default() };
        storage.open_db(dir.path(), 1).map(|_| ())
    };
    open(&url, Some(&ca)).unwrap();
    assert!(open(&url, Some(&wrong)).is_err(), "another authority's server");
    let away = open("postgres://tongban@192.0.2.1/city", None).unwrap_err();
    assert!(matches!(away, CentreError::Unsafe(_)), "in the clear beyond this machine: {away}");
}
