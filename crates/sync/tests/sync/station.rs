//! A station with its store, enrolled at the test's centre.

use crate::server::{Centre, serve};
use crate::tls::Authority;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tongban_domain::event::{CardFacts, Channel, Delivery, Digest, Event, PresenceMethod};
use tongban_domain::ids::{CaseId, HallId, ItemKey, PageId, RequirementId, StationId};
use tongban_protocol::action::Actor;
use tongban_protocol::api::Lease;
use tongban_protocol::seeded::SeededClock;
use tongban_protocol::system::{SystemIds, SystemRng};
use tongban_store::{StationKeys, Store, StoreConfig};
use tongban_sync::{CentreClient, ClientConfig, SyncConfig, SyncEngine, SyncHandle, SyncStatus};
use uuid::Uuid;

pub struct Station {
    _dir: TempDir,
    pub store: Arc<Store>,
    pub clock: Arc<SeededClock>,
    pub centre: Centre,
    pub client: CentreClient,
    pub authority: Authority,
    pub url: String,
}

impl Station {
    pub async fn new() -> Self {
        let (authority, centre, dir) = (Authority::new(), Centre::new(), tempfile::tempdir().unwrap());
        let keys = StationKeys::generate(&SystemRng);
        let keys = keys.enrolled(&centre.signing.verifying_key().to_hex(), &centre.wrapping.public().to_hex()).unwrap();
        *centre.station_key.lock().unwrap() = Some(keys.signing.verifying_key());
        let mut config = StoreConfig::new(dir.path(), StationId::from("890102-001-K03"), HallId::from("890102-001"));
        config.reserve_bytes = 0;
        config.retention_ms = -1;
        config.bundle_bytes = 6_000;
        let clock: Arc<SeededClock> = Arc::default();
        let (ids, rng) = (Arc::new(SystemIds), Arc::new(SystemRng));
        let store = Store::create_or_open(config, keys, clock.clone(), ids, rng).unwrap();
        let day = store.lease_left().unwrap().day;
        centre.with(|world| world.day.clone_from(&day));
        store.put_lease(&Lease { region: "890102".into(), day, station3: "003".into(), from: 5000, to: 5999 }).unwrap();
        let url = serve(centre.router(), authority.server(true)).await;
        let client = CentreClient::new(&client_config(&authority, &url)).unwrap();
        Self { _dir: dir, store: Arc::new(store), clock, centre, client, authority, url }
    }

    pub fn start(&self, config: SyncConfig) -> SyncHandle {
        SyncEngine::start(Arc::clone(&self.store), self.client.clone(), config)
    }

    /// A submitted case whose content takes some kilobytes.
    pub fn submitted(&self) -> CaseId {
        submitted_in(&self.store)
    }

    /// The centre holds exactly the station's chain of each case, once and in order.
    pub fn assert_same(&self, cases: &[CaseId]) {
        for case in cases {
            let here = self.store.actions(*case).unwrap();
            let there = self.centre.with(|world| world.actions.get(case).cloned().unwrap_or_default());
            assert!(here == there, "case {case}: {} actions here, {} at the centre", here.len(), there.len());
        }
        assert_eq!(self.centre.with(|world| world.actions.len()), cases.len());
        self.centre.assert_careful();
    }
}

/// A submitted case whose content takes some kilobytes.
pub fn submitted_in(store: &Store) -> CaseId {
    let case = store.open_case(Channel::Kiosk).unwrap();
    for event in draft(store, case) {
        store.append(case, event, Actor::Applicant).unwrap();
    }
    store.submit(case, Delivery::Pickup, true).unwrap();
    case
}

pub fn client_config(authority: &Authority, url: &str) -> ClientConfig {
    let (certificate, key) = authority.station();
    let mut config = ClientConfig::new(url, &authority.pem, &certificate, &key);
    config.connect_timeout = Duration::from_millis(500);
    config.request_timeout = Duration::from_millis(700);
    config
}

/// Waits of milliseconds; no feed unless a test asks for it.
pub fn quick() -> SyncConfig {
    SyncConfig {
        heartbeat_every: Duration::from_millis(100),
        feed_wait: Duration::ZERO,
        chunk_bytes: 1500,
        backoff_base: Duration::from_millis(5),
        backoff_cap: Duration::from_millis(40),
        backoff_line_cap: Duration::from_millis(40),
        lease_min: 0,
        purge_every: Duration::from_secs(3600),
        ..SyncConfig::default()
    }
}

/// Waits until the link's state is as asked.
pub async fn until(sync: &SyncHandle, what: &str, wanted: impl Fn(&SyncStatus) -> bool) -> SyncStatus {
    let mut status = sync.status();
    let waited = tokio::time::timeout(Duration::from_secs(15), status.wait_for(|status| wanted(status))).await;
    match waited {
        Ok(found) => found.unwrap().clone(),
        Err(_) => panic!("never: {what}; now {:?}", *sync.status().borrow()),
    }
}

/// Waits until something is so, looking now and then.
pub async fn eventually(what: &str, mut so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < Duration::from_secs(15), "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn draft(store: &Store, case: CaseId) -> Vec<Event> {
    let blob = |bytes: &[u8]| store.put_blob(case, "image/jpeg", bytes).unwrap();
    let page = |len: usize| Event::PageCaptured {
        page: PageId(Uuid::now_v7()),
        requirement: RequirementId::from("m01"),
        blob: blob(&vec![0x5a; len]),
        thumb: blob(b"thumb"),
        width: 1,
        height: 1,
    };
    let card = CardFacts {
        name: "李秀英".to_owned(),
        sex: "女".to_owned(),
        nation: "01".to_owned(),
        birth: "19550820".to_owned(),
        address: "示范市示范区二号".to_owned(),
        number: "89010219550820022X".to_owned(),
        issuer: "示范市公安局".to_owned(),
        valid_from: "20200101".to_owned(),
        valid_to: "长期".to_owned(),
    };
    vec![
        Event::Identified {
            card,
            line_sha256: Digest([1; 32]),
            reader: "reader".to_owned(),
            expired: false,
            photo: None,
            portrait: None,
        },
        Event::ConsentGiven { text_version: 1, choice: PresenceMethod::Fingerprint, evidence_upload: false },
        Event::PresenceProved {
            method: PresenceMethod::Fingerprint,
            still: None,
            clip: None,
            score_milli: None,
            decided_by: None,
            reason: None,
        },
        Event::ItemChosen { item: ItemKey::from("construction-qualification"), version: 1, firm: None },
        page(3000),
        page(2500),
    ]
}
