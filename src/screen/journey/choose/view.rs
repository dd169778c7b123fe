//! Tiles with search; the credit code for items of firms.

use super::{Choose, Message};
use crate::apply::context::Context;
use crate::config::Face;
use crate::screen::kiosk::home_icon;
use iced::widget::{center, column};
use iced::Length;
use tongban_domain::item::{KioskScope, ServiceItem};
use tongban_ui::widget::{Paging, actions, body, empty, input_box, pager, primary, quiet, text_field, tile, tiles, title};
use tongban_ui::{Element, Icon, Tone};

impl Choose {
    /// The kiosk's applicant, or the officer for the applicant.
    #[must_use]
    pub fn view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        match &self.picked {
            Some(item) => self.firm_view(ctx, item),
            None => self.tiles_view(ctx),
        }
    }

    /// At a window the officer chooses after asking.
    #[must_use]
    pub fn officer_view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        self.view(ctx)
    }

    fn tiles_view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let offered = self.offered(ctx);
        let kiosk = ctx.config.identity.face == Face::Kiosk;
        let search = (!kiosk).then(|| {
            text_field(ui, ctx.id("choose.search"), ctx.text("choose-search"), &self.query, false, Message::Searched, None)
        });
        let paging = Paging::new(self.page, ui.tokens.tiles_max, offered.len());
        let shown: Vec<Element<'a, Message>> = paging.slice(&offered).iter().map(|item| item_tile(ctx, item)).collect();
        let list = if shown.is_empty() {
            empty(ui, Icon::Search, ctx.text("choose-nothing"), ctx.text("choose-nothing-hint"))
        } else {
            tiles(ui, if kiosk { 1 } else { 2 }, shown)
        };
        let turn = (paging.pages() > 1).then(|| pager(ui, paging, Message::Page));
        column![title(ui, ctx.text("choose-title"))].extend(search).push(list).extend(turn).spacing(ui.tokens.space.l).into()
    }

    fn firm_view<'a>(&'a self, ctx: &Context<'a>, item: &ServiceItem) -> Element<'a, Message> {
        let ui = ctx.ui;
        let fault = self.firm_fault.map(|code| ui.text(&format!("error-{}-applicant", code.as_str())));
        let confirm = primary(ui, ctx.id("choose.firm-confirm"), ctx.text("common-next"))
            .on_press_maybe((self.firm.len() == 18).then_some(Message::FirmConfirmed));
        let back = quiet(ui, ctx.id("choose.firm-back"), ctx.text("choose-other-item")).on_press(Message::Unpick);
        let label = ctx.text("choose-firm-code");
        let field: Element<'a, Message> = if ctx.config.identity.face == Face::Kiosk {
            input_box(ui, ctx.id("choose.firm"), label, self.firm.clone()).active(true, "").fault(fault).into()
        } else {
            let typed = text_field(ui, ctx.id("choose.firm"), label, &self.firm, false, Message::FirmTyped, Some(Message::FirmConfirmed));
            column![typed].extend(fault.map(|words| body(ui, words).into())).into()
        };
        let keyboard = (ctx.config.identity.face == Face::Kiosk)
            .then(|| self.keyboard.as_ref().map(|keyboard| keyboard.view(ui).map(Message::Key)))
            .flatten();
        let page = column![
            title(ui, item.name.clone()),
            body(ui, ctx.text("choose-firm-why")),
            field,
            actions(ui, [back.into(), confirm.into()]),
        ]
        .extend(keyboard)
        .spacing(ui.tokens.space.l)
        .width(Length::Fill);
        center(page).into()
    }
}

fn item_tile<'a>(ctx: &Context<'a>, item: &ServiceItem) -> Element<'a, Message> {
    let ui = ctx.ui;
    let waits = item.needs_network && !ctx.live.online;
    let (tone, badge) = if waits {
        (Tone::Warn, "item-needs-network")
    } else if item.channels.kiosk == KioskScope::Complete {
        (Tone::Ok, "item-complete-here")
    } else {
        (Tone::Primary, "item-apply-here")
    };
    tile(ui, ctx.id(&format!("choose.item.{}", item.key)), home_icon(&item.icon), item.name.clone())
        .subtitle(item.org.name.clone())
        .badge(tone, ui.text(badge))
        .on_press_maybe((!waits).then(|| Message::Pick(item.key.clone())))
        .into()
}
