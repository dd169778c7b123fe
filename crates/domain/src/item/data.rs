//! The fields of an item file. Names are the JSON names.

use super::field::Form;
use super::guide::{Guide, PartItem, Terms};
use super::precheck::PreCheck;
use super::requirement::Requirement;
use super::share::ShareCall;
use super::workflow::WorkflowStep;
use crate::event::Delivery;
use crate::ids::{ItemKey, RequirementId, ResourceId};
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
    /// 自动预审 rules; shown beside the case, never decided by a machine.
    #[serde(default)]
    pub checks: Vec<PreCheck>,
    /// 办理环节.
    pub workflow: Vec<WorkflowStep>,
    /// 办理结果.
    pub result: ItemResult,
    /// The applicant signs off form and materials before submitting.
    pub sign_off: bool,
    /// 送达方式 offered.
    #[serde(with = "delivery_words")]
    pub delivery: Vec<Delivery>,
    /// 办事指南 beyond what the program runs on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guide: Option<Guide>,
    /// 办理规则.
    #[serde(default)]
    pub terms: Terms,
    /// 一件事: items handled as parts of this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartItem>,
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
