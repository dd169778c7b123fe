//! 转接续办: a draft left at one station and gone on with at another. JSON of the station API.
//!
//! | method and path | request | answer |
//! |---|---|---|
//! | `POST /station/v1/drafts` | [`DraftAsk`] | `Vec<DraftOffer>`, the newest first |
//! | `POST /station/v1/drafts/{case}/take` | [`DraftTake`] | [`DraftTaken`] |
//! | `GET /station/v1/drafts/{case}/files/{address}` | – | the sealed file, `application/octet-stream` |
//!
//! The draft's chain stays what it was: the station that goes on opens a case of its own and copies what the
//! applicant had written and shown. Who the applicant is and that they are present is found out anew, where they stand.

use crate::FormatError;
use crate::action::SignedAction;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use tongban_domain::ids::{CaseId, ItemKey, StationId};

/// For how long a draft waits at the centre (domain rules: drafts are kept for 30 days).
pub const DRAFT_DAYS: i64 = 30;

/// The number of the card just read.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftAsk {
    /// 公民身份号码.
    pub number: String,
}

/// A draft that waits for its applicant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftOffer {
    /// The draft.
    pub case: CaseId,
    /// Where it was begun.
    pub station: StationId,
    /// Its item and the item's version.
    pub item: (ItemKey, u32),
    /// Pages captured so far.
    pub pages: u32,
    /// When it was handed on, ms since 1970.
    pub handed_ms: i64,
}

/// Takes a draft over; the same `into` again brings the same draft again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftTake {
    /// The number of the card just read.
    pub number: String,
    /// The case opened to go on with it.
    pub into: CaseId,
}

impl std::fmt::Debug for DraftAsk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DraftAsk(number redacted)")
    }
}

impl std::fmt::Debug for DraftTake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DraftTake(into {}, number redacted)", self.into)
    }
}

/// The draft for the station that goes on with it. Contents stay sealed under the draft's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftTaken {
    /// The draft.
    pub case: CaseId,
    /// Its key, wrapped for this station (SM2, hex of 113 bytes).
    pub key_hex: String,
    /// Its actions as signed, oldest first: bytes and signature in base64.
    pub actions: Vec<(String, String)>,
}

impl DraftTaken {
    /// Packs actions.
    #[must_use]
    pub fn new(case: CaseId, key: &[u8], actions: &[SignedAction]) -> Self {
        let pack = |action: &SignedAction| (STANDARD.encode(&action.bytes), STANDARD.encode(&action.signature));
        Self { case, key_hex: hex::encode(key), actions: actions.iter().map(pack).collect() }
    }

    /// Unpacks the actions; their chain is not checked here.
    ///
    /// # Errors
    /// [`FormatError`] when they are not actions.
    pub fn actions(&self) -> Result<Vec<SignedAction>, FormatError> {
        let bytes =
            |text: &str| STANDARD.decode(text).map_err(|_| FormatError::malformed("handed draft", "not base64"));
        self.actions.iter().map(|(action, signature)| SignedAction::parse(bytes(action)?, bytes(signature)?)).collect()
    }
}
