//! 一次办理: the wizard in hand. The same on the kiosk and at a window; the faces differ in what
//! stands around it.

use crate::apply::{ContextParts, Message, Outcome, Wizard, step_name};
use crate::service::cases::OpenCase;
use iced::Task;
use tongban_domain::case::Step;
use tongban_domain::event::{Channel, FormValues};
use tongban_domain::ids::{CaseId, ItemKey};

/// What the application must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Nothing.
    None,
    /// A visit began.
    Begun,
    /// The visit is over: wipe.
    Ended,
}

/// The visit of one face, if there is one.
#[derive(Debug, Default)]
pub struct Visit {
    wizard: Option<Box<Wizard>>,
}

impl Visit {
    /// Begins at the card.
    pub fn begin(
        &mut self,
        channel: Channel,
        wanted: Option<ItemKey>,
        parts: &ContextParts<'_>,
    ) -> (Task<Message>, Signal) {
        let (wizard, task) = Wizard::start(channel, wanted, *parts);
        self.wizard = Some(Box::new(wizard));
        (task, Signal::Begun)
    }

    /// Continues a case that was in hand before a restart; `hint` is the step that was on screen.
    pub fn resume(
        &mut self,
        open: OpenCase,
        hint: &str,
        channel: Channel,
        parts: &ContextParts<'_>,
    ) -> (Task<Message>, Signal) {
        let (wizard, task) = Wizard::resume(open, hint, channel, parts.services, *parts);
        self.wizard = Some(Box::new(wizard));
        (task, Signal::Begun)
    }

    /// What questions before the visit said of the wanted item's form.
    pub fn answered(&mut self, answers: FormValues) {
        if let Some(wizard) = &mut self.wizard {
            wizard.draft.answers = answers;
        }
    }

    /// Something happened in the visit; without one it is dropped.
    pub fn update(&mut self, message: Message, parts: &ContextParts<'_>) -> (Task<Message>, Signal) {
        let Some(wizard) = &mut self.wizard else { return (Task::none(), Signal::None) };
        match wizard.update(message, parts.services, *parts) {
            Outcome::None => (Task::none(), Signal::None),
            Outcome::Run(task) => (task, Signal::None),
            Outcome::Leave => (Task::none(), self.end()),
        }
    }

    /// Ends it; the wizard drops what it showed.
    pub fn end(&mut self) -> Signal {
        if self.wizard.take().is_some() { Signal::Ended } else { Signal::None }
    }

    /// The wizard, for drawing.
    #[must_use]
    pub fn wizard(&self) -> Option<&Wizard> {
        self.wizard.as_deref()
    }

    /// Screen name and case for an outside driver; `idle` is the face's own page.
    #[must_use]
    pub fn describe(&self, idle: &str) -> (String, Option<CaseId>) {
        match &self.wizard {
            Some(wizard) => (format!("apply.{}", step_name(wizard.step())), wizard.draft.id),
            None => (idle.to_owned(), None),
        }
    }

    /// Pages captured in the open case.
    #[must_use]
    pub fn pages(&self) -> usize {
        self.wizard.as_ref().map_or(0, |wizard| wizard.pages())
    }

    /// The camera whose picture is on screen.
    #[must_use]
    pub fn camera(&self) -> Option<&'static str> {
        match self.wizard.as_ref()?.step() {
            Step::Presence => Some("face"),
            Step::Capture => Some("document"),
            _ => None,
        }
    }
}
