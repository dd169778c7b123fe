//! 自检: the last report of each station's own tests, as the station signed it.

use crate::centre::Centre;
use crate::error::{CentreError, Result};
use crate::office::{self, Place};
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::stations::Station;
use serde::{Deserialize, Serialize};
use tongban_crypto::VerifyingKey;
use tongban_domain::code::ErrorCode;
use tongban_protocol::self_test::{SelfTestReport, SignedSelfTest};

const ROOM: &str = "self_test";

/// A report and when it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptSelfTest {
    /// Came at, ms of the centre's clock.
    pub at_ms: i64,
    /// As the station signed it: whoever asks for it in a dispute gets these very bytes.
    pub signed: SignedSelfTest,
    /// What it says.
    pub report: SelfTestReport,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct SelfTests<'a>(pub(crate) &'a Centre);

impl Centre {
    /// 自检.
    #[must_use]
    pub const fn self_tests(&self) -> SelfTests<'_> {
        SelfTests(self)
    }
}

impl SelfTests<'_> {
    /// Keeps a station's report in the place of its last one.
    ///
    /// # Errors
    /// `Invalid`, S104 for a report this station did not sign, or of another station.
    pub fn keep(&self, station: &Station, signed: &SignedSelfTest) -> Result<()> {
        let bad = |detail: String| CentreError::invalid(ErrorCode::SealBroken, detail);
        let key = station.signing_key.as_deref().ok_or_else(|| CentreError::not_found("station"))?;
        let key = VerifyingKey::from_hex(key).map_err(CentreError::crypto("station key"))?;
        let report = signed.open(&key).map_err(|error| bad(error.to_string()))?;
        if report.station != station.id {
            return Err(bad("the report names another station".to_owned()));
        }
        let (now, id) = (self.0.now_ms(), &station.id.0);
        let state = if report.is_whole() { "whole" } else { "partly" };
        let result = format!("{} of {}, {} failed", report.rows.len(), report.devices, report.failed());
        let kept = KeptSelfTest { at_ms: now, signed: signed.clone(), report };
        self.0.office(|tx| {
            office::put(tx, Place { room: ROOM, id, a: &station.hall, b: "", state, at_ms: now }, &kept)?;
            log(tx, now, &format!("station:{id}"), "station.self_test", id, "ok", &result)
        })
    }

    /// The last report of every station that ever sent one.
    ///
    /// # Errors
    /// `Forbidden` for who does not see stations.
    pub fn all(&self, by: &Member) -> Result<Vec<KeptSelfTest>> {
        by.require(Action::ViewStations)?;
        self.0.look(|tx| office::list(tx, ROOM, office::EVER))
    }
}
