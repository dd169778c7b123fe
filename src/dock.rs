//! 演示面板 (demo builds only): puts cards, pages and faults in front of the terminal.
//!
//! It talks to the simulators as a hand would act on devices; the terminal itself is never told.

mod control;
mod view;

use control::Places;
use iced::{Task, window};
use std::time::Duration;
use tongban_ui::Ui;

/// People of the demonstration by the names the simulators know; region 8901xx belongs to nobody.
pub const PEOPLE: [&str; 10] =
    ["陈建国", "李秀英", "王明", "赵小红", "赵强", "马依娜", "周伟", "孙丽", "吴昊", "号码有误"];
/// How long a finger stays on the glass.
const PRESSED: Duration = Duration::from_secs(4);

/// State of the panel.
#[derive(Debug)]
pub struct Dock {
    /// Its window.
    pub window: window::Id,
    ui: Ui,
    places: Places,
    person: usize,
    online: bool,
    /// Fluent key of how the last action went, and whether well.
    last: Option<(&'static str, bool)>,
    page: Option<String>,
}

/// What is pressed.
#[derive(Debug, Clone)]
pub enum Message {
    /// The window is open.
    Opened,
    /// A person was chosen.
    Person(usize),
    /// 放上身份证.
    PutCard,
    /// 取走身份证.
    TakeCard,
    /// 按手指.
    Finger,
    /// 下一页.
    NextPage,
    /// 断网, 复网.
    Network(bool),
    /// 拔掉, 插回, 换一台 (`unplug`, `plug`, `swap`).
    Reader(&'static str),
    /// A fault of the printer by its IPP keyword; empty: none.
    Printer(&'static str),
    /// 断电.
    Power,
    /// A simulator answered.
    Told(bool),
    /// Another page lies under the camera.
    Turned(Option<String>),
}

impl Dock {
    /// A panel in `window`; where the simulators are comes from the environment.
    #[must_use]
    pub fn new(window: window::Id, ui: Ui) -> Self {
        Self { window, ui, places: Places::from_environment(), person: 0, online: true, last: None, page: None }
    }

    /// Handles a message. The second part is the network switch, when it was moved.
    pub fn update(&mut self, message: Message) -> (Task<Message>, Option<bool>) {
        let task = match message {
            Message::Opened => Task::none(),
            Message::Person(at) => {
                self.person = at.min(PEOPLE.len() - 1);
                Task::none()
            }
            Message::PutCard => self.reader(&format!("put {}", self.name())),
            Message::TakeCard => self.reader("take"),
            Message::Finger => self.finger(),
            Message::NextPage => {
                let dir = self.places.document.clone();
                Task::perform(control::off_thread(move || dir.and_then(|dir| control::next_page(&dir))), |page| {
                    Message::Turned(page.flatten())
                })
            }
            Message::Network(online) => {
                self.online = online;
                return (Task::none(), Some(online));
            }
            Message::Reader(command) => self.reader(command),
            Message::Printer(fault) => {
                let file = self.places.printer.clone();
                let work = move || file.is_some_and(|file| std::fs::write(file, fault).is_ok());
                Task::perform(control::off_thread(work), |done| Message::Told(done.unwrap_or(false)))
            }
            Message::Power => control::power_cut(),
            Message::Told(done) => {
                self.last = Some(if done { ("dock-done", true) } else { ("dock-not-there", false) });
                Task::none()
            }
            Message::Turned(page) => {
                self.last = Some(if page.is_some() { ("dock-done", true) } else { ("dock-not-there", false) });
                self.page = page;
                Task::none()
            }
        };
        (task, None)
    }

    fn name(&self) -> &'static str {
        PEOPLE[self.person]
    }

    fn reader(&self, command: &str) -> Task<Message> {
        let (socket, command) = (self.places.reader.clone(), command.to_owned());
        let work = move || socket.is_some_and(|socket| control::tell(&socket, &command).is_ok());
        Task::perform(control::off_thread(work), |done| Message::Told(done.unwrap_or(false)))
    }

    /// Presses, and lifts after a while as a person does.
    fn finger(&self) -> Task<Message> {
        let Some(socket) = self.places.finger.clone() else { return Task::done(Message::Told(false)) };
        let (press, lift) = (format!("press {}", self.name()), socket.clone());
        let work = async move {
            let pressed = control::off_thread(move || control::tell(&socket, &press).is_ok()).await;
            tokio::time::sleep(PRESSED).await;
            let lifted = control::off_thread(move || control::tell(&lift, "lift").is_ok()).await;
            pressed.unwrap_or(false) && lifted.unwrap_or(false)
        };
        Task::perform(work, Message::Told)
    }
}

#[cfg(test)]
mod tests {
    use super::PEOPLE;

    #[test]
    fn the_panel_offers_exactly_the_people_the_simulators_know() {
        let known = include_str!("../drivers/sim/data/people.toml");
        let table: toml::Table = known.parse().expect("the simulators' people");
        let people = table["person"].as_array().expect("people");
        let name = |person: &toml::Value| {
            let key = if person.get("alias").is_some() { "alias" } else { "name" };
            person[key].as_str().expect("a name").to_owned()
        };
        let names: Vec<String> = people.iter().map(name).collect();
        assert_eq!(names, PEOPLE);
    }
}
