//! The conformance suite on hardware: a worker runs it, a person puts cards and pulls cables.
#![allow(clippy::print_stdout, reason = "what the person asked for on the command line is answered there")]

use super::{program, selected, signed};
use crate::config::Config;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use tongban_hub::present;

pub(super) fn run(config: &Config, selector: &str, full: bool, out: &Path) -> Result<()> {
    let setup = selected(config, selector)?;
    let device = present().into_iter().find(|one| one.port == setup.port);
    let mut worker = Command::new(program(config, "tongban-worker")?)
        .arg("--conform")
        .arg(serde_json::to_string(&setup)?)
        .arg(if full { "full" } else { "quick" })
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("starting the worker")?;
    let mut answers = worker.stdin.take().context("the worker has no input")?;
    let lines = BufReader::new(worker.stdout.take().context("the worker has no output")?).lines();
    let mut report = None;
    for line in lines {
        let line = line?;
        match line.split_once(' ') {
            Some(("stage", stage)) => {
                println!("{} — press Enter when done", request(stage));
                let mut done = String::new();
                if std::io::stdin().read_line(&mut done)? == 0 {
                    break;
                }
                writeln!(answers, "done")?;
            }
            Some(("report", text)) => report = Some(serde_json::from_str::<Value>(text)?),
            _ => println!("{line}"),
        }
    }
    drop(answers);
    let status = worker.wait()?;
    let Some(report) = report else { bail!("the suite ended without a report ({status})") };
    let rows = report["rows"].as_array().cloned().unwrap_or_default();
    let failed: Vec<&Value> = rows.iter().filter(|row| !passed(row)).collect();
    for row in &failed {
        println!("FAILED {}, {}: {}", row["dialog"], row["case"], row["failures"]);
    }
    let body = json!({
        "made_ms": signed::now_ms(),
        "program": env!("CARGO_PKG_VERSION"),
        "driver": setup.driver,
        "port": setup.port,
        "device": device.map(|one| json!({"identity": one.identity, "name": one.name, "path": one.path})),
        "depth": if full { "full" } else { "quick" },
        "passed": failed.is_empty() && !rows.is_empty(),
        "report": report,
    });
    signed::write(config, &body, out)?;
    println!("{} rows, {} failed; signed report in {}", rows.len(), failed.len(), out.display());
    if failed.is_empty() && !rows.is_empty() { Ok(()) } else { bail!("the device does not conform") }
}

/// As `Row::passed` of the suite, read from the report itself.
fn passed(row: &Value) -> bool {
    let number = |name: &str| row[name].as_u64().unwrap_or(0);
    !row["absent"].is_null()
        || (number("runs") > 0 && number("failed") == 0 && number("bytes_in") + number("bytes_out") > 0)
}

fn request(stage: &str) -> &'static str {
    match stage {
        "media" => "lift and put the card (press the finger) again, device plugged in",
        "no-media" => "take the card (the finger) away",
        "replug" => "pull the cable and plug it in again",
        _ => "look at the device",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_bytes_or_runs_has_not_passed() {
        let row = |runs: u64, failed: u64, bytes: u64| json!({"runs": runs, "failed": failed, "bytes_in": bytes, "bytes_out": 0, "absent": null});
        assert!(passed(&row(3, 0, 9)));
        assert!(!passed(&row(0, 0, 9)));
        assert!(!passed(&row(3, 1, 9)));
        assert!(!passed(&row(3, 0, 0)));
        assert!(passed(&json!({"runs": 0, "absent": "no such medium"})));
    }
}
