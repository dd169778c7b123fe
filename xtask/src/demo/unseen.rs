//! `--item FILE`: an item file nobody has seen, published at the centre, walked at the window and at the kiosk, and
//! received on the staff page. No program is built for it.

use super::browser::Browser;
use super::pages::Cameras;
use super::report::Report;
use super::station::Station;
use super::walk::{Applicant, Power, Sheet, Walk};
use super::world::{PASSWORD, World};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tongban_domain::{mask, phone};

/// A page for every material that wants one.
const PAGES: [(&str, &str); 1] = [("m02", "m16-safety-rules.jpg")];

/// Walks the item at both faces.
pub fn run(world: &World, report: &Report, sheet: &Sheet) -> Result<()> {
    for (number, (face, name, picture)) in (1..).zip([("window", "王明", "person-3"), ("kiosk", "马依娜", "person-6")])
    {
        let station = Station::start(world, face, false)?;
        let cameras = Cameras::prepare(world, face)?;
        let who = Applicant { name, face: picture, firm: None };
        let walk = Walk::new((world, &station, &cameras), who, sheet, &PAGES, number * 20);
        walk.wait_ready()?;
        let result = report.step(number, &format!("{} at the {face}", sheet.key), || walk_through(world, &walk));
        if result.is_err() {
            station.shot(world, &format!("failure-{face}"))?;
        }
        result?;
    }
    Ok(())
}

fn walk_through(world: &World, walk: &Walk<'_>) -> Result<Value> {
    let mut evidence = if walk.is_kiosk() {
        super::kiosk::journey(world, walk, false)?
    } else {
        let mut power = Power::new(world, walk.station, walk.who.name, false);
        let mut evidence = walk.swipe()?;
        walk.presence(&mut power)?;
        walk.choose()?;
        walk.shares(&mut power)?;
        evidence["form"] = walk.form(&mut power)?;
        walk.capture(&mut power)?;
        walk.sign_off()?;
        let (done, submitted) = walk.submit(&mut power)?;
        evidence["receipt"] = submitted["receipt"].clone();
        evidence["case"] = json!(done.case);
        evidence
    };
    let case = evidence["case"].as_str().context("the case")?.to_owned();
    evidence["centre"] = received(world, &case, walk)?;
    Ok(evidence)
}

/// The staff page shows the case with what was typed, and it can be accepted.
fn received(world: &World, case: &str, walk: &Walk<'_>) -> Result<Value> {
    let browser = Browser::start(&format!("reviewer-{}", walk.station.name), &world.address("staff"), &world.out)?;
    browser.open("/login")?;
    browser.sign_in("zhang.review", PASSWORD)?;
    browser.open(&format!("/cases/{case}"))?;
    let page = browser.source()?;
    for text in walk.sheet.texts() {
        // Nobody who handles the case needs the whole number.
        let shown = if phone::is_phone(&text) { mask::phone(&text) } else { text };
        ensure!(page.contains(&shown), "the staff page does not show {shown:?}");
    }
    browser.shot(&world.out.join(format!("screens/90-staff-{}.png", walk.station.name)))?;
    if browser.has("accept-submit")? {
        browser.click("accept-accept")?;
        browser.click("accept-submit")?;
    }
    browser.wait_for("review-submit").context("after acceptance the case can be reviewed")?;
    Ok(json!({"reviewable": true, "texts_shown": walk.sheet.texts().len()}))
}
