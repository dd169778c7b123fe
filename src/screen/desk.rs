//! 综合窗口: the officer's window; the applicant acts on the customer screen.

mod panes;

pub use panes::{device_icon, device_tone, state_key};

use crate::apply::ContextParts;
use crate::screen::visit::{Signal, Visit};
use crate::service::cases::OpenCase;
use iced::Task;
use tongban_domain::case::Step;
use tongban_domain::event::Channel;
use tongban_ui::Element;
use tongban_ui::widget::TopBar;

/// State of the window.
#[derive(Debug, Default)]
pub struct Desk {
    visit: Visit,
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
    /// Continues the case that was in hand before a restart.
    pub fn resume(&mut self, open: OpenCase, hint: &str, parts: &ContextParts<'_>) -> (Task<Message>, Signal) {
        let (task, signal) = self.visit.resume(open, hint, Channel::Window, parts);
        (task.map(Message::Visit), signal)
    }

    /// Handles a message.
    pub fn update(&mut self, message: Message, parts: &ContextParts<'_>) -> (Task<Message>, Signal) {
        let (task, signal) = match message {
            Message::Begin => self.visit.begin(Channel::Window, None, parts),
            Message::End => (Task::none(), self.visit.end()),
            Message::Back => self.visit.update(crate::apply::Message::Back, parts),
            Message::Visit(message) => self.visit.update(message, parts),
        };
        (task.map(Message::Visit), signal)
    }

    /// The visit, if a case is in hand.
    #[must_use]
    pub fn in_hand(&self) -> &Visit {
        &self.visit
    }

    /// Draws the officer's window.
    #[must_use]
    pub fn view<'a>(
        &'a self,
        parts: ContextParts<'a>,
        top: TopBar<'a, crate::app::Message>,
        calls: Option<Element<'a, crate::app::Message>>,
    ) -> Element<'a, crate::app::Message> {
        use crate::app::Message as App;
        let left = panes::left(parts, self.visit.wizard()).map(App::Desk);
        let middle = panes::middle(parts, self.visit.wizard()).map(App::Desk);
        let devices = panes::right(parts).map(App::Desk);
        let right = iced::widget::column(calls).push(devices).spacing(parts.ui.tokens.space.m);
        tongban_ui::widget::panes(parts.ui, top, left, middle, right)
    }

    /// Draws the customer screen.
    #[must_use]
    pub fn customer_view<'a>(&'a self, parts: ContextParts<'a>) -> Element<'a, Message> {
        let Some(wizard) = self.visit.wizard() else { return panes::welcome(parts) };
        match wizard.step() {
            Step::Identify | Step::Consent | Step::Presence | Step::Shares | Step::SignOff | Step::Done => {
                panes::applicant(parts, wizard)
            }
            Step::ChooseItem | Step::Form | Step::Capture | Step::Submit => panes::mirror(parts, wizard),
        }
    }
}
