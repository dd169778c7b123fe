//! `tongban-verify case DIR` and `tongban-verify report DIR`: exit 0 when everything holds, else 1.

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use tongban_verify::{Findings, Trust, check_case, check_report};

/// Checks what the system left behind, from the published formats alone.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Prints the findings as JSON.
    #[arg(long, global = true)]
    json: bool,
    /// JSON object origin → verifying key (hex): `centre`, `station:NAME`, `web`.
    #[arg(long, global = true, value_name = "FILE")]
    trust: Option<PathBuf>,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// An exported case.
    Case {
        /// Directory with actions.jsonl, receipts.jsonl, blobs/ and perhaps case.key.
        dir: PathBuf,
    },
    /// The demo's report and the files it names.
    Report {
        /// Directory with report.json, or the file.
        dir: PathBuf,
    },
}

fn trust(path: Option<&PathBuf>) -> Result<Trust, String> {
    let Some(path) = path else {
        return Ok(Trust::new());
    };
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_slice(&bytes).map_err(|error| format!("{}: {error}", path.display()))
}

fn run(arguments: &Arguments) -> Result<Findings, String> {
    let trust = trust(arguments.trust.as_ref())?;
    Ok(match &arguments.what {
        What::Case { dir } => check_case(dir, &trust).0,
        What::Report { dir } => check_report(dir, &trust),
    })
}

#[allow(clippy::print_stdout, reason = "the findings are this program's output")]
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let findings = match run(&arguments) {
        Ok(findings) => findings,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    if arguments.json {
        let value = serde_json::json!({"ok": findings.ok(), "findings": findings});
        println!("{value:#}");
    } else {
        print!("{findings}");
    }
    if findings.ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
