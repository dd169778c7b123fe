//! 制证窗口.
use crate::apply::ContextParts;
use iced::Task;
use tongban_ui::Element;
use tongban_ui::widget::TopBar;

/// State.
#[derive(Debug, Default)]
pub struct Certificate;

/// Messages.
#[derive(Debug, Clone)]
pub enum Message {}

impl Certificate {
    /// Start.
    pub fn start(&mut self, _parts: &ContextParts<'_>) -> Task<Message> {
        Task::none()
    }
    /// Update.
    pub fn update(&mut self, _message: Message, _parts: &ContextParts<'_>) -> Task<Message> {
        Task::none()
    }
    /// Name.
    #[must_use]
    pub fn describe(&self) -> String {
        "certificate".to_owned()
    }
    /// View.
    #[must_use]
    pub fn view<'a>(&'a self, parts: &ContextParts<'a>, _top: TopBar<'a, crate::app::Message>) -> Element<'a, crate::app::Message> {
        tongban_ui::widget::body(parts.ui, "").into()
    }
}
