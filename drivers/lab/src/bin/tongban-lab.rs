//! `tongban-lab guest PART [SUITE…]`: the suites, inside the virtual machine. `tongban-lab bench PROGRAMS
//! PICTURES`: figures, on the machine itself.

use std::path::PathBuf;
use std::process::ExitCode;
use tongban_lab::guest::{self, Places};
use tongban_lab::suite;

/// Where things are in the guest.
fn places() -> Places {
    Places { programs: PathBuf::from("/programs"), share: PathBuf::from("/share"), out: PathBuf::from("/out") }
}

#[allow(clippy::print_stdout, reason = "what was asked for on the command line is answered there")]
fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match words.split_first() {
        Some((verb, [programs, pictures])) if verb == "bench" => {
            tongban_lab::bench::run(programs.as_ref(), pictures.as_ref()).map(|()| 0)
        }
        Some((verb, [part, suites @ ..])) if verb == "guest" => guest::run(&places(), part, suites),
        Some((verb, [driver, port])) if verb == "ask" => suite::ask(&places(), driver, port).map(|answer| {
            println!("{answer}");
            0
        }),
        _ => {
            eprintln!("tongban-lab guest PART [SUITE…] | bench PROGRAMS PICTURES");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("tongban-lab: {error:#}");
            ExitCode::from(2)
        }
    }
}
