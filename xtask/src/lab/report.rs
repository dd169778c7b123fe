//! What came out of the guest: every row right, bytes in each, and a kernel that did not complain.

use super::machine::Machine;
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// As written by the guest (`drivers/lab/src/row.rs`); read from its file, not from its code.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    binary: String,
    transport: String,
    case: String,
    to_host: u64,
    from_host: u64,
    ok: bool,
    ms: u64,
    note: String,
}

/// Page with the table of a run, and the wish to write it.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/devices.md");
const WRITE: &str = "TONGBAN_WRITE_TABLE";
const MARKS: [&str; 2] = ["<!-- lab -->\n", "<!-- end lab -->"];

/// Puts the rows into the page, where the run was asked to.
fn write_table(rows: &[Row]) -> Result<()> {
    let mut table = String::from("\n| program | transport | case | bytes in | bytes out |\n|---|---|---|---:|---:|\n");
    for Row { binary, transport, case, to_host, from_host, .. } in rows {
        table += &format!("| {binary} | {transport} | {case} | {to_host} | {from_host} |\n");
    }
    let page = std::fs::read_to_string(PAGE)?;
    let [open, close] = MARKS;
    let (head, rest) = page.split_once(open).context("docs/devices.md has no place for the lab's table")?;
    let (_, tail) = rest.split_once(close).context("docs/devices.md: the lab's table has no end")?;
    std::fs::write(PAGE, format!("{head}{open}{table}\n{close}{tail}"))?;
    Ok(())
}

/// Words of a kernel in trouble.
const TROUBLE: [&str; 6] = ["Oops", "BUG:", "Call Trace", "kernel panic", "Kernel panic", "soft lockup"];

/// The rows of one machine; what is wrong with them goes to `faults`.
fn rows_of(machine: &Machine, logs: &Path, faults: &mut Vec<String>) -> Result<Vec<Row>> {
    let name = &machine.name;
    let text =
        std::fs::read_to_string(machine.out.join("rows.jsonl")).with_context(|| format!("{name} left no rows"))?;
    let rows: Vec<Row> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    if rows.is_empty() {
        faults.push(format!("{name}: no case was run"));
    }
    for row in &rows {
        if !row.ok {
            faults.push(format!("{} over {}: {}: {}", row.binary, row.transport, row.case, row.note));
        } else if row.to_host + row.from_host == 0 {
            faults.push(format!("{} over {}: {}: no bytes", row.binary, row.transport, row.case));
        }
    }
    let code = std::fs::read_to_string(machine.out.join("code")).unwrap_or_default();
    if code.trim() != "0" && faults.is_empty() {
        faults.push(format!("{name} ended with {:?}", code.trim()));
    }
    let log = std::fs::read(logs.join(format!("{name}.log"))).with_context(|| format!("{name} has no console"))?;
    let log = String::from_utf8_lossy(&log);
    let trouble = log.lines().filter(|line| TROUBLE.iter().any(|word| line.contains(word)));
    faults.extend(trouble.map(|line| format!("{name}, kernel: {line}")));
    Ok(rows)
}

/// Writes `rows.json` and says whether the run passed.
pub fn judge(folder: &Path, machines: &[Machine]) -> Result<()> {
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for machine in machines {
        rows.extend(rows_of(machine, &folder.join("logs"), &mut faults)?);
    }
    std::fs::write(folder.join("rows.json"), serde_json::to_vec_pretty(&rows)?)?;
    let bytes: u64 = rows.iter().map(|row| row.to_host + row.from_host).sum();
    println!("{} rows, {bytes} bytes; {}", rows.len(), folder.join("rows.json").display());
    if rows.is_empty() || !faults.is_empty() {
        bail!("the lab failed:\n{}", faults.join("\n"));
    }
    if std::env::var_os(WRITE).is_some() {
        write_table(&rows)?;
    }
    Ok(())
}
