//! Steps 1 to 7 at the window with its customer screen.

use crate::demo::Faults;
use crate::demo::pages::{Cameras, PAGES};
use crate::demo::report::Report;
use crate::demo::station::Station;
use crate::demo::walk::{Applicant, Done, Power, Sheet, Walk};
use crate::demo::world::World;
use anyhow::{Context, Result};
use serde_json::json;

/// Runs the steps; with `offline` the network is cut from the end of step 3 to the end of step 7, with `kill` the
/// power at every step.
pub fn steps(world: &World, station: &Station, report: &Report, faults: Faults) -> Result<Done> {
    let cameras = Cameras::prepare(world, "window")?;
    let sheet = Sheet::of(&world.root, "jz_first")?;
    let who = Applicant { name: "陈建国", face: "person-1", firm: Some(super::FIRM) };
    let walk = Walk::new((world, station, &cameras), who, &sheet, &PAGES, 1);
    walk.wait_ready()?;
    walk.shot("idle")?;
    walk.applicant_shot("welcome")?;
    let mut power = Power::new(world, station, "陈建国", faults.kill);
    report.step(1, "swipe", || walk.swipe())?;
    power.cut()?;
    report.step(2, "presence", || walk.presence(&mut power))?;
    power.cut()?;
    report.step(3, "item and shared data", || {
        walk.choose()?;
        walk.shares(&mut power)
    })?;
    if faults.offline {
        power.go_offline()?;
    }
    power.cut()?;
    report.step(4, "form", || walk.form(&mut power))?;
    power.cut()?;
    report.step(5, "capture", || walk.capture(&mut power))?;
    power.cut()?;
    report.step(6, "sign-off", || walk.sign_off())?;
    power.cut()?;
    let mut done = None;
    report.step(7, "submit", || {
        let (submitted, mut evidence) = walk.submit(&mut power)?;
        evidence["power_cuts"] = json!(power.cuts);
        done = Some(submitted);
        Ok(evidence)
    })?;
    done.context("step 7 left a receipt number")
}
