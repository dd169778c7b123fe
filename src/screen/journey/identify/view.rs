//! The card page.

use super::{Identify, Message, Phase, TRIES_MAX};
use crate::apply::context::Context;
use iced::widget::{center, column};
use iced::Center;
use tongban_device::fault::Hint;
use tongban_ui::widget::{Audience, Level, actions, body, busy, fault_banner, pictogram, primary, secondary, title};
use tongban_ui::{Element, Icon, Tone};

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
        let content: Element<'a, Message> = match self.phase() {
            Phase::Waiting => self.prompt(ctx, "identify-put-card"),
            Phase::Hinted(Hint::LiftAndPutAgain) => self.prompt(ctx, "identify-put-again"),
            Phase::Hinted(_) => self.prompt(ctx, "identify-put-card"),
            Phase::Opening => busy(ui, ctx.text("identify-opening"), ctx.tick()),
            Phase::Unfinished(_) => {
                let go_on = primary(ui, ctx.id("identify.continue"), ctx.text("identify-continue")).on_press(Message::Continue);
                let anew = secondary(ui, ctx.id("identify.start-over"), ctx.text("identify-start-over")).on_press(Message::StartOver);
                column![
                    pictogram(ui, Icon::Page, Tone::Primary),
                    title(ui, ctx.text("identify-unfinished")),
                    body(ui, ctx.text("identify-unfinished-hint")),
                    actions(ui, [go_on.into(), anew.into()]),
                ]
                .align_x(Center)
                .spacing(ui.tokens.space.l)
                .into()
            }
            Phase::Failed(failure) => {
                let retry = primary(ui, ctx.id("identify.retry"), ctx.text("common-retry")).on_press(Message::Retry);
                let leave = secondary(ui, ctx.id("identify.leave"), ctx.text("common-cancel")).on_press(Message::Leave);
                let banner = fault_banner(ui, ctx.id("identify.fault"), Level::Fault, failure.code.as_str(), audience);
                let help = (self.tries() >= TRIES_MAX).then(|| body(ui, ctx.text("identify-call-staff")).into());
                column![Element::from(banner)]
                    .extend(help)
                    .push(actions(ui, [retry.into(), leave.into()]))
                    .align_x(Center)
                    .spacing(ui.tokens.space.l)
                    .into()
            }
        };
        center(content).into()
    }

    fn prompt<'a>(&self, ctx: &Context<'a>, key: &str) -> Element<'a, Message> {
        let ui = ctx.ui;
        let lit = ctx.live.ready("reader");
        let state = (!lit).then(|| body(ui, ctx.text("identify-reader-not-ready")).into());
        column![
            pictogram(ui, Icon::Card, Tone::Primary),
            title(ui, ctx.text(key)),
            body(ui, ctx.text("identify-where")),
        ]
        .extend(state)
        .align_x(Center)
        .spacing(ui.tokens.space.l)
        .into()
    }
}
