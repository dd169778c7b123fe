//! 上报队列: what has not been signed for, item by item: how it stands, why, when next, and what to do.

use super::{Act, Message, Technician};
use crate::apply::ContextParts;
use crate::service::upkeep::Waiting;
use iced::Center;
use iced::Length;
use iced::widget::{column, row};
use tongban_ui::widget::{
    Audience, Level, Paging, banner, body, busy, caption, chip_with, empty, fault_banner, labelled, list_row, paged,
    panel, primary, secondary, strong, title,
};
use tongban_ui::{Element, Icon, Id, Tone, Ui, id};

/// Items on a page.
const ITEMS: usize = 5;
/// The same in big letters.
const ITEMS_BIG: usize = 2;

/// How an item stands, in one look.
fn standing(ui: &Ui, item: &Waiting) -> (Tone, Icon, String) {
    if item.refused {
        (Tone::Fault, Icon::CrossCircle, ui.text("outbox-refused"))
    } else if item.code.is_some() {
        (Tone::Warn, Icon::Hourglass, ui.text("outbox-again"))
    } else {
        (Tone::Primary, Icon::Clock, ui.text("outbox-waiting"))
    }
}

fn name(ui: &Ui, item: &Waiting) -> String {
    item.receipt.clone().unwrap_or_else(|| ui.text("outbox-no-receipt"))
}

/// The items, and the cure of the chosen one or of the first that has a cause.
pub fn list<'a>(state: &'a Technician, parts: &ContextParts<'a>) -> Element<'a, Message> {
    let ui = parts.ui;
    let items = &state.machine.waiting;
    let count = if items.is_empty() {
        chip_with(ui, Tone::Ok, Icon::CheckCircle, ui.text("outbox-none"))
    } else {
        chip_with(ui, Tone::Primary, Icon::Clock, ui.with("outbox-count", &[("n", &items.len())]))
    };
    let devices = secondary(ui, id!("technician.devices"), ui.text("outbox-to-devices"))
        .icon(Icon::Back)
        .on_press(Message::Outbox(false));
    let head =
        row![title(ui, ui.text("outbox-title")).width(Length::Fill), labelled(id!("outbox.count"), count), devices]
            .spacing(ui.tokens.space.m)
            .align_y(Center);
    if items.is_empty() {
        let nothing = empty(ui, Icon::CheckCircle, ui.text("outbox-none"), ui.text("outbox-none-hint"));
        return column![head, nothing].spacing(ui.tokens.space.m).into();
    }
    let size = if ui.tokens.is_big() { ITEMS_BIG } else { ITEMS };
    let paging = Paging::new(state.page, size, items.len());
    let first = paging.range().start;
    let rows = paging.slice(items).iter().enumerate().map(|(at, item)| {
        let at = first + at;
        let (tone, icon, words) = standing(ui, item);
        let next = item.next_try.as_ref().map(|time| ui.with("outbox-next", &[("time", time)]));
        let tries = (item.tries > 0).then(|| ui.with("outbox-tries", &[("n", &item.tries)]));
        let about: Vec<String> =
            [Some(ui.with("outbox-kib", &[("n", &item.kib)])), tries, next].into_iter().flatten().collect();
        list_row(ui, Id::from(format!("outbox.{at}")), name(ui, item))
            .subtitle(about.join(" · "))
            .state(tone, icon, words)
            .selected(state.item == Some(at))
            .on_press(Message::Item(at))
            .into()
    });
    let cause = items.get(state.item.unwrap_or(usize::MAX)).or_else(|| items.iter().find(|item| item.code.is_some()));
    let cure = cause.and_then(|item| {
        let level = if item.refused { Level::Fault } else { Level::Warn };
        Some(Element::from(fault_banner(ui, id!("outbox.why"), level, item.code?.as_str(), Audience::Technician)))
    });
    column![head, paged(ui, rows, paging, Message::Page)].extend(cure).spacing(ui.tokens.space.m).into()
}

/// Everything about the chosen item, and what a person may do with it.
pub fn detail<'a>(state: &'a Technician, parts: &ContextParts<'a>) -> Element<'a, Message> {
    let ui = parts.ui;
    let Some(item) = state.item.and_then(|at| state.machine.waiting.get(at)) else {
        return panel(ui, ui.text("outbox-title"), body(ui, ui.text("outbox-choose"))).into();
    };
    let fact = |label: &str, value: String| {
        row![caption(ui, ui.text(label)).width(Length::FillPortion(2)), strong(ui, value).width(Length::FillPortion(3))]
            .spacing(ui.tokens.space.s)
            .into()
    };
    let last = item.code.map_or_else(|| ui.text("outbox-no-error"), |code| cause(ui, code.as_str()));
    let next =
        item.next_try.clone().unwrap_or_else(|| ui.text(if item.refused { "outbox-by-hand" } else { "outbox-soon" }));
    let facts = [
        fact("outbox-label-state", standing(ui, item).2),
        fact("outbox-label-last", last),
        fact("outbox-label-tries", item.tries.to_string()),
        fact("outbox-label-next", next),
        fact("outbox-label-steps", item.actions.to_string()),
    ];
    let todo = body(ui, ui.text(if item.refused { "outbox-do-refused" } else { "outbox-do-waiting" }));
    let about = panel(ui, name(ui, item), column(facts).push(todo).spacing(ui.tokens.space.m));
    let retry = item.refused.then(|| {
        primary(ui, id!("outbox.retry"), ui.text("outbox-retry"))
            .icon(Icon::Refresh)
            .fill()
            .on_press_maybe((!state.busy()).then_some(Message::Retry))
            .into()
    });
    column![labelled(id!("outbox.detail"), about)]
        .extend(retry)
        .extend(done(state, parts))
        .spacing(ui.tokens.space.m)
        .into()
}

/// How the last press ended.
fn done<'a>(state: &'a Technician, parts: &ContextParts<'a>) -> Option<Element<'a, Message>> {
    let ui = parts.ui;
    match &state.act {
        Act::Busy(key) => Some(busy(ui, ui.text(key), parts.live.tick)),
        Act::Fine(key) => Some(Element::from(banner(ui, id!("outbox.result"), Level::Ok, ui.text(key)))),
        Act::Failed(failure) => Some(
            fault_banner(ui, id!("outbox.result"), Level::Fault, failure.code.as_str(), Audience::Technician).into(),
        ),
        Act::None | Act::Tested(_) => None,
    }
}

/// The first line of an error's text: its cause.
fn cause(ui: &Ui, code: &str) -> String {
    let text = ui.text(&format!("error-{code}-technician"));
    text.lines().next().unwrap_or_default().trim().to_owned()
}
