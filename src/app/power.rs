//! 供电: what the terminal does when the hall's mains fail and a supply carries it.
//!
//! On battery whoever is at it finishes and nobody new begins; on a low battery a kiosk ends the visit (its draft is
//! durable), puts the store to rest and says so. When mains are back, it is as before, without anybody's hand.

use super::{App, FaceScreen, Message};
use crate::apply::context::DeviceGlance;
use crate::config::Face;
use crate::screen::kiosk;
use iced::widget::{center, column};
use iced::{Center, Task};
use tongban_device::state::{DeviceKind, DeviceState};
use tongban_ui::widget::text::Type;
use tongban_ui::widget::{dialog, headline, page, pictogram, primary, tinted};
use tongban_ui::{Element, Icon, Tone, id};

/// How the terminal is fed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Power {
    /// Mains, or no supply that says anything else.
    #[default]
    Mains,
    /// On battery.
    Battery,
    /// On battery, and that is low: save and end.
    Low,
}

impl Power {
    /// What the station's supply says; one that cannot be asked says nothing new.
    #[must_use]
    pub fn told(self, devices: &[DeviceGlance]) -> Self {
        let Some(supply) = devices.iter().find(|device| device.kind == DeviceKind::PowerSupply) else {
            return Self::Mains;
        };
        let low = || supply.evidence.iter().any(|(name, value)| name == "low" && value == "true");
        match supply.state {
            DeviceState::Online | DeviceState::Busy => Self::Mains,
            DeviceState::PowerOff if low() => Self::Low,
            DeviceState::PowerOff => Self::Battery,
            _ => self,
        }
    }
}

/// What the screens know of it.
#[derive(Debug, Default)]
pub struct Supply {
    now: Power,
    /// Whoever is there was told and has read it.
    read: bool,
}

impl Supply {
    /// How the terminal is fed.
    #[must_use]
    pub fn now(&self) -> Power {
        self.now
    }
}

impl App {
    /// The devices were told anew.
    pub(super) fn power_told(&mut self) -> Task<Message> {
        let (before, now) = (self.supply.now, self.supply.now.told(&self.live.devices));
        if before == now {
            return Task::none();
        }
        tracing::warn!(?before, ?now, "power supply");
        self.supply = Supply { now, read: false };
        if now != Power::Low {
            return Task::none();
        }
        // At a window somebody is there who ends it; a kiosk ends by itself while it can.
        let over = match (&self.face, self.session) {
            (FaceScreen::Kiosk(_), Some(_)) => self.kiosk(kiosk::Message::Home),
            _ => Task::none(),
        };
        let cases = self.services().cases.clone();
        let rest = Task::future(async move {
            match cases.rest().await {
                Ok(()) => tracing::info!("the store is at rest"),
                Err(failure) => tracing::error!(code = failure.code.as_str(), "the store is not at rest"),
            }
        });
        Task::batch([over, rest.discard()])
    }

    /// 知道了.
    pub(super) fn power_read(&mut self) {
        self.supply.read = true;
    }

    /// On battery a kiosk takes nobody new: this stands where its home page would.
    pub(super) fn power_page(&self) -> Option<Element<'_, Message>> {
        let waits = self.config.identity.face == Face::Kiosk && self.session.is_none();
        if !waits || self.supply.now == Power::Mains {
            return None;
        }
        let ui = &self.main_ui;
        let key = if self.supply.now == Power::Low { "power-page-low" } else { "power-page-battery" };
        let help = ui.with("power-page-help", &[("number", &self.config.service.help_phone())]);
        let words = column![
            pictogram(ui, Icon::Warning, Tone::Warn),
            headline(ui, ui.text(key)).align_x(Center),
            tinted(ui, Type::Body, Tone::Soft, ui.text("power-page-back")).align_x(Center),
            tinted(ui, Type::Body, Tone::Soft, help).align_x(Center),
        ];
        let words = words.spacing(ui.tokens.space.l).align_x(Center);
        let words = tongban_ui::widget::labelled(id!("power.page"), center(words));
        Some(page(ui, self.bar(true), words, self.foot()))
    }

    /// Said once to whoever is in the middle of something.
    pub(super) fn power_dialog(&self) -> Option<Element<'_, Message>> {
        let kiosk = self.config.identity.face == Face::Kiosk;
        if self.supply.read || self.supply.now == Power::Mains || (kiosk && self.session.is_none()) {
            return None;
        }
        let ui = &self.main_ui;
        let key = match (self.supply.now, kiosk) {
            (Power::Low, _) => "power-low",
            (_, true) => "power-battery",
            (_, false) => "power-battery-staff",
        };
        let read = primary(ui, id!("power.read"), ui.text("common-understood")).fill().on_press(Message::PowerRead);
        let words = ui.text(&format!("{key}-body"));
        Some(dialog(ui, Icon::Warning, Tone::Warn, ui.text(key), words, [read.into()]))
    }
}
