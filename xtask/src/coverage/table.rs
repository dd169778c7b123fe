//! The table of `docs/coverage.md` as text: rows, states, and the tests they name.

use std::collections::BTreeSet;

/// One row.
#[derive(Debug, Clone)]
pub struct Line {
    /// Row id, for example `B2-6`.
    pub id: String,
    /// Where it lives in the code: paths.
    pub code: Vec<String>,
    /// How it is seen in the demo.
    pub see: String,
    /// `works`, `thin`, `later` or `outside`.
    pub state: String,
    /// Tests that show it: binary and function.
    pub tests: Vec<(String, String)>,
}

/// Everything between back-ticks.
fn ticked(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The rows of every table whose first column is a row id.
pub fn lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    for row in text.lines().filter(|line| line.starts_with("| **")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let &[id, _, code, see, state, tests] = cells.as_slice() else { continue };
        let tests = ticked(tests).into_iter().filter_map(|name| {
            let (binary, test) = name.rsplit_once('/')?;
            Some((binary.to_owned(), test.to_owned()))
        });
        lines.push(Line {
            id: id.trim_matches('*').to_owned(),
            code: ticked(code),
            see: see.to_owned(),
            state: state.to_owned(),
            tests: tests.collect(),
        });
    }
    lines
}

/// Tests of a JUnit file that passed: binary and function (the last part of the name).
pub fn passed(junit: &str) -> BTreeSet<(String, String)> {
    let mut passed = BTreeSet::new();
    for suite in junit.split("<testsuite ").skip(1) {
        let binary = attribute(suite, "name");
        for case in suite.split("<testcase ").skip(1) {
            let own = case.split("</testcase>").next().unwrap_or(case);
            let bad = ["<failure", "<error", "<skipped"].iter().any(|mark| own.contains(mark));
            let name = attribute(case, "name");
            if !bad {
                passed.insert((binary.clone(), name.rsplit("::").next().unwrap_or(&name).to_owned()));
            }
        }
    }
    passed
}

fn attribute(element: &str, name: &str) -> String {
    let start = element.find(&format!("{name}=\"")).map_or(element.len(), |at| at + name.len() + 2);
    element[start..].split('"').next().unwrap_or_default().to_owned()
}
