//! 综合窗口: the officer's window; the applicant acts on the customer screen.

mod panes;

pub use panes::{device_icon, device_tone, state_key};

use crate::apply::{ContextParts, Outcome, Wizard, step_name};
use crate::screen::kiosk::camera_of;
use crate::service::cases::OpenCase;
use iced::Task;
use tongban_domain::case::Step;
use tongban_domain::event::Channel;
use tongban_domain::ids::CaseId;
use tongban_ui::Element;
use tongban_ui::widget::TopBar;

/// State of the window.
#[derive(Debug, Default)]
pub struct Desk {
    visit: Option<Box<Wizard>>,
}

/// What happens at the window.
#[derive(Debug, Clone)]
pub enum Message {
    /// 开始受理.
    Begin,
    /// 结束.
    End,
    /// 上一步.
    Back,
    /// Something in the visit.
    Visit(crate::apply::Message),
}

impl Desk {
    /// A case is in hand.
    #[must_use]
    pub fn busy(&self) -> bool {
        self.visit.is_some()
    }

    /// Continues the case that was in hand before a restart.
    pub fn resume(&mut self, open: OpenCase, hint: &str, parts: &ContextParts<'_>) -> Task<Message> {
        let (wizard, task) = Wizard::resume(open, hint, Channel::Window, parts.services, *parts);
        self.visit = Some(Box::new(wizard));
        task.map(Message::Visit)
    }

    /// Handles a message.
    pub fn update(&mut self, message: Message, parts: &ContextParts<'_>) -> Task<Message> {
        match message {
            Message::Begin => {
                let (wizard, task) = Wizard::start(Channel::Window, None, *parts);
                self.visit = Some(Box::new(wizard));
                task.map(Message::Visit)
            }
            Message::End => {
                self.visit = None;
                Task::none()
            }
            Message::Back => self.visit(crate::apply::Message::Back, parts),
            Message::Visit(message) => self.visit(message, parts),
        }
    }

    fn visit(&mut self, message: crate::apply::Message, parts: &ContextParts<'_>) -> Task<Message> {
        let Some(wizard) = &mut self.visit else { return Task::none() };
        match wizard.update(message, parts.services, *parts) {
            Outcome::None => Task::none(),
            Outcome::Run(task) => task.map(Message::Visit),
            Outcome::Leave => {
                self.visit = None;
                Task::none()
            }
        }
    }

    /// Screen name and case for the inspector.
    #[must_use]
    pub fn describe(&self) -> (String, Option<CaseId>) {
        match &self.visit {
            Some(wizard) => (format!("apply.{}", step_name(wizard.step())), wizard.draft.id),
            None => ("desk".to_owned(), None),
        }
    }

    /// Pages captured in the open case.
    #[must_use]
    pub fn pages(&self) -> usize {
        self.visit.as_ref().map_or(0, |wizard| wizard.pages())
    }

    /// The camera whose picture is on screen.
    #[must_use]
    pub fn camera(&self) -> Option<&'static str> {
        self.visit.as_ref().and_then(|wizard| camera_of(wizard.step()))
    }

    /// Draws the officer's window.
    #[must_use]
    pub fn view<'a>(
        &'a self,
        parts: ContextParts<'a>,
        top: TopBar<'a, crate::app::Message>,
    ) -> Element<'a, crate::app::Message> {
        use crate::app::Message as App;
        let left = panes::left(parts, self.visit.as_deref()).map(App::Desk);
        let middle = panes::middle(parts, self.visit.as_deref()).map(App::Desk);
        let right = panes::right(parts).map(App::Desk);
        tongban_ui::widget::panes(parts.ui, top, left, middle, right)
    }

    /// Draws the customer screen.
    #[must_use]
    pub fn customer_view<'a>(&'a self, parts: ContextParts<'a>) -> Element<'a, Message> {
        let Some(wizard) = &self.visit else { return panes::welcome(parts) };
        match wizard.step() {
            Step::Identify | Step::Consent | Step::Presence | Step::Shares | Step::SignOff | Step::Done => {
                panes::applicant(parts, wizard)
            }
            Step::ChooseItem | Step::Form | Step::Capture | Step::Submit => panes::mirror(parts, wizard),
        }
    }
}
