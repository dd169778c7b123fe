//! One field: an input, a choice, yes or no.

use super::{Cell, FormScreen, Message, read, value};
use crate::apply::context::Context;
use crate::config::Face;
use iced::widget::{column, row};
use iced::{Center, Length};
use tongban_domain::event::Value;
use tongban_domain::form::Source;
use tongban_domain::id_number::IdNumber;
use tongban_domain::item::{ChoiceOption, Field, FieldKind};
use tongban_ui::keyboard::Keyboard;
use tongban_ui::widget::text::Type;
use tongban_ui::widget::{
    Button, Leaves, caption, check, choice, field_row, input_box, labelled, quiet, strong, text_field, tiles, tinted,
};
use tongban_ui::{Element, Id, Tone};

impl FormScreen {
    /// A field as one element.
    pub(super) fn cell<'a>(&'a self, ctx: &Context<'a>, field: &Field, cell: Cell) -> Element<'a, Message> {
        let ui = ctx.ui;
        match &field.kind {
            FieldKind::Bool => {
                let on = matches!(value(&self.values, &cell), Some(Value::Bool(true)));
                check(ui, ctx.id(&name(field, &cell)), label(ctx, field), on, Some(Message::Switched(cell, !on)))
            }
            FieldKind::Choice { options } => {
                let buttons = self.options(ctx, field, &cell, options);
                let columns = if cell.row.is_none() && buttons.len() > 4 { 3 } else { 2 };
                let fault = self.words(ctx, &cell).map(|words| fault_line(ctx, words));
                column![head(ctx, field), tiles(ui, columns, buttons)].extend(fault).spacing(ui.tokens.space.s).into()
            }
            _ if ctx.config.identity.face == Face::Kiosk => self.touched(ctx, field, cell),
            _ => self.written(ctx, field, cell),
        }
    }

    /// A choice as parts of a paging column, two options beside each other.
    pub(super) fn choice_parts<'a>(
        &'a self,
        ctx: &Context<'a>,
        parts: Leaves<'a, Message>,
        field: &Field,
        cell: &Cell,
        options: &[ChoiceOption],
    ) -> Leaves<'a, Message> {
        let ui = ctx.ui;
        let columns = ui.tokens.columns(2);
        let mut buttons = self.options(ctx, field, cell, options).into_iter().peekable();
        // A short choice is not torn.
        let whole = buttons.len() <= 3 * columns;
        let mut parts = parts.heading(head(ctx, field));
        while buttons.peek().is_some() {
            let line = tiles(ui, columns, buttons.by_ref().take(columns));
            parts = if whole && buttons.peek().is_some() { parts.heading(line) } else { parts.push(line) };
        }
        parts.extend(self.words(ctx, cell).map(|words| fault_line(ctx, words)))
    }

    fn options<'a>(
        &'a self,
        ctx: &Context<'a>,
        field: &Field,
        cell: &Cell,
        options: &[ChoiceOption],
    ) -> Vec<Element<'a, Message>> {
        let (name, chosen) = (name(field, cell), read(&self.values, cell));
        let button = |option: &ChoiceOption| {
            let press = Message::Typed(cell.clone(), option.key.clone());
            choice(
                ctx.ui,
                ctx.id(&format!("{name}.{}", option.key)),
                option.label.clone(),
                chosen == option.key,
                Some(press),
            )
        };
        self.open_options(options, ctx).into_iter().map(button).collect()
    }

    /// An input of the kiosk: what came from a department stands as text until 修改.
    fn touched<'a>(&'a self, ctx: &Context<'a>, field: &Field, cell: Cell) -> Element<'a, Message> {
        let ui = ctx.ui;
        let (id, text) = (ctx.id(&name(field, &cell)), read(&self.values, &cell));
        let active = self.editing.as_ref() == Some(&cell);
        let fault = self.words(ctx, &cell);
        let shown = if active { text } else { discreet(&field.kind, text) };
        if let (Some(source), false, None) = (self.source(ctx, &cell), active, &fault) {
            let edit = quiet(ui, ctx.id(&format!("form.edit.{}", field.id)), ctx.text("common-edit"))
                .small()
                .on_press(Message::Edit(cell));
            if ui.tokens.is_big() {
                return known(ctx, id, label(ctx, field), shown, &source, edit);
            }
            return field_row(ui, id, label(ctx, field), shown).source(source).action(edit).into();
        }
        let composing = self.keyboard.as_ref().filter(|_| active).map(Keyboard::composing).unwrap_or_default();
        let input =
            input_box(ui, id, label(ctx, field), shown).hint(field.hint.clone()).active(active, composing).fault(fault);
        let input = if field.required { input.required() } else { input };
        input.on_press(Message::Edit(cell)).into()
    }

    /// An input of the window, typed with a real keyboard.
    fn written<'a>(&'a self, ctx: &Context<'a>, field: &Field, cell: Cell) -> Element<'a, Message> {
        let ui = ctx.ui;
        let (id, text) = (ctx.id(&name(field, &cell)), read(&self.values, &cell));
        let star = if field.required { ctx.text("form-required") } else { String::new() };
        let source =
            self.source(ctx, &cell).map(|words| caption(ui, ui.with("common-source", &[("name", &words)])).into());
        let fault = self.words(ctx, &cell).map(|words| fault_line(ctx, words));
        let title = format!("{}{star}", label(ctx, field));
        // Who stands behind the officer sees the ends of a known number, until it is to be changed.
        let shown = discreet(&field.kind, text.clone());
        if shown != text && self.editing.as_ref() != Some(&cell) {
            let edit = quiet(ui, ctx.id(&format!("edit.{}", name(field, &cell))), ctx.text("common-edit"))
                .small()
                .on_press(Message::Edit(cell));
            let value = row![strong(ui, shown).width(Length::Fill), edit].align_y(Center);
            let known = column![tinted(ui, Type::Body, Tone::Soft, title), value].extend(source);
            return labelled(id, known.spacing(ui.tokens.space.xs)).into();
        }
        let input = text_field(
            ui,
            id,
            title,
            &text,
            false,
            move |text| Message::Typed(cell.clone(), text),
            Some(Message::Next),
        );
        column![input].extend(source).extend(fault).spacing(ui.tokens.space.xs).into()
    }

    /// What is wrong with a cell, in words.
    pub(super) fn words(&self, ctx: &Context<'_>, cell: &Cell) -> Option<String> {
        let fault = self.fault(cell)?;
        let args = fault.reason.args();
        let args: Vec<(&str, &dyn tongban_ui::ToArg)> =
            args.iter().map(|(key, text)| (*key, text as &dyn tongban_ui::ToArg)).collect();
        Some(ctx.ui.with(fault.reason.key(), &args))
    }

    pub(super) fn source(&self, ctx: &Context<'_>, cell: &Cell) -> Option<String> {
        if cell.row.is_some() {
            return None;
        }
        self.sources.get(&cell.field).map(|source| source_words(ctx, source))
    }
}

/// What is known already, in big type: name, value and source below each other.
fn known<'a>(
    ctx: &Context<'a>,
    id: Id,
    label: String,
    value: String,
    source: &str,
    edit: Button<'a, Message>,
) -> Element<'a, Message> {
    let ui = ctx.ui;
    let words = column![
        tinted(ui, Type::Body, Tone::Soft, label),
        strong(ui, value),
        caption(ui, ui.with("common-source", &[("name", &source.to_owned())])),
    ];
    labelled(id, row![words.width(Length::Fill), edit].spacing(ui.tokens.space.m).align_y(Center)).into()
}

/// Numbers of persons are masked until they are typed; a wrong one must be seen to be put right.
fn discreet(kind: &FieldKind, text: String) -> String {
    let person = matches!(kind, FieldKind::IdNumber) && IdNumber::parse(&text).is_ok();
    if person { tongban_domain::mask::number(&text) } else { text }
}

pub fn name(field: &Field, cell: &Cell) -> String {
    match &cell.row {
        None => format!("form.{}", field.id),
        Some((list, row)) => format!("form.{list}.{row}.{}", field.id),
    }
}

/// Name of a field with its unit.
pub(super) fn label(ctx: &Context<'_>, field: &Field) -> String {
    match &field.kind {
        FieldKind::Number { unit, .. } if !unit.is_empty() && !field.label.contains(unit.as_str()) => {
            ctx.ui.with("form-label-unit", &[("label", &field.label), ("unit", unit)])
        }
        _ => field.label.clone(),
    }
}

/// Name of a field above its options or rows, with the star of what must be answered.
pub(super) fn head<'a>(ctx: &Context<'a>, field: &Field) -> Element<'a, Message> {
    let ui = ctx.ui;
    let star = field.required.then(|| tinted(ui, Type::Body, Tone::Fault, ctx.text("common-required")).into());
    row![tinted(ui, Type::Body, Tone::Soft, label(ctx, field))].extend(star).spacing(ui.tokens.space.xs).into()
}

pub(super) fn source_words(ctx: &Context<'_>, source: &Source) -> String {
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

pub(super) fn fault_line<'a>(ctx: &Context<'a>, words: String) -> Element<'a, Message> {
    tinted(ctx.ui, Type::Caption, Tone::Fault, words).into()
}
