//! The card page.

use super::{Identify, Message, Phase, TRIES_MAX};
use crate::apply::context::Context;
use crate::failure::Failure;
use iced::widget::{center, column};
use iced::{Center, Length};
use tongban_device::fault::Hint;
use tongban_protocol::help::station_number;
use tongban_ui::widget::text::Type;
use tongban_ui::widget::{
    Audience, Level, busy, fault_banner, headline, pictogram, primary, secondary, strong, tinted, title, with_actions,
};
use tongban_ui::{Element, Icon, Profile, Tone};

impl Identify {
    /// What the applicant sees: a picture, a sentence, nothing to press unless something is wrong.
    #[must_use]
    pub fn view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        self.draw(ctx, Audience::Applicant)
    }

    /// The officer sees the same with the officer's words.
    #[must_use]
    pub fn officer_view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        self.draw(ctx, Audience::Officer)
    }

    fn draw<'a>(&'a self, ctx: &Context<'a>, audience: Audience) -> Element<'a, Message> {
        let ui = ctx.ui;
        match self.phase() {
            Phase::Waiting => self.prompt(ctx, "identify-put-card", audience),
            Phase::Hinted(Hint::LiftAndPutAgain) => self.prompt(ctx, "identify-put-again", audience),
            Phase::Hinted(_) => self.prompt(ctx, "identify-put-card", audience),
            Phase::Opening => center(busy(ui, ctx.text("identify-opening"), ctx.tick())).into(),
            Phase::Unfinished(_) => {
                self.unfinished(ctx, ctx.text("identify-unfinished"), ctx.text("identify-unfinished-hint"))
            }
            Phase::Elsewhere(offer) => {
                let (key, version) = &offer.item;
                let item = ctx.services.catalogue.item(key, *version).map(|item| item.name.clone());
                let no = station_number(&offer.station);
                let pages = offer.pages;
                let where_from = ctx.ui.with("identify-elsewhere-hint", &[("no", &no), ("pages", &pages)]);
                self.unfinished(ctx, item.unwrap_or_else(|| ctx.text("identify-unfinished")), where_from)
            }
            Phase::Failed(failure) => self.failed(ctx, failure, audience),
        }
    }

    fn unfinished<'a>(&self, ctx: &Context<'a>, what: String, hint: String) -> Element<'a, Message> {
        let ui = ctx.ui;
        let anew = secondary(ui, ctx.id("identify.start-over"), ctx.text("identify-start-over"))
            .fill()
            .on_press(Message::StartOver);
        let go_on =
            primary(ui, ctx.id("identify.continue"), ctx.text("identify-continue")).fill().on_press(Message::Continue);
        let words = column![
            pictogram(ui, Icon::Page, Tone::Primary),
            title(ui, what).align_x(Center),
            tinted(ui, Type::Body, Tone::Soft, hint).align_x(Center).width(Length::Shrink),
        ]
        .align_x(Center)
        .spacing(ui.tokens.space.l);
        with_actions(ui, center(words), [anew.into(), go_on.into()])
    }

    fn failed<'a>(&self, ctx: &Context<'a>, failure: &Failure, audience: Audience) -> Element<'a, Message> {
        let ui = ctx.ui;
        let leave = secondary(ui, ctx.id("identify.leave"), ctx.text("common-cancel")).fill().on_press(Message::Leave);
        let retry = primary(ui, ctx.id("identify.retry"), ctx.text("common-retry"))
            .icon(Icon::Refresh)
            .fill()
            .on_press(Message::Retry);
        let banner = fault_banner(ui, ctx.id("identify.fault"), Level::Fault, failure.code.as_str(), audience);
        let help = (self.tries() >= TRIES_MAX).then(|| strong(ui, ctx.text("identify-call-staff")).into());
        let words = column![pictogram(ui, Icon::Card, Tone::Fault), Element::from(banner)]
            .extend(help)
            .align_x(Center)
            .spacing(ui.tokens.space.xl);
        with_actions(ui, center(words), [leave.into(), retry.into()])
    }

    fn prompt<'a>(&self, ctx: &Context<'a>, key: &str, audience: Audience) -> Element<'a, Message> {
        let ui = ctx.ui;
        let place = if ui.tokens.profile == Profile::Kiosk { "identify-where" } else { "identify-where-desk" };
        let page = column![
            pictogram(ui, Icon::Card, Tone::Primary),
            headline(ui, ctx.text(key)).align_x(Center),
            soft(ctx, place),
        ]
        .extend((!ctx.live.ready("reader")).then(|| reader_away(ctx, audience)))
        .align_x(Center)
        .spacing(ui.tokens.space.xl);
        center(page).into()
    }
}

/// Why no card can be read now; while the reader starts there is no fault to tell of.
fn reader_away<'a>(ctx: &Context<'a>, audience: Audience) -> Element<'a, Message> {
    let code = ctx.live.devices.iter().find(|device| device.role == "reader").and_then(|device| device.code);
    match code {
        Some(code) => fault_banner(ctx.ui, ctx.id("identify.reader"), Level::Warn, code.as_str(), audience).into(),
        None => soft(ctx, "identify-reader-not-ready"),
    }
}

fn soft<'a>(ctx: &Context<'a>, key: &str) -> Element<'a, Message> {
    tinted(ctx.ui, Type::Body, Tone::Soft, ctx.text(key)).align_x(Center).width(Length::Shrink).into()
}
