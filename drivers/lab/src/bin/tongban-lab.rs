//! `tongban-lab guest [SUITE…]`: the suites, inside the virtual machine.

use std::path::PathBuf;
use std::process::ExitCode;
use tongban_lab::guest::{self, Places};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match words.split_first() {
        Some((verb, suites)) if verb == "guest" => {
            let places = Places {
                programs: PathBuf::from("/programs"),
                share: PathBuf::from("/share"),
                out: PathBuf::from("/out"),
            };
            guest::run(&places, suites)
        }
        _ => {
            eprintln!("tongban-lab guest [SUITE…]");
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
