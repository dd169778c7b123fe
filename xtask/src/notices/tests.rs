use super::*;
use serde_json::json;

fn package(name: &str, licence: &str) -> Package {
    Package {
        name: name.to_owned(),
        version: "1.0.0".to_owned(),
        licence: licence.to_owned(),
        repository: String::new(),
    }
}

#[test]
fn licence_expressions_are_met_only_by_allowed_licences() {
    let allowed = BTreeSet::from(["MIT", "Apache-2.0", "Zlib", "Apache-2.0 WITH LLVM-exception"]);
    for met in [
        "MIT",
        "GPL-3.0-only OR MIT",
        "(MIT OR X) AND Zlib",
        "Apache-2.0 WITH LLVM-exception OR X",
        "X OR MIT AND Zlib",
    ] {
        assert!(spdx::satisfied(met, &allowed), "{met}");
    }
    for unmet in
        ["", "GPL-3.0-only", "MIT AND X", "(MIT OR X) AND Y", "MIT WITH X", "MIT OR", "(MIT", "MIT)", "MIT MIT", "AND"]
    {
        assert!(!spdx::satisfied(unmet, &allowed), "{unmet}");
    }
}

#[test]
fn a_banned_package_and_a_foreign_licence_are_refused() {
    let deny = "[licenses]\nallow = [\"MIT\"]\n[bans]\ndeny = [{ crate = \"openssl-sys\", reason = \"x\" }]\n";
    let packages = BTreeSet::from([
        package("good", "MIT OR X"),
        package("openssl-sys", "MIT"),
        package("copyleft", "GPL-3.0-only"),
    ]);
    let faults = refused(&packages, deny).expect("a policy");
    assert_eq!(faults.len(), 2, "{faults:#?}");
}

#[test]
fn only_what_is_linked_is_listed() {
    let entry = |name: &str, kind: &str, source: Value| {
        json!({"id": name, "name": name, "version": "1", "license": "MIT", "source": source, "targets": [{"kind": [kind]}],
               "repository": "https://example.org/x.git"})
    };
    let dep = |name: &str, kind: Value| json!({"pkg": name, "dep_kinds": [{"kind": kind}]});
    let mut packages: Vec<_> = PRODUCTS.iter().map(|name| entry(name, "bin", Value::Null)).collect();
    packages.extend(["linked", "below", "tested"].map(|name| entry(name, "lib", json!("registry"))));
    packages.push(entry("derive", "proc-macro", json!("registry")));
    let mut nodes: Vec<_> = PRODUCTS.iter().skip(1).map(|name| json!({"id": name, "deps": []})).collect();
    nodes.push(json!({"id": "tongban", "deps": [dep("linked", Value::Null), dep("tested", json!("dev")), dep("derive", Value::Null)]}));
    nodes.push(json!({"id": "linked", "deps": [dep("below", Value::Null)]}));
    nodes.extend(["below", "tested"].map(|name| json!({"id": name, "deps": []})));
    nodes.push(json!({"id": "derive", "deps": [dep("tested", Value::Null)]}));
    let found = linked(&json!({"packages": packages, "resolve": {"nodes": nodes}})).expect("resolved");
    let names: Vec<_> = found.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["below", "linked"]);
    assert_eq!(found.iter().next().expect("one").repository, "example.org/x");
}

#[test]
fn a_stale_page_is_found_and_order_does_not_matter() {
    assert!(differences("a\nb\nc\n", "c\na\nb\n").is_empty());
    assert_eq!(differences("a\nb\n", "a\nc\n"), ["- b", "+ c"]);
}

#[test]
fn the_paragraph_with_the_licence_is_quoted_and_the_rest_is_not() {
    let said = licence_paragraphs("# Fonts\n\nHow to use them.\n\nLicence: SIL Open Font License 1.1.\n\nMore.\n");
    assert_eq!(said, ["Licence: SIL Open Font License 1.1."]);
}
