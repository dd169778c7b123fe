//! 终端身份: what enrolment gave, kept beside the keys.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use tongban_domain::clock::{Rng, WallTime};
use tongban_protocol::system::SystemRng;
use tongban_store::{StationKeys, StoreError};
use tongban_sync::{EnrolConfig, IdentityKeeper, Trust};
use zeroize::Zeroizing;

/// The enrolment as kept on disk. Version 2: the TLS key is sealed under the station's key; version 1 had it
/// in clear and is sealed at the first start that finds it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Identity {
    /// Format version, 2.
    pub v: u16,
    /// Station id.
    pub station: String,
    /// Station listener of the centre.
    pub station_url: String,
    /// CA of the centre.
    pub ca_pem: String,
    /// Client certificate; in version 1 with its key before it.
    pub identity_pem: String,
    /// TLS key (PEM) sealed under the station's key, hex.
    #[serde(default)]
    pub tls_key_sealed_hex: String,
    /// Last moment of the certificate, ms; 0 when nobody said.
    #[serde(default)]
    pub until_ms: i64,
    /// Verifies receipts.
    pub centre_signing_key_hex: String,
    /// Case keys are wrapped for it.
    pub centre_wrapping_key_hex: String,
}

/// Name the TLS key is sealed under.
const TLS_KEY: &str = "tls.key";
const FILE: &str = "identity.json";

impl Identity {
    /// The station's identity, `None` before enrolment.
    ///
    /// # Errors
    /// When the file is there but cannot be understood.
    pub fn load(state: &Path) -> Result<Option<Self>> {
        let path = state.join(FILE);
        if !path.exists() {
            return Ok(None);
        }
        let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        Ok(Some(serde_json::from_str(&text).with_context(|| format!("K101 {}", path.display()))?))
    }

    /// With the key of version 1 sealed and written so; version 2 as it is.
    ///
    /// # Errors
    /// When the sealed file cannot be written.
    pub fn sealed(self, state: &Path, keys: &StationKeys) -> Result<Self> {
        if self.v != 1 {
            return Ok(self);
        }
        let at = self.identity_pem.find("-----BEGIN CERTIFICATE").context("K101 identity holds no certificate")?;
        let (key, certificate) = self.identity_pem.split_at(at);
        let sealed = Self { identity_pem: certificate.to_owned(), v: 2, ..self.clone() }.with_key(key, keys);
        sealed.keep(state)?;
        tracing::info!("the TLS key is sealed from now on");
        Ok(sealed)
    }

    fn with_key(mut self, key_pem: &str, keys: &StationKeys) -> Self {
        self.tls_key_sealed_hex = hex::encode(keys.seal_secret(TLS_KEY, key_pem.as_bytes(), &SystemRng));
        self
    }

    /// Client certificate and key in one text, as the client wants them.
    ///
    /// # Errors
    /// S104 when the key cannot be opened on this machine.
    pub fn client_pem(&self, keys: &StationKeys) -> Result<Zeroizing<String>> {
        if self.v == 1 {
            return Ok(self.identity_pem.clone().into());
        }
        let sealed = hex::decode(&self.tls_key_sealed_hex).context("K101 sealed TLS key")?;
        let key = keys.open_secret(TLS_KEY, &sealed).context("opening the TLS key")?;
        let key = std::str::from_utf8(&key).context("K101 TLS key")?;
        Ok(Zeroizing::new(format!("{key}\n{}", self.identity_pem)))
    }

    fn keep(&self, state: &Path) -> Result<()> {
        use std::io::Write;
        use std::os::unix::fs::OpenOptionsExt;
        let part = state.join("identity.part");
        let mut file = std::fs::OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&part)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.sync_all()?;
        std::fs::rename(&part, state.join(FILE))?;
        std::fs::File::open(state)?.sync_all()?;
        Ok(())
    }
}

/// Enrols this machine with a one-time code.
///
/// # Errors
/// When the centre refuses the code or cannot be reached; nothing is kept then.
pub fn enrol(state: &Path, enrol_url: &str, ca_pem: &str, code: &str) -> Result<Identity> {
    std::fs::create_dir_all(state)?;
    let rng: &dyn Rng = &SystemRng;
    let keys = StationKeys::create_or_load(&state.join("keys"), &super::protection::of(&state.join("keys"))?, rng)?;
    let enrol = EnrolConfig {
        enrol_url: enrol_url.to_owned(),
        one_time_code: code.to_owned(),
        trust: Trust::CaPem(ca_pem.to_owned()),
        timeout: std::time::Duration::from_secs(20),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let enrolment = runtime.block_on(tongban_sync::enrol(&enrol, &keys)).context("enrolling at the centre")?;
    let reply = enrolment.reply;
    let identity = Identity {
        v: 2,
        station: reply.station.0,
        station_url: reply.station_url,
        ca_pem: reply.ca_pem,
        identity_pem: reply.certificate_pem,
        tls_key_sealed_hex: String::new(),
        until_ms: reply.until_ms,
        centre_signing_key_hex: reply.centre_signing_key_hex,
        centre_wrapping_key_hex: reply.centre_wrapping_key_hex,
    };
    let identity = identity.with_key(&enrolment.tls_key_pem, &keys);
    identity.keep(state)?;
    Ok(identity)
}

/// Keeps the certificate in force, and the next one when the sync engine brings it.
#[derive(Debug)]
pub struct Keeper {
    state: PathBuf,
    keys: StationKeys,
    identity: Mutex<Identity>,
}

impl Keeper {
    /// Over the identity in force.
    #[must_use]
    pub fn new(state: PathBuf, keys: StationKeys, identity: Identity) -> Self {
        Self { state, keys, identity: Mutex::new(identity) }
    }
}

impl IdentityKeeper for Keeper {
    fn until(&self) -> Option<WallTime> {
        Some(WallTime(self.identity.lock().unwrap_or_else(PoisonError::into_inner).until_ms))
    }

    fn keep(&self, certificate_pem: &str, key_pem: &str, until: WallTime) -> Result<(), StoreError> {
        let mut identity = self.identity.lock().unwrap_or_else(PoisonError::into_inner);
        let next = Identity { v: 2, identity_pem: certificate_pem.to_owned(), until_ms: until.0, ..identity.clone() };
        let next = next.with_key(key_pem, &self.keys);
        next.keep(&self.state).map_err(|error| StoreError::File {
            doing: "keep the new certificate",
            source: std::io::Error::other(error),
        })?;
        *identity = next;
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    fn old() -> Identity {
        Identity {
            v: 1,
            station: "890102-001-K03".to_owned(),
            station_url: "https://localhost:1".to_owned(),
            ca_pem: String::new(),
            identity_pem:
                "-----BEGIN PRIVATE KEY-----\nplanted\n-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\nc"
                    .to_owned(),
            tls_key_sealed_hex: String::new(),
            until_ms: 0,
            centre_signing_key_hex: String::new(),
            centre_wrapping_key_hex: String::new(),
        }
    }

    #[test]
    fn a_key_kept_in_clear_is_sealed_at_the_next_start_and_opens_with_this_stations_key_only() {
        let (dir, keys) = (tempfile::tempdir().unwrap(), StationKeys::generate(&SystemRng));
        old().keep(dir.path()).unwrap();
        let held = |text: &str| std::fs::read_to_string(dir.path().join(FILE)).unwrap().contains(text);
        assert!(held("planted"), "the search works");
        let before = old().client_pem(&keys).unwrap();
        let loaded = Identity::load(dir.path()).unwrap().unwrap().sealed(dir.path(), &keys).unwrap();
        assert!(!held("planted") && held("BEGIN CERTIFICATE"));
        let again = Identity::load(dir.path()).unwrap().unwrap();
        let lines = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(lines(&again.client_pem(&keys).unwrap()), lines(&before));
        assert_eq!(loaded.v, 2);
        let stolen = again.client_pem(&StationKeys::generate(&SystemRng));
        assert!(stolen.is_err(), "the file alone opens nothing");
    }

    #[test]
    fn a_renewed_certificate_is_there_at_the_next_start() {
        let (dir, keys) = (tempfile::tempdir().unwrap(), StationKeys::generate(&SystemRng));
        let keeper = Keeper::new(dir.path().to_owned(), keys.clone(), old());
        keeper.keep("-----BEGIN CERTIFICATE-----\nnext", "next key", WallTime(77)).unwrap();
        assert_eq!(keeper.until(), Some(WallTime(77)));
        let next = Identity::load(dir.path()).unwrap().unwrap();
        assert_eq!(next.until_ms, 77);
        assert_eq!(*next.client_pem(&keys).unwrap(), "next key\n-----BEGIN CERTIFICATE-----\nnext");
    }
}
