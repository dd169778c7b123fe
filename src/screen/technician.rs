//! 运维: every device of the station, why it is not well, and what to do about it.
//!
//! Unplugging and replacing is the hub's business; this page follows within a second.

mod detail;
mod facts;
mod list;
mod outbox;

use crate::apply::ContextParts;
use crate::apply::context::DeviceGlance;
use crate::failure::Failure;
use crate::service::devices::Tested;
use crate::service::upkeep::Machine;
use iced::Task;
use std::collections::BTreeMap;
use std::time::Duration;
use tongban_device::state::DeviceKind;
use tongban_protocol::self_test::SelfTestRow;
use tongban_ui::Element;
use tongban_ui::widget::TopBar;

pub use detail::PICTURE;

/// Pause between two looks at machine and ports.
const POLL: Duration = Duration::from_secs(2);

/// State of the page.
#[derive(Debug, Default)]
pub struct Technician {
    machine: Machine,
    chosen: Option<String>,
    /// Ports where the chosen device could be.
    ports: Vec<String>,
    page: usize,
    /// Page of the devices, where there are more than fit.
    shelf: usize,
    act: Act,
    /// The queue is shown in the devices' place.
    queue: bool,
    /// Place of the chosen item in the queue.
    item: Option<usize>,
    /// What each device's last test on this page found, by role: the report the centre keeps.
    tested: BTreeMap<String, SelfTestRow>,
    /// How the last report went; nothing while it is under way.
    reported: Option<Result<(), Failure>>,
}

/// What was done with the chosen device last.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum Act {
    /// Nothing.
    #[default]
    None,
    /// Under way; Fluent key of the words.
    Busy(&'static str),
    /// Succeeded; Fluent key of the words.
    Fine(&'static str),
    /// A test's finding.
    Tested(Tested),
    /// Failed.
    Failed(Failure),
}

/// What happens on the page.
#[derive(Debug, Clone)]
pub enum Message {
    /// The pause is over.
    Poll,
    /// Machine and ports as they stand.
    Looked(Machine, Vec<String>),
    /// A device was chosen.
    Choose(String),
    /// Another page of ports.
    Page(usize),
    /// Another page of devices.
    Shelf(usize),
    /// The port of this number was chosen.
    Bind(usize),
    /// The binding is durable (or not).
    Bound(Result<(), Failure>),
    /// 复位.
    Reset,
    /// It was reset (or not).
    WasReset(Result<(), Failure>),
    /// 自检.
    Test,
    /// The queue (or the devices again).
    Outbox(bool),
    /// An item of the queue was chosen.
    Item(usize),
    /// 重新上报.
    Retry,
    /// It waits again (or not).
    WasRetried(Result<(), Failure>),
    /// The test ended; of which device.
    Tested(String, Result<Tested, Failure>),
    /// The report of all tests is with the centre (or not).
    Reported(Result<(), Failure>),
}

impl Technician {
    /// Looks at the machine.
    pub fn start(&mut self, parts: &ContextParts<'_>) -> Task<Message> {
        self.look(parts)
    }

    /// Screen name for the inspector.
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.chosen {
            _ if self.queue => "technician.outbox".to_owned(),
            Some(role) => format!("technician.{role}"),
            None => "technician".to_owned(),
        }
    }

    /// The camera whose picture is on screen.
    #[must_use]
    pub fn camera(&self) -> Option<&'static str> {
        if self.queue {
            return None;
        }
        match self.chosen.as_deref() {
            Some("face") => Some("face"),
            Some("document") => Some("document"),
            _ => None,
        }
    }

    /// The page may look different after this message.
    #[must_use]
    pub fn repaints(&self, message: &Message) -> bool {
        // Bytes of the disk are shown by the gigabyte; they differ with every look.
        let plain = |machine: &Machine| Machine {
            free_bytes: machine.free_bytes.map(|bytes| bytes / facts::GIGABYTE),
            ..machine.clone()
        };
        match message {
            Message::Poll => false,
            Message::Looked(machine, ports) => *ports != self.ports || plain(machine) != plain(&self.machine),
            _ => true,
        }
    }

    /// Draws the page.
    #[must_use]
    pub fn view<'a>(
        &'a self,
        parts: &ContextParts<'a>,
        top: TopBar<'a, crate::app::Message>,
    ) -> Element<'a, crate::app::Message> {
        use crate::app::Message as App;
        let left = facts::strip(&self.machine, parts).map(App::Technician);
        let (middle, right) = if self.queue {
            (outbox::list(self, parts), outbox::detail(self, parts))
        } else {
            (list::view(self, parts), detail::view(self, parts))
        };
        let (middle, right) = (middle.map(App::Technician), right.map(App::Technician));
        tongban_ui::widget::panes(parts.ui, top, left, middle, right)
    }

    /// Handles a message.
    pub fn update(&mut self, message: Message, parts: &ContextParts<'_>) -> Task<Message> {
        match message {
            Message::Poll => self.look(parts),
            Message::Looked(machine, ports) => {
                (self.machine, self.ports) = (machine, ports);
                Task::perform(async { tokio::time::sleep(POLL).await }, |()| Message::Poll)
            }
            Message::Outbox(open) => {
                (self.queue, self.act, self.page, self.item) = (open, Act::None, 0, None);
                Task::none()
            }
            Message::Item(at) => {
                (self.act, self.item) = (Act::None, Some(at));
                Task::none()
            }
            Message::Retry => self.retry(parts),
            Message::WasRetried(result) => self.acted(result, "outbox-was-retried"),
            Message::Choose(role) => {
                (self.act, self.page) = (Act::None, 0);
                self.chosen = Some(role);
                self.ports =
                    self.device(parts).map(|device| parts.services.devices.ports(device.kind)).unwrap_or_default();
                Task::none()
            }
            Message::Page(page) => {
                self.page = page;
                Task::none()
            }
            Message::Shelf(shelf) => {
                self.shelf = shelf;
                Task::none()
            }
            Message::Bind(at) => self.bind(at, parts),
            Message::Bound(result) => self.acted(result, "technician-bound"),
            Message::Reset => self.reset(parts),
            Message::WasReset(result) => self.acted(result, "technician-was-reset"),
            Message::Test => self.test(parts),
            Message::Tested(role, result) => {
                let report = self.report(&role, result.as_ref().err(), parts);
                if self.chosen.as_deref() == Some(role.as_str()) {
                    self.act = result.map_or_else(Act::Failed, Act::Tested);
                }
                report
            }
            Message::Reported(result) => {
                self.reported = Some(result);
                Task::none()
            }
        }
    }

    /// The chosen device.
    fn device<'a>(&self, parts: &ContextParts<'a>) -> Option<&'a DeviceGlance> {
        parts.live.devices.iter().find(|device| Some(&device.role) == self.chosen.as_ref())
    }

    fn look(&self, parts: &ContextParts<'_>) -> Task<Message> {
        let (upkeep, devices) = (parts.services.upkeep.clone(), parts.services.devices.clone());
        let kind = self.device(parts).map(|device| device.kind);
        let work = async move { (upkeep.machine().await, kind.map(|kind| devices.ports(kind)).unwrap_or_default()) };
        Task::perform(work, |(machine, ports)| Message::Looked(machine, ports))
    }

    /// The role moves to another port, at once and after every restart.
    fn bind(&mut self, at: usize, parts: &ContextParts<'_>) -> Task<Message> {
        let (Some(role), Some(port)) = (self.chosen.clone(), self.ports.get(at).cloned()) else { return Task::none() };
        if self.busy() {
            return Task::none();
        }
        self.act = Act::Busy("technician-binding");
        let (cases, devices) = (parts.services.cases.clone(), parts.services.devices.clone());
        let work = async move {
            cases.bind(role.clone(), port.clone()).await?;
            devices.rebind(&role, &port)
        };
        Task::perform(work, Message::Bound)
    }

    /// The refused item goes again, because a person says so.
    fn retry(&mut self, parts: &ContextParts<'_>) -> Task<Message> {
        let bundle = self.item.and_then(|at| self.machine.waiting.get(at)).and_then(|item| item.bundle);
        let Some(bundle) = bundle.filter(|_| !self.busy()) else { return Task::none() };
        self.act = Act::Busy("outbox-retrying");
        let (cases, centre) = (parts.services.cases.clone(), parts.services.centre.clone());
        let work = async move {
            cases.retry(bundle).await?;
            centre.kick();
            Ok(())
        };
        Task::perform(work, Message::WasRetried)
    }

    fn reset(&mut self, parts: &ContextParts<'_>) -> Task<Message> {
        let Some(role) = self.chosen.clone().filter(|_| !self.busy()) else { return Task::none() };
        self.act = Act::Busy("technician-resetting");
        let devices = parts.services.devices.clone();
        Task::perform(async move { devices.reset(role).await }, Message::WasReset)
    }

    fn test(&mut self, parts: &ContextParts<'_>) -> Task<Message> {
        let Some(device) = self.device(parts).filter(|_| !self.busy()) else { return Task::none() };
        let (role, kind) = (device.role.clone(), device.kind);
        self.act = Act::Busy(match kind {
            DeviceKind::IdCardReader => "technician-test-card",
            DeviceKind::FingerprintScanner => "technician-test-finger",
            DeviceKind::CodeScanner => "technician-test-code",
            DeviceKind::SignaturePad => "technician-test-sign",
            DeviceKind::SmartCardReader => "technician-test-chip",
            _ => "technician-testing",
        });
        let devices = parts.services.devices.clone();
        let tested = role.clone();
        Task::perform(async move { devices.test(role, kind).await }, move |result| {
            Message::Tested(tested.clone(), result)
        })
    }

    /// Every test that ends makes the whole report new: nobody has to think of sending it.
    fn report(&mut self, role: &str, fault: Option<&Failure>, parts: &ContextParts<'_>) -> Task<Message> {
        let Some(device) = parts.live.devices.iter().find(|device| device.role == role) else { return Task::none() };
        let row = SelfTestRow {
            role: role.to_owned(),
            driver: device.driver.clone(),
            port: device.port.clone(),
            at_ms: parts.services.clock.wall().0,
            fault: fault.map(|failure| failure.code.as_str().to_owned()),
        };
        self.tested.insert(role.to_owned(), row);
        self.reported = None;
        let (rows, devices) = (self.tested.values().cloned().collect(), parts.live.devices.len());
        let self_tests = parts.services.self_tests.clone();
        Task::perform(async move { self_tests.report(rows, devices).await }, Message::Reported)
    }

    fn acted(&mut self, result: Result<(), Failure>, key: &'static str) -> Task<Message> {
        self.act = result.map_or_else(Act::Failed, |()| Act::Fine(key));
        Task::none()
    }

    fn busy(&self) -> bool {
        matches!(self.act, Act::Busy(_))
    }
}
