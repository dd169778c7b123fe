//! What an outside driver is told (demo builds only).

use super::{App, FaceScreen, Message};
use crate::inspector::{self, Question};
use crate::screen::visit::Visit;
use iced::{Subscription, Task};
use std::path::PathBuf;

impl App {
    /// Listens for questions at `socket`.
    #[must_use]
    pub fn with_inspector(mut self, socket: Option<PathBuf>) -> Self {
        self.inspector = socket;
        self
    }

    pub(super) fn asked(&mut self, question: Question) -> Task<Message> {
        match question.text.as_str() {
            "seen" => {
                let survey = iced::advanced::widget::operate(tongban_ui::inspect::survey());
                survey.map(move |seen| Message::Surveyed(question.clone(), seen))
            }
            "network off" | "network on" => {
                let _ = self.booted.network_gate.send(question.text == "network on");
                question.answer("{\"ok\":true}".to_owned());
                Task::none()
            }
            _ => {
                question.answer(self.state());
                Task::none()
            }
        }
    }

    /// Screen, case, link and devices, as one JSON line.
    #[must_use]
    pub fn state(&self) -> String {
        let (screen, case) = match &self.face {
            FaceScreen::Kiosk(kiosk) => kiosk.in_hand().describe(kiosk.idle_name()),
            FaceScreen::Desk(desk) => desk.in_hand().describe("desk"),
            FaceScreen::Certificate(face) => (face.describe(), None),
            FaceScreen::Technician(face) => (face.describe(), None),
        };
        let pictures = self.live.pictures.iter().map(|(role, picture)| (*role, [picture.shown, picture.missed]));
        let devices = self.live.devices.iter().map(|device| (device.role.clone(), format!("{:?}", device.state)));
        let value = serde_json::json!({
            "pages": self.visit().map_or(0, Visit::pages),
            "screen": screen,
            "case": case.map(|case| case.to_string()),
            "online": self.live.online,
            "queue": self.live.queue,
            "busy": self.visit().and_then(Visit::wizard).is_some_and(|wizard| wizard.busy),
            "help": self.help.id().map(|call| call.to_string()),
            "devices": devices.collect::<std::collections::BTreeMap<_, _>>(),
            "pictures": pictures.collect::<std::collections::BTreeMap<_, _>>(),
        });
        value.to_string()
    }

    pub(super) fn questions(&self) -> Option<Subscription<Message>> {
        let socket = self.inspector.clone()?;
        Some(Subscription::run_with(socket, |socket: &PathBuf| inspector::questions(socket)).map(Message::Asked))
    }
}
