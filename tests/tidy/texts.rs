//! Rules over Fluent texts and the sources that ask for them.

use std::collections::BTreeSet;

/// Words inside quotes that look like a text key of a known group but are none.
const NO_KEYS: [&str; 3] = ["certificate-printer", "sign-off", "window-panel"];

/// A key a source asks for: whole, or its beginning when the rest is put in at run time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// The whole key.
    Key(String),
    /// What stands before the first `{`.
    Start(String),
}

/// Keys of Fluent files.
pub fn keys<'a>(files: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    files
        .flat_map(str::lines)
        .filter_map(|line| line.split_once('=').map(|(key, _)| key.trim_end()))
        .filter(|key| is_key(key) || key.starts_with("error-"))
        .map(str::to_owned)
        .collect()
}

fn is_key(word: &str) -> bool {
    let good = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    word.starts_with(|c: char| c.is_ascii_lowercase()) && word.split('-').all(good)
}

/// Every literal of a source that is shaped like a key (`group-thing`) or begins one (`group-{…}`).
/// Literals are taken wherever they stand, since keys also travel through `match` and arrays.
pub fn uses(source: &str) -> BTreeSet<Use> {
    let mut uses = BTreeSet::new();
    for line in source.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for word in line.split('"').skip(1).step_by(2) {
            match word.split_once('{') {
                Some((start, _)) if start.ends_with('-') && is_key(start.trim_end_matches('-')) => {
                    uses.insert(Use::Start(start.to_owned()));
                }
                None if word.contains('-') && is_key(word) && !NO_KEYS.contains(&word) => {
                    uses.insert(Use::Key(word.to_owned()));
                }
                _ => {}
            }
        }
    }
    uses
}

/// Uses that no key answers. A literal counts only when its first word is a group of the texts,
/// so that driver names, media types and font names are passed over; what is handed to `text` or
/// `with` by a misspelt group is found by the mark the program shows for it.
pub fn missing(path: &str, uses: &BTreeSet<Use>, keys: &BTreeSet<String>) -> Vec<String> {
    let groups: BTreeSet<&str> = keys.iter().filter_map(|key| key.split('-').next()).collect();
    let known = |word: &str| word.split('-').next().is_some_and(|group| groups.contains(group));
    let mut faults = Vec::new();
    for asked in uses {
        match asked {
            Use::Key(key) if known(key) && !keys.contains(key) => faults.push(format!("{path}: no text {key}")),
            Use::Start(start) if known(start) && !keys.iter().any(|key| key.starts_with(start.as_str())) => {
                faults.push(format!("{path}: no text begins with {start}"));
            }
            _ => {}
        }
    }
    faults
}

/// Codes of the registry: the `= "X999"` of its table.
pub fn codes(registry: &str) -> BTreeSet<String> {
    let shaped = |code: &str| {
        let (letter, digits) = code.split_at(1);
        letter.chars().all(|c| c.is_ascii_uppercase()) && digits.chars().all(|c| c.is_ascii_digit())
    };
    let candidates =
        registry.split("= \"").skip(1).filter_map(|rest| rest.get(..5)).filter_map(|c| c.strip_suffix('"'));
    candidates.filter(|code| code.is_ascii() && shaped(code)).map(str::to_owned).collect()
}

/// Codes that say nothing to one of their three readers.
pub fn silent_codes(codes: &BTreeSet<String>, keys: &BTreeSet<String>) -> Vec<String> {
    let wanted =
        codes.iter().flat_map(|code| ["applicant", "officer", "technician"].map(|who| format!("error-{code}-{who}")));
    wanted.filter(|key| !keys.contains(key)).map(|key| format!("no text {key}")).collect()
}

#[test]
fn a_planted_missing_text_is_found() {
    let keys = keys(
        ["home-title = 您好\nhome-hint =\n    请刷卡\nstage-end = 完\n# home-not = no\n    .not = no\n"].into_iter(),
    );
    assert_eq!(keys.len(), 3, "{keys:?}");
    let source = "ui.text(\"home-title\"); ui.text(\"home-titel\");\nlet k = [\"stage-end\", \"stage-edn\"];\nformat!(\"home-{x}\"); format!(\"stage-x-{y}\"); driver(\"sam-serial\");\n// \"home-comment\"\n//! \"home-doc\"\n";
    let faults = missing("src/a.rs", &uses(source), &keys);
    let found: Vec<_> = faults.iter().map(|fault| fault.rsplit(' ').next().expect("a word")).collect();
    assert_eq!(found, ["home-titel", "stage-edn", "stage-x-"], "{faults:#?}");
}

#[test]
fn a_code_without_a_reader_is_found() {
    let codes = codes("A = \"D101\",\nB = \"D102\",\nC = \"nothing\",");
    assert_eq!(codes.len(), 2, "{codes:?}");
    let readers = ["applicant", "officer", "technician"];
    let full = |code: &str| readers.map(|who| format!("error-{code}-{who} =\n    因。\n")).concat();
    let keys = keys(
        [full("D101"), full("D102").replace("error-D102-officer", "error-D102-nobody")].iter().map(String::as_str),
    );
    assert_eq!(silent_codes(&codes, &keys), ["no text error-D102-officer"]);
}
