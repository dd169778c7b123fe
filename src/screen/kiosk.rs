//! 自助终端: home page, what is beside a visit (帮我找事项, 取号), the visit, and the clean page between two people.

mod home;
pub mod situation;
mod spoken;
pub mod ticket;

pub use home::{icon, tile_of, tiles_on_a_page, waits};
pub use spoken::sentence;

use crate::apply::context::Context;
use crate::apply::{ContextParts, Wizard};
use crate::config::Face;
use crate::screen::visit::{Signal, Visit};
use crate::service::cases::OpenCase;
use iced::Task;
use tongban_domain::case::Step;
use tongban_domain::event::{Channel, FormValues};
use tongban_domain::ids::ItemKey;
use tongban_ui::Element;
use tongban_ui::widget::{Audience, BottomBar, Level, TopBar, fault_banner, page, stepper};

/// State of the kiosk.
#[derive(Debug, Default)]
pub struct Kiosk {
    visit: Visit,
    tile_page: usize,
    /// Masked name of a visit that was cut off; its owner continues by swiping again.
    interrupted: Option<String>,
    beside: Beside,
}

/// What somebody does who has not begun anything.
#[derive(Debug, Default)]
enum Beside {
    /// Looks at the home page.
    #[default]
    Nothing,
    /// 帮我找事项.
    Situation(situation::Situation),
    /// 取号.
    Ticket(Box<ticket::Ticket>),
}

/// What happens on the kiosk.
#[derive(Debug, Clone)]
pub enum Message {
    /// An item on the home page.
    Pick(ItemKey),
    /// Continue what was cut off.
    Continue,
    /// Another page of tiles.
    Page(usize),
    /// 帮我找事项.
    FindItem,
    /// 取号.
    TakeNumber,
    /// Something on the way to an item.
    Situation(situation::Message),
    /// Something on the way to a number.
    Ticket(ticket::Message),
    /// 返回首页.
    Home,
    /// 上一步.
    Back,
    /// Something in the visit.
    Visit(crate::apply::Message),
    /// A bar of the shell.
    Shell(Box<crate::app::Message>),
}

impl Kiosk {
    /// A visit was cut off by a restart: say so without naming anybody.
    pub fn interrupted(&mut self, open: &OpenCase) {
        self.interrupted = open.case.card().map(|card| tongban_domain::mask::name(&card.name));
    }

    /// Handles a message.
    pub fn update(&mut self, message: Message, parts: &ContextParts<'_>) -> (Task<Message>, Signal) {
        match message {
            Message::Pick(key) => self.begin(Some((key, FormValues::new())), parts),
            Message::Continue => self.begin(None, parts),
            Message::FindItem => self.find_item(parts),
            Message::TakeNumber => self.take_number(parts),
            Message::Situation(message) => self.situation(message, parts),
            Message::Ticket(message) => self.ticket(message, parts),
            Message::Page(page) => {
                self.tile_page = page;
                (Task::none(), Signal::None)
            }
            Message::Home => self.end(),
            Message::Back if self.visit.wizard().is_none() => self.back(),
            Message::Back => self.visit(crate::apply::Message::Back, parts),
            Message::Visit(message) => self.visit(message, parts),
            Message::Shell(_) => (Task::none(), Signal::None),
        }
    }

    /// Begins a visit, with what the questions before it said of the form.
    fn begin(&mut self, wanted: Option<(ItemKey, FormValues)>, parts: &ContextParts<'_>) -> (Task<Message>, Signal) {
        if parts.live.stopped {
            // 应急停用: a press that got through all the same begins nothing.
            return (Task::none(), Signal::None);
        }
        self.beside = Beside::Nothing;
        let (key, answers) = wanted.unzip();
        let (task, signal) = self.visit.begin(Channel::Kiosk, key, parts);
        self.visit.answered(answers.unwrap_or_default());
        (task.map(Message::Visit), signal)
    }

    /// Whoever answers questions is there: the page goes away like any other when nobody touches it.
    fn find_item(&mut self, parts: &ContextParts<'_>) -> (Task<Message>, Signal) {
        let Some(trees) = parts.services.situations.trees() else { return (Task::none(), Signal::None) };
        self.beside = Beside::Situation(situation::Situation::new(std::sync::Arc::clone(trees)));
        (Task::none(), Signal::Begun)
    }

    fn take_number(&mut self, parts: &ContextParts<'_>) -> (Task<Message>, Signal) {
        if parts.live.stopped {
            return (Task::none(), Signal::None);
        }
        let (ticket, task) = ticket::Ticket::start(parts);
        self.beside = Beside::Ticket(Box::new(ticket));
        (task.map(Message::Ticket), Signal::Begun)
    }

    fn situation(&mut self, message: situation::Message, parts: &ContextParts<'_>) -> (Task<Message>, Signal) {
        let Beside::Situation(page) = &mut self.beside else { return (Task::none(), Signal::None) };
        match page.update(message) {
            situation::Step::Stay => (Task::none(), Signal::None),
            situation::Step::Leave => self.end(),
            situation::Step::Queue => self.take_number(parts),
            situation::Step::Begin(key, values) => {
                let item = parts.services.catalogue.newest().remove(&key);
                let known = item.map(|item| tongban_domain::situation::form_of(&item, &values));
                self.begin(Some((key, known.unwrap_or_default())), parts)
            }
        }
    }

    fn ticket(&mut self, message: ticket::Message, parts: &ContextParts<'_>) -> (Task<Message>, Signal) {
        let Beside::Ticket(page) = &mut self.beside else { return (Task::none(), Signal::None) };
        match page.update(message, parts) {
            ticket::Step::Run(task) => (task.map(Message::Ticket), Signal::None),
            ticket::Step::Leave => self.end(),
        }
    }

    /// 上一步 before a visit.
    fn back(&mut self) -> (Task<Message>, Signal) {
        let stays = match &mut self.beside {
            Beside::Situation(page) => page.back() == situation::Step::Stay,
            Beside::Nothing | Beside::Ticket(_) => false,
        };
        if stays { (Task::none(), Signal::None) } else { self.end() }
    }

    fn visit(&mut self, message: crate::apply::Message, parts: &ContextParts<'_>) -> (Task<Message>, Signal) {
        let (task, signal) = self.visit.update(message, parts);
        if signal == Signal::Ended {
            self.clear();
        }
        (task.map(Message::Visit), signal)
    }

    fn end(&mut self) -> (Task<Message>, Signal) {
        let beside = !matches!(self.beside, Beside::Nothing);
        self.clear();
        let signal = self.visit.end();
        (Task::none(), if beside { Signal::Ended } else { signal })
    }

    /// The home page as the next person finds it.
    fn clear(&mut self) {
        self.interrupted = None;
        self.tile_page = 0;
        self.beside = Beside::Nothing;
    }

    /// Name of what is on screen while there is no visit.
    #[must_use]
    pub fn idle_name(&self) -> &'static str {
        match self.beside {
            Beside::Nothing => "home",
            Beside::Situation(_) => "situation",
            Beside::Ticket(_) => "ticket",
        }
    }

    /// The visit, if somebody is here.
    #[must_use]
    pub fn in_hand(&self) -> &Visit {
        &self.visit
    }

    /// Draws the kiosk.
    #[must_use]
    pub fn view<'a>(
        &'a self,
        parts: ContextParts<'a>,
        top: TopBar<'a, crate::app::Message>,
        bottom: BottomBar<'a, crate::app::Message>,
    ) -> Element<'a, crate::app::Message> {
        use crate::app::Message as App;
        let ui = parts.ui;
        let Some(wizard) = self.visit.wizard() else {
            let content = match &self.beside {
                Beside::Nothing => return page(ui, top, self.home(parts).map(App::Kiosk), bottom),
                Beside::Situation(page) => page.view(parts).map(Message::Situation),
                Beside::Ticket(page) => page.view(parts).map(Message::Ticket),
            };
            let bottom = bottom.on_home(App::Kiosk(Message::Home)).on_back(App::Kiosk(Message::Back));
            return page(ui, top, content.map(App::Kiosk), bottom);
        };
        let ctx = parts.context(&wizard.draft);
        let bottom = bottom.on_home(App::Kiosk(Message::Home));
        let bottom = if wizard.can_go_back() { bottom.on_back(App::Kiosk(Message::Back)) } else { bottom };
        let content = content(wizard, &ctx).map(|message| App::Kiosk(Message::Visit(message)));
        page(ui, top, content, bottom)
    }
}

/// Stepper, fault and step, one below the other.
fn content<'a>(wizard: &'a Wizard, ctx: &Context<'a>) -> Element<'a, crate::apply::Message> {
    let ui = ctx.ui;
    let (names, at) = stages(ctx, wizard.step());
    let fault = wizard.failure.as_ref().map(|failure| {
        let close = tongban_ui::widget::quiet(ui, ctx.id("fault.close"), ui.text("common-understood"))
            .on_press(crate::apply::Message::DismissFailure);
        Element::from(
            fault_banner(ui, ctx.id("fault"), Level::Fault, failure.code.as_str(), Audience::Applicant).action(close),
        )
    });
    let step = wizard.screen.view(ctx).map(crate::apply::Message::Step);
    // Within reach of a wheelchair there is room for what is done, not for where it stands.
    let stages = (!ui.tokens.low).then(|| stepper(ui, &names, at));
    iced::widget::column(stages)
        .extend(fault)
        .push(iced::widget::container(step).height(iced::Length::Fill))
        .spacing(ui.tokens.space.l)
        .into()
}

/// The four stages an applicant thinks in, and which one this is.
#[must_use]
pub fn stages(ctx: &Context<'_>, step: Step) -> (Vec<String>, usize) {
    let names =
        ["stage-identity", "stage-confirm", "stage-materials", "stage-finish"].map(|key| ctx.text(key)).to_vec();
    let at = match step {
        Step::Identify | Step::Consent | Step::Presence => 0,
        Step::ChooseItem | Step::Shares | Step::Form => 1,
        Step::Capture | Step::SignOff => 2,
        Step::Submit | Step::Done => 3,
    };
    (names, at)
}

impl Kiosk {
    fn home<'a>(&'a self, parts: ContextParts<'a>) -> Element<'a, Message> {
        let offered = parts.services.catalogue.offered(Face::Kiosk, &parts.config.service.items);
        home::view(parts, &offered, self.tile_page, self.interrupted.as_deref())
    }
}
