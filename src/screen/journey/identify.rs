//! 刷卡: the applicant puts the ID card on the reader.

mod view;

use crate::apply::Action;
use crate::apply::context::Context;
use crate::apply::draft::Draft;
use crate::failure::Failure;
use crate::service::cases::OpenCase;
use crate::service::devices::Call;
use iced::Task;
use std::time::Duration;
use tongban_device::fault::Hint;
use tongban_device::message::{CardRead, Progress, Rgba};
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{CardFacts, Digest, Event};
use tongban_domain::ids::CaseId;
use tongban_protocol::action::Actor;
use tongban_protocol::handover::DraftOffer;

/// How long the reader waits for a card before the page asks again.
const CARD_WAIT: Duration = Duration::from_secs(110);
/// Failed readings after which the page calls for help.
pub const TRIES_MAX: u8 = 3;

/// State of the page.
#[derive(Debug, Default)]
pub struct Identify {
    phase: Phase,
    tries: u8,
    card: Option<Box<CardRead>>,
}

/// Where the reading is.
#[derive(Debug, Default, Clone)]
pub enum Phase {
    /// Waiting for a card.
    #[default]
    Waiting,
    /// The reader asks for something.
    Hinted(Hint),
    /// The card was read, the draft is looked up or written.
    Opening,
    /// An unfinished draft of this person was found.
    Unfinished(Box<OpenCase>),
    /// A draft of this person begun at another station waits at the centre.
    Elsewhere(Box<DraftOffer>),
    /// It did not work.
    Failed(Failure),
}

/// What is there of this person.
#[derive(Debug, Clone)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// A draft at this station.
    Here(Box<OpenCase>),
    /// A draft handed on at another station.
    Elsewhere(Box<DraftOffer>),
}

/// What happens on the page.
#[derive(Debug, Clone)]
pub enum Message {
    /// The reader said something.
    Card(Call<Box<CardRead>>),
    /// Drafts of this person were looked up.
    LookedUp(Result<Found, Failure>),
    /// The case is open.
    Opened(Result<Box<OpenCase>, Failure>),
    /// 重试.
    Retry,
    /// 继续上次办理.
    Continue,
    /// 重新开始.
    StartOver,
    /// 取消.
    Leave,
}

impl Identify {
    /// Asks the reader for a card.
    pub fn start(&mut self, ctx: &Context<'_>) -> Task<Message> {
        self.phase = Phase::Waiting;
        ctx.services.matcher.forget();
        Task::stream(ctx.services.devices.read_card(None, CARD_WAIT)).map(Message::Card)
    }

    /// Nothing to do: the page leaves as soon as a case is open.
    pub fn recorded(&mut self, _ctx: &Context<'_>) -> Task<Message> {
        Task::none()
    }

    /// Never stays.
    #[must_use]
    pub fn stays(&self, _draft: &Draft) -> bool {
        false
    }

    /// Where the reading is.
    #[must_use]
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// Readings that failed so far.
    #[must_use]
    pub fn tries(&self) -> u8 {
        self.tries
    }

    /// Handles a message.
    pub fn update(&mut self, message: Message, ctx: &Context<'_>, _failure: &mut Option<Failure>) -> Action<Message> {
        match message {
            Message::Card(Call::Progress(Progress::Prompt(hint))) => {
                self.phase = Phase::Hinted(hint);
                Action::None
            }
            Message::Card(Call::Progress(_)) => Action::None,
            Message::Card(Call::Done(Ok(card))) => self.card_read(card, ctx),
            Message::Card(Call::Done(Err(failure))) => self.read_failed(failure, ctx),
            Message::LookedUp(Ok(Found::Here(open))) => {
                self.phase = Phase::Unfinished(open);
                Action::None
            }
            Message::LookedUp(Ok(Found::Elsewhere(offer))) => {
                self.phase = Phase::Elsewhere(offer);
                Action::None
            }
            Message::LookedUp(Ok(Found::Nothing)) | Message::StartOver => self.open(None, ctx),
            Message::Continue => match std::mem::take(&mut self.phase) {
                Phase::Unfinished(open) => {
                    let prints = self.card.take().map(|card| card.fingerprint.clone()).unwrap_or_default();
                    ctx.services.matcher.keep_prints(open.id, prints);
                    Action::Adopt(open)
                }
                Phase::Elsewhere(offer) => self.open(Some(offer.case), ctx),
                _ => Action::None,
            },
            Message::Opened(Ok(open)) => Action::Adopt(open),
            Message::LookedUp(Err(failure)) | Message::Opened(Err(failure)) => {
                self.phase = Phase::Failed(failure);
                Action::None
            }
            Message::Retry => Action::Run(self.start(ctx)),
            Message::Leave => Action::Leave,
        }
    }

    fn card_read(&mut self, card: Box<CardRead>, ctx: &Context<'_>) -> Action<Message> {
        let refused = if !card.number_ok {
            Some(ErrorCode::CardNumberInvalid)
        } else if is_expired(&card.facts, ctx) {
            Some(ErrorCode::CardExpired)
        } else {
            None
        };
        if let Some(code) = refused {
            self.phase = Phase::Failed(Failure::new(code, "reader"));
            return Action::None;
        }
        self.phase = Phase::Opening;
        let number = card.facts.number.clone();
        self.card = Some(card);
        let (cases, handover) = (ctx.services.cases.clone(), ctx.services.handover.clone());
        let online = ctx.live.online;
        let look = async move {
            if let Some(open) = cases.unfinished(number.clone()).await? {
                return Ok(Found::Here(Box::new(open)));
            }
            let offer = if online { handover.offer(number).await } else { None };
            Ok(offer.map_or(Found::Nothing, |offer| Found::Elsewhere(Box::new(offer))))
        };
        Action::Run(Task::perform(look, Message::LookedUp))
    }

    /// A silent reader is asked again; a fault is shown with its cure.
    fn read_failed(&mut self, failure: Failure, ctx: &Context<'_>) -> Action<Message> {
        if failure.code == ErrorCode::DeviceTimeout {
            return Action::Run(self.start(ctx));
        }
        self.tries = self.tries.saturating_add(1);
        self.phase = Phase::Failed(failure);
        Action::None
    }

    /// Opens a case of this person, one that continues a draft begun elsewhere where there is one.
    fn open(&mut self, continues: Option<CaseId>, ctx: &Context<'_>) -> Action<Message> {
        let Some(card) = self.card.take() else { return Action::None };
        self.phase = Phase::Opening;
        let first = Event::Identified {
            card: card.facts.clone(),
            line_sha256: Digest(card.line_sha256),
            reader: card.sam_id.clone(),
            expired: false,
            photo: None,
            portrait: None,
        };
        let (cases, channel) = (ctx.services.cases.clone(), ctx.draft.channel);
        let portrait = card.photo.as_ref().and_then(png);
        let (photo, prints) = (card.photo_wlt.clone(), card.fingerprint.clone());
        let matcher = ctx.services.matcher.clone();
        let begin = async move {
            let mut open = cases.begin(channel, first, photo, portrait).await?;
            if let Some(case) = continues {
                open = cases.record(open.id, vec![Event::Continues { case }], Actor::Applicant).await?;
            }
            matcher.keep_prints(open.id, prints);
            Ok(Box::new(open))
        };
        Action::Run(Task::perform(begin, Message::Opened))
    }
}

/// Past its validity by the station's date. `长期` never expires.
fn is_expired(card: &CardFacts, ctx: &Context<'_>) -> bool {
    let today = crate::when::date(ctx.services.clock.wall());
    card.valid_to.len() == 8 && card.valid_to.as_str() < today.as_str()
}

/// The picture as PNG, for the case.
#[must_use]
pub fn png(picture: &Rgba) -> Option<Vec<u8>> {
    let image = image::RgbaImage::from_raw(picture.width, picture.height, picture.pixels.clone())?;
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).ok()?;
    Some(bytes.into_inner())
}
