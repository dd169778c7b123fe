//! A section a page; a field with its source and, after a try, what is wrong with it.

use super::cells::{read, value};
use super::{Cell, FormScreen, Message};
use crate::apply::context::Context;
use crate::config::Face;
use iced::Length;
use iced::widget::{column, row, scrollable};
use tongban_domain::event::Value;
use tongban_domain::form::Source;
use tongban_domain::item::{Field, FieldKind};
use tongban_ui::widget::{
    actions, body, caption, card, check, choice, field_row, heading, input_box, panel, primary, quiet, secondary, text_field, title,
};
use tongban_ui::{Element, Icon, Tone};

impl FormScreen {
    /// The kiosk's form.
    #[must_use]
    pub fn view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let sections = self.sections(ctx);
        let Some(section) = sections.get(self.section).or_else(|| sections.last()) else { return iced::widget::space().into() };
        let count = ui.with("form-page", &[("n", &(self.section + 1)), ("of", &sections.len())]);
        let fields = self.fields(section, ctx).into_iter().map(|field| self.field(ctx, field));
        let list = scrollable(column(fields).spacing(ui.tokens.space.m)).height(Length::Fill);
        let keyboard = self.keyboard.as_ref().filter(|_| self.editing.is_some()).map(|keyboard| keyboard.view(ui).map(Message::Key));
        let wrong = self.tried && !self.faults.is_empty();
        let hint = wrong.then(|| {
            tongban_ui::widget::tinted(ui, tongban_ui::widget::text::Type::Body, Tone::Fault, ctx.text("form-has-faults")).into()
        });
        let last = self.section + 1 >= sections.len();
        let label = ctx.text(if last { "form-finish" } else { "common-next" });
        let next = primary(ui, ctx.id("form.next"), label).trailing(Icon::Forward).on_press(Message::Next);
        let before = secondary(ui, ctx.id("form.previous"), ctx.text("form-previous"))
            .on_press_maybe(self.section.checked_sub(1).map(Message::Section));
        column![
            row![title(ui, section.title.clone()), iced::widget::space::horizontal(), caption(ui, count)],
            list,
        ]
        .extend(hint)
        .extend(keyboard)
        .push(actions(ui, [before.into(), next.into()]))
        .spacing(ui.tokens.space.m)
        .into()
    }

    /// At a window the officer types; the applicant confirms on the own screen before signing.
    #[must_use]
    pub fn officer_view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        self.view(ctx)
    }

    fn field<'a>(&'a self, ctx: &Context<'a>, field: &Field) -> Element<'a, Message> {
        let cell = Cell { row: None, field: field.id.clone() };
        match &field.kind {
            FieldKind::List { fields, max, row_name, .. } => self.list(ctx, field, fields, *max, row_name),
            _ => self.cell(ctx, field, cell),
        }
    }

    fn cell<'a>(&'a self, ctx: &Context<'a>, field: &Field, cell: Cell) -> Element<'a, Message> {
        let ui = ctx.ui;
        let name = match &cell.row {
            None => format!("form.{}", field.id),
            Some((list, row)) => format!("form.{list}.{row}.{}", field.id),
        };
        let id = ctx.id(&name);
        let label = self.label(ctx, field);
        let fault = self.fault(&cell).map(|fault| {
            let args = fault.reason.args();
            let args: Vec<(&str, &dyn tongban_ui::ToArg)> = args.iter().map(|(key, text)| (*key, text as &dyn tongban_ui::ToArg)).collect();
            ui.with(fault.reason.key(), &args)
        });
        match &field.kind {
            FieldKind::Bool => {
                let on = matches!(value(&self.values, &cell), Some(Value::Bool(true)));
                check(ui, id, label, on, Some(Message::Switched(cell, !on)))
            }
            FieldKind::Choice { options } => {
                let chosen = read(&self.values, &cell);
                let open = self.open_options(options, ctx);
                let per_row = if open.len() > 4 { 3 } else { 2 };
                let buttons = open.into_iter().map(|option| {
                    let press = Message::Typed(cell.clone(), option.key.clone());
                    choice(ui, ctx.id(&format!("{name}.{}", option.key)), option.label.clone(), chosen == option.key, Some(press))
                });
                let fault = fault.map(|words| tinted_fault(ctx, words));
                column![body(ui, label), tongban_ui::widget::tiles(ui, per_row, buttons)].extend(fault).spacing(ui.tokens.space.s).into()
            }
            _ => self.text_cell(ctx, id, label, cell, field, fault),
        }
    }

    fn text_cell<'a>(&'a self, ctx: &Context<'a>, id: tongban_ui::Id, label: String, cell: Cell, field: &Field, fault: Option<String>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let text = read(&self.values, &cell);
        let source = self.source(ctx, &cell);
        if ctx.config.identity.face == Face::Kiosk {
            let active = self.editing.as_ref() == Some(&cell);
            let composing = self.keyboard.as_ref().filter(|_| active).map(tongban_ui::keyboard::Keyboard::composing).unwrap_or_default();
            if let (Some(source), false, None) = (&source, active, &fault) {
                let edit = quiet(ui, ctx.id(&format!("form.edit.{}", field.id)), ctx.text("common-edit")).small().on_press(Message::Edit(cell));
                return field_row(ui, id, label, text).source(source.clone()).action(edit).into();
            }
            return input_box(ui, id, label, text)
                .hint(field.hint.clone())
                .active(active, composing)
                .fault(fault)
                .on_press(Message::Edit(cell))
                .into();
        }
        let typed_cell = cell.clone();
        let input = text_field(ui, id, label, &text, false, move |text| Message::Typed(typed_cell.clone(), text), Some(Message::Next));
        let notes = source.map(|words| caption(ui, words).into());
        column![input].extend(notes).extend(fault.map(|words| tinted_fault(ctx, words))).spacing(ui.tokens.space.xs).into()
    }

    fn list<'a>(&'a self, ctx: &Context<'a>, field: &Field, columns: &[Field], max: u16, row_name: &str) -> Element<'a, Message> {
        let ui = ctx.ui;
        let count = match self.values.get(&field.id) {
            Some(Value::Rows(rows)) => rows.len(),
            _ => 0,
        };
        let rows = (0..count).map(|n| {
            let remove = quiet(ui, ctx.id(&format!("form.{}.{n}.remove", field.id)), ctx.text("common-remove"))
                .icon(Icon::Trash)
                .small()
                .on_press(Message::RemoveRow(field.id.clone(), n));
            let head = row![heading(ui, format!("{row_name} {}", n + 1)), iced::widget::space::horizontal(), remove];
            let cells = columns.iter().map(|column| {
                self.cell(ctx, column, Cell { row: Some((field.id.clone(), n)), field: column.id.clone() })
            });
            let wide = if ctx.config.identity.face == Face::Kiosk { 1 } else { 3 };
            card(ui, column![head, tongban_ui::widget::tiles(ui, wide, cells)].spacing(ui.tokens.space.s)).into()
        });
        let add = secondary(ui, ctx.id(&format!("form.{}.add", field.id)), ui.with("form-add-row", &[("what", &row_name.to_owned())]))
            .icon(Icon::Plus)
            .small()
            .on_press_maybe((count < usize::from(max)).then(|| Message::AddRow(field.id.clone())));
        let cell = Cell { row: None, field: field.id.clone() };
        let fault = self.fault(&cell).map(|fault| tinted_fault(ctx, ui.with(fault.reason.key(), &[("min", &1), ("max", &max)])));
        let source = self.sources.get(&field.id).map(|source| caption(ui, source_words(ctx, source)).into());
        let content = column(source).extend(fault).extend(rows).push(add).spacing(ui.tokens.space.m);
        panel(ui, self.label(ctx, field), content).into()
    }

    fn label(&self, ctx: &Context<'_>, field: &Field) -> String {
        let unit = match &field.kind {
            FieldKind::Number { unit, .. } if !unit.is_empty() => format!("（{unit}）"),
            _ => String::new(),
        };
        let star = if field.required { ctx.text("form-required") } else { String::new() };
        format!("{}{unit}{star}", field.label)
    }

    fn source(&self, ctx: &Context<'_>, cell: &Cell) -> Option<String> {
        if cell.row.is_some() {
            return None;
        }
        self.sources.get(&cell.field).map(|source| source_words(ctx, source))
    }
}

fn source_words(ctx: &Context<'_>, source: &Source) -> String {
    match source {
        Source::Card => ctx.text("source-card"),
        Source::Default => ctx.text("source-default"),
        Source::Share(resource) => {
            let call = ctx.draft.item.as_deref().and_then(|item| item.share(resource));
            let (org, title) = call.map(|call| (call.source_org.clone(), call.title.clone())).unwrap_or_default();
            ctx.ui.with("source-share", &[("org", &org), ("title", &title)])
        }
    }
}

fn tinted_fault<'a>(ctx: &Context<'a>, words: String) -> Element<'a, Message> {
    tongban_ui::widget::tinted(ctx.ui, tongban_ui::widget::text::Type::Caption, Tone::Fault, words).into()
}
