//! 帮助呼叫: somebody at a kiosk asks for a person of the same hall. JSON of the station API.
//!
//! | method and path | request | answer |
//! |---|---|---|
//! | `POST /station/v1/help` | [`HelpAsk`] | [`HelpCall`] |
//! | `GET /station/v1/help` | – | `Vec<HelpCall>`: what is open in the hall |
//! | `POST /station/v1/help/{call}/answer` | [`HelpAnswer`] | [`HelpCall`] |
//!
//! A call is alive while its kiosk repeats it; who called is not told, only where.

use serde::{Deserialize, Serialize};
use tongban_domain::ids::{StaffId, StationId};
use uuid::Uuid;

/// Seconds between two repeats of a call, and between two looks of a window.
pub const HELP_EVERY_S: u32 = 5;

/// A kiosk calls, goes on calling, or needs nobody any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelpAsk {
    /// The call; the same id while it is the same call.
    pub call: Uuid,
    /// Nobody is needed any more.
    #[serde(default)]
    pub ended: bool,
}

/// 已去: who of the staff goes there.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelpAnswer {
    /// Account on duty.
    pub by: StaffId,
    /// Name as colleagues read it.
    pub name: String,
}

impl std::fmt::Debug for HelpAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HelpAnswer({:?}, name redacted)", self.by)
    }
}

/// A call as the hall sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelpCall {
    /// The call.
    pub call: Uuid,
    /// The kiosk.
    pub station: StationId,
    /// For how long it has been calling, seconds; by the centre's clock.
    pub waited_s: u32,
    /// Who goes there.
    pub answer: Option<HelpAnswer>,
}

/// Number of a station inside its hall as people say it: `890102-001-K03` → `3`.
/// A name that does not end in digits is its own number.
#[must_use]
pub fn station_number(station: &StationId) -> String {
    let last = station.0.rsplit('-').next().unwrap_or_default();
    let digits = last.trim_start_matches(|c: char| !c.is_ascii_digit()).trim_start_matches('0');
    let whole = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if whole { digits.to_owned() } else { station.0.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_station_is_called_by_the_number_at_its_end() {
        let said = |id: &str| station_number(&StationId(id.to_owned()));
        assert_eq!(said("890102-001-K03"), "3");
        assert_eq!(said("890102-001-K120"), "120");
        assert_eq!(said("890102-001-KX"), "890102-001-KX");
        assert_eq!(said("K00"), "K00");
    }

    #[test]
    fn what_an_older_kiosk_sends_is_a_call_that_goes_on() {
        let ask: HelpAsk = serde_json::from_str("{\"call\":\"00000000-0000-0000-0000-000000000001\"}").unwrap();
        assert!(!ask.ended);
    }
}
