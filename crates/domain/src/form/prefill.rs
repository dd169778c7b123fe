//! 自动填表: first values with their source, so that the screen can say where each came from.

use crate::event::{CardFacts, SharedRecord, Value};
use crate::ids::{FieldId, ResourceId};
use crate::item::{Decimal, Field, FieldKind, PrefillSource, ServiceItem};
use std::collections::BTreeMap;

/// 来源 of a first value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The ID card.
    Card,
    /// A department's shared data.
    Share(ResourceId),
    /// The item's own default.
    Default,
}

/// First values of the form. Fields whose source is unknown or unusable are left out; a value
/// is never invented. Hand in only records that stand (found and not objected to).
pub fn prefill<'a>(
    item: &ServiceItem,
    card: Option<&CardFacts>,
    records: impl IntoIterator<Item = &'a SharedRecord>,
) -> Vec<(FieldId, Value, Source)> {
    let records: Vec<&SharedRecord> = records.into_iter().collect();
    item.form.fields().filter_map(|field| first_value(field, card, &records)).collect()
}

fn first_value(field: &Field, card: Option<&CardFacts>, records: &[&SharedRecord]) -> Option<(FieldId, Value, Source)> {
    let from = field.prefill.as_ref()?;
    let text = crate::item::source_text(from, card, records)?;
    let source = match from {
        PrefillSource::Card(_) => Source::Card,
        PrefillSource::Share { resource, .. } => Source::Share(resource.clone()),
        PrefillSource::Const(_) => Source::Default,
        PrefillSource::Row(_) => return None,
    };
    let value = match &field.kind {
        FieldKind::List { fields, max, .. } => Value::Rows(rows(&text, fields, usize::from(*max), card, records)?),
        kind => scalar(kind, &text)?,
    };
    Some((field.id.clone(), value, source))
}

/// A text brought into the form the field's type stores.
fn scalar(kind: &FieldKind, text: &str) -> Option<Value> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    Some(match kind {
        FieldKind::Bool => match text {
            "true" | "是" => Value::Bool(true),
            "false" | "否" => Value::Bool(false),
            _ => return None,
        },
        // A department answers with the label; the form stores the key.
        FieldKind::Choice { options } => {
            let option = options.iter().find(|option| option.key == text || option.label == text)?;
            Value::Text(option.key.clone())
        }
        FieldKind::Date => Value::Text(date(text)?),
        FieldKind::Number { .. } => {
            let plain: String = text.chars().filter(|letter| !matches!(letter, ',' | '，')).collect();
            plain.parse::<Decimal>().ok()?;
            Value::Text(plain)
        }
        FieldKind::IdNumber | FieldKind::CreditCode => Value::Text(crate::check::normalise(text)),
        _ => Value::Text(text.to_owned()),
    })
}

/// Departments write dates as `2015-06-01`, `20150601` or `2015年6月1日`; the form stores the first.
fn date(text: &str) -> Option<String> {
    let separated = text.replace(['年', '月', '/', '.'], "-").replace('日', "");
    let parts: Vec<&str> = separated.split('-').map(str::trim).collect();
    let plain = match parts.as_slice() {
        [year, month, day] => format!("{year}-{month:0>2}-{day:0>2}"),
        [one] if one.len() == 8 && one.is_ascii() => format!("{}-{}-{}", &one[..4], &one[4..6], &one[6..]),
        _ => return None,
    };
    crate::limits::parse_date(&plain).map(crate::limits::date_text)
}

/// Rows from a JSON array of objects. Columns take the key named by `row.<key>`, else their own
/// id. Departments answer in their own shapes, so anything that does not fit is left out.
fn rows(
    text: &str,
    columns: &[Field],
    max: usize,
    card: Option<&CardFacts>,
    records: &[&SharedRecord],
) -> Option<Vec<BTreeMap<FieldId, Value>>> {
    let serde_json::Value::Array(list) = serde_json::from_str(text).ok()? else { return None };
    let rows: Vec<BTreeMap<FieldId, Value>> = list
        .iter()
        .filter_map(serde_json::Value::as_object)
        .take(max)
        .map(|object| columns.iter().filter_map(|column| cell(column, object, card, records)).collect())
        .filter(|row: &BTreeMap<FieldId, Value>| !row.is_empty())
        .collect();
    (!rows.is_empty()).then_some(rows)
}

fn cell(
    column: &Field,
    object: &serde_json::Map<String, serde_json::Value>,
    card: Option<&CardFacts>,
    records: &[&SharedRecord],
) -> Option<(FieldId, Value)> {
    let by_key = |key: &str| match object.get(key)? {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Bool(yes) => Some(yes.to_string()),
        _ => None,
    };
    let text = match &column.prefill {
        None => by_key(&column.id.0)?,
        Some(PrefillSource::Row(key)) => by_key(key)?,
        Some(other) => crate::item::source_text(other, card, records)?,
    };
    Some((column.id.clone(), scalar(&column.kind, &text)?))
}
