//! A scanned code finds the field it belongs into.

use super::{App, FaceScreen, Message};
use crate::screen::{desk, kiosk};
use crate::service::devices::{CODES, Scanned};
use iced::Task;

impl App {
    /// A scanner is bound and the page has a field a code can go into.
    pub(super) fn takes_codes(&self) -> bool {
        let there = || self.live.devices.iter().any(|device| device.role == CODES);
        let wanted = match &self.face {
            FaceScreen::Certificate(face) => face.takes_codes(),
            FaceScreen::Technician(_) => false,
            FaceScreen::Kiosk(_) | FaceScreen::Desk(_) => self
                .visit()
                .and_then(|visit| visit.wizard())
                .is_some_and(|wizard| wizard.screen.takes_codes(&self.parts().context(&wizard.draft))),
        };
        wanted && there()
    }

    /// A code came: asks where the cursor is, if the page has several fields.
    pub(super) fn scanned(&mut self, code: Scanned) -> Task<Message> {
        match &self.face {
            FaceScreen::Certificate(_) => self.with_parts(|face, parts| match face {
                FaceScreen::Certificate(face) => face.scanned(&code, parts).map(Message::Certificate),
                _ => Task::none(),
            }),
            FaceScreen::Technician(_) => Task::none(),
            FaceScreen::Kiosk(_) | FaceScreen::Desk(_) => {
                let cursor = iced::advanced::widget::operate(tongban_ui::inspect::focused());
                cursor.map(move |field| Message::ScannedInto(code.clone(), field))
            }
        }
    }

    /// Puts it into the field with the cursor, else into the first that it fits.
    pub(super) fn scanned_into(&mut self, code: &Scanned, cursor: Option<&str>) -> Task<Message> {
        let parts = self.parts();
        let typed = self.visit().and_then(|visit| visit.wizard()).and_then(|wizard| {
            let ctx = parts.context(&wizard.draft);
            wizard.screen.scanned(code, cursor, &ctx).map(crate::apply::Message::Step)
        });
        let Some(typed) = typed else { return Task::none() };
        match &self.face {
            FaceScreen::Kiosk(_) => self.kiosk(kiosk::Message::Visit(typed)),
            FaceScreen::Desk(_) => self.desk(desk::Message::Visit(typed)),
            FaceScreen::Certificate(_) | FaceScreen::Technician(_) => Task::none(),
        }
    }
}
