//! 终端身份: what enrolment gave, kept beside the keys.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;
use tongban_domain::clock::Rng;
use tongban_protocol::system::SystemRng;
use tongban_store::StationKeys;
use tongban_sync::{EnrolConfig, Trust};

/// The enrolment as kept on disk. Version 1.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Identity {
    /// Format version, 1.
    pub v: u16,
    /// Station id.
    pub station: String,
    /// Station listener of the centre.
    pub station_url: String,
    /// CA of the centre.
    pub ca_pem: String,
    /// Client certificate and key.
    pub identity_pem: String,
    /// Verifies receipts.
    pub centre_signing_key_hex: String,
    /// Case keys are wrapped for it.
    pub centre_wrapping_key_hex: String,
}

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
    let keys = StationKeys::create_or_load(&state.join("keys"), &super::protection(), rng)?;
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
        v: 1,
        station: reply.station.0,
        station_url: reply.station_url,
        ca_pem: reply.ca_pem,
        identity_pem: format!("{}{}", *enrolment.tls_key_pem, reply.certificate_pem),
        centre_signing_key_hex: reply.centre_signing_key_hex,
        centre_wrapping_key_hex: reply.centre_wrapping_key_hex,
    };
    identity.keep(state)?;
    Ok(identity)
}
