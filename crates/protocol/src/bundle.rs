//! 数据包: what a station uploads for one case step-group, and the centre's signed receipt. CONTRACT.
//!
//! Bytes (docs/formats.md): `"TBBUNDLE" ‖ u32be head length ‖ head ‖ blob bodies in head order`.
//! The head is canonical CBOR and carries every length, so that a reader of a file knows
//! from its start what follows and allocates nothing on the word of a length beyond the caps.

mod head;
mod link;

pub use head::BundleHead;
pub use link::StationLink;

use crate::FormatError;
use head::LEAD;
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

/// Exact signed bytes of an action and its DER signature.
pub type ActionBytes = (Vec<u8>, Vec<u8>);

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
        let (head, at) = BundleHead::decode(bytes)?;
        let bodies = head.bodies(at, bytes)?;
        check_addresses(&bodies)?;
        let blobs = bodies.into_iter().map(|(address, body)| (address, body.to_vec())).collect();
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

/// That every sealed body is what its address says (SM3 of its bytes).
///
/// # Errors
/// [`FormatError::Disagrees`] when one is not.
pub fn check_addresses(bodies: &[(Digest, &[u8])]) -> Result<(), FormatError> {
    match bodies.iter().all(|(address, body)| sm3(body) == address.0) {
        true => Ok(()),
        false => Err(FormatError::Disagrees { what: WHAT, why: "a blob is not what its address says" }),
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
