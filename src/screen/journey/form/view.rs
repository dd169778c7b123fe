//! A section a page; a field with its source and, after a try, what is wrong with it.

mod field;
mod list;

pub(super) use field::name;

use super::cells::{read, value};
use super::{Cell, FormScreen, Message};
use crate::apply::context::Context;
use iced::widget::{Column, column, row, scrollable, space};
use iced::{Center, Length};
use tongban_domain::item::{Field, FieldKind, Section};
use tongban_ui::widget::text::Type;
use tongban_ui::widget::{Leaves, actions, icon, leaves, primary, secondary, tinted, title};
use tongban_ui::{Element, Icon, Tone};

impl FormScreen {
    /// The kiosk's form: pages instead of scrolling; while a field is typed it stands alone above the keyboard.
    #[must_use]
    pub fn view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let sections = self.sections(ctx);
        let Some(section) = sections.get(self.section).or_else(|| sections.last()) else { return space().into() };
        let id = ctx.id(&format!("form.section.{}", self.section));
        let (parts, foot): (Leaves<'a, Message>, Element<'a, Message>) = match (&self.editing, &self.keyboard) {
            (Some(cell), Some(keyboard)) => {
                let typed = self.typed(ctx, section, cell);
                (leaves(ui, id).extend(typed), keyboard.view(ui).map(Message::Key))
            }
            _ => {
                let parts = self
                    .fields(section, ctx)
                    .into_iter()
                    .fold(leaves(ui, id), |parts, field| self.parts(ctx, parts, field));
                let wrong = self.first_fault(ctx, section);
                (parts.show(wrong), self.foot(ctx, sections.len()))
            }
        };
        // The same shape with and without the keyboard: the page that was open stays open.
        column![self.head(ctx, section, sections.len()), Element::from(parts), foot].spacing(ui.tokens.space.m).into()
    }

    /// At a window the officer types; the applicant confirms on the own screen before signing.
    #[must_use]
    pub fn officer_view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let sections = self.sections(ctx);
        let Some(section) = sections.get(self.section).or_else(|| sections.last()) else { return space().into() };
        let mut fields =
            Column::new().spacing(ui.tokens.space.m).padding(iced::Padding::default().right(ui.tokens.space.l));
        let mut half: Option<Element<'a, Message>> = None;
        for field in self.fields(section, ctx) {
            let cell = Cell { row: None, field: field.id.clone() };
            let drawn = match &field.kind {
                FieldKind::List { fields, max, row_name, .. } => self.list(ctx, field, fields, *max, row_name),
                _ => self.cell(ctx, field, cell),
            };
            // Short inputs stand in pairs; what is long or has options of its own takes the line.
            match (is_short(&field.kind), half.take()) {
                (true, None) => half = Some(drawn),
                (true, Some(first)) => fields = fields.push(row![first, drawn].spacing(ui.tokens.space.l)),
                (false, first) => fields = fields.extend(first).push(drawn),
            }
        }
        let rest = half.map(|first| row![first, space().width(Length::Fill)].spacing(ui.tokens.space.l).into());
        let list = scrollable(fields.extend(rest)).height(Length::Fill);
        column![self.head(ctx, section, sections.len()), list, self.foot(ctx, sections.len())]
            .spacing(ui.tokens.space.m)
            .into()
    }

    fn head<'a>(&self, ctx: &Context<'a>, section: &Section, of: usize) -> Element<'a, Message> {
        let ui = ctx.ui;
        let head = row![title(ui, section.title.clone()), space::horizontal()].align_y(Center);
        // One section needs no count.
        let count = (of > 1).then(|| {
            let words = ui.with("form-page", &[("n", &(self.section.min(of.saturating_sub(1)) + 1)), ("of", &of)]);
            tinted(ui, Type::Body, Tone::Soft, words).into()
        });
        head.extend(count).into()
    }

    fn foot<'a>(&'a self, ctx: &Context<'a>, of: usize) -> Element<'a, Message> {
        let ui = ctx.ui;
        let wrong = self.tried && !self.faults.is_empty();
        let hint = wrong.then(|| {
            let words = tinted(ui, Type::Strong, Tone::Fault, ctx.text("form-has-faults"));
            row![icon(ui, Icon::Warning, Tone::Fault), words].spacing(ui.tokens.space.s).align_y(Center).into()
        });
        let last = self.section + 1 >= of;
        let label = ctx.text(if last { "form-finish" } else { "common-next" });
        let before = secondary(ui, ctx.id("form.previous"), ctx.text("form-previous"))
            .fill()
            .on_press_maybe(self.section.checked_sub(1).map(Message::Section));
        let next = primary(ui, ctx.id("form.next"), label).trailing(Icon::Forward).fill().on_press(Message::Next);
        Column::new().extend(hint).push(actions(ui, [before.into(), next.into()])).spacing(ui.tokens.space.s).into()
    }

    /// The field being typed, alone.
    fn typed<'a>(&'a self, ctx: &Context<'a>, section: &Section, cell: &Cell) -> Option<Element<'a, Message>> {
        let holder = cell.row.as_ref().map_or(&cell.field, |(list, _)| list);
        let field = section.fields.iter().find(|field| field.id == *holder)?;
        let field = match &field.kind {
            FieldKind::List { fields, .. } => fields.iter().find(|column| column.id == cell.field)?,
            _ => field,
        };
        Some(self.cell(ctx, field, cell.clone()))
    }

    /// A field as parts of a paging column: what may be torn is torn between options and rows.
    fn parts<'a>(&'a self, ctx: &Context<'a>, parts: Leaves<'a, Message>, field: &Field) -> Leaves<'a, Message> {
        let cell = Cell { row: None, field: field.id.clone() };
        match &field.kind {
            FieldKind::List { fields, max, row_name, .. } => self.list_parts(ctx, parts, field, fields, *max, row_name),
            FieldKind::Choice { options } => self.choice_parts(ctx, parts, field, &cell, options),
            _ => parts.push(self.cell(ctx, field, cell)),
        }
    }

    /// The part with the first fault of this section.
    fn first_fault(&self, ctx: &Context<'_>, section: &Section) -> Option<usize> {
        if !self.tried {
            return None;
        }
        let fields = self.fields(section, ctx);
        let stuck =
            |field: &&Field| self.faults.iter().any(|fault| *fault.list.as_ref().unwrap_or(&fault.field) == field.id);
        let at = fields.iter().position(stuck)?;
        let before = fields.into_iter().take(at);
        Some(before.fold(leaves(ctx.ui, ctx.id("form.before")), |parts, field| self.parts(ctx, parts, field)).len())
    }
}

/// Fits half a line of the officer's form.
fn is_short(kind: &FieldKind) -> bool {
    match kind {
        FieldKind::Text { max } => *max < 100,
        FieldKind::Choice { .. } | FieldKind::List { .. } => false,
        _ => true,
    }
}
