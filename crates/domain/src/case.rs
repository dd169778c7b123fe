//! 办件: the aggregate folded from a case's events.
//!
//! [`Case::apply`] either takes an event or refuses it and leaves the case as it was, so the
//! same function guards new events and replays old chains. The aggregate is never stored;
//! it derives no `Serialize`.

mod error;
mod facts;
mod fold;
mod handle;
mod handling;
mod law;
mod rules;
mod sign_off;
mod status;
mod step;
mod view;

pub use error::CaseRuleError;
pub use facts::{
    Acceptance, Alloted, Consent, Decision, HandOver, Opening, Page, PresenceProof, Print, PrintState, Proof, Review,
    Seen, ShareState, SignOff, Visit,
};
pub use handling::{
    Agent, At, Commitment, CorrectionNotice, Deferral, Extension, Fix, Guardian, Handling, IssuedPaper, Moments,
    Redirect, Rejection, Special, StepOutcome, StepTaken,
};
pub use sign_off::sign_off_content;
pub use status::CaseStatus;
pub use step::Step;

use crate::event::{BlobRef, CardFacts, CloseCode, Delivery, Event, FormValues, SharedRecord};
use crate::ids::{CaseId, ItemKey, PageId, RequirementId, ResourceId, StationId};
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
    handed_on: bool,
    continued_by: Option<(CaseId, StationId)>,
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
    handling: Handling,
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
            handed_on: false,
            continued_by: None,
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
            handling: Handling::default(),
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
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case").field("id", &self.id).field("status", &self.status).finish_non_exhaustive()
    }
}
