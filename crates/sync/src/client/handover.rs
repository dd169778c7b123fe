//! 转接续办: drafts begun at another station.

use super::{CentreClient, CentreError, call};
use tongban_domain::event::Digest;
use tongban_domain::ids::CaseId;
use tongban_protocol::bundle::BUNDLE_BYTES_MAX;
use tongban_protocol::handover::{DraftAsk, DraftOffer, DraftTake, DraftTaken};

/// Longest list of offers taken.
const OFFERS_BYTES_MAX: usize = 64 * 1024;
/// Longest chain of a draft taken.
const DRAFT_BYTES_MAX: usize = 32 * 1024 * 1024;

impl CentreClient {
    /// Drafts of the holder of a card just read that wait for them, the newest first.
    ///
    /// # Errors
    /// [`CentreError`].
    pub async fn draft_offers(&self, ask: &DraftAsk) -> Result<Vec<DraftOffer>, CentreError> {
        self.json(self.post("drafts", ask), OFFERS_BYTES_MAX).await
    }

    /// Takes a draft over; the same case again brings the same draft again.
    ///
    /// # Errors
    /// [`CentreError`]; C110 when another case goes on with it.
    pub async fn draft_take(&self, case: CaseId, take: &DraftTake) -> Result<DraftTaken, CentreError> {
        self.json(self.post(&format!("drafts/{case}/take"), take), DRAFT_BYTES_MAX).await
    }

    /// A sealed file of a draft taken over.
    ///
    /// # Errors
    /// [`CentreError`].
    pub async fn draft_file(&self, case: CaseId, address: &Digest) -> Result<Vec<u8>, CentreError> {
        let request = self.get(&format!("drafts/{case}/files/{address}"));
        self.gated(async {
            let response = self.send(request).await?;
            if !response.status().is_success() {
                return Err(call::refusal(response).await);
            }
            call::read(response, usize::try_from(BUNDLE_BYTES_MAX).unwrap_or(usize::MAX)).await
        })
        .await
    }
}
