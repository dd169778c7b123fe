//! 动作内容: how an event becomes the plain bytes of an action, and how they are sealed.
//!
//! Plain bytes: canonical CBOR `[1, kind, body]`; `body` is the map of the event's fields by
//! name, in the order declared (docs/formats.md). Additional data of the seal:
//! `"tongban.payload.v1" ‖ case (16) ‖ u64be case_seq ‖ kind`.

use crate::FormatError;
use crate::action::{ActionHeader, SEALED_MAX};
use crate::canon::{check_canonical, is_null};
use minicbor::Decoder;
use tongban_crypto::{DataKey, Fill, SEAL_OVERHEAD};
use tongban_domain::event::Event;
use tongban_domain::ids::CaseId;

const WHAT: &str = "event";
const VERSION: u64 = 1;
/// Longest plain event.
pub const EVENT_BYTES_MAX: usize = SEALED_MAX - SEAL_OVERHEAD;

/// Makes the exhaustive match and the list of all kinds from one table.
macro_rules! kinds {
    ($($kind:ident),+ $(,)?) => {
        /// Every kind this release knows.
        pub const EVENT_KINDS: &[&str] = &[$(stringify!($kind)),+];

        /// Name of the event's variant, as headers carry it.
        #[must_use]
        pub const fn event_kind(event: &Event) -> &'static str {
            match event { $(Event::$kind { .. } => stringify!($kind)),+ }
        }
    };
}

kinds!(
    Opened,
    Identified,
    ConsentGiven,
    PresenceProved,
    ItemChosen,
    ShareFetched,
    ShareAnswered,
    FormFilled,
    PageCaptured,
    PageRemoved,
    PagesOrdered,
    SignedOff,
    Submitted,
    Received,
    Accepted,
    Reviewed,
    Decided,
    LicenceAllotted,
    PrintIntended,
    PrintSent,
    PrintDone,
    PrintConfirmed,
    PrintVoided,
    HandedOver,
    Closed,
    Blocked,
    Withdrawn,
    ProofIssued,
    EvidenceViewed,
    Continues,
    HandedOn,
    ContinuedBy,
    GuardianConsented,
    AgentNamed,
    PageJudged,
    CompletenessIssued,
    PartOf,
    PartsOpened,
    PartEnded,
    CorrectionAsked,
    CorrectionDone,
    FixedOnTheSpot,
    DeemedAccepted,
    Rejected,
    Returned,
    Redirected,
    DeferralGranted,
    DeferralSupplied,
    CommitmentMade,
    CommitmentChecked,
    LicenceRevoked,
    Suspended,
    Resumed,
    Extended,
    HearingHeld,
    StepDone,
    StepReturned,
    Assigned,
    Terminated,
    PaperIssued,
);

/// The plain bytes of an event.
///
/// # Errors
/// [`FormatError::TooLarge`] or, for a form nested beyond reason, [`FormatError::Malformed`].
pub fn encode_event(event: &Event) -> Result<Vec<u8>, FormatError> {
    let tagged = minicbor_serde::to_vec(event).map_err(|_| FormatError::malformed(WHAT, "event cannot be encoded"))?;
    // serde writes `{kind: body}`, that is 0xa1 ‖ kind ‖ body; the envelope is [1, kind, body].
    let (Some(0xa1), Some(rest)) = (tagged.first(), tagged.get(1..)) else {
        return Err(FormatError::malformed(WHAT, "event without fields"));
    };
    let mut bytes = Vec::with_capacity(rest.len() + 2);
    bytes.extend_from_slice(&[0x83, 0x01]);
    bytes.extend_from_slice(rest);
    if bytes.len() > EVENT_BYTES_MAX {
        return Err(FormatError::TooLarge { what: WHAT, limit: EVENT_BYTES_MAX as u64 });
    }
    check_canonical(WHAT, &bytes)?;
    Ok(bytes)
}

/// Reads what [`encode_event`] wrote; fields this release does not know are passed over.
///
/// # Errors
/// [`FormatError::Version`] for another envelope version; [`FormatError::Malformed`] for an
/// event this release does not know or whose fields do not fit.
pub fn decode_event(bytes: &[u8]) -> Result<Event, FormatError> {
    if bytes.len() > EVENT_BYTES_MAX {
        return Err(FormatError::TooLarge { what: WHAT, limit: EVENT_BYTES_MAX as u64 });
    }
    check_canonical(WHAT, bytes)?;
    let kind_at = envelope(bytes)?;
    let mut tagged = Vec::with_capacity(bytes.len());
    tagged.push(0xa1);
    tagged.extend_from_slice(&bytes[kind_at..]);
    minicbor_serde::from_slice(&tagged).map_err(|_| FormatError::malformed(WHAT, "not an event of this release"))
}

/// Checks `[1, kind, body]`; where the kind begins.
fn envelope(bytes: &[u8]) -> Result<usize, FormatError> {
    let mut decoder = Decoder::new(bytes);
    let broken = |_| FormatError::malformed(WHAT, "envelope is not [v, kind, body]");
    let len = decoder.array().map_err(broken)?;
    let v = decoder.u64().map_err(broken)?;
    if v != VERSION {
        return Err(FormatError::Version { what: WHAT, v });
    }
    let kind_at = decoder.position();
    decoder.str().map_err(broken)?;
    let body = bytes.get(decoder.position()..).unwrap_or_default();
    if len != Some(3) || is_null(body) {
        return Err(FormatError::malformed(WHAT, "envelope is not [v, kind, body]"));
    }
    Ok(kind_at)
}

/// Binds a payload to its place: case, number in the chain and kind.
#[must_use]
pub fn payload_aad(case: CaseId, case_seq: u64, kind: &str) -> Vec<u8> {
    let mut aad = b"tongban.payload.v1".to_vec();
    aad.extend_from_slice(case.0.as_bytes());
    aad.extend_from_slice(&case_seq.to_be_bytes());
    aad.extend_from_slice(kind.as_bytes());
    aad
}

/// Context of a case's sealed blobs for `tongban_crypto::seal_blob`: the case id.
#[must_use]
pub fn blob_context(case: CaseId) -> [u8; 16] {
    *case.0.as_bytes()
}

/// Encodes and seals an event for its place.
///
/// # Errors
/// As [`encode_event`].
pub fn seal_event(
    case_key: &DataKey,
    case: CaseId,
    case_seq: u64,
    event: &Event,
    fill: &mut Fill<'_>,
) -> Result<Vec<u8>, FormatError> {
    let plain = encode_event(event)?;
    Ok(case_key.seal(&payload_aad(case, case_seq, event_kind(event)), &plain, fill))
}

/// Opens and reads an event in its place.
///
/// # Errors
/// [`FormatError::Sealed`] with another key or place; [`FormatError::Disagrees`] when header
/// and payload name different kinds; as [`decode_event`].
pub fn open_event(case_key: &DataKey, header: &ActionHeader, sealed: &[u8]) -> Result<Event, FormatError> {
    let aad = payload_aad(header.case, header.case_seq, &header.kind);
    let plain = case_key.open(&aad, sealed).map_err(|_| FormatError::Sealed { what: WHAT })?;
    let event = decode_event(&plain)?;
    if event_kind(&event) != header.kind {
        return Err(FormatError::Disagrees { what: WHAT, why: "header and payload name different kinds" });
    }
    Ok(event)
}
