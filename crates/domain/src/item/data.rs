//! The fields of an item file. Names are the JSON names.

use super::condition::Condition;
use super::field::Form;
use crate::event::Delivery;
use crate::ids::{FieldId, ItemKey, RequirementId, ResourceId};
use serde::{Deserialize, Serialize};

/// 政务服务事项, one version of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceItem {
    /// Version of the file format.
    pub v: u32,
    /// Short key within the catalogue; also the file's name.
    pub key: ItemKey,
    /// 事项版本, counts up; open cases keep the version they were filed under.
    pub version: u32,
    /// 事项名称.
    pub name: String,
    /// 基本编码.
    pub catalog_code: String,
    /// 实施编码 (31 characters in the national form; kept as text because provinces differ).
    pub task_code: String,
    /// 业务办理项编码.
    pub task_handle_item: String,
    /// 事项类型, code of GB/T 39046-2020 table A.1.
    pub task_type: String,
    /// 实施主体.
    pub org: Organization,
    /// 行使层级 (GB/T 39046-2020 table A.2).
    pub level: Level,
    /// 服务对象.
    pub audience: Audience,
    /// 办件类型 (GB/T 39046-2020 table A.6).
    pub case_type: CaseType,
    /// 法定办结时限 in working days; 0 for an immediate item.
    pub statutory_days: u16,
    /// 承诺办结时限 in working days; never above the statutory limit.
    pub promised_days: u16,
    /// 到办事现场次数, the promise the visit counter is held against.
    pub visits_max: u8,
    /// 收费; none for an item free of charge.
    #[serde(default)]
    pub fee: Option<Fee>,
    /// 主题 the item is listed under.
    pub theme: String,
    /// Search words: synonyms and pinyin initials, lower case.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// Name of the picture on the item's tile.
    pub icon: String,
    /// Where it is offered.
    pub channels: Channels,
    /// The item cannot be filed while the station is offline.
    #[serde(default)]
    pub needs_network: bool,
    /// 材料清单, in the order of the guide.
    pub materials: Vec<Requirement>,
    /// 共享数据调用, in the order they are made.
    #[serde(default)]
    pub shares: Vec<ShareCall>,
    /// 申请表.
    #[serde(default)]
    pub form: Form,
    /// 办理环节.
    pub workflow: Vec<WorkflowStep>,
    /// 办理结果.
    pub result: ItemResult,
    /// The applicant signs off form and materials before submitting.
    pub sign_off: bool,
    /// 送达方式 offered.
    #[serde(with = "delivery_words")]
    pub delivery: Vec<Delivery>,
}

impl ServiceItem {
    /// The requirement with this id.
    #[must_use]
    pub fn requirement(&self, id: &RequirementId) -> Option<&Requirement> {
        self.materials.iter().find(|requirement| &requirement.id == id)
    }

    /// The share call of this resource.
    #[must_use]
    pub fn share(&self, resource: &ResourceId) -> Option<&ShareCall> {
        self.shares.iter().find(|call| &call.resource == resource)
    }
}

/// 实施主体.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    /// 统一社会信用代码.
    pub code: String,
    /// 名称.
    pub name: String,
}

/// 层级: of an item's exercise and of a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 国家.
    Nation,
    /// 省.
    Province,
    /// 市.
    City,
    /// 县(区).
    County,
    /// 乡镇(街道).
    Town,
    /// 村(社区).
    Village,
}

impl Level {
    /// Code of GB/T 39046-2020 table A.2.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Nation => "1",
            Self::Province => "2",
            Self::City => "3",
            Self::County => "4",
            Self::Town => "5",
            Self::Village => "6",
        }
    }
}

/// 服务对象.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// 自然人.
    Person,
    /// 法人及其他组织.
    Firm,
}

/// 办件类型.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseType {
    /// 即办件.
    Immediate,
    /// 承诺件.
    Promised,
}

/// 收费.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// Amount in fen (1/100 yuan).
    pub fen: u64,
    /// 收费依据.
    pub basis: String,
}

/// Where an item is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channels {
    /// 自助终端.
    pub kiosk: KioskScope,
    /// 综合窗口.
    pub window: bool,
}

/// How far an unattended kiosk goes with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KioskScope {
    /// 全流程自助: the result leaves the kiosk.
    Complete,
    /// 申报: filed at the kiosk, decided and handed over elsewhere.
    Apply,
    /// Not offered.
    None,
}

/// 材料要求: one row of the list of materials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Unique within the item.
    pub id: RequirementId,
    /// 材料名称.
    pub name: String,
    /// 材料必要性.
    pub necessity: Necessity,
    /// Where it comes from.
    pub how: How,
    /// When it is asked for at all; see [`Necessity`].
    #[serde(default)]
    pub when: Option<Condition>,
    /// Fewest page images when captured.
    #[serde(default = "one")]
    pub pages_min: u16,
    /// Most page images when captured.
    #[serde(default = "twenty")]
    pub pages_max: u16,
    /// 填报须知.
    #[serde(default)]
    pub note: String,
}

impl Requirement {
    /// Whether the shared data of a department can stand for it.
    #[must_use]
    pub const fn shared_resource(&self) -> Option<&ResourceId> {
        match &self.how {
            How::Share { resource } => Some(resource),
            How::Form | How::Card | How::Capture => None,
        }
    }
}

const fn one() -> u16 {
    1
}

const fn twenty() -> u16 {
    20
}

/// 材料必要性. With a condition (`when`) each of the three is needed exactly when it holds;
/// without one, `Required` and `Deferrable` are needed and `Optional` is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Necessity {
    /// 必要.
    Required,
    /// 非必要.
    Optional,
    /// 必要, 可容缺后补.
    Deferrable,
}

/// Where a material comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum How {
    /// 电子表单: generated from the form.
    Form,
    /// 身份证刷卡.
    Card,
    /// 共享数据; turns to capture when the call failed or the applicant objected.
    Share {
        /// The resource asked.
        resource: ResourceId,
    },
    /// 高拍仪采集.
    Capture,
}

/// 共享数据调用: one question to another department.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShareCall {
    /// 资源标识, unique within the item.
    pub resource: ResourceId,
    /// What is fetched, as the applicant reads it.
    pub title: String,
    /// 提供部门.
    pub source_org: String,
    /// Whether the card's number or the firm's code is asked about.
    pub subject: ShareSubject,
    /// 使用目的.
    pub purpose: String,
    /// 依据: duty or consent, as text for the log and the screen.
    pub basis: String,
    /// Materials a confirmed answer stands for.
    #[serde(default)]
    pub satisfies: Vec<RequirementId>,
    /// Form fields sent along; the form is then filled in before the call.
    #[serde(default)]
    pub parameters: Vec<FieldId>,
    /// Made only when this holds (known once the form is filled in).
    #[serde(default)]
    pub when: Option<Condition>,
    /// Without a confirmed answer the item cannot go on (proofs: the answer is the result).
    #[serde(default)]
    pub essential: bool,
    /// Fields shown and used, in order (最小必要).
    pub fields: Vec<ShareField>,
}

impl ShareCall {
    /// Whether it can only be made once the form is filled in.
    #[must_use]
    pub const fn follows_form(&self) -> bool {
        !self.parameters.is_empty() || self.when.is_some()
    }
}

/// Whom a share call asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShareSubject {
    /// The person of the card.
    Person,
    /// The firm the applicant acts for.
    Firm,
}

/// One field of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShareField {
    /// Key in the answer.
    pub key: FieldId,
    /// Label on screen and paper.
    pub label: String,
}

/// 办理环节.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkflowStep {
    /// 环节名称.
    pub name: String,
    /// Role that does it.
    pub role: String,
    /// 环节时限 in working days; 0 for the same day.
    pub days: u16,
    /// 特别程序 this step may start, in words.
    #[serde(default)]
    pub special: Option<String>,
}

/// 办理结果.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemResult {
    /// 结果名称.
    pub name: String,
    /// What it is.
    pub kind: ResultKind,
    /// Name of the layout.
    pub template: String,
    /// 编号规则, see [`crate::licence_number::NumberPattern`].
    #[serde(default)]
    pub number_rule: Option<String>,
    /// 有效期 in years.
    #[serde(default)]
    pub validity_years: Option<u16>,
    /// 有效期 in days, for proofs.
    #[serde(default)]
    pub validity_days: Option<u16>,
    /// Paper and finish, in words for the certificate window.
    #[serde(default)]
    pub print: String,
}

/// 结果类型.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultKind {
    /// 证照, made at the certificate window.
    Licence,
    /// 证明, sealed by the owning department and printed on the spot.
    Proof,
    /// 答复: a slip without legal effect of its own.
    Reply,
}

/// `Delivery` in the item file's lower-case words; the event format keeps its own.
mod delivery_words {
    use crate::event::Delivery;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Word {
        Pickup,
        Courier,
        OnTheSpot,
    }

    pub fn serialize<S: Serializer>(list: &[Delivery], serializer: S) -> Result<S::Ok, S::Error> {
        let word = |delivery: &Delivery| match delivery {
            Delivery::Pickup => Word::Pickup,
            Delivery::Courier => Word::Courier,
            Delivery::OnTheSpot => Word::OnTheSpot,
        };
        list.iter().map(word).collect::<Vec<_>>().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Delivery>, D::Error> {
        let delivery = |word| match word {
            Word::Pickup => Delivery::Pickup,
            Word::Courier => Delivery::Courier,
            Word::OnTheSpot => Delivery::OnTheSpot,
        };
        Ok(Vec::<Word>::deserialize(deserializer)?.into_iter().map(delivery).collect())
    }
}
