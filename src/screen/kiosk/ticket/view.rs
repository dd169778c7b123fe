//! The card, the items, the number.

use super::{Message, Phase, Slip, Ticket};
use crate::apply::ContextParts;
use crate::config::Face;
use crate::failure::Failure;
use iced::widget::{center, column, container};
use iced::{Center, Length};
use tongban_domain::ids::ItemKey;
use tongban_protocol::queue::QueuePlace;
use tongban_ui::widget::text::Type;
use tongban_ui::widget::{
    Audience, Level, busy, display, fault_banner, headline, leaves, list_row, pictogram, primary, secondary, tinted,
    title, with_actions,
};
use tongban_ui::{Element, Icon, Id, Tone};

/// Name of an item, as the hall calls it now.
pub(super) fn item_name(parts: &ContextParts<'_>, key: &ItemKey) -> String {
    parts.services.catalogue.newest().get(key).map_or_else(|| key.0.clone(), |item| item.name.clone())
}

impl Ticket {
    /// Draws the page.
    #[must_use]
    pub fn view<'a>(&'a self, parts: ContextParts<'a>) -> Element<'a, Message> {
        match &self.phase {
            Phase::Card => card(parts),
            Phase::Asking => center(busy(parts.ui, parts.ui.text("ticket-asking"), parts.live.tick)).into(),
            Phase::Choose => choose(parts),
            Phase::Failed(failure) => failed(parts, failure),
            Phase::Taken(place, slip) => taken(parts, place, *slip),
        }
    }
}

fn card<'a>(parts: ContextParts<'a>) -> Element<'a, Message> {
    let ui = parts.ui;
    let soft = |key| tinted(ui, Type::Body, Tone::Soft, ui.text(key)).align_x(Center).width(Length::Shrink);
    let where_ = if parts.live.ready("reader") { "identify-where" } else { "identify-reader-not-ready" };
    let page = column![
        pictogram(ui, Icon::Card, Tone::Primary),
        headline(ui, ui.text("ticket-card")).align_x(Center),
        soft("ticket-card-hint"),
        soft(where_),
    ]
    .align_x(Center)
    .spacing(ui.tokens.space.l);
    let without = secondary(ui, Id::from("kiosk.ticket.without"), ui.text("ticket-without")).fill();
    with_actions(ui, center(page), [without.on_press(Message::WithoutCard).into()])
}

/// What the windows of the hall handle.
fn choose<'a>(parts: ContextParts<'a>) -> Element<'a, Message> {
    let ui = parts.ui;
    let items = parts.services.catalogue.offered(Face::Window, &["*".to_owned()]);
    let rows = items.iter().map(|item| {
        list_row(ui, Id::from(format!("kiosk.ticket.item.{}", item.key)), item.name.clone())
            .subtitle(item.org.name.clone())
            .on_press(Message::Pick(item.key.clone()))
            .into()
    });
    column![
        title(ui, ui.text("ticket-choose")),
        container(leaves(ui, Id::from("kiosk.ticket.items")).extend(rows)).height(Length::Fill),
    ]
    .spacing(ui.tokens.space.m)
    .height(Length::Fill)
    .into()
}

fn failed<'a>(parts: ContextParts<'a>, failure: &Failure) -> Element<'a, Message> {
    let ui = parts.ui;
    let fault =
        fault_banner(ui, Id::from("kiosk.ticket.fault"), Level::Warn, failure.code.as_str(), Audience::Applicant);
    let page = column![title(ui, ui.text("ticket-none")), Element::from(fault)].spacing(ui.tokens.space.l);
    let leave = secondary(ui, Id::from("kiosk.ticket.leave"), ui.text("common-cancel")).fill();
    let again = primary(ui, Id::from("kiosk.ticket.retry"), ui.text("common-retry")).icon(Icon::Refresh).fill();
    let buttons = [leave.on_press(Message::Leave).into(), again.on_press(Message::Retry).into()];
    with_actions(ui, center(page), buttons)
}

/// The number, how many are before it, and whether there is a slip.
fn taken<'a>(parts: ContextParts<'a>, place: &QueuePlace, slip: Slip) -> Element<'a, Message> {
    let ui = parts.ui;
    let (key, tone) = match slip {
        Slip::None => ("ticket-slip-none", Tone::Warn),
        Slip::Printing => ("ticket-slip-coming", Tone::Soft),
        Slip::Printed => ("ticket-slip-there", Tone::Ok),
        Slip::Failed => ("ticket-slip-failed", Tone::Warn),
    };
    let centred = |kind, tone, words: String| tinted(ui, kind, tone, words).align_x(Center).width(Length::Shrink);
    let booked = place.priority.then(|| centred(Type::Strong, Tone::Ok, ui.text("ticket-booked")).into());
    let page = column![
        title(ui, ui.text("ticket-yours")),
        tongban_ui::widget::labelled(
            Id::from("kiosk.ticket.number"),
            display(ui, place.number.clone()).color(ui.tokens.colour.primary)
        ),
        centred(Type::Heading, Tone::Ink, item_name(&parts, &place.item)),
        centred(Type::Body, Tone::Ink, ui.with("ticket-ahead", &[("n", &place.ahead)])),
    ]
    .extend(booked)
    .push(centred(Type::Body, tone, ui.text(key)))
    .align_x(Center)
    .spacing(ui.tokens.space.l);
    let done = primary(ui, Id::from("kiosk.ticket.done"), ui.text("ticket-done")).icon(Icon::Home).fill();
    with_actions(ui, center(page), [done.on_press(Message::Leave).into()])
}
