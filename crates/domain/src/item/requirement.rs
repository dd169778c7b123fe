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
