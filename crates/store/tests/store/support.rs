//! A station in a directory of its own, a centre that signs, and a person's whole draft.

use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use tongban_crypto::{SigningKey, WrapSecret};
use tongban_domain::clock::{Clock, WallTime};
use tongban_domain::event::{CardFacts, Channel, Delivery, Digest, Event, PresenceMethod, SignOffMethod, Value};
use tongban_domain::ids::{CaseId, FieldId, HallId, ItemKey, PageId, RequirementId, StationId};
use tongban_protocol::action::Actor;
use tongban_protocol::api::Lease;
use tongban_protocol::bundle::{Bundle, BundleReceipt};
use tongban_protocol::seeded::SeededClock;
use tongban_protocol::system::{SystemIds, SystemRng};
use tongban_store::{CheckReport, KekProtection, StationKeys, Store, StoreConfig, StoreError};
use uuid::Uuid;

/// 陈建国, a demonstration person of the reserved region 8901.
pub const NAME: &str = "陈建国";
pub const NUMBER: &str = "890102197803150113";
pub const PHONE: &str = "13900008901";

/// The centre's side: keys, and a receipt for a bundle as a real centre would give it.
pub struct Centre {
    pub signing: SigningKey,
    pub wrapping: WrapSecret,
}

impl Centre {
    pub fn new() -> Self {
        let mut fill = |buffer: &mut [u8]| tongban_domain::clock::Rng::fill(&SystemRng, buffer);
        Self { signing: SigningKey::generate(&mut fill), wrapping: WrapSecret::generate(&mut fill) }
    }

    pub fn receipt(&self, bytes: &[u8]) -> BundleReceipt {
        let bundle = Bundle::decode(bytes).unwrap();
        let head = bundle.head();
        let last = head.check().unwrap().last().unwrap().header.case_seq;
        let sha256 = Digest(Sha256::digest(bytes).into());
        let receipt = BundleReceipt::for_bundle(&head, sha256, last, WallTime(1)).unwrap();
        receipt.sign(&self.signing).unwrap()
    }
}

/// A station's directory, keys and clock; the store can be opened again and again.
pub struct Station {
    pub dir: TempDir,
    pub clock: Arc<SeededClock>,
    pub centre: Centre,
    pub config: StoreConfig,
}

impl Station {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = config_in(dir.path());
        config.boot_id = "boot-1".to_owned();
        Self { dir, clock: Arc::default(), centre: Centre::new(), config }
    }

    pub fn keys(&self) -> StationKeys {
        let keys =
            StationKeys::create_or_load(&self.dir.path().join("keys"), &KekProtection::None, &SystemRng).unwrap();
        let centre = &self.centre;
        keys.enrolled(&centre.signing.verifying_key().to_hex(), &centre.wrapping.public().to_hex()).unwrap()
    }

    pub fn open(&self) -> Store {
        self.try_open(self.keys()).unwrap()
    }

    pub fn try_open(&self, keys: StationKeys) -> Result<Store, StoreError> {
        let (ids, rng) = (Arc::new(SystemIds), Arc::new(SystemRng));
        Store::create_or_open(self.config.clone(), keys, self.clock.clone(), ids, rng)
    }

    /// Looks the store over without working with it.
    pub fn inspect(&self) -> Result<CheckReport, StoreError> {
        let (ids, rng) = (Arc::new(SystemIds), Arc::new(SystemRng));
        Store::inspect(self.config.clone(), self.keys(), self.clock.clone(), ids, rng)
    }

    pub fn files(&self) -> Vec<PathBuf> {
        files_below(self.dir.path())
    }
}

pub fn config_in(dir: &Path) -> StoreConfig {
    let mut config = StoreConfig::new(dir.join("store"), StationId::from("890102-001-K03"), HallId::from("890102-001"));
    config.reserve_bytes = 64 * 1024;
    config
}

pub fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

pub fn card() -> CardFacts {
    CardFacts {
        name: NAME.to_owned(),
        sex: "男".to_owned(),
        nation: "01".to_owned(),
        birth: "19780315".to_owned(),
        address: "示范市示范区一号".to_owned(),
        number: NUMBER.to_owned(),
        issuer: "示范市公安局".to_owned(),
        valid_from: "20200101".to_owned(),
        valid_to: "20400101".to_owned(),
    }
}

pub fn identified() -> Event {
    Event::Identified {
        card: card(),
        line_sha256: Digest([7; 32]),
        reader: "reader".to_owned(),
        expired: false,
        photo: None,
        portrait: None,
    }
}

pub fn form() -> Event {
    let text = |key: &str, value: &str| (FieldId::from(key), Value::Text(value.to_owned()));
    Event::FormFilled { values: [text("phone", PHONE), text("contact", NAME)].into() }
}

/// Everything up to the sign-off, as one list; blobs are put on the way.
pub fn draft(store: &Store, case: CaseId) -> Vec<Event> {
    try_draft(store, case).unwrap()
}

/// The same where the disk may refuse a blob.
pub fn try_draft(store: &Store, case: CaseId) -> Result<Vec<Event>, StoreError> {
    let blob = |media, bytes: &[u8]| store.put_blob(case, media, bytes);
    let page = |requirement: &str, content: &str| {
        Ok::<_, StoreError>(Event::PageCaptured {
            page: PageId(Uuid::now_v7()),
            requirement: RequirementId::from(requirement),
            blob: blob("image/jpeg", content.repeat(500).as_bytes())?,
            thumb: blob("image/jpeg", content.as_bytes())?,
            width: 1654,
            height: 2339,
        })
    };
    Ok(vec![
        identified(),
        Event::ConsentGiven { text_version: 1, choice: PresenceMethod::Face, evidence_upload: true },
        Event::PresenceProved {
            method: PresenceMethod::Face,
            still: Some(blob("image/jpeg", b"a face")?),
            clip: None,
            score_milli: Some(912),
            decided_by: None,
            reason: None,
        },
        Event::ItemChosen { item: ItemKey::from("construction-qualification"), version: 1, firm: None },
        form(),
        page("m01", "page one")?,
        page("m02", "page two")?,
        Event::SignedOff {
            method: SignOffMethod::Camera,
            evidence: blob("image/jpeg", b"signing")?,
            quality: 80,
            digest: Digest([9; 32]),
        },
    ])
}

/// A whole draft up to the sign-off.
pub fn drafted(store: &Store) -> CaseId {
    let case = store.open_case(Channel::Kiosk).unwrap();
    for event in draft(store, case) {
        store.append(case, event, Actor::Applicant).unwrap();
    }
    case
}

pub fn lease(store: &Store, from: u16, to: u16) -> Lease {
    let day = store.lease_left().unwrap().day;
    Lease { region: "890102".to_owned(), day, station3: "003".to_owned(), from, to }
}

/// A submitted case.
pub fn submitted(store: &Store) -> CaseId {
    if store.lease_left().unwrap().count == 0 {
        store.put_lease(&lease(store, 1, 200)).unwrap();
    }
    let case = drafted(store);
    store.submit(case, Delivery::Pickup, true).unwrap();
    case
}

pub fn kinds(store: &Store, case: CaseId) -> Vec<String> {
    store.actions(case).unwrap().into_iter().map(|action| action.header.kind).collect()
}

pub fn assert_sound(store: &Store) {
    let report = store.check().unwrap();
    assert!(report.faults.is_empty(), "{:?}", report.faults);
}

pub fn now(station: &Station) -> WallTime {
    station.clock.wall()
}
