//! 选择事项: tiles and search; for items of firms, the firm's credit code.

mod view;

use crate::apply::Action;
use crate::apply::context::Context;
use crate::apply::draft::Draft;
use crate::config::Face;
use crate::failure::Failure;
use crate::service::cases::OpenCase;
use crate::service::devices::Scanned;
use iced::Task;
use std::sync::Arc;
use std::time::Duration;
use tongban_domain::code::ErrorCode;
use tongban_domain::credit_code::CreditCode;
use tongban_domain::event::Event;
use tongban_domain::ids::ItemKey;
use tongban_domain::item::{Audience, ServiceItem};
use tongban_protocol::action::Actor;
use tongban_ui::keyboard::pinyin::Purpose;
use tongban_ui::keyboard::{KeyMessage, KeyOutcome, Keyboard, Layout};

/// From a line that failed to the next try.
const BRING_AGAIN: Duration = Duration::from_secs(5);

/// State of the page.
#[derive(Debug, Default)]
pub struct Choose {
    query: String,
    page: usize,
    picked: Option<Arc<ServiceItem>>,
    firm: String,
    firm_fault: Option<ErrorCode>,
    keyboard: Option<Keyboard>,
    bringing: Bringing,
}

/// What was begun at another station is brought before anything is chosen.
#[derive(Debug, Default, Clone)]
pub enum Bringing {
    /// There is nothing to bring, or it was given up.
    #[default]
    Nothing,
    /// Under way.
    UnderWay,
    /// It did not work.
    Failed(Failure),
}

/// What happens on the page.
#[derive(Debug, Clone)]
pub enum Message {
    /// The search text changed.
    Searched(String),
    /// Another page of tiles.
    Page(usize),
    /// An item was touched.
    Pick(ItemKey),
    /// The credit code changed.
    FirmTyped(String),
    /// A key of the on-screen keyboard.
    Key(KeyMessage),
    /// Credit code complete.
    FirmConfirmed,
    /// Back to the tiles.
    Unpick,
    /// What was begun elsewhere is here.
    Brought(Result<Box<OpenCase>, Failure>),
    /// 重试.
    BringAgain,
    /// 重新选择事项.
    GiveUp,
}

impl Choose {
    /// Picks at once what was picked on the home page.
    pub fn start(&mut self, ctx: &Context<'_>) -> Task<Message> {
        if let Some((id, case)) = ctx.case_id().zip(ctx.case().cloned()).filter(|(_, case)| case.continues().is_some())
        {
            self.bringing = Bringing::UnderWay;
            let (handover, open) = (ctx.services.handover.clone(), OpenCase { id, case });
            return Task::perform(async move { handover.bring(open).await.map(Box::new) }, Message::Brought);
        }
        ctx.draft.wanted.clone().map_or_else(Task::none, |key| Task::done(Message::Pick(key)))
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

    /// Items that match the search.
    #[must_use]
    pub fn offered(&self, ctx: &Context<'_>) -> Vec<Arc<ServiceItem>> {
        ctx.services.catalogue.search(ctx.config.identity.face, &ctx.config.service.items, &self.query)
    }

    /// Handles a message.
    pub fn update(&mut self, message: Message, ctx: &Context<'_>, failure: &mut Option<Failure>) -> Action<Message> {
        match message {
            Message::Searched(query) => {
                self.query = query;
                self.page = 0;
            }
            Message::Page(page) => self.page = page,
            Message::Pick(key) => return self.pick(&key, ctx, failure),
            Message::FirmTyped(text) => self.type_firm(&text),
            Message::Key(key) => return self.key(key),
            Message::FirmConfirmed => return self.confirm_firm(),
            Message::Unpick => self.picked = None,
            Message::Brought(Ok(open)) => return Action::Adopt(open),
            Message::Brought(Err(failure)) => return self.not_brought(failure),
            Message::BringAgain if matches!(self.bringing, Bringing::Failed(_)) => return Action::Run(self.start(ctx)),
            Message::BringAgain => {}
            Message::GiveUp => self.bringing = Bringing::Nothing,
        }
        Action::None
    }

    /// Told with its cure; a line that failed is tried again without being asked, as its words say.
    fn not_brought(&mut self, failure: Failure) -> Action<Message> {
        let line = failure.code.as_str().starts_with('N');
        self.bringing = Bringing::Failed(failure);
        // Inside the future, not beside it: the timer is the runtime's, which only runs the task.
        let again = async { tokio::time::sleep(BRING_AGAIN).await };
        if line { Action::Run(Task::perform(again, |()| Message::BringAgain)) } else { Action::None }
    }

    fn pick(&mut self, key: &ItemKey, ctx: &Context<'_>, failure: &mut Option<Failure>) -> Action<Message> {
        let offered = ctx.services.catalogue.offered(ctx.config.identity.face, &ctx.config.service.items);
        let Some(item) = offered.into_iter().find(|item| item.key == *key) else {
            *failure = Some(Failure::new(ErrorCode::ItemUnknown, key.0.clone()));
            return Action::None;
        };
        if item.needs_network && !ctx.live.online {
            *failure = Some(Failure::new(ErrorCode::ItemNeedsNetwork, item.name.clone()));
            return Action::None;
        }
        match item.audience {
            Audience::Person => chosen(&item, None),
            Audience::Firm => {
                let mut keyboard = Keyboard::new(None);
                keyboard.open(Layout::Code, Purpose::Text);
                self.keyboard = Some(keyboard);
                self.picked = Some(item);
                Action::None
            }
        }
    }

    /// The search of a window, or the credit code of a firm: each page has one field.
    #[must_use]
    pub fn takes_codes(&self, ctx: &Context<'_>) -> bool {
        self.picked.is_some() || ctx.config.identity.face != Face::Kiosk
    }

    /// A scanned code is typed; of a code on a licence only the credit code in it.
    #[must_use]
    pub fn scanned(&self, code: &Scanned, ctx: &Context<'_>) -> Option<Message> {
        if self.picked.is_some() {
            let firm = code.words().find(|word| CreditCode::parse(word).is_ok()).unwrap_or(code.text());
            return Some(Message::FirmTyped(firm.to_owned()));
        }
        self.takes_codes(ctx).then(|| Message::Searched(code.text().to_owned()))
    }

    fn type_firm(&mut self, text: &str) {
        self.firm = tongban_domain::check::normalise(text).chars().take(18).collect();
        self.firm_fault = None;
    }

    fn key(&mut self, key: KeyMessage) -> Action<Message> {
        let Some(keyboard) = &mut self.keyboard else { return Action::None };
        match keyboard.update(key) {
            KeyOutcome::Done => self.confirm_firm(),
            outcome => {
                let mut text = self.firm.clone();
                outcome.apply(&mut text, 18);
                self.type_firm(&text);
                Action::None
            }
        }
    }

    fn confirm_firm(&mut self) -> Action<Message> {
        let Some(item) = &self.picked else { return Action::None };
        match CreditCode::parse(&self.firm) {
            Ok(code) => chosen(item, Some(code.as_str().to_owned())),
            Err(_) => {
                self.firm_fault = Some(ErrorCode::FieldInvalid);
                Action::None
            }
        }
    }
}

fn chosen(item: &ServiceItem, firm: Option<String>) -> Action<Message> {
    let chosen = Event::ItemChosen { item: item.key.clone(), version: item.version, firm };
    Action::Record(vec![chosen], Actor::Applicant)
}
