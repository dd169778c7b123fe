//! 自助终端: home page, visit, and the clean page between two people.

mod home;

pub use home::{tile_of, tiles_on_a_page, waits};

use crate::apply::context::Context;
use crate::apply::{ContextParts, Outcome, Wizard, step_name};
use crate::config::Face;
use crate::service::cases::OpenCase;
use iced::Task;
use tongban_domain::case::Step;
use tongban_domain::event::Channel;
use tongban_domain::ids::{CaseId, ItemKey};
use tongban_ui::Element;
use tongban_ui::widget::{Audience, Level, TopBar, bottom_bar, fault_banner, page, stepper};

/// State of the kiosk.
#[derive(Debug, Default)]
pub struct Kiosk {
    visit: Option<Box<Wizard>>,
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

/// What the application must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Nothing.
    None,
    /// A visit began.
    Begun,
    /// The visit is over: wipe.
    Ended,
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
        let (wizard, task) = Wizard::start(Channel::Kiosk, wanted, *parts);
        self.visit = Some(Box::new(wizard));
        (task.map(Message::Visit), Signal::Begun)
    }

    fn visit(&mut self, message: crate::apply::Message, parts: &ContextParts<'_>) -> (Task<Message>, Signal) {
        let Some(wizard) = &mut self.visit else { return (Task::none(), Signal::None) };
        match wizard.update(message, parts.services, *parts) {
            Outcome::None => (Task::none(), Signal::None),
            Outcome::Run(task) => (task.map(Message::Visit), Signal::None),
            Outcome::Leave => self.end(),
        }
    }

    fn end(&mut self) -> (Task<Message>, Signal) {
        let was = self.visit.take().is_some();
        self.interrupted = None;
        self.tile_page = 0;
        (Task::none(), if was { Signal::Ended } else { Signal::None })
    }

    /// Screen name and case for the inspector.
    #[must_use]
    pub fn describe(&self) -> (String, Option<CaseId>) {
        match &self.visit {
            Some(wizard) => (format!("apply.{}", step_name(wizard.step())), wizard.draft.id),
            None => ("home".to_owned(), None),
        }
    }

    /// Pages captured in the open case.
    #[must_use]
    pub fn pages(&self) -> usize {
        self.visit.as_ref().map_or(0, |wizard| wizard.pages())
    }

    /// The camera whose picture is on screen.
    #[must_use]
    pub fn camera(&self) -> Option<&'static str> {
        self.visit.as_ref().and_then(|wizard| camera_of(wizard.step()))
    }

    /// Draws the kiosk.
    #[must_use]
    pub fn view<'a>(
        &'a self,
        parts: ContextParts<'a>,
        top: TopBar<'a, crate::app::Message>,
        countdown: Option<u32>,
    ) -> Element<'a, crate::app::Message> {
        use crate::app::Message as App;
        let ui = parts.ui;
        let Some(wizard) = &self.visit else {
            let bottom = bottom_bar(ui);
            return page(ui, top, self.home(parts).map(App::Kiosk), bottom);
        };
        let ctx = parts.context(&wizard.draft);
        let bottom = bottom_bar(ui).on_home(App::Kiosk(Message::Home)).countdown(countdown);
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
    iced::widget::column![stepper(ui, &names, at)]
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

/// The camera a step shows.
#[must_use]
pub fn camera_of(step: Step) -> Option<&'static str> {
    match step {
        Step::Presence => Some("face"),
        Step::Capture => Some("document"),
        _ => None,
    }
}

impl Kiosk {
    fn home<'a>(&'a self, parts: ContextParts<'a>) -> Element<'a, Message> {
        let offered = parts.services.catalogue.offered(Face::Kiosk, &parts.config.service.items);
        home::view(parts, &offered, self.tile_page, self.interrupted.as_deref())
    }
}
