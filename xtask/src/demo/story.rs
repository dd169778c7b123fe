//! The mayor's five minutes, and the windows with a simulator panel.

use super::browser::Browser;
use super::pages::Cameras;
use super::report::Report;
use super::station::Station;
use super::world::World;
use anyhow::{Context, Result};
use serde_json::json;
use std::process::Command;
use std::time::Duration;

/// The last screen: 跑动次数, 免提交材料数 and 用时, which the centre counts from the case's own actions, as the
/// applicant reads them on the public page with the slip in hand.
pub fn sum(world: &World, report: &Report, done: &super::walk::Done) -> Result<()> {
    report.step(15, "the sum", || read_sum(world, done))
}

fn read_sum(world: &World, done: &super::walk::Done) -> Result<serde_json::Value> {
    let slip =
        crate::processes::output(Command::new("pdftotext").arg("-layout").arg(world.out.join("receipt.pdf")).arg("-"))?;
    let browser = Browser::start("citizen", &world.address("public"), &world.out)?;
    browser.open("/progress")?;
    browser.fill("progress-receipt", &done.receipt)?;
    browser.fill("progress-password", &password(&slip)?)?;
    browser.click("progress-submit")?;
    browser.wait_for("progress-sums")?;
    browser.shot(&world.out.join("screens/60-citizen-sum.png"))?;
    let read = |id: &str| browser.text(id);
    Ok(json!({
        "trips": read("progress-trips")?, "materials_without_paper": read("progress-free")?,
        "time": read("progress-minutes")?, "status": read("progress-status")?,
    }))
}

/// Six digits that stand alone on the slip's password line.
fn password(slip: &str) -> Result<String> {
    let line = slip.lines().find(|line| line.contains("查询密码")).context("the slip has a password")?;
    let after = line.split("查询密码").nth(1).unwrap_or_default();
    let digits: String = after.chars().filter(char::is_ascii_digit).take(6).collect();
    anyhow::ensure!(digits.len() == 6, "no six digits on {line:?}");
    Ok(digits)
}

/// Opens the windows on the display that is there, with the simulator panel, until they are closed or Ctrl-C.
pub fn open_windows(world: &World) -> Result<()> {
    let mut stations = Vec::new();
    for name in ["window", "kiosk", "certificate", "technician"] {
        if matches!(name, "window" | "kiosk") {
            let cameras = Cameras::prepare(world, name)?;
            cameras.page(super::pages::PAGES[0].1)?;
            cameras.face(if name == "window" { "person-1" } else { "person-2" })?;
        }
        stations.push(Station::open(world, name)?);
    }
    println!(
        "窗口已打开。工作人员页面：{}（zhang.review、li.decide，口令 {}）",
        world.address("staff"),
        super::world::PASSWORD
    );
    println!("按 Ctrl-C 结束。");
    loop {
        std::thread::sleep(Duration::from_millis(500));
        // The panel's power button ends a terminal; it comes back as a machine would.
        for station in &mut stations {
            if station.check().is_err() {
                station.relaunch(world)?;
            }
        }
    }
}
