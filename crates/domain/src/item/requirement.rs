//! 材料要求: one row of an item's list of materials.

use super::condition::Condition;
use crate::ids::{RequirementId, ResourceId};
use serde::{Deserialize, Serialize};

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
    /// 材料信息 of the guide, and what a page of it must show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<MaterialDetail>,
}

/// 材料信息 (GB/T 39046-2020 and the national table of materials).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MaterialDetail {
    /// 材料类型 code: 1 原件, 2 复印件, 3 原件或复印件.
    pub kind: String,
    /// 材料形式 code: 1 纸质, 2 电子, 6 系统自动获取, 7 系统自动获取不全则需提交, 8 原件扫描件.
    pub form: String,
    /// 来源渠道 code: 10 申请人自备, 20 政府部门核发, 30 中介机构出具, 99 其他.
    pub source: String,
    /// 出具机构.
    pub issuer: String,
    /// 原件份数.
    pub originals: u8,
    /// 复印件份数.
    pub copies: u8,
    /// 纸质规格.
    pub paper: String,
    /// 空白表 and 示例样表: names of the files.
    pub blank: String,
    /// 示例样表.
    pub sample: String,
    /// 受理标准.
    pub standard: String,
    /// 依据.
    pub basis: String,
    /// 须本人现场填写.
    pub filled_on_site: bool,
    /// 电子证照类型 code, where it is one.
    pub licence_code: String,
    /// 须加盖公章.
    pub stamped: bool,
    /// 须签名.
    pub signed: bool,
    /// 出具时间要求: issued within this many days; 0 for none.
    pub issued_within_days: u16,
    /// Must be within its validity.
    pub must_be_valid: bool,
    /// Lowest resolution.
    pub min_dpi: u16,
    /// 保存期限 in years.
    pub keep_years: u8,
    /// Figures on the page that must be those in the form.
    pub figures: Vec<Figure>,
    /// A verification code on the page must have been checked with its issuer.
    pub code_checked: bool,
}

/// 材料数据: a figure read off a page and the form's field it must agree with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Its name in the verdict.
    pub figure: crate::ids::FieldId,
    /// What people call it.
    pub label: String,
    /// Field of the form.
    pub field: crate::ids::FieldId,
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
