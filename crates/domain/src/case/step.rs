//! The next step of the wizard, from what is there and what the item asks for.

use super::{Case, CaseRuleError, CaseStatus};
use crate::event::{ShareAnswer, ShareOutcome};
use crate::form;
use crate::item::{CaseType, ServiceItem, ShareCall, View, material_state};

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
        let open = |with_parameters: bool| {
            let mut calls = item.shares.iter().filter(|call| call.parameters.is_empty() != with_parameters);
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
        let materials = material_state(item, self);
        if materials.iter().any(|state| state.is_missing() && state.by_capture) {
            return Step::Capture;
        }
        if item.sign_off && self.sign_off.is_none() {
            return Step::SignOff;
        }
        Step::Submit
    }

    /// The calls still to be made or answered now, in the item's order: those without parameters
    /// first, the others once the form is there.
    #[must_use]
    pub fn open_shares<'i>(&self, item: &'i ServiceItem) -> Vec<&'i ShareCall> {
        let ready = |call: &&ShareCall| call.parameters.is_empty() || self.form_is_done(item);
        item.shares.iter().filter(ready).filter(|call| !self.is_settled(call)).collect()
    }

    /// Asked, and answered by the applicant where there is something to answer.
    fn is_settled(&self, call: &ShareCall) -> bool {
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

    fn form_is_done(&self, item: &ServiceItem) -> bool {
        let records = self.standing_records();
        let view = View { values: &self.form, card: self.card.as_ref(), records: &records };
        self.form_filled && form::validate(item, &self.form, &form::Context::of(&view)).is_empty()
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
