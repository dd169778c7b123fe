//! One terminal: its configuration, its process, its windows.

use super::display::Display;
use super::inspect::Inspector;
use super::world::{STATIONS, World, kind, takes_applications};
use crate::processes::{Process, output};
use anyhow::{Context, Result};
use std::cell::{Cell, RefCell};
use std::fmt::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// How long a terminal may take to show its first screen.
const START: Duration = Duration::from_secs(20);

/// A terminal under test.
pub struct Station {
    /// `window`, `kiosk`, `certificate` or `technician`.
    pub name: String,
    /// Asks what is on screen.
    pub inspector: Inspector,
    /// Its display.
    pub display: Display,
    state: PathBuf,
    config: PathBuf,
    socket: PathBuf,
    /// The simulator panel is open.
    panel: bool,
    /// The network cable is pulled, and stays so through a power cut.
    unplugged: Cell<bool>,
    process: RefCell<Option<Process>>,
}

impl Station {
    /// Writes the configuration, enrols with the one-time code and starts the program.
    pub fn start(world: &World, name: &str, elder: bool) -> Result<Self> {
        let (width, height) = match kind(name) {
            "kiosk" => (1080, 1920),
            "window" => (3200, 1080),
            _ => (1920, 1080),
        };
        let display = Display::start(width, height, &world.out.join("logs"))?;
        display.learn(&world.chinese)?;
        Self::with_display(world, name, elder, display, false)
    }

    fn with_display(world: &World, name: &str, elder: bool, display: Display, panel: bool) -> Result<Self> {
        let folder = world.out.join("stations").join(if elder { format!("{name}-elder") } else { name.to_owned() });
        let state = folder.join("state");
        std::fs::create_dir_all(&state)?;
        for lens in ["face", "document"] {
            // Before the workers lock themselves in: a folder that comes later stays out of their reach.
            std::fs::create_dir_all(world.out.join("camera").join(name).join(lens))?;
        }
        let config = folder.join("station.toml");
        std::fs::write(&config, configuration(world, name, elder))?;
        let socket = folder.join("inspector.sock");
        let inspector = Inspector::new(&socket, &[("screen.customer", 1920, 0)]);
        let station = Self {
            name: name.to_owned(),
            inspector,
            display,
            state,
            config,
            socket,
            panel,
            unplugged: Cell::new(false),
            process: RefCell::new(None),
        };
        if !station.state.join("identity.json").exists() {
            let mut enrol = station.command(world);
            enrol.args(["enrol", "--code", world.code(name)]);
            output(&mut enrol).with_context(|| format!("enrolling the {name}"))?;
        }
        station.launch(world)?;
        Ok(station)
    }

    /// Opens the windows on the user's own display, with the simulator panel.
    pub fn open(world: &World, name: &str) -> Result<Self> {
        let display = Display::existing()?;
        Self::with_display(world, name, false, display, true)
    }

    /// Starts the program again after the panel's power button.
    pub fn relaunch(&self, world: &World) -> Result<()> {
        *self.process.borrow_mut() = None;
        self.launch(world)
    }

    fn command(&self, world: &World) -> Command {
        let mut command = Command::new(world.programs.join("tongban"));
        command.arg("--config").arg(&self.config).env("TONGBAN_STATE_DIR", &self.state);
        command
    }

    /// Starts the program (again).
    pub fn launch(&self, world: &World) -> Result<()> {
        let _ = std::fs::remove_file(&self.socket);
        let mut command = self.command(world);
        command.arg("--inspector").arg(&self.socket).env("DISPLAY", self.display.name()).env_remove("WAYLAND_DISPLAY");
        command.env("TONGBAN_PORT_DIRS", world.out.join("ports"));
        if self.unplugged.get() {
            command.env("TONGBAN_DOCK_UNPLUGGED", "1");
        }
        if self.panel {
            self.panel_environment(world, &mut command);
        }
        let mut process = Process::start(&format!("tongban-{}", self.name), command, &world.out.join("logs"))?;
        let inspector = &self.inspector;
        process.wait_until(START, "first screen", || inspector.alive())?;
        *self.process.borrow_mut() = Some(process);
        Ok(())
    }

    /// Where the panel finds what it drives.
    fn panel_environment(&self, world: &World, command: &mut Command) {
        let camera = world.out.join("camera").join(&self.name).join("document");
        command.env("TONGBAN_DOCK", "1").env("TONGBAN_DOCK_READER", world.reader(&self.name).socket());
        if takes_applications(&self.name) {
            command.env("TONGBAN_DOCK_FINGER", world.finger(&self.name).socket()).env("TONGBAN_DOCK_DOCUMENT", camera);
        }
        let printer = world.printer(&self.name);
        command.env("TONGBAN_DOCK_PRINTER", &printer.fault_file);
    }

    /// Pulls the network cable or puts it back.
    pub fn plug(&self, network: bool) -> Result<()> {
        self.unplugged.set(!network);
        self.inspector.network(network)
    }

    /// The power button: every process of the terminal dies at once.
    pub fn kill(&self) -> Result<()> {
        if let Some(mut process) = self.process.borrow_mut().take() {
            process.kill()?;
        }
        Ok(())
    }

    /// Ends the program in good order.
    pub fn stop(&self) {
        *self.process.borrow_mut() = None;
    }

    /// Fails when the program has ended.
    pub fn check(&self) -> Result<()> {
        self.process.borrow_mut().as_mut().map_or(Ok(()), Process::check)
    }

    /// Process id of the program, while it runs.
    pub fn process_id(&self) -> Option<u32> {
        self.process.borrow().as_ref().map(Process::id)
    }

    /// Folder of the station's durable state.
    pub fn state(&self) -> &PathBuf {
        &self.state
    }

    /// A picture of the main window.
    pub fn shot(&self, world: &World, name: &str) -> Result<()> {
        std::thread::sleep(Duration::from_millis(250));
        let area = (self.name == "window").then_some((0, 0, 1920, 1080));
        self.display.screenshot(&world.out.join("screens").join(format!("{name}.png")), area)
    }

    /// A picture of the customer screen.
    pub fn customer_shot(&self, world: &World, name: &str) -> Result<()> {
        std::thread::sleep(Duration::from_millis(250));
        self.display.screenshot(&world.out.join("screens").join(format!("{name}.png")), Some((1920, 0, 1280, 800)))
    }
}

fn configuration(world: &World, name: &str, elder: bool) -> String {
    let (_, id, ..) = STATIONS.iter().find(|(station, ..)| *station == name).expect("a known station");
    let root = world.root.display();
    let mut text = String::new();
    let _ = write!(
        text,
        "[identity]\nstation = \"{id}\"\nhall = \"890102-001\"\nhall_name = \"示范市城东区政务服务中心\"\nface = \"{}\"\nwindow_no = \"{}\"\n\n\
         [centre]\nenrol_url = \"{}\"\nca_file = \"{}\"\nshare_timeout_s = 12\n\n\
         [paths]\nassets = \"{root}/assets\"\ni18n = \"{root}/i18n\"\nworkers = \"{}\"\n\n\
         [screen]\nelder = {elder}\n",
        kind(name),
        match kind(name) {
            "window" => "3",
            "certificate" => "8",
            _ => "",
        },
        world.address("staff"),
        world.ca_file().display(),
        world.programs.display(),
    );
    if kind(name) != "kiosk" {
        let _ = writeln!(text, "main = {{ x = 0, y = 0, width = 1920, height = 1080 }}");
    }
    if name == "window" {
        let _ = writeln!(text, "customer = {{ x = 1920, y = 0, width = 1280, height = 800 }}");
    }
    // Pictures and texts do not depend on whether the machine can speak.
    let _ = write!(text, "\n[speech]\nprogram = \"\"\n");
    let _ = write!(text, "\n[service]\ndemo = true\nnearest_hall = \"示范市政务服务中心（人民路 1 号）\"\n\n");
    let (account, person) = match name {
        "certificate" => ("zhou.make", "周制证"),
        "technician" => ("wu.tech", "吴运维"),
        _ => ("chen.window", "陈窗口"),
    };
    let _ = write!(
        text,
        "[staff]\non_duty = \"{account}\"\non_duty_name = \"{person}\"\nattendants = {{ \"{}\" = \"chen.window\" }}\n\n",
        world.attendant
    );
    devices(world, name, &mut text);
    text
}

fn devices(world: &World, name: &str, text: &mut String) {
    let pages = world.out.join("camera").join(name);
    let reader = world.reader(name).port().display();
    let _ = write!(text, "[devices.reader]\ndriver = \"sam-serial\"\nport = \"{reader}\"\nrequired = true\n\n");
    if takes_applications(name) {
        let _ = write!(
            text,
            "[devices.face]\ndriver = \"files\"\nport = \"files:{0}/face\"\noptions = {{ pictures = \"{3}\" }}\n\n\
             [devices.document]\ndriver = \"files\"\nport = \"files:{0}/document\"\n\
             options = {{ pictures = \"{3}\", auto = \"on\" }}\n\n\
             [devices.finger]\ndriver = \"ef01-serial\"\nport = \"{1}\"\noptions = {{ baud = \"115200\" }}\n\n\
             [devices.printer]\ndriver = \"ipp\"\nport = \"{2}\"\n\n",
            pages.display(),
            world.finger(name).port().display(),
            world.printer(name).uri,
            // The links in the camera's folder lead there: its worker may read no other folder.
            world.root.join("target/samples").display(),
        );
    }
    if name == "certificate" {
        let _ =
            write!(text, "[devices.certificate-printer]\ndriver = \"ipp\"\nport = \"{}\"\n\n", world.printer(name).uri);
    }
}
