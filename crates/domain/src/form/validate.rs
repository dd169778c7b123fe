//! The check of a filled-in form. Never panics, whatever the values are.

use super::fault::{FaultReason, FieldFault};
use crate::event::{CardFacts, FormValues, SharedRecord, Value};
use crate::ids::FieldId;
use crate::item::{ChoiceOption, Decimal, Field, FieldKind, ServiceItem, View};
use crate::{credit_code, id_number, phone};
use std::collections::BTreeMap;

/// What validation may look at beside the values.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// The applicant's card.
    pub card: Option<&'a CardFacts>,
    /// Shared data that stands.
    pub records: &'a [&'a SharedRecord],
}

impl<'a> Context<'a> {
    /// The same surroundings as a condition's view.
    #[must_use]
    pub const fn of(view: &View<'a>) -> Self {
        Self { card: view.card, records: view.records }
    }

    const fn view<'v>(&self, values: &'v FormValues) -> View<'v>
    where
        'a: 'v,
    {
        View { values, card: self.card, records: self.records }
    }
}

/// Every fault of the form, in the form's order; empty when it can be signed off.
/// Values of fields that are not asked for (their condition does not hold) are not looked at.
#[must_use]
pub fn validate(item: &ServiceItem, values: &FormValues, context: &Context<'_>) -> Vec<FieldFault> {
    let mut faults = Vec::new();
    for field in item.form.fields() {
        let view = context.view(values);
        if field.when.as_ref().is_some_and(|condition| !condition.holds(&view)) {
            continue;
        }
        check_top(field, values.get(&field.id), &view, &mut faults);
    }
    let unknown = values.keys().filter(|id| item.form.field(id).is_none());
    faults.extend(unknown.map(|id| fault(id, None, FaultReason::UnknownField)));
    faults
}

/// Whether a field is asked for, given the other answers.
#[must_use]
pub fn is_asked(field: &Field, values: &FormValues, context: &Context<'_>) -> bool {
    field.when.as_ref().is_none_or(|condition| condition.holds(&context.view(values)))
}

/// The values without those nobody asks for (hidden by a condition) and without empty texts,
/// so that what is signed off is what was seen.
#[must_use]
pub fn prune(item: &ServiceItem, values: &FormValues, context: &Context<'_>) -> FormValues {
    let mut kept = values.clone();
    // A hidden answer may itself have kept another field open: repeat until nothing changes.
    loop {
        let before = kept.len();
        let view_of = kept.clone();
        kept.retain(|id, value| {
            let asked = item.form.field(id).is_some_and(|field| is_asked(field, &view_of, context));
            asked && !matches!(value, Value::Text(text) if text.trim().is_empty())
        });
        if kept.len() == before {
            return kept;
        }
    }
}

fn fault(field: &FieldId, cell: Option<(&FieldId, usize)>, reason: FaultReason) -> FieldFault {
    let code = reason.code();
    FieldFault {
        field: field.clone(),
        list: cell.map(|(list, _)| list.clone()),
        row: cell.map(|(_, row)| row),
        code,
        reason,
    }
}

fn check_top(field: &Field, value: Option<&Value>, view: &View<'_>, faults: &mut Vec<FieldFault>) {
    if let FieldKind::List { fields, min, max, .. } = &field.kind {
        match value {
            None => {
                if field.required {
                    faults.push(fault(&field.id, None, FaultReason::TooFewRows { min: (*min).max(1) }));
                }
            }
            Some(Value::Rows(rows)) => check_rows(field, fields, (*min, *max), rows, view, faults),
            Some(_) => faults.push(fault(&field.id, None, FaultReason::WrongType)),
        }
        return;
    }
    if let Err(reason) = check_scalar(field, value, view) {
        faults.push(fault(&field.id, None, reason));
    }
}

fn check_rows(
    list: &Field,
    columns: &[Field],
    (min, max): (u16, u16),
    rows: &[BTreeMap<FieldId, Value>],
    view: &View<'_>,
    faults: &mut Vec<FieldFault>,
) {
    let least = if list.required { min.max(1) } else { min };
    if (list.required || !rows.is_empty()) && rows.len() < usize::from(least) {
        faults.push(fault(&list.id, None, FaultReason::TooFewRows { min: least }));
    }
    if rows.len() > usize::from(max) {
        faults.push(fault(&list.id, None, FaultReason::TooManyRows { max }));
    }
    for (n, row) in rows.iter().enumerate() {
        // A column's condition may look at its own row first, then at the form around it.
        let mut around = view.values.clone();
        around.extend(row.iter().map(|(id, value)| (id.clone(), value.clone())));
        let inner = View { values: &around, ..*view };
        for column in columns {
            if column.when.as_ref().is_some_and(|condition| !condition.holds(&inner)) {
                continue;
            }
            if let Err(reason) = check_scalar(column, row.get(&column.id), &inner) {
                faults.push(fault(&column.id, Some((&list.id, n)), reason));
            }
        }
        for id in row.keys().filter(|id| !columns.iter().any(|column| &column.id == *id)) {
            faults.push(fault(id, Some((&list.id, n)), FaultReason::UnknownField));
        }
    }
}

fn check_scalar(field: &Field, value: Option<&Value>, view: &View<'_>) -> Result<(), FaultReason> {
    let text = match (value, &field.kind) {
        (None, _) => "",
        (Some(Value::Bool(_)), FieldKind::Bool) => return Ok(()),
        (Some(Value::Text(text)), kind) if *kind != FieldKind::Bool => text.as_str(),
        (Some(_), _) => return Err(FaultReason::WrongType),
    };
    if text.trim().is_empty() {
        return if field.required { Err(FaultReason::Missing) } else { Ok(()) };
    }
    if text.chars().any(char::is_control) {
        return Err(FaultReason::Characters);
    }
    match &field.kind {
        FieldKind::Text { max } => {
            let (max, length) = (usize::from(*max), text.chars().count());
            if length > max { Err(FaultReason::TooLong { max, length }) } else { Ok(()) }
        }
        FieldKind::Number { min, max, decimals, .. } => check_number(text, *min, *max, *decimals),
        FieldKind::Date => crate::limits::parse_date(text).map(|_| ()).ok_or(FaultReason::NotADate),
        FieldKind::Choice { options } => check_choice(text, options, view),
        FieldKind::IdNumber => id_number::IdNumber::parse(text).map(|_| ()).map_err(|error| match error {
            id_number::IdNumberError::Shape => FaultReason::IdNumberShape,
            id_number::IdNumberError::Date => FaultReason::IdNumberDate,
            id_number::IdNumberError::CheckDigit => FaultReason::IdNumberCheck,
        }),
        FieldKind::CreditCode => credit_code::CreditCode::parse(text).map(|_| ()).map_err(|error| match error {
            credit_code::CreditCodeError::Shape => FaultReason::CreditCodeShape,
            credit_code::CreditCodeError::CheckCharacter => FaultReason::CreditCodeCheck,
        }),
        FieldKind::Phone => {
            if phone::is_phone(text) {
                Ok(())
            } else {
                Err(FaultReason::NotAPhone)
            }
        }
        // Both are settled above: a yes/no has no text, a list is no cell.
        FieldKind::Bool | FieldKind::List { .. } => Err(FaultReason::WrongType),
    }
}

fn check_number(text: &str, min: Option<Decimal>, max: Option<Decimal>, decimals: u8) -> Result<(), FaultReason> {
    let number: Decimal = text.parse().map_err(|_| FaultReason::NotANumber)?;
    if Decimal::decimals_of(text).is_none_or(|shown| shown > decimals) {
        return Err(FaultReason::TooManyDecimals { max: decimals });
    }
    if let Some(min) = min.filter(|min| number < *min) {
        return Err(FaultReason::BelowMin { min: min.to_string() });
    }
    if let Some(max) = max.filter(|max| number > *max) {
        return Err(FaultReason::AboveMax { max: max.to_string() });
    }
    Ok(())
}

fn check_choice(key: &str, options: &[ChoiceOption], view: &View<'_>) -> Result<(), FaultReason> {
    let option = options.iter().find(|option| option.key == key).ok_or(FaultReason::NotAnOption)?;
    if option.when.as_ref().is_some_and(|condition| !condition.holds(view)) {
        return Err(FaultReason::OptionClosed);
    }
    Ok(())
}
