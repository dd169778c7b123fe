//! 提交: how the result shall arrive, and one touch. Works without the network.

mod view;

use crate::apply::Action;
use crate::apply::context::Context;
use crate::apply::draft::Draft;
use crate::failure::Failure;
use crate::service::cases::OpenCase;
use iced::Task;
use tongban_domain::event::Delivery;

/// State of the page.
#[derive(Debug, Default)]
pub struct Submit {
    delivery: Option<Delivery>,
    sending: bool,
}

/// What happens on the page.
#[derive(Debug, Clone)]
pub enum Message {
    /// How the result arrives.
    Delivery(Delivery),
    /// 提交.
    Submit,
    /// Durable, with its number.
    Submitted(Result<Box<OpenCase>, Failure>),
}

impl Submit {
    /// Submits at once where there is nothing to decide.
    pub fn start(&mut self, ctx: &Context<'_>) -> Task<Message> {
        let offered = self.offered(ctx);
        self.delivery = offered.first().copied();
        let on_the_spot = offered.len() == 1 && offered[0] == Delivery::OnTheSpot;
        if on_the_spot { Task::done(Message::Submit) } else { Task::none() }
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

    /// What the item offers; only what the signed form says, where it asks for it.
    #[must_use]
    pub fn offered(&self, ctx: &Context<'_>) -> Vec<Delivery> {
        match Self::signed(ctx) {
            Some(signed) => vec![signed],
            None => ctx.draft.item.as_ref().map(|item| item.delivery.clone()).unwrap_or_default(),
        }
    }

    /// What was signed off with the form: shown, not asked again.
    fn signed(ctx: &Context<'_>) -> Option<Delivery> {
        let signed = ctx.draft.case.as_ref()?.delivery_in_form()?;
        ctx.draft.item.as_ref()?.delivery.contains(&signed).then_some(signed)
    }

    /// What is chosen.
    #[must_use]
    pub fn delivery(&self) -> Option<Delivery> {
        self.delivery
    }

    /// The case is being made durable.
    #[must_use]
    pub fn sending(&self) -> bool {
        self.sending
    }

    /// Handles a message.
    pub fn update(&mut self, message: Message, ctx: &Context<'_>, failure: &mut Option<Failure>) -> Action<Message> {
        match message {
            Message::Delivery(delivery) => {
                self.delivery = Some(delivery);
                Action::None
            }
            Message::Submit => {
                let (Some(id), Some(delivery), false) = (ctx.case_id(), self.delivery, self.sending) else {
                    return Action::None;
                };
                self.sending = true;
                let (cases, offline) = (ctx.services.cases.clone(), !ctx.live.online);
                let submit = async move { cases.submit(id, delivery, offline).await.map(|(open, _)| Box::new(open)) };
                Action::Run(Task::perform(submit, Message::Submitted))
            }
            Message::Submitted(Ok(open)) => {
                ctx.services.centre.kick();
                Action::Adopt(open)
            }
            Message::Submitted(Err(fault)) => {
                self.sending = false;
                *failure = Some(fault);
                Action::None
            }
        }
    }
}
