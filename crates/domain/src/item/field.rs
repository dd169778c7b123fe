//! 申请表: sections, fields and where a field's first value comes from.

use super::condition::Condition;
use super::decimal::Decimal;
use crate::ids::{FieldId, ResourceId};
use serde::{Deserialize, Serialize};

/// 申请表.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// 分组, in order.
    pub sections: Vec<Section>,
}

impl Form {
    /// Every top-level field in order.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.sections.iter().flat_map(|section| &section.fields)
    }

    /// The top-level field with this id.
    #[must_use]
    pub fn field(&self, id: &FieldId) -> Option<&Field> {
        self.fields().find(|field| &field.id == id)
    }

    /// Whether there is anything to fill in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields().next().is_none()
    }
}

/// 分组.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Heading.
    pub title: String,
    /// 字段, in order.
    pub fields: Vec<Field>,
}

/// 字段.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Unique within the form (within the row for a list's fields).
    pub id: FieldId,
    /// Label on screen and paper.
    pub label: String,
    /// Type and limits.
    pub kind: FieldKind,
    /// Must be filled in whenever it is asked for.
    #[serde(default)]
    pub required: bool,
    /// Asked for only when this holds.
    #[serde(default)]
    pub when: Option<Condition>,
    /// First value: `card.<field>`, `share:<resource>.<field>`, `const:<text>`;
    /// inside a list `row.<key>` of the list's own source.
    #[serde(default)]
    pub prefill: Option<PrefillSource>,
    /// Help under the field.
    #[serde(default)]
    pub hint: String,
}

/// Type of a field, with its limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FieldKind {
    /// 文本.
    Text {
        /// Most characters (not bytes).
        max: u16,
    },
    /// 数值, kept as typed.
    Number {
        /// Smallest value allowed.
        #[serde(default)]
        min: Option<Decimal>,
        /// Largest value allowed.
        #[serde(default)]
        max: Option<Decimal>,
        /// Most decimals.
        #[serde(default)]
        decimals: u8,
        /// 单位 shown behind the value.
        #[serde(default)]
        unit: String,
    },
    /// 日期 `YYYY-MM-DD`.
    Date,
    /// 单选; the value is an option's key.
    Choice {
        /// In order.
        options: Vec<ChoiceOption>,
    },
    /// 证件号码 in the 18-character form (GB 11643 and what is built like it).
    IdNumber,
    /// 统一社会信用代码 (GB 32100).
    CreditCode,
    /// 手机号码 or landline with area number.
    Phone,
    /// 是否.
    Bool,
    /// 重复表格.
    List {
        /// Columns; no list inside a list.
        fields: Vec<Field>,
        /// Fewest rows (checked when the field is required or any row is there).
        #[serde(default)]
        min: u16,
        /// Most rows.
        max: u16,
        /// What one row is called, for example `人员`.
        row_name: String,
    },
}

/// 选项.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChoiceOption {
    /// Stored value.
    pub key: String,
    /// Text shown.
    pub label: String,
    /// Open only when this holds (for example the categories of one series).
    #[serde(default)]
    pub when: Option<Condition>,
}

/// Where a field's first value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum PrefillSource {
    /// `card.<field>`: name, sex, nation, birth, address, number.
    Card(String),
    /// `share:<resource>.<field>`; the part after the last dot is the field.
    Share {
        /// The resource.
        resource: ResourceId,
        /// The field of its answer.
        field: FieldId,
    },
    /// `const:<text>`.
    Const(String),
    /// `row.<key>`: a key of the row object, inside a list only.
    Row(String),
}

/// Fields of a card a file may name.
pub(crate) const CARD_FIELDS: [&str; 6] = ["name", "sex", "nation", "birth", "address", "number"];

impl TryFrom<String> for PrefillSource {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if let Some(constant) = text.strip_prefix("const:") {
            return Ok(Self::Const(constant.to_owned()));
        }
        if let Some(key) = text.strip_prefix("row.") {
            return Ok(Self::Row(key.to_owned()));
        }
        if let Some(field) = text.strip_prefix("card.")
            && CARD_FIELDS.contains(&field)
        {
            return Ok(Self::Card(field.to_owned()));
        }
        if let Some((resource, field)) = text.strip_prefix("share:").and_then(|rest| rest.rsplit_once('.'))
            && !resource.is_empty()
            && !field.is_empty()
        {
            return Ok(Self::Share { resource: resource.into(), field: field.into() });
        }
        Err(format!("`{text}` is no source; known: card.<field>, share:<resource>.<field>, const:<text>, row.<key>"))
    }
}

impl From<PrefillSource> for String {
    fn from(source: PrefillSource) -> Self {
        match source {
            PrefillSource::Card(field) => format!("card.{field}"),
            PrefillSource::Share { resource, field } => format!("share:{resource}.{field}"),
            PrefillSource::Const(text) => format!("const:{text}"),
            PrefillSource::Row(key) => format!("row.{key}"),
        }
    }
}
