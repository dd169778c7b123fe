//! 转接续办 as the screens see it: leave a draft with the centre, find one begun elsewhere, bring what is in it.

use super::cases::{Cases, OpenCase};
use super::centre::failure;
use crate::failure::Failure;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::CaseId;
use tongban_protocol::handover::{DraftAsk, DraftOffer, DraftTake};
use tongban_sync::{CentreClient, CentreError};

/// Version of the text the applicant agrees to.
pub const TEXT_VERSION: u32 = 1;
/// How long somebody who has just read a card waits for the centre; after it they begin anew.
const OFFER_WAIT: Duration = Duration::from_secs(3);

/// Drafts between stations; without a client nothing is found and nothing can be brought.
#[derive(Clone)]
pub struct Handover {
    cases: Cases,
    client: Option<CentreClient>,
}

impl Handover {
    /// Wraps store and client.
    #[must_use]
    pub fn new(cases: Cases, client: Option<CentreClient>) -> Self {
        Self { cases, client }
    }

    /// The newest draft of the holder of this card that waits at the centre. A centre that does not answer in time
    /// is no reason to keep somebody waiting: then there is none.
    pub async fn offer(&self, number: String) -> Option<DraftOffer> {
        let client = self.client.as_ref()?;
        let ask = DraftAsk { number };
        match tokio::time::timeout(OFFER_WAIT, client.draft_offers(&ask)).await {
            Ok(Ok(offers)) => offers.into_iter().next(),
            Ok(Err(error)) => {
                tracing::debug!(%error, "no word of drafts begun elsewhere");
                None
            }
            Err(_) => None,
        }
    }

    /// Leaves the draft with the centre; durable here when this returns, sent as soon as there is a line.
    ///
    /// # Errors
    /// [`Failure`] of the store or of a case rule.
    pub async fn hand_on(&self, case: CaseId) -> Result<(), Failure> {
        self.cases.blocking(move |store| store.hand_on(case, TEXT_VERSION).map(drop)).await
    }

    /// Whether the centre has signed for all of it.
    ///
    /// # Errors
    /// [`Failure`] of the store.
    pub async fn is_signed_for(&self, case: CaseId) -> Result<bool, Failure> {
        self.cases.blocking(move |store| store.is_signed_for(case)).await
    }

    /// Brings what the applicant wrote and showed elsewhere into the case that continues it. Cut off at any moment
    /// and begun again it ends the same: the centre gives the draft to this case alone, and it is written in one step.
    ///
    /// # Errors
    /// [`Failure`] of the network or of the store; `C110` when another case goes on with the draft.
    pub async fn bring(&self, open: OpenCase) -> Result<OpenCase, Failure> {
        let missing = || Failure::new(ErrorCode::NotFound, "draft");
        let client = self.client.as_ref().ok_or_else(|| Failure::new(ErrorCode::NetworkIdentity, "draft"))?;
        let told = |error: CentreError| failure(&error);
        let from = open.case.continues().ok_or_else(missing)?;
        let number = open.case.card().map(|card| card.number.clone()).ok_or_else(missing)?;
        let taken = client.draft_take(from, &DraftTake { number, into: open.id }).await.map_err(told)?;
        let draft = Arc::new(self.cases.blocking(move |store| store.open_handed(&taken)).await?);
        let mut files = BTreeMap::new();
        for blob in draft.files() {
            let sealed = client.draft_file(from, &blob.address).await.map_err(told)?;
            let (draft, id, address) = (Arc::clone(&draft), open.id, blob.address);
            let kept = self.cases.blocking(move |store| store.keep_handed(id, &draft, &blob, &sealed)).await?;
            files.insert(address, kept);
        }
        let id = open.id;
        self.cases.blocking(move |store| Ok(OpenCase { id, case: store.continue_handed(id, &draft, &files)? })).await
    }
}
