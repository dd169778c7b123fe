//! 在场核验: the live face or a finger is compared with the card; evidence is kept; a person decides the rest.
//!
//! A machine only ever says "the same person". The grey zone, a doubt about life, a missing network or picture:
//! everything else goes to a person. On a window that is the officer; on a kiosk it is an attendant, who confirms
//! with the own card. The other ways stay open all the while.

mod check;
mod view;

use crate::apply::Action;
use crate::apply::context::Context;
use crate::apply::draft::Draft;
use crate::config::Face;
use crate::failure::Failure;
use crate::service::Cases;
use crate::service::devices::Call;
use iced::Task;
use std::time::Duration;
use tongban_device::biometric::{FaceOutcome, FaceReport, FingerOutcome, FingerReport};
use tongban_device::fault::Hint;
use tongban_device::message::{CardRead, FingerImage, Progress, Rgba};
use tongban_domain::case::{Case, Step};
use tongban_domain::event::{BlobRef, Event, PresenceMethod};
use tongban_domain::ids::StaffId;
use tongban_protocol::action::Actor;

/// How long "passed" stands before the visit goes on.
const PASSED_STANDS: Duration = Duration::from_millis(1200);
/// How long a face is looked at before an attendant is called: who is alone needs time to follow the hints.
const FACE_WAIT_ALONE: Duration = Duration::from_secs(10);
/// The same where the officer, who decides then, sits opposite and others wait.
const FACE_WAIT_AT_A_WINDOW: Duration = Duration::from_secs(6);
/// Every applicant is asked to turn the head: the passive network alone took a simulated print for a living face.
const ALWAYS_TURN: bool = true;
/// Comparisons offered before only a person is left.
pub const TRIES_MAX: u8 = 3;

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
    clip: Option<BlobRef>,
    portrait: Option<Rgba>,
    face: Option<Box<FaceReport>>,
    finger: Option<FingerReport>,
    reason: String,
    tries: u8,
    /// An attendant's card is being waited for.
    asking: bool,
}

/// Where the check is.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum Phase {
    /// The clip is being taken and made durable.
    #[default]
    Recording,
    /// The live face is compared; the worker may ask for something.
    Matching(Option<Hint>),
    /// The scanner waits for the finger.
    Pressing(Option<Hint>),
    /// The print is compared.
    Comparing,
    /// The comparison passed.
    Passed,
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
    /// The clip is durable.
    Clipped(Result<BlobRef, Failure>),
    /// The worker said something about the face.
    Face(Call<FaceReport>),
    /// Clip and still are durable.
    Gathered(Result<Box<Evidence>, Failure>),
    /// The scanner said something.
    Finger(Call<FingerImage>),
    /// The print was compared.
    Compared(Result<FingerReport, Failure>),
    /// "Passed" was shown long enough.
    PassedShown,
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
    /// Begins the way the applicant agreed to.
    pub fn start(&mut self, ctx: &Context<'_>) -> Task<Message> {
        let Some(case) = ctx.case_id() else { return Task::none() };
        self.evidence = None;
        self.face = None;
        self.finger = None;
        let portrait = check::portrait(ctx, case);
        match ctx.case().and_then(Case::consent).map(|consent| consent.choice) {
            Some(PresenceMethod::Face) => {
                self.phase = Phase::Recording;
                Task::batch([portrait, check::clip(ctx, case)])
            }
            // Least impact: who chose the finger is not filmed.
            Some(PresenceMethod::Fingerprint) => {
                self.phase = Phase::Pressing(None);
                Task::batch([portrait, check::finger(ctx, case)])
            }
            // Without consent to face data nothing is recorded; a person looks and decides.
            _ => Task::batch([portrait, self.leave_to_person(ctx)]),
        }
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

    /// May the comparison be tried again?
    #[must_use]
    pub fn may_try_again(&self) -> bool {
        let compared = self.face.as_ref().is_some_and(|face| face.outcome != FaceOutcome::NoModel)
            || self.finger.as_ref().is_some_and(|finger| finger.outcome != FingerOutcome::NoReference);
        compared && self.tries < TRIES_MAX - 1
    }

    /// Handles a message.
    pub fn update(&mut self, message: Message, ctx: &Context<'_>, _failure: &mut Option<Failure>) -> Action<Message> {
        match message {
            Message::Clipped(Ok(clip)) => self.clipped(clip, ctx),
            Message::Face(Call::Progress(Progress::Prompt(hint))) => {
                if matches!(self.phase, Phase::Matching(_)) {
                    self.phase = Phase::Matching(Some(hint));
                }
                Action::None
            }
            Message::Face(Call::Done(result)) => self.face_compared(result.ok(), ctx),
            Message::Gathered(Ok(evidence)) => self.gathered(evidence, ctx),
            Message::Finger(Call::Progress(Progress::Prompt(hint))) => {
                self.phase = Phase::Pressing(Some(hint));
                Action::None
            }
            Message::Finger(Call::Done(Ok(image))) => {
                self.phase = Phase::Comparing;
                Action::Run(check::compare(ctx, image))
            }
            Message::Compared(Ok(report)) => self.finger_compared(report, ctx),
            Message::Face(Call::Progress(_)) | Message::Finger(Call::Progress(_)) => Action::None,
            Message::Clipped(Err(failure))
            | Message::Gathered(Err(failure))
            | Message::Finger(Call::Done(Err(failure)))
            | Message::Compared(Err(failure)) => {
                self.phase = Phase::Failed(failure);
                Action::None
            }
            Message::PassedShown => self.passed(ctx),
            Message::Portrait(portrait) => {
                self.portrait = portrait;
                Action::None
            }
            Message::ReasonChosen(reason) => {
                self.reason = reason;
                Action::None
            }
            Message::Same => self.decide(ctx.officer(), &self.reason.clone()),
            Message::Different => Action::Leave,
            Message::Attendant(Call::Progress(_)) => Action::None,
            Message::Attendant(Call::Done(read)) => self.attendant(read.ok(), ctx),
            Message::Retry => {
                self.tries = self.tries.saturating_add(1);
                Action::Run(self.start(ctx))
            }
            Message::OtherWay => Action::Revisit(Step::Consent),
        }
    }

    fn clipped(&mut self, clip: BlobRef, ctx: &Context<'_>) -> Action<Message> {
        let Some(case) = ctx.case_id() else { return Action::None };
        self.clip = Some(clip);
        match self.portrait.clone() {
            Some(portrait) => {
                self.phase = Phase::Matching(None);
                let wait = if on_kiosk(ctx) { FACE_WAIT_ALONE } else { FACE_WAIT_AT_A_WINDOW };
                let task = Task::stream(ctx.services.matcher.face(case, portrait, ALWAYS_TURN, wait));
                Action::Run(task.map(Message::Face))
            }
            // No decoder for the chip's picture: evidence for the person who decides.
            None => self.face_compared(None, ctx),
        }
    }

    fn face_compared(&mut self, report: Option<FaceReport>, ctx: &Context<'_>) -> Action<Message> {
        let (Some(case), Some(clip)) = (ctx.case_id(), self.clip.clone()) else { return Action::None };
        self.face = report.map(Box::new);
        let frame = self.face.as_ref().and_then(|face| Some((face.jpeg.clone(), face.thumb.clone()?)));
        Action::Run(check::still(ctx, case, clip, frame.filter(|(jpeg, _)| !jpeg.is_empty())))
    }

    fn gathered(&mut self, evidence: Box<Evidence>, ctx: &Context<'_>) -> Action<Message> {
        self.evidence = Some(evidence);
        if self.face.as_ref().is_some_and(|face| face.outcome == FaceOutcome::Same) {
            return self.show_passed();
        }
        Action::Run(self.leave_to_person(ctx))
    }

    fn finger_compared(&mut self, report: FingerReport, ctx: &Context<'_>) -> Action<Message> {
        let same = report.outcome == FingerOutcome::Same;
        self.finger = Some(report);
        if same { self.show_passed() } else { Action::Run(self.leave_to_person(ctx)) }
    }

    fn show_passed(&mut self) -> Action<Message> {
        self.phase = Phase::Passed;
        Action::Run(Task::perform(async { tokio::time::sleep(PASSED_STANDS).await }, |()| Message::PassedShown))
    }

    /// What the machine found, recorded with the version it was found by.
    fn passed(&mut self, ctx: &Context<'_>) -> Action<Message> {
        if self.phase != Phase::Passed {
            return Action::None;
        }
        if let Some(face) = &self.face {
            let reason = ctx.ui.with("presence-automatic-face", &[("version", &face.version)]);
            return self.prove(PresenceMethod::Face, None, Some(reason));
        }
        let Some(finger) = &self.finger else { return Action::None };
        let score = finger.score.unwrap_or(0);
        let reason = ctx.ui.with("presence-automatic-finger", &[("score", &score), ("version", &finger.version)]);
        self.prove(PresenceMethod::Fingerprint, None, Some(reason))
    }

    fn leave_to_person(&mut self, ctx: &Context<'_>) -> Task<Message> {
        self.phase = Phase::Deciding;
        self.ask_attendant(ctx)
    }

    fn ask_attendant(&mut self, ctx: &Context<'_>) -> Task<Message> {
        if !on_kiosk(ctx) || self.asking {
            return Task::none();
        }
        self.asking = true;
        check::attendant(ctx)
    }

    /// An attendant of this hall confirms with the own card; the applicant cannot.
    fn attendant(&mut self, card: Option<Box<CardRead>>, ctx: &Context<'_>) -> Action<Message> {
        self.asking = false;
        if !matches!(self.phase, Phase::Deciding | Phase::AttendantUnknown) {
            return Action::None;
        }
        let Some(card) = card else { return Action::Run(self.ask_attendant(ctx)) };
        let hash = Cases::number_sm3(&card.facts.number);
        match ctx.config.staff.attendants.get(&hash) {
            Some(account) => {
                let reason = ctx.text("presence-reason-attendant");
                self.decide(StaffId(account.clone()), &reason)
            }
            None => {
                self.phase = Phase::AttendantUnknown;
                Action::Run(self.ask_attendant(ctx))
            }
        }
    }

    fn decide(&mut self, by: StaffId, reason: &str) -> Action<Message> {
        self.prove(PresenceMethod::Manual, Some(by), Some(reason.to_owned()))
    }

    fn prove(&self, method: PresenceMethod, by: Option<StaffId>, reason: Option<String>) -> Action<Message> {
        let actor = by.clone().map_or(Actor::System, Actor::Staff);
        let proved = Event::PresenceProved {
            method,
            still: self.evidence.as_ref().map(|evidence| evidence.still.clone()),
            clip: self.evidence.as_ref().map(|evidence| evidence.clip.clone()),
            score_milli: self.face.as_ref().and_then(|face| face.score_milli),
            decided_by: by,
            reason,
        };
        Action::Record(vec![proved], actor)
    }
}

fn on_kiosk(ctx: &Context<'_>) -> bool {
    ctx.config.identity.face == Face::Kiosk
}
