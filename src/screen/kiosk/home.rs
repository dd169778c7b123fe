//! 首页: what can be done here, in big tiles.

use super::Message;
use crate::apply::ContextParts;
use iced::Length;
use iced::widget::{column, row};
use std::sync::Arc;
use tongban_domain::item::{KioskScope, ServiceItem};
use tongban_ui::widget::text::Type;
use tongban_ui::widget::{
    Level, Paging, Tile, actions, banner, headline, icon as icon_of, pager, paired_height, primary, secondary, tile,
    tiles, tinted,
};
use tongban_ui::{Element, Icon, Id, Tone, Ui};

/// Draws the home page.
pub fn view<'a>(
    parts: ContextParts<'a>,
    offered: &[Arc<ServiceItem>],
    page: usize,
    interrupted: Option<&str>,
) -> Element<'a, Message> {
    let ui = parts.ui;
    let (space, text) = (&ui.tokens.space, &ui.tokens.text);
    let count = ui.with("home-count", &[("n", &offered.len())]);
    let head =
        column![headline(ui, ui.text("home-title")), tinted(ui, Type::Body, Tone::Soft, count),].spacing(space.s);
    let stopped = parts.live.stopped;
    let shut = stopped.then(|| {
        let words = banner(ui, Id::from("kiosk.home.stopped"), Level::Warn, ui.text("home-stopped"));
        Element::from(words.cure(ui.text("home-stopped-cure")))
    });
    let resume = interrupted.filter(|_| !stopped).map(|name| {
        let go = primary(ui, Id::from("kiosk.home.continue"), ui.text("home-continue")).on_press(Message::Continue);
        Element::from(
            banner(
                ui,
                Id::from("kiosk.home.interrupted"),
                Level::Warn,
                ui.with("home-interrupted", &[("name", &name.to_owned())]),
            )
            .cure(ui.text("home-interrupted-cure"))
            .action(go),
        )
    });
    let resume = shut.or(resume);
    let ways = resume.is_none().then(|| ways(parts));
    let notice = if resume.is_some() { text.body * 6.0 + space.xl } else { ui.tokens.size.small_target + space.l };
    let above = (text.headline + text.body) * 1.4 + space.s + space.l + notice;
    // The line at the foot stands where there is room for it beside every tile.
    let footed = tiles_on_a_page(ui, above + text.caption * 1.4 + space.l, offered.len());
    let roomy = resume.is_none() && footed >= offered.len();
    let per_page = if roomy { footed } else { tiles_on_a_page(ui, above, offered.len()) };
    let paging = Paging::new(page, per_page, offered.len());
    let online = parts.live.online;
    let shown = paging.slice(offered).iter().map(|item| item_tile(parts, item, online));
    let turn = (paging.pages() > 1).then(|| pager(ui, paging, Message::Page));
    let foot = roomy.then(|| service(parts));
    column![head]
        .extend(resume)
        .extend(ways)
        .push(tiles(ui, ui.tokens.columns(2), shown))
        .extend(turn)
        .extend(foot.into_iter().flat_map(|foot| [iced::widget::space::vertical().into(), foot]))
        .spacing(space.l)
        .width(Length::Fill)
        .height(Length::Fill)
        .into()
}

/// For who does not know which item it is, and for who has come to a window.
fn ways<'a>(parts: ContextParts<'a>) -> Element<'a, Message> {
    let ui = parts.ui;
    let find = parts.services.situations.trees().map(|_| {
        secondary(ui, Id::from("kiosk.home.find"), ui.text("home-find"))
            .icon(Icon::Question)
            .small()
            .fill()
            .on_press(Message::FindItem)
            .into()
    });
    let number = secondary(ui, Id::from("kiosk.home.queue"), ui.text("home-queue"))
        .icon(Icon::Queue)
        .small()
        .fill()
        .on_press_maybe(parts.live.online.then_some(Message::TakeNumber))
        .into();
    actions(ui, find.into_iter().chain([number]))
}

/// When somebody can be asked, and how.
fn service<'a>(parts: ContextParts<'a>) -> Element<'a, Message> {
    let (ui, service) = (parts.ui, &parts.config.service);
    let line = |mark, words| {
        row![icon_of(ui, mark, Tone::Soft), tinted(ui, Type::Caption, Tone::Soft, words)]
            .spacing(ui.tokens.space.xs)
            .into()
    };
    let mut lines: Vec<Element<'a, Message>> = vec![
        line(Icon::Clock, ui.with("kiosk-home-hours", &[("hours", &service.hours)])),
        line(Icon::Phone, ui.with("common-hotline", &[("number", &service.hotline)])),
    ];
    if !service.nearest_hall.is_empty() {
        lines.push(line(Icon::Hall, ui.with("kiosk-home-nearest", &[("name", &service.nearest_hall)])));
    }
    iced::widget::Row::with_children(lines).spacing(ui.tokens.space.xl).wrap().into()
}

/// How many item tiles fit on a page of the kiosk under `above` pixels of other things; the
/// pager is counted in when not all of `total` fit.
#[must_use]
pub fn tiles_on_a_page(ui: &Ui, above: f32, total: usize) -> usize {
    let t = &ui.tokens;
    let columns = t.columns(2);
    let tile = if columns > 1 { paired_height(t) } else { t.size.tile };
    let room = t.height() - t.size.top_bar - t.size.bottom_bar - 2.0 * t.space.xl - above;
    let fits = |room: f32| {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at least one row, and fewer than a screen has pixels"
        )]
        let rows = ((room + t.space.m) / (tile + t.space.m)).max(1.0) as usize;
        (rows * columns).min(t.tiles_max)
    };
    let all = fits(room);
    if total <= all { all } else { fits(room - t.size.small_target - t.space.l) }
}

fn item_tile<'a>(parts: ContextParts<'a>, item: &ServiceItem, online: bool) -> Element<'a, Message> {
    let id = Id::from(format!("kiosk.item.{}", item.key));
    let press = (!waits(item, online) && !parts.live.stopped).then(|| Message::Pick(item.key.clone()));
    tile_of(parts.ui, id, item, online).on_press_maybe(press).into()
}

/// The tile of an item: name, office, and what of it can be done here.
#[must_use]
pub fn tile_of<'a, M>(ui: &'a Ui, id: Id, item: &ServiceItem, online: bool) -> Tile<'a, M> {
    let (tone, badge) = if waits(item, online) {
        (Tone::Warn, "item-needs-network")
    } else if item.channels.kiosk == KioskScope::Complete {
        (Tone::Ok, "item-complete-here")
    } else {
        (Tone::Primary, "item-apply-here")
    };
    let tile = tile(ui, id, icon(&item.icon), item.name.clone()).badge(tone, ui.text(badge));
    // What cannot be pressed says why.
    let tile = tile.subtitle(if waits(item, online) { ui.text("item-waits") } else { item.org.name.clone() });
    if ui.tokens.columns(2) > 1 { tile.paired() } else { tile }
}

/// The item cannot be begun now.
#[must_use]
pub fn waits(item: &ServiceItem, online: bool) -> bool {
    item.needs_network && !online
}

/// The drawn icon an item's file names; a page for names nobody has drawn.
#[must_use]
pub fn icon(name: &str) -> Icon {
    Icon::ALL.iter().copied().find(|icon| icon.name() == name).unwrap_or(Icon::Page)
}
