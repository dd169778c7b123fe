//! 数据包: what a station uploads for one case step-group, and the centre's signed receipt. CONTRACT.
//!
//! Bytes (docs/formats.md): `"TBBUNDLE" ‖ u32be head length ‖ head ‖ blob bodies in head order`.
//! The head is canonical CBOR and carries every length, so that a reader of a file knows
//! from its start what follows and allocates nothing on the word of a length beyond the caps.

use crate::FormatError;
use crate::action::{ACTION_BYTES_MAX, NO_HASH, SIGNATURE_MAX, SignedAction};
use crate::canon::{In, Out};
use crate::chain::{ChainHead, check_chain_after};
use serde::{Deserialize, Serialize};
use tongban_crypto::sm3;
use tongban_domain::event::Digest;
use tongban_domain::ids::{ActionId, CaseId, StationId};
use uuid::Uuid;

/// Format version written today.
pub const BUNDLE_VERSION: u16 = 1;
/// First bytes of a bundle.
pub const BUNDLE_MAGIC: &[u8; 8] = b"TBBUNDLE";
/// Longest head.
pub const HEAD_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Most actions in one bundle.
pub const ACTIONS_MAX: usize = 512;
/// Most blobs in one bundle.
pub const BLOBS_MAX: usize = 512;
/// Most wrapped keys in one bundle.
pub const KEYS_MAX: usize = 16;
/// Longest sealed blob.
pub const BLOB_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Longest bundle.
pub const BUNDLE_BYTES_MAX: u64 = 512 * 1024 * 1024;

const WHAT: &str = "bundle";
const NAME: &str = "tongban.bundle";
const LINK_NAME: &str = "tongban.link";
/// Magic and head length.
const LEAD: usize = 12;
const READER_MAX: usize = 128;
const WRAPPED_MAX: usize = 256;

/// Exact signed bytes of an action and its DER signature.
pub type ActionBytes = (Vec<u8>, Vec<u8>);

/// Link of the station chain of headers: gap-free, in order, even when a body is quarantined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StationLink {
    /// Station epoch; a restored image starts a new one.
    pub epoch: u32,
    /// 1, 2, 3 … within the epoch, over all cases.
    pub seq: u64,
    /// The action at this place.
    pub action: ActionId,
    /// SM3 of the action's signed bytes.
    pub action_hash: Digest,
    /// SM3 of the previous link; zero for the first of an epoch.
    pub prev_link_hash: Digest,
}

impl StationLink {
    /// The link for `action` after `before`; without it the first of `epoch`.
    #[must_use]
    pub fn after(before: Option<&Self>, epoch: u32, action: &SignedAction) -> Self {
        let (seq, prev_link_hash) = match before {
            Some(link) if link.epoch == epoch => (link.seq + 1, link.hash()),
            _ => (1, NO_HASH),
        };
        Self { epoch, seq, action: action.header.id, action_hash: action.hash, prev_link_hash }
    }

    /// Canonical bytes: `["tongban.link", 1, epoch, seq, action, action_hash, prev_link_hash]`.
    #[must_use]
    pub fn canonical_bytes(&self) -> Vec<u8> {
        let mut out = Out::new();
        out.array(7).text(LINK_NAME).uint(1);
        self.put_fields(&mut out);
        out.done()
    }

    /// SM3 of the canonical bytes: what the next link names.
    #[must_use]
    pub fn hash(&self) -> Digest {
        Digest(sm3(&self.canonical_bytes()))
    }

    /// Reads canonical bytes.
    ///
    /// # Errors
    /// [`FormatError`] for anything else.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormatError> {
        let mut input = In::new("station link", bytes)?;
        input.head(LINK_NAME, 7)?;
        Self::read_fields(&mut input)
    }

    fn put_fields(&self, out: &mut Out) {
        out.uint(u64::from(self.epoch))
            .uint(self.seq)
            .bytes(self.action.0.as_bytes())
            .bytes(&self.action_hash.0)
            .bytes(&self.prev_link_hash.0);
    }

    fn read_fields(input: &mut In<'_>) -> Result<Self, FormatError> {
        let epoch = u32::try_from(input.uint()?).map_err(|_| FormatError::malformed(WHAT, "epoch beyond 32 bits"))?;
        let seq = input.uint()?;
        if seq == 0 {
            return Err(FormatError::malformed(WHAT, "links count from 1"));
        }
        Ok(Self {
            epoch,
            seq,
            action: ActionId(input.uuid()?),
            action_hash: Digest(input.fixed()?),
            prev_link_hash: Digest(input.fixed()?),
        })
    }
}

/// A case's data key, wrapped for one reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// `centre` or a station id.
    pub reader: String,
    /// SM2-encrypted (C1C3C2, GB/T 32918.4) 16-byte data key.
    pub sealed: Vec<u8>,
}

/// One bundle. Encoded as CBOR, bodies of blobs following as length-prefixed sealed bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// Format version, 1.
    pub v: u16,
    /// UUIDv7; same id + same bytes → same receipt; same id + other bytes → refused.
    pub id: Uuid,
    /// Sending station.
    pub station: StationId,
    /// The case.
    pub case: CaseId,
    /// Case key for the centre.
    pub keys: Vec<WrappedKey>,
    /// Actions in case order, exact signed bytes with signatures.
    pub actions: Vec<ActionBytes>,
    /// Station links of these actions.
    pub links: Vec<StationLink>,
    /// Addresses (SM3 of sealed bytes) and sealed bodies of blobs first named by these actions.
    pub blobs: Vec<(Digest, Vec<u8>)>,
}

/// Everything of a bundle but the bodies of its blobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleHead {
    /// UUIDv7.
    pub id: Uuid,
    /// Sending station.
    pub station: StationId,
    /// The case.
    pub case: CaseId,
    /// Wrapped case keys.
    pub keys: Vec<WrappedKey>,
    /// Actions in case order, exact signed bytes with signatures.
    pub actions: Vec<ActionBytes>,
    /// Station links of these actions.
    pub links: Vec<StationLink>,
    /// Address and length of each blob, in the order the bodies follow.
    pub blobs: Vec<(Digest, u64)>,
}

impl BundleHead {
    /// Length of the head including its lead, from the first 12 bytes of a bundle: how much to read next.
    ///
    /// # Errors
    /// [`FormatError`] when these are not the first bytes of a bundle or the head is too long.
    pub fn len_from_lead(lead: &[u8]) -> Result<usize, FormatError> {
        let Some((magic, rest)) = lead.split_first_chunk::<8>() else {
            return Err(FormatError::malformed(WHAT, "shorter than its lead"));
        };
        if magic != BUNDLE_MAGIC {
            return Err(FormatError::malformed(WHAT, "another format's name"));
        }
        let Some(len) = rest.first_chunk::<4>() else {
            return Err(FormatError::malformed(WHAT, "shorter than its lead"));
        };
        match usize::try_from(u32::from_be_bytes(*len)) {
            Ok(len) if len <= HEAD_BYTES_MAX => Ok(LEAD + len),
            _ => Err(FormatError::TooLarge { what: WHAT, limit: HEAD_BYTES_MAX as u64 }),
        }
    }

    /// Reads the head; `bytes` is the bundle or at least its first [`BundleHead::len_from_lead`] bytes.
    /// Also says where the first blob begins.
    ///
    /// # Errors
    /// [`FormatError`] for anything but the canonical head of a known version within the caps.
    pub fn decode(bytes: &[u8]) -> Result<(Self, usize), FormatError> {
        let end = Self::len_from_lead(bytes)?;
        let Some(cbor) = bytes.get(LEAD..end) else {
            return Err(FormatError::malformed(WHAT, "cut within its head"));
        };
        let mut input = In::new(WHAT, cbor)?;
        input.head(NAME, 9)?;
        let head = Self {
            id: input.uuid()?,
            station: StationId::from(input.text(READER_MAX)?),
            case: CaseId(input.uuid()?),
            keys: read_keys(&mut input)?,
            actions: read_actions(&mut input)?,
            links: read_links(&mut input)?,
            blobs: read_blobs(&mut input)?,
        };
        Ok((head, end))
    }

    /// Length of the whole bundle.
    #[must_use]
    pub fn total_len(&self, head_end: usize) -> u64 {
        self.blobs.iter().fold(head_end as u64, |sum, (_, len)| sum.saturating_add(*len))
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Out::new();
        out.array(9).text(NAME).uint(u64::from(BUNDLE_VERSION));
        out.bytes(self.id.as_bytes()).text(&self.station.0).bytes(self.case.0.as_bytes());
        out.array(self.keys.len());
        for key in &self.keys {
            out.array(2).text(&key.reader).bytes(&key.sealed);
        }
        out.array(self.actions.len());
        for (bytes, signature) in &self.actions {
            out.array(2).bytes(bytes).bytes(signature);
        }
        out.array(self.links.len());
        for link in &self.links {
            out.array(5);
            link.put_fields(&mut out);
        }
        out.array(self.blobs.len());
        for (address, len) in &self.blobs {
            out.array(2).bytes(&address.0).uint(*len);
        }
        out.done()
    }

    /// Parses the actions and checks what the parts say of each other: one case, one link
    /// per action naming its hash, gap-free numbers. Whether the chain continues what the
    /// reader holds, and who signed, is for the reader to check.
    ///
    /// # Errors
    /// [`FormatError::Disagrees`] or the fault of an action.
    pub fn check(&self) -> Result<Vec<SignedAction>, FormatError> {
        let disagrees = |why| FormatError::Disagrees { what: WHAT, why };
        let mut actions = Vec::with_capacity(self.actions.len());
        for (bytes, signature) in &self.actions {
            actions.push(SignedAction::parse(bytes.clone(), signature.clone())?);
        }
        let Some(first) = actions.first() else {
            return Err(disagrees("a bundle without actions"));
        };
        let before =
            ChainHead { case: self.case, case_seq: first.header.case_seq - 1, hash: first.header.prev_case_hash };
        check_chain_after(before, &actions)
            .map_err(|_| disagrees("actions are not one stretch of the case's chain"))?;
        let linked = self.links.len() == actions.len()
            && self.links.iter().zip(&actions).all(|(l, a)| l.action == a.header.id && l.action_hash == a.hash);
        if !linked {
            return Err(disagrees("links do not name the actions"));
        }
        Ok(actions)
    }
}

fn read_keys(input: &mut In<'_>) -> Result<Vec<WrappedKey>, FormatError> {
    let mut keys = Vec::new();
    for _ in 0..input.list(KEYS_MAX as u64)? {
        input.array(2)?;
        keys.push(WrappedKey {
            reader: input.text(READER_MAX)?.to_owned(),
            sealed: input.bytes(WRAPPED_MAX)?.to_vec(),
        });
    }
    Ok(keys)
}

fn read_actions(input: &mut In<'_>) -> Result<Vec<ActionBytes>, FormatError> {
    let mut actions = Vec::new();
    for _ in 0..input.list(ACTIONS_MAX as u64)? {
        input.array(2)?;
        actions.push((input.bytes(ACTION_BYTES_MAX)?.to_vec(), input.bytes(SIGNATURE_MAX)?.to_vec()));
    }
    Ok(actions)
}

fn read_links(input: &mut In<'_>) -> Result<Vec<StationLink>, FormatError> {
    let mut links = Vec::new();
    for _ in 0..input.list(ACTIONS_MAX as u64)? {
        input.array(5)?;
        links.push(StationLink::read_fields(input)?);
    }
    Ok(links)
}

fn read_blobs(input: &mut In<'_>) -> Result<Vec<(Digest, u64)>, FormatError> {
    let mut blobs: Vec<(Digest, u64)> = Vec::new();
    let mut total = 0_u64;
    for _ in 0..input.list(BLOBS_MAX as u64)? {
        input.array(2)?;
        let (address, len) = (Digest(input.fixed()?), input.uint()?);
        if len > BLOB_BYTES_MAX {
            return Err(FormatError::TooLarge { what: "blob", limit: BLOB_BYTES_MAX });
        }
        if blobs.iter().any(|(known, _)| *known == address) {
            return Err(FormatError::malformed(WHAT, "a blob named twice"));
        }
        total += len;
        blobs.push((address, len));
    }
    if total > BUNDLE_BYTES_MAX {
        return Err(FormatError::TooLarge { what: WHAT, limit: BUNDLE_BYTES_MAX });
    }
    Ok(blobs)
}

impl Bundle {
    /// The head of this bundle.
    #[must_use]
    pub fn head(&self) -> BundleHead {
        BundleHead {
            id: self.id,
            station: self.station.clone(),
            case: self.case,
            keys: self.keys.clone(),
            actions: self.actions.clone(),
            links: self.links.clone(),
            blobs: self.blobs.iter().map(|(address, body)| (*address, body.len() as u64)).collect(),
        }
    }

    /// The bytes that travel.
    ///
    /// # Errors
    /// [`FormatError`] when a part exceeds its cap: nothing is written that nobody would take.
    pub fn encode(&self) -> Result<Vec<u8>, FormatError> {
        let cbor = self.head().encode();
        let len = u32::try_from(cbor.len())
            .map_err(|_| FormatError::TooLarge { what: WHAT, limit: HEAD_BYTES_MAX as u64 })?;
        let bodies: usize = self.blobs.iter().map(|(_, body)| body.len()).sum();
        let mut bytes = Vec::with_capacity(LEAD + cbor.len() + bodies);
        bytes.extend_from_slice(BUNDLE_MAGIC);
        bytes.extend_from_slice(&len.to_be_bytes());
        bytes.extend_from_slice(&cbor);
        BundleHead::decode(&bytes)?;
        for (_, body) in &self.blobs {
            bytes.extend_from_slice(body);
        }
        Ok(bytes)
    }

    /// Reads a whole bundle and checks that every blob is what its address says.
    ///
    /// # Errors
    /// [`FormatError`] for anything but the canonical bytes of a known version.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let (head, mut at) = BundleHead::decode(bytes)?;
        if head.total_len(at) != bytes.len() as u64 {
            return Err(FormatError::malformed(WHAT, "bodies are longer or shorter than the head says"));
        }
        let mut blobs = Vec::with_capacity(head.blobs.len());
        for (address, len) in &head.blobs {
            let end = at + usize::try_from(*len).map_err(|_| FormatError::malformed(WHAT, "length beyond memory"))?;
            let body = bytes.get(at..end).ok_or_else(|| FormatError::malformed(WHAT, "cut within a blob"))?;
            if sm3(body) != address.0 {
                return Err(FormatError::Disagrees { what: WHAT, why: "a blob is not what its address says" });
            }
            blobs.push((*address, body.to_vec()));
            at = end;
        }
        Ok(Self {
            v: BUNDLE_VERSION,
            id: head.id,
            station: head.station,
            case: head.case,
            keys: head.keys,
            actions: head.actions,
            links: head.links,
            blobs,
        })
    }
}

/// 入库回执: the centre's signed word that it holds these things durably.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleReceipt {
    /// Format version, 1.
    pub v: u16,
    /// The bundle.
    pub bundle: Uuid,
    /// SHA-256 of the bundle's bytes.
    pub bundle_sha256: Digest,
    /// The case.
    pub case: CaseId,
    /// Highest `case_seq` of the case now held.
    pub case_seq: u64,
    /// Every action named.
    pub actions: Vec<ActionId>,
    /// Every blob named.
    pub blobs: Vec<Digest>,
    /// Centre's wall time, ms.
    pub received_wall_ms: i64,
    /// DER SM2 signature over the canonical bytes of all fields above.
    pub signature: Vec<u8>,
}
