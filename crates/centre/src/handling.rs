//! 办理: every transition of a case by a person, with its paper, its post and its reason.
//!
//! [`Handling::act`] is the one door: it looks at rights, at the law (in the case itself), at the
//! item's own terms and at the calendar; issues the paper the law asks for; and only then writes
//! the event. A refusal is logged with its code.

mod acts;
mod intake;
mod review;
mod supply;

pub use acts::{Act, Supplied, Supply};

use crate::cases::Loaded;
use crate::centre::Centre;
use crate::error::{CentreError, Result};
use crate::office::{self, Place};
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::storage::Tx;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{Approval, Event, Hand, PaperKind};
use tongban_domain::ids::{CaseId, StaffId};
use tongban_domain::item::ServiceItem;
use tongban_domain::limits::Clocks;
use tongban_protocol::action::Actor;

pub(crate) const APPROVALS: &str = "approval";

/// 主管同意, given before it is used; once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenApproval {
    /// Record.
    pub id: String,
    /// The case.
    pub case: String,
    /// Who agreed.
    pub by: StaffId,
    /// 理由.
    pub reason: String,
    /// Used up.
    pub used: bool,
}

/// One act in progress: everything a step needs.
struct Desk<'a, 'tx> {
    centre: &'a Centre,
    tx: &'a Tx<'tx>,
    by: &'a Member,
    hand: Hand,
    item: Arc<ServiceItem>,
    loaded: Loaded,
    base: Option<u64>,
}

impl Desk<'_, '_> {
    /// Writes an event; the first one names the version the person looked at.
    fn say(&mut self, event: Event) -> Result<()> {
        let base = self.base.take();
        self.centre.append(self.tx, &mut self.loaded, Actor::Staff(self.by.id.clone()), base, event)
    }

    /// Prints a paper, after making sure that the page was not stale.
    fn paper(&mut self, kind: PaperKind, says: &crate::papers::Says) -> Result<String> {
        self.fresh()?;
        self.centre.issue_paper(self.tx, &mut self.loaded, &self.item, kind, says, Some(&self.by.id))
    }

    fn fresh(&mut self) -> Result<()> {
        match self.base.take() {
            Some(base) if base != self.loaded.version() => Err(CentreError::refused(
                crate::error::Refusal::Conflict,
                ErrorCode::StaleVersion,
                format!("case is at version {}", self.loaded.version()),
            )),
            _ => Ok(()),
        }
    }

    /// The law speaks before a paper leaves the printer.
    fn lawful(&self, event: &Event) -> Result<()> {
        self.loaded.case.allows(event).map_err(crate::cases::rule)
    }

    fn id(&self) -> StaffId {
        self.by.id.clone()
    }
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Handling<'a>(pub(crate) &'a Centre);

impl Handling<'_> {
    /// One act by a person. `base` is the version on the page; `desk` where it is done.
    pub fn act(&self, by: &Member, id: CaseId, base: u64, desk: &str, act: &Act) -> Result<()> {
        let done = self.checked(by, id, base, desk, act);
        if let Err(CentreError::Refused { code, detail, .. }) = &done {
            self.0.staff().note(&by.id.0, act.name(), &id.to_string(), code.as_str(), detail)?;
        }
        done
    }

    fn checked(&self, by: &Member, id: CaseId, base: u64, desk: &str, act: &Act) -> Result<()> {
        let centre = self.0;
        centre.office(|tx| {
            let row = centre.row_for(tx, by, id)?;
            let loaded = centre.load_known(tx, id)?;
            let item = centre.item_of(&loaded.case)?;
            centre.authorise(tx, by, act.needs(), &row.region, &item)?;
            let hand = centre.hand(tx, by, desk)?;
            let mut at = Desk { centre, tx, by, hand, item, loaded, base: Some(base) };
            at.take(act)?;
            centre.part_moved(tx, &at.loaded)?;
            log(tx, centre.now_ms(), &by.id.0, act.name(), &id.to_string(), "ok", act.reason())
        })
    }

    /// 主管同意 for one later act on a case by somebody else.
    pub fn approve(&self, by: &Member, id: CaseId, reason: &str) -> Result<GivenApproval> {
        let centre = self.0;
        centre.office(|tx| {
            let row = centre.row_for(tx, by, id)?;
            let loaded = centre.load_known(tx, id)?;
            let item = centre.item_of(&loaded.case)?;
            centre.authorise(tx, by, Action::Approve, &row.region, &item)?;
            if reason.trim().is_empty() {
                return Err(CentreError::invalid(ErrorCode::ReasonMissing, "approval without a reason"));
            }
            let given = GivenApproval {
                id: centre.record_id(),
                case: id.to_string(),
                by: by.id.clone(),
                reason: reason.trim().to_owned(),
                used: false,
            };
            let now = centre.now_ms();
            centre.put_approval(tx, &given)?;
            log(tx, now, &by.id.0, "case.approve", &id.to_string(), "ok", &given.reason)?;
            Ok(given)
        })
    }

    /// The clocks of a case, now.
    pub fn clocks(&self, by: &Member, id: CaseId) -> Result<Clocks> {
        by.require(Action::ViewCases)?;
        self.0.look(|tx| {
            self.0.row_for(tx, by, id)?;
            let loaded = self.0.load_known(tx, id)?;
            let item = self.0.item_of(&loaded.case)?;
            Ok(self.0.clocks_of(&loaded.case, &item))
        })
    }

    /// Where a case stands in its workflow.
    pub fn flow(&self, by: &Member, id: CaseId) -> Result<tongban_domain::item::Flow> {
        by.require(Action::ViewCases)?;
        self.0.look(|tx| {
            self.0.row_for(tx, by, id)?;
            let loaded = self.0.load_known(tx, id)?;
            let item = self.0.item_of(&loaded.case)?;
            Ok(tongban_domain::item::flow(&item, &loaded.case))
        })
    }
}

impl Centre {
    fn put_approval(&self, tx: &Tx<'_>, given: &GivenApproval) -> Result<()> {
        let state = if given.used { "used" } else { "open" };
        let place =
            Place { room: APPROVALS, id: &given.id, a: &given.case, b: &given.by.0, state, at_ms: self.now_ms() };
        office::put(tx, place, given)
    }

    /// Takes an approval for a case; it is used up with the transaction.
    fn use_approval(&self, tx: &Tx<'_>, case: CaseId, id: Option<&String>) -> Result<Option<Approval>> {
        let Some(id) = id else { return Ok(None) };
        let mut given: GivenApproval = office::known(tx, APPROVALS, id)?;
        if given.used || given.case != case.to_string() {
            return Err(CentreError::invalid(ErrorCode::ApprovalMissing, "approval is for another case or used"));
        }
        given.used = true;
        self.put_approval(tx, &given)?;
        Ok(Some(Approval { by: given.by, reason: given.reason }))
    }
}
