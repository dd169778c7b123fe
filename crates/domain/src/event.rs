//! 办件事件: the facts a case is folded from. CONTRACT between station, sync and centre.
//!
//! An event is the plain content of an action before it is sealed. It is data, so it
//! derives serde; the aggregate folded from events (`case::Case`) does not.
//! Never remove or rename a variant or field: old chains must stay readable.

mod handling;

pub use handling::{
    Approval, CompletenessSlip, Hand, Light, MaterialVerdict, Missing, PageVerdict, PaperKind, Principal, SentBy,
    SpecialKind,
};

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
    /// 网上声明: the words declared are the evidence; who declared knew the slip and the card's number.
    Declared,
    /// 手写签名: the strokes are the evidence, in the format of [`crate::ink`].
    Handwritten,
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
    /// 3 删除办结 (录入错误); the record stays.
    Deleted,
    /// 4 转报办结.
    Forwarded,
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
    Accepted {
        by: StaffId,
        document_no: String,
        due: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hand: Option<Hand>,
    },
    /// 审查意见.
    Reviewed {
        by: StaffId,
        passed: bool,
        opinion: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hand: Option<Hand>,
    },
    /// 决定.
    Decided {
        by: StaffId,
        granted: bool,
        opinion: String,
        document_no: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hand: Option<Hand>,
    },
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
    /// 转接: the applicant leaves the draft with the centre, to go on at another station.
    /// `text_version` is the text they agreed to; nothing follows at this station.
    HandedOn { text_version: u32 },
    /// 续办: another station goes on with the draft under this case; the draft has ended.
    ContinuedBy { case: CaseId, station: StationId },
    /// 监护人到场同意: the guardian's card was read; `relation` says how the relation was found.
    GuardianConsented { card: CardFacts, line_sha256: Digest, relation: String },
    /// 代理: the card of the case is the agent's; `items` is the scope (empty: none but this one).
    AgentNamed { principal: Principal, items: Vec<ItemKey>, pickup: bool, valid_to: String, requirement: RequirementId },
    /// 页影像判定.
    PageJudged { page: PageId, verdict: PageVerdict },
    /// 齐全单: promises completeness, never approval. `content` is SM3 over the sign-off's content.
    CompletenessIssued { document_no: String, verdicts: Vec<MaterialVerdict>, content: Digest, pdf_sha256: Digest },
    /// 并联子件: filed with its parent's form and materials.
    PartOf { parent: CaseId, item: ItemKey, version: u32, firm: Option<String>, receipt: String, delivery: Delivery },
    /// 并联: the parent's children; `deliver_each` hands over what is granted first.
    PartsOpened { parts: Vec<CaseId>, deliver_each: bool },
    /// 子件结束, with its last status (`CaseStatus::as_str`).
    PartEnded { part: CaseId, status: String },
    /// 补正告知: everything missing, named once.
    CorrectionAsked {
        by: StaffId,
        hand: Hand,
        document_no: String,
        missing: Vec<Missing>,
        due: String,
        approval: Option<Approval>,
    },
    /// 补正完成; back to 收件.
    CorrectionDone { by: Option<StaffId>, requirements: Vec<RequirementId> },
    /// 当场更正 of an error that can be put right on the spot (行政许可法 Art. 32).
    FixedOnTheSpot { by: StaffId, hand: Hand, field: FieldId, value: Value, reason: String },
    /// 视为受理: no notice in time, accepted as of the day of receipt `on` (`YYYY-MM-DD`).
    DeemedAccepted { on: String, document_no: String, due: String },
    /// 不予受理; `competent` names the agency whose business it is.
    Rejected { by: StaffId, hand: Hand, reason: String, competent: Option<String>, document_no: String },
    /// 退件.
    Returned { by: StaffId, hand: Hand, reason: String },
    /// 转办/代收移交 to the deciding agency; `originals` when paper travels by courier.
    Redirected { by: StaffId, hand: Hand, to_code: String, to_name: String, reason: String, originals: bool },
    /// 容缺受理: what may follow later, until when, on whose promise.
    DeferralGranted {
        by: StaffId,
        hand: Hand,
        missing: Vec<Missing>,
        supply_by: String,
        credit: String,
        promise_no: String,
        document_no: String,
    },
    /// 容缺补齐 of one material, with its pages.
    DeferralSupplied {
        by: StaffId,
        hand: Hand,
        requirement: RequirementId,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pages: Vec<BlobRef>,
    },
    /// 告知承诺: conditions told, promise made in writing; to be checked by `check_by`.
    CommitmentMade {
        by: StaffId,
        hand: Hand,
        text_version: u32,
        conditions: Vec<String>,
        promise_no: String,
        check_by: String,
    },
    /// 事后核查 of a promise; may follow the end of the case.
    CommitmentChecked { by: StaffId, hand: Hand, kept: bool, finding: String },
    /// 证照撤销; may follow the end of the case.
    LicenceRevoked { by: StaffId, hand: Hand, reason: String, document_no: String },
    /// 特别程序开始; `document_no` is the written notice's, issued before.
    Suspended {
        by: StaffId,
        hand: Hand,
        kind: SpecialKind,
        name: String,
        document_no: String,
        expected_days: u16,
        reason: String,
    },
    /// 特别程序结束.
    Resumed { by: StaffId, hand: Hand, result: String },
    /// 延期: once, with the agency head's approval, told to the applicant.
    Extended {
        by: StaffId,
        hand: Hand,
        approval: Approval,
        days: u16,
        due: String,
        reason: String,
        document_no: String,
    },
    /// 听证; the host is none of the reviewers.
    HearingHeld { host: StaffId, hand: Hand, document_no: String, record: String },
    /// 环节办理.
    StepDone { step: String, by: StaffId, hand: Hand, passed: bool, opinion: String },
    /// 环节退回.
    StepReturned { step: String, to: String, by: StaffId, hand: Hand, reason: String },
    /// 转派/委托 of a step to a person.
    Assigned { step: String, to: StaffId, by: StaffId, reason: String },
    /// 异常终止.
    Terminated { by: Option<StaffId>, hand: Hand, reason: String, document_no: String },
    /// 文书出具; may follow the end of the case.
    PaperIssued { kind: PaperKind, document_no: String, pdf_sha256: Digest, by: Option<StaffId>, sent: SentBy },
}
