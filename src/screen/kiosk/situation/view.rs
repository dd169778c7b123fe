//! The list, a question, advice, or the item with its materials.

use super::{Message, Situation};
use crate::apply::ContextParts;
use crate::config::Face;
use crate::screen::kiosk::{icon as drawn, waits};
use iced::widget::{Column, center, column, row};
use iced::{Center, Length};
use std::collections::BTreeMap;
use tongban_domain::ids::FieldId;
use tongban_domain::item::{How, Requirement, ServiceItem};
use tongban_domain::situation::{Place, materials};
use tongban_ui::widget::text::Type;
use tongban_ui::widget::{
    heading, icon, leaves, list_row, pictogram, primary, secondary, strong, tinted, title, with_actions,
};
use tongban_ui::{Element, Icon, Id, Tone};

impl Situation {
    /// Draws the page.
    #[must_use]
    pub fn view<'a>(&'a self, parts: ContextParts<'a>) -> Element<'a, Message> {
        match self.place() {
            None => self.list(parts),
            Some(Place::Ask { question, answers }) => {
                let row = |(at, answer): (usize, &'a tongban_domain::situation::Answer)| {
                    let id = Id::from(format!("kiosk.situation.answer.{at}"));
                    list_row(parts.ui, id, answer.text.as_str()).on_press(Message::Answer(at)).into()
                };
                let key = format!("kiosk.situation.{}.{}", self.chosen.as_deref().unwrap_or_default(), self.way());
                let rows = leaves(parts.ui, Id::from(key)).extend(answers.iter().enumerate().map(row));
                self.page(parts, question, rows)
            }
            Some(Place::Advice(words)) => advice(parts, words),
            Some(Place::Item { item, values }) => match parts.services.catalogue.newest().get(item) {
                Some(item) => found(parts, item, values),
                None => advice(parts, ""),
            },
        }
    }

    fn way(&self) -> String {
        self.answers.iter().map(ToString::to_string).collect::<Vec<_>>().join(".")
    }

    fn list<'a>(&'a self, parts: ContextParts<'a>) -> Element<'a, Message> {
        let row = |tree: &'a tongban_domain::situation::Situation| {
            let id = Id::from(format!("kiosk.situation.{}", tree.key));
            list_row(parts.ui, id, tree.title.as_str())
                .icon(Icon::Question)
                .on_press(Message::Choose(tree.key.clone()))
                .into()
        };
        let rows = leaves(parts.ui, Id::from("kiosk.situations")).extend(self.trees.situations.iter().map(row));
        self.page(parts, &parts.ui.text("situation-title"), rows)
    }

    /// Where one stands, the question, and what can be chosen.
    fn page<'a>(
        &'a self,
        parts: ContextParts<'a>,
        question: &str,
        rows: impl Into<Element<'a, Message>>,
    ) -> Element<'a, Message> {
        let ui = parts.ui;
        let above = self.tree().map_or_else(|| ui.text("situation-hint"), |tree| tree.title.clone());
        column![
            tinted(ui, Type::Body, Tone::Soft, above),
            title(ui, question.to_owned()),
            iced::widget::container(rows).height(Length::Fill),
        ]
        .spacing(ui.tokens.space.m)
        .height(Length::Fill)
        .into()
    }
}

fn anew<'a>(parts: ContextParts<'a>) -> Element<'a, Message> {
    let words = parts.ui.text("situation-anew");
    secondary(parts.ui, Id::from("kiosk.situation.anew"), words).fill().on_press(Message::Anew).into()
}

/// Nothing of this centre's: what to do instead.
fn advice<'a>(parts: ContextParts<'a>, words: &str) -> Element<'a, Message> {
    let ui = parts.ui;
    let words = if words.is_empty() { ui.text("choose-nothing-hint") } else { words.to_owned() };
    let page = column![
        pictogram(ui, Icon::Info, Tone::Primary),
        title(ui, ui.text("situation-advice")),
        tongban_ui::widget::body(ui, words).align_x(Center),
    ]
    .align_x(Center)
    .spacing(ui.tokens.space.l);
    with_actions(ui, center(page), [anew(parts)])
}

/// The item, how long it takes, what has to be brought.
fn found<'a>(parts: ContextParts<'a>, item: &ServiceItem, values: &BTreeMap<FieldId, String>) -> Element<'a, Message> {
    let ui = parts.ui;
    let days = match item.promised_days {
        0 => ui.text("kiosk-items-instant"),
        days => ui.with("kiosk-items-promise", &[("n", &days)]),
    };
    let here = parts.services.catalogue.offered(Face::Kiosk, &parts.config.service.items);
    let begun = here.iter().any(|one| one.key == item.key);
    let (words, press) = if begun {
        let open = !waits(item, parts.live.online) && !parts.live.stopped;
        ("situation-begin", open.then_some(Message::Begin))
    } else {
        ("situation-queue", parts.live.online.then_some(Message::Queue))
    };
    let go = primary(ui, Id::from("kiosk.situation.begin"), ui.text(words)).fill().on_press_maybe(press.clone());
    let why = match (begun, press.is_some()) {
        (true, true) => None,
        (false, true) => Some("situation-window"),
        (_, false) => Some("item-waits"),
    };
    let rows = materials(item, values).into_iter().map(|(one, sure)| material(parts, one, sure));
    let list = leaves(ui, Id::from(format!("kiosk.situation.item.{}", item.key))).extend(rows);
    let head: Column<'a, Message> = column![
        row![icon(ui, drawn(&item.icon), Tone::Primary), title(ui, item.name.clone())]
            .spacing(ui.tokens.space.m)
            .align_y(Center),
        tinted(ui, Type::Body, Tone::Soft, format!("{} · {days}", item.org.name)),
    ];
    let head = head.extend(why.map(|key| tinted(ui, Type::Strong, Tone::Warn, ui.text(key)).into()));
    let page = column![
        head.spacing(ui.tokens.space.s),
        heading(ui, ui.text("kiosk-guide-materials")),
        iced::widget::container(list).height(Length::Fill),
    ]
    .spacing(ui.tokens.space.m);
    with_actions(ui, page, [anew(parts), go.into()])
}

fn material<'a>(parts: ContextParts<'a>, one: &Requirement, sure: bool) -> Element<'a, Message> {
    let ui = parts.ui;
    let (mark, tone, key) = match one.how {
        How::Share { .. } => (Icon::Data, Tone::Ok, "situation-how-share"),
        How::Card => (Icon::Card, Tone::Ok, "situation-how-card"),
        How::Form => (Icon::Form, Tone::Primary, "situation-how-form"),
        How::Capture => (Icon::Page, Tone::Warn, "situation-how-bring"),
    };
    let mut how = ui.text(key);
    if !sure {
        how = format!("{how} · {}", ui.text("situation-maybe"));
    }
    let words: Column<'a, Message> = column![strong(ui, one.name.clone()), tinted(ui, Type::Caption, Tone::Soft, how)];
    row![icon(ui, mark, tone), words.width(Length::Fill)].spacing(ui.tokens.space.m).align_y(Center).into()
}
