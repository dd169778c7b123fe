//! 数据包: what a station uploads for one case step-group, and the centre's signed receipt. CONTRACT.

use serde::{Deserialize, Serialize};
use tongban_domain::event::Digest;
use tongban_domain::ids::{ActionId, CaseId, StationId};
use uuid::Uuid;

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
    pub actions: Vec<(Vec<u8>, Vec<u8>)>,
    /// Station links of these actions.
    pub links: Vec<StationLink>,
    /// Addresses (SM3 of sealed bytes) and sealed bodies of blobs first named by these actions.
    pub blobs: Vec<(Digest, Vec<u8>)>,
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
