//! 办理中的事实: the parts of events that tell of handling, notices, promises and verdicts.

use super::Digest;
use crate::ids::{FieldId, RequirementId, StaffId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// 经手: the post somebody acted from and the desk it was done at. Who and when stand in the action's header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hand {
    /// 岗位, for example `住建局承办人`.
    pub post: String,
    /// 办理点: a station id, or `centre` for a staff page.
    pub desk: String,
}

/// 主管同意: another person's consent with the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// By whom; never the one who acts.
    pub by: StaffId,
    /// 理由.
    pub reason: String,
}

/// 缺少的材料: one thing missing or to be put right, as the notice names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Missing {
    /// Which material.
    pub requirement: RequirementId,
    /// 材料名称.
    pub name: String,
    /// What is missing or wrong, and what would be right.
    pub why: String,
}

/// 特别程序种类 (GB/T 39046-2020 table A.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SpecialKind {
    /// 1 延长审批.
    Extension,
    /// 2 除延长审批之外: 听证、招标、拍卖、检验、检测、检疫、鉴定、专家评审.
    Other,
}

impl SpecialKind {
    /// Code of table A.7.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Extension => "1",
            Self::Other => "2",
        }
    }
}

/// 送达方式: how a paper reached the applicant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SentBy {
    /// 当场交付.
    Hand,
    /// 邮寄.
    Post,
    /// 网上送达, with the applicant's consent.
    Online,
    /// 公告.
    Publication,
}

/// 被代理人. Debug shows nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// 姓名.
    pub name: String,
    /// 证件号码.
    pub number: String,
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Principal(redacted)")
    }
}

/// 红黄绿: how sure it is that a material will not come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Light {
    /// 绿: right, legible, valid and enough.
    Green,
    /// 黄: a person has to look.
    Amber,
    /// 红: it would come back.
    Red,
}

/// 页影像判定: what one look at a page found; written by whatever looks at pictures, judged by the rules.
/// Every answer may be missing: a page nobody could judge is amber, never green.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageVerdict {
    /// Who looked: name and version of the program or model.
    pub judge: String,
    /// 清晰可辨.
    #[serde(default)]
    pub legible: Option<bool>,
    /// 是所要的材料.
    #[serde(default)]
    pub right_document: Option<bool>,
    /// 有印章.
    #[serde(default)]
    pub stamped: Option<bool>,
    /// 有签名.
    #[serde(default)]
    pub signed: Option<bool>,
    /// 出具日期 `YYYY-MM-DD`.
    #[serde(default)]
    pub issued_on: Option<String>,
    /// 有效期止 `YYYY-MM-DD`.
    #[serde(default)]
    pub valid_to: Option<String>,
    /// Figures read off the page, by the name the rule pack uses.
    #[serde(default)]
    pub figures: Vec<(FieldId, String)>,
    /// Verification code of the page checked with its issuer.
    #[serde(default)]
    pub code_verified: Option<bool>,
}

impl fmt::Debug for PageVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PageVerdict({}, legible {:?}, {} figures)", self.judge, self.legible, self.figures.len())
    }
}

/// 材料判定: one line of the 齐全单.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaterialVerdict {
    /// Which material.
    pub requirement: RequirementId,
    /// Green, amber or red.
    pub light: Light,
    /// Stable code of the reason, for example `page_unclear`; `ok` when green.
    pub code: String,
    /// The reason in words, with the number found beside the number asked.
    pub reason: String,
}

/// 文书种类: every paper a hall hands out (stable words in notices, numbers and the archive).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperKind {
    /// 收件凭证.
    Receipt,
    /// 材料齐全单.
    Completeness,
    /// 一次性告知书 (补正).
    Correction,
    /// 受理通知书.
    Acceptance,
    /// 不予受理决定书.
    Rejection,
    /// 特别程序告知书.
    Special,
    /// 延期告知书.
    Extension,
    /// 听证告知书.
    Hearing,
    /// 容缺受理通知书.
    Deferral,
    /// 容缺受理承诺书.
    DeferralPromise,
    /// 告知承诺书.
    Commitment,
    /// 准予许可决定书.
    Grant,
    /// 不予许可决定书.
    Denial,
    /// 撤回通知.
    Withdrawal,
    /// 终止通知.
    Termination,
    /// 退件通知.
    Return,
    /// 缴款通知书.
    Payment,
    /// 领取通知.
    Pickup,
    /// 送达回证.
    Delivery,
    /// 授权委托书 (模板).
    Authorisation,
    /// 个人信息处理告知与同意书.
    Consent,
    /// 评价回执.
    Rating,
    /// 补交材料收件凭证.
    SupplyReceipt,
    /// 寄递面单.
    ParcelLabel,
}

impl PaperKind {
    /// Every kind.
    pub const ALL: [Self; 24] = [
        Self::Receipt,
        Self::Completeness,
        Self::Correction,
        Self::Acceptance,
        Self::Rejection,
        Self::Special,
        Self::Extension,
        Self::Hearing,
        Self::Deferral,
        Self::DeferralPromise,
        Self::Commitment,
        Self::Grant,
        Self::Denial,
        Self::Withdrawal,
        Self::Termination,
        Self::Return,
        Self::Payment,
        Self::Pickup,
        Self::Delivery,
        Self::Authorisation,
        Self::Consent,
        Self::Rating,
        Self::SupplyReceipt,
        Self::ParcelLabel,
    ];

    /// Stable word: name of the template file and of the counter behind the number.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
            Self::Completeness => "completeness",
            Self::Correction => "correction",
            Self::Acceptance => "acceptance",
            Self::Rejection => "rejection",
            Self::Special => "special",
            Self::Extension => "extension",
            Self::Hearing => "hearing",
            Self::Deferral => "deferral",
            Self::DeferralPromise => "deferral_promise",
            Self::Commitment => "commitment",
            Self::Grant => "grant",
            Self::Denial => "denial",
            Self::Withdrawal => "withdrawal",
            Self::Termination => "termination",
            Self::Return => "return",
            Self::Payment => "payment",
            Self::Pickup => "pickup",
            Self::Delivery => "delivery",
            Self::Authorisation => "authorisation",
            Self::Consent => "consent",
            Self::Rating => "rating",
            Self::SupplyReceipt => "supply_receipt",
            Self::ParcelLabel => "parcel_label",
        }
    }

    /// The kind with this word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// 齐全单 as issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletenessSlip {
    /// Number of the paper.
    pub document_no: String,
    /// One line a material.
    pub verdicts: Vec<MaterialVerdict>,
    /// SM3 of the signed-off content the verdicts are about.
    pub content: Digest,
}
