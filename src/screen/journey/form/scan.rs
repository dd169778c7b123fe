//! A scanned code in the form: where the cursor is, else in the first empty field it is right for.

use super::cells::{read, write};
use super::view::name;
use super::{Cell, FormScreen, Message, kind_of};
use crate::apply::context::Context;
use crate::service::devices::Scanned;
use tongban_domain::event::Value;
use tongban_domain::form;
use tongban_domain::item::{Field, FieldKind, View};

impl FormScreen {
    /// What the code changes; nothing where no field is meant.
    #[must_use]
    pub fn scanned(&self, code: &Scanned, cursor: Option<&str>, ctx: &Context<'_>) -> Option<Message> {
        let aimed = self.editing.clone().or_else(|| cursor.and_then(|id| self.cell_named(id, ctx)));
        if let Some(cell) = aimed {
            let item = ctx.draft.item.as_deref()?;
            let kind = kind_of(item, &cell)?;
            let typed = !matches!(kind, FieldKind::Choice { .. } | FieldKind::Bool | FieldKind::List { .. });
            let text = self.right_text(&cell, kind, code, ctx).unwrap_or_else(|| code.text().to_owned());
            return typed.then_some(Message::Typed(cell, text));
        }
        let sections = self.sections(ctx);
        let here = sections.get(self.section)?;
        self.fields(here, ctx).into_iter().find_map(|field| {
            let cell = Cell { row: None, field: field.id.clone() };
            let empty = read(&self.values, &cell).is_empty();
            let text = self.right_text(&cell, &field.kind, code, ctx).filter(|_| empty)?;
            Some(Message::Typed(cell, text))
        })
    }

    /// The part of the code that is right for a field whose kind can tell: a number with its own check.
    fn right_text(&self, cell: &Cell, kind: &FieldKind, code: &Scanned, ctx: &Context<'_>) -> Option<String> {
        if !matches!(kind, FieldKind::IdNumber | FieldKind::CreditCode | FieldKind::Phone) {
            return None;
        }
        let fits = |text: &&str| !text.is_empty() && self.is_right(cell, text, ctx);
        std::iter::once(code.text()).chain(code.words()).find(fits).map(str::to_owned)
    }

    fn is_right(&self, cell: &Cell, text: &str, ctx: &Context<'_>) -> bool {
        let Some((item, case)) = ctx.draft.item.as_deref().zip(ctx.case()) else { return false };
        let mut values = self.values.clone();
        write(&mut values, cell, Value::Text(text.to_owned()));
        let records = case.standing_records();
        let view = View { values: &values, card: case.card(), records: &records };
        let faults = form::validate(item, &values, &form::Context::of(&view));
        let row = cell.row.as_ref();
        !faults.iter().any(|fault| {
            fault.field == cell.field
                && fault.list.as_ref() == row.map(|(list, _)| list)
                && fault.row == row.map(|(_, row)| *row)
        })
    }

    /// The cell whose input has this name.
    fn cell_named(&self, id: &str, ctx: &Context<'_>) -> Option<Cell> {
        let sections = self.sections(ctx);
        let here = sections.get(self.section)?;
        let named = |field: &Field, cell: Cell| {
            (ctx.id(&name(field, &cell)) == tongban_ui::Id::from(id.to_owned())).then_some(cell)
        };
        self.fields(here, ctx).into_iter().find_map(|field| match &field.kind {
            FieldKind::List { fields, .. } => {
                let rows = match self.values.get(&field.id) {
                    Some(Value::Rows(rows)) => rows.len(),
                    _ => 0,
                };
                (0..rows.max(1)).find_map(|row| {
                    let cell = |column: &Field| Cell { row: Some((field.id.clone(), row)), field: column.id.clone() };
                    fields.iter().find_map(|column| named(column, cell(column)))
                })
            }
            _ => named(field, Cell { row: None, field: field.id.clone() }),
        })
    }
}
