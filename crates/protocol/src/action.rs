//! 动作: one sealed, signed link of a case's chain. CONTRACT.

use serde::{Deserialize, Serialize};
use tongban_domain::clock::{BootTime, WallTime};
use tongban_domain::event::Digest;
use tongban_domain::ids::{ActionId, CaseId, StaffId, StationId};

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
