//! The live picture or the finger for the applicant; chip photo and still side by side for the officer.

use super::{Message, Phase, Presence};
use crate::apply::context::Context;
use crate::config::Face;
use crate::failure::Failure;
use iced::widget::{center, column, image::Handle, row, space};
use iced::{Center, Length};
use tongban_device::biometric::{FaceOutcome, FingerOutcome};
use tongban_device::fault::Hint;
use tongban_device::message::Rgba;
use tongban_ui::widget::{
    Audience, Level, Outline, banner, busy, caption, choice, fault_banner, live_view, pictogram, picture, primary,
    secondary, strong, title, with_actions,
};
use tongban_ui::{Element, Icon, Tone};

/// Reasons an officer may give, by Fluent key.
const REASONS: [&str; 3] = ["presence-reason-looks", "presence-reason-known", "presence-reason-document"];

impl Presence {
    /// The applicant sees the live picture and what happens; the other ways stay open.
    #[must_use]
    pub fn view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let page = column![title(ui, ctx.text(self.words(ctx))).align_x(Center), self.scene(ctx), self.status(ctx)]
            .align_x(Center)
            .width(Length::Fill)
            .spacing(ui.tokens.space.l);
        if let Phase::Failed(failure) = self.phase() {
            return self.failed(ctx, failure, page.into(), Audience::Applicant);
        }
        if matches!(self.phase(), Phase::Passed) {
            return page.into();
        }
        let other =
            secondary(ui, ctx.id("presence.other"), ctx.text("presence-other-way")).fill().on_press(Message::OtherWay);
        let again = matches!(self.phase(), Phase::Deciding) && self.may_try_again();
        let again = again.then(|| {
            Element::from(
                primary(ui, ctx.id("presence.again"), ctx.text("presence-again"))
                    .icon(Icon::Refresh)
                    .fill()
                    .on_press(Message::Retry),
            )
        });
        with_actions(ui, page, std::iter::once(other.into()).chain(again))
    }

    /// The one sentence the applicant is to follow now.
    fn words(&self, ctx: &Context<'_>) -> &'static str {
        let kiosk = ctx.config.identity.face == Face::Kiosk;
        match self.phase() {
            Phase::Recording => "presence-look",
            Phase::Matching(hint) => face_words(*hint),
            Phase::Pressing(hint) => match hint {
                Some(Hint::FingerBetter) => "presence-finger-press",
                Some(Hint::LiftFinger) => "presence-finger-lift",
                _ => "presence-finger-place",
            },
            Phase::Comparing => "presence-finger-checking",
            Phase::Passed => "presence-face-passed",
            Phase::Deciding if kiosk => "presence-attendant",
            Phase::Deciding => "presence-officer-decides",
            Phase::AttendantUnknown => "presence-attendant-unknown",
            Phase::Failed(_) => "presence-failed",
        }
    }

    /// The live picture, or the finger's sign for those who chose the finger.
    fn scene<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let finger = self.finger.is_some() || matches!(self.phase(), Phase::Pressing(_) | Phase::Comparing);
        if finger {
            return pictogram(ui, Icon::Finger, if self.is_passed() { Tone::Ok } else { Tone::Primary });
        }
        let kiosk = ctx.config.identity.face == Face::Kiosk;
        let handle = ctx.live.pictures.get("face").map(|picture| picture.handle.clone());
        let size = if kiosk { (960.0, 540.0) } else { (640.0, 360.0) };
        live_view(ui, handle, size, Outline::FaceGuide, ctx.text("presence-camera-waiting"))
    }

    /// What happens, and what came of it.
    fn status<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        match self.phase() {
            Phase::Recording => busy(ui, ctx.text("presence-recording"), ctx.tick()),
            Phase::Matching(_) => busy(ui, ctx.text("presence-face-checking"), ctx.tick()),
            Phase::Comparing => busy(ui, ctx.text("presence-finger-checking"), ctx.tick()),
            Phase::Passed => banner(ui, ctx.id("presence.passed"), Level::Ok, self.score(ctx)).into(),
            Phase::Deciding | Phase::AttendantUnknown => match self.why() {
                Some(key) => banner(ui, ctx.id("presence.why"), Level::Info, ctx.text(key))
                    .cure(ctx.text("presence-face-to-person-body"))
                    .into(),
                None if self.still().is_some() => {
                    banner(ui, ctx.id("presence.kept"), Level::Info, ctx.text("presence-evidence-kept")).into()
                }
                None => space().into(),
            },
            Phase::Pressing(_) | Phase::Failed(_) => space().into(),
        }
    }

    fn is_passed(&self) -> bool {
        matches!(self.phase(), Phase::Passed)
    }

    /// The score in words; empty when nothing was compared.
    fn score(&self, ctx: &Context<'_>) -> String {
        if let Some(finger) = &self.finger {
            let score = finger.score.unwrap_or(0);
            return ctx.ui.with("presence-finger-score", &[("score", &score), ("same", &same_of(&finger.version))]);
        }
        let Some((face, score)) = self.face.as_ref().and_then(|face| Some((face, face.score_milli?))) else {
            return String::new();
        };
        ctx.ui.with("presence-score", &[("score", &(score / 10)), ("same", &(face.same_milli / 10))])
    }

    /// Why a person decides, by Fluent key.
    fn why(&self) -> Option<&'static str> {
        if let Some(finger) = &self.finger {
            return match finger.outcome {
                FingerOutcome::Same => None,
                FingerOutcome::Grey | FingerOutcome::Different => Some("presence-why-finger-different"),
                FingerOutcome::Worn => Some("presence-why-finger-worn"),
                FingerOutcome::NoReference => Some("presence-why-finger-none"),
            };
        }
        match self.face.as_ref()?.outcome {
            FaceOutcome::Same => None,
            FaceOutcome::Grey => Some("presence-why-grey"),
            FaceOutcome::Different => Some("presence-why-different"),
            FaceOutcome::NotLive => Some("presence-why-not-live"),
            FaceOutcome::NoGoodFrame => Some("presence-why-no-frame"),
            FaceOutcome::NoPortrait => Some("presence-why-no-portrait"),
            FaceOutcome::NoModel => Some("presence-why-no-model"),
        }
    }

    /// The officer compares and decides, with a reason.
    #[must_use]
    pub fn officer_view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        if let Phase::Failed(failure) = self.phase() {
            return self.failed(ctx, failure, iced::widget::space().into(), Audience::Officer);
        }
        let waits = match self.phase() {
            Phase::Recording => Some("presence-recording"),
            Phase::Matching(hint) => Some(face_words(*hint)),
            Phase::Pressing(_) => Some("presence-finger-place"),
            Phase::Comparing => Some("presence-finger-checking"),
            _ => None,
        };
        if let Some(key) = waits {
            return center(busy(ui, ctx.text(key), ctx.tick())).into();
        }
        if self.is_passed() {
            return center(banner(ui, ctx.id("presence.passed"), Level::Ok, self.score(ctx))).into();
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
        let why = self.why().map(|key| {
            let words = format!("{} {}", ctx.text(key), self.score(ctx));
            Element::from(caption(ui, words.trim().to_owned()))
        });
        let page = column![
            row![title(ui, ctx.text("presence-compare")), to_person].spacing(ui.tokens.space.m).align_y(Center),
        ]
        .extend(why)
        .push(column![pair, strong(ui, ctx.text("presence-reason")), reasons,].spacing(ui.tokens.space.m))
        .width(Length::Fill)
        .spacing(ui.tokens.space.m);
        let again = self.may_try_again().then(|| {
            Element::from(
                secondary(ui, ctx.id("presence.again"), ctx.text("presence-again"))
                    .icon(Icon::Refresh)
                    .fill()
                    .on_press(Message::Retry),
            )
        });
        with_actions(ui, page, again.into_iter().chain([other.into(), same.into()]))
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
impl super::Message {
    /// The clip is kept, as a sample.
    #[must_use]
    pub fn sample_clip() -> Self {
        Self::Clipped(Ok(sample_blob()))
    }

    /// What the worker found, for the samples of screens.
    #[must_use]
    pub fn sample_face(outcome: FaceOutcome, score_milli: u32) -> Self {
        Self::Face(crate::service::devices::Call::Done(Ok(tongban_device::biometric::FaceReport {
            outcome,
            score_milli: Some(score_milli),
            same_milli: 450,
            liveness_milli: 990,
            turned: false,
            quality: 90,
            frames: 5,
            version: "sample".to_owned(),
            jpeg: Vec::new(),
            thumb: None,
        })))
    }
}

#[cfg(feature = "demo")]
fn sample_blob() -> tongban_domain::event::BlobRef {
    use tongban_domain::event::{BlobRef, Digest};
    BlobRef { address: Digest([0; 32]), plain_sha256: Digest([0; 32]), len: 0, media: String::new() }
}

#[cfg(feature = "demo")]
impl super::Evidence {
    /// Evidence of a drawn picture, for the samples of screens.
    #[must_use]
    pub fn sample(picture: crate::apply::context::Picture) -> Self {
        let blob = sample_blob();
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

/// What the worker asks for, in words.
fn face_words(hint: Option<Hint>) -> &'static str {
    match hint {
        Some(Hint::FaceCloser) => "presence-face-closer",
        Some(Hint::FaceFarther) => "presence-face-farther",
        Some(Hint::FaceCentre) => "presence-face-centre",
        Some(Hint::FaceUncover) => "presence-face-uncover",
        Some(Hint::FaceLight) => "presence-face-brighter",
        Some(Hint::FaceAlone) => "presence-face-alone",
        Some(Hint::FaceEyes) => "presence-face-eyes",
        Some(Hint::FaceHold) => "presence-face-still",
        Some(Hint::FaceTurn) => "presence-face-turn",
        _ => "presence-face-look",
    }
}

/// The threshold in a matcher's version text (`bozorth3-60/25-1`).
fn same_of(version: &str) -> String {
    version.split(['-', '/']).nth(1).unwrap_or_default().to_owned()
}
