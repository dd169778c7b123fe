//! What each window shows.

use super::live::Change;
use super::{App, FaceScreen, Message};
use crate::apply::ContextParts;
use crate::session::Due;
use iced::{Theme, window};
use tongban_domain::clock::WallTime;
use tongban_ui::Element;
use tongban_ui::widget::{BottomBar, TopBar, bottom_bar, idle_dialog, overlay, top_bar};

impl App {
    /// Draws one window.
    #[must_use]
    pub fn view(&self, id: window::Id) -> Element<'_, Message> {
        #[cfg(feature = "demo")]
        if let Some(dock) = self.dock.as_ref().filter(|dock| dock.window == id) {
            return dock.view().map(Message::Dock);
        }
        let customer = Some(id) == self.customer;
        // Names the screen, so that whoever looks at both at once can tell what stands where.
        let name = if customer { tongban_ui::id!("screen.customer") } else { tongban_ui::id!("screen.main") };
        let whole = tongban_ui::widget::labelled(name, self.draw(customer));
        whole.width(iced::Length::Fill).height(iced::Length::Fill).into()
    }

    /// Draws the main window or the customer screen.
    #[must_use]
    pub fn draw(&self, customer: bool) -> Element<'_, Message> {
        if customer {
            let parts = ContextParts { ui: &self.customer_ui, scope: "customer", ..self.parts() };
            return match &self.face {
                FaceScreen::Desk(desk) => desk.customer_view(parts).map(Message::Desk),
                _ => iced::widget::space().into(),
            };
        }
        if let Some(page) = self.power_page() {
            return overlay(&self.main_ui, page, self.help.dialog(&self.main_ui, &self.config, false));
        }
        let page = match &self.face {
            FaceScreen::Kiosk(kiosk) => kiosk.view(self.parts(), self.bar(true), self.foot()),
            FaceScreen::Desk(desk) => desk.view(self.parts(), self.bar(false), self.help.panel(&self.main_ui)),
            FaceScreen::Certificate(face) => face.view(&self.parts(), self.bar(false)),
            FaceScreen::Technician(face) => face.view(&self.parts(), self.bar(false)),
        };
        let dialog = match self.due {
            Due::Warn(seconds) if self.session.is_some() => {
                let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
                Some(idle_dialog(
                    &self.main_ui,
                    seconds,
                    Message::GoOn,
                    Message::Kiosk(crate::screen::kiosk::Message::Home),
                ))
            }
            _ => {
                let transfer = self.power_dialog().or_else(|| self.transfer.dialog(&self.main_ui));
                transfer.or_else(|| self.help.dialog(&self.main_ui, &self.config, self.transferable().is_some()))
            }
        };
        overlay(&self.main_ui, page, dialog)
    }

    /// Seconds until the overlay, for the bottom bar.
    fn countdown(&self) -> Option<u32> {
        match (self.session, self.due) {
            (Some(_), Due::InTime(seconds)) => u32::try_from(seconds).ok().filter(|seconds| *seconds > 0),
            _ => None,
        }
    }

    /// What every page of a kiosk has at its foot.
    pub(super) fn foot(&self) -> BottomBar<'_, Message> {
        let words = self.main_ui.text(self.help.words());
        bottom_bar(&self.main_ui)
            .countdown(self.countdown())
            .on_help(words, Message::Help(super::help::Message::Call))
            .on_low(Message::LowToggled)
    }

    pub(super) fn bar(&self, public: bool) -> TopBar<'_, Message> {
        use tongban_ui::widget::Link;
        let now = self.live.now.unwrap_or_else(|| self.services().clock.wall());
        let link = if self.live.online { Link::Online } else { Link::Offline };
        let bar = top_bar(&self.main_ui, self.config.identity.hall_name.clone(), crate::when::date_and_time(now), link);
        if public {
            let bar = bar
                .on_elder(Message::ElderToggled)
                .on_contrast(Message::ContrastToggled)
                .on_zoom(Message::Zoomed(-1), Message::Zoomed(1));
            self.voiced(bar)
        } else {
            let (no, name) = (&self.config.identity.window_no, &self.config.staff.on_duty_name);
            let window =
                if no.is_empty() { String::new() } else { self.main_ui.with("customer-window", &[("no", no)]) };
            let who: Vec<&str> = [window.as_str(), name].into_iter().filter(|part| !part.is_empty()).collect();
            bar.who(who.join(" · "))
        }
    }

    /// Window title, for the window manager only.
    #[must_use]
    pub fn title(&self, id: window::Id) -> String {
        let screen = if Some(id) == self.customer { "customer" } else { "main" };
        format!("tongban {screen}")
    }

    /// Tokens and texts of the main window or the customer screen.
    #[must_use]
    pub fn ui(&self, customer: bool) -> &tongban_ui::Ui {
        if customer { &self.customer_ui } else { &self.main_ui }
    }

    /// The page may look different after this message. The rest is drawn where it differs, or not at all: the whole
    /// of a large screen drawn anew takes as long as two pictures of a camera.
    pub(super) fn repaints(&self, message: &Message) -> bool {
        match message {
            // Frames of a camera change nothing but their own picture.
            Message::Live(Change::Picture(..)) | Message::Called(_) => false,
            Message::Live(Change::Devices(devices)) => *devices != self.live.devices,
            // Without a visit a second changes nothing but the clock, and that shows minutes.
            Message::Tick if self.session.is_none() && !self.help.is_open() => {
                let minute = |at: WallTime| at.0.div_euclid(60_000);
                self.live.now.map(minute) != Some(minute(self.services().clock.wall()))
            }
            Message::Technician(message) => match &self.face {
                FaceScreen::Technician(face) => face.repaints(message),
                _ => true,
            },
            #[cfg(feature = "demo")]
            Message::Asked(_) | Message::Surveyed(..) => false,
            _ => true,
        }
    }

    /// Ground of the windows. Its blue moves by less than one step of a screen
    /// with every message, so that the software renderer draws the whole page
    /// again: where it draws only what it takes for changed, a title that came
    /// with a new page could stay away and lines of the old page could stay.
    #[must_use]
    pub fn style(&self, theme: &Theme) -> iced::theme::Style {
        let mut style = iced::theme::Base::base(theme);
        let ground = &mut style.background_color;
        let step = f32::from(self.painted % 1024) * 1e-6;
        ground.b = if ground.b > 0.5 { ground.b - step } else { ground.b + step };
        style
    }

    /// Theme of a window.
    #[must_use]
    pub fn theme(&self, id: window::Id) -> Theme {
        if Some(id) == self.customer { self.customer_ui.theme() } else { self.main_ui.theme() }
    }
}
