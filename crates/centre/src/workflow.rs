//! 流转: received by itself at sync, then accepted, reviewed and decided by people.
//!
//! Every step names the version it was based on and goes onto the case's own chain. Reviewer
//! and decider are never one person; the attempt is refused and logged.

use crate::cases::Loaded;
use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::numbers::{day8, document_no};
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::storage::Tx;
use crate::vals;
use std::sync::Arc;
use tongban_domain::case::{Case, CaseStatus};
use tongban_domain::case_number::CaseNumber;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{CloseCode, Digest, Event};
use tongban_domain::ids::{CaseId, StaffId};
use tongban_domain::item::{CaseType, ResultKind, ServiceItem};
use tongban_domain::limits::{date_text, local_day};
use tongban_domain::people::{self, PeopleError};
use tongban_protocol::action::Actor;

/// Longest opinion, characters.
pub const OPINION_CHARS_MAX: usize = 500;

/// A step of the workflow by a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// 受理.
    Accept,
    /// 退回 before acceptance, with the reason told to the applicant.
    Return {
        /// Why.
        opinion: String,
    },
    /// 审查.
    Review {
        /// 通过 or not.
        passed: bool,
        /// 意见.
        opinion: String,
    },
    /// 决定.
    Decide {
        /// 准予 or 不予.
        granted: bool,
        /// 意见.
        opinion: String,
    },
}

impl Step {
    const fn action(&self) -> Action {
        match self {
            Self::Accept | Self::Return { .. } => Action::Accept,
            Self::Review { .. } => Action::Review,
            Self::Decide { .. } => Action::Decide,
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Accept => "case.accept",
            Self::Return { .. } => "case.return",
            Self::Review { .. } => "case.review",
            Self::Decide { .. } => "case.decide",
        }
    }

    fn opinion(&self) -> Option<&str> {
        match self {
            Self::Accept => None,
            Self::Return { opinion } | Self::Review { opinion, .. } | Self::Decide { opinion, .. } => Some(opinion),
        }
    }
}

impl Centre {
    /// The item of a case, in the version it was filed under.
    pub(crate) fn item_of(&self, case: &Case) -> Result<Arc<ServiceItem>> {
        case.item()
            .and_then(|(key, version)| self.catalogue().item(key, version))
            .ok_or_else(|| CentreError::invalid(ErrorCode::ItemUnknown, "item of the case"))
    }
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Workflow<'a>(pub(crate) &'a Centre);

impl Workflow<'_> {
    /// 收件: gives a submitted case its number. Does nothing for a case in another status.
    pub fn receive(&self, id: CaseId) -> Result<()> {
        self.0.db.write("receive", |tx| {
            let mut loaded = self.0.load_known(tx, id)?;
            self.receive_in(tx, &mut loaded)
        })
    }

    /// Takes in whatever a crash left submitted.
    pub fn receive_pending(&self) -> Result<usize> {
        let ids: Vec<CaseId> = self.0.db.read("pending", |tx| {
            tx.rows("case.with_status", vals![CaseStatus::Submitted.as_str()])?
                .iter()
                .map(|row| Ok(CaseId(row.uuid(0)?)))
                .collect()
        })?;
        for id in &ids {
            self.receive(*id)?;
        }
        Ok(ids.len())
    }

    /// [`Workflow::receive`] inside the transaction that stores the bundle.
    pub(crate) fn receive_in(&self, tx: &Tx<'_>, loaded: &mut Loaded) -> Result<()> {
        let centre = self.0;
        if loaded.case.status() != CaseStatus::Submitted || loaded.case.blocked().is_some() {
            return Ok(());
        }
        let item = centre.item_of(&loaded.case)?;
        // A proof's chain is written to its end where the applicant stands.
        if item.result.kind == ResultKind::Proof {
            return Ok(());
        }
        if let Some(code) = centre.intake_fault(&loaded.case, &item) {
            let now = centre.now_ms();
            log(tx, now, "system", "case.block", &loaded.id().to_string(), code.as_str(), "")?;
            return centre.append(tx, loaded, Actor::System, None, Event::Blocked { code: code.as_str().to_owned() });
        }
        let today = local_day(centre.now());
        let serial = tx.count(&format!("project/{}/{}", item.task_code, day8(today)))?;
        let serial = u32::try_from(serial).unwrap_or(u32::MAX);
        let project_no = CaseNumber::new(&item.task_code, today, serial)
            .map_err(|error| CentreError::invalid(ErrorCode::ConfigInvalid, format!("project number: {error}")))?;
        centre.append(
            tx,
            loaded,
            Actor::System,
            None,
            Event::Received { project_no: project_no.as_str().to_owned() },
        )?;
        if !item.parts.is_empty() {
            return centre.open_parts(tx, loaded, &item);
        }
        if item.case_type == CaseType::Immediate && item.result.kind == ResultKind::Reply {
            self.finish_reply(tx, loaded, &item)?;
        }
        Ok(())
    }

    /// 即办答复: the answer was the shared data itself; the program accepts, grants and closes.
    fn finish_reply(&self, tx: &Tx<'_>, loaded: &mut Loaded, item: &ServiceItem) -> Result<()> {
        let centre = self.0;
        let system = StaffId::from("system");
        let accepted = self.accepted(tx, item, &system)?;
        centre.append(tx, loaded, Actor::System, None, accepted)?;
        let opinion = "即办件，由共享数据直接答复".to_owned();
        let decided = self.decided(tx, item, &system, true, opinion)?;
        centre.append(tx, loaded, Actor::System, None, decided)?;
        centre.append(tx, loaded, Actor::System, None, Event::Closed { code: CloseCode::Done })
    }

    /// A step by a person. `base` is the version on the page the person looked at.
    pub fn step(&self, by: &Member, id: CaseId, base: u64, step: &Step) -> Result<()> {
        let done = self.checked_step(by, id, base, step);
        if let Err(CentreError::Refused { code, detail, .. }) = &done {
            self.0.staff().note(&by.id.0, step.name(), &id.to_string(), code.as_str(), detail)?;
        }
        done
    }

    fn checked_step(&self, by: &Member, id: CaseId, base: u64, step: &Step) -> Result<()> {
        let centre = self.0;
        by.require(step.action())?;
        if let Some(opinion) = step.opinion() {
            let chars = opinion.trim().chars().count();
            if chars == 0 || chars > OPINION_CHARS_MAX {
                return Err(CentreError::invalid(ErrorCode::ReasonMissing, "opinion is blank or too long"));
            }
        }
        centre.db.write(step.name(), |tx| {
            centre.row_for(tx, by, id)?;
            let mut loaded = centre.load_known(tx, id)?;
            let item = centre.item_of(&loaded.case)?;
            // Four eyes come first: whoever reviewed is told so, whatever else is wrong.
            if matches!(step, Step::Decide { .. }) && loaded.case.reviews().iter().any(|review| review.by == by.id) {
                return Err(CentreError::forbidden(ErrorCode::FourEyes, "reviewer and decider must differ"));
            }
            let actor = Actor::Staff(by.id.clone());
            let events = self.events_of(tx, by, &loaded.case, &item, step)?;
            let mut base = Some(base);
            for event in events {
                centre.append(tx, &mut loaded, actor.clone(), base.take(), event)?;
            }
            if let Some(decision) = loaded.case.decision()
                && matches!(step, Step::Decide { .. })
            {
                let granted = decision.granted;
                self.after_decision(tx, &mut loaded, &item, granted)?;
            }
            let reason = if let Step::Return { opinion } = step { opinion.as_str() } else { "" };
            log(tx, centre.now_ms(), &by.id.0, step.name(), &id.to_string(), "ok", reason)
        })
    }

    fn events_of(&self, tx: &Tx<'_>, by: &Member, case: &Case, item: &ServiceItem, step: &Step) -> Result<Vec<Event>> {
        Ok(match step {
            Step::Accept => vec![self.accepted(tx, item, &by.id)?],
            Step::Return { .. } => vec![Event::Closed { code: CloseCode::Returned }],
            Step::Review { passed, opinion } => {
                vec![Event::Reviewed {
                    by: by.id.clone(),
                    passed: *passed,
                    opinion: opinion.trim().to_owned(),
                    hand: None,
                }]
            }
            Step::Decide { granted, opinion } => {
                // A promised item is decided on a review; a grant on one that passed.
                match case.reviews().last() {
                    None if item.case_type == CaseType::Promised => {
                        return Err(CentreError::refused(Refusal::Conflict, ErrorCode::CaseState, "not reviewed yet"));
                    }
                    Some(review) if *granted && !review.passed => {
                        return Err(CentreError::refused(
                            Refusal::Conflict,
                            ErrorCode::CaseState,
                            "the last review did not pass",
                        ));
                    }
                    _ => {}
                }
                vec![self.decided(tx, item, &by.id, *granted, opinion.trim().to_owned())?]
            }
        })
    }

    fn accepted(&self, tx: &Tx<'_>, item: &ServiceItem, by: &StaffId) -> Result<Event> {
        let today = local_day(self.0.now());
        let due = self.0.limits().due(today, item.promised_days)?;
        let document_no = document_no(tx, &item.org.code, &org_short(&item.org.name), "许受", today)?;
        Ok(Event::Accepted { by: by.clone(), document_no, due: date_text(due.date), hand: None })
    }

    fn decided(&self, tx: &Tx<'_>, item: &ServiceItem, by: &StaffId, granted: bool, opinion: String) -> Result<Event> {
        let today = local_day(self.0.now());
        let kind = if granted { "许准" } else { "许不准" };
        let document_no = document_no(tx, &item.org.code, &org_short(&item.org.name), kind, today)?;
        Ok(Event::Decided { by: by.clone(), granted, opinion, document_no, hand: None })
    }

    fn after_decision(&self, tx: &Tx<'_>, loaded: &mut Loaded, item: &ServiceItem, granted: bool) -> Result<()> {
        let centre = self.0;
        if granted && item.result.kind == ResultKind::Licence {
            return centre.licences().allot(tx, loaded, item);
        }
        centre.append(tx, loaded, Actor::System, None, Event::Closed { code: CloseCode::Done })
    }
}

impl Centre {
    /// Why a submitted case cannot be taken in as it is: a sign-off that no longer fits, a form not
    /// filled in, a minor alone, an agent without authority. A missing material is no reason: it is
    /// told once, all at once, in a notice.
    fn intake_fault(&self, case: &Case, item: &ServiceItem) -> Option<ErrorCode> {
        // A part has its parent's form, materials and sign-off.
        if case.handling().parent.is_some() {
            return None;
        }
        let sm3 = |bytes: &[u8]| Digest(tongban_crypto::sm3(bytes));
        if case.sign_off_holds(sm3) == Some(false) {
            return Some(ErrorCode::SignOffBroken);
        }
        let today = local_day(self.now());
        if let Err(error) = people::may_apply(case, item.terms.agents, today) {
            return Some(match error {
                PeopleError::GuardianNeeded | PeopleError::GuardianMinor => ErrorCode::GuardianNeeded,
                PeopleError::AgentsBarred | PeopleError::NotAuthorised => ErrorCode::AgentRefused,
            });
        }
        case.receivable(item).err().map(tongban_domain::case::CaseRuleError::code)
    }
}

/// 机关代字: `示范市住房和城乡建设局` → `示住建`. The usual short form of a bureau's name: the
/// city's first character and the first two of its business, without 市/县/区.
pub(crate) fn org_short(name: &str) -> String {
    const KNOWN: [(&str, &str); 8] = [
        ("住房和城乡建设", "住建"),
        ("市场监督管理", "市监"),
        ("卫生健康", "卫健"),
        ("交通运输", "交运"),
        ("人力资源和社会保障", "人社"),
        ("自然资源和规划", "自然资"),
        ("水利", "水"),
        ("政务服务数据管理", "政数"),
    ];
    let city = name.chars().next().map(String::from).unwrap_or_default();
    if let Some((_, short)) = KNOWN.iter().find(|(long, _)| name.contains(long)) {
        return format!("{city}{short}");
    }
    let rest: String = name.split_once(['市', '县', '区']).map_or(name, |(_, rest)| rest).chars().take(2).collect();
    format!("{city}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bureau_is_shortened_as_its_documents_do() {
        assert_eq!(org_short("示范市住房和城乡建设局"), "示住建");
        assert_eq!(org_short("示范市民政局"), "示民政");
    }
}
