//! 共享数据: one call after another with progress; the applicant confirms or objects to each record.

mod view;

use crate::apply::Action;
use crate::apply::context::Context;
use crate::apply::draft::Draft;
use crate::failure::Failure;
use crate::service::centre::ShareQuestion;
use iced::Task;
use tongban_domain::event::{Event, ShareAnswer, ShareOutcome, SharedRecord, Value};
use tongban_domain::ids::{FieldId, ResourceId};
use tongban_domain::item::ShareCall;
use tongban_protocol::action::Actor;
use tongban_ui::widget::Leafed;

/// State of the page.
#[derive(Debug, Default)]
pub struct Shares {
    asking: Option<ResourceId>,
    objecting: Option<ResourceId>,
    reason: String,
    /// How far the applicant has read the record that waits for an answer.
    leafed: Option<(ResourceId, Leafed)>,
}

/// What happens on the page.
#[derive(Debug, Clone)]
pub enum Message {
    /// A call ended.
    Answered(SharedRecord),
    /// Pages of a record were shown to the applicant.
    Leafed(ResourceId, Leafed),
    /// 信息无误.
    Confirm(ResourceId),
    /// 有异议: ask for the reason.
    Object(ResourceId),
    /// A reason was chosen.
    ReasonChosen(String),
    /// The objection is sent.
    ObjectionConfirmed,
    /// Back to the record.
    ObjectionCancelled,
    /// Ask again.
    AskAgain(ResourceId),
    /// All records are answered: go on.
    Forward,
}

impl Shares {
    /// Asks for the first record not yet asked for.
    pub fn start(&mut self, ctx: &Context<'_>) -> Task<Message> {
        self.ask_next(ctx)
    }

    /// A record or an answer is durable: ask for the next.
    pub fn recorded(&mut self, ctx: &Context<'_>) -> Task<Message> {
        self.objecting = None;
        self.reason.clear();
        // The applicant may answer one record while the next is still being asked for.
        let arrived = |resource: &ResourceId| ctx.case().is_some_and(|case| case.shares().contains_key(resource));
        if self.asking.as_ref().is_some_and(|resource| !arrived(resource)) {
            return Task::none();
        }
        self.asking = None;
        self.ask_next(ctx)
    }

    /// Never stays.
    #[must_use]
    pub fn stays(&self, _draft: &Draft) -> bool {
        false
    }

    /// The call under way.
    #[must_use]
    pub fn asking(&self) -> Option<&ResourceId> {
        self.asking.as_ref()
    }

    /// The record being objected to.
    #[must_use]
    pub fn objecting(&self) -> Option<&ResourceId> {
        self.objecting.as_ref()
    }

    /// The reason chosen.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The record that waits for the applicant's word.
    #[must_use]
    pub fn to_answer<'a>(&self, ctx: &Context<'a>) -> Option<(&'a ShareCall, &'a SharedRecord)> {
        let (case, item) = (ctx.case()?, ctx.draft.item.as_deref()?);
        item.shares.iter().find_map(|call| {
            let share = case.shares().get(&call.resource)?;
            let open = share.record.outcome == ShareOutcome::Found && share.answer.is_none();
            open.then_some((call, &share.record))
        })
    }

    /// How far the applicant has read a record.
    #[must_use]
    pub fn leafed(&self, resource: &ResourceId) -> Leafed {
        let known = self.leafed.as_ref().filter(|(known, _)| known == resource);
        known.map_or_else(Leafed::default, |(_, leafed)| *leafed)
    }

    /// What was read whole stays read, also when the page comes back from the objection.
    fn turned(&mut self, resource: ResourceId, leafed: Leafed) {
        if !self.leafed(&resource).is_whole() {
            self.leafed = Some((resource, leafed));
        }
    }

    fn ask_next(&mut self, ctx: &Context<'_>) -> Task<Message> {
        let Some((case, item)) = ctx.case().zip(ctx.draft.item.as_deref()) else { return Task::none() };
        let open = case.open_shares(item);
        let next = open.into_iter().find(|call| match case.shares().get(&call.resource) {
            None => true,
            // Confirmed and open again: the answers it was asked with have changed.
            Some(share) => share.answer == Some(ShareAnswer::Confirmed),
        });
        next.map_or_else(Task::none, |call| self.ask(call, ctx))
    }

    fn ask(&mut self, call: &ShareCall, ctx: &Context<'_>) -> Task<Message> {
        let (Some(case), Some(id), Some(item)) = (ctx.case(), ctx.case_id(), ctx.draft.item.clone()) else {
            return Task::none();
        };
        self.asking = Some(call.resource.clone());
        let text = |field: &FieldId| match case.form().get(field) {
            Some(Value::Text(text)) => Some((field.clone(), text.clone())),
            _ => None,
        };
        let question = ShareQuestion {
            case: id,
            item,
            call: call.clone(),
            person: case.card().map(|card| card.number.clone()).unwrap_or_default(),
            firm: case.firm().map(str::to_owned),
            parameters: call.parameters.iter().filter_map(text).collect(),
        };
        let centre = ctx.services.centre.clone();
        Task::perform(async move { centre.share(question).await }, Message::Answered)
    }

    /// Handles a message.
    pub fn update(&mut self, message: Message, ctx: &Context<'_>, _failure: &mut Option<Failure>) -> Action<Message> {
        match message {
            Message::Answered(record) => Action::Record(vec![Event::ShareFetched { record }], Actor::System),
            Message::Leafed(resource, leafed) => {
                self.turned(resource, leafed);
                Action::None
            }
            // What was not read cannot be confirmed, whoever presses.
            Message::Confirm(resource) if !self.leafed(&resource).is_whole() => Action::None,
            Message::Confirm(resource) => answer(resource, ShareAnswer::Confirmed),
            Message::Object(resource) => {
                self.objecting = Some(resource);
                Action::None
            }
            Message::ReasonChosen(reason) => {
                self.reason = reason;
                Action::None
            }
            Message::ObjectionConfirmed => match self.objecting.take() {
                Some(resource) => answer(resource, ShareAnswer::Objected { reason: std::mem::take(&mut self.reason) }),
                None => Action::None,
            },
            Message::ObjectionCancelled => {
                self.objecting = None;
                Action::None
            }
            Message::AskAgain(resource) => {
                let call = ctx.draft.item.as_ref().and_then(|item| item.share(&resource).cloned());
                call.map_or(Action::None, |call| Action::Run(self.ask(&call, ctx)))
            }
            Message::Forward => Action::Forward,
        }
    }
}

fn answer(resource: ResourceId, answer: ShareAnswer) -> Action<Message> {
    Action::Record(vec![Event::ShareAnswered { resource, answer }], Actor::Applicant)
}
