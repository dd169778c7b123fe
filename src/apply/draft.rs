//! 申请草稿 in memory: what the screens show of the open case. Everything durable is in the store.

use std::sync::Arc;
use tongban_domain::case::{Case, Step};
use tongban_domain::event::{Channel, FormValues};
use tongban_domain::ids::{CaseId, ItemKey};
use tongban_domain::item::ServiceItem;

/// The visit's case; dropped when the visit ends.
#[derive(Debug)]
pub struct Draft {
    /// Kiosk or window.
    pub channel: Channel,
    /// Set from the first durable action on.
    pub id: Option<CaseId>,
    /// The folded case.
    pub case: Option<Case>,
    /// Definition of the chosen item, in the version the case keeps.
    pub item: Option<Arc<ServiceItem>>,
    /// Item picked on the home page before the card was read.
    pub wanted: Option<ItemKey>,
    /// What was answered before of the wanted item's form.
    pub answers: FormValues,
}

impl Draft {
    /// An empty draft.
    #[must_use]
    pub fn new(channel: Channel, wanted: Option<ItemKey>) -> Self {
        Self { channel, id: None, case: None, item: None, wanted, answers: FormValues::new() }
    }

    /// The step the case asks for now.
    #[must_use]
    pub fn next_step(&self) -> Step {
        self.case.as_ref().map_or(Step::Identify, |case| case.next_step(self.item.as_deref()))
    }
}
