//! The head of a bundle: everything but the bodies of its blobs, with their lengths.

use super::{
    ACTIONS_MAX, ActionBytes, BLOB_BYTES_MAX, BLOBS_MAX, BUNDLE_BYTES_MAX, BUNDLE_MAGIC, BUNDLE_VERSION,
    HEAD_BYTES_MAX, KEYS_MAX, StationLink, WHAT, WrappedKey,
};
use crate::FormatError;
use crate::action::{ACTION_BYTES_MAX, SIGNATURE_MAX, SignedAction};
use crate::canon::{In, Out};
use crate::chain::{ChainHead, check_chain_after};
use tongban_domain::event::Digest;
use tongban_domain::ids::{CaseId, StationId};
use uuid::Uuid;

const NAME: &str = "tongban.bundle";
/// Magic and head length.
pub(super) const LEAD: usize = 12;
const READER_MAX: usize = 128;
const WRAPPED_MAX: usize = 256;

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

    /// The sealed bodies within the bytes of the whole bundle, cut by their lengths. Whether they are what
    /// their addresses say is for [`super::check_addresses`].
    ///
    /// # Errors
    /// [`FormatError`] when the bytes are longer or shorter than this head says.
    pub fn bodies<'a>(&self, head_end: usize, bytes: &'a [u8]) -> Result<Vec<(Digest, &'a [u8])>, FormatError> {
        if self.total_len(head_end) != bytes.len() as u64 {
            return Err(FormatError::malformed(WHAT, "bodies are longer or shorter than the head says"));
        }
        let mut rest = bytes.get(head_end..).unwrap_or_default();
        let mut bodies = Vec::with_capacity(self.blobs.len());
        for (address, len) in &self.blobs {
            let len = usize::try_from(*len).map_err(|_| FormatError::malformed(WHAT, "length beyond memory"))?;
            let (body, after) =
                rest.split_at_checked(len).ok_or_else(|| FormatError::malformed(WHAT, "cut within a blob"))?;
            bodies.push((*address, body));
            rest = after;
        }
        Ok(bodies)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
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
