//! 发证: the holder's card decides, compared at the centre.

use super::{Certificate, Message, operator};
use crate::apply::ContextParts;
use crate::failure::Failure;
use crate::service::devices::Call;
use iced::Task;
use std::time::Duration;
use tongban_device::fault::Hint;
use tongban_device::message::{CardRead, Progress};
use tongban_domain::clock::WallTime;
use tongban_domain::code::ErrorCode;
use tongban_protocol::api::LicenceJob;

/// How long the reader waits before it is asked again.
pub const CARD_WAIT: Duration = Duration::from_secs(110);

/// How far the hand-over is.
#[derive(Debug, Default)]
pub enum Hand {
    /// Not begun.
    #[default]
    Idle,
    /// The reader waits for the holder's card.
    Waiting {
        /// What the reader asks for.
        hint: Option<Hint>,
    },
    /// The centre compares.
    Checking,
    /// 已送达.
    Done {
        /// The job.
        job: Box<LicenceJob>,
        /// When, by the station's clock.
        at: WallTime,
    },
}

impl Certificate {
    pub(super) fn hand_over(&mut self, parts: &ContextParts<'_>) -> Task<Message> {
        let ready = self.entry().is_some_and(|entry| entry.job.state == "confirmed");
        if !ready || !self.may_step() || !matches!(self.hand, Hand::Idle) {
            return Task::none();
        }
        self.fault = None;
        self.ask_card(parts)
    }

    fn ask_card(&mut self, parts: &ContextParts<'_>) -> Task<Message> {
        self.hand = Hand::Waiting { hint: None };
        let reading = parts.services.devices.read_card(self.chosen, CARD_WAIT);
        let (task, handle) = Task::stream(reading).map(Message::Card).abortable();
        self.reader = Some(handle);
        task
    }

    /// Stops waiting for a card.
    pub(super) fn let_card_go(&mut self) {
        if let Some(reading) = self.reader.take() {
            reading.abort();
        }
        if matches!(self.hand, Hand::Waiting { .. }) {
            self.hand = Hand::Idle;
        }
    }

    pub(super) fn card(&mut self, call: Call<Box<CardRead>>, parts: &ContextParts<'_>) -> Task<Message> {
        if !matches!(self.hand, Hand::Waiting { .. }) {
            return Task::none();
        }
        match call {
            Call::Progress(Progress::Prompt(hint)) => {
                self.hand = Hand::Waiting { hint: Some(hint) };
                Task::none()
            }
            Call::Progress(_) => Task::none(),
            Call::Done(Ok(card)) => self.compare(card, parts),
            // A silent reader is asked again; a fault is shown with its cure.
            Call::Done(Err(failure)) if failure.code == ErrorCode::DeviceTimeout => self.ask_card(parts),
            Call::Done(Err(failure)) => self.hand_failed(failure),
        }
    }

    fn compare(&mut self, card: Box<CardRead>, parts: &ContextParts<'_>) -> Task<Message> {
        if !card.number_ok {
            return self.hand_failed(Failure::new(ErrorCode::CardNumberInvalid, "reader"));
        }
        let Some(entry) = self.entry() else { return self.hand_failed(Failure::new(ErrorCode::NotFound, "centre")) };
        let (job, making, operator) = (entry.job.clone(), parts.services.making.clone(), operator(parts));
        (self.hand, self.working) = (Hand::Checking, true);
        self.turn += 1;
        Task::perform(async move { making.hand_over(job, operator, card).await.map(Box::new) }, Message::Handed)
    }

    fn hand_failed(&mut self, failure: Failure) -> Task<Message> {
        (self.hand, self.reader, self.fault) = (Hand::Idle, None, Some(failure));
        Task::none()
    }

    pub(super) fn handed(
        &mut self,
        result: Result<Box<LicenceJob>, Failure>,
        parts: &ContextParts<'_>,
    ) -> Task<Message> {
        self.working = false;
        self.turn += 1;
        match result {
            Ok(job) => {
                self.reader = None;
                self.hand = Hand::Done { job, at: parts.services.clock.wall() };
                self.load(parts, false)
            }
            Err(failure) => self.hand_failed(failure),
        }
    }
}
