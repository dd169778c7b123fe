//! What belongs to a demonstration is compiled only for it: simulator panel, inspector, presets
//! and the network switch. The long form builds the terminal without the feature and looks at its
//! symbols; the short form looks at where the modules are named.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Modules only a demonstration has.
const DEMO: [&str; 5] = ["dock", "inspector", "preset", "asked", "docked"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Modules of [`DEMO`] that a source names without the feature above them.
fn ungated(source: &str) -> Vec<String> {
    let mut before = "";
    let mut found = Vec::new();
    for line in source.lines().map(str::trim) {
        let named = line.trim_start_matches("pub ").strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';'));
        if let Some(name) = named.filter(|name| DEMO.contains(name))
            && before != "#[cfg(feature = \"demo\")]"
        {
            found.push(name.to_owned());
        }
        before = line;
    }
    found
}

#[test]
fn modules_of_the_demonstration_are_named_behind_its_feature() {
    let mut gated = 0;
    for file in ["src/lib.rs", "src/app.rs"] {
        let source = std::fs::read_to_string(root().join(file)).expect("the source is there");
        assert_eq!(ungated(&source), Vec::<String>::new(), "{file}");
        gated += source.matches("#[cfg(feature = \"demo\")]").count();
    }
    assert!(gated >= DEMO.len(), "the modules are named where this test looks");
    assert_eq!(ungated("mod app;\npub mod inspector;\n"), ["inspector"], "the control");
}

/// Modules of [`DEMO`] whose mangled names stand in a library.
fn symbols(library: &Path) -> Vec<&'static str> {
    let bytes = std::fs::read(library).expect("the library is there");
    let there = |name: &&str| {
        let mangled = format!("7tongban{}{name}", name.len());
        bytes.windows(mangled.len()).any(|window| window == mangled.as_bytes())
    };
    DEMO.iter().filter(|name| there(name)).copied().collect()
}

/// Builds the terminal as a library with these features and says where it lies.
fn built(features: &[&str]) -> PathBuf {
    let mut command = Command::new(env!("CARGO"));
    command.args(["rustc", "-p", "tongban", "--lib", "--message-format=json", "--quiet"]).args(features);
    let output = command.current_dir(root()).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("JSON lines");
    let artifacts = lines.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let ours = artifacts.filter(|value| value["target"]["name"] == "tongban" && value["reason"] == "compiler-artifact");
    let files: Vec<PathBuf> = ours
        .flat_map(|value| value["filenames"].as_array().cloned().unwrap_or_default())
        .filter_map(|name| name.as_str().map(PathBuf::from))
        .collect();
    files.into_iter().find(|path| path.extension().is_some_and(|end| end == "rlib")).expect("a library")
}

#[test]
fn a_production_build_has_no_symbol_of_the_demonstration() {
    if std::env::var_os("TONGBAN_LONG").is_none() {
        // The short form above holds in every run; this one builds the terminal twice.
        return;
    }
    let found = symbols(&built(&["--features", "demo"]));
    assert!(found.contains(&"inspector") && found.contains(&"dock"), "the control: {found:?}");
    assert_eq!(symbols(&built(&[])), Vec::<&str>::new());
}
