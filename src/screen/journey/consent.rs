//! 告知与同意: what is processed and why; three ways to prove presence, offered as equals.

mod view;

use crate::apply::Action;
use crate::apply::context::Context;
use crate::apply::draft::Draft;
use crate::failure::Failure;
use iced::Task;
use tongban_domain::event::{Event, PresenceMethod};
use tongban_protocol::action::Actor;

/// Version of the notice shown; stored with the consent.
pub const TEXT_VERSION: u32 = 1;

/// State of the page.
#[derive(Debug, Default)]
pub struct Consent {
    /// Off until the applicant ticks it: a consent that was ticked beforehand is none.
    evidence_upload: bool,
}

/// What happens on the page.
#[derive(Debug, Clone)]
pub enum Message {
    /// The applicant agrees and chooses a way.
    Agree(PresenceMethod),
    /// Evidence may be sent to the centre, or not.
    EvidenceToggled(bool),
    /// 不同意.
    Decline,
}

impl Consent {
    /// Nothing to start.
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

    /// Whether evidence may be sent.
    #[must_use]
    pub fn evidence_upload(&self) -> bool {
        self.evidence_upload
    }

    /// Handles a message.
    pub fn update(&mut self, message: Message, _ctx: &Context<'_>, _failure: &mut Option<Failure>) -> Action<Message> {
        match message {
            Message::Agree(choice) => {
                let consent =
                    Event::ConsentGiven { text_version: TEXT_VERSION, choice, evidence_upload: self.evidence_upload };
                Action::Record(vec![consent], Actor::Applicant)
            }
            Message::EvidenceToggled(on) => {
                self.evidence_upload = on;
                Action::None
            }
            Message::Decline => Action::Leave,
        }
    }
}
