//! 取号: a swipe turns today's booking into a number; without one an item is chosen. The number stands on the
//! screen and, where a slip printer is bound, on paper.

mod view;

use crate::apply::ContextParts;
use crate::failure::Failure;
use crate::service::devices::Call;
use crate::service::queue;
use iced::Task;
use std::time::Duration;
use tongban_device::message::{CardRead, PrintEnd};
use tongban_device::slip::QueueSlip;
use tongban_domain::clock::WallTime;
use tongban_domain::ids::ItemKey;
use tongban_protocol::queue::{QueueAsk, QueuePlace, QueueReply};
use uuid::Uuid;

/// How long the reader waits for a card.
const CARD_WAIT: Duration = Duration::from_secs(110);

/// State of the page. The card is dropped with it.
#[derive(Debug)]
pub struct Ticket {
    ask: Uuid,
    card: Option<Box<CardRead>>,
    item: Option<ItemKey>,
    phase: Phase,
    work: Option<iced::task::Handle>,
}

/// How far it is.
#[derive(Debug)]
enum Phase {
    /// Waiting for a card.
    Card,
    /// The centre is asked.
    Asking,
    /// Nothing is booked: which item?
    Choose,
    /// No number.
    Failed(Failure),
    /// The number, and what became of the slip.
    Taken(QueuePlace, Slip),
}

/// The slip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slip {
    /// No printer for it.
    None,
    /// Coming.
    Printing,
    /// There.
    Printed,
    /// It may not have come out.
    Failed,
}

/// What happens on the page.
#[derive(Debug, Clone)]
pub enum Message {
    /// The reader said something.
    Card(Call<Box<CardRead>>),
    /// 不刷身份证.
    WithoutCard,
    /// An item.
    Pick(ItemKey),
    /// The centre answered.
    Answered(Result<QueueReply, Failure>),
    /// The printer said something.
    Printing(Call<PrintEnd>),
    /// 重试.
    Retry,
    /// 完成.
    Leave,
}

/// What the kiosk must do.
#[derive(Debug)]
pub enum Step {
    /// Nothing, or this.
    Run(Task<Message>),
    /// Back to the home page.
    Leave,
}

impl Ticket {
    /// Waits for a card.
    pub fn start(parts: &ContextParts<'_>) -> (Self, Task<Message>) {
        let ask = parts.services.ids.next();
        let mut ticket = Self { ask, card: None, item: None, phase: Phase::Card, work: None };
        let task = ticket.read(parts);
        (ticket, task)
    }

    /// Work ends with what began it.
    fn keep(&mut self, task: Task<Message>) -> Task<Message> {
        let (task, handle) = task.abortable();
        self.work = Some(handle.abort_on_drop());
        task
    }

    fn read(&mut self, parts: &ContextParts<'_>) -> Task<Message> {
        self.phase = Phase::Card;
        let reading = Task::stream(parts.services.devices.read_card(None, CARD_WAIT)).map(Message::Card);
        self.keep(reading)
    }

    fn take(&mut self, parts: &ContextParts<'_>) -> Task<Message> {
        self.phase = Phase::Asking;
        let number = self.card.as_ref().map(|card| card.facts.number.clone());
        let ask = QueueAsk { ask: self.ask, number, item: self.item.clone() };
        let line = parts.services.queue.clone();
        let asking = Task::perform(async move { line.take(ask).await }, Message::Answered);
        self.keep(asking)
    }

    /// Handles a message.
    pub fn update(&mut self, message: Message, parts: &ContextParts<'_>) -> Step {
        match message {
            Message::Card(Call::Done(Ok(card))) if matches!(self.phase, Phase::Card) => {
                self.card = Some(card);
                return Step::Run(self.take(parts));
            }
            Message::Card(Call::Done(Err(failure))) if matches!(self.phase, Phase::Card) => {
                self.phase = Phase::Failed(failure);
            }
            Message::Card(_) => {}
            Message::WithoutCard => {
                self.work = None;
                self.phase = Phase::Choose;
            }
            Message::Pick(item) => {
                self.item = Some(item);
                return Step::Run(self.take(parts));
            }
            Message::Answered(Ok(QueueReply { ticket: Some(place) })) => {
                self.card = None;
                return Step::Run(self.print(place, parts));
            }
            Message::Answered(Ok(QueueReply { ticket: None })) => self.phase = Phase::Choose,
            Message::Answered(Err(failure)) => self.phase = Phase::Failed(failure),
            Message::Printing(Call::Done(end)) => self.printed(&end),
            Message::Printing(Call::Progress(_)) => {}
            Message::Retry if self.card.is_some() || self.item.is_some() => return Step::Run(self.take(parts)),
            Message::Retry => return Step::Run(self.read(parts)),
            Message::Leave => return Step::Leave,
        }
        Step::Run(Task::none())
    }

    /// The number is on screen at once; the slip follows where there is a printer for it.
    fn print(&mut self, place: QueuePlace, parts: &ContextParts<'_>) -> Task<Message> {
        let device = |role: &&str| {
            parts.live.devices.iter().any(|device| device.role == **role && device.driver == queue::DRIVER)
        };
        let role = queue::ROLES.into_iter().find(|role| device(role)).filter(|role| parts.live.ready(role));
        let slip = QueueSlip {
            hall: parts.config.identity.hall_name.clone(),
            number: place.number.clone(),
            item: self::view::item_name(parts, &place.item),
            ahead: place.ahead,
            taken: crate::when::date_and_time(WallTime(place.at_ms)),
            link: String::new(),
        };
        let job = role.and_then(|role| queue::job(&slip).ok().map(|job| (role, job)));
        let Some((role, job)) = job else {
            self.phase = Phase::Taken(place, Slip::None);
            return Task::none();
        };
        self.phase = Phase::Taken(place, Slip::Printing);
        let printing = Task::stream(parts.services.devices.print(role, None, job)).map(Message::Printing);
        self.keep(printing)
    }

    fn printed(&mut self, end: &Result<PrintEnd, Failure>) {
        if let Phase::Taken(_, slip) = &mut self.phase {
            *slip = if matches!(end, Ok(PrintEnd::Done { .. })) { Slip::Printed } else { Slip::Failed };
        }
    }
}
