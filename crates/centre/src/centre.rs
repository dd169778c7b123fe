//! The centre: its stores, keys and rooms.

use crate::ca::Authority;
use crate::catalogue::Catalogue;
use crate::error::{CentreError, Result};
use crate::keys::Keys;
use crate::public::Guesses;
use crate::sharing::Departments;
use crate::staff;
use crate::storage::blobs::create_dir;
use crate::storage::{Blobs, Db, Staging, StorageConfig};
use crate::sync::Busy;
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use tongban_domain::clock::{Clock, Ids, Rng, WallTime};
use tongban_domain::limits::Calendar;
use tongban_licence::{Fonts, Press, Templates};

/// What the centre is opened with.
#[derive(Clone)]
pub struct CentreConfig {
    /// Uploads in progress and whatever `storage` does not put elsewhere; created when missing, mode 0700.
    pub data_dir: PathBuf,
    /// The engines.
    pub storage: StorageConfig,
    /// `catalogue/`, `calendar/`, `fonts/`.
    pub assets_dir: PathBuf,
    /// Base of the citizen pages, for example `https://zw.example.gov.cn`; goes into QR codes.
    pub public_base_url: String,
    /// Base of the station listener, told to stations at enrolment.
    pub station_url: String,
    /// Papers carry a demo mark.
    pub demo: bool,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Identifiers.
    pub ids: Arc<dyn Ids>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// Other departments; `None` answers every share call with `Unreachable`.
    pub departments: Option<Arc<dyn Departments>>,
}

impl std::fmt::Debug for CentreConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CentreConfig")
            .field("data_dir", &self.data_dir)
            .field("demo", &self.demo)
            .finish_non_exhaustive()
    }
}

/// The centre.
pub struct Centre {
    pub(crate) db: Db,
    pub(crate) blobs: Box<dyn Blobs>,
    pub(crate) staging: Staging,
    pub(crate) keys: Keys,
    pub(crate) authority: Authority,
    pub(crate) catalogue: Catalogue,
    pub(crate) calendar: RwLock<Arc<Calendar>>,
    pub(crate) press: Option<Press>,
    pub(crate) departments: Option<Arc<dyn Departments>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) public_base_url: String,
    pub(crate) station_url: String,
    pub(crate) demo: bool,
    /// Other servers may work on the same store.
    pub(crate) shared: bool,
    pub(crate) busy: Busy,
    pub(crate) guesses: Guesses,
    /// Spends the time of a check for accounts that do not exist.
    pub(crate) dummy_hash: String,
}

impl std::fmt::Debug for Centre {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Centre")
    }
}

impl Centre {
    /// Opens the centre, makes its keys on the first start, loads the catalogue's files and
    /// finishes what a crash left between two transactions.
    pub fn open(config: CentreConfig) -> Result<Self> {
        let now = config.clock.wall();
        create_dir(&config.data_dir)?;
        let keys_dir = config.storage.keys(&config.data_dir);
        let keys = Keys::open(&keys_dir, config.rng.as_ref())?;
        let authority = Authority::open(&keys_dir, now)?;
        let db = config.storage.open_db(&config.data_dir, now.0)?;
        let blobs = config.storage.open_blobs(&config.data_dir)?;
        let staging = Staging::open(&config.data_dir)?;
        let press = match Fonts::load(&config.assets_dir.join("fonts")) {
            Ok(fonts) => Some(Press::new(fonts, Templates::builtin())),
            Err(error) => {
                tracing::warn!(%error, "fonts missing: no proof can be made");
                None
            }
        };
        let centre = Self {
            catalogue: Catalogue::open(&db)?,
            calendar: RwLock::new(Arc::new(load_calendar(&config)?)),
            dummy_hash: staff::hash_secret(config.rng.as_ref(), "no such account")?,
            busy: Busy::default(),
            guesses: Guesses::default(),
            db,
            blobs,
            staging,
            keys,
            authority,
            press,
            departments: config.departments,
            clock: config.clock,
            ids: config.ids,
            rng: config.rng,
            public_base_url: config.public_base_url.trim_end_matches('/').to_owned(),
            station_url: config.station_url,
            demo: config.demo,
            shared: config.storage.shared(),
        };
        centre.limits().load_signed()?;
        centre.catalogue().load_dir(&config.assets_dir.join("catalogue"))?;
        centre.sharing().load(&config.assets_dir.join("sharing").join("sharing.json"))?;
        centre.situations().load(&config.assets_dir.join("situations").join("situations.json"))?;
        if config.demo {
            centre.intermediaries().load_demo(&config.assets_dir.join("intermediaries").join("agencies.json"))?;
        }
        centre.workflow().receive_pending()?;
        centre.place_late()?;
        Ok(centre)
    }

    pub(crate) fn now(&self) -> WallTime {
        self.clock.wall()
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.clock.wall().0
    }

    /// Fills from the centre's randomness, in the shape the crypto crate wants.
    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rng.fill(&mut bytes);
        bytes
    }

    /// 26 characters of Crockford base 32: 130 bits nobody can guess.
    pub(crate) fn token(&self) -> String {
        const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        self.random::<26>().iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect()
    }

    /// Whether other servers may work on the same store.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        self.shared
    }

    /// What the database engine has done since the centre was opened.
    #[must_use]
    pub fn counts(&self) -> crate::storage::Counts {
        self.db.engine().counts()
    }

    /// Prepares every named statement against the schema in force; answers how many.
    pub fn check_statements(&self) -> Result<usize> {
        self.db.check_statements()
    }

    /// Base of the citizen pages.
    #[must_use]
    pub fn public_base_url(&self) -> &str {
        &self.public_base_url
    }

    /// URL in the QR code of a licence or proof.
    #[must_use]
    pub fn verify_url(&self, token: &str) -> String {
        format!("{}/v/{token}", self.public_base_url)
    }

    /// Six digits of the region that decides: the city of the hall.
    pub(crate) fn deciding_region(&self, hall: &tongban_domain::ids::HallId) -> String {
        let region = crate::cases::region_of(hall);
        region.get(..4).map_or(region.clone(), |city| format!("{city}00"))
    }

    /// Certificate and key of the listeners, for the names and addresses given.
    pub fn server_identity(&self, names: &[String]) -> Result<crate::ca::ServerIdentity> {
        self.authority.server_identity(names, self.now(), self.rng.as_ref())
    }

    /// SHA-256 of the authority's certificate as `openssl x509 -fingerprint -sha256` prints it:
    /// what a technician compares before trusting this centre.
    pub fn ca_fingerprint(&self) -> Result<String> {
        use base64::Engine as _;
        use sha2::{Digest as _, Sha256};
        let body: String = self.authority.pem().lines().filter(|line| !line.starts_with("-----")).collect();
        let der = base64::engine::general_purpose::STANDARD
            .decode(body)
            .map_err(|error| CentreError::Damaged(format!("authority certificate: {error}")))?;
        Ok(Sha256::digest(&der).iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":"))
    }

    /// PEM of the authority stations trust.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        self.authority.pem()
    }
}

fn load_calendar(config: &CentreConfig) -> Result<Calendar> {
    let path = config.assets_dir.join("calendar").join("workdays.json");
    let text = std::fs::read_to_string(&path).map_err(CentreError::file("read calendar"))?;
    Calendar::from_json(&text).map_err(|error| CentreError::Damaged(format!("calendar: {error}")))
}
