//! The notice, and three equal ways.

use super::{Consent, Message};
use crate::apply::context::Context;
use iced::widget::{Column, center, column, row};
use iced::{Center, Length};
use tongban_domain::event::PresenceMethod;
use tongban_ui::widget::{Button, body, busy, card, check, heading, icon, leaves, quiet, tile, tiles, title};
use tongban_ui::{Element, Icon, Look, Profile, Tone};

/// The notice, point by point, each with its picture.
const NOTICE: [(Icon, &str); 5] = [
    (Icon::Card, "consent-text-1"),
    (Icon::Camera, "consent-text-2"),
    (Icon::Face, "consent-text-3"),
    (Icon::Data, "consent-text-4"),
    (Icon::Lock, "consent-text-5"),
];

impl Consent {
    /// The applicant reads and chooses.
    #[must_use]
    pub fn view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let space = &ui.tokens.space;
        let notice = column![title(ui, ctx.text("consent-title")), self.notice(ctx), self.upload(ctx)].spacing(space.m);
        let ask = heading(ui, ctx.text("consent-choose"));
        // The applicant's screen at a window is wide and low: notice and ways stand side by side.
        if ui.tokens.profile == Profile::Customer {
            let ways = Column::with_children(ways(ctx)).spacing(space.m).height(Length::Fill);
            let right = column![ask, ways, decline(ctx).small().fill()].spacing(space.m);
            return row![notice.width(Length::FillPortion(3)), right.width(Length::FillPortion(2))]
                .spacing(space.l)
                .into();
        }
        column![notice.height(Length::Fill), ask, tiles(ui, 3, ways(ctx)), decline(ctx)]
            .align_x(Center)
            .spacing(space.m)
            .into()
    }

    /// The officer waits for the applicant's choice.
    #[must_use]
    pub fn officer_view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        center(busy(ctx.ui, ctx.text("consent-officer-wait"), ctx.tick())).into()
    }

    fn notice<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let t = &ui.tokens;
        let size = if t.profile == Profile::Kiosk && !t.is_big() { t.text.label } else { t.text.body };
        let points = NOTICE.iter().map(|(mark, key)| {
            row![icon(ui, *mark, Tone::Primary), body(ui, ctx.text(key)).size(size).width(Length::Fill)]
                .spacing(ui.tokens.space.m)
                .into()
        });
        card(ui, leaves(ui, ctx.id("consent.notice")).extend(points))
            .padding(ui.tokens.space.m)
            .height(Length::Fill)
            .into()
    }

    fn upload<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let on = self.evidence_upload();
        check(ctx.ui, ctx.id("consent.upload"), ctx.text("consent-upload"), on, Some(Message::EvidenceToggled(!on)))
    }
}

/// 刷脸, 指纹 and 人工核验: the same size, the same tone.
fn ways<'a>(ctx: &Context<'a>) -> Vec<Element<'a, Message>> {
    let ui = ctx.ui;
    let way = |name: &str, icon, method| {
        let words = ctx.text(&format!("consent-{name}"));
        let tile = tile(ui, ctx.id(&format!("consent.{name}")), icon, words).on_press(Message::Agree(method));
        let hint = ctx.text(&format!("consent-{name}-hint"));
        match (ui.tokens.profile, ui.tokens.look) {
            (Profile::Customer, Look::Elder) => tile.into(),
            (Profile::Customer, _) => tile.subtitle(hint).into(),
            (_, Look::Elder) => tile.upright().into(),
            (_, _) => tile.subtitle(hint).upright().into(),
        }
    };
    vec![
        way("face", Icon::Face, PresenceMethod::Face),
        way("fingerprint", Icon::Finger, PresenceMethod::Fingerprint),
        way("manual", Icon::Officer, PresenceMethod::Manual),
    ]
}

fn decline<'a>(ctx: &Context<'a>) -> Button<'a, Message> {
    quiet(ctx.ui, ctx.id("consent.decline"), ctx.text("consent-decline")).on_press(Message::Decline)
}
