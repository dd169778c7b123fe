//! Canonical bytes of the centre's receipt, its signature and its check.
//!
//! `["tongban.receipt", 1, bundle, bundle_sha256, case, case_seq, [actions], [blobs], received_wall_ms]`.

use crate::FormatError;
use crate::bundle::{ACTIONS_MAX, BLOBS_MAX, BundleHead, BundleReceipt};
use crate::canon::{In, Out};
use tongban_crypto::{SigningKey, VerifyingKey};
use tongban_domain::clock::WallTime;
use tongban_domain::event::Digest;
use tongban_domain::ids::{ActionId, CaseId};

const WHAT: &str = "receipt";
const NAME: &str = "tongban.receipt";
/// Longest DER signature.
const SIGNATURE_MAX: usize = crate::action::SIGNATURE_MAX;

impl BundleReceipt {
    /// An unsigned receipt for everything a bundle brought.
    ///
    /// `case_seq` is the highest number of the case's chain now held durably.
    ///
    /// # Errors
    /// The fault of an action that cannot be read.
    pub fn for_bundle(
        head: &BundleHead,
        bundle_sha256: Digest,
        case_seq: u64,
        received: WallTime,
    ) -> Result<Self, FormatError> {
        let actions = head.check()?.iter().map(|action| action.header.id).collect();
        Ok(Self {
            v: 1,
            bundle: head.id,
            bundle_sha256,
            case: head.case,
            case_seq,
            actions,
            blobs: head.blobs.iter().map(|(address, _)| *address).collect(),
            received_wall_ms: received.0,
            signature: Vec::new(),
        })
    }

    /// The bytes the signature covers: every field but the signature.
    #[must_use]
    pub fn canonical_bytes(&self) -> Vec<u8> {
        let mut out = Out::new();
        out.array(9)
            .text(NAME)
            .uint(u64::from(self.v))
            .bytes(self.bundle.as_bytes())
            .bytes(&self.bundle_sha256.0)
            .bytes(self.case.0.as_bytes())
            .uint(self.case_seq);
        out.array(self.actions.len());
        for action in &self.actions {
            out.bytes(action.0.as_bytes());
        }
        out.array(self.blobs.len());
        for blob in &self.blobs {
            out.bytes(&blob.0);
        }
        out.int(self.received_wall_ms);
        out.done()
    }

    /// Signs, replacing any signature there was.
    ///
    /// # Errors
    /// [`FormatError::Key`].
    pub fn sign(mut self, key: &SigningKey) -> Result<Self, FormatError> {
        self.signature = key.sign(&self.canonical_bytes()).map_err(|_| FormatError::Key { what: WHAT })?;
        Ok(self)
    }

    /// Checks that the centre holding `key` signed exactly this.
    ///
    /// # Errors
    /// [`FormatError::Version`] or [`FormatError::Signature`].
    pub fn verify(&self, key: &VerifyingKey) -> Result<(), FormatError> {
        if self.v != 1 {
            return Err(FormatError::Version { what: WHAT, v: u64::from(self.v) });
        }
        key.verify(&self.canonical_bytes(), &self.signature).map_err(|_| FormatError::Signature { what: WHAT })
    }

    /// Reads canonical bytes and the signature beside them.
    ///
    /// # Errors
    /// [`FormatError`] for anything but the canonical bytes of a known version.
    pub fn parse(bytes: &[u8], signature: Vec<u8>) -> Result<Self, FormatError> {
        if signature.len() > SIGNATURE_MAX {
            return Err(FormatError::Signature { what: WHAT });
        }
        let mut input = In::new(WHAT, bytes)?;
        input.head(NAME, 9)?;
        let bundle = input.uuid()?;
        let bundle_sha256 = Digest(input.fixed()?);
        let case = CaseId(input.uuid()?);
        let case_seq = input.uint()?;
        let mut actions = Vec::new();
        for _ in 0..input.list(ACTIONS_MAX as u64)? {
            actions.push(ActionId(input.uuid()?));
        }
        let mut blobs = Vec::new();
        for _ in 0..input.list(BLOBS_MAX as u64)? {
            blobs.push(Digest(input.fixed()?));
        }
        let received_wall_ms = input.int()?;
        Ok(Self { v: 1, bundle, bundle_sha256, case, case_seq, actions, blobs, received_wall_ms, signature })
    }

    /// Does this receipt name everything in `head`? Only then may the station forget it.
    #[must_use]
    pub fn names_all(&self, head: &BundleHead, actions: &[ActionId]) -> bool {
        self.bundle == head.id
            && self.case == head.case
            && actions.iter().all(|id| self.actions.contains(id))
            && head.blobs.iter().all(|(address, _)| self.blobs.contains(address))
    }
}
