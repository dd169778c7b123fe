//! 自动预审: an item's rule pack. Each rule shows the number found beside the number asked;
//! a person decides.

use super::condition::{Condition, Operand, View};
use super::data::ServiceItem;
use super::decimal::Decimal;
use crate::case::Case;
use crate::event::Value;
use crate::ids::{FieldId, RequirementId};
use serde::{Deserialize, Serialize};

/// 预审规则: something measured must reach a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreCheck {
    /// Unique within the item.
    pub id: String,
    /// What is measured, as people read it.
    pub title: String,
    /// The rule applies only when this holds (for example one category and grade).
    #[serde(default)]
    pub when: Option<Condition>,
    /// What is measured.
    pub measure: Measure,
    /// The number it must reach.
    pub at_least: Decimal,
    /// 单位.
    #[serde(default)]
    pub unit: String,
    /// 依据.
    pub basis: String,
    /// The material that has to show it; the rule colours that material on the 齐全单.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub material: Option<RequirementId>,
}

/// What a rule measures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Measure {
    /// A number: a field's id, or `share:<resource>.<field>`.
    Number(Operand),
    /// Rows of a list in the form, all or those with a filled-in column.
    Rows {
        /// The list.
        list: FieldId,
        /// Count only rows where this column says something.
        #[serde(default)]
        with: Option<FieldId>,
    },
}

/// 预审结果 of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreCheckResult {
    /// Which rule.
    pub id: String,
    /// The number found; `None` when nothing can be measured.
    pub found: Option<Decimal>,
    /// Whether it reaches the number asked; `None` when nothing can be measured.
    pub passed: Option<bool>,
}

/// The results of the rules that apply to this case, in the item's order.
#[must_use]
pub fn precheck(item: &ServiceItem, case: &Case) -> Vec<PreCheckResult> {
    let records = case.standing_records();
    let view = View { values: case.form(), card: case.card(), records: &records };
    let applies = |rule: &&PreCheck| rule.when.as_ref().is_none_or(|condition| condition.holds(&view));
    let judge = |rule: &PreCheck| {
        let found = measure(&rule.measure, &view);
        let passed = found.map(|found| found >= rule.at_least);
        PreCheckResult { id: rule.id.clone(), found, passed }
    };
    item.checks.iter().filter(applies).map(judge).collect()
}

fn measure(measure: &Measure, view: &View<'_>) -> Option<Decimal> {
    match measure {
        Measure::Number(operand) => operand.value(view)?.trim().parse().ok(),
        Measure::Rows { list, with } => {
            let Value::Rows(rows) = view.values.get(list)? else { return None };
            let says = |value: &Value| !matches!(value, Value::Text(text) if text.trim().is_empty());
            let counts = |column: &FieldId| rows.iter().filter(|row| row.get(column).is_some_and(says)).count();
            let count = with.as_ref().map_or(rows.len(), counts);
            i64::try_from(count).ok().map(Decimal::whole)
        }
    }
}
