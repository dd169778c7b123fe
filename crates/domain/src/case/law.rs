//! 行政许可法 and the hall's rules on handling: which of the later events a case allows.

use super::rules::{Allowed, said};
use super::{Case, CaseRuleError, CaseStatus};
use crate::event::{Approval, Event, Missing, PaperKind};
use crate::ids::StaffId;
use crate::limits::parse_date;

/// Most working days of an extension (行政许可法 Art. 42: 20 + 10; joint handling 45 + 15).
const EXTENSION_DAYS_MAX: u16 = 10;
const EXTENSION_DAYS_MAX_JOINT: u16 = 15;

impl Case {
    /// Papers, post-checks and revocations may follow the end of a case.
    pub(super) fn allows_annotation(&self, event: &Event) -> Option<Allowed> {
        let handling = &self.handling;
        let holds = |holds: bool| if holds { Ok(()) } else { Err(CaseRuleError::Annotation) };
        match event {
            Event::PaperIssued { kind, document_no, .. } => {
                let drafted = matches!(kind, PaperKind::Completeness | PaperKind::Consent | PaperKind::Authorisation);
                Some(said("document_no", document_no).and(holds(drafted || self.status != CaseStatus::Draft)))
            }
            Event::CommitmentChecked { finding, .. } => {
                let open = handling.commitment.as_ref().is_some_and(|commitment| commitment.checked.is_none());
                let decided = self.decision.is_some();
                Some(said("finding", finding).and(holds(open && decided)))
            }
            Event::LicenceRevoked { reason, document_no, .. } => {
                let there = self.licence.is_some() && handling.revoked.is_none();
                Some(said("reason", reason).and(said("document_no", document_no)).and(holds(there)))
            }
            _ => None,
        }
    }

    /// The events of handling; the caller has looked at end and block before.
    pub(super) fn allows_handling(&self, event: &Event) -> Option<Allowed> {
        Some(match event {
            Event::GuardianConsented { .. }
            | Event::AgentNamed { .. }
            | Event::PageJudged { .. }
            | Event::CompletenessIssued { .. }
            | Event::PartOf { .. } => self.allows_before_intake(event),
            Event::CorrectionAsked { .. }
            | Event::CorrectionDone { .. }
            | Event::FixedOnTheSpot { .. }
            | Event::DeemedAccepted { .. }
            | Event::Rejected { .. }
            | Event::Returned { .. }
            | Event::Redirected { .. }
            | Event::DeferralGranted { .. }
            | Event::CommitmentMade { .. }
            | Event::PartsOpened { .. } => self.allows_intake(event),
            Event::DeferralSupplied { .. }
            | Event::Suspended { .. }
            | Event::Resumed { .. }
            | Event::Extended { .. }
            | Event::HearingHeld { .. }
            | Event::StepDone { .. }
            | Event::StepReturned { .. }
            | Event::Assigned { .. }
            | Event::Terminated { .. }
            | Event::PartEnded { .. } => self.allows_review(event),
            _ => return None,
        })
    }

    fn allows_before_intake(&self, event: &Event) -> Allowed {
        use CaseStatus as S;
        match event {
            Event::GuardianConsented { card, relation, .. } => {
                self.in_status(event, &[S::Draft])?;
                let ward = self.card.as_ref().ok_or(CaseRuleError::Order { what: "guardian", needs: "identified" })?;
                said("relation", relation)?;
                if ward.number == card.number { Err(CaseRuleError::OtherPerson) } else { Ok(()) }
            }
            Event::AgentNamed { principal, valid_to, .. } => {
                self.in_status(event, &[S::Draft])?;
                let agent = self.card.as_ref().ok_or(CaseRuleError::Order { what: "agent", needs: "identified" })?;
                said("principal", &principal.name).and(day("valid_to", valid_to))?;
                if agent.number == principal.number { Err(CaseRuleError::OtherPerson) } else { Ok(()) }
            }
            Event::PageJudged { page, verdict } => {
                self.in_status(event, &[S::Draft, S::Correction, S::Submitted, S::Received])?;
                said("judge", &verdict.judge)?;
                if self.pages.contains_key(page) { Ok(()) } else { Err(CaseRuleError::Pages) }
            }
            Event::CompletenessIssued { document_no, verdicts, .. } => {
                self.in_status(event, &[S::Draft, S::Correction, S::Submitted, S::Received])?;
                said("document_no", document_no)?;
                let judged = !verdicts.is_empty() && verdicts.iter().all(|verdict| !verdict.reason.trim().is_empty());
                if judged { Ok(()) } else { Err(CaseRuleError::Blank { what: "verdicts" }) }
            }
            Event::PartOf { parent, receipt, .. } => {
                self.in_status(event, &[S::Draft])?;
                said("receipt", receipt)?;
                let fresh = self.item.is_none() && self.card.is_none() && *parent != self.id;
                if fresh { Ok(()) } else { Err(CaseRuleError::Order { what: "part", needs: "opened" }) }
            }
            _ => self.wrong_status(event),
        }
    }

    fn allows_intake(&self, event: &Event) -> Allowed {
        use CaseStatus as S;
        match event {
            Event::CorrectionAsked { by, document_no, missing, due, approval, .. } => {
                self.in_status(event, &[S::Received])?;
                said("document_no", document_no).and(day("due", due)).and(named(missing))?;
                self.allows_notice(by, missing, approval.as_ref())
            }
            Event::CorrectionDone { requirements, .. } => {
                self.in_status(event, &[S::Correction])?;
                let notice = self.handling.open_notice();
                let all = notice.is_some_and(|notice| {
                    notice.missing.iter().all(|missing| requirements.contains(&missing.requirement))
                });
                if all { Ok(()) } else { Err(CaseRuleError::Incomplete) }
            }
            Event::FixedOnTheSpot { field, reason, .. } => {
                self.in_status(event, &[S::Received])?;
                said("field", &field.0).and(said("reason", reason))
            }
            Event::DeemedAccepted { on, document_no, due } => {
                self.in_status(event, &[S::Received])?;
                day("on", on).and(day("due", due)).and(said("document_no", document_no))
            }
            Event::Rejected { reason, document_no, competent, .. } => {
                self.in_status(event, &[S::Received])?;
                competent.as_deref().map_or(Ok(()), |agency| said("competent", agency))?;
                said("reason", reason).and(said("document_no", document_no))
            }
            Event::Returned { reason, .. } => {
                self.in_status(event, &[S::Submitted, S::Received, S::Correction])?;
                said("reason", reason)
            }
            Event::Redirected { to_name, reason, .. } => {
                self.in_status(event, &[S::Submitted, S::Received])?;
                said("agency", to_name).and(said("reason", reason))
            }
            Event::DeferralGranted { missing, supply_by, credit, promise_no, document_no, .. } => {
                self.in_status(event, &[S::Received])?;
                if self.handling.deferral.is_some() {
                    return Err(CaseRuleError::Deferral);
                }
                named(missing).and(day("supply_by", supply_by)).and(said("credit", credit))?;
                said("promise_no", promise_no).and(said("document_no", document_no))
            }
            Event::CommitmentMade { conditions, promise_no, check_by, .. } => {
                self.in_status(event, &[S::Received])?;
                let told = !conditions.is_empty() && self.handling.commitment.is_none();
                if !told {
                    return Err(CaseRuleError::Blank { what: "conditions" });
                }
                said("promise_no", promise_no).and(day("check_by", check_by))
            }
            Event::PartsOpened { parts, .. } => {
                self.in_status(event, &[S::Received])?;
                let sound = !parts.is_empty() && !parts.contains(&self.id) && self.handling.parts.is_empty();
                if sound { Ok(()) } else { Err(CaseRuleError::Parts) }
            }
            _ => self.wrong_status(event),
        }
    }

    /// Law 2 and the promise of the 齐全单: what an earlier notice did not name, or what was green,
    /// is asked for only with another person's consent and reason.
    fn allows_notice(&self, by: &StaffId, missing: &[Missing], approval: Option<&Approval>) -> Allowed {
        let later = !self.handling.notices.is_empty();
        let added = |missing: &Missing| later && !self.handling.named_before(&missing.requirement);
        let promised = |missing: &Missing| self.handling.was_green(&missing.requirement);
        if !missing.iter().any(|missing| added(missing) || promised(missing)) {
            return Ok(());
        }
        approved(by, approval.ok_or(CaseRuleError::Approval)?)
    }

    fn allows_review(&self, event: &Event) -> Allowed {
        use CaseStatus as S;
        let running = [S::Accepted, S::InReview];
        match event {
            Event::DeferralSupplied { requirement, .. } => {
                self.in_status(event, &[S::Accepted, S::InReview, S::Suspended])?;
                let open = self.handling.deferral.as_ref();
                let waits = open.is_some_and(|d| d.open().any(|missing| &missing.requirement == requirement));
                if waits { Ok(()) } else { Err(CaseRuleError::Deferral) }
            }
            Event::Suspended { name, document_no, expected_days, reason, .. } => {
                self.in_status(event, &running)?;
                said("name", name).and(said("reason", reason))?;
                let told = self.handling.has_paper(PaperKind::Special, document_no)
                    || self.handling.has_paper(PaperKind::Hearing, document_no);
                let used = self.handling.specials.iter().any(|special| &special.document_no == document_no);
                if told && !used && *expected_days > 0 { Ok(()) } else { Err(CaseRuleError::NotTold) }
            }
            Event::Resumed { result, .. } => {
                self.in_status(event, &[S::Suspended])?;
                said("result", result)
            }
            Event::Extended { by, approval, days, due, reason, document_no, .. } => {
                self.in_status(event, &running)?;
                said("reason", reason).and(day("due", due)).and(approved(by, approval))?;
                let joint = self.handling.parent.is_some() || !self.handling.parts.is_empty();
                let most = if joint { EXTENSION_DAYS_MAX_JOINT } else { EXTENSION_DAYS_MAX };
                if self.handling.extension.is_some() || *days == 0 || *days > most {
                    return Err(CaseRuleError::Extension);
                }
                let told = self.handling.has_paper(PaperKind::Extension, document_no);
                if told { Ok(()) } else { Err(CaseRuleError::NotTold) }
            }
            Event::HearingHeld { host, document_no, .. } => {
                self.in_status(event, &[S::Accepted, S::InReview, S::Suspended])?;
                said("document_no", document_no)?;
                if self.has_reviewed(host) { Err(CaseRuleError::HearingHost) } else { Ok(()) }
            }
            Event::StepDone { step, by, passed, opinion, .. } => {
                self.in_status(event, &running)?;
                self.whole()?;
                said("step", step)?;
                if !passed {
                    said("opinion", opinion)?;
                }
                self.no_host(by)
            }
            Event::StepReturned { step, to, by, reason, .. } => {
                self.in_status(event, &running)?;
                said("step", step).and(said("to", to)).and(said("reason", reason))?;
                self.no_host(by)
            }
            Event::Assigned { step, to, reason, .. } => {
                self.in_status(event, &[S::Received, S::Accepted, S::InReview, S::Suspended])?;
                said("step", step).and(said("to", &to.0)).and(said("reason", reason))
            }
            Event::Terminated { reason, document_no, .. } => {
                self.in_status(event, &[S::Received, S::Correction, S::Accepted, S::InReview, S::Suspended])?;
                said("reason", reason).and(said("document_no", document_no))
            }
            Event::PartEnded { part, status } => {
                said("status", status)?;
                let open = self.handling.parts.get(part).is_some_and(Option::is_none);
                if open { Ok(()) } else { Err(CaseRuleError::Parts) }
            }
            _ => self.wrong_status(event),
        }
    }

    /// Whether this person reviewed the case in any step.
    #[must_use]
    pub fn has_reviewed(&self, by: &StaffId) -> bool {
        let steps = self.handling.steps.iter().any(|step| &step.by == by);
        steps || self.reviews.iter().any(|review| &review.by == by)
    }

    /// A hearing's host reviews nothing of the case (行政许可法 Art. 48).
    pub(super) fn no_host(&self, by: &StaffId) -> Allowed {
        if self.handling.hearing_hosts.contains(by) { Err(CaseRuleError::HearingHost) } else { Ok(()) }
    }

    /// What has parts is handled in its parts.
    pub(super) fn whole(&self) -> Allowed {
        if self.handling.parts.is_empty() { Ok(()) } else { Err(CaseRuleError::Parts) }
    }

    /// The laws on a decision beyond its status: four eyes, a reason for a denial, nothing open on a grant.
    pub(super) fn allows_decision(&self, by: &StaffId, granted: bool, opinion: &str) -> Allowed {
        self.whole()?;
        if self.has_reviewed(by) {
            return Err(CaseRuleError::FourEyes);
        }
        self.no_host(by)?;
        if !granted {
            return said("opinion", opinion);
        }
        let waits = self.handling.deferral.as_ref().is_some_and(super::Deferral::is_open);
        if waits { Err(CaseRuleError::Deferral) } else { Ok(()) }
    }
}

fn named(missing: &[Missing]) -> Allowed {
    let blank = |missing: &Missing| missing.name.trim().is_empty() || missing.why.trim().is_empty();
    if missing.is_empty() || missing.iter().any(blank) {
        return Err(CaseRuleError::Blank { what: "missing" });
    }
    Ok(())
}

fn approved(by: &StaffId, approval: &Approval) -> Allowed {
    said("approval", &approval.reason)?;
    if &approval.by == by || approval.by.0.trim().is_empty() { Err(CaseRuleError::Approval) } else { Ok(()) }
}

fn day(what: &'static str, text: &str) -> Allowed {
    if parse_date(text).is_some() { Ok(()) } else { Err(CaseRuleError::Blank { what }) }
}
