//! The conformance suite on hardware: a worker runs it, a person puts cards and pulls cables.
#![allow(clippy::print_stdout, reason = "what the person asked for on the command line is answered there")]

mod whole;

use super::{program, selected, signed};
use crate::config::Config;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use tongban_device::message::Setup;
use tongban_hub::present;

pub(super) fn run(config: &Config, selector: &str, full: bool, out: &Path) -> Result<()> {
    let setup = selected(config, selector)?;
    let device = present().into_iter().find(|one| one.port == setup.port);
    let Some(report) =
        (if on_bytes(&setup) { tampered(config, &setup, full)? } else { Some(whole::run(config, &setup, full)?) })
    else {
        bail!("the suite ended without a report");
    };
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
        "not_tried": not_tried(&setup),
        "report": report,
    });
    signed::write(config, &body, out)?;
    println!("{} rows, {} failed; signed report in {}", rows.len(), failed.len(), out.display());
    if failed.is_empty() && !rows.is_empty() { Ok(()) } else { bail!("the device does not conform") }
}

/// Drivers on a line of bytes are tried with every byte in reach; the others as a whole.
fn on_bytes(setup: &Setup) -> bool {
    let drivers = [
        "sam-serial",
        "sam-usb",
        "sam-hid",
        "ef01-serial",
        "escpos",
        "led-board",
        "window-panel",
        "codes-serial",
        "nut",
        "megatec",
    ];
    // A receipt printer has a serial line, or it stands on a class port or in the network.
    let serial = setup.port.contains("/tty") || setup.port.contains("/serial/");
    drivers.contains(&setup.driver.as_str()) && (setup.driver != "escpos" || serial)
}

/// What the suite leaves out on hardware, and why; it stands in the signed report.
fn not_tried(setup: &Setup) -> &'static [&'static str] {
    match (setup.driver.as_str(), on_bytes(setup)) {
        ("escpos", true) => &["printing and paper-out: every run would cost a slip of paper"],
        ("escpos" | "usblp" | "ipp", _) => &[
            "printing and paper-out: every run would cost a sheet",
            "garbage, short frame, bad checksum, stray bytes: there is no line to put them on",
        ],
        ("led-board" | "window-panel" | "call-page", _) => &["the text on the display is not looked at"],
        (_, false) => &["time-out, garbage, short frame, bad checksum, stray bytes: there is no line to put them on"],
        _ => &[],
    }
}

/// The suite with a tamper on the line, in the worker; `None` when it gave no report.
fn tampered(config: &Config, setup: &Setup, full: bool) -> Result<Option<Value>> {
    let mut worker = Command::new(program(config, "tongban-worker")?)
        .arg("--conform")
        .arg(serde_json::to_string(setup)?)
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
                if !asked(stage)? {
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
    if report.is_none() {
        println!("the worker ended: {status}");
    }
    Ok(report)
}

/// Asks the person at the device for something and waits for Enter; false when nobody is there any more.
fn asked(stage: &str) -> Result<bool> {
    println!("{} — press Enter when done", request(stage));
    let mut done = String::new();
    Ok(std::io::stdin().read_line(&mut done)? > 0)
}

/// As `Row::passed` of the suite, read from the report itself.
fn passed(row: &Value) -> bool {
    let number = |name: &str| row[name].as_u64().unwrap_or(0);
    !row["absent"].is_null()
        || (number("runs") > 0 && number("failed") == 0 && number("bytes_in") + number("bytes_out") > 0)
}

fn request(stage: &str) -> &'static str {
    match stage {
        "media" => "put the card (press the finger, scan the code) again, device plugged in",
        "code" => "scan a code within 20 s after Enter",
        "sign" => "sign on the pad within 20 s after Enter",
        "chip" => "put a smart card in",
        "no-media" => "take the card (the finger) away",
        "replug" => "pull the cable and plug it in again",
        "pull" => "pull the cable",
        "plug" => "plug the cable in again",
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
