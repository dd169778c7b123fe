//! Steps 1 to 10: 建筑业企业资质认定 at the window, staff pages in a browser, the certificate window.

mod centre;
mod certificate;
mod window;

pub use centre::verify;

use super::Faults;
use super::report::Report;
use super::station::Station;
use super::walk::Done;
use super::world::World;
use anyhow::Result;

/// The firm's 统一社会信用代码.
pub const FIRM: &str = "91890100MA8DEM018P";

/// Runs the journey; `window_free` is called when the window is done and its terminal has ended.
pub fn run(world: &World, report: &Report, faults: Faults, window_free: impl FnOnce()) -> Result<Done> {
    let station = Station::start(world, "window", false)?;
    let done = window::steps(world, &station, report, faults);
    if done.is_err() {
        station.shot(world, "failure-window")?;
        station.customer_shot(world, "failure-customer")?;
    }
    let done = done?;
    station.check()?;
    station.stop();
    window_free();
    centre::decide(world, report, &done)?;
    certificate::steps(world, report, &done)?;
    Ok(done)
}
