//! A city made ready on disk once: accounts, stations, blanks, and bundles sealed and waiting in a spool.

use crate::common::sample::{construction_case, stall_case, unseen_item};
use crate::common::{TestStation, assets, member, sha256};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::{Command, Output};
use std::sync::Arc;
use tongban_centre::rights::Role;
use tongban_centre::stations::Station;
use tongban_centre::{Centre, CentreConfig, CentreError, Departments, StorageConfig};
use tongban_domain::event::{ShareOutcome, SharedRecord};
use tongban_protocol::api::ShareRequest;
use tongban_protocol::bundle::BundleReceipt;
use tongban_protocol::seeded::SeededClock;
use tongban_protocol::system::{SystemIds, SystemRng};
use uuid::Uuid;

pub const KIOSK: &str = "890102-001-K03";
pub const WINDOW: &str = "890102-001-C01";
pub const STAFF: [(&str, Role); 5] = [
    ("reviewer1", Role::Reviewer),
    ("decider1", Role::Decider),
    ("operator1", Role::Operator),
    ("technician1", Role::Technician),
    ("admin1", Role::Admin),
];
/// Where a child finds the city.
const DIR: &str = "TONGBAN_CITY_DIR";
/// Where it finds the bundles.
const SPOOL: &str = "TONGBAN_CITY_SPOOL";

/// A department that knows one person's payments.
struct Department;

impl Departments for Department {
    fn query<'a>(&'a self, request: &'a ShareRequest) -> Pin<Box<dyn Future<Output = SharedRecord> + Send + 'a>> {
        let month = r#"{"month":"2025-01","base_yuan":"6000.00","personal_yuan":"480.00","employer_yuan":"960.00"}"#;
        let list = format!("[{month}]");
        let fields = [
            ("kind", "企业职工基本养老保险"),
            ("from", "2025-01"),
            ("to", "2025-01"),
            ("total_yuan", "480.00"),
            ("list", list.as_str()),
        ];
        let record = SharedRecord {
            resource: request.resource.clone(),
            outcome: ShareOutcome::Found,
            fields: fields.iter().map(|(key, value)| ((*key).into(), (*value).to_owned())).collect(),
            answer_sha256: sha256(b"body"),
            took_ms: 40,
        };
        Box::pin(std::future::ready(record))
    }
}

/// A directory in memory where there is one: a killed process, a lying flush or a recorded disk need no real one
/// underneath, and other tests keep that one busy.
pub fn room() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

/// Opens the centre in `data`: the clock stands where every station of these tests stands.
pub fn open(data: &Path) -> Result<Centre, CentreError> {
    Centre::open(CentreConfig {
        data_dir: data.to_owned(),
        storage: StorageConfig::default(),
        assets_dir: assets(),
        public_base_url: "http://127.0.0.1:1".into(),
        station_url: "https://localhost:1".into(),
        demo: true,
        clock: Arc::new(SeededClock::default()),
        ids: Arc::new(SystemIds),
        rng: Arc::new(SystemRng),
        departments: Some(Arc::new(Department)),
    })
}

pub fn station(centre: &Centre, id: &str) -> Station {
    centre.stations().get(id).unwrap().unwrap()
}

/// Makes `dir/centre` and `dir/spool`: so many small applications, and a large one when asked for.
pub fn prepare(dir: &Path, stalls: usize, large: bool) {
    let (data, spool) = (dir.join("centre"), dir.join("spool"));
    std::fs::create_dir_all(&spool).unwrap();
    let centre = open(&data).unwrap();
    centre.catalogue().publish("test", &unseen_item()).unwrap();
    for (id, role) in STAFF {
        member(&centre, id, &[role]);
    }
    let clock = Arc::new(SeededClock::default());
    let mut kiosk = TestStation::enrol(&centre, &clock, 9001, KIOSK, "kiosk", "003");
    TestStation::enrol(&centre, &clock, 9002, WINDOW, "certificate", "051");
    centre.stock().add("test", "jz_first", "A0000001", "A0000010", &"operator1".into()).unwrap();
    for number in 0..stalls {
        let (draft, bundle) = stall_case(&centre, &mut kiosk);
        keep(&spool, number, draft.id.0, bundle.id, &bundle.encode().unwrap());
    }
    if large {
        let (draft, bundle) = construction_case(&centre, &mut kiosk);
        keep(&spool, stalls, draft.id.0, bundle.id, &bundle.encode().unwrap());
    }
}

fn keep(spool: &Path, number: usize, case: Uuid, bundle: Uuid, bytes: &[u8]) {
    std::fs::write(spool.join(format!("{number:02}_{case}_{bundle}")), bytes).unwrap();
}

/// One bundle that waits.
pub struct Waiting {
    pub case: Uuid,
    pub id: Uuid,
    pub bytes: Vec<u8>,
}

/// Everything that waits, in order.
pub fn spool(dir: &Path) -> Vec<Waiting> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let one = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let part = |at: usize| Uuid::parse_str(name.split('_').nth(at).unwrap()).unwrap();
        Waiting { case: part(1), id: part(2), bytes: std::fs::read(path).unwrap() }
    };
    files.iter().map(one).collect()
}

/// Another one of what is at `from`.
pub fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
}

/// A receipt as one word.
pub fn word(receipt: &BundleReceipt) -> String {
    sha256(&serde_json::to_vec(receipt).unwrap()).to_string()
}

/// What the child was started with.
pub fn told() -> Option<(PathBuf, PathBuf)> {
    Some((std::env::var_os(DIR)?.into(), std::env::var_os(SPOOL)?.into()))
}

/// Starts the ignored test `name` of this program as a child.
pub fn child(name: &str, data: &Path, spool: &Path, environment: &[(&str, &str)]) -> Output {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", name, "--ignored", "--nocapture", "--test-threads=1"]);
    child.env(DIR, data).env(SPOOL, spool).envs(environment.iter().copied());
    child.output().unwrap()
}
