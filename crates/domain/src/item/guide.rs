//! 办事指南: the fields of the 实施清单 that the law and the national catalogue ask for beyond what
//! the program itself runs on. Codes are those of GB/T 39046-2020 and the tables in use beside it.

use crate::ids::{FieldId, ItemKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// 办事指南. An item without one can be handled but not published.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Guide {
    /// 设定依据.
    pub basis: Vec<LegalBasis>,
    /// 权力来源 code: 1 法定本级 … 6 同级委托.
    pub power_source: String,
    /// 实施主体性质 code (table A.3): 1 法定机关, 2 授权组织, 3 受委托组织, 9 其他.
    pub org_nature: String,
    /// 委托部门, with `power_source` 5 or 6.
    pub entrusted_by: String,
    /// 事项状态 code: 1 在用, 2 暂停, 3 取消.
    pub state: String,
    /// 受理条件.
    pub conditions: Vec<String>,
    /// 法定办结时限说明.
    pub statutory_note: String,
    /// 承诺办结时限说明.
    pub promised_note: String,
    /// 特别程序: kind and working days outside the clock.
    pub special: Vec<SpecialProcedure>,
    /// 收费说明 for an item with a fee.
    pub fee_note: String,
    /// 办理形式 codes (table A.5): 1 窗口, 2 电脑端, 3 移动端, 4 快递, 5 自助终端, 9 其他.
    pub forms: Vec<String>,
    /// 通办范围 code: 1 全国 … 6 跨村; empty for none.
    pub area: String,
    /// 数量限制说明.
    pub quantity_limit: String,
    /// 必须现场办理原因, when a visit is needed.
    pub visit_reason: String,
    /// 是否进驻政务大厅, and its name.
    pub centre: String,
    /// 办理地点.
    pub address: String,
    /// 办理时间.
    pub hours: String,
    /// 咨询电话.
    pub consult: String,
    /// 监督投诉电话.
    pub complain: String,
    /// 依法享有的权利.
    pub rights: String,
    /// 依法履行的义务.
    pub duties: String,
    /// 行政复议.
    pub review: Remedy,
    /// 行政诉讼.
    pub litigation: Remedy,
    /// 中介服务: empty for none.
    pub intermediary: String,
    /// 结果样本: name of the picture.
    pub result_sample: String,
    /// 是否支持预约, places a day; 0 for none.
    pub bookings_a_day: u16,
    /// 材料可邮寄.
    pub mail_materials: bool,
    /// 生效日期 `YYYY-MM-DD`; empty when in force.
    pub effective: String,
    /// 常见问题: question and answer.
    pub faq: Vec<(String, String)>,
}

/// 设定依据.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegalBasis {
    /// 法律、法规、规章名称, with 文号.
    pub law: String,
    /// 条款.
    pub article: String,
    /// 条文内容.
    #[serde(default)]
    pub text: String,
}

/// 特别程序 of the item, as its guide tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecialProcedure {
    /// 名称, for example `专家评审`.
    pub name: String,
    /// 种类 code (table A.7): 1 延长审批, 2 其他.
    pub kind: String,
    /// 时限 in working days.
    pub days: u16,
    /// 依据.
    #[serde(default)]
    pub basis: String,
}

/// 救济途径: where and within what time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Remedy {
    /// 机关.
    pub org: String,
    /// 地址.
    pub address: String,
    /// 电话.
    pub phone: String,
    /// 期限, in words: `自收到决定之日起六十日内`.
    pub within: String,
}

impl Remedy {
    /// Agency, address and time are all told.
    #[must_use]
    pub fn is_told(&self) -> bool {
        [&self.org, &self.address, &self.within].iter().all(|text| !text.trim().is_empty())
    }
}

/// 办理规则 that differ from item to item and city to city.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Terms {
    /// 容缺受理 is open to this item.
    pub deferral: bool,
    /// Why not, for an item of public safety, ecology or life-safety.
    pub deferral_barred: String,
    /// 告知承诺.
    pub commitment: Option<CommitmentTerms>,
    /// 补正期限 in working days.
    pub correction_days: u16,
    /// 代办 is allowed.
    pub agents: bool,
    /// 未成年人 may apply with a guardian.
    pub minors: bool,
    /// Prints a day and person, for proofs.
    pub prints_a_day: u16,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            deferral: false,
            deferral_barred: String::new(),
            commitment: None,
            correction_days: crate::limits::CORRECTION_DAYS,
            agents: true,
            minors: true,
            prints_a_day: 10,
        }
    }
}

/// 告知承诺制 (国办发〔2020〕42号).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommitmentTerms {
    /// Version of the text told.
    pub text_version: u32,
    /// 条件告知.
    pub conditions: Vec<String>,
    /// Working days until the check afterwards.
    pub check_days: u16,
}

/// 一件事的子项: an item handled as a part of this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartItem {
    /// The item.
    pub item: ItemKey,
    /// Only when this holds.
    #[serde(default)]
    pub when: Option<super::Condition>,
    /// Field of the part → field of the whole, where the names differ.
    #[serde(default)]
    pub fields: BTreeMap<FieldId, FieldId>,
}
