//! Windows: one full-screen window; a second one for the customer screen of a window station.

use super::{App, Message};
use crate::config::{Face, Rect};
use iced::{Point, Size, Task, window};

impl App {
    /// Opens the main window and, at a window station, the customer screen.
    pub(super) fn open_windows(&mut self) -> Task<Message> {
        let portrait = self.config.identity.face == Face::Kiosk;
        let size = if portrait { (1080, 1920) } else { (1920, 1080) };
        let main = settings(self.config.screen.main, size);
        let (id, open) = window::open(main);
        self.main = Some(id);
        let mut tasks = vec![open.map(Message::WindowOpened)];
        if self.config.identity.face == Face::Window {
            let (id, open) = window::open(settings(self.config.screen.customer, (1280, 800)));
            self.customer = Some(id);
            tasks.push(open.map(Message::WindowOpened));
        }
        Task::batch(tasks)
    }
}

#[allow(clippy::cast_precision_loss, reason = "pixels of a screen fit an f32 exactly")]
fn settings(rect: Option<Rect>, (width, height): (u32, u32)) -> window::Settings {
    let size = rect.map_or((width, height), |rect| (rect.width, rect.height));
    window::Settings {
        size: Size::new(size.0 as f32, size.1 as f32),
        position: rect.map_or(window::Position::Default, |rect| {
            window::Position::Specific(Point::new(rect.x as f32, rect.y as f32))
        }),
        fullscreen: rect.is_none(),
        decorations: false,
        resizable: rect.is_none(),
        exit_on_close_request: false,
        ..window::Settings::default()
    }
}
