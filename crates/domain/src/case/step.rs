//! The next step of the wizard, from what is there and what the item asks for.

use super::{Case, CaseRuleError, CaseStatus};
use crate::event::{ShareAnswer, ShareOutcome, Value};
use crate::form;
use crate::ids::FieldId;
use crate::item::{CaseType, Condition, ServiceItem, ShareCall, View, material_state};

/// 办理步骤.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// 刷卡.
    Identify,
    /// 告知与同意.
    Consent,
    /// 在场核验.
    Presence,
    /// 选择事项.
    ChooseItem,
    /// 共享数据与确认.
    Shares,
    /// 填写表单.
    Form,
    /// 采集材料.
    Capture,
    /// 签认.
    SignOff,
    /// 提交.
    Submit,
    /// Submitted; nothing left for the applicant.
    Done,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Self; 10] = [
        Self::Identify,
        Self::Consent,
        Self::Presence,
        Self::ChooseItem,
        Self::Shares,
        Self::Form,
        Self::Capture,
        Self::SignOff,
        Self::Submit,
        Self::Done,
    ];

    /// Stable text: part of message keys (`step-<text>`) and widget ids.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identify => "identify",
            Self::Consent => "consent",
            Self::Presence => "presence",
            Self::ChooseItem => "item",
            Self::Shares => "shares",
            Self::Form => "form",
            Self::Capture => "capture",
            Self::SignOff => "sign-off",
            Self::Submit => "submit",
            Self::Done => "done",
        }
    }
}

impl Case {
    /// The first step that is not done. `item` is the definition of the chosen item in the chosen
    /// version; without it (or with another item's) the item has to be chosen again.
    /// Steps the item does not need are passed over.
    #[must_use]
    pub fn next_step(&self, item: Option<&ServiceItem>) -> Step {
        if self.status != CaseStatus::Draft {
            return Step::Done;
        }
        if self.card.is_none() {
            return Step::Identify;
        }
        if self.consent.is_none() {
            return Step::Consent;
        }
        if self.presence.is_none() {
            return Step::Presence;
        }
        let chosen = self.item();
        let Some(item) = item.filter(|item| chosen == Some((&item.key, item.version))) else {
            return Step::ChooseItem;
        };
        self.next_content_step(item)
    }

    fn next_content_step(&self, item: &ServiceItem) -> Step {
        let open = |after_form: bool| {
            let mut calls = item.shares.iter().filter(|call| call.follows_form() == after_form);
            calls.any(|call| !self.is_settled(call))
        };
        if open(false) {
            return Step::Shares;
        }
        if !item.form.is_empty() && !self.form_is_done(item) {
            return Step::Form;
        }
        if open(true) {
            return Step::Shares;
        }
        if !self.has_everything(item) {
            return Step::Capture;
        }
        if item.sign_off && self.sign_off.is_none() {
            return Step::SignOff;
        }
        Step::Submit
    }

    /// The calls still to be made or answered now, in the item's order: those that need nothing of
    /// the form first, the others once the form is there.
    #[must_use]
    pub fn open_shares<'i>(&self, item: &'i ServiceItem) -> Vec<&'i ShareCall> {
        let form_done = item.form.is_empty() || self.form_is_done(item);
        let ready = |call: &&ShareCall| form_done || !call.follows_form();
        item.shares.iter().filter(ready).filter(|call| !self.is_settled(call)).collect()
    }

    /// First values of the form from the card and the shared data that stands.
    #[must_use]
    pub fn prefill(&self, item: &ServiceItem) -> Vec<(FieldId, Value, form::Source)> {
        form::prefill(item, self.card.as_ref(), self.standing_records())
    }

    /// Asked, and answered by the applicant where there is something to answer; or not to be asked.
    fn is_settled(&self, call: &ShareCall) -> bool {
        if call.when.as_ref().is_some_and(|condition| !self.view_holds(condition)) {
            return true;
        }
        let Some(share) = self.shares.get(&call.resource) else { return false };
        if call.parameters.iter().any(|field| share.asked_with.get(field) != self.form.get(field)) {
            return false;
        }
        match (share.record.outcome, &share.answer) {
            (ShareOutcome::Found, Some(ShareAnswer::Confirmed)) => true,
            (ShareOutcome::Found, Some(ShareAnswer::Objected { .. })) => !call.essential,
            (ShareOutcome::Found, None) => false,
            (_, _) => !call.essential,
        }
    }

    fn view_holds(&self, condition: &Condition) -> bool {
        let records = self.standing_records();
        condition.holds(&View { values: &self.form, card: self.card.as_ref(), records: &records })
    }

    fn form_is_done(&self, item: &ServiceItem) -> bool {
        let records = self.standing_records();
        let view = View { values: &self.form, card: self.card.as_ref(), records: &records };
        self.form_filled && form::validate(item, &self.form, &form::Context::of(&view)).is_empty()
    }

    fn has_everything(&self, item: &ServiceItem) -> bool {
        !material_state(item, self).iter().any(|state| state.is_missing() && state.by_capture)
    }

    /// Whether the centre may take the application in: [`Case::complete`], but a material that is
    /// missing does not keep it out; it is told in a notice, or deferred.
    ///
    /// # Errors
    /// As [`Case::complete`].
    pub fn receivable(&self, item: &ServiceItem) -> Result<(), CaseRuleError> {
        match self.complete(item) {
            Err(CaseRuleError::Incomplete) if !self.has_everything(item) => {
                let signed = !item.sign_off || self.sign_off.is_some();
                let form = item.form.is_empty() || self.form_is_done(item);
                let asked = self.open_shares(item).is_empty();
                if signed && form && asked { Ok(()) } else { Err(CaseRuleError::Incomplete) }
            }
            other => other,
        }
    }

    /// Whether the application is complete: what a station asks before it submits, and the centre
    /// before it takes the case in.
    ///
    /// # Errors
    /// [`CaseRuleError::Incomplete`] with a step open, [`CaseRuleError::CardExpired`] for a new
    /// application (not a query) on an expired card.
    pub fn complete(&self, item: &ServiceItem) -> Result<(), CaseRuleError> {
        if self.card_expired && item.case_type == CaseType::Promised {
            return Err(CaseRuleError::CardExpired);
        }
        let mut draft = self.clone();
        draft.status = CaseStatus::Draft;
        if draft.next_step(Some(item)) == Step::Submit { Ok(()) } else { Err(CaseRuleError::Incomplete) }
    }
}
