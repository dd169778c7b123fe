//! `docs/coverage.md` and `docs/standards/` name tests, files, lints and validators: every name must
//! be one. That the tests passed in this very run is checked after it (`xtask coverage --check`).

#[path = "coverage/names.rs"]
mod names;
#[path = "../xtask/src/coverage/table.rs"]
#[allow(dead_code, reason = "what ran is read by xtask")]
mod table;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Rows of the design by group: how many each has.
const GROUPS: [(&str, usize); 11] = [
    ("P", 4),
    ("F", 10),
    ("L1-", 3),
    ("L2-", 8),
    ("L3-", 7),
    ("L5-", 16),
    ("L6-", 8),
    ("L7-", 6),
    ("B2-", 14),
    ("B3-", 7),
    ("B5-", 4),
];
const SINGLE: [&str; 14] =
    ["F-means", "B1", "B4", "L5-channels", "W1", "W2", "W3", "W4", "W5", "T-SOA", "T-XML", "T-mobile", "T-front", "G"];

fn wanted() -> BTreeSet<String> {
    let grouped = GROUPS.iter().flat_map(|(group, count)| (1..=*count).map(move |n| format!("{group}{n}")));
    grouped.chain(SINGLE.iter().map(|one| (*one).to_owned())).collect()
}

#[test]
fn every_row_of_the_design_stands_in_the_coverage_once() {
    let lines = table::lines(&read("docs/coverage.md"));
    let ids: BTreeSet<String> = lines.iter().map(|line| line.id.clone()).collect();
    assert_eq!(ids.len(), lines.len(), "a row stands twice");
    let wanted = wanted();
    let missing: Vec<_> = wanted.difference(&ids).collect();
    let unknown: Vec<_> = ids.difference(&wanted).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "missing {missing:?}, unknown {unknown:?}");
}

#[test]
fn every_row_has_a_state_a_place_in_the_code_and_a_test_that_exists() {
    let mut faults = Vec::new();
    for line in table::lines(&read("docs/coverage.md")) {
        let mut fault = |text: String| faults.push(format!("{}: {text}", line.id));
        for path in line.code.iter().filter(|path| !root().join(path).exists()) {
            fault(format!("no {path}"));
        }
        match line.state.as_str() {
            "works" | "thin" if line.tests.is_empty() => fault("no test shows it".into()),
            "outside" if !line.code.iter().any(|path| path.contains("connect") || path.contains("partner")) => {
                fault("outside, and no connector is named".into());
            }
            "works" | "thin" | "later" | "outside" => {}
            other => fault(format!("state {other:?}")),
        }
        if line.code.is_empty() && line.state != "later" || line.see.is_empty() {
            fault("no place in the code, or not said how it is seen".into());
        }
        for (binary, test) in &line.tests {
            if let Err(why) = names::test_exists(&root(), binary, test) {
                fault(why);
            }
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn a_planted_test_name_a_planted_binary_and_a_function_that_is_no_test_are_found() {
    let known = |binary: &str, test: &str| names::test_exists(&root(), binary, test);
    known("tongban-centre::scenarios", "scenario_10_everything_missing_is_told_once").expect("a real one");
    known("tongban::coverage", "every_row_of_the_design_stands_in_the_coverage_once").expect("this file");
    assert!(known("tongban-centre::scenarios", "scenario_99_nobody_wrote_this").is_err());
    assert!(known("tongban-centre::nowhere", "scenario_10_everything_missing_is_told_once").is_err());
    assert!(known("tongban-server::pages", "scenario_10_everything_missing_is_told_once").is_err(), "another binary's");
    assert!(known("tongban::coverage", "wanted").is_err(), "a function without #[test]");
    assert!(known("tongban-server::look", "pages_to_look_at").is_err(), "an ignored one does not run");
}

#[test]
fn every_rule_of_the_eight_standards_says_who_keeps_it_and_the_keeper_exists() {
    let folder = root().join("docs/standards");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&folder).expect("docs/standards").flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.file_name().is_some_and(|name| name != "README.md"));
    assert_eq!(files.len(), 8, "{files:?}");
    let (mut faults, mut lints) = (Vec::new(), BTreeSet::new());
    for file in &files {
        let text = read(file);
        let rules: Vec<&str> = text.lines().filter(|line| line.starts_with("- ")).collect();
        assert!(rules.len() >= 15, "{}: {} rules", file.display(), rules.len());
        for rule in rules {
            match names::keeper(rule) {
                None => faults.push(format!("nobody keeps: {rule}")),
                Some(names::Keeper::Person) => {}
                Some(names::Keeper::Program(name)) => {
                    lints.insert(name.clone());
                    if !names::keeper_exists(&root(), &name) {
                        faults.push(format!("{name} is not there: {rule}"));
                    }
                }
            }
        }
        let index = read("docs/standards/README.md");
        let name = file.file_name().expect("a file").to_string_lossy().into_owned();
        assert!(index.contains(&format!("({name})")), "{name} is not in the index");
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
    // The other way round: no lint of the item editor is without its rule.
    let missing: Vec<String> = names::lints(&root()).into_iter().filter(|lint| !lints.contains(lint)).collect();
    assert!(missing.is_empty(), "lints without a rule: {missing:?}");
}

#[test]
fn a_planted_keeper_is_found() {
    for planted in ["G99", "C999", "domain::limits::nobody", "nothing::limits::due"] {
        assert!(!names::keeper_exists(&root(), planted), "{planted}");
    }
    for real in ["G05", "C112", "domain::limits::due"] {
        assert!(names::keeper_exists(&root(), real), "{real}");
    }
    assert!(names::keeper("- 1.1 没有人管的一条。").is_none());
}
