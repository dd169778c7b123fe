//! Workspace tools: `cargo xtask demo|samples|notices`.

#![allow(clippy::print_stdout, reason = "the tools of the workspace tell the person at the terminal how far they are")]

#[allow(dead_code, reason = "each bench uses the part of the table it needs")]
mod bench;
mod demo;
#[allow(dead_code, reason = "the tests of the printer driver use other parts of it")]
mod ipp_printer;
mod lab;
mod notices;
mod processes;
mod samples;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "xtask", about = "Tools of the tongban workspace")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the whole journey on real parts.
    Demo(demo::Options),
    /// Run the device suites against a real Linux kernel in a virtual machine.
    Lab(lab::Options),
    /// Write NOTICES.md, or check that it is up to date.
    Notices(notices::Options),
    /// Make sample pages, faces and photographs.
    Samples(samples::Options),
}

fn main() -> Result<()> {
    match Arguments::parse().command {
        Command::Demo(options) => demo::run(&options),
        Command::Lab(options) => lab::run(&options),
        Command::Notices(options) => notices::run(&options),
        Command::Samples(options) => samples::run(&options),
    }
}
