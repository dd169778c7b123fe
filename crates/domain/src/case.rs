//! 办件: the aggregate folded from a case's events.
//!
//! [`Case::apply`] either takes an event or refuses it and leaves the case as it was, so the
//! same function guards new events and replays old chains. The aggregate is never stored;
//! it derives no `Serialize`.

mod facts;
mod fold;
mod rules;
mod sign_off;
mod status;
mod step;

pub use facts::{
    Acceptance, Alloted, Consent, Decision, HandOver, Opening, Page, PresenceProof, Print, PrintState, Proof, Review,
    Seen, ShareState, SignOff, Visit,
};
pub use rules::CaseRuleError;
pub use sign_off::sign_off_content;
pub use status::CaseStatus;
pub use step::Step;

use crate::event::{BlobRef, CardFacts, CloseCode, Delivery, Event, FormValues, ShareAnswer, ShareOutcome, SharedRecord};
use crate::ids::{CaseId, ItemKey, PageId, PrintId, RequirementId, ResourceId};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// 办件, as far as its events tell. Debug shows no personal data.
#[derive(Clone, PartialEq)]
pub struct Case {
    id: CaseId,
    status: CaseStatus,
    blocked: Option<String>,
    opening: Option<Opening>,
    continues: Option<CaseId>,
    card: Option<CardFacts>,
    card_expired: bool,
    card_photo: Option<BlobRef>,
    card_portrait: Option<BlobRef>,
    consent: Option<Consent>,
    presence: Option<PresenceProof>,
    item: Option<(ItemKey, u32)>,
    firm: Option<String>,
    shares: BTreeMap<ResourceId, ShareState>,
    late_records: BTreeMap<ResourceId, SharedRecord>,
    form: FormValues,
    form_filled: bool,
    pages: BTreeMap<PageId, Page>,
    order: BTreeMap<RequirementId, Vec<PageId>>,
    removed: BTreeSet<PageId>,
    sign_off: Option<SignOff>,
    receipt: Option<String>,
    delivery: Option<Delivery>,
    offline: bool,
    project_no: Option<String>,
    acceptance: Option<Acceptance>,
    reviews: Vec<Review>,
    decision: Option<Decision>,
    licence: Option<Alloted>,
    prints: Vec<Print>,
    handed_over: Option<HandOver>,
    proof: Option<Proof>,
    closed: Option<CloseCode>,
    withdrawn: Option<String>,
    visits: BTreeSet<Visit>,
}

impl Case {
    /// A case before its first event.
    #[must_use]
    pub fn new(id: CaseId) -> Self {
        Self {
            id,
            status: CaseStatus::Draft,
            blocked: None,
            opening: None,
            continues: None,
            card: None,
            card_expired: false,
            card_photo: None,
            card_portrait: None,
            consent: None,
            presence: None,
            item: None,
            firm: None,
            shares: BTreeMap::new(),
            late_records: BTreeMap::new(),
            form: FormValues::new(),
            form_filled: false,
            pages: BTreeMap::new(),
            order: BTreeMap::new(),
            removed: BTreeSet::new(),
            sign_off: None,
            receipt: None,
            delivery: None,
            offline: false,
            project_no: None,
            acceptance: None,
            reviews: Vec::new(),
            decision: None,
            licence: None,
            prints: Vec::new(),
            handed_over: None,
            proof: None,
            closed: None,
            withdrawn: None,
            visits: BTreeSet::new(),
        }
    }

    /// Folds a whole chain, oldest event first.
    ///
    /// # Errors
    /// The rule the first illegal event breaks.
    pub fn fold<'a>(id: CaseId, events: impl IntoIterator<Item = &'a Event>) -> Result<Self, CaseRuleError> {
        let mut case = Self::new(id);
        events.into_iter().try_for_each(|event| case.apply(event))?;
        Ok(case)
    }

    /// Folds a chain together with where and when each event was recorded, so that visits count by day.
    ///
    /// # Errors
    /// The rule the first illegal event breaks.
    pub fn fold_seen<'a>(
        id: CaseId,
        events: impl IntoIterator<Item = (&'a Event, Seen<'a>)>,
    ) -> Result<Self, CaseRuleError> {
        let mut case = Self::new(id);
        events.into_iter().try_for_each(|(event, seen)| case.apply_seen(event, seen))?;
        Ok(case)
    }

    /// Takes an event, or refuses it and changes nothing.
    ///
    /// # Errors
    /// The rule the event breaks.
    pub fn apply(&mut self, event: &Event) -> Result<(), CaseRuleError> {
        self.allows(event)?;
        self.take(event, None);
        Ok(())
    }

    /// [`Case::apply`] with where and when the event was recorded.
    ///
    /// # Errors
    /// The rule the event breaks.
    pub fn apply_seen(&mut self, event: &Event, seen: Seen<'_>) -> Result<(), CaseRuleError> {
        self.allows(event)?;
        self.take(event, Some(seen));
        Ok(())
    }

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

    fn print(&self, id: PrintId) -> Option<&Print> {
        self.prints.iter().find(|print| print.id == id)
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case").field("id", &self.id).field("status", &self.status).finish_non_exhaustive()
    }
}
