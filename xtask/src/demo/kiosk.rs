//! The same journey as at the window, at a kiosk and alone.

use super::Faults;
use super::pages::{Cameras, PAGES};
use super::report::Report;
use super::station::Station;
use super::walk::{Applicant, Power, Sheet, Walk};
use super::world::World;
use anyhow::Result;
use serde_json::{Value, json};

/// Runs the journey on one program that is never restarted except by the power button.
pub fn run(world: &World, report: &Report, faults: Faults) -> Result<()> {
    let cameras = Cameras::prepare(world, "kiosk-2")?;
    let station = Station::start(world, "kiosk-2", false)?;
    let all = alone(world, &station, &cameras, report, faults);
    if all.is_err() {
        // What went wrong matters more than its picture.
        let _ = station.shot(world, "failure-kiosk-2");
    }
    station.stop();
    all
}

fn alone(world: &World, station: &Station, cameras: &Cameras, report: &Report, faults: Faults) -> Result<()> {
    let sheet = Sheet::of(&world.root, "jz_first")?;
    let who = Applicant { name: "陈建国", face: "person-1", firm: Some(super::journey::FIRM) };
    // Without the page that is thrown away again at the window.
    let pages = &PAGES[..PAGES.len() - 1];
    let walk = Walk::new((world, station, cameras), who, &sheet, pages, 61);
    walk.wait_ready()?;
    report.step(16, "kiosk journey", || journey(world, &walk, faults.kill))
}

/// From the tile on the home page to the slip in the hand; nobody helps but for the look at the face.
pub fn journey(world: &World, walk: &Walk<'_>, kill: bool) -> Result<Value> {
    let mut power = Power::new(world, walk.station, walk.who.name, kill);
    let mut evidence = walk.swipe()?;
    power.cut()?;
    walk.presence(&mut power)?;
    walk.choose()?;
    evidence["shares"] = walk.shares(&mut power)?;
    evidence["form"] = walk.form(&mut power)?;
    evidence["capture"] = walk.capture(&mut power)?;
    power.cut()?;
    walk.sign_off()?;
    power.cut()?;
    let (done, submitted) = walk.submit(&mut power)?;
    let export = format!("cases/{}", done.case);
    world.export(&done.case, &world.out.join(&export))?;
    for key in ["file", "sha256", "receipt", "sheets_printed", "power_cuts"] {
        evidence[key] = submitted[key].clone();
    }
    evidence["case_export"] = json!(export);
    Ok(evidence)
}
