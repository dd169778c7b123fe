//! Workspace tools: `cargo xtask demo|samples|notices`.

#![allow(clippy::print_stdout, reason = "the tools of the workspace tell the person at the terminal how far they are")]

#[allow(dead_code, reason = "each bench uses the part of the table it needs")]
mod bench;
mod coverage;
mod demo;
mod demo_day;
mod face_eval;
#[allow(dead_code, reason = "the tests of the printer driver use other parts of it")]
mod ipp_printer;
mod lab;
mod load;
mod notices;
mod page_eval;
mod processes;
mod samples;

use anyhow::Result;
use clap::{Parser, Subcommand};
use load::hall::common;

#[derive(Parser)]
#[command(name = "xtask", about = "Tools of the tongban workspace")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure, print a table and leave it as JSON.
    Bench {
        #[command(subcommand)]
        which: bench::Which,
    },
    /// Count the states of docs/coverage.md; with --check, fail unless its places ran and passed.
    Coverage(coverage::Options),
    /// Run the whole journey on real parts.
    Demo(demo::Options),
    /// Hundreds of cases over simulated days on the real centre; the totals must reconcile.
    DemoDay(demo_day::Options),
    /// Run the device suites against a real Linux kernel in a virtual machine.
    Lab(lab::Options),
    /// Stations against a real server process: steady submissions and a reconnect storm.
    Load(load::Options),
    /// Write NOTICES.md, or check that it is up to date.
    Notices(notices::Options),
    /// Error rates of pages, faces and prints.
    VisionEval(face_eval::Options),
    /// Make sample pages, faces and photographs.
    Samples(samples::Options),
}

fn main() -> Result<()> {
    match Arguments::parse().command {
        Command::Bench { which } => bench::run(&which),
        Command::Coverage(options) => coverage::run(&options),
        Command::Demo(options) => demo::run(&options),
        Command::DemoDay(options) => demo_day::run(&options),
        Command::Lab(options) => lab::run(&options),
        Command::Load(options) => load::run(&options),
        Command::Notices(options) => notices::run(&options),
        Command::VisionEval(options) => face_eval::run(&options),
        Command::Samples(options) => samples::run(&options),
    }
}
