//! 自检报告: what a technician's tests of a station's devices found, signed by the station. JSON of the station API.
//!
//! | method and path | request | answer |
//! |---|---|---|
//! | `POST /station/v1/self-test` | [`SignedSelfTest`] | `true` |
//!
//! The signature is over the bytes of `body`, so that signed bytes are never written anew.

use crate::FormatError;
use serde::{Deserialize, Serialize};
use tongban_crypto::{CryptoError, SigningKey, VerifyingKey};
use tongban_domain::ids::StationId;

const WHAT: &str = "self-test report";
/// Version of the report.
pub const SELF_TEST_VERSION: u16 = 1;
/// Longest body, bytes.
pub const SELF_TEST_BYTES_MAX: usize = 16 * 1024;

/// One device's last test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelfTestRow {
    /// Role at the station, for example `document`.
    pub role: String,
    /// Driver.
    pub driver: String,
    /// Port it is bound to.
    pub port: String,
    /// Tested at, ms of the station's clock.
    pub at_ms: i64,
    /// Code of the fault; nothing when the device did what it is there for.
    #[serde(default)]
    pub fault: Option<String>,
}

/// 自检报告.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelfTestReport {
    /// [`SELF_TEST_VERSION`].
    pub v: u16,
    /// The station.
    pub station: StationId,
    /// Program version.
    pub version: String,
    /// Devices of the station's configuration.
    pub devices: u16,
    /// The devices tested, each once, by role.
    pub rows: Vec<SelfTestRow>,
}

impl SelfTestReport {
    /// Every device of the station was tested and none failed.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.rows.len() >= usize::from(self.devices) && self.failed() == 0
    }

    /// Devices that failed.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.rows.iter().filter(|row| row.fault.is_some()).count()
    }

    /// The report with the station's signature.
    ///
    /// # Errors
    /// [`CryptoError`] when the key does not sign.
    pub fn sign(&self, key: &SigningKey) -> Result<SignedSelfTest, CryptoError> {
        let body = serde_json::to_string(self).map_err(|_| CryptoError::Signature)?;
        let signature_hex = hex::encode(key.sign(body.as_bytes())?);
        Ok(SignedSelfTest { body, signature_hex })
    }
}

/// A report as it travels and as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedSelfTest {
    /// [`SelfTestReport`] as JSON text.
    pub body: String,
    /// SM2 signature over `body`, DER in hexadecimal.
    pub signature_hex: String,
}

impl SignedSelfTest {
    /// The report, if this key signed it.
    ///
    /// # Errors
    /// [`FormatError`] for a body too long, of another version, or not signed by this key.
    pub fn open(&self, key: &VerifyingKey) -> Result<SelfTestReport, FormatError> {
        if self.body.len() > SELF_TEST_BYTES_MAX {
            return Err(FormatError::TooLarge { what: WHAT, limit: SELF_TEST_BYTES_MAX as u64 });
        }
        let signature = hex::decode(&self.signature_hex).map_err(|_| FormatError::malformed(WHAT, "signature"))?;
        key.verify(self.body.as_bytes(), &signature).map_err(|_| FormatError::Signature { what: WHAT })?;
        let report: SelfTestReport =
            serde_json::from_str(&self.body).map_err(|_| FormatError::malformed(WHAT, "body"))?;
        match report.v {
            SELF_TEST_VERSION => Ok(report),
            _ => Err(FormatError::malformed(WHAT, "version")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> SelfTestReport {
        let row = |role: &str, fault: Option<&str>| SelfTestRow {
            role: role.into(),
            driver: "sam-v".into(),
            port: "/dev/ttyS0".into(),
            at_ms: 1,
            fault: fault.map(str::to_owned),
        };
        SelfTestReport {
            v: SELF_TEST_VERSION,
            station: "890102-001-K03".into(),
            version: "0.1.0".into(),
            devices: 2,
            rows: vec![row("id-card", None), row("document", Some("D104"))],
        }
    }

    #[test]
    fn a_report_opens_with_the_stations_key_only_and_no_byte_of_it_may_change() {
        let mut seed = 0_u8;
        let mut fill = |buffer: &mut [u8]| {
            seed += 1;
            buffer.fill(seed);
        };
        let (ours, other) = (SigningKey::generate(&mut fill), SigningKey::generate(&mut fill));
        let signed = report().sign(&ours).expect("a key signs");
        assert_eq!(signed.open(&ours.verifying_key()).expect("ours"), report());
        assert!(signed.open(&other.verifying_key()).is_err());
        let changed = SignedSelfTest { body: signed.body.replace("D104", "D105"), ..signed.clone() };
        assert!(changed.open(&ours.verifying_key()).is_err());
        let old = SelfTestReport { v: 2, ..report() }.sign(&ours).expect("a key signs");
        assert!(old.open(&ours.verifying_key()).is_err(), "another version");
    }

    #[test]
    fn whole_is_every_device_tested_and_none_failed() {
        let mut report = report();
        assert!(!report.is_whole(), "one failed");
        report.rows[1].fault = None;
        assert!(report.is_whole());
        report.devices = 3;
        assert!(!report.is_whole(), "one was not tested");
    }
}
