//! House rules that no compiler checks. Every rule is a function over text, and every rule is
//! shown a planted fault beside the real tree, so that none of them can rot into a nod.

#![allow(clippy::print_stdout, reason = "files that grow long are listed for the reader of the test's output")]

#[path = "tidy/code.rs"]
mod code;
#[path = "tidy/papers.rs"]
mod papers;
#[path = "tidy/scan.rs"]
mod scan;
#[path = "tidy/texts.rs"]
mod texts;
#[path = "tidy/tree.rs"]
mod tree;

use tree::Tree;

/// Fails with the list; one line per fault.
fn none(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

fn over_rust(rule: impl Fn(&str, &str) -> Vec<String>) -> Vec<String> {
    let tree = Tree::read();
    assert!(tree.rust().count() > 200, "the tree was read");
    tree.rust().flat_map(|(path, text)| rule(path, text)).collect()
}

#[test]
fn no_source_file_is_longer_than_it_may_be() {
    let tree = Tree::read();
    let mut long: Vec<_> = tree
        .rust()
        .map(|(path, text)| (text.lines().count(), path))
        .filter(|(lines, _)| *lines > code::LINES_AIM)
        .collect();
    long.sort_unstable_by(|a, b| b.cmp(a));
    println!("{} files above {} lines (a warning, not a fault):", long.len(), code::LINES_AIM);
    long.iter().for_each(|(lines, path)| println!("{lines:5} {path}"));
    none(&over_rust(code::too_long));
}

#[test]
fn no_function_is_longer_than_a_screen() {
    none(&over_rust(code::long_functions));
}

#[test]
fn sources_do_not_unwrap_and_leave_nothing_half_done() {
    none(&over_rust(code::unwraps));
    none(&over_rust(code::half_done));
}

#[test]
fn the_system_clock_is_read_in_two_places_only() {
    none(&over_rust(code::system_clock));
}

#[test]
fn databases_are_opened_in_one_place_only() {
    none(&over_rust(code::raw_databases));
}

#[test]
fn a_module_is_a_file_beside_its_folder() {
    none(&over_rust(code::module_files));
}

#[test]
fn no_file_names_a_place_on_somebodys_machine() {
    let tree = Tree::read();
    none(&tree.text().flat_map(|(path, text)| papers::foreign_places(path, text)).collect::<Vec<_>>());
}

#[test]
fn no_file_is_too_large_for_the_repository() {
    none(&Tree::read().sizes().flat_map(|(path, bytes)| papers::too_large(path, bytes)).collect::<Vec<_>>());
}

#[test]
fn every_crate_takes_the_lints_and_the_versions_of_the_workspace() {
    let tree = Tree::read();
    let manifests: Vec<_> = tree.manifests().collect();
    assert!(manifests.len() > 20, "the manifests were read");
    none(&manifests.iter().flat_map(|(path, text)| papers::manifest(path, text)).collect::<Vec<_>>());
}

#[test]
fn simulators_reach_a_product_only_under_the_feature_demo() {
    let tree = Tree::read();
    none(&tree.manifests().flat_map(|(path, text)| papers::simulators(path, text)).collect::<Vec<_>>());
}

#[test]
fn every_outside_package_has_its_reason() {
    let tree = Tree::read();
    let manifests: Vec<_> = tree.manifests().map(|(_, text)| text).collect();
    none(&papers::reasons(tree.get("Cargo.toml"), tree.get("docs/decisions/0002-dependencies.md"), &manifests));
}

#[test]
fn every_path_the_front_pages_name_exists() {
    let tree = Tree::read();
    for page in
        ["README.md", "docs/architecture.md", "docs/glossary.md", "installer/README.md", "kiosk-config/README.md"]
    {
        none(&papers::dead_paths(page, tree.get(page), |path| tree.exists(path)));
    }
}

#[test]
fn every_decision_has_its_sections_and_its_number_once() {
    let tree = Tree::read();
    none(&papers::decisions(&tree.under("docs/decisions/").collect::<Vec<_>>()));
}

#[test]
fn every_domain_type_has_its_chinese_term() {
    let tree = Tree::read();
    let glossary = tree.get("docs/glossary.md");
    let sources: Vec<_> = tree.under("crates/domain/src/").collect();
    let named: usize = sources.iter().map(|(_, text)| papers::public_types(text).len()).sum();
    assert!(named > 80, "the domain was read: {named}");
    none(&sources.iter().flat_map(|(path, text)| papers::without_term(path, text, glossary)).collect::<Vec<_>>());
}

#[test]
fn every_text_a_screen_asks_for_exists() {
    let tree = Tree::read();
    let keys = texts::keys(tree.under("i18n/zh-CN/").map(|(_, text)| text));
    assert!(keys.len() > 300, "the texts were read: {}", keys.len());
    let mut asked = 0;
    let mut faults = Vec::new();
    // Presets are named after screens and their states, in words that look like keys.
    for (path, text) in tree.rust().filter(|(path, _)| path.starts_with("src/") && !path.starts_with("src/preset")) {
        let uses = texts::uses(text);
        asked += uses.len();
        faults.extend(texts::missing(path, &uses, &keys));
    }
    assert!(asked > 60, "the screens were read: {asked}");
    none(&faults);
}

#[test]
fn every_error_code_speaks_to_three_readers() {
    let tree = Tree::read();
    let keys = texts::keys(tree.under("i18n/zh-CN/").map(|(_, text)| text));
    let codes = texts::codes(tree.get("crates/domain/src/code.rs"));
    assert!(codes.len() > 60, "the registry was read: {}", codes.len());
    none(&texts::silent_codes(&codes, &keys));
}
