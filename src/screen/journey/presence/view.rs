//! The live picture for the applicant; chip photo and still side by side for the officer.

use super::{Message, Phase, Presence};
use crate::apply::context::Context;
use crate::config::Face;
use crate::failure::Failure;
use iced::widget::{center, column, image::Handle, row};
use iced::{Center, Length};
use tongban_device::message::Rgba;
use tongban_ui::widget::{
    Audience, Level, Outline, banner, busy, caption, choice, fault_banner, live_view, picture, primary, secondary,
    strong, title, with_actions,
};
use tongban_ui::{Element, Icon, Tone};

/// Reasons an officer may give, by Fluent key.
const REASONS: [&str; 3] = ["presence-reason-looks", "presence-reason-known", "presence-reason-document"];

impl Presence {
    /// The applicant sees the live picture and what happens.
    #[must_use]
    pub fn view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let kiosk = ctx.config.identity.face == Face::Kiosk;
        let words = match (self.phase(), kiosk) {
            (Phase::Recording, _) => "presence-look",
            (Phase::Deciding, true) => "presence-attendant",
            (Phase::Deciding, false) => "presence-officer-decides",
            (Phase::AttendantUnknown, _) => "presence-attendant-unknown",
            (Phase::Failed(_), _) => "presence-failed",
        };
        let handle = ctx.live.pictures.get("face").map(|picture| picture.handle.clone());
        let size = if kiosk { (960.0, 540.0) } else { (640.0, 360.0) };
        let live = live_view(ui, handle, size, Outline::FaceGuide, ctx.text("presence-camera-waiting"));
        let status: Element<'a, Message> = match self.phase() {
            Phase::Recording => busy(ui, ctx.text("presence-recording"), ctx.tick()),
            Phase::Deciding | Phase::AttendantUnknown if self.still().is_some() => {
                banner(ui, ctx.id("presence.kept"), Level::Info, ctx.text("presence-evidence-kept")).into()
            }
            _ => iced::widget::space().into(),
        };
        let page = column![title(ui, ctx.text(words)).align_x(Center), live, status]
            .align_x(Center)
            .width(Length::Fill)
            .spacing(ui.tokens.space.l);
        match self.phase() {
            Phase::Failed(failure) => self.failed(ctx, failure, page.into(), Audience::Applicant),
            _ => page.into(),
        }
    }

    /// The officer compares and decides, with a reason.
    #[must_use]
    pub fn officer_view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        if let Phase::Failed(failure) = self.phase() {
            return self.failed(ctx, failure, iced::widget::space().into(), Audience::Officer);
        }
        if *self.phase() == Phase::Recording {
            return center(busy(ui, ctx.text("presence-recording"), ctx.tick())).into();
        }
        let chip: Element<'a, Message> = match self.portrait() {
            Some(portrait) => picture_of(ctx, portrait, 306.0, 378.0),
            None => banner(ui, ctx.id("presence.no-photo"), Level::Info, ctx.text("presence-no-chip-photo"))
                .cure(ctx.text("presence-no-chip-photo-cure"))
                .into(),
        };
        let pair =
            row![column![caption(ui, ctx.text("presence-chip")), chip].spacing(ui.tokens.space.s).align_x(Center),]
                .extend(self.still().map(|still| {
                    column![caption(ui, ctx.text("presence-live")), picture_of(ctx, still, 672.0, 378.0)]
                        .spacing(ui.tokens.space.s)
                        .align_x(Center)
                        .into()
                }))
                .spacing(ui.tokens.space.l);
        let reasons = row(REASONS.iter().enumerate().map(|(n, key)| {
            let text = ctx.text(key);
            let chosen = self.reason() == text;
            choice(ui, ctx.id(&format!("presence.reason.{n}")), text.clone(), chosen, Some(Message::ReasonChosen(text)))
        }))
        .spacing(ui.tokens.space.m);
        let ready = !self.reason().is_empty();
        let same = primary(ui, ctx.id("presence.same"), ctx.text("presence-same"))
            .icon(Icon::Check)
            .fill()
            .on_press_maybe(ready.then_some(Message::Same));
        let other = secondary(ui, ctx.id("presence.different"), ctx.text("presence-different"))
            .icon(Icon::Cross)
            .fill()
            .on_press(Message::Different);
        let to_person = tongban_ui::widget::chip(ui, Tone::Primary, ctx.text("presence-to-person"));
        let page = column![
            row![title(ui, ctx.text("presence-compare")), to_person].spacing(ui.tokens.space.m).align_y(Center),
            pair,
            strong(ui, ctx.text("presence-reason")),
            reasons,
        ]
        .width(Length::Fill)
        .spacing(ui.tokens.space.m);
        with_actions(ui, page, [other.into(), same.into()])
    }

    /// What failed below `page`, with the ways on at the foot.
    fn failed<'a>(
        &self,
        ctx: &Context<'a>,
        failure: &Failure,
        page: Element<'a, Message>,
        audience: Audience,
    ) -> Element<'a, Message> {
        let ui = ctx.ui;
        let other =
            secondary(ui, ctx.id("presence.other"), ctx.text("presence-other-way")).fill().on_press(Message::OtherWay);
        let retry = primary(ui, ctx.id("presence.retry"), ctx.text("common-retry"))
            .icon(Icon::Refresh)
            .fill()
            .on_press(Message::Retry);
        let banner = fault_banner(ui, ctx.id("presence.fault"), Level::Fault, failure.code.as_str(), audience);
        let page = column![page, Element::from(banner)].spacing(ui.tokens.space.l);
        with_actions(ui, page, [other.into(), retry.into()])
    }
}

#[cfg(feature = "demo")]
impl super::Evidence {
    /// Evidence of a drawn picture, for the samples of screens.
    #[must_use]
    pub fn sample(picture: crate::apply::context::Picture) -> Self {
        use tongban_domain::event::{BlobRef, Digest};
        let blob = BlobRef { address: Digest([0; 32]), plain_sha256: Digest([0; 32]), len: 0, media: String::new() };
        let pixels = match picture.handle {
            Handle::Rgba { pixels, .. } => pixels.to_vec(),
            _ => Vec::new(),
        };
        Self { clip: blob.clone(), still: blob, picture: Rgba { width: picture.width, height: picture.height, pixels } }
    }
}

fn picture_of<'a>(ctx: &Context<'a>, picture_data: &Rgba, width: f32, height: f32) -> Element<'a, Message> {
    let handle = Handle::from_rgba(picture_data.width, picture_data.height, picture_data.pixels.clone());
    picture(ctx.ui, handle, width, height)
}
