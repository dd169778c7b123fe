//! `tongban --embedded`: terminal and central server in one process, a village hall with one machine.

use super::display::Display;
use super::inspect::Inspector;
use super::report::Report;
use super::world::start_device;
use crate::processes::Process;
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Starts one process, swipes a card, and finds the case in the server inside it.
pub fn run(root: &Path, programs: &Path, out: &Path, report: &Report) -> Result<()> {
    let logs = out.join("logs");
    let (_reader, control) = start_device((root, programs, out), "reader", "village", 1_001)?;
    let display = Display::start(1080, 1920, &logs)?;
    let config = out.join("village.toml");
    std::fs::write(&config, configuration(root, programs, control.port()))?;
    let socket = out.join("inspector.sock");
    let mut command = Command::new(programs.join("tongban"));
    command.arg("--config").arg(&config).arg("--embedded").arg("--inspector").arg(&socket);
    command.env("TONGBAN_STATE_DIR", out.join("state")).env("DISPLAY", display.name()).env_remove("WAYLAND_DISPLAY");
    let mut process = Process::start("tongban-village", command, &logs)?;
    let see = Inspector::new(&socket, &[]);
    process.wait_until(Duration::from_secs(30), "first screen", || see.alive())?;
    report.step(1, "embedded", || {
        see.wait_device("reader", "Online", Duration::from_secs(20))?;
        // The terminal enrolled itself and speaks mutual TLS to the server inside its own process.
        see.wait_online(true, Duration::from_secs(30)).context("the server inside answers")?;
        see.touch(&display, "kiosk.item.jzz", Duration::from_secs(10))?;
        see.wait_screen("apply.identify", Duration::from_secs(10))?;
        control.say("put 吴昊")?;
        let state = see.wait_screen("apply.consent", Duration::from_secs(30))?;
        display.screenshot(&out.join("screens/01-village.png"), None)?;
        let database = out.join("state/centre");
        ensure!(database.exists(), "the server's store stands below the terminal's state");
        let mut evidence = control.evidence(out, "card-village")?;
        evidence["case"] = json!(state.case);
        Ok(evidence)
    })
}

fn configuration(root: &Path, programs: &Path, reader: &Path) -> String {
    format!(
        "[identity]\nstation = \"890121-201-K01\"\nhall = \"890121-201\"\nhall_name = \"青禾县柳溪镇双桥村便民服务站\"\nface = \"kiosk\"\n\n\
         [paths]\nassets = \"{0}/assets\"\ni18n = \"{0}/i18n\"\nworkers = \"{1}\"\n\n[service]\ndemo = true\n\n\
         [devices.reader]\ndriver = \"sam-serial\"\nport = \"{2}\"\nrequired = true\n",
        root.display(),
        programs.display(),
        reader.display(),
    )
}
