//! 签认: a finger, the camera or a signature binds the applicant to form and materials.

pub mod hand;
mod view;

use crate::apply::Action;
use crate::apply::context::Context;
use crate::apply::draft::Draft;
use crate::failure::Failure;
use crate::service::devices::{Call, finish};
use crate::service::{Cases, Services};
use hand::Hand;
use iced::Task;
use std::time::Duration;
use tongban_device::biometric::FingerOutcome;
use tongban_device::fault::Hint;
use tongban_device::hall::Signature;
use tongban_device::message::{FingerImage, Progress};
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{BlobRef, Digest, Event, SignOffMethod};
use tongban_domain::ids::CaseId;
use tongban_domain::ink;
use tongban_protocol::action::Actor;
use tongban_ui::widget::{Ink, Leafed};

/// How long the scanner waits for a finger.
const FINGER_WAIT: Duration = Duration::from_secs(40);

/// How long a pad waits for a pen.
const PAD_WAIT: Duration = Duration::from_secs(60);
/// Role of the pad.
const PAD: &str = "pad";

/// State of the page.
#[derive(Debug, Default)]
pub struct SignOff {
    phase: Phase,
    hand: Hand,
    /// How far the applicant has read what is signed.
    leafed: Leafed,
}

/// Where the sign-off is.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Finger or camera?
    #[default]
    Choosing,
    /// The scanner asks for something.
    Pressing(Option<Hint>),
    /// The print is compared with the card's.
    Comparing,
    /// The pad waits for the applicant's name.
    OnPad,
    /// The applicant writes on the screen, or looks at what the pad gave.
    Writing,
    /// It is not a finger of the card, or too worn to tell; another try or the camera, as the applicant likes.
    Refused(FingerOutcome),
    /// The picture is being taken, or picture or strokes are being made durable.
    Keeping,
    /// It did not work.
    Failed(Failure),
}

/// What happens on the page.
#[derive(Debug, Clone)]
pub enum Message {
    /// Pages of what is signed were shown to the applicant.
    Leafed(Leafed),
    /// 指纹签认.
    UseFinger,
    /// 摄像签认.
    UseCamera,
    /// 手写签名: on the pad, or on the screen where there is none.
    UseHand,
    /// Written on the screen.
    Ink(Ink),
    /// The pad said something.
    Pad(Call<Signature>),
    /// 重写.
    Rewrite,
    /// What stands there is the signature.
    Keep,
    /// The scanner said something.
    Finger(Call<FingerImage>),
    /// The print was not the card's.
    Refused(FingerOutcome),
    /// The evidence is durable.
    Kept(Result<(SignOffMethod, BlobRef, u8), Failure>),
    /// Choose again.
    Again,
}

impl SignOff {
    /// Nothing to start: the applicant chooses.
    pub fn start(&mut self, _ctx: &Context<'_>) -> Task<Message> {
        Task::none()
    }

    /// Nothing to do.
    pub fn recorded(&mut self, _ctx: &Context<'_>) -> Task<Message> {
        Task::none()
    }

    /// Never stays.
    #[must_use]
    pub fn stays(&self, _draft: &Draft) -> bool {
        false
    }

    /// Where the sign-off is.
    #[must_use]
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// What is being written.
    #[must_use]
    pub fn hand(&self) -> &Hand {
        &self.hand
    }

    /// How far the applicant has read what is signed.
    #[must_use]
    pub fn leafed(&self) -> Leafed {
        self.leafed
    }

    /// What is signed: SM3 over form and materials.
    #[must_use]
    pub fn digest(&self, ctx: &Context<'_>) -> Option<Digest> {
        ctx.case().map(Cases::sign_off_digest)
    }

    /// Handles a message.
    pub fn update(&mut self, message: Message, ctx: &Context<'_>, _failure: &mut Option<Failure>) -> Action<Message> {
        let Some(id) = ctx.case_id() else { return Action::None };
        match message {
            Message::Leafed(leafed) => {
                // What was read whole stays read.
                if !self.leafed.is_whole() {
                    self.leafed = leafed;
                }
                Action::None
            }
            // What was not read cannot be signed, whoever presses.
            Message::UseFinger | Message::UseCamera | Message::UseHand if !self.leafed.is_whole() => Action::None,
            Message::UseFinger => {
                self.phase = Phase::Pressing(None);
                Action::Run(Task::stream(ctx.services.devices.capture_finger(id, FINGER_WAIT)).map(Message::Finger))
            }
            Message::UseCamera => {
                self.phase = Phase::Keeping;
                let services = ctx.services.clone();
                Action::Run(Task::perform(async move { photograph(&services, id).await }, Message::Kept))
            }
            Message::UseHand | Message::Rewrite | Message::Ink(_) | Message::Pad(_) | Message::Keep => {
                self.by_hand(message, id, ctx)
            }
            Message::Finger(Call::Progress(Progress::Prompt(hint))) => {
                self.phase = Phase::Pressing(Some(hint));
                Action::None
            }
            Message::Finger(Call::Progress(_)) => Action::None,
            Message::Finger(Call::Done(Ok(image))) => {
                self.phase = Phase::Comparing;
                let services = ctx.services.clone();
                Action::Run(Task::perform(async move { fingerprint(&services, id, image).await }, |done| done))
            }
            Message::Refused(outcome) => {
                self.phase = Phase::Refused(outcome);
                Action::None
            }
            Message::Kept(Ok((method, evidence, quality))) => {
                let Some(digest) = self.digest(ctx) else { return Action::None };
                // The case's checks are over.
                ctx.services.matcher.forget();
                Action::Record(vec![Event::SignedOff { method, evidence, quality, digest }], Actor::Applicant)
            }
            Message::Finger(Call::Done(Err(failure))) | Message::Kept(Err(failure)) => {
                self.phase = Phase::Failed(failure);
                Action::None
            }
            Message::Again => {
                (self.phase, self.hand) = (Phase::Choosing, Hand::default());
                Action::None
            }
        }
    }

    /// Pad or screen, writing, and what is kept of it.
    fn by_hand(&mut self, message: Message, id: CaseId, ctx: &Context<'_>) -> Action<Message> {
        let writing = self.phase == Phase::Writing;
        match message {
            Message::UseHand | Message::Rewrite => {
                self.hand = Hand::default();
                if !ctx.live.ready(PAD) {
                    self.phase = Phase::Writing;
                    return Action::None;
                }
                self.phase = Phase::OnPad;
                Action::Run(Task::stream(ctx.services.devices.sign(id, PAD_WAIT)).map(Message::Pad))
            }
            Message::Ink(ink) if writing && !self.hand.is_from_pad() => {
                self.hand.write(ink, ctx.services.clock.boot().0);
                Action::None
            }
            Message::Pad(Call::Done(Ok(signature))) if self.phase == Phase::OnPad => {
                self.phase = match Hand::written(&signature) {
                    Ok(hand) => {
                        self.hand = hand;
                        Phase::Writing
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the pad's strokes are no signature");
                        Phase::Failed(Failure::new(ErrorCode::DeviceProtocol, PAD))
                    }
                };
                Action::None
            }
            Message::Pad(Call::Done(Err(failure))) if self.phase == Phase::OnPad => {
                self.phase = Phase::Failed(failure);
                Action::None
            }
            Message::Keep if writing && self.hand.is_signed() => {
                let Ok(ink) = self.hand.evidence() else { return Action::None };
                self.phase = Phase::Keeping;
                let cases = ctx.services.cases.clone();
                let keep = async move {
                    let blob = cases.put(id, ink::MEDIA, ink.to_bytes()).await?;
                    // There is no picture whose quality could be told.
                    Ok((SignOffMethod::Handwritten, blob, 100))
                };
                Action::Run(Task::perform(keep, Message::Kept))
            }
            _ => Action::None,
        }
    }
}

/// Compares the print with the card's fingers and makes it durable. Where there is nothing to compare with (a card
/// without fingers, a closed block, no worker) the print stays what it was before: evidence.
async fn fingerprint(services: &Services, id: CaseId, image: FingerImage) -> Message {
    match services.matcher.finger(id, &image).await.map(|report| report.outcome) {
        Ok(outcome @ (FingerOutcome::Different | FingerOutcome::Grey | FingerOutcome::Worn)) => {
            return Message::Refused(outcome);
        }
        Ok(FingerOutcome::Same | FingerOutcome::NoReference) => {}
        Err(failure) => tracing::warn!(code = failure.code.as_str(), "no comparison at the sign-off"),
    }
    let kept = services.cases.put(id, "image/png", image.png.clone()).await;
    Message::Kept(kept.map(|blob| (SignOffMethod::Fingerprint, blob, image.quality)))
}

async fn photograph(services: &Services, id: CaseId) -> Result<(SignOffMethod, BlobRef, u8), Failure> {
    let still = finish(services.devices.still("face", id)).await?;
    let quality = u8::try_from(still.sharpness.min(100)).unwrap_or(100);
    let blob = services.cases.put(id, "image/jpeg", still.jpeg).await?;
    Ok((SignOffMethod::Camera, blob, quality))
}
