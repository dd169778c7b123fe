//! The mayor's five minutes, and the windows with a simulator panel.

use super::pages::Cameras;
use super::report::Report;
use super::station::Station;
use super::world::World;
use anyhow::{Context, Result};
use serde_json::json;
use std::time::Duration;

/// Runs the story: proof, window journey with the network cut and the power button, paper out, hand-over, the sum.
pub fn run(world: &World, report: &mut Report) -> Result<()> {
    let done = super::journey::run(world, report, super::Faults { offline: true, kill: true })?;
    super::proof::run(world, report)?;
    super::technician::run(world, report)?;
    super::journey::verify(world, report, &done)?;
    report.step(15, "the sum", || sum(world, &done))
}

/// 跑动次数, 免提交材料数 and 用时, counted from the case's own actions by the independent checker.
fn sum(world: &World, done: &super::journey::Done) -> Result<serde_json::Value> {
    let mut checker = std::process::Command::new(world.programs.join("tongban-verify"));
    let facts =
        crate::processes::output(checker.arg("case").arg(world.out.join("cases").join(&done.case)).arg("--json"))?;
    let facts: serde_json::Value = serde_json::from_str(&facts).context("the checker's JSON")?;
    let pages = [("跑动次数", "trips"), ("免提交材料数", "materials_without_paper"), ("用时（秒）", "seconds")];
    let rows: Vec<(String, String)> =
        pages.iter().map(|(name, key)| ((*name).to_owned(), facts["sum"][*key].to_string())).collect();
    Ok(json!({"sum": facts["sum"], "rows": rows}))
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
