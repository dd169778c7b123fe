//! 帮助呼叫: the kiosk calls, the window of the same hall sees it and answers, the kiosk says that somebody comes.

use super::report::Report;
use super::station::Station;
use super::walk::{LATE, SOON};
use super::world::World;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Both faces at once; nobody tells the window but the centre.
pub fn run(world: &World, kiosk: &Station, report: &Report) -> Result<()> {
    let window = Station::start(world, "window", false)?;
    for station in [&window, kiosk] {
        station.inspector.wait_online(true, Duration::from_secs(20))?;
    }
    let called = report.step(17, "help call", || call(world, kiosk, &window));
    window.stop();
    called
}

fn call(world: &World, kiosk: &Station, window: &Station) -> Result<Value> {
    kiosk.inspector.touch(&kiosk.display, "bottom.help", SOON)?;
    kiosk.inspector.wait("help.close", SOON)?;
    let called = Instant::now();
    kiosk.shot(world, "80-kiosk-help-calling")?;
    let go = window.inspector.wait_prefix("window.help.go.", LATE).context("the window sees the call")?;
    let seen_ms = called.elapsed().as_millis();
    window.shot(world, "81-window-help")?;
    let before = kiosk.inspector.texts()?;
    window.inspector.touch(&window.display, &go, SOON)?;
    kiosk.inspector.wait_change(&before, LATE).context("the kiosk hears the answer")?;
    kiosk.shot(world, "82-kiosk-help-coming")?;
    let said = kiosk.inspector.texts()?.into_iter().find(|text| text.contains("过来"));
    ensure!(said.is_some(), "the kiosk says nothing of somebody coming: {:?}", kiosk.inspector.texts()?);
    kiosk.inspector.touch(&kiosk.display, "help.close", SOON)?;
    Ok(json!({"seen_at_the_window_ms": seen_ms, "kiosk_says": said}))
}
