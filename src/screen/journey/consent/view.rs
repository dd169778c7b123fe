//! The notice, and three equal ways.

use super::{Consent, Message};
use crate::apply::context::Context;
use iced::widget::{center, column, row, scrollable};
use iced::{Center, Length};
use tongban_domain::event::PresenceMethod;
use tongban_ui::widget::{body, busy, card, check, quiet, tile, title};
use tongban_ui::{Element, Icon};

impl Consent {
    /// The applicant reads and chooses.
    #[must_use]
    pub fn view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let space = &ui.tokens.space;
        let notice = column((1..=5).map(|n| body(ui, ctx.text(&format!("consent-text-{n}"))).into())).spacing(space.m);
        let upload = check(
            ui,
            ctx.id("consent.upload"),
            ctx.text("consent-upload"),
            self.evidence_upload(),
            Some(Message::EvidenceToggled(!self.evidence_upload())),
        );
        let way = |name: &str, icon, method| {
            Element::from(
                tile(ui, ctx.id(&format!("consent.{name}")), icon, ctx.text(&format!("consent-{name}")))
                    .subtitle(ctx.text(&format!("consent-{name}-hint")))
                    .upright()
                    .on_press(Message::Agree(method)),
            )
        };
        let ways = row![
            way("face", Icon::Face, PresenceMethod::Face),
            way("fingerprint", Icon::Finger, PresenceMethod::Fingerprint),
            way("manual", Icon::Officer, PresenceMethod::Manual),
        ]
        .spacing(space.m);
        let decline = quiet(ui, ctx.id("consent.decline"), ctx.text("consent-decline")).on_press(Message::Decline);
        column![
            title(ui, ctx.text("consent-title")),
            scrollable(card(ui, notice)).height(Length::Fill),
            upload,
            title(ui, ctx.text("consent-choose")),
            ways,
            decline,
        ]
        .align_x(Center)
        .spacing(space.l)
        .into()
    }

    /// The officer waits for the applicant's choice.
    #[must_use]
    pub fn officer_view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        center(busy(ctx.ui, ctx.text("consent-officer-wait"), ctx.tick())).into()
    }
}
