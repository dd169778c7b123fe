//! Tiles with search; the credit code for items of firms.

use super::{Bringing, Choose, Message};
use crate::apply::context::Context;
use crate::config::Face;
use crate::failure::Failure;
use crate::screen::kiosk::{tile_of, tiles_on_a_page, waits};
use iced::Length;
use iced::widget::{center, column, row, space};
use tongban_domain::item::ServiceItem;
use tongban_ui::widget::text::Type;
use tongban_ui::widget::{
    Audience, Level, Paging, banner, busy, empty, fault_banner, input_box, pager, primary, secondary, text_field,
    tiles, tinted, title, with_actions,
};
use tongban_ui::{Element, Icon, Tone, Ui};

impl Choose {
    /// The kiosk's applicant, or the officer for the applicant.
    #[must_use]
    pub fn view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        match (&self.bringing, &self.picked) {
            (Bringing::UnderWay, _) => center(busy(ctx.ui, ctx.text("choose-bringing"), ctx.tick())).into(),
            (Bringing::Failed(failure), _) => not_brought(ctx, failure),
            (Bringing::Nothing, Some(item)) => self.firm_view(ctx, item),
            (Bringing::Nothing, None) => self.tiles_view(ctx),
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
            text_field(
                ui,
                ctx.id("choose.search"),
                ctx.text("choose-search"),
                &self.query,
                false,
                Message::Searched,
                None,
            )
        });
        let per_page = if kiosk { tiles_on_a_page(ui, above(ui), offered.len()) } else { ui.tokens.tiles_max };
        let paging = Paging::new(self.page, per_page, offered.len());
        let shown: Vec<Element<'a, Message>> = paging.slice(&offered).iter().map(|item| item_tile(ctx, item)).collect();
        let list = if shown.is_empty() {
            empty(ui, Icon::Search, ctx.text("choose-nothing"), ctx.text("choose-nothing-hint"))
        } else {
            tiles(ui, ui.tokens.columns(2), shown)
        };
        let turn = (paging.pages() > 1).then(|| pager(ui, paging, Message::Page));
        column![title(ui, ctx.text("choose-title"))]
            .extend(search)
            .push(list)
            .extend(turn)
            .spacing(ui.tokens.space.l)
            .into()
    }

    fn firm_view<'a>(&'a self, ctx: &Context<'a>, item: &ServiceItem) -> Element<'a, Message> {
        let ui = ctx.ui;
        let kiosk = ctx.config.identity.face == Face::Kiosk;
        let back =
            secondary(ui, ctx.id("choose.firm-back"), ctx.text("choose-other-item")).fill().on_press(Message::Unpick);
        let confirm = primary(ui, ctx.id("choose.firm-confirm"), ctx.text("common-next"))
            .trailing(Icon::Forward)
            .fill()
            .on_press_maybe((self.firm.len() == 18).then_some(Message::FirmConfirmed));
        let label = ctx.text("choose-firm-code");
        // Big type leaves no room for a notice between input and keyboard: the fault stands at the input.
        let tight = kiosk && (ui.tokens.is_big() || ui.tokens.low) && self.firm_fault.is_some();
        // Within reach of a wheelchair there is room for the input and its keys.
        let spare = !(tight || kiosk && ui.tokens.low);
        let field: Element<'a, Message> = if kiosk {
            let near = self
                .firm_fault
                .filter(|_| tight)
                .map(|code| ui.with("choose-firm-wrong-short", &[("code", &code.as_str())]));
            input_box(ui, ctx.id("choose.firm"), label, self.firm.clone()).active(true, "").fault(near).into()
        } else {
            text_field(
                ui,
                ctx.id("choose.firm"),
                label,
                &self.firm,
                false,
                Message::FirmTyped,
                Some(Message::FirmConfirmed),
            )
        };
        let fault = self.firm_fault.filter(|_| !tight).map(|code| {
            let words = ctx.text("choose-firm-wrong");
            Element::from(
                banner(ui, ctx.id("choose.firm-fault"), Level::Fault, words)
                    .cure(ctx.text("choose-firm-wrong-cure"))
                    .code(code.as_str()),
            )
        });
        let count = tinted(ui, Type::Caption, Tone::Soft, ui.with("choose-firm-count", &[("n", &self.firm.len())]));
        let keyboard = self.keyboard.as_ref().filter(|_| kiosk).map(|keyboard| keyboard.view(ui).map(Message::Key));
        let why = tinted(ui, Type::Body, Tone::Soft, ctx.text("choose-firm-why"));
        let heading = spare.then(|| title(ui, item.name.clone()).into());
        let page = column(heading)
            .extend(spare.then(|| why.into()))
            .push(field)
            .extend(spare.then(|| row![space::horizontal(), count].into()))
            .extend(fault)
            .push(space::vertical())
            .extend(keyboard)
            .spacing(ui.tokens.space.m)
            .width(Length::Fill)
            .height(Length::Fill);
        with_actions(ui, page, [back.into(), confirm.into()])
    }
}

/// Height of stepper and title on the kiosk.
fn above(ui: &Ui) -> f32 {
    let t = &ui.tokens;
    t.text.title * 1.3 + t.text.body * 1.7 + t.text.caption * 1.4 + 2.0 * t.space.l + t.space.m
}

fn item_tile<'a>(ctx: &Context<'a>, item: &ServiceItem) -> Element<'a, Message> {
    let online = ctx.live.online;
    let press = (!waits(item, online)).then(|| Message::Pick(item.key.clone()));
    tile_of(ctx.ui, ctx.id(&format!("choose.item.{}", item.key)), item, online).on_press_maybe(press).into()
}

/// What was begun elsewhere could not be brought: once more, or from the start.
fn not_brought<'a>(ctx: &Context<'a>, failure: &Failure) -> Element<'a, Message> {
    let ui = ctx.ui;
    let anew = secondary(ui, ctx.id("choose.give-up"), ctx.text("choose-anew")).fill().on_press(Message::GiveUp);
    let again = primary(ui, ctx.id("choose.bring-again"), ctx.text("common-retry"))
        .icon(Icon::Refresh)
        .fill()
        .on_press(Message::BringAgain);
    let audience = if ctx.config.identity.face == Face::Kiosk { Audience::Applicant } else { Audience::Officer };
    let words = column![
        title(ui, ctx.text("choose-not-brought")),
        Element::from(fault_banner(ui, ctx.id("choose.fault"), Level::Fault, failure.code.as_str(), audience)),
    ]
    .align_x(iced::Center)
    .spacing(ui.tokens.space.xl);
    with_actions(ui, center(words), [anew.into(), again.into()])
}
