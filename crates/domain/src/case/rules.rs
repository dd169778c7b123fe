//! Which events a case allows. Checks only; [`super::fold`] makes the change.

use super::{Case, CaseRuleError, CaseStatus, PrintState};
use crate::event::{CloseCode, Event, PresenceMethod, ShareOutcome};
use crate::ids::{PageId, RequirementId, StaffId};
use std::collections::BTreeSet;

pub(super) type Allowed = Result<(), CaseRuleError>;

impl Case {
    /// Whether the event may come next; nothing is changed.
    ///
    /// # Errors
    /// The rule it breaks.
    pub fn allows(&self, event: &Event) -> Allowed {
        let is_opening = matches!(event, Event::Opened { .. });
        if is_opening == self.opening.is_some() {
            return Err(CaseRuleError::Opening);
        }
        match event {
            Event::Opened { .. } => return Ok(()),
            // Looking at evidence changes nothing and must be recorded whatever the case's state.
            Event::EvidenceViewed { reason, .. } => return said("reason", reason),
            _ => {}
        }
        if let Some(allowed) = self.allows_annotation(event) {
            return allowed;
        }
        if self.status.is_final() {
            return Err(CaseRuleError::Status { what: name(event), status: self.status });
        }
        if self.blocked.is_some() && !self.allowed_while_blocked(event) {
            return Err(CaseRuleError::Blocked);
        }
        let ends_it = matches!(
            event,
            Event::ContinuedBy { .. } | Event::Withdrawn { .. } | Event::Blocked { .. } | Event::Terminated { .. }
        );
        if self.handed_on && !ends_it {
            return Err(CaseRuleError::Order { what: name(event), needs: "a draft that was not handed on" });
        }
        self.allows_by_phase(event)
    }

    const fn allowed_while_blocked(&self, event: &Event) -> bool {
        matches!(
            event,
            Event::Blocked { .. }
                | Event::Withdrawn { .. }
                | Event::Closed { code: CloseCode::Voided }
                | Event::PrintVoided { .. }
                | Event::Returned { .. }
                | Event::Terminated { .. }
        )
    }

    fn allows_by_phase(&self, event: &Event) -> Allowed {
        if let Some(allowed) = self.allows_handling(event) {
            return allowed;
        }
        match event {
            Event::Opened { .. } | Event::EvidenceViewed { .. } => Ok(()),
            Event::Identified { card, .. } => match &self.card {
                Some(known) if known.number != card.number => Err(CaseRuleError::OtherPerson),
                _ => Ok(()),
            },
            Event::Continues { .. } | Event::HandedOn { .. } | Event::ContinuedBy { .. } => self.allows_transfer(event),
            Event::ConsentGiven { .. } => {
                self.draft(event)?;
                self.after("consent", "identified", self.card.is_some())
            }
            Event::PresenceProved { method, still, clip, score_milli, decided_by, .. } => {
                self.draft(event)?;
                let face_data = still.is_some() || clip.is_some() || score_milli.is_some();
                self.allows_presence(*method, face_data, decided_by.as_ref())
            }
            Event::ItemChosen { .. } => {
                self.draft(event)?;
                self.after("item", "presence", self.presence.is_some())?;
                let checked = self.presence.as_ref().is_some_and(|proof| proof.decided_by.is_some());
                if self.card_expired && !checked { Err(CaseRuleError::CardExpired) } else { Ok(()) }
            }
            Event::ShareFetched { .. } => self.after("share", "item", self.item.is_some()),
            Event::ShareAnswered { resource, .. } => {
                self.open(event)?;
                let found = self.shares.get(resource).map(|share| share.record.outcome);
                if found == Some(ShareOutcome::Found) { Ok(()) } else { Err(CaseRuleError::NoRecord) }
            }
            Event::PageCaptured { page, .. } => {
                self.open(event)?;
                self.after("page", "item", self.item.is_some())?;
                let fresh = !self.pages.contains_key(page) && !self.removed.contains(page);
                if fresh { Ok(()) } else { Err(CaseRuleError::Pages) }
            }
            Event::PageRemoved { page } => {
                self.open(event)?;
                if self.pages.contains_key(page) { Ok(()) } else { Err(CaseRuleError::Pages) }
            }
            Event::PagesOrdered { requirement, pages } => {
                self.open(event)?;
                self.allows_order(requirement, pages)
            }
            Event::FormFilled { .. } | Event::SignedOff { .. } => {
                self.open(event)?;
                self.after(name(event), "item", self.item.is_some())
            }
            Event::Submitted { receipt, .. } => {
                self.draft(event)?;
                self.after("submission", "item", self.item.is_some())?;
                said("receipt", receipt)
            }
            Event::Withdrawn { .. } => {
                let before_decision = self.status <= CaseStatus::Suspended;
                if before_decision && self.proof.is_none() { Ok(()) } else { self.wrong_status(event) }
            }
            Event::Blocked { code } => said("code", code),
            _ => self.allows_at_the_centre(event),
        }
    }

    /// A draft that goes on elsewhere, and the case that goes on with it.
    fn allows_transfer(&self, event: &Event) -> Allowed {
        self.draft(event)?;
        match event {
            Event::Continues { case } => {
                let fresh = self.item.is_none() && *case != self.id && self.continues.is_none();
                self.after("continues", "opened", fresh)
            }
            Event::ContinuedBy { case, .. } => self.after("takeover", "transfer", self.handed_on && *case != self.id),
            _ => self.after("transfer", "item", self.item.is_some()),
        }
    }

    fn allows_at_the_centre(&self, event: &Event) -> Allowed {
        use CaseStatus as S;
        match event {
            Event::Received { project_no } => {
                self.in_status(event, &[S::Submitted])?;
                said("project_no", project_no)
            }
            Event::Accepted { document_no, .. } => {
                self.in_status(event, &[S::Received])?;
                said("document_no", document_no)
            }
            Event::Reviewed { by, opinion, .. } => {
                self.in_status(event, &[S::Accepted, S::InReview])?;
                self.whole()?;
                self.no_host(by)?;
                said("opinion", opinion)
            }
            Event::Decided { by, granted, opinion, document_no, .. } => {
                self.in_status(event, &[S::Accepted, S::InReview])?;
                self.allows_decision(by, *granted, opinion)?;
                said("document_no", document_no)
            }
            Event::LicenceAllotted { number, .. } => {
                self.in_status(event, &[S::Granted])?;
                said("number", number)
            }
            Event::ProofIssued { number, .. } => {
                self.in_status(event, &[S::Submitted, S::Received, S::Accepted])?;
                said("number", number)
            }
            Event::HandedOver { .. } => self.in_status(event, &[S::Ready]),
            Event::Closed { code } => self.allows_close(event, *code),
            _ => self.allows_print(event),
        }
    }

    fn allows_presence(&self, method: PresenceMethod, face_data: bool, decided_by: Option<&StaffId>) -> Allowed {
        let consent = self.consent.as_ref();
        let consent = consent.ok_or(CaseRuleError::Order { what: "presence", needs: "consent" })?;
        // A person may always decide in place of a machine; a machine only as consented.
        if method != consent.choice && method != PresenceMethod::Manual {
            return Err(CaseRuleError::NotConsented);
        }
        if face_data && consent.choice == PresenceMethod::Manual {
            return Err(CaseRuleError::NotConsented);
        }
        if method == PresenceMethod::Manual && decided_by.is_none_or(|by| by.0.trim().is_empty()) {
            return Err(CaseRuleError::DeciderMissing);
        }
        Ok(())
    }

    /// An order names known pages once each, and no page of the requirement may get lost by it.
    fn allows_order(&self, requirement: &RequirementId, pages: &[PageId]) -> Allowed {
        let listed: BTreeSet<&PageId> = pages.iter().collect();
        let known = listed.len() == pages.len() && pages.iter().all(|page| self.pages.contains_key(page));
        let keeps = self.order.get(requirement).is_none_or(|old| old.iter().all(|page| listed.contains(page)));
        if known && keeps { Ok(()) } else { Err(CaseRuleError::Pages) }
    }

    fn allows_print(&self, event: &Event) -> Allowed {
        self.in_status(event, &[CaseStatus::Making, CaseStatus::Ready])?;
        let state = |id| self.print(id).map(|print| print.state);
        let fits = match event {
            Event::PrintIntended { print, serial, .. } => {
                said("serial", serial)?;
                let used = |print: &super::Print| print.serial == *serial && print.state != PrintState::NotPrinted;
                if self.prints.iter().any(used) {
                    return Err(CaseRuleError::Serial);
                }
                self.status == CaseStatus::Making && self.live_print().is_none() && self.print(*print).is_none()
            }
            Event::PrintSent { print, .. } => state(*print) == Some(PrintState::Intended),
            Event::PrintDone { print } => {
                matches!(state(*print), Some(PrintState::Intended | PrintState::Sent))
            }
            Event::PrintConfirmed { print, serial } => {
                let known = self.print(*print).ok_or(CaseRuleError::Print)?;
                if known.serial != *serial {
                    return Err(CaseRuleError::Serial);
                }
                known.state.is_live()
            }
            Event::PrintVoided { print, reason, spoiled } => {
                said("reason", reason)?;
                let state = state(*print);
                // A sheet somebody has seen cannot be said never to have come out.
                state.is_some_and(PrintState::is_live) || (state == Some(PrintState::Confirmed) && *spoiled)
            }
            _ => false,
        };
        if fits { Ok(()) } else { Err(CaseRuleError::Print) }
    }

    fn allows_close(&self, event: &Event, code: CloseCode) -> Allowed {
        use CaseStatus as S;
        if self.status == S::Draft || self.live_print().is_some() {
            return self.wrong_status(event);
        }
        let fits = match code {
            CloseCode::Issued => self.status == S::Delivered,
            CloseCode::Done => match self.status {
                S::Denied | S::Delivered => true,
                // A grant without a licence on paper: a reply.
                S::Granted => self.licence.is_none(),
                // A joint case ends when its parts have.
                S::InReview => self.handling.parts_ended(),
                _ => false,
            },
            CloseCode::Returned => matches!(self.status, S::Submitted | S::Received | S::Correction),
            CloseCode::NotSupplied => self.status == S::Correction,
            CloseCode::Voided | CloseCode::Deleted => self.status != S::Delivered,
            CloseCode::Forwarded => matches!(self.status, S::Received | S::Accepted | S::InReview),
        };
        if fits { Ok(()) } else { Err(CaseRuleError::CloseCode) }
    }

    /// While the applicant writes: before submission, and while a notice asks for more.
    fn open(&self, event: &Event) -> Allowed {
        self.in_status(event, &[CaseStatus::Draft, CaseStatus::Correction])
    }

    fn draft(&self, event: &Event) -> Allowed {
        self.in_status(event, &[CaseStatus::Draft])
    }

    pub(super) fn in_status(&self, event: &Event, allowed: &[CaseStatus]) -> Allowed {
        if allowed.contains(&self.status) { Ok(()) } else { self.wrong_status(event) }
    }

    pub(super) fn wrong_status(&self, event: &Event) -> Allowed {
        Err(CaseRuleError::Status { what: name(event), status: self.status })
    }

    const fn after(&self, what: &'static str, needs: &'static str, there: bool) -> Allowed {
        if there { Ok(()) } else { Err(CaseRuleError::Order { what, needs }) }
    }
}

pub(super) fn said(what: &'static str, text: &str) -> Allowed {
    if text.trim().is_empty() { Err(CaseRuleError::Blank { what }) } else { Ok(()) }
}

/// Stable name of an event's kind, for messages and logs.
pub(super) const fn name(event: &Event) -> &'static str {
    match event {
        Event::Opened { .. } => "opened",
        Event::Identified { .. } => "identified",
        Event::ConsentGiven { .. } => "consent",
        Event::PresenceProved { .. } => "presence",
        Event::ItemChosen { .. } => "item",
        Event::ShareFetched { .. } => "share",
        Event::ShareAnswered { .. } => "share answer",
        Event::FormFilled { .. } => "form",
        Event::PageCaptured { .. } => "page",
        Event::PageRemoved { .. } => "page removal",
        Event::PagesOrdered { .. } => "page order",
        Event::SignedOff { .. } => "sign-off",
        Event::Submitted { .. } => "submission",
        Event::Received { .. } => "receipt at the centre",
        Event::Accepted { .. } => "acceptance",
        Event::Reviewed { .. } => "review",
        Event::Decided { .. } => "decision",
        Event::LicenceAllotted { .. } => "licence number",
        Event::PrintIntended { .. } => "print intent",
        Event::PrintSent { .. } => "print",
        Event::PrintDone { .. } => "print completion",
        Event::PrintConfirmed { .. } => "print check",
        Event::PrintVoided { .. } => "print void",
        Event::HandedOver { .. } => "hand-over",
        Event::Closed { .. } => "closing",
        Event::Blocked { .. } => "block",
        Event::Withdrawn { .. } => "withdrawal",
        Event::ProofIssued { .. } => "proof",
        Event::EvidenceViewed { .. } => "evidence view",
        Event::Continues { .. } => "continuation",
        Event::HandedOn { .. } => "transfer",
        Event::ContinuedBy { .. } => "takeover",
        Event::GuardianConsented { .. } => "guardian's consent",
        Event::AgentNamed { .. } => "agent",
        Event::PageJudged { .. } => "page verdict",
        Event::CompletenessIssued { .. } => "completeness slip",
        Event::PartOf { .. } => "part",
        Event::PartsOpened { .. } => "parts",
        Event::PartEnded { .. } => "end of a part",
        Event::CorrectionAsked { .. } => "correction notice",
        Event::CorrectionDone { .. } => "correction",
        Event::FixedOnTheSpot { .. } => "fix on the spot",
        Event::DeemedAccepted { .. } => "deemed acceptance",
        Event::Rejected { .. } => "rejection",
        Event::Returned { .. } => "return",
        Event::Redirected { .. } => "redirection",
        Event::DeferralGranted { .. } => "deferral",
        Event::DeferralSupplied { .. } => "deferred material",
        Event::CommitmentMade { .. } => "commitment",
        Event::CommitmentChecked { .. } => "check of a commitment",
        Event::LicenceRevoked { .. } => "revocation",
        Event::Suspended { .. } => "special procedure",
        Event::Resumed { .. } => "end of a special procedure",
        Event::Extended { .. } => "extension",
        Event::HearingHeld { .. } => "hearing",
        Event::StepDone { .. } => "step",
        Event::StepReturned { .. } => "return of a step",
        Event::Assigned { .. } => "assignment",
        Event::Terminated { .. } => "termination",
        Event::PaperIssued { .. } => "paper",
    }
}
