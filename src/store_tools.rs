//! `tongban audit|store|sync`: looking at, mending and carrying what a station holds.
//!
//! The terminal must not be running: one process at a time has the store. Every answer is printed; the exit
//! code is 0 when all is well and 1 when it is not.

use crate::boot::Tools;
use crate::config::Config;
use anyhow::{Context, Result, bail};
use clap::Subcommand;
use std::path::{Path, PathBuf};
use tongban_store::{CheckReport, StoreError};
use tongban_sync::CarryReport;

/// 审计.
#[derive(Subcommand)]
pub enum AuditCommand {
    /// Walk the whole audit; print the first entry that does not hold.
    Verify,
}

/// 终端库.
#[derive(Subcommand)]
pub enum StoreCommand {
    /// Look everything over and change nothing.
    Check,
    /// Mend what follows from sound evidence; refuse when anything would have to be invented.
    Repair,
}

/// 移动介质.
#[derive(Subcommand)]
pub enum SyncCommand {
    /// Write every bundle that waits, sealed, into a directory (a USB stick).
    Export {
        /// Where to.
        dir: PathBuf,
    },
    /// Take other stations' bundles from a directory to the centre, and receipts for our own.
    Import {
        /// Where from.
        dir: PathBuf,
    },
}

/// Runs `tongban audit`.
///
/// # Errors
/// When an entry does not hold.
#[allow(clippy::print_stdout, reason = "what the person asked for on the command line is answered there")]
pub fn audit(config: &Config, command: &AuditCommand) -> Result<()> {
    let AuditCommand::Verify = command;
    let report = Tools::new(config)?.inspect()?;
    println!("{} audit entries", report.audit);
    let broken: Vec<&String> =
        report.faults.iter().filter(|fault| fault.starts_with("audit") || fault.starts_with("seal")).collect();
    for fault in &broken {
        println!("S102 {fault}");
    }
    if broken.is_empty() {
        println!("every entry holds");
        Ok(())
    } else {
        bail!("S102 the audit does not hold")
    }
}

/// Runs `tongban store`.
///
/// # Errors
/// When a fault is found, or one cannot be mended.
#[allow(clippy::print_stdout, reason = "what the person asked for on the command line is answered there")]
pub fn store(config: &Config, command: &StoreCommand) -> Result<()> {
    let tools = Tools::new(config)?;
    match command {
        StoreCommand::Check => told(&tools.inspect()?),
        StoreCommand::Repair => match tools.mend()? {
            Ok(report) => {
                for fault in &report.mended {
                    println!("mended: {fault}");
                }
                println!("{} faults mended, none left", report.mended.len());
                Ok(())
            }
            Err(StoreError::BeyondRepair(faults)) => {
                for fault in &faults {
                    println!("S102 {fault}");
                }
                bail!("S102 beyond repair; nothing was changed. Keep this disk, and enrol the station anew on another")
            }
            Err(error) => Err(error).context("repairing the station store"),
        },
    }
}

#[allow(clippy::print_stdout, reason = "what the person asked for on the command line is answered there")]
fn told(report: &CheckReport) -> Result<()> {
    let CheckReport { cases, actions, links, blobs, bundles, audit, .. } = report;
    println!(
        "{cases} cases, {actions} actions, {links} links, {blobs} files, {bundles} bundles, {audit} audit entries"
    );
    for fault in &report.faults {
        let cure = if report.repairable.contains(fault) { " (tongban store repair mends it)" } else { "" };
        println!("S102 {fault}{cure}");
    }
    if report.faults.is_empty() {
        println!("sound");
        Ok(())
    } else {
        bail!("S102 {} faults", report.faults.len())
    }
}

/// Runs `tongban sync`.
///
/// # Errors
/// When the directory cannot be written or is not what it says.
pub fn sync(config: &Config, command: &SyncCommand) -> Result<()> {
    let tools = Tools::new(config)?;
    let store = tools.open().context("opening the station store")?;
    match command {
        SyncCommand::Export { dir } => say(&tongban_sync::export(&store, dir)?, dir),
        SyncCommand::Import { dir } => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            say(&runtime.block_on(tongban_sync::import(&store, tools.client(), dir))?, dir);
        }
    }
    Ok(())
}

#[allow(clippy::print_stdout, reason = "what the person asked for on the command line is answered there")]
fn say(report: &CarryReport, dir: &Path) {
    let CarryReport { written, delivered, signed, left } = report;
    println!("{}: {written} written, {delivered} taken to the centre, {signed} signed for", dir.display());
    for why in left {
        println!("left: {why}");
    }
}
