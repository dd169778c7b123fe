//! A window that runs without a display: devices of the simulator on their lines, the real driver in its worker, the
//! hub, and the program's own streams and tasks.

use crate::shot::{self, Hand};
use crate::stage::{self, Stage};
use iced::Size;
use iced_test::futures::futures::channel::mpsc;
use iced_test::futures::subscription::into_recipes;
use iced_test::futures::{Runtime, backend};
use iced_test::runtime::{Action, task};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};
use tongban::app::Message;
use tongban_device::state::DeviceState;
use tongban_ui::Look;
use tongban_ui::inspect::{Kind, Seen};

pub const DESK: Size = Size::new(1920.0, 1080.0);
const PATIENCE: Duration = Duration::from_secs(30);

fn programs() -> PathBuf {
    let folder = Path::new(env!("CARGO_BIN_EXE_tongban")).parent().expect("a folder").to_owned();
    for program in ["tongban-worker", "tongban-vision", "tongban-sim"] {
        assert!(folder.join(program).exists(), "{program}: cargo build --workspace --bins --all-features");
    }
    folder
}

/// A simulated device on its line; gone with the test.
pub struct Simulated {
    process: Child,
    control: PathBuf,
    pub port: PathBuf,
}

impl Simulated {
    /// `scanner` or `reader`, as the simulator names them.
    fn start(folder: &Path, device: &str) -> Self {
        let (control, port) = (folder.join("control"), folder.join("port"));
        let process = Command::new(programs().join("tongban-sim"))
            .arg(device)
            .args(["--link".as_ref(), port.as_os_str()])
            .args(["--control".as_ref(), control.as_os_str()])
            .args(["--capture".as_ref(), folder.join("bytes").as_os_str()])
            .spawn()
            .expect("the simulator starts");
        Self { process, control, port }
    }

    /// A command to the simulator, carried out when this returns.
    pub fn say(&self, command: &str) {
        let begun = Instant::now();
        let mut stream = loop {
            match UnixStream::connect(&self.control) {
                Ok(stream) => break stream,
                Err(error) => assert!(begun.elapsed() < PATIENCE, "the simulator is not there: {error}"),
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        writeln!(stream, "{command}").expect("told");
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).expect("answered");
        assert!(answer.contains("\"ok\":true"), "{command}: {answer}");
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The window.
pub struct Running {
    pub stage: Stage,
    hand: Hand,
    runtime: Runtime<backend::default::Executor, mpsc::UnboundedSender<Action<Message>>, Action<Message>>,
    actions: mpsc::UnboundedReceiver<Action<Message>>,
    pub device: Simulated,
    _folder: tempfile::TempDir,
}

impl Running {
    /// A face with one device: its role, driver and simulator.
    pub fn start(face: &str, (role, driver, simulator): (&str, &str, &str)) -> Self {
        shot::use_fonts(&stage::root().join("assets/fonts"));
        let folder = tempfile::tempdir().expect("a directory");
        let device = Simulated::start(folder.path(), simulator);
        let more = format!(
            "[speech]\nprogram = \"\"\n[devices.{role}]\ndriver = \"{driver}\"\nport = \"{}\"\n",
            device.port.display()
        );
        let stage = stage::stage_with_workers(face, &more, &programs());
        let (sender, actions) = mpsc::unbounded();
        let executor = <backend::default::Executor as iced_test::futures::Executor>::new().expect("threads");
        Self { stage, hand: Hand::new(), runtime: Runtime::new(executor, sender), actions, device, _folder: folder }
    }

    pub fn see(&mut self) -> Vec<Seen> {
        self.hand.frame(self.stage.app.draw(false), DESK, None).0
    }

    /// Puts the cursor into an input.
    pub fn focus(&mut self, name: &str) {
        let cursor = iced::advanced::widget::operation::focusable::focus(name.to_owned().into());
        self.hand.operate(self.stage.app.draw(false), DESK, Box::new(cursor));
    }

    /// Nothing has the cursor any more.
    fn leave_fields(&mut self) {
        self.hand = Hand::new();
    }

    pub fn told(&mut self, message: Message) {
        let Self { stage, runtime, .. } = self;
        let task = runtime.enter(|| stage.app.update(message));
        if let Some(stream) = task::into_stream(task) {
            runtime.run(stream);
        }
    }

    /// Carries out what comes until something is so.
    pub fn until(&mut self, what: &str, so: impl Fn(&mut Self) -> bool) {
        let begun = Instant::now();
        loop {
            let Self { stage, runtime, .. } = self;
            let streams = runtime.enter(|| into_recipes(stage.app.subscription().map(Action::Output)));
            runtime.track(streams);
            while let Ok(action) = self.actions.try_recv() {
                match action {
                    Action::Output(message) => self.told(message),
                    Action::Widget(operation) => self.hand.operate(self.stage.app.draw(false), DESK, operation),
                    _ => {}
                }
            }
            if so(self) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{what}: {}", self.stage.app.state());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Carries out what comes for so long.
    pub fn rest(&mut self, time: Duration) {
        let begun = Instant::now();
        self.until("rest", move |_| begun.elapsed() >= time);
    }

    pub fn device_is(&mut self, role: &str, state: DeviceState) {
        let wanted = format!("\"{role}\":\"{state:?}\"");
        self.until(&wanted, |it| it.stage.app.state().contains(&wanted));
    }

    pub fn show(&mut self, preset: &str) {
        let at = self.stage.preset(preset);
        stage::show(&mut self.stage, at, Look::Standard);
        self.leave_fields();
    }

    /// Every text on the page.
    pub fn words(&mut self) -> String {
        let text = |thing: Seen| match thing.kind {
            Kind::Text(text) | Kind::Press { label: text, .. } => Some(text),
            Kind::Area | Kind::Input(_) => None,
        };
        self.see().into_iter().filter_map(text).collect::<Vec<_>>().join("\n")
    }

    /// Every input with its content.
    pub fn inputs(&mut self) -> Vec<(String, String)> {
        let input = |thing: Seen| match thing.kind {
            Kind::Input(text) => Some((thing.id.unwrap_or_default(), text)),
            _ => None,
        };
        self.see().into_iter().filter_map(input).collect()
    }

    pub fn arrives(&mut self, name: &str, text: &str) {
        let there = (name.to_owned(), text.to_owned());
        self.until(&format!("{text} in {name}"), |it| it.inputs().contains(&there));
    }
}
