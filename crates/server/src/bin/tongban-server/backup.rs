//! `backup`, `restore`, `drill`: progress on standard error, the outcome on standard output.

use crate::args::Place;
use crate::centre_config;
use anyhow::{Context as _, Result, bail};
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use tongban_server::Centre;
use tongban_server::centre::storage::backup;

/// Exit code of a drill that found a difference.
const DIFFERS: u8 = 3;

fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn print(value: &impl serde::Serialize) -> Result<()> {
    writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(value)?)?;
    Ok(())
}

/// One point, or one every so many seconds.
pub fn take(centre: &Centre, to: &Path, every: Option<u64>) -> Result<()> {
    loop {
        let point = backup::take(centre, to, &tell)?;
        writeln!(std::io::stdout(), "point {} objects {} bytes {}", point.at_ms, point.objects, point.bytes)?;
        let Some(seconds) = every else { return Ok(()) };
        std::thread::sleep(Duration::from_secs(seconds.max(1)));
    }
}

/// Milliseconds of a moment written as in RFC 3339.
fn moment(text: &str) -> Result<i64> {
    let format = &time::format_description::well_known::Rfc3339;
    let at = time::OffsetDateTime::parse(text, format).with_context(|| format!("K102 not a moment: {text}"))?;
    Ok(i64::try_from(at.unix_timestamp_nanos() / 1_000_000)?)
}

/// Back to a point.
pub fn restore(place: &Place, from: &Path, until: Option<&str>) -> Result<()> {
    let until = until.map(moment).transpose()?;
    let (_centre, restored) = backup::restore(centre_config(place)?, from, until, &tell)?;
    let mut out = std::io::stdout();
    writeln!(out, "restored point {}", restored.point.at_ms)?;
    writeln!(out, "rolled forward {} bundles", restored.rolled_forward)?;
    if !restored.differ.is_empty() {
        bail!("tables differ from the point: {}", restored.differ.join(", "));
    }
    Ok(())
}

/// Proves that the repository can be restored.
pub fn drill(place: &Place, from: &Path, scratch: &Path, database: Option<String>) -> Result<ExitCode> {
    if scratch.exists() && std::fs::read_dir(scratch)?.next().is_some() {
        bail!("{} is not empty", scratch.display());
    }
    let live = Centre::open(centre_config(place)?).context("centre does not open")?;
    let mut config = centre_config(place)?;
    if config.storage.database.is_some() && database.is_none() {
        bail!("--scratch-database is needed: the centre's database is PostgreSQL");
    }
    config.storage.keys_dir = Some(config.storage.keys(&config.data_dir));
    config.data_dir = scratch.to_owned();
    config.storage.database = database;
    config.storage.objects = None;
    let drill = backup::drill(&live, config, from, &tell);
    let _ = std::fs::remove_dir_all(scratch);
    let drill = drill?;
    print(&drill)?;
    let lost = drill.bundles_since.saturating_sub(drill.bundles_recovered);
    tell(&format!(
        "RPO: {lost} bundles and {} steps by staff of the last {:.1} s; RTO: {:.1} s",
        drill.staff_steps_since, drill.rpo_seconds, drill.rto_seconds
    ));
    Ok(if drill.holds() { ExitCode::SUCCESS } else { ExitCode::from(DIFFERS) })
}
