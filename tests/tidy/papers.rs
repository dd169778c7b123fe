//! Rules over manifests and pages.

use std::collections::BTreeSet;

/// The largest file the repository keeps; what is larger is fetched or made.
const BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Every decision has these parts.
const DECISION_PARTS: [&str; 3] = ["\n## Context\n", "\n## Decision\n", "\n## Consequences\n"];

/// Places that exist on one machine only. Put together here so that this file passes its own rule.
fn machine_places() -> [String; 5] {
    [["/wo", "rk/"], ["../sha", "red"], ["/ho", "me/"], ["/ro", "ot/"], ["/Us", "ers/"]].map(|parts| parts.concat())
}

/// A path of somebody's own machine.
pub fn foreign_places(path: &str, text: &str) -> Vec<String> {
    let places = machine_places();
    let mut faults = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for place in places.iter().filter(|place| line.contains(place.as_str())) {
            faults.push(format!("{path}:{}: {place}: name paths from the repository or the configuration", number + 1));
        }
    }
    faults
}

/// Larger than [`BYTES_MAX`].
pub fn too_large(path: &str, bytes: u64) -> Vec<String> {
    if bytes > BYTES_MAX {
        vec![format!("{path}: {bytes} bytes, at most {BYTES_MAX}: fetch or generate it")]
    } else {
        Vec::new()
    }
}

/// Lines of a manifest with the section each stands in.
fn sectioned(manifest: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut section = "";
    manifest.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).map(move |line| {
        if line.starts_with('[') {
            section = line;
        }
        (section, line)
    })
}

/// Lints are those of the workspace; so is the version of every package.
pub fn manifest(path: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if !sectioned(text).any(|(section, line)| section == "[lints]" && line == "workspace = true") {
        faults.push(format!("{path}: [lints] workspace = true is missing"));
    }
    for (section, line) in sectioned(text) {
        let dependency =
            section.ends_with("dependencies]") && section != "[workspace.dependencies]" && !line.starts_with('[');
        // A crate's tests may name the crate itself, with a feature of its tests.
        let itself = section == "[dev-dependencies]" && line.contains("path = \".\"");
        if dependency && !itself && !line.contains("workspace = true") {
            faults.push(format!("{path}: {line}: name the version in the workspace only"));
        }
    }
    faults
}

/// `sim` is optional and off by default, `partner` no dependency at all (those of tests aside).
pub fn simulators(path: &str, text: &str) -> Vec<String> {
    // Tools and test support; no hall gets them.
    let ours = ["crates/testkit/", "drivers/lab/", "xtask/"];
    let mut faults = Vec::new();
    for (section, line) in sectioned(text) {
        let product =
            section.ends_with("dependencies]") && !section.contains("dev-") && section != "[workspace.dependencies]";
        let name = line.split([' ', '.', '=']).next().unwrap_or_default();
        let simulator = name == "tongban-sim" && !line.contains("optional = true");
        if product && (simulator || name == "tongban-partner") && !ours.iter().any(|place| path.starts_with(place)) {
            faults.push(format!("{path}: {name} would be part of a product"));
        }
        if section == "[features]" && line.starts_with("default") && line.contains("demo") {
            faults.push(format!("{path}: demo is on by default"));
        }
    }
    faults
}

/// Outside packages against the table of their reasons.
pub fn reasons(root: &str, page: &str, manifests: &[&str]) -> Vec<String> {
    let named = |line: &str| line.split([' ', '.', '=']).next().unwrap_or_default().to_owned();
    let outside = |name: &String| !name.starts_with("tongban");
    let declared: BTreeSet<String> = sectioned(root)
        .filter(|(section, line)| *section == "[workspace.dependencies]" && !line.starts_with('['))
        .map(|(_, line)| named(line))
        .filter(outside)
        .collect();
    let used: BTreeSet<String> = manifests
        .iter()
        .flat_map(|text| sectioned(text))
        .filter(|(section, line)| {
            section.ends_with("dependencies]") && *section != "[workspace.dependencies]" && !line.starts_with('[')
        })
        .map(|(_, line)| named(line))
        .filter(outside)
        .collect();
    let mut explained = BTreeSet::new();
    let mut faults = Vec::new();
    for line in page.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let reason = cells.last().copied().unwrap_or_default();
        if cells.len() < 2 || reason.chars().count() < 12 {
            faults.push(format!("0002-dependencies.md: no reason: {line}"));
        }
        explained.extend(cells[0].split(',').map(|name| name.trim().trim_matches('`').to_owned()));
    }
    faults.extend(declared.difference(&explained).map(|name| format!("{name}: no reason in 0002-dependencies.md")));
    faults.extend(explained.difference(&declared).map(|name| format!("{name}: has a reason but is no dependency")));
    faults.extend(declared.difference(&used).map(|name| format!("{name}: in the workspace, used by no crate")));
    faults
}

/// Paths a page names, in code spans from the root and in links from the page, that do not exist.
pub fn dead_paths(page: &str, text: &str, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
    let spans =
        text.split('`').skip(1).step_by(2).filter(|span| !span.contains('\n')).flat_map(|span| span.split(' ').next());
    let spans = spans.filter(|span| span.contains('/')).map(|span| span.trim_start_matches("./").to_owned());
    let links = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    let links = links.filter(|link| !link.is_empty()).map(|link| join(folder, link));
    let outside = ["/", "target/", "http", "~", "<", "-"];
    let open = |path: &str| {
        path.contains(['*', '{', '<', '…', '$', ':', '|']) || outside.iter().any(|start| path.starts_with(start))
    };
    let named: BTreeSet<String> = spans.chain(links).filter(|path| !path.is_empty() && !open(path)).collect();
    named.into_iter().filter(|path| !exists(path)).map(|path| format!("{page}: {path} does not exist")).collect()
}

fn join(folder: &str, link: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in link.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    if link.contains("://") { link.to_owned() } else { parts.join("/") }
}

/// Numbers from 0001 without gap or repetition; the parts of a decision are all there.
pub fn decisions(pages: &[(&str, &str)]) -> Vec<String> {
    let mut faults = Vec::new();
    for (place, (path, text)) in pages.iter().enumerate() {
        let name = path.rsplit('/').next().unwrap_or_default();
        let number = format!("{:04}-", place + 1);
        if !name.starts_with(&number) {
            faults.push(format!("{path}: the next number is {number}"));
        }
        faults.extend(
            DECISION_PARTS
                .iter()
                .filter(|part| !text.contains(*part))
                .map(|part| format!("{path}: no {}", part.trim())),
        );
    }
    faults
}

/// Public types of a source: name and doc comment.
pub fn public_types(source: &str) -> Vec<(&str, String)> {
    let lines: Vec<&str> = source.lines().collect();
    let mut types = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let declared = ["pub struct ", "pub enum "].iter().find_map(|start| line.trim_start().strip_prefix(start));
        let Some(rest) = declared else { continue };
        let name = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let above = lines[..number].iter().rev().map(|line| line.trim_start());
        let above = above.take_while(|line| {
            line.starts_with("///") || line.starts_with("#[") || line.starts_with(')') || line.starts_with('"')
        });
        let doc: Vec<&str> = above.filter(|line| line.starts_with("///")).collect();
        // `pub struct $name` of a macro is named where the macro is used.
        if !name.is_empty() {
            types.push((name, doc.concat()));
        }
    }
    types
}

/// Public types with neither a Chinese term in their own words nor a row in the glossary.
pub fn without_term(path: &str, source: &str, glossary: &str) -> Vec<String> {
    let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let listed = |name: &str| glossary.lines().any(|line| line.starts_with(&format!("| `{name}` |")) && chinese(line));
    let bare = public_types(source).into_iter().filter(|(name, doc)| !chinese(doc) && !listed(name));
    bare.map(|(name, _)| format!("{path}: {name}: no Chinese term beside it and none in docs/glossary.md")).collect()
}

#[test]
fn planted_places_and_sizes_are_found() {
    let planted: String = machine_places().iter().map(|place| format!("see {place}x\n")).collect();
    assert_eq!(foreign_places("a.md", &planted).len(), machine_places().len());
    assert!(foreign_places("a.md", "see /var/lib/tongban\n").is_empty());
    assert_eq!(too_large("a.bin", BYTES_MAX + 1).len(), 1);
    assert!(too_large("a.bin", BYTES_MAX).is_empty());
}

#[test]
fn planted_manifests_are_found() {
    let good = "[features]\ndemo = [\"dep:tongban-sim\"]\n[lints]\nworkspace = true\n[dependencies]\ntongban-sim = { workspace = true, optional = true }\n[dev-dependencies]\ntongban-partner = { workspace = true }\n";
    assert!(manifest("a", good).is_empty() && simulators("a", good).is_empty());
    let bad = "[features]\ndefault = [\"demo\"]\n[dependencies]\nserde = \"1\"\ntongban-sim = { workspace = true }\ntongban-partner.workspace = true\n";
    assert_eq!(manifest("a", bad).len(), 2, "{:#?}", manifest("a", bad));
    assert_eq!(simulators("a", bad).len(), 3, "{:#?}", simulators("a", bad));
}

#[test]
fn planted_dependencies_without_reason_or_use_are_found() {
    let root = "[workspace.dependencies]\ntongban-a = { path = \"a\" }\n# --- outside\nserde = \"1\"\ntime = \"1\"\ntoml = \"1\"\n";
    let page = "| `serde` | reads and writes our types |\n| `time` | calendar days |\n| `gone` | was needed once upon a time |\n";
    let faults = reasons(root, page, &["[dependencies]\nserde = { workspace = true }\ntoml.workspace = true\n"]);
    let expected = [
        "toml: no reason in 0002-dependencies.md",
        "gone: has a reason but is no dependency",
        "time: in the workspace, used by no crate",
    ];
    assert_eq!(faults, expected);
    assert_eq!(
        reasons(root, &page.replace("calendar days", "days"), &[]).iter().filter(|f| f.contains("no reason:")).count(),
        1
    );
}

#[test]
fn planted_dead_paths_are_found() {
    let text = "`src/boot.rs` `src/gone.rs` `./dev demo` `/etc/x` `i18n/*` `target/x/y` [a](b.md) [c](../d.md#e) [w](https://x.example/y)";
    let faults = dead_paths("docs/page.md", text, |path| ["src/boot.rs", "docs/b.md", "dev"].contains(&path));
    assert_eq!(faults, ["docs/page.md: d.md does not exist", "docs/page.md: src/gone.rs does not exist"]);
}

#[test]
fn planted_decisions_are_found() {
    let whole = format!("# t\n{}", DECISION_PARTS.concat());
    let pages = [("docs/decisions/0001-a.md", whole.as_str()), ("docs/decisions/0003-b.md", "# t\n\n## Context\n")];
    let faults = decisions(&pages);
    assert_eq!(faults.len(), 3, "{faults:#?}");
}

#[test]
fn a_planted_type_without_a_term_is_found() {
    let source = "/// 办件.\n#[derive(Debug)]\npub struct Case {}\n\n/// A thing.\n#[derive(\n    Debug,\n)]\npub enum Thing {}\n\npub struct Listed(u8);\n";
    let faults = without_term("a.rs", source, "| `Listed` | 已列 | a.rs | |\n| `Thing` | none | a.rs | |\n");
    assert_eq!(faults.len(), 1, "{faults:#?}");
    assert!(faults[0].contains("Thing"));
}
