//! What a case shows of itself.

use super::{
    Acceptance, Alloted, Case, CaseStatus, Consent, Decision, HandOver, Handling, Opening, Page, PresenceProof, Print,
    PrintState, Proof, Review, ShareState, SignOff, Visit,
};
use crate::event::{
    BlobRef, CardFacts, CloseCode, Delivery, FormValues, PresenceMethod, ShareAnswer, ShareOutcome, SharedRecord, Value,
};
use crate::ids::{CaseId, FieldId, ItemKey, PrintId, RequirementId, ResourceId, StationId};
use std::collections::{BTreeMap, BTreeSet};

impl Case {
    /// Which case this is.
    #[must_use]
    pub const fn id(&self) -> CaseId {
        self.id
    }

    /// 办件状态.
    #[must_use]
    pub const fn status(&self) -> CaseStatus {
        self.status
    }

    /// The code the case was blocked with, if it is blocked.
    #[must_use]
    pub fn blocked(&self) -> Option<&str> {
        self.blocked.as_deref()
    }

    /// Channel, station and hall it was opened at.
    #[must_use]
    pub const fn opened(&self) -> Option<&Opening> {
        self.opening.as_ref()
    }

    /// The case this one continues.
    #[must_use]
    pub const fn continues(&self) -> Option<CaseId> {
        self.continues
    }

    /// 转接: left with the centre for another station to go on with.
    #[must_use]
    pub const fn is_handed_on(&self) -> bool {
        self.handed_on
    }

    /// The case that goes on with this draft, and the station it is continued at.
    #[must_use]
    pub const fn continued_by(&self) -> Option<&(CaseId, StationId)> {
        self.continued_by.as_ref()
    }

    /// The applicant's card, as read last.
    #[must_use]
    pub const fn card(&self) -> Option<&CardFacts> {
        self.card.as_ref()
    }

    /// Whether that card was past its validity.
    #[must_use]
    pub const fn card_expired(&self) -> bool {
        self.card_expired
    }

    /// The chip's photo as read, sealed.
    #[must_use]
    pub const fn card_photo(&self) -> Option<&BlobRef> {
        self.card_photo.as_ref()
    }

    /// The chip's photo as a picture, where a decoder was at hand.
    #[must_use]
    pub const fn card_portrait(&self) -> Option<&BlobRef> {
        self.card_portrait.as_ref()
    }

    /// 告知与同意.
    #[must_use]
    pub const fn consent(&self) -> Option<&Consent> {
        self.consent.as_ref()
    }

    /// 在场核验.
    #[must_use]
    pub const fn presence(&self) -> Option<&PresenceProof> {
        self.presence.as_ref()
    }

    /// The item and its version.
    #[must_use]
    pub fn item(&self) -> Option<(&ItemKey, u32)> {
        self.item.as_ref().map(|(key, version)| (key, *version))
    }

    /// 统一社会信用代码 of the firm the applicant acts for.
    #[must_use]
    pub fn firm(&self) -> Option<&str> {
        self.firm.as_deref()
    }

    /// Latest record and answer of each resource, as they stood when the case was submitted.
    #[must_use]
    pub const fn shares(&self) -> &BTreeMap<ResourceId, ShareState> {
        &self.shares
    }

    /// Records that arrived after submission (background check); they change nothing signed off.
    #[must_use]
    pub const fn late_records(&self) -> &BTreeMap<ResourceId, SharedRecord> {
        &self.late_records
    }

    /// Records found and not objected to; what prefill and conditions may use.
    #[must_use]
    pub fn standing_records(&self) -> Vec<&SharedRecord> {
        let stands = |share: &&ShareState| {
            share.record.outcome == ShareOutcome::Found && !matches!(share.answer, Some(ShareAnswer::Objected { .. }))
        };
        self.shares.values().filter(stands).map(|share| &share.record).collect()
    }

    /// The form as filled in last; empty before.
    #[must_use]
    pub const fn form(&self) -> &FormValues {
        &self.form
    }

    /// 领取方式 as the form answers it (field `delivery`), where the item asks for it there: what is signed off
    /// with the form is not chosen a second time.
    #[must_use]
    pub fn delivery_in_form(&self) -> Option<Delivery> {
        match self.form.get(&FieldId::from("delivery")) {
            Some(Value::Text(key)) if key == "pickup" => Some(Delivery::Pickup),
            Some(Value::Text(key)) if key == "courier" => Some(Delivery::Courier),
            _ => None,
        }
    }

    /// Whether the form was filled in at all.
    #[must_use]
    pub const fn form_filled(&self) -> bool {
        self.form_filled
    }

    /// Pages of one requirement, in order.
    #[must_use]
    pub fn pages(&self, requirement: &RequirementId) -> Vec<&Page> {
        let ids = self.order.get(requirement).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(|id| self.pages.get(id)).collect()
    }

    /// Every requirement that has pages, with its pages in order.
    #[must_use]
    pub fn pages_by_requirement(&self) -> BTreeMap<&RequirementId, Vec<&Page>> {
        self.order.keys().map(|id| (id, self.pages(id))).filter(|(_, pages)| !pages.is_empty()).collect()
    }

    /// 签认; gone as soon as anything it covers changes.
    #[must_use]
    pub const fn sign_off(&self) -> Option<&SignOff> {
        self.sign_off.as_ref()
    }

    /// 受理号.
    #[must_use]
    pub fn receipt(&self) -> Option<&str> {
        self.receipt.as_deref()
    }

    /// 送达方式 chosen at submission.
    #[must_use]
    pub const fn delivery(&self) -> Option<Delivery> {
        self.delivery
    }

    /// Whether the case was submitted while the station was offline.
    #[must_use]
    pub const fn submitted_offline(&self) -> bool {
        self.offline
    }

    /// 办件编号, given by the centre.
    #[must_use]
    pub fn project_no(&self) -> Option<&str> {
        self.project_no.as_deref()
    }

    /// 受理.
    #[must_use]
    pub const fn acceptance(&self) -> Option<&Acceptance> {
        self.acceptance.as_ref()
    }

    /// 审查意见, oldest first.
    #[must_use]
    pub fn reviews(&self) -> &[Review] {
        &self.reviews
    }

    /// 决定.
    #[must_use]
    pub const fn decision(&self) -> Option<&Decision> {
        self.decision.as_ref()
    }

    /// 证照 numbers allotted.
    #[must_use]
    pub const fn licence(&self) -> Option<&Alloted> {
        self.licence.as_ref()
    }

    /// 制证 attempts, oldest first.
    #[must_use]
    pub fn prints(&self) -> &[Print] {
        &self.prints
    }

    /// The print that is neither confirmed nor voided.
    #[must_use]
    pub fn live_print(&self) -> Option<&Print> {
        self.prints.iter().find(|print| print.state.is_live())
    }

    /// The print confirmed on paper and not voided since.
    #[must_use]
    pub fn confirmed_print(&self) -> Option<&Print> {
        self.prints.iter().find(|print| print.state == PrintState::Confirmed)
    }

    /// 领证.
    #[must_use]
    pub const fn handed_over(&self) -> Option<&HandOver> {
        self.handed_over.as_ref()
    }

    /// 即办证明.
    #[must_use]
    pub const fn proof(&self) -> Option<&Proof> {
        self.proof.as_ref()
    }

    /// 办结结果代码.
    #[must_use]
    pub const fn close_code(&self) -> Option<CloseCode> {
        self.closed
    }

    /// Reason of the withdrawal.
    #[must_use]
    pub fn withdrawn(&self) -> Option<&str> {
        self.withdrawn.as_deref()
    }

    /// 办理: notices, promises, stops, steps, papers, parts.
    #[must_use]
    pub const fn handling(&self) -> &Handling {
        &self.handling
    }

    /// The form with what was put right on the spot.
    #[must_use]
    pub fn form_as_fixed(&self) -> FormValues {
        let mut values = self.form.clone();
        values.extend(self.handling.fixes.iter().map(|fix| (fix.field.clone(), fix.value.clone())));
        values
    }

    /// Whether the 齐全单 is still about what is signed off; `None` without one.
    #[must_use]
    pub fn completeness_holds(&self, sm3: impl FnOnce(&[u8]) -> crate::event::Digest) -> Option<bool> {
        let slip = self.handling.completeness.as_ref()?;
        Some(sm3(&super::sign_off_content(self)) == slip.content)
    }

    /// Distinct days and stations at which the applicant's card was read for this case.
    #[must_use]
    pub const fn visits(&self) -> &BTreeSet<Visit> {
        &self.visits
    }

    /// 跑动次数: distinct days among the visits.
    #[must_use]
    pub fn trips(&self) -> usize {
        self.visits.iter().map(|visit| visit.day).collect::<BTreeSet<_>>().len()
    }

    pub(super) fn print(&self, id: PrintId) -> Option<&Print> {
        self.prints.iter().find(|print| print.id == id)
    }

    /// Whether a face image may be kept for this case.
    #[must_use]
    pub fn may_keep_face_data(&self) -> bool {
        self.consent.as_ref().is_some_and(|consent| consent.choice != PresenceMethod::Manual)
    }

    /// Every sealed file the case names (for the purge and the archive), without removed pages.
    #[must_use]
    pub fn blobs(&self) -> Vec<&BlobRef> {
        let presence = self.presence.iter().flat_map(|proof| proof.still.iter().chain(proof.clip.iter()));
        let pages = self.pages.values().flat_map(|page| [&page.blob, &page.thumb]);
        let sign_off = self.sign_off.iter().map(|sign_off| &sign_off.evidence);
        let receipt = self.handed_over.iter().filter_map(|hand_over| hand_over.receipt.as_ref());
        let card = self.card_photo.iter().chain(&self.card_portrait);
        let later = self.handling.deferral.iter().flat_map(|deferral| deferral.pages.iter().map(|(_, page)| page));
        card.chain(presence).chain(pages).chain(sign_off).chain(receipt).chain(later).collect()
    }
}
