//! 签名报告: a report of this station, signed with its key, that a hall can ask for in a tender.
#![allow(clippy::print_stdout, reason = "what the person asked for on the command line is answered there")]

use crate::config::Config;
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::path::Path;
use tongban_crypto::VerifyingKey;
use tongban_domain::clock::Clock;
use tongban_protocol::system::{SystemClock, SystemRng};

/// Version of the envelope.
const VERSION: u32 = 1;

/// A report and who answers for it. The signature is over the bytes of `body`.
#[derive(Serialize, Deserialize)]
struct Signed {
    v: u32,
    /// The report, as JSON text: signed bytes are never written anew.
    body: String,
    /// Station that signed.
    station: String,
    /// Its public key, PEM.
    key: String,
    /// SM2 signature over `body`, DER in hexadecimal.
    signature: String,
}

/// A signature of this station over some bytes, and its public key.
pub(super) fn sign(config: &Config, bytes: &[u8]) -> Result<(String, String)> {
    let (keys, _) = crate::boot::station_keys(&config.paths.state, None, &SystemRng)?;
    let signature = keys.signing.sign(bytes).context("signing")?;
    Ok((hex::encode(signature), keys.signing.verifying_key().to_pem().context("the station's public key")?))
}

/// Wall time of this station, for people.
pub(super) fn now_ms() -> i64 {
    SystemClock.wall().0
}

/// Writes a report with the station's signature over it.
pub(super) fn write(config: &Config, body: &impl Serialize, out: &Path) -> Result<()> {
    let body = serde_json::to_string(body)?;
    let (signature, key) = sign(config, body.as_bytes())?;
    let signed = Signed { v: VERSION, body, station: config.identity.station.clone(), key, signature };
    super::write_private(out, &serde_json::to_vec_pretty(&signed)?)
}

/// Checks the signature of a report.
pub(super) fn verify(file: &Path) -> Result<()> {
    let bytes = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let signed = check(&bytes)?;
    println!("signed by {}", signed.station);
    println!("{}", signed.key.trim());
    println!("{}", signed.body);
    Ok(())
}

fn check(bytes: &[u8]) -> Result<Signed> {
    let signed: Signed = serde_json::from_slice(bytes).context("not a signed report")?;
    if signed.v != VERSION {
        bail!("K103 a report of version {}", signed.v);
    }
    let key = VerifyingKey::from_pem(&signed.key).context("the key in the report")?;
    let signature = hex::decode(&signed.signature).context("the signature in the report")?;
    key.verify(signed.body.as_bytes(), &signature).context("the signature does not hold: the report was changed")?;
    Ok(signed)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_signed_and_any_change_shows() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("station.toml");
        std::fs::write(&file, "[identity]\nstation = \"890102-001-K01\"\nhall = \"890102-001\"\n").unwrap();
        let mut config = crate::config::load(&[file], &[]).unwrap().0;
        config.paths.state = folder.path().to_owned();
        let out = folder.path().join("report.json");
        write(&config, &serde_json::json!({"passed": true, "rows": []}), &out).unwrap();
        let bytes = std::fs::read(&out).unwrap();
        assert_eq!(check(&bytes).unwrap().station, "890102-001-K01");
        let text = String::from_utf8(bytes).unwrap();
        assert!(check(text.replace("true", "false").as_bytes()).is_err());
        assert!(check(text.replace("\"v\": 1", "\"v\": 2").as_bytes()).is_err());
        assert!(check(b"{}").is_err());
    }
}
