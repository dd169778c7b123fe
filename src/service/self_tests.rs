//! 自检报告: signed by this station, left with the centre.

use super::centre::failure;
use crate::failure::Failure;
use tongban_crypto::SigningKey;
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::StationId;
use tongban_protocol::self_test::{SELF_TEST_VERSION, SelfTestReport, SelfTestRow};
use tongban_sync::CentreClient;

/// The station's name, its key, and the line; without a client every report answers `N105`.
#[derive(Clone)]
pub struct SelfTests {
    station: StationId,
    signing: SigningKey,
    client: Option<CentreClient>,
}

impl SelfTests {
    /// Wraps the client; `None` before enrolment.
    #[must_use]
    pub fn new(station: StationId, signing: SigningKey, client: Option<CentreClient>) -> Self {
        Self { station, signing, client }
    }

    /// Signs and sends what was found of so many devices in all.
    ///
    /// # Errors
    /// [`Failure`] of the network: then the centre has the report before.
    pub async fn report(&self, rows: Vec<SelfTestRow>, devices: usize) -> Result<(), Failure> {
        let client = self.client.as_ref().ok_or_else(|| Failure::new(ErrorCode::NetworkIdentity, "self-test"))?;
        let report = SelfTestReport {
            v: SELF_TEST_VERSION,
            station: self.station.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            devices: u16::try_from(devices).unwrap_or(u16::MAX),
            rows,
        };
        let signed =
            report.sign(&self.signing).map_err(|error| Failure::new(ErrorCode::SealBroken, error.to_string()))?;
        client.self_test(&signed).await.map_err(|error| failure(&error))
    }
}
