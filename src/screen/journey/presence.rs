//! 在场核验: live picture, a still and a bounded clip as evidence, and a decision.
//!
//! A matcher (behind [`FaceMatcher`]) may decide alone only outside its grey zone; without
//! one, or in the grey zone, the decision goes to a person. On a window that is the officer;
//! on a kiosk it is an attendant, who confirms with the own card.

mod view;

use crate::apply::Action;
use crate::apply::context::Context;
use crate::apply::draft::Draft;
use crate::config::Face;
use crate::failure::Failure;
use crate::service::devices::{Call, finish};
use crate::service::{Cases, Services};
use iced::Task;
use std::time::Duration;
use tongban_device::message::{CardRead, Rgba};
use tongban_domain::case::{Case, Step};
use tongban_domain::event::{BlobRef, Event, PresenceMethod};
use tongban_domain::ids::{CaseId, StaffId};
use tongban_protocol::action::Actor;

/// Length of the clip.
const CLIP_MS: u32 = 2_000;
/// Its frames per second.
const CLIP_FPS: u8 = 5;
/// How long the attendant has to put the card.
const ATTENDANT_WAIT: Duration = Duration::from_secs(110);

/// 人证比对: compares the chip's portrait with a live picture.
pub trait FaceMatcher: Send + Sync {
    /// Similarity in thousandths and whether the threshold allows a decision without a person.
    fn compare(&self, portrait: &Rgba, live: &Rgba) -> FaceVerdict;
}

/// What a matcher says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaceVerdict {
    /// Above the upper threshold.
    Same { score_milli: u32 },
    /// Between the thresholds, or no decision possible: a person decides.
    ToPerson { score_milli: Option<u32> },
}

/// The matcher of a station without models: everything goes to a person, and says so.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoMatcher;

impl FaceMatcher for NoMatcher {
    fn compare(&self, _portrait: &Rgba, _live: &Rgba) -> FaceVerdict {
        FaceVerdict::ToPerson { score_milli: None }
    }
}

/// What was gathered; everything is durable already.
#[derive(Debug, Clone)]
pub struct Evidence {
    clip: BlobRef,
    still: BlobRef,
    picture: Rgba,
}

/// State of the page.
#[derive(Debug, Default)]
pub struct Presence {
    phase: Phase,
    evidence: Option<Box<Evidence>>,
    portrait: Option<Rgba>,
    reason: String,
}

/// Where the check is.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Clip and still are being taken and made durable.
    #[default]
    Recording,
    /// A person decides.
    Deciding,
    /// The attendant's card was not one of this hall's.
    AttendantUnknown,
    /// It did not work.
    Failed(Failure),
}

/// What happens on the page.
#[derive(Debug, Clone)]
pub enum Message {
    /// Clip and still are durable.
    Gathered(Result<Box<Evidence>, Failure>),
    /// The chip's picture, when a decoder was at hand.
    Portrait(Option<Rgba>),
    /// The officer chose a reason.
    ReasonChosen(String),
    /// 同一人.
    Same,
    /// 不是同一人: the visit ends, the draft keeps the evidence.
    Different,
    /// The attendant's card was read.
    Attendant(Call<Box<CardRead>>),
    /// 重试.
    Retry,
    /// Choose another way.
    OtherWay,
}

impl Presence {
    /// Takes clip and still.
    pub fn start(&mut self, ctx: &Context<'_>) -> Task<Message> {
        let Some(case) = ctx.case_id() else { return Task::none() };
        let portrait = portrait(ctx, case);
        // Without consent to face data nothing is recorded; a person looks and decides.
        if !ctx.case().is_some_and(Case::may_keep_face_data) {
            self.phase = Phase::Deciding;
            return if on_kiosk(ctx) { Task::batch([portrait, ask_attendant(ctx)]) } else { portrait };
        }
        self.phase = Phase::Recording;
        let services = ctx.services.clone();
        let gathered = Task::perform(async move { gather(&services, case).await.map(Box::new) }, Message::Gathered);
        Task::batch([portrait, gathered])
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

    /// Where the check is.
    #[must_use]
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// The still taken, for the side-by-side.
    #[must_use]
    pub fn still(&self) -> Option<&Rgba> {
        self.evidence.as_ref().map(|evidence| &evidence.picture)
    }

    /// The chip's picture.
    #[must_use]
    pub fn portrait(&self) -> Option<&Rgba> {
        self.portrait.as_ref()
    }

    /// The reason chosen so far.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Handles a message.
    pub fn update(&mut self, message: Message, ctx: &Context<'_>, _failure: &mut Option<Failure>) -> Action<Message> {
        match message {
            Message::Gathered(Ok(evidence)) => self.gathered(evidence, ctx),
            Message::Gathered(Err(failure)) => {
                self.phase = Phase::Failed(failure);
                Action::None
            }
            Message::Portrait(portrait) => {
                self.portrait = portrait;
                Action::None
            }
            Message::ReasonChosen(reason) => {
                self.reason = reason;
                Action::None
            }
            Message::Same => self.decide(ctx.officer(), None, &self.reason.clone()),
            Message::Different => Action::Leave,
            Message::Attendant(Call::Progress(_)) => Action::None,
            Message::Attendant(Call::Done(Ok(card))) => self.attendant(&card, ctx),
            Message::Attendant(Call::Done(Err(_))) => Action::Run(ask_attendant(ctx)),
            Message::Retry => Action::Run(self.start(ctx)),
            Message::OtherWay => Action::Revisit(Step::Consent),
        }
    }

    fn gathered(&mut self, evidence: Box<Evidence>, ctx: &Context<'_>) -> Action<Message> {
        let verdict = match &self.portrait {
            Some(portrait) => NoMatcher.compare(portrait, &evidence.picture),
            None => FaceVerdict::ToPerson { score_milli: None },
        };
        self.evidence = Some(evidence);
        self.phase = Phase::Deciding;
        match verdict {
            FaceVerdict::Same { score_milli } => self.prove(PresenceMethod::Face, Some(score_milli), None, None),
            FaceVerdict::ToPerson { .. } if on_kiosk(ctx) => Action::Run(ask_attendant(ctx)),
            FaceVerdict::ToPerson { .. } => Action::None,
        }
    }

    /// An attendant of this hall confirms with the own card; the applicant cannot.
    fn attendant(&mut self, card: &CardRead, ctx: &Context<'_>) -> Action<Message> {
        let hash = Cases::number_sm3(&card.facts.number);
        match ctx.config.staff.attendants.get(&hash) {
            Some(account) => {
                let reason = ctx.text("presence-reason-attendant");
                self.decide(StaffId(account.clone()), None, &reason)
            }
            None => {
                self.phase = Phase::AttendantUnknown;
                Action::Run(ask_attendant(ctx))
            }
        }
    }

    fn decide(&mut self, by: StaffId, score_milli: Option<u32>, reason: &str) -> Action<Message> {
        self.prove(PresenceMethod::Manual, score_milli, Some(by), Some(reason.to_owned()))
    }

    fn prove(
        &self,
        method: PresenceMethod,
        score_milli: Option<u32>,
        by: Option<StaffId>,
        reason: Option<String>,
    ) -> Action<Message> {
        let actor = by.clone().map_or(Actor::System, Actor::Staff);
        let proved = Event::PresenceProved {
            method,
            still: self.evidence.as_ref().map(|evidence| evidence.still.clone()),
            clip: self.evidence.as_ref().map(|evidence| evidence.clip.clone()),
            score_milli,
            decided_by: by,
            reason,
        };
        Action::Record(vec![proved], actor)
    }
}

fn on_kiosk(ctx: &Context<'_>) -> bool {
    ctx.config.identity.face == Face::Kiosk
}

/// The chip's picture out of the case; our own PNG, sealed since.
fn portrait(ctx: &Context<'_>, id: CaseId) -> Task<Message> {
    let Some(blob) = ctx.case().and_then(Case::card_portrait).cloned() else { return Task::none() };
    let cases = ctx.services.cases.clone();
    let load = async move {
        let bytes = cases.read(id, blob).await.ok()?;
        let picture = image::load_from_memory_with_format(&bytes, image::ImageFormat::Png).ok()?.into_rgba8();
        Some(Rgba { width: picture.width(), height: picture.height(), pixels: picture.into_raw() })
    };
    Task::perform(load, Message::Portrait)
}

async fn gather(services: &Services, case: CaseId) -> Result<Evidence, Failure> {
    let clip = finish(services.devices.clip("face", case, CLIP_MS, CLIP_FPS)).await?;
    let clip = services.cases.put(case, "video/x-tongban-clip", clip.bytes).await?;
    let still = finish(services.devices.still("face", case)).await?;
    let blob = services.cases.put(case, "image/jpeg", still.jpeg).await?;
    Ok(Evidence { clip, still: blob, picture: still.thumb })
}

fn ask_attendant(ctx: &Context<'_>) -> Task<Message> {
    Task::stream(ctx.services.devices.read_card(ctx.case_id(), ATTENDANT_WAIT)).map(Message::Attendant)
}
