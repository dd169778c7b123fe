//! 动作: one sealed, signed link of a case's chain. CONTRACT.
//!
//! Signed bytes (docs/formats.md): canonical CBOR array
//! `["tongban.action", 1, id, case, case_seq, prev_case_hash, kind, base_version, wall, boot, actor, origin, sealed]`.

use crate::FormatError;
use crate::canon::{In, Out};
use crate::payload;
use serde::{Deserialize, Serialize};
use tongban_crypto::{DataKey, Fill, SigningKey, VerifyingKey, sm3};
use tongban_domain::clock::{BootTime, WallTime};
use tongban_domain::event::{Digest, Event};
use tongban_domain::ids::{ActionId, CaseId, StaffId, StationId};

/// Format version written today.
pub const ACTION_VERSION: u16 = 1;
/// Longest sealed payload.
pub const SEALED_MAX: usize = 1024 * 1024;
/// Longest signed bytes.
pub const ACTION_BYTES_MAX: usize = SEALED_MAX + 4096;
/// Longest DER signature (two 33-byte integers and their heads).
pub const SIGNATURE_MAX: usize = 72;
/// Digest of "nothing before".
pub const NO_HASH: Digest = Digest([0; 32]);

const WHAT: &str = "action";
const NAME: &str = "tongban.action";
const FIELDS: u64 = 13;
const ID_TEXT_MAX: usize = 128;
const KIND_MAX: usize = 64;

/// Who started the action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// A station of a hall.
    Station(StationId),
    /// The centre.
    Centre,
    /// A citizen page.
    Web,
}

/// Who acted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Actor {
    /// The applicant standing at the station.
    Applicant,
    /// A member of staff.
    Staff(StaffId),
    /// The program itself (timers, sync).
    System,
}

/// Header of an action; everything here is readable without the case key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionHeader {
    /// Format version, 1.
    pub v: u16,
    /// UUIDv7.
    pub id: ActionId,
    /// The case.
    pub case: CaseId,
    /// 1, 2, 3 … without gap within the case.
    pub case_seq: u64,
    /// SM3 of the previous action's signed bytes; zero for the first.
    pub prev_case_hash: Digest,
    /// Name of the event variant, for example `Identified`.
    pub kind: String,
    /// Case version the actor saw (= `case_seq` of the last action known).
    pub base_version: u64,
    /// Wall time at the origin.
    pub wall: WallTime,
    /// Boot time at the origin.
    pub boot: BootTime,
    /// Who acted.
    pub actor: Actor,
    /// Where.
    pub origin: Origin,
}

/// An action as it travels and is stored: the exact signed bytes and the signature.
///
/// `bytes` = deterministic CBOR of (header, sealed payload); `hash` = SM3(bytes);
/// `signature` = SM2 over `bytes` (distinguishing id `1234567812345678`, DER).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedAction {
    /// Parsed header (derived from `bytes`).
    pub header: ActionHeader,
    /// SM4-GCM sealed payload (derived from `bytes`).
    pub sealed: Vec<u8>,
    /// Exact signed bytes.
    pub bytes: Vec<u8>,
    /// SM3 of `bytes`.
    pub hash: Digest,
    /// DER SM2 signature.
    pub signature: Vec<u8>,
}

/// What an action needs before it is sealed and signed; the kind comes from the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionDraft {
    /// UUIDv7, new.
    pub id: ActionId,
    /// The case.
    pub case: CaseId,
    /// Place in the case's chain, from 1.
    pub case_seq: u64,
    /// SM3 of the previous action's signed bytes; [`NO_HASH`] for the first.
    pub prev_case_hash: Digest,
    /// Case version the actor saw.
    pub base_version: u64,
    /// Wall time now.
    pub wall: WallTime,
    /// Boot time now.
    pub boot: BootTime,
    /// Who acts.
    pub actor: Actor,
    /// Where.
    pub origin: Origin,
}

impl ActionDraft {
    /// Seals `event` under the case key and signs the whole: the usual way to make an action.
    ///
    /// # Errors
    /// [`FormatError::TooLarge`] when event or names exceed their limits; [`FormatError::Key`].
    pub fn seal_and_sign(
        self,
        event: &Event,
        case_key: &DataKey,
        signer: &SigningKey,
        fill: &mut Fill<'_>,
    ) -> Result<SignedAction, FormatError> {
        let sealed = payload::seal_event(case_key, self.case, self.case_seq, event, fill)?;
        self.sign(payload::event_kind(event), signer, sealed)
    }

    /// Signs a payload that was sealed before ([`payload::seal_event`]) for this case, place and kind.
    ///
    /// # Errors
    /// [`FormatError::TooLarge`], [`FormatError::Malformed`] for a draft no parser would take, [`FormatError::Key`].
    pub fn sign(self, kind: &str, signer: &SigningKey, sealed: Vec<u8>) -> Result<SignedAction, FormatError> {
        let header = ActionHeader {
            v: ACTION_VERSION,
            id: self.id,
            case: self.case,
            case_seq: self.case_seq,
            prev_case_hash: self.prev_case_hash,
            kind: kind.to_owned(),
            base_version: self.base_version,
            wall: self.wall,
            boot: self.boot,
            actor: self.actor,
            origin: self.origin,
        };
        let bytes = encode(&header, &sealed);
        let signature = signer.sign(&bytes).map_err(|_| FormatError::Key { what: WHAT })?;
        // Through the parser, so that nothing is ever signed that nobody could read.
        SignedAction::parse(bytes, signature)
    }
}

fn encode(header: &ActionHeader, sealed: &[u8]) -> Vec<u8> {
    let mut out = Out::new();
    out.array(usize::try_from(FIELDS).expect("thirteen"))
        .text(NAME)
        .uint(u64::from(header.v))
        .bytes(header.id.0.as_bytes())
        .bytes(header.case.0.as_bytes())
        .uint(header.case_seq)
        .bytes(&header.prev_case_hash.0)
        .text(&header.kind)
        .uint(header.base_version)
        .int(header.wall.0)
        .uint(header.boot.0);
    match &header.actor {
        Actor::Applicant => out.array(1).uint(0),
        Actor::Staff(staff) => out.array(2).uint(1).text(&staff.0),
        Actor::System => out.array(1).uint(2),
    };
    match &header.origin {
        Origin::Station(station) => out.array(2).uint(0).text(&station.0),
        Origin::Centre => out.array(1).uint(1),
        Origin::Web => out.array(1).uint(2),
    };
    out.bytes(sealed);
    out.done()
}

/// `[code]` or `[code, text]`.
fn choice<'a>(input: &mut In<'a>) -> Result<(u64, Option<&'a str>), FormatError> {
    let len = input.list(2)?;
    if len == 0 {
        return Err(FormatError::malformed(WHAT, "empty choice"));
    }
    let code = input.uint()?;
    let text = if len == 2 { Some(input.text(ID_TEXT_MAX)?) } else { None };
    Ok((code, text))
}

fn decode(bytes: &[u8]) -> Result<(ActionHeader, Vec<u8>), FormatError> {
    let mut input = In::new(WHAT, bytes)?;
    input.head(NAME, FIELDS)?;
    let id = ActionId(input.uuid()?);
    let case = CaseId(input.uuid()?);
    let case_seq = input.uint()?;
    let prev_case_hash = Digest(input.fixed()?);
    let kind = input.text(KIND_MAX)?.to_owned();
    let base_version = input.uint()?;
    let wall = WallTime(input.int()?);
    let boot = BootTime(input.uint()?);
    let actor = match choice(&mut input)? {
        (0, None) => Actor::Applicant,
        (1, Some(staff)) => Actor::Staff(StaffId::from(staff)),
        (2, None) => Actor::System,
        _ => return Err(FormatError::malformed(WHAT, "unknown actor")),
    };
    let origin = match choice(&mut input)? {
        (0, Some(station)) => Origin::Station(StationId::from(station)),
        (1, None) => Origin::Centre,
        (2, None) => Origin::Web,
        _ => return Err(FormatError::malformed(WHAT, "unknown origin")),
    };
    let sealed = input.bytes(SEALED_MAX)?.to_vec();
    let header = ActionHeader {
        v: ACTION_VERSION,
        id,
        case,
        case_seq,
        prev_case_hash,
        kind,
        base_version,
        wall,
        boot,
        actor,
        origin,
    };
    check_place(&header)?;
    Ok((header, sealed))
}

/// What a header must satisfy by itself.
fn check_place(header: &ActionHeader) -> Result<(), FormatError> {
    if header.case_seq == 0 {
        return Err(FormatError::malformed(WHAT, "places in a chain count from 1"));
    }
    if (header.case_seq == 1) != (header.prev_case_hash == NO_HASH) {
        return Err(FormatError::malformed(WHAT, "the first action, and only it, has nothing before it"));
    }
    if header.base_version >= header.case_seq {
        return Err(FormatError::malformed(WHAT, "nobody can have seen a later version"));
    }
    if header.kind.is_empty() || !header.kind.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(FormatError::malformed(WHAT, "kind is not a name"));
    }
    Ok(())
}

impl SignedAction {
    /// Reads an action. The signature is only looked at by [`SignedAction::verify`].
    ///
    /// # Errors
    /// [`FormatError`] for anything but the one canonical encoding of a known version.
    pub fn parse(bytes: Vec<u8>, signature: Vec<u8>) -> Result<Self, FormatError> {
        if bytes.len() > ACTION_BYTES_MAX {
            return Err(FormatError::TooLarge { what: WHAT, limit: ACTION_BYTES_MAX as u64 });
        }
        if signature.len() > SIGNATURE_MAX {
            return Err(FormatError::Signature { what: WHAT });
        }
        let (header, sealed) = decode(&bytes)?;
        let hash = Digest(sm3(&bytes));
        Ok(Self { header, sealed, bytes, hash, signature })
    }

    /// Checks that `key` signed exactly these bytes, and that header, payload and hash are theirs.
    ///
    /// # Errors
    /// [`FormatError::Signature`]; [`FormatError::Disagrees`] when the parsed parts were changed.
    pub fn verify(&self, key: &VerifyingKey) -> Result<(), FormatError> {
        key.verify(&self.bytes, &self.signature).map_err(|_| FormatError::Signature { what: WHAT })?;
        let (header, sealed) = decode(&self.bytes)?;
        if header != self.header || sealed != self.sealed || sm3(&self.bytes) != self.hash.0 {
            return Err(FormatError::Disagrees { what: WHAT, why: "parsed parts are not those of the signed bytes" });
        }
        Ok(())
    }

    /// Opens the payload with the case key.
    ///
    /// # Errors
    /// [`FormatError::Sealed`] with another key or place; other variants when the payload is not an event of the kind named.
    pub fn open(&self, case_key: &DataKey) -> Result<Event, FormatError> {
        payload::open_event(case_key, &self.header, &self.sealed)
    }
}
