//! 填写表单: as the item's data defines it, a section a page, with the source beside each field.

mod cells;
mod scan;
mod view;

use crate::apply::Action;
use crate::apply::context::Context;
use crate::apply::draft::Draft;
use crate::config::Face;
use crate::failure::Failure;
use cells::{read, write};
use iced::Task;
use std::collections::BTreeMap;
use tongban_domain::event::{Event, FormValues, Value};
use tongban_domain::form::{self, FieldFault, Source};
use tongban_domain::ids::FieldId;
use tongban_domain::item::{ChoiceOption, Field, FieldKind, Section, ServiceItem, View};
use tongban_protocol::action::Actor;
use tongban_ui::keyboard::pinyin::Purpose;
use tongban_ui::keyboard::{KeyMessage, KeyOutcome, Keyboard, Layout};

/// Longest text typed into one field; the field's own limit is checked when going on.
const FIELD_CHARS_MAX: usize = 200;

/// Where a value stands: a field of the form, or a column in a row of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The list and row, when the field is a column.
    pub row: Option<(FieldId, usize)>,
    /// The field.
    pub field: FieldId,
}

/// State of the page.
#[derive(Debug, Default)]
pub struct FormScreen {
    values: FormValues,
    sources: BTreeMap<FieldId, Source>,
    section: usize,
    faults: Vec<FieldFault>,
    /// Faults are shown once the applicant tried to go on.
    tried: bool,
    editing: Option<Cell>,
    keyboard: Option<Keyboard>,
    leaving: bool,
    going_on: bool,
}

/// What happens on the page.
#[derive(Debug, Clone)]
pub enum Message {
    /// A value was typed.
    Typed(Cell, String),
    /// 是 / 否.
    Switched(Cell, bool),
    /// A field was touched: the keyboard opens (kiosk).
    Edit(Cell),
    /// A key of the on-screen keyboard.
    Key(KeyMessage),
    /// A row is added to a list.
    AddRow(FieldId),
    /// A row is removed from a list.
    RemoveRow(FieldId, usize),
    /// Another section.
    Section(usize),
    /// 下一步: the section is made durable.
    Next,
}

impl FormScreen {
    /// Fills in what is known, with its source.
    pub fn start(&mut self, ctx: &Context<'_>) -> Task<Message> {
        let Some((item, case)) = ctx.draft.item.as_deref().zip(ctx.case()) else { return Task::none() };
        let filled = form::prefill(item, case.card(), case.standing_records());
        for (field, value, source) in filled {
            if !case.form_filled() {
                self.values.insert(field.clone(), value.clone());
            }
            if case.form_filled() && case.form().get(&field) != Some(&value) {
                continue;
            }
            self.sources.insert(field, source);
        }
        if case.form_filled() {
            self.values.clone_from(case.form());
        } else if ctx.draft.wanted.as_ref() == Some(&item.key) {
            // What was said on the way to the item goes before its defaults; what card and departments say stands.
            for (field, value) in &ctx.draft.answers {
                if self.sources.get(field).is_none_or(|source| *source == Source::Default) {
                    self.sources.remove(field);
                    self.values.insert(field.clone(), value.clone());
                }
            }
        }
        self.check(ctx);
        // After a restart: the first section that still misses something.
        let wanted = self
            .faults
            .first()
            .filter(|_| case.form_filled())
            .map(|fault| fault.list.as_ref().unwrap_or(&fault.field).clone());
        if let Some(field) = wanted {
            let there =
                self.sections(ctx).iter().position(|section| section.fields.iter().any(|known| known.id == field));
            self.section = there.unwrap_or(0);
        }
        Task::none()
    }

    /// The section is durable.
    pub fn recorded(&mut self, ctx: &Context<'_>) -> Task<Message> {
        if std::mem::take(&mut self.going_on) {
            self.tried = false;
            self.section = (self.section + 1).min(self.sections(ctx).len().saturating_sub(1));
        }
        self.check(ctx);
        Task::none()
    }

    /// Stays until the last section was left.
    #[must_use]
    pub fn stays(&self, _draft: &Draft) -> bool {
        !self.leaving
    }

    /// Sections that ask for anything now.
    #[must_use]
    pub fn sections<'a>(&self, ctx: &Context<'a>) -> Vec<&'a Section> {
        let Some((item, case)) = ctx.draft.item.as_deref().zip(ctx.case()) else { return Vec::new() };
        let records = case.standing_records();
        let view = View { values: &self.values, card: case.card(), records: &records };
        let context = form::Context::of(&view);
        let asks =
            |section: &&Section| section.fields.iter().any(|field| form::is_asked(field, &self.values, &context));
        item.form.sections.iter().filter(asks).collect()
    }

    /// Fields of a section that are asked now.
    #[must_use]
    pub fn fields<'a>(&self, section: &'a Section, ctx: &Context<'_>) -> Vec<&'a Field> {
        let Some(case) = ctx.case() else { return Vec::new() };
        let records = case.standing_records();
        let view = View { values: &self.values, card: case.card(), records: &records };
        let context = form::Context::of(&view);
        section.fields.iter().filter(|field| form::is_asked(field, &self.values, &context)).collect()
    }

    /// Options that may be chosen, given the other answers.
    #[must_use]
    pub fn open_options<'a>(&self, options: &'a [ChoiceOption], ctx: &Context<'_>) -> Vec<&'a ChoiceOption> {
        let Some(case) = ctx.case() else { return Vec::new() };
        let records = case.standing_records();
        let view = View { values: &self.values, card: case.card(), records: &records };
        options.iter().filter(|option| option.when.as_ref().is_none_or(|condition| condition.holds(&view))).collect()
    }

    /// Handles a message.
    pub fn update(&mut self, message: Message, ctx: &Context<'_>, _failure: &mut Option<Failure>) -> Action<Message> {
        match message {
            Message::Typed(cell, text) => self.set(&cell, Value::Text(text), ctx),
            Message::Switched(cell, on) => self.set(&cell, Value::Bool(on), ctx),
            Message::Edit(cell) => self.edit(cell, ctx),
            Message::Key(key) => self.key(key, ctx),
            Message::AddRow(list) => {
                self.rows(&list).push(BTreeMap::new());
                self.check(ctx);
            }
            Message::RemoveRow(list, row) => {
                let rows = self.rows(&list);
                if row < rows.len() {
                    drop(rows.remove(row));
                }
                self.editing = None;
                self.check(ctx);
            }
            Message::Section(section) => {
                self.section = section;
                self.editing = None;
            }
            Message::Next => return self.next(ctx),
        }
        Action::None
    }

    fn set(&mut self, cell: &Cell, value: Value, ctx: &Context<'_>) {
        if cell.row.is_none() {
            self.sources.remove(&cell.field);
        }
        write(&mut self.values, cell, value);
        self.check(ctx);
    }

    fn rows(&mut self, list: &FieldId) -> &mut Vec<BTreeMap<FieldId, Value>> {
        let entry = self.values.entry(list.clone()).or_insert_with(|| Value::Rows(Vec::new()));
        if !matches!(entry, Value::Rows(_)) {
            *entry = Value::Rows(Vec::new());
        }
        let Value::Rows(rows) = entry else { unreachable!("set to rows above") };
        rows
    }

    /// Opens the keyboard that fits the field; at a window the officer has a real one.
    fn edit(&mut self, cell: Cell, ctx: &Context<'_>) {
        if ctx.config.identity.face == Face::Kiosk {
            let kind = ctx.draft.item.as_deref().and_then(|item| kind_of(item, &cell));
            let (layout, purpose) = match kind {
                Some(FieldKind::Number { .. } | FieldKind::Date) => (Layout::Number, Purpose::Text),
                Some(FieldKind::Phone) => (Layout::Phone, Purpose::Text),
                Some(FieldKind::IdNumber) => (Layout::IdNumber, Purpose::Text),
                Some(FieldKind::CreditCode) => (Layout::Code, Purpose::Text),
                _ => (Layout::Pinyin, Purpose::Text),
            };
            let mut keyboard = Keyboard::new(ctx.services.pinyin.clone());
            keyboard.open(layout, purpose);
            self.keyboard = Some(keyboard);
        }
        self.editing = Some(cell);
    }

    fn key(&mut self, key: KeyMessage, ctx: &Context<'_>) {
        let (Some(cell), Some(keyboard)) = (self.editing.clone(), &mut self.keyboard) else { return };
        let mut text = read(&self.values, &cell);
        match keyboard.update(key) {
            KeyOutcome::Done => {
                self.editing = None;
                self.keyboard = None;
                return;
            }
            outcome => {
                if !outcome.apply(&mut text, FIELD_CHARS_MAX) {
                    return;
                }
            }
        }
        self.set(&cell, Value::Text(text), ctx);
    }

    fn check(&mut self, ctx: &Context<'_>) {
        let Some((item, case)) = ctx.draft.item.as_deref().zip(ctx.case()) else { return };
        let records = case.standing_records();
        let view = View { values: &self.values, card: case.card(), records: &records };
        self.faults = form::validate(item, &self.values, &form::Context::of(&view));
    }

    fn next(&mut self, ctx: &Context<'_>) -> Action<Message> {
        let sections = self.sections(ctx);
        let Some((item, case)) = ctx.draft.item.as_deref().zip(ctx.case()) else { return Action::None };
        let here: Vec<&FieldId> = sections
            .get(self.section)
            .map(|section| section.fields.iter().map(|field| &field.id).collect())
            .unwrap_or_default();
        self.tried = true;
        self.editing = None;
        let stuck = |fault: &FieldFault| here.contains(&fault.list.as_ref().unwrap_or(&fault.field));
        if self.faults.iter().any(stuck) {
            return Action::None;
        }
        let last = self.section + 1 >= sections.len();
        if last && let Some(fault) = self.faults.first() {
            // Something in an earlier section: go there and show it.
            let wanted = fault.list.as_ref().unwrap_or(&fault.field);
            let there = sections.iter().position(|section| section.fields.iter().any(|field| field.id == *wanted));
            self.section = there.unwrap_or(0);
            return Action::None;
        }
        self.leaving = last;
        self.going_on = !last;
        let records = case.standing_records();
        let view = View { values: &self.values, card: case.card(), records: &records };
        let values = form::prune(item, &self.values, &form::Context::of(&view));
        let actor =
            if ctx.config.identity.face == Face::Kiosk { Actor::Applicant } else { Actor::Staff(ctx.officer()) };
        Action::Record(vec![Event::FormFilled { values }], actor)
    }

    /// What to say at a cell, once the applicant tried to go on.
    #[must_use]
    pub fn fault(&self, cell: &Cell) -> Option<&FieldFault> {
        self.faults.iter().filter(|_| self.tried).find(|fault| {
            fault.field == cell.field
                && match &cell.row {
                    None => fault.list.is_none(),
                    Some((list, row)) => fault.list.as_ref() == Some(list) && fault.row == Some(*row),
                }
        })
    }
}

fn kind_of<'a>(item: &'a ServiceItem, cell: &Cell) -> Option<&'a FieldKind> {
    match &cell.row {
        None => item.form.field(&cell.field).map(|field| &field.kind),
        Some((list, _)) => match &item.form.field(list)?.kind {
            FieldKind::List { fields, .. } => {
                fields.iter().find(|field| field.id == cell.field).map(|field| &field.kind)
            }
            _ => None,
        },
    }
}
