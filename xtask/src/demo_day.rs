//! `xtask demo-day`: hundreds of cases of every item at four levels over simulated days, on the real
//! centre in this process: objections, silent departments, planted defects, corrections, time-outs,
//! special procedures, promises, appeals and ratings. Who played it keeps a ledger of its own; the
//! centre's figures must agree with it, recounted from the journal too, and a batch sent twice
//! changes nothing. Time is a seeded clock: the same seed plays the same days.

mod city;
mod exchange;
mod filing;
mod judge;
mod ledger;
mod plan;
mod play;
#[cfg(test)]
mod tests;

#[path = "../../tests/flows/hall.rs"]
#[allow(clippy::unwrap_used, dead_code, reason = "shared with the acceptance scenarios, which use other parts of it")]
mod hall;

use anyhow::{Context as _, Result};
use city::City;
use std::path::PathBuf;
use std::time::Instant;

/// How much is played.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Applications.
    #[arg(long, default_value_t = 500)]
    pub cases: usize,
    /// Working days on which people apply.
    #[arg(long, default_value_t = 20)]
    pub days: usize,
    /// Decides everything that happens.
    #[arg(long, default_value_t = 25)]
    pub seed: u64,
    /// Where the report goes.
    #[arg(long, default_value = "target/demo-day")]
    pub out: PathBuf,
}

/// Plays, judges, prints and leaves `report.json`.
pub fn run(options: &Options) -> Result<()> {
    let report = play(options)?;
    println!("{}", report.table());
    std::fs::create_dir_all(&options.out)?;
    let file = options.out.join("report.json");
    std::fs::write(&file, serde_json::to_vec_pretty(&report)?).with_context(|| file.display().to_string())?;
    println!("{}", file.display());
    anyhow::ensure!(report.faults.is_empty(), "{} things do not agree", report.faults.len());
    Ok(())
}

/// The days, then the books.
pub fn play(options: &Options) -> Result<judge::Report> {
    let begun = Instant::now();
    let mut city = City::open(options.seed)?;
    play::days(&mut city, options)?;
    let played = begun.elapsed().as_secs_f64();
    judge::books(&mut city, options, played)
}
