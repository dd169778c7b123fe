//! 数据异议: what an applicant says is wrong with a department's record, on that department's page until it is answered.

use super::Sharing;
use crate::cases::Loaded;
use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::office::{self, EVER, Place};
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::storage::Tx;
use serde::{Deserialize, Serialize};
use tongban_domain::code::ErrorCode;
use tongban_domain::event::ShareAnswer;
use tongban_domain::ids::StaffId;

const OBJECTIONS: &str = "share_objection";

/// 数据异议.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// Record: case and resource.
    pub id: String,
    /// The case.
    pub case: String,
    /// 受理号.
    pub receipt: String,
    /// Resource.
    pub resource: String,
    /// The applicant's words.
    pub reason: String,
    /// When the centre learnt of it, ms.
    pub at_ms: i64,
    /// 核实结果: by whom, whether the record was wrong, what was done.
    pub answer: Option<(StaffId, bool, String)>,
}

impl std::fmt::Debug for Objection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Objection({}, {})", self.resource, self.answer.is_some())
    }
}

impl Centre {
    /// Keeps the objections of a case that was handed in, each once.
    pub(crate) fn note_objections(&self, tx: &Tx<'_>, loaded: &Loaded) -> Result<()> {
        let Some(receipt) = loaded.case.receipt() else { return Ok(()) };
        for (resource, share) in loaded.case.shares() {
            let Some(ShareAnswer::Objected { reason }) = &share.answer else { continue };
            let id = format!("{}/{resource}", loaded.id());
            if office::get::<Objection>(tx, OBJECTIONS, &id)?.is_some() {
                continue;
            }
            let objection = Objection {
                id,
                case: loaded.id().to_string(),
                receipt: receipt.to_owned(),
                resource: resource.0.clone(),
                reason: reason.clone(),
                at_ms: self.now_ms(),
                answer: None,
            };
            put(tx, &objection)?;
        }
        Ok(())
    }
}

fn put(tx: &Tx<'_>, one: &Objection) -> Result<()> {
    let state = if one.answer.is_some() { "answered" } else { "open" };
    let place = Place { room: OBJECTIONS, id: &one.id, a: &one.resource, b: &one.case, state, at_ms: one.at_ms };
    office::put(tx, place, one)
}

impl Sharing<'_> {
    /// Every objection, oldest first.
    pub fn objections(&self, by: &Member) -> Result<Vec<Objection>> {
        by.require(Action::ViewSharing)?;
        self.0.look(|tx| office::list(tx, OBJECTIONS, EVER))
    }

    /// 核实 by the department that provides the record.
    pub fn answer_objection(&self, by: &Member, id: &str, wrong: bool, text: &str) -> Result<Objection> {
        by.require(Action::GrantData)?;
        if text.trim().is_empty() {
            return Err(CentreError::invalid(ErrorCode::ReasonMissing, "answer without words"));
        }
        self.0.office(|tx| {
            let mut one: Objection = office::known(tx, OBJECTIONS, id)?;
            if one.answer.is_some() {
                return Err(CentreError::refused(Refusal::Conflict, ErrorCode::GrantState, "answered before"));
            }
            one.answer = Some((by.id.clone(), wrong, text.trim().to_owned()));
            put(tx, &one)?;
            let result = if wrong { "wrong" } else { "right" };
            log(tx, self.0.now_ms(), &by.id.0, "share.objection", id, result, "")?;
            Ok(one)
        })
    }
}
