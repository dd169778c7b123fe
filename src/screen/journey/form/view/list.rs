//! A repeating list: one card a row.

use super::field::{fault_line, head, label, source_words};
use super::{Cell, FormScreen, Message};
use crate::apply::context::Context;
use iced::Center;
use iced::widget::{column, row, space};
use tongban_domain::event::Value;
use tongban_domain::item::Field;
use tongban_ui::widget::{Button, Leaves, caption, card, heading, panel, quiet, secondary, tiles};
use tongban_ui::{Element, Icon};

impl FormScreen {
    /// The officer's list: columns three beside each other.
    pub(super) fn list<'a>(
        &'a self,
        ctx: &Context<'a>,
        field: &Field,
        columns: &[Field],
        max: u16,
        row_name: &str,
    ) -> Element<'a, Message> {
        let ui = ctx.ui;
        let rows = (0..self.count(field)).map(|n| {
            let content =
                column![self.row_head(ctx, field, row_name, n), tiles(ui, 3, self.row_cells(ctx, field, columns, n))];
            card(ui, content.spacing(ui.tokens.space.s)).into()
        });
        let content = column(self.notes(ctx, field, max))
            .extend(rows)
            .push(self.add(ctx, field, max, row_name))
            .spacing(ui.tokens.space.m);
        panel(ui, label(ctx, field), content).into()
    }

    /// The kiosk's list: a card a row, or a line a column where type is big.
    pub(super) fn list_parts<'a>(
        &'a self,
        ctx: &Context<'a>,
        parts: Leaves<'a, Message>,
        field: &Field,
        columns: &[Field],
        max: u16,
        row_name: &str,
    ) -> Leaves<'a, Message> {
        let ui = ctx.ui;
        let mut parts = parts.heading(head(ctx, field)).extend(self.notes(ctx, field, max));
        for n in 0..self.count(field) {
            let top = self.row_head(ctx, field, row_name, n);
            let cells = self.row_cells(ctx, field, columns, n);
            parts = if ui.tokens.is_big() {
                parts.heading(top).extend(cells)
            } else {
                parts.push(card(ui, column![top, tiles(ui, 2, cells)].spacing(ui.tokens.space.s)))
            };
        }
        parts.push(self.add(ctx, field, max, row_name).fill())
    }

    fn count(&self, field: &Field) -> usize {
        match self.values.get(&field.id) {
            Some(Value::Rows(rows)) => rows.len(),
            _ => 0,
        }
    }

    fn row_head<'a>(&self, ctx: &Context<'a>, field: &Field, row_name: &str, n: usize) -> Element<'a, Message> {
        let ui = ctx.ui;
        let remove = quiet(ui, ctx.id(&format!("form.{}.{n}.remove", field.id)), ctx.text("common-remove"))
            .icon(Icon::Trash)
            .small()
            .on_press(Message::RemoveRow(field.id.clone(), n));
        row![heading(ui, format!("{row_name} {}", n + 1)), space::horizontal(), remove].align_y(Center).into()
    }

    fn row_cells<'a>(
        &'a self,
        ctx: &Context<'a>,
        field: &Field,
        columns: &[Field],
        n: usize,
    ) -> Vec<Element<'a, Message>> {
        let cell = |column: &Field| Cell { row: Some((field.id.clone(), n)), field: column.id.clone() };
        columns.iter().map(|column| self.cell(ctx, column, cell(column))).collect()
    }

    /// Where the rows come from, and what is wrong with the list as a whole.
    fn notes<'a>(&self, ctx: &Context<'a>, field: &Field, max: u16) -> Vec<Element<'a, Message>> {
        let ui = ctx.ui;
        let source = self.sources.get(&field.id);
        let source =
            source.map(|source| caption(ui, ui.with("common-source", &[("name", &source_words(ctx, source))])).into());
        let cell = Cell { row: None, field: field.id.clone() };
        let fault =
            self.fault(&cell).map(|fault| fault_line(ctx, ui.with(fault.reason.key(), &[("min", &1), ("max", &max)])));
        source.into_iter().chain(fault).collect()
    }

    fn add<'a>(&self, ctx: &Context<'a>, field: &Field, max: u16, row_name: &str) -> Button<'a, Message> {
        let words = ctx.ui.with("form-add-row", &[("what", &row_name.to_owned())]);
        secondary(ctx.ui, ctx.id(&format!("form.{}.add", field.id)), words)
            .icon(Icon::Plus)
            .small()
            .on_press_maybe((self.count(field) < usize::from(max)).then(|| Message::AddRow(field.id.clone())))
    }
}
