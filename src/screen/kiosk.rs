//! 自助终端: home page, visit, and the clean page between two people.

mod home;
mod spoken;

pub use home::{tile_of, tiles_on_a_page, waits};
pub use spoken::sentence;

use crate::apply::context::Context;
use crate::apply::{ContextParts, Wizard};
use crate::config::Face;
use crate::screen::visit::{Signal, Visit};
use crate::service::cases::OpenCase;
use iced::Task;
use tongban_domain::case::Step;
use tongban_domain::event::Channel;
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
            Message::Pick(key) => self.begin(Some(key), parts),
            Message::Continue => self.begin(None, parts),
            Message::Page(page) => {
                self.tile_page = page;
                (Task::none(), Signal::None)
            }
            Message::Home => self.end(),
            Message::Back => self.visit(crate::apply::Message::Back, parts),
            Message::Visit(message) => self.visit(message, parts),
            Message::Shell(_) => (Task::none(), Signal::None),
        }
    }

    fn begin(&mut self, wanted: Option<ItemKey>, parts: &ContextParts<'_>) -> (Task<Message>, Signal) {
        if parts.live.stopped {
            // 应急停用: a press that got through all the same begins nothing.
            return (Task::none(), Signal::None);
        }
        let (task, signal) = self.visit.begin(Channel::Kiosk, wanted, parts);
        (task.map(Message::Visit), signal)
    }

    fn visit(&mut self, message: crate::apply::Message, parts: &ContextParts<'_>) -> (Task<Message>, Signal) {
        let (task, signal) = self.visit.update(message, parts);
        if signal == Signal::Ended {
            self.clear();
        }
        (task.map(Message::Visit), signal)
    }

    fn end(&mut self) -> (Task<Message>, Signal) {
        self.clear();
        (Task::none(), self.visit.end())
    }

    /// The home page as the next person finds it.
    fn clear(&mut self) {
        self.interrupted = None;
        self.tile_page = 0;
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
            return page(ui, top, self.home(parts).map(App::Kiosk), bottom);
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
