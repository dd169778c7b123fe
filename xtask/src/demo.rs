//! `xtask demo`: the whole journey on real parts, headless or with windows.

mod browser;
mod control;
mod display;
mod embedded;
mod inspect;
mod journey;
mod pages;
mod proof;
mod report;
mod station;
mod story;
mod technician;
mod world;

use anyhow::{Context, Result};
use report::Report;
use std::path::{Path, PathBuf};
use world::World;

/// Flags of the demo.
#[derive(clap::Args)]
pub struct Options {
    /// Drive the real programs under Xvfb and leave target/demo.
    #[arg(long)]
    headless: bool,
    /// Cut the network from the end of step 3 to the end of step 7.
    #[arg(long)]
    offline: bool,
    /// Where everything is left, below the workspace.
    #[arg(long, default_value = "target/demo")]
    out: PathBuf,
    /// Only the terminal with the server inside its own process.
    #[arg(long)]
    embedded: bool,
    /// Cut the power of the window at every step; it comes back to the same screen.
    #[arg(long)]
    kill: bool,
    /// The mayor's five minutes: every fault once, and back.
    #[arg(long)]
    story: bool,
}

/// Runs the demo.
pub fn run(options: &Options) -> Result<()> {
    let root = root()?;
    let out = root.join(&options.out);
    if out.exists() {
        std::fs::remove_dir_all(&out).context("clearing the folder of an earlier run")?;
    }
    std::fs::create_dir_all(&out)?;
    if options.embedded {
        let mut report = Report::new(&out.join("report.json"));
        return embedded::run(&root, &root.join("target/debug"), &out, &mut report);
    }
    let world = World::start(&root, &root.join("target/debug"), &out)?;
    let headless = options.headless || options.story || std::env::var_os("DISPLAY").is_none();
    if !headless {
        return story::open_windows(&world);
    }
    let mut report = Report::new(&out.join("report.json"));
    let done = if options.story {
        story::run(&world, &mut report)
    } else {
        everything(&world, &mut report, Faults { offline: options.offline, kill: options.kill })
    };
    done?;
    println!("{}", out.join("report.json").display());
    Ok(())
}

/// What goes wrong on the way, on purpose.
#[derive(Debug, Clone, Copy)]
pub struct Faults {
    /// The network is cut from the end of step 3 to the end of step 7.
    pub offline: bool,
    /// The power is cut at every step.
    pub kill: bool,
}

fn everything(world: &World, report: &mut Report, faults: Faults) -> Result<()> {
    let case = journey::run(world, report, faults)?;
    proof::run(world, report)?;
    technician::run(world, report)?;
    journey::verify(world, report, &case)
}

fn root() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(here.parent().context("xtask stands inside the workspace")?.to_owned())
}

/// SHA-256 of a file, hex.
pub fn sha256(path: &Path) -> Result<String> {
    use sha2::Digest;
    Ok(hex::encode(sha2::Sha256::digest(std::fs::read(path)?)))
}
