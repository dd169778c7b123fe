//! Station API of the centre: JSON bodies over HTTPS with mutual TLS, `/station/v1/…`. CONTRACT.
//!
//! | method and path | request | answer |
//! |---|---|---|
//! | `POST /enrol/v1` (staff listener, no client certificate) | [`EnrolRequest`] | [`EnrolReply`] |
//! | `HEAD /station/v1/bundles/{id}` | – | `Upload-Offset`, `Upload-Complete: ?0/?1` |
//! | `PATCH /station/v1/bundles/{id}` + `Upload-Offset`, `Upload-Complete: ?1` on the last | bytes | 204, or 201 with `bundle::BundleReceipt` on completion; 409 with the true offset; 422 [`Problem`] = quarantined |
//! | `GET /station/v1/feed?after=N&wait=S` | – | [`FeedPage`] |
//! | `GET /station/v1/snapshot` | – | [`FeedPage`]: what is in force, and the cursor to go on from; after a 410 of the feed |
//! | `POST /station/v1/renew` | [`RenewRequest`] | [`RenewReply`] |
//! | `POST /station/v1/leases` | [`LeaseRequest`] | [`Lease`] |
//! | `POST /station/v1/share` | [`ShareRequest`] | `domain::event::SharedRecord` |
//! | `POST /station/v1/proofs` | [`ProofRequest`] | [`ProofReply`] |
//! | `GET /station/v1/licences` | – | `Vec<LicenceJob>` (certificate stations) |
//! | `POST /station/v1/licences/{case}/steps` | [`LicenceStep`] | [`LicenceJob`] |
//! | `GET /station/v1/time` | – | [`CentreTime`] |
//! | `POST /station/v1/heartbeat` | [`Heartbeat`] | [`CentreTime`] |
//!
//! Every refusal is a [`Problem`] with a stable code.

use crate::audit::AuditCheckpoint;
use serde::{Deserialize, Serialize};
use tongban_domain::event::{CardFacts, Digest};
use tongban_domain::ids::{CaseId, FieldId, ItemKey, PrintId, ResourceId, StaffId, StationId};

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `ErrorCode` text.
    pub code: String,
    /// For logs and technicians; no personal data.
    pub detail: String,
}

/// 终端注册.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// One-time code made by staff.
    pub one_time_code: String,
    /// PEM CSR for the TLS key (P-256).
    pub csr_pem: String,
    /// SM2 verifying key, uncompressed 65 bytes hex: signs actions.
    pub signing_key_hex: String,
    /// SM2 public key, hex: case keys are wrapped for it.
    pub wrapping_key_hex: String,
}

/// What the station gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolReply {
    /// Identity given.
    pub station: StationId,
    /// Hall id.
    pub hall: String,
    /// PEM client certificate chain.
    pub certificate_pem: String,
    /// PEM CA that the station shall trust for the centre.
    pub ca_pem: String,
    /// Centre's SM2 verifying key (receipts, catalogue), hex.
    pub centre_signing_key_hex: String,
    /// Centre's SM2 key for wrapping case keys, hex.
    pub centre_wrapping_key_hex: String,
    /// URL of the station listener.
    pub station_url: String,
    /// Last moment of the certificate, ms; 0 from a centre that does not say.
    #[serde(default)]
    pub until_ms: i64,
}

/// Feed entries after a cursor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedPage {
    /// Entries in order.
    pub entries: Vec<FeedEntry>,
    /// Cursor to ask with next time.
    pub next: u64,
}

/// One feed entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedEntry {
    /// Position.
    pub seq: u64,
    /// What.
    pub item: FeedItem,
}

/// What the feed carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FeedItem {
    /// A catalogue item file (JSON text) was published.
    Item { key: ItemKey, version: u32, json: String },
    /// A case of this hall moved at the centre.
    CaseMoved { case: CaseId, status: String, case_seq: u64 },
    /// A licence waits for the certificate window.
    LicenceReady { case: CaseId },
    /// Certificates (serials, hex) no longer valid.
    Revoked { serials: Vec<String> },
    /// A notice for the hall.
    Notice { text: String },
}

/// Ask for receipt numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseRequest {
    /// How many.
    pub count: u16,
    /// For the day so many days from today; a station holds numbers for the days to come, so that it
    /// has some when it is cut off over midnight.
    #[serde(default)]
    pub days_ahead: u8,
}

/// 受理号租约: serials `from..=to` of `day` (`YYMMDD`) for this station alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Region 6.
    pub region: String,
    /// Day `YYMMDD`.
    pub day: String,
    /// Station 3 digits.
    pub station3: String,
    /// First serial.
    pub from: u16,
    /// Last serial.
    pub to: u16,
}

/// Ask another department through the centre.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareRequest {
    /// The case.
    pub case: CaseId,
    /// The item.
    pub item: ItemKey,
    /// The resource.
    pub resource: ResourceId,
    /// `person` or `firm`.
    pub subject_kind: String,
    /// ID number or 统一社会信用代码.
    pub subject: String,
    /// Why.
    pub purpose: String,
    /// Legal basis or consent version.
    pub basis: String,
    /// Fields wanted, no more.
    pub fields: Vec<FieldId>,
    /// Choices of the form the call depends on (险种, period …).
    #[serde(default)]
    pub parameters: Vec<(FieldId, String)>,
}

impl std::fmt::Debug for ShareRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ShareRequest({}, {}, subject redacted)", self.item, self.resource)
    }
}

/// Ask the owning department (through the centre) for a sealed proof. Idempotent by case.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofRequest {
    /// The case.
    pub case: CaseId,
    /// The item.
    pub item: ItemKey,
    /// The person.
    pub person: CardFacts,
    /// Choices (险种, period …) as field → text.
    pub choices: Vec<(FieldId, String)>,
}

impl std::fmt::Debug for ProofRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ProofRequest({}, redacted)", self.item)
    }
}

/// The sealed proof.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofReply {
    /// Proof number.
    pub number: String,
    /// Token of the public verify page.
    pub verify_token: String,
    /// URL in the QR.
    pub verify_url: String,
    /// PDF, base64.
    pub pdf_base64: String,
    /// SHA-256 of the PDF.
    pub pdf_sha256: Digest,
}

impl std::fmt::Debug for ProofReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ProofReply({})", self.number)
    }
}

/// A licence in the certificate window's queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenceJob {
    /// The case.
    pub case: CaseId,
    /// 受理号.
    pub receipt: String,
    /// Item name.
    pub item_name: String,
    /// 持证主体 (firm, or masked person).
    pub holder: String,
    /// Masked ID number of the person who may collect.
    pub collector_masked: String,
    /// 证书编号.
    pub number: String,
    /// 电子证照标识.
    pub identifier: String,
    /// URL in the QR.
    pub verify_url: String,
    /// Face of the licence: label → value, in order.
    pub face: Vec<(String, String)>,
    /// `allotted`, `intended`, `sent`, `done`, `confirmed`, `handed-over`, `closed`.
    pub state: String,
    /// Live print attempt, if any.
    pub print: Option<PrintId>,
    /// Blank serial of the live or confirmed print.
    pub serial: Option<String>,
    /// Case version (`case_seq`) to send as base.
    pub version: u64,
}

/// A step at the certificate window; refused with the current version when `base` is stale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenceStep {
    /// UUIDv7 of this step: resending changes nothing.
    pub idem: uuid::Uuid,
    /// Version seen.
    pub base: u64,
    /// Operator signed in at the window.
    pub operator: StaffId,
    /// What.
    pub step: LicenceStepKind,
}

/// Steps at the certificate window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LicenceStepKind {
    /// Before any byte goes to the printer.
    Intend { print: PrintId, serial: String, pdf_sha256: Digest },
    /// The printer took the job.
    Sent { print: PrintId, job_uuid: String },
    /// The printer reports completion.
    Done { print: PrintId },
    /// Serial read back from the sheet.
    Confirm { print: PrintId, serial: String },
    /// Not printed (blank reusable) or spoiled.
    Void { print: PrintId, spoiled: bool, reason: String },
    /// Holder's card read; `number_sm3` is SM3 of the ID number, compared at the centre.
    HandOver { number_sm3: Digest, line_sha256: Digest },
}

/// The centre's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CentreTime {
    /// ms since 1970.
    pub wall_ms: i64,
    /// Emergency stop in force for this station.
    pub stopped: bool,
    /// Highest link of this station's chain the centre holds. A station that does not know this very link
    /// was put back to an older state: it begins a new epoch.
    #[serde(default)]
    pub seen: Option<SeenLink>,
}

/// A link of a station's chain as the centre holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenLink {
    /// Epoch.
    pub epoch: u32,
    /// Number within the epoch.
    pub seq: u64,
    /// Hash of the link.
    pub hash: Digest,
}

/// Where a station's chains stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainReport {
    /// Epoch of the station chain.
    pub epoch: u32,
    /// Number of its last link.
    pub link_seq: u64,
    /// Hash of that link; zero when the epoch has none.
    pub link_hash: Digest,
    /// Number of the last audit entry.
    pub audit_n: u64,
    /// Last signed checkpoint of the audit.
    pub checkpoint: Option<AuditCheckpoint>,
}

/// 换证: a station asks for its next certificate, over the connection its present one opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewRequest {
    /// PEM CSR for a new TLS key (P-256).
    pub csr_pem: String,
}

/// The next certificate. The present one stays good for a while, so that a lost answer locks nobody out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewReply {
    /// PEM client certificate chain.
    pub certificate_pem: String,
    /// Its last moment, ms.
    pub until_ms: i64,
}

/// Station's sign of life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// Program version.
    pub version: String,
    /// Outbox entries waiting.
    pub queue: u32,
    /// role → state text.
    pub devices: Vec<(String, String)>,
    /// Station wall time, ms.
    pub wall_ms: i64,
    /// Where its chains stand.
    #[serde(default)]
    pub chain: Option<ChainReport>,
}
