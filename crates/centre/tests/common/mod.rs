//! A centre in a temporary directory and a station that behaves like a real one: its own keys,
//! chain, links and bundles, made with the same protocol and crypto crates.
#![allow(dead_code, clippy::print_stdout, reason = "each test file uses its part; seeds are printed")]

pub mod sample;

use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use tongban_centre::rights::Role;
use tongban_centre::staff::Member;
use tongban_centre::stations::{NewStation, Station};
use tongban_centre::sync::Upload;
use tongban_centre::{Centre, CentreConfig, CentreError, Departments, StorageConfig};
use tongban_crypto::{DataKey, SigningKey, WrapPublic, WrapSecret, seal_blob, sm3};
use tongban_domain::case::Case;
use tongban_domain::clock::{Clock, Ids, Rng};
use tongban_domain::event::{BlobRef, Channel, Digest, Event};
use tongban_domain::ids::{ActionId, CaseId};
use tongban_domain::limits::local_day;
use tongban_domain::receipt_number::ReceiptNumber;
use tongban_protocol::action::{ActionDraft, Actor, NO_HASH, Origin, SignedAction};
use tongban_protocol::api::{EnrolReply, EnrolRequest, Lease};
use tongban_protocol::bundle::{Bundle, BundleReceipt, StationLink, WrappedKey};
use tongban_protocol::payload::blob_context;
use tongban_protocol::seeded::{SeededClock, SeededIds, SeededRng};

pub const PASSWORD: &str = "Demo-2026-ok";
pub const CARD_NUMBER: &str = "890102197803150113";
pub const FIRM: &str = "91890100MA8DEM018P";

pub fn assets() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    // Also used by the tools at the root and one folder below it.
    let found = here.ancestors().map(|folder| folder.join("assets")).find(|assets| assets.join("catalogue").is_dir());
    found.expect("the assets lie in the root of the project")
}

/// A centre and what it was opened with.
pub struct World {
    pub dir: TempDir,
    pub clock: Arc<SeededClock>,
    pub ids: Arc<SeededIds>,
    pub rng: Arc<SeededRng>,
    pub centre: Centre,
}

impl World {
    pub fn new(seed: u64) -> Self {
        Self::with(seed, None)
    }

    pub fn with(seed: u64, departments: Option<Arc<dyn Departments>>) -> Self {
        println!("seed {seed}");
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(SeededClock::default());
        let (ids, rng) = (Arc::new(SeededIds::new(seed)), Arc::new(SeededRng::new(seed)));
        let centre = open(&dir, &clock, &ids, &rng, departments);
        Self { dir, clock, ids, rng, centre }
    }

    /// On other engines than the ones in the directory.
    pub fn on(seed: u64, storage: StorageConfig) -> Self {
        println!("seed {seed}");
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(SeededClock::default());
        let (ids, rng) = (Arc::new(SeededIds::new(seed)), Arc::new(SeededRng::new(seed)));
        let centre = Centre::open(CentreConfig { storage, ..config(&dir, &clock, &ids, &rng, None) }).unwrap();
        Self { dir, clock, ids, rng, centre }
    }

    /// What a second server of the same city is opened with, in a directory of its own.
    pub fn beside(&self, name: &str, storage: StorageConfig) -> CentreConfig {
        let data_dir = self.dir.path().join(name);
        CentreConfig { data_dir, storage, ..config(&self.dir, &self.clock, &self.ids, &self.rng, None) }
    }

    /// The centre closed and opened again, as after a crash.
    pub fn reopen(self) -> Self {
        let Self { dir, clock, ids, rng, centre } = self;
        drop(centre);
        let centre = open(&dir, &clock, &ids, &rng, None);
        Self { dir, clock, ids, rng, centre }
    }
}

fn open(
    dir: &TempDir,
    clock: &Arc<SeededClock>,
    ids: &Arc<SeededIds>,
    rng: &Arc<SeededRng>,
    departments: Option<Arc<dyn Departments>>,
) -> Centre {
    Centre::open(config(dir, clock, ids, rng, departments)).unwrap()
}

fn config(
    dir: &TempDir,
    clock: &Arc<SeededClock>,
    ids: &Arc<SeededIds>,
    rng: &Arc<SeededRng>,
    departments: Option<Arc<dyn Departments>>,
) -> CentreConfig {
    CentreConfig {
        data_dir: dir.path().join("centre"),
        storage: StorageConfig::default(),
        assets_dir: assets(),
        public_base_url: "http://127.0.0.1:1".into(),
        station_url: "https://localhost:1".into(),
        demo: true,
        clock: clock.clone(),
        ids: ids.clone(),
        rng: rng.clone(),
        departments,
    }
}

pub fn member(centre: &Centre, id: &str, roles: &[Role]) -> Member {
    centre.staff().add("test", id, "测试员", roles, "890100", PASSWORD).unwrap();
    centre.staff().get(id).unwrap().unwrap()
}

/// A station of the tests.
pub struct TestStation {
    pub station: Station,
    pub signing: SigningKey,
    pub wrapping: WrapSecret,
    pub reply: EnrolReply,
    pub tls_key_pem: String,
    pub links: Vec<StationLink>,
    pub lease: Option<Lease>,
    pub used: u16,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<SeededIds>,
    pub rng: Arc<SeededRng>,
}

pub fn csr() -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let csr = rcgen::CertificateParams::new(vec![]).unwrap().serialize_request(&key).unwrap().pem().unwrap();
    (csr, key.serialize_pem())
}

pub fn new_station(id: &str, kind: &str, station3: &str) -> NewStation {
    NewStation {
        id: id.into(),
        hall: "890102-001".into(),
        region: "890102".into(),
        station3: station3.into(),
        kind: kind.into(),
    }
}

impl TestStation {
    /// Adds a station at the centre and enrols it.
    pub fn enrol(
        centre: &Centre,
        clock: &Arc<impl Clock + 'static>,
        seed: u64,
        id: &str,
        kind: &str,
        station3: &str,
    ) -> Self {
        Self::enrol_at(centre, clock, seed, &new_station(id, kind, station3))
    }

    /// The same in any hall.
    pub fn enrol_at(centre: &Centre, clock: &Arc<impl Clock + 'static>, seed: u64, new: &NewStation) -> Self {
        let code = centre.stations().add("test", new).unwrap();
        let (ids, rng) = (Arc::new(SeededIds::new(seed)), Arc::new(SeededRng::new(seed)));
        let fill = &mut |buffer: &mut [u8]| rng.fill(buffer);
        let (signing, wrapping) = (SigningKey::generate(fill), WrapSecret::generate(fill));
        let (csr_pem, tls_key_pem) = csr();
        let request = EnrolRequest {
            one_time_code: code,
            csr_pem,
            signing_key_hex: signing.verifying_key().to_hex(),
            wrapping_key_hex: wrapping.public().to_hex(),
        };
        let reply = centre.stations().enrol(&request).unwrap();
        let station = centre.stations().get(&new.id).unwrap().unwrap();
        Self {
            station,
            signing,
            wrapping,
            reply,
            tls_key_pem,
            links: Vec::new(),
            lease: None,
            used: 0,
            clock: clock.clone(),
            ids,
            rng,
        }
    }

    pub fn origin(&self) -> Origin {
        Origin::Station(self.station.id.clone())
    }

    /// The next leased receipt number.
    pub fn receipt(&mut self, centre: &Centre) -> String {
        if self.lease.is_none() {
            self.lease = Some(centre.numbers().lease(&self.station, 50).unwrap());
        }
        let lease = self.lease.as_ref().unwrap();
        let serial = lease.from + self.used;
        self.used += 1;
        let day = local_day(self.clock.wall());
        ReceiptNumber::new(&lease.region, day, lease.station3.parse().unwrap(), serial).unwrap().as_str().to_owned()
    }

    /// Uploads a bundle's bytes in chunks and answers the receipt.
    pub fn upload(
        &self,
        centre: &Centre,
        id: uuid::Uuid,
        bytes: &[u8],
        chunk: usize,
    ) -> Result<BundleReceipt, CentreError> {
        let mut offset = 0;
        loop {
            let end = (offset + chunk).min(bytes.len());
            let last = end == bytes.len();
            match centre.sync().append(&self.station, id, offset as u64, &bytes[offset..end], last)? {
                Upload::Held(receipt) => return Ok(*receipt),
                Upload::Partial(held) | Upload::Offset(held) => offset = usize::try_from(held).unwrap(),
            }
        }
    }
}

/// A case at a station.
pub struct Draft {
    pub id: CaseId,
    pub key: DataKey,
    pub case: Case,
    pub actions: Vec<SignedAction>,
    pub blobs: Vec<(Digest, Vec<u8>)>,
    pub sent: usize,
    pub sent_links: usize,
}

pub fn sha256(bytes: &[u8]) -> Digest {
    use sha2::Digest as _;
    Digest(sha2::Sha256::digest(bytes).into())
}

impl Draft {
    pub fn open(station: &mut TestStation, channel: Channel) -> Self {
        let id = CaseId(station.ids.next());
        let rng = station.rng.clone();
        let key = DataKey::generate(&mut |buffer: &mut [u8]| rng.fill(buffer));
        let mut draft = Self {
            id,
            key,
            case: Case::new(id),
            actions: vec![],
            blobs: vec![],
            sent: 0,
            sent_links: station.links.len(),
        };
        let opened =
            Event::Opened { channel, station: station.station.id.clone(), hall: station.station.hall.as_str().into() };
        draft.say(station, opened);
        draft
    }

    pub fn blob(&mut self, station: &TestStation, plain: &[u8], media: &str) -> BlobRef {
        let sealed =
            seal_blob(&self.key, &blob_context(self.id), plain, &mut |buffer: &mut [u8]| station.rng.fill(buffer));
        let address = Digest(sm3(&sealed));
        self.blobs.push((address, sealed));
        BlobRef { address, plain_sha256: sha256(plain), len: plain.len() as u64, media: media.into() }
    }

    pub fn say(&mut self, station: &mut TestStation, event: Event) {
        self.case.apply(&event).unwrap();
        self.say_unchecked(station, &event);
    }

    /// Without the case's own rules: for stations that misbehave.
    pub fn say_unchecked(&mut self, station: &mut TestStation, event: &Event) {
        let last = self.actions.last();
        let case_seq = last.map_or(1, |action| action.header.case_seq + 1);
        let draft = ActionDraft {
            id: ActionId(station.ids.next()),
            case: self.id,
            case_seq,
            prev_case_hash: last.map_or(NO_HASH, |action| action.hash),
            base_version: case_seq - 1,
            wall: station.clock.wall(),
            boot: station.clock.boot(),
            actor: Actor::Applicant,
            origin: station.origin(),
        };
        let rng = station.rng.clone();
        let action =
            draft.seal_and_sign(event, &self.key, &station.signing, &mut |buffer: &mut [u8]| rng.fill(buffer)).unwrap();
        station.links.push(StationLink::after(station.links.last(), 1, &action));
        self.actions.push(action);
    }

    /// Everything not sent yet as one bundle.
    pub fn bundle(&mut self, station: &TestStation) -> Bundle {
        let rng = station.rng.clone();
        let centre_key = WrapPublic::from_hex(&station.reply.centre_wrapping_key_hex).unwrap();
        let sealed = centre_key.wrap(&self.key, &mut |buffer: &mut [u8]| rng.fill(buffer)).unwrap();
        let actions =
            self.actions[self.sent..].iter().map(|action| (action.bytes.clone(), action.signature.clone())).collect();
        let bundle = Bundle {
            v: 1,
            id: station.ids.next(),
            station: station.station.id.clone(),
            case: self.id,
            keys: vec![WrappedKey { reader: "centre".into(), sealed }],
            actions,
            links: station.links[self.sent_links..].to_vec(),
            blobs: std::mem::take(&mut self.blobs),
        };
        self.sent = self.actions.len();
        self.sent_links = station.links.len();
        bundle
    }
}

pub fn code_of(error: &CentreError) -> &'static str {
    error.code().as_str()
}
