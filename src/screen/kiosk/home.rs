//! 首页: what can be done here, in big tiles.

use super::Message;
use crate::apply::ContextParts;
use iced::widget::{column, container};
use iced::Length;
use std::sync::Arc;
use tongban_domain::item::{KioskScope, ServiceItem};
use tongban_ui::widget::{Level, Paging, banner, headline, pager, primary, tile, tiles};
use tongban_ui::{Element, Icon, Id, Tone};

/// Draws the home page.
pub fn view<'a>(parts: ContextParts<'a>, offered: &[Arc<ServiceItem>], page: usize, interrupted: Option<&str>) -> Element<'a, Message> {
    let ui = parts.ui;
    let space = &ui.tokens.space;
    let head = column![
        headline(ui, ui.text("home-title")),
        tongban_ui::widget::body(ui, ui.with("home-count", &[("n", &offered.len())])),
    ]
    .spacing(space.s);
    let resume = interrupted.map(|name| {
        let go = primary(ui, Id::from("kiosk.home.continue"), ui.text("home-continue")).on_press(Message::Continue);
        Element::from(
            banner(ui, Id::from("kiosk.home.interrupted"), Level::Warn, ui.with("home-interrupted", &[("name", &name.to_owned())]))
                .cure(ui.text("home-interrupted-cure"))
                .action(go),
        )
    });
    let paging = Paging::new(page, ui.tokens.tiles_max, offered.len());
    let online = parts.live.online;
    let shown = paging.slice(offered).iter().map(|item| item_tile(parts, item, online));
    let turn = (paging.pages() > 1).then(|| pager(ui, paging, Message::Page));
    let content = column![head]
        .extend(resume)
        .push(tiles(ui, 1, shown))
        .extend(turn)
        .spacing(space.xl)
        .width(Length::Fill);
    container(content).height(Length::Fill).into()
}

fn item_tile<'a>(parts: ContextParts<'a>, item: &ServiceItem, online: bool) -> Element<'a, Message> {
    let ui = parts.ui;
    let waits = item.needs_network && !online;
    let (tone, badge) = if waits {
        (Tone::Warn, "item-needs-network")
    } else if item.channels.kiosk == KioskScope::Complete {
        (Tone::Ok, "item-complete-here")
    } else {
        (Tone::Primary, "item-apply-here")
    };
    tile(ui, Id::from(format!("kiosk.item.{}", item.key)), icon(&item.icon), item.name.clone())
        .subtitle(item.org.name.clone())
        .badge(tone, ui.text(badge))
        .on_press_maybe((!waits).then(|| Message::Pick(item.key.clone())))
        .into()
}

/// The drawn icon an item's file names; a page for names nobody has drawn.
#[must_use]
pub fn icon(name: &str) -> Icon {
    Icon::ALL.iter().copied().find(|icon| icon.name() == name).unwrap_or(Icon::Page)
}
