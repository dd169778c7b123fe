//! Conditions: when a field, an option or a material is asked for.

use super::field::{CARD_FIELDS, PrefillSource};
use crate::event::{CardFacts, FormValues, ShareOutcome, SharedRecord, Value};
use crate::ids::FieldId;
use serde::{Deserialize, Serialize};

/// What a condition may look at.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The form as filled in so far.
    pub values: &'a FormValues,
    /// The applicant's card.
    pub card: Option<&'a CardFacts>,
    /// Shared data that arrived and was not objected to.
    pub records: &'a [&'a SharedRecord],
}

/// The left or right side of a condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Operand {
    /// A field of the form, by its id.
    Field(FieldId),
    /// `card.<field>` or `share:<resource>.<field>`.
    Source(PrefillSource),
}

impl TryFrom<String> for Operand {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.starts_with("share:") || text.starts_with("card.") {
            return PrefillSource::try_from(text).map(Self::Source);
        }
        Ok(Self::Field(FieldId(text)))
    }
}

impl From<Operand> for String {
    fn from(operand: Operand) -> Self {
        match operand {
            Operand::Field(id) => id.0,
            Operand::Source(source) => source.into(),
        }
    }
}

impl Operand {
    /// The value as text; `None` when nothing is known. A list or an empty text is `None` too.
    pub(super) fn value(&self, view: &View<'_>) -> Option<String> {
        let text = match self {
            Self::Field(id) => match view.values.get(id)? {
                Value::Text(text) => text.clone(),
                Value::Bool(yes) => yes.to_string(),
                Value::Rows(rows) if rows.is_empty() => return None,
                Value::Rows(rows) => rows.len().to_string(),
            },
            Self::Source(source) => source_text(source, view.card, view.records)?,
        };
        (!text.trim().is_empty()).then_some(text)
    }
}

/// Text of a `card.` or `share:` or `const:` source, if it is known.
pub(crate) fn source_text(
    source: &PrefillSource,
    card: Option<&CardFacts>,
    records: &[&SharedRecord],
) -> Option<String> {
    match source {
        PrefillSource::Const(text) => Some(text.clone()),
        PrefillSource::Row(_) => None,
        PrefillSource::Card(field) => card.map(|card| card_text(card, field)),
        PrefillSource::Share { resource, field } => records
            .iter()
            .rev()
            .find(|record| &record.resource == resource && record.outcome == ShareOutcome::Found)
            .and_then(|record| record.fields.iter().find(|(key, _)| key == field))
            .map(|(_, value)| value.clone()),
    }
}

fn card_text(card: &CardFacts, field: &str) -> String {
    debug_assert!(CARD_FIELDS.contains(&field));
    match field {
        "name" => card.name.clone(),
        "sex" => card.sex.clone(),
        "nation" => crate::nation::name(&card.nation).map_or_else(|| card.nation.clone(), str::to_owned),
        "birth" => dashed(&card.birth),
        "address" => card.address.clone(),
        _ => card.number.clone(),
    }
}

/// `YYYYMMDD` → `YYYY-MM-DD`; anything else stays as it is.
fn dashed(text: &str) -> String {
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..])
    } else {
        text.to_owned()
    }
}

/// A condition: one operand and one test. An unknown operand fails every test but `is_empty`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub struct Condition {
    /// What is looked at (`field` in the file).
    pub operand: Operand,
    /// What must be true of it.
    pub test: Test,
}

/// What must be true of the operand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// One of these texts.
    OneOf(Vec<String>),
    /// This text; `true`/`false` for yes-no fields.
    Equals(String),
    /// Empty (`true`) or not (`false`).
    IsEmpty(bool),
    /// Known, and unlike another known operand (for example the card's number).
    DiffersFrom(Operand),
}

impl Condition {
    /// Whether it holds.
    #[must_use]
    pub fn holds(&self, view: &View<'_>) -> bool {
        let value = self.operand.value(view);
        match &self.test {
            Test::OneOf(list) => value.is_some_and(|value| list.contains(&value)),
            Test::Equals(text) => value.is_some_and(|value| &value == text),
            Test::IsEmpty(empty) => value.is_none() == *empty,
            Test::DiffersFrom(other) => match (value, other.value(view)) {
                (Some(left), Some(right)) => left != right,
                _ => false,
            },
        }
    }

    /// Both sides, for the reference check.
    pub(crate) fn operands(&self) -> impl Iterator<Item = &Operand> {
        let other = match &self.test {
            Test::DiffersFrom(other) => Some(other),
            Test::OneOf(_) | Test::Equals(_) | Test::IsEmpty(_) => None,
        };
        std::iter::once(&self.operand).chain(other)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    field: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    one_of: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    equals: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is_empty: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    differs_from: Option<String>,
}

impl TryFrom<Raw> for Condition {
    type Error = String;

    fn try_from(raw: Raw) -> Result<Self, String> {
        let test = match (raw.one_of, raw.equals, raw.is_empty, raw.differs_from) {
            (Some(list), None, None, None) => Test::OneOf(list),
            (None, Some(text), None, None) => Test::Equals(text),
            (None, None, Some(empty), None) => Test::IsEmpty(empty),
            (None, None, None, Some(other)) => Test::DiffersFrom(Operand::try_from(other)?),
            _ => return Err("a condition has exactly one of one_of, equals, is_empty, differs_from".to_owned()),
        };
        Ok(Self { operand: Operand::try_from(raw.field)?, test })
    }
}

impl From<Condition> for Raw {
    fn from(condition: Condition) -> Self {
        let field = String::from(condition.operand);
        let mut raw = Self { field, one_of: None, equals: None, is_empty: None, differs_from: None };
        match condition.test {
            Test::OneOf(list) => raw.one_of = Some(list),
            Test::Equals(text) => raw.equals = Some(text),
            Test::IsEmpty(empty) => raw.is_empty = Some(empty),
            Test::DiffersFrom(other) => raw.differs_from = Some(other.into()),
        }
        raw
    }
}
