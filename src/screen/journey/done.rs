//! 办结页: what was filed, what happens next, take your papers.

use crate::apply::Action;
use crate::apply::context::Context;
use crate::apply::draft::Draft;
use crate::failure::Failure;
use iced::Task;

/// State of the page.
#[derive(Debug, Default)]
pub struct Done {
    card_left: bool,
}

/// What happens on the page.
#[derive(Debug, Clone)]
pub enum Message {
    /// The reader was asked whether the card is still there.
    CardSeen(Result<bool, Failure>),
    /// 返回首页.
    Leave,
}

impl Done {
    /// Reminds of a card left on the reader.
    pub fn start(&mut self, ctx: &Context<'_>) -> Task<Message> {
        let devices = ctx.services.devices.clone();
        Task::perform(async move { devices.card_present().await }, Message::CardSeen)
    }

    /// Nothing to do.
    pub fn recorded(&mut self, _ctx: &Context<'_>) -> Task<Message> {
        Task::none()
    }

    /// Stays until the applicant leaves.
    #[must_use]
    pub fn stays(&self, _draft: &Draft) -> bool {
        true
    }

    /// Handles a message.
    pub fn update(&mut self, message: Message, ctx: &Context<'_>, _failure: &mut Option<Failure>) -> Action<Message> {
        match message {
            Message::CardSeen(seen) => {
                self.card_left = seen.unwrap_or(false);
                if self.card_left {
                    let devices = ctx.services.devices.clone();
                    let later = async move {
                        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                        devices.card_present().await
                    };
                    return Action::Run(Task::perform(later, Message::CardSeen));
                }
                Action::None
            }
            Message::Leave => Action::Leave,
        }
    }
}
