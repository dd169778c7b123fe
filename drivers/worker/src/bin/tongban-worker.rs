//! The worker program: see the library. By hand: `--self-check FOLDER` says what it can do before
//! and after it is locked in, `--conform SETUP quick|full` runs the conformance suite,
//! `--replay FILE` plays a recording.

use anyhow::Context;
use std::path::Path;
use std::process::ExitCode;
use tongban_device::message::Setup;
use tongban_worker::conform::Depth;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    // Makers' libraries get a process with nothing of ours set up in it.
    match std::env::args().nth(1).as_deref() {
        Some(tongban_worker::VENDOR_CALL) => return tongban_worker::make_vendor_call(),
        Some(tongban_worker::VENDOR_LAUNCH) => return tongban_worker::launch_vendor_calls(),
        _ => {}
    }
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")))
        .with_writer(std::io::stderr)
        .init();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["--self-check", folder] => check(folder),
        ["--conform", setup, depth] => conform(setup, depth),
        ["--replay", file] => replay(file),
        _ => tongban_worker::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "worker cannot go on");
            ExitCode::FAILURE
        }
    }
}

#[allow(clippy::print_stdout, reason = "the answer to who asked on the command line")]
fn check(folder: &str) -> anyhow::Result<()> {
    println!("{}", tongban_worker::self_check(Path::new(folder))?);
    Ok(())
}

/// Runs the conformance suite on the device of a setup (JSON); asks on standard output, is answered
/// on standard input, and ends with the report.
#[allow(clippy::print_stdout, reason = "the answer to who asked on the command line")]
fn conform(setup: &str, depth: &str) -> anyhow::Result<()> {
    let setup: Setup = serde_json::from_str(setup).context("not a setup")?;
    let depth = if depth == "full" { Depth::Full } else { Depth::Quick };
    tongban_worker::lock(&setup)?;
    // Drawn places are the same for the same kind of reader, so that two reports can be compared.
    let seed = setup.driver.bytes().fold(0, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let report = tongban_worker::conform::conform(&setup, depth, seed, std::io::stdin().lock(), std::io::stdout())?;
    println!("report {}", serde_json::to_string(&report)?);
    Ok(())
}

/// Plays a recording; each command as it ended then and now.
#[allow(clippy::print_stdout, reason = "the answer to who asked on the command line")]
fn replay(file: &str) -> anyhow::Result<()> {
    let file = std::fs::File::open(file).with_context(|| file.to_owned())?;
    let recording = tongban_transport::record::Recording::read(std::io::BufReader::new(file))?;
    let replayed = tongban_worker::replay::replay(&recording)?;
    for step in &replayed.steps {
        let word = if step.then == step.now { "same" } else { "DIFFERS" };
        println!("{word:<8} {:<16} then: {:<40} now: {}", step.command, step.then, step.now);
    }
    if let Some(place) = &replayed.differs {
        println!("on the line: {place}");
    }
    anyhow::ensure!(replayed.same(), "this program does not behave as the recording");
    Ok(())
}
