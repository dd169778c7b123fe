//! 收件 to 受理: fix, correction, rejection, return, redirection, deferral, commitment, acceptance.

use super::{Act, Desk};
use crate::error::{CentreError, Result};
use crate::papers::{Says, day_words, points_of};
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{Approval, Digest, Event, Missing, PaperKind};
use tongban_domain::ids::RequirementId;
use tongban_domain::item::{CaseType, Necessity, material_state};
use tongban_domain::limits::{date_text, local_day};

impl Desk<'_, '_> {
    pub(super) fn take(&mut self, act: &Act) -> Result<()> {
        match act {
            Act::Accept => self.accept(),
            Act::Fix { field, value, reason } => {
                let (by, hand) = (self.id(), self.hand.clone());
                let (field, value, reason) = (field.clone(), value.clone(), reason.clone());
                self.say(Event::FixedOnTheSpot { by, hand, field, value, reason })
            }
            Act::AskCorrection { missing, approval } => self.ask_correction(missing, approval.as_ref()),
            Act::Supply(supply) => self.supply(supply),
            Act::Reject { reason, competent } => self.reject(reason, competent.as_ref()),
            Act::Return { reason } => {
                let event = Event::Returned { by: self.id(), hand: self.hand.clone(), reason: reason.clone() };
                self.lawful(&event)?;
                self.paper(PaperKind::Return, &Says::new([("reason", reason.clone())]))?;
                self.say(event)
            }
            Act::Redirect { to_code, to_name, reason, originals } => self.say(Event::Redirected {
                by: self.id(),
                hand: self.hand.clone(),
                to_code: to_code.clone(),
                to_name: to_name.clone(),
                reason: reason.clone(),
                originals: *originals,
            }),
            Act::Defer { missing, promise } => self.defer(missing, promise),
            Act::SupplyDeferred { pages } => self.supply_deferred(pages),
            Act::Commit => self.commit(),
            _ => self.take_review(act),
        }
    }

    /// 受理通知书, then the clock: promise and statutory limit run from today.
    pub(super) fn accept(&mut self) -> Result<()> {
        let today = local_day(self.centre.now());
        let due = self.centre.limits().due(today, self.item.promised_days)?;
        let event = |document_no: String| Event::Accepted {
            by: self.by.id.clone(),
            document_no,
            due: date_text(due.date),
            hand: Some(self.hand.clone()),
        };
        self.lawful(&event("-".to_owned()))?;
        let mut values = vec![("accepted", day_words(today)), ("due", day_words(due.date))];
        if due.estimated {
            values.push(("estimate", "本件为预估。".to_owned()));
        }
        let number = self.paper(PaperKind::Acceptance, &Says::new(values))?;
        let event = Event::Accepted {
            by: self.id(),
            document_no: number,
            due: date_text(due.date),
            hand: Some(self.hand.clone()),
        };
        self.say(event)
    }

    fn ask_correction(&mut self, missing: &[Missing], approval: Option<&String>) -> Result<()> {
        let id = self.loaded.id();
        let green: Vec<String> = missing
            .iter()
            .filter(|missing| self.loaded.case.handling().was_green(&missing.requirement))
            .map(|missing| missing.name.clone())
            .collect();
        let approval: Option<Approval> = self.centre.use_approval(self.tx, id, approval)?;
        let due = self.centre.limits().due(local_day(self.centre.now()), self.item.terms.correction_days)?;
        let event = |document_no: String| Event::CorrectionAsked {
            by: self.by.id.clone(),
            hand: self.hand.clone(),
            document_no,
            missing: missing.to_vec(),
            due: date_text(due.date),
            approval: approval.clone(),
        };
        self.lawful(&event("-".to_owned()))?;
        let mut values = vec![("due", day_words(due.date))];
        values.extend(approval.iter().map(|approval| ("approval", approval.reason.clone())));
        let says = Says::new(values).points(points_of(missing));
        let number = self.paper(PaperKind::Correction, &says)?;
        let (by, hand) = (self.id(), self.hand.clone());
        let (missing, due) = (missing.to_vec(), date_text(due.date));
        let reason = approval.as_ref().map(|approval| approval.reason.clone()).unwrap_or_default();
        self.say(Event::CorrectionAsked { by, hand, document_no: number, missing, due, approval })?;
        if green.is_empty() {
            return Ok(());
        }
        // The promise of the 齐全单 was broken: whoever supervises sees it.
        self.centre.avoidable_return(self.tx, &self.loaded, &green, &self.by.id, &reason)
    }

    fn reject(&mut self, reason: &str, competent: Option<&String>) -> Result<()> {
        let event = |document_no: &str| Event::Rejected {
            by: self.by.id.clone(),
            hand: self.hand.clone(),
            reason: reason.to_owned(),
            competent: competent.cloned(),
            document_no: document_no.to_owned(),
        };
        self.lawful(&event("-"))?;
        let mut values = vec![("reason", reason.to_owned())];
        values.extend(competent.map(|agency| ("competent", agency.clone())));
        let number = self.paper(PaperKind::Rejection, &Says::new(values))?;
        let (by, hand) = (self.id(), self.hand.clone());
        self.say(Event::Rejected {
            by,
            hand,
            reason: reason.to_owned(),
            competent: competent.cloned(),
            document_no: number,
        })
    }

    /// 容缺受理: only secondary materials, never for an immediate or barred item, never with bad
    /// credit; what is missing, how and until when stands on two papers.
    fn defer(&mut self, ids: &[RequirementId], promise: &[u8]) -> Result<()> {
        let refused = |detail: &str| CentreError::invalid(ErrorCode::DeferralRefused, detail);
        let terms = &self.item.terms;
        if !terms.deferral || !terms.deferral_barred.is_empty() || self.item.case_type == CaseType::Immediate {
            return Err(refused("the item takes no deferral"));
        }
        let missing = self.deferrable(ids)?;
        let credit = self.centre.credit_of(self.tx, &self.loaded.case)?;
        if let Some(entry) = credit {
            return Err(refused(&format!("on the credit list: {}", entry.reason)));
        }
        if promise.is_empty() {
            return Err(CentreError::invalid(ErrorCode::SignOffBroken, "promise without a signature"));
        }
        let due = self.centre.limits().due(local_day(self.centre.now()), self.item.promised_days)?;
        let supply_by = date_text(due.date);
        let says = Says::new([("due", day_words(due.date))]).points(points_of(&missing));
        let promise_no = self.paper(PaperKind::DeferralPromise, &says)?;
        self.keep_promise(promise)?;
        let document_no = self.paper(PaperKind::Deferral, &says)?;
        let (by, hand, credit) = (self.id(), self.hand.clone(), "无失信记录".to_owned());
        self.say(Event::DeferralGranted { by, hand, missing, supply_by, credit, promise_no, document_no })?;
        self.accept()
    }

    /// The missing materials as a notice names them; each must be deferrable and really missing,
    /// and nothing else may be missing.
    fn deferrable(&self, ids: &[RequirementId]) -> Result<Vec<Missing>> {
        let refused = |detail: String| CentreError::invalid(ErrorCode::DeferralRefused, detail);
        let states = material_state(&self.item, &self.loaded.case);
        let open: Vec<&RequirementId> =
            states.iter().filter(|state| state.is_missing()).map(|state| &state.requirement).collect();
        if let Some(other) = open.iter().find(|id| !ids.contains(id)) {
            return Err(refused(format!("{other} is missing too")));
        }
        ids.iter()
            .map(|id| {
                let requirement = self.item.requirement(id).ok_or_else(|| refused(format!("no material {id}")))?;
                if requirement.necessity != Necessity::Deferrable {
                    return Err(refused(format!("{id} may not follow later")));
                }
                let standard = requirement.detail.as_ref().map(|detail| detail.standard.clone()).unwrap_or_default();
                let why = if standard.is_empty() { "补齐后提交".to_owned() } else { standard };
                Ok(Missing { requirement: id.clone(), name: requirement.name.clone(), why })
            })
            .collect()
    }

    /// 告知承诺: conditions told, promise printed, decision follows at once on the promise.
    fn commit(&mut self) -> Result<()> {
        let Some(terms) = self.item.terms.commitment.clone() else {
            return Err(CentreError::invalid(ErrorCode::CaseState, "the item takes no commitment"));
        };
        if self.loaded.case.sign_off().is_none() {
            return Err(CentreError::invalid(ErrorCode::SignOffBroken, "promise without a sign-off"));
        }
        let check = self.centre.limits().due(local_day(self.centre.now()), terms.check_days)?;
        let says = Says::new([("due", day_words(check.date))]).points(terms.conditions.clone());
        let promise_no = self.paper(PaperKind::Commitment, &says)?;
        self.say(Event::CommitmentMade {
            by: self.id(),
            hand: self.hand.clone(),
            text_version: terms.text_version,
            conditions: terms.conditions,
            promise_no,
            check_by: date_text(check.date),
        })?;
        self.accept()
    }

    /// SM3 of what the sign-off covers now.
    pub(super) fn content(&self) -> Digest {
        Digest(tongban_crypto::sm3(&tongban_domain::case::sign_off_content(&self.loaded.case)))
    }
}
