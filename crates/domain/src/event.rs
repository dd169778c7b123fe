//! 办件事件: the facts a case is folded from. CONTRACT between station, sync and centre.
//!
//! An event is the plain content of an action before it is sealed. It is data, so it
//! derives serde; the aggregate folded from events (`case::Case`) does not.
//! Never remove or rename a variant or field: old chains must stay readable.

use crate::ids::{CaseId, FieldId, HallId, ItemKey, PageId, PrintId, RequirementId, ResourceId, StaffId, StationId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// SHA-256 or SM3 value, 32 bytes; which one is said by the field that holds it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(pub [u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// A sealed file of a case: the SM3 of its ciphertext is its address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobRef {
    /// SM3 of the sealed bytes.
    pub address: Digest,
    /// SHA-256 of the plain bytes.
    pub plain_sha256: Digest,
    /// Length of the plain bytes.
    pub len: u64,
    /// Media type, for example `image/jpeg`, `application/pdf`, `video/x-tongban-clip`.
    pub media: String,
}

/// Where the applicant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Channel {
    /// 自助终端.
    Kiosk,
    /// 综合窗口.
    Window,
    /// 网页.
    Web,
}

/// What a second-generation ID card said (citizen layout; GA/T 490). Debug is redacted.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardFacts {
    /// 姓名.
    pub name: String,
    /// 性别: 男 or 女.
    pub sex: String,
    /// 民族 code of GB/T 3304, two digits.
    pub nation: String,
    /// 出生 `YYYYMMDD`.
    pub birth: String,
    /// 住址.
    pub address: String,
    /// 公民身份号码, 18 characters.
    pub number: String,
    /// 签发机关.
    pub issuer: String,
    /// 有效期起 `YYYYMMDD`.
    pub valid_from: String,
    /// 有效期止 `YYYYMMDD` or `长期`.
    pub valid_to: String,
}

impl fmt::Debug for CardFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardFacts(redacted)")
    }
}

/// How presence is proved; the three are offered as equals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PresenceMethod {
    /// 刷脸.
    Face,
    /// 人工核验.
    Manual,
    /// 指纹.
    Fingerprint,
}

/// How a share call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ShareOutcome {
    /// 已获取.
    Found,
    /// 无记录.
    NoRecord,
    /// 接口超时.
    TimedOut,
    /// 部门拒绝.
    Refused,
    /// 返回无法识别.
    Garbage,
    /// 网络不可用 (the station is offline).
    Unreachable,
}

/// 共享数据: what another department answered.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedRecord {
    /// Which resource.
    pub resource: ResourceId,
    /// How the call ended.
    pub outcome: ShareOutcome,
    /// Label → value pairs in the order the item lists them; empty unless `Found`.
    pub fields: Vec<(FieldId, String)>,
    /// SHA-256 of the answer's body as received by the centre.
    pub answer_sha256: Digest,
    /// Duration of the call in milliseconds.
    pub took_ms: u64,
}

impl fmt::Debug for SharedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedRecord({}, {:?}, {} fields redacted)", self.resource, self.outcome, self.fields.len())
    }
}

/// What the applicant said of a shared record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ShareAnswer {
    /// 信息无误.
    Confirmed,
    /// 有异议; the material turns to capture.
    Objected {
        /// The applicant's words.
        reason: String,
    },
}

/// A value of a form field. Numbers travel as the text typed, so that no digit is lost.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// Text, number, date (`YYYY-MM-DD`), choice key, phone …
    Text(String),
    /// 是 / 否.
    Bool(bool),
    /// Repeating list: each row is field → value.
    Rows(Vec<BTreeMap<FieldId, Value>>),
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value(redacted)")
    }
}

/// The form as filled in.
pub type FormValues = BTreeMap<FieldId, Value>;

/// How the applicant signs off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SignOffMethod {
    /// 指纹签认.
    Fingerprint,
    /// 摄像签认.
    Camera,
}

/// How the result reaches the applicant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Delivery {
    /// 窗口领取.
    Pickup,
    /// 邮寄.
    Courier,
    /// 现场打印 (proofs at the kiosk).
    OnTheSpot,
}

/// 办结结果代码 (Guangdong family of codes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CloseCode {
    /// 0 出证办结.
    Issued,
    /// 1 退回办结.
    Returned,
    /// 2 作废办结.
    Voided,
    /// 5 补交不来办结.
    NotSupplied,
    /// 6 办结.
    Done,
}

/// One fact of a case.
#[allow(clippy::large_enum_variant, reason = "events are few and short-lived; boxing would only complicate matching")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// 开始办理.
    Opened { channel: Channel, station: StationId, hall: HallId },
    /// 刷卡. `line_sha256` is over the bytes the reader sent on the line.
    /// `photo` is the chip's photo as read (WLT bytes, sealed); `portrait` the decoded picture when a decoder was at hand.
    Identified {
        card: CardFacts,
        line_sha256: Digest,
        reader: String,
        expired: bool,
        #[serde(default)]
        photo: Option<BlobRef>,
        #[serde(default)]
        portrait: Option<BlobRef>,
    },
    /// 告知与同意.
    ConsentGiven { text_version: u32, choice: PresenceMethod, evidence_upload: bool },
    /// 在场核验. `decided_by` and `reason` are set when a person decided.
    PresenceProved {
        method: PresenceMethod,
        still: Option<BlobRef>,
        clip: Option<BlobRef>,
        score_milli: Option<u32>,
        decided_by: Option<StaffId>,
        reason: Option<String>,
    },
    /// 选择事项. `firm` is the 统一社会信用代码 the applicant acts for.
    ItemChosen { item: ItemKey, version: u32, firm: Option<String> },
    /// 共享数据到达 (or did not).
    ShareFetched { record: SharedRecord },
    /// 本人确认或异议.
    ShareAnswered { resource: ResourceId, answer: ShareAnswer },
    /// 表单填写.
    FormFilled { values: FormValues },
    /// 页影像采集.
    PageCaptured { page: PageId, requirement: RequirementId, blob: BlobRef, thumb: BlobRef, width: u32, height: u32 },
    /// 页影像移除 (retake or undo).
    PageRemoved { page: PageId },
    /// 页影像排序 (also moves pages between requirements).
    PagesOrdered { requirement: RequirementId, pages: Vec<PageId> },
    /// 签认; `digest` is SM3 over the canonical form and materials.
    SignedOff { method: SignOffMethod, evidence: BlobRef, quality: u8, digest: Digest },
    /// 提交.
    Submitted { receipt: String, delivery: Delivery, offline: bool },
    /// 收件 at the centre.
    Received { project_no: String },
    /// 受理.
    Accepted { by: StaffId, document_no: String, due: String },
    /// 审查意见.
    Reviewed { by: StaffId, passed: bool, opinion: String },
    /// 决定.
    Decided { by: StaffId, granted: bool, opinion: String, document_no: String },
    /// 证照编号分配.
    LicenceAllotted { number: String, identifier: String, verify_token: String, valid_from: String, valid_to: String },
    /// 制证意图, durable before a byte goes to the printer.
    PrintIntended { print: PrintId, serial: String, pdf_sha256: Digest, operator: StaffId },
    /// 已送打印机.
    PrintSent { print: PrintId, job_uuid: String },
    /// 打印机报告完成 (not yet proof).
    PrintDone { print: PrintId },
    /// 读回核对: the operator or camera read this serial on the sheet in hand.
    PrintConfirmed { print: PrintId, serial: String },
    /// 作废或确认未出纸.
    PrintVoided { print: PrintId, spoiled: bool, reason: String },
    /// 领证. The holder's card was read at the certificate window.
    HandedOver { line_sha256: Digest, operator: StaffId, receipt: Option<BlobRef> },
    /// 办结.
    Closed { code: CloseCode },
    /// 签认失效 or other integrity fault: the case is blocked.
    Blocked { code: String },
    /// 撤回.
    Withdrawn { reason: String },
    /// 即办证明出具: the owning department's sealed proof was made and printed.
    ProofIssued { number: String, verify_token: String, pdf_sha256: Digest },
    /// 证据调阅: an approver looked at presence evidence.
    EvidenceViewed { by: StaffId, reason: String },
    /// Refers to the case this one continues (takeover, refile).
    Continues { case: CaseId },
}
