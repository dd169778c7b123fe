//! The simulator panel as one more window (demo builds only).

use super::{App, Message};
use crate::dock::{self, Dock};
use iced::{Size, Task, window};
use std::sync::Arc;
use tongban_ui::{Look, Profile, Ui};

impl App {
    /// Opens the panel beside the terminal's own windows.
    pub fn with_dock(mut self) -> (Self, Task<Message>) {
        let settings = window::Settings {
            size: Size::new(420.0, 900.0),
            resizable: false,
            exit_on_close_request: false,
            ..window::Settings::default()
        };
        let (id, open) = window::open(settings);
        self.dock = Some(Dock::new(id, Ui::new(Profile::Technician, Look::Standard, Arc::clone(&self.i18n))));
        (self, open.map(|_| Message::Dock(dock::Message::Opened)))
    }

    /// Something was pressed on the panel; the network switch is the terminal's own.
    pub(super) fn docked(&mut self, message: dock::Message) -> Task<Message> {
        let Some(dock) = &mut self.dock else { return Task::none() };
        let (task, network) = dock.update(message);
        if let Some(online) = network {
            let _ = self.booted.network_gate.send(online);
        }
        task.map(Message::Dock)
    }
}
