//! `xtask demo`: the whole journey on real parts, headless or with windows.

mod browser;
pub mod control;
pub mod display;
mod embedded;
mod help;
pub mod inspect;
mod journey;
mod kiosk;
mod pages;
mod photographs;
mod proof;
mod report;
mod station;
mod story;
mod technician;
mod unseen;
mod walk;
pub mod world;

use anyhow::{Context, Result, anyhow};
use report::Report;
use std::path::{Path, PathBuf};
use walk::{Done, Sheet};
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
    /// Walk this item file, which no catalogue has, at the window and at the kiosk.
    #[arg(long, requires = "answers", conflicts_with_all = ["offline", "kill", "story", "embedded"])]
    item: Option<PathBuf>,
    /// What to fill in for `--item`.
    #[arg(long)]
    answers: Option<PathBuf>,
    /// The mayor's five minutes: every fault once, and back.
    #[arg(long)]
    story: bool,
    /// Only who is there: faces from photographs and synthetic prints, by the machine and by a person. No picture is
    /// kept.
    #[arg(long, conflicts_with_all = ["offline", "kill", "story", "embedded", "item"])]
    photographs: bool,
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
        let report = Report::new(&out.join("report.json"));
        return embedded::run(&root, &root.join("target/debug"), &out, &report);
    }
    let programs = root.join("target/debug");
    let report = Report::new(&out.join("report.json"));
    if let (Some(item), Some(answers)) = (&options.item, &options.answers) {
        let sheets = [Sheet::read(item, answers)?];
        let world = World::start(&root, &programs, &out, &[item.as_path()], &sheets)?;
        return unseen::run(&world, &report, &sheets[0]);
    }
    let world = World::start(&root, &programs, &out, &[], &[Sheet::of(&root, "jz_first")?])?;
    if options.photographs {
        return photographs::alone(&world, &report);
    }
    let headless = options.headless || options.story || std::env::var_os("DISPLAY").is_none();
    if !headless {
        return story::open_windows(&world);
    }
    let faults = Faults { offline: options.offline || options.story, kill: options.kill || options.story };
    let case = everything(&world, &report, faults)?;
    if options.story {
        story::sum(&world, &report, &case)?;
    }
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

/// The window with the centre and the certificate window; a kiosk where the same is done alone; another kiosk with a
/// proof, bad cards and a call for help, and the technician.
fn everything(world: &World, report: &Report, faults: Faults) -> Result<Done> {
    std::thread::scope(|scope| {
        let (free, window_free) = std::sync::mpsc::channel();
        let alone = scope.spawn(|| kiosk::run(world, report, faults));
        let proof = scope.spawn(move || {
            proof::run(world, report, &window_free)?;
            technician::run(world, report)
        });
        // Nobody waits any more once the other kiosk has failed.
        let tell = move || {
            let _ = free.send(());
        };
        let window = journey::run(world, report, faults, tell);
        let others = [alone, proof].map(|thread| thread.join().map_err(|_| anyhow!("a kiosk's driver gave up")));
        let case = window?;
        for other in others {
            other??;
        }
        journey::verify(world, report, &case)?;
        Ok(case)
    })
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
