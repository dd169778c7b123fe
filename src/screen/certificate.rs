//! 制证窗口: queue of granted licences, blank, print, read back, hand over.
//!
//! The screen shows what the making service says; it decides nothing about a sheet by itself.

mod act;
mod hand;
mod phase;
mod queue;
mod sheet;
mod spoil;
mod work;

use crate::apply::ContextParts;
use crate::failure::Failure;
use crate::service::devices::{Call, Scanned};
use crate::service::making::{Board, Entry, Step};
use hand::Hand;
use iced::Task;
use phase::Phase;
pub use spoil::Message as SpoilMessage;
use spoil::Spoil;
use std::time::Duration;
use tongban_device::message::CardRead;
use tongban_domain::check::half_width;
use tongban_domain::ids::{CaseId, StaffId};
use tongban_protocol::api::LicenceJob;
use tongban_ui::widget::TopBar;
use tongban_ui::{Element, id};

/// Pause between two looks at the queue.
const POLL: Duration = Duration::from_secs(3);

/// State of the window.
#[derive(Debug, Default)]
pub struct Certificate {
    entries: Vec<Entry>,
    loaded: bool,
    /// Why the queue on screen is an old one.
    link: Option<Failure>,
    /// Attempts of this station whose fate is open.
    open: usize,
    page: usize,
    /// Page of the face being checked.
    face_page: usize,
    chosen: Option<CaseId>,
    serial: String,
    read_back: String,
    differs: bool,
    run: Option<Run>,
    /// A step is being written; buttons wait.
    working: bool,
    /// Counts steps taken here: a queue asked for before one is out of date.
    turn: u32,
    fault: Option<Failure>,
    spoil: Option<Spoil>,
    hand: Hand,
    reader: Option<iced::task::Handle>,
}

/// A print under way.
#[derive(Debug)]
pub struct Run {
    case: CaseId,
    intended: bool,
    sent: bool,
    reasons: Vec<String>,
}

/// What happens at the window.
#[derive(Debug, Clone)]
pub enum Message {
    /// The pause is over.
    Poll,
    /// 刷新.
    Refresh,
    /// The queue came; which turn it was asked in, and whether the next look follows by itself.
    Loaded(Box<Board>, u32, bool),
    /// Another page of the queue.
    Page(usize),
    /// Another page of the face.
    FacePage(usize),
    /// A job was chosen.
    Choose(CaseId),
    /// Back to the queue.
    Leave,
    /// Serial typed or scanned.
    Serial(String),
    /// The scanner ended its line.
    SerialScanned,
    /// 打印.
    Print,
    /// The print goes on.
    Making(Step),
    /// Serial of the sheet in hand.
    ReadBack(String),
    /// 确认.
    Confirm,
    /// A person's verdict: nothing came out.
    NotFed,
    /// Two persons' verdict: spoiled.
    Spoil(SpoilMessage),
    /// A step is durable (or not).
    Stepped(Result<Box<Entry>, Failure>),
    /// 发证.
    HandOver,
    /// 取消.
    HandCancel,
    /// The reader said something.
    Card(Call<Box<CardRead>>),
    /// The centre compared the card.
    Handed(Result<Box<LicenceJob>, Failure>),
    /// The fault was read.
    Dismiss,
}

impl Certificate {
    /// Asks for the queue.
    pub fn start(&mut self, parts: &ContextParts<'_>) -> Task<Message> {
        self.load(parts, true)
    }

    /// Screen name for the inspector.
    #[must_use]
    pub fn describe(&self) -> String {
        let name = match self.entry() {
            None if matches!(self.hand, Hand::Done { .. }) => Phase::HandedOver.name(),
            None => "queue",
            Some(entry) => self.phase(entry).name(),
        };
        format!("certificate.{name}")
    }

    /// Draws the window.
    #[must_use]
    pub fn view<'a>(
        &'a self,
        parts: &ContextParts<'a>,
        top: TopBar<'a, crate::app::Message>,
    ) -> Element<'a, crate::app::Message> {
        use crate::app::Message as App;
        let left = queue::view(self, parts).map(App::Certificate);
        let middle = work::view(self, parts).map(App::Certificate);
        let right = sheet::side(self, parts).map(App::Certificate);
        tongban_ui::widget::panes(parts.ui, top, left, middle, right)
    }

    /// Handles a message.
    pub fn update(&mut self, message: Message, parts: &ContextParts<'_>) -> Task<Message> {
        match message {
            Message::Poll => self.load(parts, true),
            Message::Refresh => self.load(parts, false),
            Message::Loaded(board, turn, again) => self.loaded(*board, turn, again),
            Message::Page(page) => {
                self.page = page;
                Task::none()
            }
            Message::FacePage(page) => {
                self.face_page = page;
                Task::none()
            }
            Message::Choose(case) => self.choose(Some(case)),
            Message::Leave => self.choose(None),
            Message::Serial(text) => {
                self.serial = text;
                Task::none()
            }
            Message::SerialScanned => {
                self.serial = plain(&self.serial);
                Task::none()
            }
            Message::Print => self.print(parts),
            Message::Making(step) => self.making(step, parts),
            Message::ReadBack(text) => {
                self.read_back = text;
                self.differs = false;
                Task::none()
            }
            Message::Confirm => self.confirm(parts),
            Message::NotFed => self.not_fed(parts),
            Message::Spoil(message) => self.spoil(message, parts),
            Message::Stepped(result) => self.stepped(result, parts),
            Message::HandOver => self.hand_over(parts),
            Message::HandCancel => {
                self.let_card_go();
                Task::none()
            }
            Message::Card(call) => self.card(call, parts),
            Message::Handed(result) => self.handed(result, parts),
            Message::Dismiss => {
                self.fault = None;
                Task::none()
            }
        }
    }

    fn load(&mut self, parts: &ContextParts<'_>, again: bool) -> Task<Message> {
        let busy = self.run.as_ref().map(|run| run.case).or(self.chosen.filter(|_| self.working));
        let (making, operator, turn) = (parts.services.making.clone(), operator(parts), self.turn);
        let work = async move { Box::new(making.board(busy, operator).await) };
        Task::perform(work, move |board| Message::Loaded(board, turn, again))
    }

    fn loaded(&mut self, board: Board, turn: u32, again: bool) -> Task<Message> {
        let next = match again {
            true => Task::perform(async { tokio::time::sleep(POLL).await }, |()| Message::Poll),
            false => Task::none(),
        };
        if turn != self.turn {
            return next;
        }
        self.open = board.open;
        let before = self.entry().map(|entry| self.phase(entry));
        match board.entries {
            Ok(entries) => {
                (self.entries, self.loaded, self.link) = (entries, true, None);
                if self.entry().is_none() && matches!(self.hand, Hand::Idle) {
                    self.chosen = None;
                }
            }
            Err(failure) => self.link = Some(failure),
        }
        let now = self.entry().map(|entry| self.phase(entry));
        if now == before { next } else { Task::batch([next, self.focus()]) }
    }

    fn choose(&mut self, case: Option<CaseId>) -> Task<Message> {
        self.let_card_go();
        self.hand = Hand::Idle;
        (self.chosen, self.face_page) = (case, 0);
        (self.serial, self.read_back, self.differs) = (String::new(), String::new(), false);
        (self.spoil, self.fault) = (None, None);
        self.focus()
    }

    /// The page asks for a serial, of the blank or of the sheet in hand.
    #[must_use]
    pub fn takes_codes(&self) -> bool {
        let phase = self.entry().map(|entry| self.phase(entry));
        self.spoil.is_none() && matches!(phase, Some(Phase::Check | Phase::ReadBack | Phase::Unknown))
    }

    /// A serial was scanned: it ends its own line, as a typed one is ended by Enter.
    pub fn scanned(&mut self, code: &Scanned, parts: &ContextParts<'_>) -> Task<Message> {
        if !self.takes_codes() {
            return Task::none();
        }
        let (text, check) = (plain(code.text()), self.entry().map(|entry| self.phase(entry)) == Some(Phase::Check));
        if check {
            self.serial = text;
            return Task::none();
        }
        let typed = self.update(Message::ReadBack(text), parts);
        Task::batch([typed, self.update(Message::Confirm, parts)])
    }

    /// The scanner writes where the cursor is: put it where the next number belongs.
    fn focus(&self) -> Task<Message> {
        match self.entry().map(|entry| self.phase(entry)) {
            Some(Phase::Check) => iced::widget::operation::focus(id!("certificate.serial")),
            Some(Phase::ReadBack | Phase::Unknown) => iced::widget::operation::focus(id!("certificate.read-back")),
            _ => Task::none(),
        }
    }
}

/// The operator on duty.
fn operator(parts: &ContextParts<'_>) -> StaffId {
    StaffId(parts.config.staff.on_duty.clone())
}

/// A serial as typed or scanned in one form: half-width, upper case, no blanks. A dash stays: some blanks have one.
fn plain(text: &str) -> String {
    text.chars()
        .map(half_width)
        .filter(|letter| !letter.is_whitespace())
        .map(|letter| letter.to_ascii_uppercase())
        .collect()
}
