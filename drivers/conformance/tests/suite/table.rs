//! The table in `docs/devices.md`: written from a run, and held against every later run.

use std::fmt::Write;
use std::path::Path;
use tongban_conformance::{Case, Report};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/devices.md");
/// What stands behind the blocks.
const AFTER: &str = "## 3. ";
/// Writes the blocks instead of comparing them.
const WRITE: &str = "TONGBAN_WRITE_TABLE";

/// The run passed, and the page says of it what happened: the cases, and how often each was run.
pub fn check(name: &str, report: &Report) {
    let bytes: u64 = report.rows.iter().map(|row| row.bytes_in + row.bytes_out).sum();
    let runs: u64 = report.rows.iter().map(|row| row.runs).sum();
    eprintln!("{name}: {runs} runs, {bytes} bytes, {} ms, seed {}", report.ms, report.seed);
    assert!(report.passed(), "{}", report.complaints().join("\n"));
    let lines = lines(name, report);
    if std::env::var_os(WRITE).is_some() {
        write(Path::new(PAGE), name, &lines);
    } else if !crate::bench::long() {
        compare(name, &lines);
    }
}

/// One line per case: driver, transport, case, runs, bytes.
fn lines(name: &str, report: &Report) -> Vec<(String, u64)> {
    let first = &report.rows[0];
    let transport = name.strip_prefix(&first.driver).unwrap_or(name).trim();
    Case::ALL
        .into_iter()
        .map(|case| {
            let rows: Vec<_> = report.rows.iter().filter(|row| row.case == case).collect();
            let runs: u64 = rows.iter().map(|row| row.runs).sum();
            let bytes: u64 = rows.iter().map(|row| row.bytes_in + row.bytes_out).sum();
            let unseen: u64 = rows.iter().map(|row| row.unseen).sum();
            let (driver, case) = (&first.driver, case.name());
            match rows.iter().find_map(|row| row.absent.as_deref()) {
                Some(why) if runs == 0 => (format!("| {driver} | {transport} | {case} | – | – | {why} |"), 0),
                _ => (format!("| {driver} | {transport} | {case} | {runs} | {unseen} |"), bytes),
            }
        })
        .collect()
}

fn marks(name: &str) -> (String, String) {
    (format!("<!-- conformance {name} -->\n"), format!("<!-- end {name} -->\n"))
}

fn block<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let (open, close) = marks(name);
    let from = page.find(&open)? + open.len();
    Some(&page[from..from + page[from..].find(&close)?])
}

/// Runs must be those of the page; bytes depend on how a line chops them and are only demanded.
fn compare(name: &str, lines: &[(String, u64)]) {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let block = block(&page, name).unwrap_or_else(|| panic!("docs/devices.md has no block `{name}`"));
    for ((line, bytes), written) in lines.iter().zip(block.lines().skip(2)) {
        assert!(
            written.starts_with(line.as_str()),
            "docs/devices.md says `{written}`, the run `{line}`; {WRITE}=1 writes it"
        );
        assert!(*bytes > 0 || line.contains('–'), "{line}: no bytes");
    }
    assert_eq!(block.lines().count(), lines.len() + 2, "{name}");
}

fn write(page: &Path, name: &str, lines: &[(String, u64)]) {
    let mut text = std::fs::read_to_string(page).unwrap();
    let (open, close) = marks(name);
    let mut fresh =
        String::from("| driver | transport | case | runs | unseen | bytes exchanged |\n|---|---|---|---:|---:|---:|\n");
    for (line, bytes) in lines {
        let end = if line.contains('–') { String::new() } else { format!(" {bytes} |") };
        writeln!(fresh, "{line}{end}").unwrap();
    }
    match block(&text, name).map(str::to_owned) {
        Some(old) => text = text.replace(&format!("{open}{old}{close}"), &format!("{open}{fresh}{close}")),
        None => {
            let at = text.find(AFTER).expect("the page has the section that comes next");
            text.insert_str(at, &format!("{open}{fresh}{close}\n"));
        }
    }
    std::fs::write(page, text).unwrap();
}
