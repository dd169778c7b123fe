//! The change an allowed event of handling makes.

use super::handling::{
    Agent, At, Commitment, CorrectionNotice, Deferral, Extension, Fix, Guardian, IssuedPaper, Redirect, Rejection,
    Special, StepOutcome, StepTaken,
};
use super::{Acceptance, Case, CaseStatus};
use crate::event::{CompletenessSlip, Event, Hand};
use crate::ids::StaffId;

impl Case {
    /// Takes an event of handling; `true` when it was one.
    pub(super) fn take_law(&mut self, event: &Event, at: At) -> bool {
        self.take_people(event)
            || self.take_intake(event, at)
            || self.take_review(event, at)
            || self.take_note(event, at)
    }

    fn take_people(&mut self, event: &Event) -> bool {
        match event {
            Event::GuardianConsented { card, relation, .. } => {
                self.handling.guardian = Some(Guardian { card: card.clone(), relation: relation.clone() });
            }
            Event::AgentNamed { principal, items, pickup, valid_to, requirement } => {
                self.handling.agent = Some(Agent {
                    principal: principal.clone(),
                    items: items.clone(),
                    pickup: *pickup,
                    valid_to: valid_to.clone(),
                    requirement: requirement.clone(),
                });
            }
            Event::PageJudged { page, verdict } => {
                self.handling.page_verdicts.insert(*page, verdict.clone());
            }
            Event::CompletenessIssued { document_no, verdicts, content, .. } => {
                let (document_no, verdicts) = (document_no.clone(), verdicts.clone());
                self.handling.completeness = Some(CompletenessSlip { document_no, verdicts, content: *content });
            }
            Event::PartOf { parent, item, version, firm, receipt, delivery } => {
                self.handling.parent = Some(*parent);
                self.item = Some((item.clone(), *version));
                self.firm.clone_from(firm);
                self.receipt = Some(receipt.clone());
                self.delivery = Some(*delivery);
                self.status = CaseStatus::Submitted;
            }
            _ => return false,
        }
        true
    }

    fn take_intake(&mut self, event: &Event, at: At) -> bool {
        match event {
            Event::CorrectionAsked { by, document_no, missing, due, approval, .. } => {
                self.handling.notices.push(CorrectionNotice {
                    by: by.clone(),
                    document_no: document_no.clone(),
                    missing: missing.clone(),
                    due: due.clone(),
                    approval: approval.clone(),
                    asked: at,
                    done: None,
                });
                self.status = CaseStatus::Correction;
            }
            Event::CorrectionDone { .. } => {
                if let Some(notice) = self.handling.notices.last_mut() {
                    notice.done = Some(at);
                }
                self.status = CaseStatus::Received;
            }
            Event::FixedOnTheSpot { by, field, value, reason, .. } => {
                let (by, field, value, reason) = (by.clone(), field.clone(), value.clone(), reason.clone());
                self.handling.fixes.push(Fix { by, field, value, reason });
            }
            Event::DeemedAccepted { on, document_no, due } => {
                let by = StaffId::from("system");
                self.acceptance = Some(Acceptance { by, document_no: document_no.clone(), due: due.clone() });
                self.handling.deemed_on = Some(on.clone());
                self.handling.moments.accepted = at;
                self.status = CaseStatus::Accepted;
            }
            Event::Rejected { by, reason, competent, document_no, .. } => {
                let (reason, document_no) = (reason.clone(), document_no.clone());
                self.handling.rejection =
                    Some(Rejection { by: by.clone(), reason, competent: competent.clone(), document_no });
                self.end(CaseStatus::Rejected, at);
            }
            Event::Returned { reason, .. } => {
                self.handling.returned = Some(reason.clone());
                self.end(CaseStatus::Returned, at);
            }
            Event::Redirected { to_code, to_name, reason, originals, .. } => {
                let (to_code, to_name) = (to_code.clone(), to_name.clone());
                self.handling.redirects.push(Redirect {
                    to_code,
                    to_name,
                    reason: reason.clone(),
                    originals: *originals,
                });
            }
            _ => return self.take_promise(event),
        }
        true
    }

    /// 容缺, 告知承诺 and the parts of a joint case.
    fn take_promise(&mut self, event: &Event) -> bool {
        match event {
            Event::DeferralGranted { missing, supply_by, promise_no, document_no, .. } => {
                self.handling.deferral = Some(Deferral {
                    missing: missing.clone(),
                    supply_by: supply_by.clone(),
                    promise_no: promise_no.clone(),
                    document_no: document_no.clone(),
                    supplied: std::collections::BTreeSet::new(),
                    pages: Vec::new(),
                });
            }
            Event::CommitmentMade { conditions, promise_no, check_by, .. } => {
                let (conditions, promise_no) = (conditions.clone(), promise_no.clone());
                self.handling.commitment =
                    Some(Commitment { conditions, promise_no, check_by: check_by.clone(), checked: None });
            }
            Event::PartsOpened { parts, deliver_each } => {
                self.handling.parts = parts.iter().map(|part| (*part, None)).collect();
                self.handling.deliver_each = *deliver_each;
                self.status = CaseStatus::InReview;
            }
            _ => return false,
        }
        true
    }

    fn take_review(&mut self, event: &Event, at: At) -> bool {
        match event {
            Event::DeferralSupplied { requirement, pages, .. } => {
                if let Some(deferral) = &mut self.handling.deferral {
                    deferral.supplied.insert(requirement.clone());
                    deferral.pages.extend(pages.iter().map(|page| (requirement.clone(), page.clone())));
                }
            }
            Event::Suspended { kind, name, document_no, expected_days, reason, .. } => {
                self.handling.specials.push(Special {
                    kind: *kind,
                    name: name.clone(),
                    document_no: document_no.clone(),
                    expected_days: *expected_days,
                    reason: reason.clone(),
                    from: at,
                    ended: None,
                });
                self.handling.before_suspension = Some(self.status);
                self.status = CaseStatus::Suspended;
            }
            Event::Resumed { result, .. } => {
                if let Some(special) = self.handling.specials.last_mut() {
                    special.ended = Some((result.clone(), at));
                }
                self.status = self.handling.before_suspension.take().unwrap_or(CaseStatus::InReview);
            }
            Event::Extended { approval, days, due, document_no, .. } => {
                let (approval, document_no) = (approval.clone(), document_no.clone());
                self.handling.extension = Some(Extension { days: *days, approval, document_no });
                if let Some(acceptance) = &mut self.acceptance {
                    acceptance.due.clone_from(due);
                }
            }
            Event::HearingHeld { host, .. } => {
                self.handling.hearing_hosts.insert(host.clone());
            }
            Event::StepDone { step, by, hand, passed, opinion } => {
                let outcome = if *passed { StepOutcome::Passed } else { StepOutcome::Failed };
                self.step(Some(step), by, Some(hand), outcome, opinion, at);
            }
            Event::StepReturned { step, to, by, hand, reason } => {
                self.step(Some(step), by, Some(hand), StepOutcome::ReturnedTo(to.clone()), reason, at);
            }
            Event::Assigned { step, to, .. } => {
                self.handling.assigned.insert(step.clone(), to.clone());
            }
            Event::Terminated { reason, document_no, .. } => {
                self.handling.terminated = Some((reason.clone(), document_no.clone()));
                self.end(CaseStatus::Terminated, at);
            }
            Event::PartEnded { part, status } => {
                self.handling.parts.insert(*part, Some(status.clone()));
            }
            _ => return false,
        }
        true
    }

    fn take_note(&mut self, event: &Event, at: At) -> bool {
        match event {
            Event::PaperIssued { kind, document_no, pdf_sha256, sent, .. } => {
                let (document_no, pdf_sha256) = (document_no.clone(), *pdf_sha256);
                self.handling.papers.push(IssuedPaper { kind: *kind, document_no, pdf_sha256, sent: *sent, at });
            }
            Event::CommitmentChecked { kept, finding, .. } => {
                if let Some(commitment) = &mut self.handling.commitment {
                    commitment.checked = Some((*kept, finding.clone()));
                }
            }
            Event::LicenceRevoked { reason, .. } => self.handling.revoked = Some(reason.clone()),
            _ => return false,
        }
        true
    }

    /// Adds a step and sets the status it leaves the case in.
    pub(super) fn step(
        &mut self,
        step: Option<&String>,
        by: &StaffId,
        hand: Option<&Hand>,
        outcome: StepOutcome,
        opinion: &str,
        at: At,
    ) {
        let (by, hand) = (by.clone(), hand.cloned());
        self.handling.steps.push(StepTaken { step: step.cloned(), by, hand, outcome, opinion: opinion.to_owned(), at });
        self.status = CaseStatus::InReview;
    }

    /// Ends the case in a final status.
    pub(super) fn end(&mut self, status: CaseStatus, at: At) {
        self.handling.moments.ended = at;
        self.status = status;
    }
}
