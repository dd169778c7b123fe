//! `xtask coverage --check`: every test that `docs/coverage.md` names as its evidence ran in the last
//! run of the tests and passed there; a path that merely exists proves nothing.

#[allow(dead_code, reason = "tests/coverage.rs reads the other columns")]
pub mod table;

use anyhow::{Context as _, Result, ensure};
use std::path::{Path, PathBuf};

/// What to compare.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Fail unless every named test passed.
    #[arg(long)]
    check: bool,
    /// What the test runner left.
    #[arg(long, default_value = "target/nextest/default/junit.xml")]
    junit: PathBuf,
}

/// Compares, prints the counts of each state.
pub fn run(options: &Options) -> Result<()> {
    let text = std::fs::read_to_string(Path::new("docs/coverage.md")).context("docs/coverage.md")?;
    let lines = table::lines(&text);
    for state in ["works", "thin", "later", "outside"] {
        println!("{state:>8}: {}", lines.iter().filter(|line| line.state == state).count());
    }
    if !options.check {
        return Ok(());
    }
    let junit = std::fs::read_to_string(&options.junit)
        .with_context(|| format!("{}: run ./dev test first", options.junit.display()))?;
    let missing = missing(&lines, &junit);
    missing.iter().for_each(|fault| println!("{fault}"));
    ensure!(missing.is_empty(), "{} places of docs/coverage.md did not run and pass", missing.len());
    let named: usize = lines.iter().map(|line| line.tests.len()).sum();
    println!("{named} places in {} rows ran and passed", lines.len());
    Ok(())
}

fn missing(lines: &[table::Line], junit: &str) -> Vec<String> {
    let passed = table::passed(junit);
    let of = |line: &table::Line| -> Vec<String> {
        let open = line.tests.iter().filter(|test| !passed.contains(*test));
        open.map(|(binary, test)| format!("{}: {binary}/{test}", line.id)).collect()
    };
    lines.iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const JUNIT: &str = r#"<testsuites><testsuite name="tongban-centre::scenarios" tests="2">
        <testcase name="one::it_works" classname="x" time="1"></testcase>
        <testcase name="one::it_fails" classname="x"><failure type="x"/></testcase>
        <testcase name="short" classname="x"/></testsuite>
        <testsuite name="other"><testcase name="it_works_not"/></testsuite></testsuites>"#;

    fn rows(test: &str) -> Vec<table::Line> {
        table::lines(&format!("| **P1** | x | `src` | y | works | `{test}` |\n| other | x |"))
    }

    #[test]
    fn only_a_test_that_ran_in_its_binary_and_passed_is_a_place() {
        assert!(missing(&rows("tongban-centre::scenarios/it_works"), JUNIT).is_empty());
        assert!(missing(&rows("tongban-centre::scenarios/short"), JUNIT).is_empty());
        for wrong in ["tongban-centre::scenarios/it_fails", "tongban-centre::scenarios/nobody", "other/it_works"] {
            assert_eq!(missing(&rows(wrong), JUNIT).len(), 1, "{wrong}");
        }
    }
}
