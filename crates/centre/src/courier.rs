//! 寄递: orders with a tracking number, what became of them, and back to the shelf when nobody is there.

mod score;

pub use score::{CarrierScore, LOST_DAYS, ON_TIME_DAYS};

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::office::{self, Key, Place};
use crate::papers::Says;
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::storage::Tx;
use crate::vals;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tongban_domain::case::CaseStatus;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{CloseCode, Delivery, Digest, Event, PaperKind};
use tongban_domain::ids::CaseId;
use tongban_protocol::action::Actor;

pub(crate) const PARCELS: &str = "parcel";
/// Who hands over what was sent.
const COURIER: &str = "courier";

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
    /// Number of the 寄递面单.
    #[serde(default)]
    pub label: Option<String>,
    /// 寄递单位; empty for parcels of an earlier release.
    #[serde(default)]
    pub carrier: String,
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
    /// Orders a courier for a licence that is ready and was to be sent.
    pub fn order(&self, by: &Member, case: CaseId, tracking: &str, to: &str) -> Result<Parcel> {
        self.order_with(by, case, "", tracking, to)
    }

    /// The same with the courier's name, by which it is scored.
    pub fn order_with(&self, by: &Member, case: CaseId, carrier: &str, tracking: &str, to: &str) -> Result<Parcel> {
        by.require(Action::OperateLicences)?;
        let centre = self.0;
        centre.office(|tx| {
            let mut loaded = centre.load_known(tx, case)?;
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
            let mut parcel = Parcel {
                id: centre.series(tx, "JD")?,
                case: case.to_string(),
                tracking: tracking.trim().to_owned(),
                to_sealed_hex: hex::encode(centre.keys.seal("parcel", to.as_bytes(), centre.rng.as_ref())),
                state: "ordered".to_owned(),
                steps: vec![(centre.now_ms(), "已下单".to_owned())],
                label: None,
                carrier: carrier.trim().chars().take(40).collect(),
            };
            let says = Says::new([("order", parcel.tracking.clone()), ("place", to.trim().to_owned())]);
            let says = says.qr(parcel.tracking.clone());
            parcel.label = centre.tell_on_paper(tx, &mut loaded, PaperKind::ParcelLabel, &says, Some(&by.id))?;
            self.save(tx, &parcel)?;
            log(tx, centre.now_ms(), &by.id.0, "parcel.order", &parcel.id, "ok", &parcel.tracking)?;
            Ok(parcel)
        })
    }

    fn save(&self, tx: &Tx<'_>, parcel: &Parcel) -> Result<()> {
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
            if state == "signed" {
                self.delivered(tx, &parcel, at_ms, words)?;
            }
            Ok(parcel)
        })
    }

    /// Signed for: 送达回证, and the case has reached its end. The evidence is the hash of what the courier reported.
    fn delivered(&self, tx: &Tx<'_>, parcel: &Parcel, at_ms: i64, words: &str) -> Result<()> {
        let centre = self.0;
        let case = parcel.case.parse().map(CaseId).map_err(|_| CentreError::Damaged("case of a parcel".into()))?;
        let mut loaded = centre.load_known(tx, case)?;
        if loaded.case.status() != CaseStatus::Ready || loaded.case.delivery() != Some(Delivery::Courier) {
            return Ok(());
        }
        let report = format!("{}|{at_ms}|{words}", parcel.tracking);
        let line_sha256 = Digest(Sha256::digest(report.as_bytes()).into());
        let event = Event::HandedOver { line_sha256, operator: COURIER.into(), receipt: None };
        centre.append(tx, &mut loaded, Actor::System, None, event)?;
        let says = Says::new([
            ("place", "寄递地址".to_owned()),
            ("collector", format!("收件人签收，运单号 {}", parcel.tracking)),
            ("officer", "寄递单位".to_owned()),
        ]);
        centre.tell_on_paper(tx, &mut loaded, PaperKind::Delivery, &says, None)?;
        centre.append(tx, &mut loaded, Actor::System, None, Event::Closed { code: CloseCode::Issued })?;
        centre.part_moved(tx, &loaded)?;
        centre.licence_moved(tx, &loaded)
    }

    /// The 寄递面单 of a parcel, PDF, for whoever hands it to the courier.
    pub fn label(&self, by: &Member, id: &str) -> Result<Vec<u8>> {
        by.require(Action::OperateLicences)?;
        self.0.look(|tx| {
            let parcel: Parcel = office::known(tx, PARCELS, id)?;
            let number = parcel.label.ok_or_else(|| CentreError::not_found("label"))?;
            let row = tx.row("paper.get", vals![number])?.ok_or_else(|| CentreError::not_found("label"))?;
            self.0.keys.open_sealed("paper", &row.bytes(2)?)
        })
    }

    /// Parcels of a case, oldest first.
    pub fn of_case(&self, case: CaseId) -> Result<Vec<Parcel>> {
        self.0.look(|tx| office::list(tx, PARCELS, Key::A(&case.to_string())))
    }
}
