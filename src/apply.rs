//! 办理向导: a list of steps over one draft. A step knows no neighbour; the wizard decides
//! what is next from the case itself, so that a restart comes back to the same step.

pub mod context;
pub mod draft;

use crate::config::Face;
use crate::failure::Failure;
use crate::screen::journey::{self, StepScreen};
use crate::service::Services;
use crate::service::cases::OpenCase;
use context::Context;
use draft::Draft;
use iced::Task;
use tongban_domain::case::Step;
use tongban_domain::event::{Channel, Event};
use tongban_domain::ids::{CaseId, ItemKey};
use tongban_protocol::action::Actor;

/// Longer than anybody sits at a window.
const WORKING_DAY_MS: u64 = 12 * 3_600_000;

/// What a step wants.
#[derive(Debug)]
pub enum Action<M> {
    /// Nothing.
    None,
    /// Do this and come back.
    Run(Task<M>),
    /// Append these facts, then go where the case says.
    Record(Vec<Event>, Actor),
    /// A case was opened or an unfinished one found: work on it.
    Adopt(Box<OpenCase>),
    /// Show this earlier step again.
    Revisit(Step),
    /// Go to the step the case asks for.
    Forward,
    /// The visit is over.
    Leave,
}

impl<M: Send + 'static> Action<M> {
    /// The same action for the parent's messages.
    pub fn map<N: Send + 'static>(self, f: impl Fn(M) -> N + Send + Clone + 'static) -> Action<N> {
        match self {
            Self::None => Action::None,
            Self::Run(task) => Action::Run(task.map(f)),
            Self::Record(events, actor) => Action::Record(events, actor),
            Self::Adopt(case) => Action::Adopt(case),
            Self::Revisit(step) => Action::Revisit(step),
            Self::Forward => Action::Forward,
            Self::Leave => Action::Leave,
        }
    }
}

/// The wizard of one visit.
#[derive(Debug)]
pub struct Wizard {
    /// What the screens show.
    pub draft: Draft,
    /// The step on screen.
    pub screen: StepScreen,
    /// Last failure to show above the step.
    pub failure: Option<Failure>,
    /// A durable write is under way; buttons wait.
    pub busy: bool,
    tasks: Vec<iced::task::Handle>,
}

/// What happens to the wizard.
#[derive(Debug, Clone)]
pub enum Message {
    /// Something of the step on screen.
    Step(journey::Message),
    /// Facts became durable (or not).
    Recorded(Result<Box<OpenCase>, Failure>),
    /// 上一步.
    Back,
    /// The failure was read.
    DismissFailure,
}

/// What the parent must do.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing.
    None,
    /// Run this.
    Run(Task<Message>),
    /// The visit is over: wipe.
    Leave,
}

impl Wizard {
    /// Starts a visit at the card.
    pub fn start(channel: Channel, wanted: Option<ItemKey>, parts: ContextParts<'_>) -> (Self, Task<Message>) {
        let draft = Draft::new(channel, wanted);
        let mut wizard =
            Self { draft, screen: StepScreen::new(Step::Identify), failure: None, busy: false, tasks: Vec::new() };
        let task = wizard.enter(Step::Identify, parts);
        (wizard, task)
    }

    /// Continues an open case, as after a restart at a window.
    ///
    /// `hint` is the step that was on screen; it wins while the case allows to be there.
    pub fn resume(
        open: OpenCase,
        hint: &str,
        channel: Channel,
        services: &Services,
        parts: ContextParts<'_>,
    ) -> (Self, Task<Message>) {
        let mut draft = Draft::new(channel, None);
        adopt(&mut draft, open, services);
        let next = draft.next_step();
        let mut wizard = Self { draft, screen: StepScreen::new(next), failure: None, busy: false, tasks: Vec::new() };
        let step =
            wizard.screen_steps().into_iter().find(|step| step_name(*step) == hint && *step < next).unwrap_or(next);
        let task = wizard.enter(step, parts);
        (wizard, task)
    }

    /// Where the wizard is.
    #[must_use]
    pub fn step(&self) -> Step {
        self.screen.step()
    }

    fn enter(&mut self, step: Step, parts: ContextParts<'_>) -> Task<Message> {
        for task in self.tasks.drain(..) {
            task.abort();
        }
        self.screen = StepScreen::new(step);
        let task = self.screen.start(&parts.context(&self.draft)).map(Message::Step);
        let task = self.keep(task);
        let cases = parts.services.cases.clone();
        let mark = Task::future(async move { cases.touch(step_name(step)).await }).discard();
        Task::batch([mark, task])
    }

    /// A step's work ends with the step.
    fn keep(&mut self, task: Task<Message>) -> Task<Message> {
        let (task, handle) = task.abortable();
        self.tasks.push(handle);
        task
    }

    /// Handles a message.
    pub fn update(&mut self, message: Message, services: &Services, parts: ContextParts<'_>) -> Outcome {
        match message {
            Message::Step(message) => {
                let action = self.screen.update(message, &parts.context(&self.draft), &mut self.failure);
                self.act(action, services, parts)
            }
            Message::Recorded(Ok(open)) => {
                self.busy = false;
                self.failure = None;
                adopt(&mut self.draft, *open, services);
                let next = self.draft.next_step();
                if next == self.screen.step() || self.screen.stays(&self.draft) {
                    let task = self.screen.recorded(&parts.context(&self.draft)).map(Message::Step);
                    Outcome::Run(self.keep(task))
                } else {
                    Outcome::Run(self.enter(next, parts))
                }
            }
            Message::Recorded(Err(failure)) => {
                self.busy = false;
                self.failure = Some(failure);
                Outcome::None
            }
            Message::Back => match self.previous() {
                Some(step) => Outcome::Run(self.enter(step, parts)),
                None => Outcome::Leave,
            },
            Message::DismissFailure => {
                self.failure = None;
                Outcome::None
            }
        }
    }

    fn act(&mut self, action: Action<journey::Message>, services: &Services, parts: ContextParts<'_>) -> Outcome {
        match action {
            Action::None => Outcome::None,
            Action::Run(task) => {
                let task = task.map(Message::Step);
                Outcome::Run(self.keep(task))
            }
            Action::Record(events, actor) => {
                let Some(id) = self.draft.id else { return Outcome::None };
                self.busy = true;
                Outcome::Run(record(services, id, events, actor))
            }
            Action::Adopt(open) => {
                let id = open.id;
                adopt(&mut self.draft, *open, services);
                let (cases, idle_ms) = (services.cases.clone(), idle_ms(&parts));
                let visit = Task::future(async move { cases.begin_visit(id, idle_ms).await }).discard();
                let next = self.draft.next_step();
                Outcome::Run(Task::batch([visit, self.enter(next, parts)]))
            }
            Action::Revisit(step) => Outcome::Run(self.enter(step, parts)),
            Action::Forward => {
                let next = self.draft.next_step();
                Outcome::Run(self.enter(next, parts))
            }
            Action::Leave => Outcome::Leave,
        }
    }

    /// Pages captured so far.
    #[must_use]
    pub fn pages(&self) -> usize {
        self.draft.case.as_ref().map_or(0, |case| case.pages_by_requirement().values().map(Vec::len).sum())
    }

    /// 上一步 leads somewhere.
    #[must_use]
    pub fn can_go_back(&self) -> bool {
        self.step() != Step::Done && self.previous().is_some()
    }

    /// The step before this one that may be shown again; identity and presence are not repeated.
    fn previous(&self) -> Option<Step> {
        let steps = self.screen_steps();
        let at = steps.iter().position(|step| *step == self.screen.step())?;
        at.checked_sub(1).map(|before| steps[before])
    }

    fn screen_steps(&self) -> Vec<Step> {
        let item = self.draft.item.as_deref();
        let form = item.is_some_and(|item| !item.form.is_empty());
        let capture = item.is_some_and(|item| item.sign_off);
        [(Step::Form, form), (Step::Capture, capture), (Step::SignOff, capture), (Step::Submit, true)]
            .into_iter()
            .filter_map(|(step, there)| there.then_some(step))
            .collect()
    }
}

/// Takes an opened case into the draft, with the item in the version the case keeps.
/// How long the visit on record may rest: as long as its screen stays. At a window nobody's screen is taken away.
fn idle_ms(parts: &ContextParts<'_>) -> u64 {
    let timers = &parts.config.timers;
    match parts.config.identity.face {
        Face::Kiosk if parts.ui.tokens.is_big() => (timers.elder_idle_s + timers.warn_s) * 1_000,
        Face::Kiosk => (timers.idle_s + timers.warn_s) * 1_000,
        Face::Window | Face::Certificate | Face::Technician => WORKING_DAY_MS,
    }
}

fn adopt(draft: &mut Draft, open: OpenCase, services: &Services) {
    draft.id = Some(open.id);
    draft.item = open.case.item().and_then(|(key, version)| services.catalogue.item(key, version));
    draft.case = Some(open.case);
}

fn record(services: &Services, id: CaseId, events: Vec<Event>, actor: Actor) -> Task<Message> {
    let cases = services.cases.clone();
    Task::perform(async move { cases.record(id, events, actor).await.map(Box::new) }, Message::Recorded)
}

/// The parts of a context that do not depend on the draft; the parent knows them.
#[derive(Clone, Copy)]
pub struct ContextParts<'a> {
    /// See [`Context`].
    pub ui: &'a tongban_ui::Ui,
    /// See [`Context`].
    pub scope: &'static str,
    /// See [`Context`].
    pub services: &'a Services,
    /// See [`Context`].
    pub config: &'a crate::config::Config,
    /// See [`Context`].
    pub live: &'a context::Live,
}

impl<'a> ContextParts<'a> {
    /// With the draft.
    #[must_use]
    pub fn context(self, draft: &'a Draft) -> Context<'a> {
        Context { ui: self.ui, scope: self.scope, services: self.services, config: self.config, draft, live: self.live }
    }
}

/// Stable name of a step: kept with the visit, shown by the inspector.
#[must_use]
pub const fn step_name(step: Step) -> &'static str {
    match step {
        Step::Identify => "identify",
        Step::Consent => "consent",
        Step::Presence => "presence",
        Step::ChooseItem => "choose",
        Step::Shares => "shares",
        Step::Form => "form",
        Step::Capture => "capture",
        Step::SignOff => "sign-off",
        Step::Submit => "submit",
        Step::Done => "done",
    }
}
