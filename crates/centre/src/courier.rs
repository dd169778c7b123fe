//! 寄递: orders with a tracking number, what became of them, and back to the shelf when nobody is there.

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::office::{self, Key, Place};
use crate::rights::Action;
use crate::staff::{Member, log};
use serde::{Deserialize, Serialize};
use tongban_domain::case::CaseStatus;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::Delivery;
use tongban_domain::ids::CaseId;

pub(crate) const PARCELS: &str = "parcel";

/// 寄递单.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    /// 单号 of ours.
    pub id: String,
    /// The case.
    pub case: String,
    /// The courier's tracking number.
    pub tracking: String,
    /// 收件人, sealed.
    pub to_sealed_hex: String,
    /// `ordered`, `taken`, `on_the_way`, `signed`, `back`.
    pub state: String,
    /// What happened, oldest first: when (ms) and words.
    pub steps: Vec<(i64, String)>,
}

impl std::fmt::Debug for Parcel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Parcel({}, {})", self.id, self.state)
    }
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Courier<'a>(pub(crate) &'a Centre);

impl Courier<'_> {
    /// Orders the courier for a licence that is ready and was to be sent.
    pub fn order(&self, by: &Member, case: CaseId, tracking: &str, to: &str) -> Result<Parcel> {
        by.require(Action::OperateLicences)?;
        let centre = self.0;
        centre.office(|tx| {
            let loaded = centre.load_known(tx, case)?;
            let wanted = loaded.case.delivery() == Some(Delivery::Courier);
            if loaded.case.status() != CaseStatus::Ready || !wanted || tracking.trim().is_empty() {
                return Err(CentreError::refused(
                    Refusal::Conflict,
                    ErrorCode::CaseState,
                    "not ready, or to be fetched",
                ));
            }
            let known: Vec<Parcel> = office::list(tx, PARCELS, Key::A(&case.to_string()))?;
            if let Some(parcel) = known.into_iter().find(|parcel| parcel.state != "back") {
                return Ok(parcel);
            }
            let parcel = Parcel {
                id: centre.series(tx, "JD")?,
                case: case.to_string(),
                tracking: tracking.trim().to_owned(),
                to_sealed_hex: hex::encode(centre.keys.seal("parcel", to.as_bytes(), centre.rng.as_ref())),
                state: "ordered".to_owned(),
                steps: vec![(centre.now_ms(), "已下单".to_owned())],
            };
            self.save(tx, &parcel)?;
            log(tx, centre.now_ms(), &by.id.0, "parcel.order", &parcel.id, "ok", &parcel.tracking)?;
            Ok(parcel)
        })
    }

    fn save(&self, tx: &crate::storage::Tx<'_>, parcel: &Parcel) -> Result<()> {
        let place = Place {
            room: PARCELS,
            id: &parcel.id,
            a: &parcel.case,
            b: &parcel.tracking,
            state: &parcel.state,
            at_ms: self.0.now_ms(),
        };
        office::put(tx, place, parcel)?;
        self.0.tell_parcel(tx, parcel)
    }

    /// A step the courier reports. Steps may come twice or out of order; a signed parcel stays signed.
    pub fn report(&self, tracking: &str, at_ms: i64, state: &str, words: &str) -> Result<Parcel> {
        const STATES: [&str; 4] = ["taken", "on_the_way", "signed", "back"];
        if !STATES.contains(&state) {
            return Err(CentreError::invalid(ErrorCode::FieldInvalid, "state of a parcel"));
        }
        self.0.office(|tx| {
            let found: Vec<Parcel> = office::list(tx, PARCELS, Key::B(tracking))?;
            let mut parcel = found.into_iter().next_back().ok_or_else(|| CentreError::not_found("parcel"))?;
            let step = (at_ms, words.to_owned());
            if !parcel.steps.contains(&step) {
                parcel.steps.push(step);
                parcel.steps.sort();
            }
            let rank = |state: &str| STATES.iter().position(|one| *one == state).map_or(0, |n| n + 1);
            if parcel.state != "signed" && rank(state) > rank(&parcel.state) {
                parcel.state = state.to_owned();
            }
            self.save(tx, &parcel)?;
            log(tx, self.0.now_ms(), "courier", "parcel.report", &parcel.id, "ok", state)?;
            Ok(parcel)
        })
    }

    /// Parcels of a case, oldest first.
    pub fn of_case(&self, case: CaseId) -> Result<Vec<Parcel>> {
        self.0.look(|tx| office::list(tx, PARCELS, Key::A(&case.to_string())))
    }
}
