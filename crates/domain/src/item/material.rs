//! 材料齐全性: which materials a case needs and what stands for each.

use super::condition::View;
use super::data::ServiceItem;
use super::requirement::{How, Necessity, Requirement};
use crate::case::Case;
use crate::event::{ShareAnswer, ShareOutcome};
use crate::form;
use crate::ids::{RequirementId, ResourceId};

/// What stands for a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SatisfiedBy {
    /// The form, filled in without a fault.
    Form,
    /// The card read.
    Card,
    /// Confirmed shared data.
    Share,
    /// Page images, enough of them.
    Pages(usize),
    /// Nothing yet.
    Missing,
}

/// 材料状态 of one requirement in one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaterialState {
    /// Which requirement.
    pub requirement: RequirementId,
    /// Asked for in this case.
    pub needed: bool,
    /// What stands for it.
    pub satisfied_by: SatisfiedBy,
    /// 免提交: shared data or the card stands for it. A generated form does not count:
    /// nobody ever had to bring it.
    pub no_paper: bool,
    /// A shared material that now has to be captured (call failed, no record, or objection).
    pub turned_to_capture: bool,
    /// The applicant has to put pages under the camera for it.
    pub by_capture: bool,
}

impl MaterialState {
    /// Needed and not there.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.needed && self.satisfied_by == SatisfiedBy::Missing
    }
}

/// The state of every material of the item, in the item's order.
#[must_use]
pub fn material_state(item: &ServiceItem, case: &Case) -> Vec<MaterialState> {
    let records = case.standing_records();
    let view = View { values: case.form(), card: case.card(), records: &records };
    let form_done = case.form_filled() && form::validate(item, case.form(), &form::Context::of(&view)).is_empty();
    item.materials.iter().map(|requirement| state_of(requirement, case, &view, form_done)).collect()
}

fn state_of(requirement: &Requirement, case: &Case, view: &View<'_>, form_done: bool) -> MaterialState {
    let needed = match (&requirement.when, requirement.necessity) {
        (Some(condition), _) => condition.holds(view),
        (None, Necessity::Required | Necessity::Deferrable) => true,
        (None, Necessity::Optional) => false,
    };
    let pages = case.pages(&requirement.id).len();
    let by_pages = if pages >= usize::from(requirement.pages_min.max(1)) {
        SatisfiedBy::Pages(pages)
    } else {
        SatisfiedBy::Missing
    };
    let (satisfied_by, turned_to_capture) = match &requirement.how {
        How::Form if form_done => (SatisfiedBy::Form, false),
        How::Form => (SatisfiedBy::Missing, false),
        How::Card if case.card().is_some() => (SatisfiedBy::Card, false),
        How::Card => (SatisfiedBy::Missing, false),
        How::Capture => (by_pages, false),
        How::Share { resource } => match standing(case, resource) {
            Standing::Confirmed => (SatisfiedBy::Share, false),
            Standing::Open => (SatisfiedBy::Missing, false),
            Standing::Failed => (by_pages, true),
        },
    };
    MaterialState {
        requirement: requirement.id.clone(),
        needed,
        satisfied_by,
        no_paper: needed && matches!(satisfied_by, SatisfiedBy::Share | SatisfiedBy::Card),
        turned_to_capture,
        by_capture: turned_to_capture || requirement.how == How::Capture,
    }
}

enum Standing {
    Confirmed,
    Open,
    Failed,
}

fn standing(case: &Case, resource: &ResourceId) -> Standing {
    match case.shares().get(resource) {
        None => Standing::Open,
        Some(share) if share.record.outcome != ShareOutcome::Found => Standing::Failed,
        Some(share) => match share.answer {
            None => Standing::Open,
            Some(ShareAnswer::Confirmed) => Standing::Confirmed,
            Some(ShareAnswer::Objected { .. }) => Standing::Failed,
        },
    }
}
