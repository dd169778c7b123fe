//! 终端链: the chain of headers that always travels in order.

use super::WHAT;
use crate::FormatError;
use crate::action::{NO_HASH, SignedAction};
use crate::canon::{In, Out};
use tongban_crypto::sm3;
use tongban_domain::event::Digest;
use tongban_domain::ids::ActionId;

const LINK_NAME: &str = "tongban.link";

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

    pub(super) fn put_fields(&self, out: &mut Out) {
        out.uint(u64::from(self.epoch))
            .uint(self.seq)
            .bytes(self.action.0.as_bytes())
            .bytes(&self.action_hash.0)
            .bytes(&self.prev_link_hash.0);
    }

    pub(super) fn read_fields(input: &mut In<'_>) -> Result<Self, FormatError> {
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
