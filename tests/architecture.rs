//! Dependencies between our own crates are closed by default: an edge exists only if it is listed.

use std::collections::BTreeMap;
use std::process::Command;

/// crate → crates of ours it may import.
const ALLOWED: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("crypto", &[]),
    ("protocol", &["domain", "crypto"]),
    ("sqlite", &[]),
    ("device", &["domain"]),
    ("transport", &["device"]),
    ("id-card", &["device", "domain"]),
    ("fingerprint", &["device", "domain"]),
    ("printer", &["device", "domain"]),
    ("camera", &["device"]),
    ("sim", &["device", "domain"]),
    ("hub", &["device"]),
    ("conformance", &["device"]),
    ("scanner", &["device"]),
    ("vendor", &["device", "domain", "id-card", "fingerprint", "sandbox"]),
    ("sandbox", &[]),
    (
        "worker",
        &[
            "device",
            "transport",
            "id-card",
            "fingerprint",
            "printer",
            "scanner",
            "vendor",
            "conformance",
            "sandbox",
            "sim",
        ],
    ),
    ("vision", &["domain"]),
    ("lab", &["device", "hub", "sim", "camera", "id-card", "transport", "conformance"]),
    ("vision-worker", &["device", "camera", "vision", "sandbox", "sim"]),
    ("store", &["domain", "protocol", "crypto", "sqlite"]),
    ("sync", &["domain", "protocol", "store", "crypto"]),
    ("connect", &["domain", "protocol", "crypto"]),
    ("licence", &["domain", "crypto"]),
    ("centre", &["domain", "protocol", "crypto", "sqlite", "connect", "licence"]),
    ("server", &["centre", "domain", "protocol", "crypto"]),
    ("partner", &["domain"]),
    ("ui", &[]),
    ("verify", &[]),
    ("testkit", &["domain", "protocol", "store", "sync", "server", "sim"]),
    ("", &["domain", "protocol", "crypto", "device", "hub", "store", "sync", "licence", "ui", "server"]),
    ("xtask", &["verify", "vision", "sim", "centre", "domain", "protocol", "crypto"]),
];

/// Outside packages that only the crates named may use.
const OWNED: &[(&str, &[&str])] = &[
    ("sm2", &["crypto", "verify"]),
    ("sm3", &["crypto", "verify"]),
    ("sm4", &["crypto", "verify"]),
    ("minicbor", &["protocol", "verify"]),
    ("quick-xml", &["protocol"]),
    ("roxmltree", &["partner"]),
    ("md-5", &["connect"]),
    ("rusqlite", &["sqlite", "store", "centre"]),
    ("tokio-postgres", &["centre"]),
    ("object_store", &["centre"]),
    ("serialport", &["transport"]),
    ("rusb", &["transport"]),
    ("ipp", &["printer"]),
    ("landlock", &["sandbox"]),
    ("seccompiler", &["sandbox"]),
    ("nokhwa", &["camera"]),
    ("v4l", &["camera"]),
    ("reqwest", &["sync", "connect", "xtask"]),
    ("printpdf", &["licence"]),
    ("axum", &["server", "partner"]),
    ("askama", &["server"]),
    ("fluent-bundle", &["ui"]),
    ("iced", &["ui", ""]),
    ("opencv", &["vision"]),
    ("ort", &["vision"]),
    ("rxing", &["vision"]),
    ("fprint-mindtct", &["vision"]),
    ("fprint-bozorth3", &["vision"]),
];

fn metadata() -> serde_json::Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .output()
        .expect("cargo metadata runs");
    serde_json::from_slice(&output.stdout).expect("valid JSON")
}

fn short(name: &str) -> Option<&str> {
    if name == "tongban" {
        Some("")
    } else if name == "xtask" {
        Some("xtask")
    } else {
        name.strip_prefix("tongban-")
    }
}

/// Every edge that the table does not list. Development dependencies are free of the table,
/// except that a product crate never depends on `testkit`.
fn faults(metadata: &serde_json::Value) -> Vec<String> {
    let allowed: BTreeMap<_, _> = ALLOWED.iter().copied().collect();
    let mut faults = Vec::new();
    for package in metadata["packages"].as_array().expect("packages") {
        let name = short(package["name"].as_str().expect("name")).expect("our own package");
        let Some(edges) = allowed.get(name) else {
            faults.push(format!("{name} is not in the table"));
            continue;
        };
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            if dependency["kind"].as_str() == Some("dev") {
                continue;
            }
            let to = dependency["name"].as_str().expect("dependency name");
            match short(to) {
                Some(ours) if !edges.contains(&ours) => faults.push(format!("tongban-{name} -> {to} is not allowed")),
                _ => {}
            }
            if let Some((_, owners)) = OWNED.iter().find(|(package, _)| *package == to)
                && !owners.contains(&name)
            {
                faults.push(format!("tongban-{name} -> {to}: only {owners:?} may use it"));
            }
        }
    }
    faults
}

#[test]
fn our_crates_only_use_the_edges_listed() {
    let faults = faults(&metadata());
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_planted_edge_is_found() {
    let mut planted = metadata();
    let packages = planted["packages"].as_array_mut().expect("packages");
    let domain = packages.iter_mut().find(|package| package["name"] == "tongban-domain").expect("domain");
    let edges = domain["dependencies"].as_array_mut().expect("dependencies");
    edges.push(serde_json::json!({"name": "tongban-store", "kind": null}));
    edges.push(serde_json::json!({"name": "rusqlite", "kind": null}));
    let faults = faults(&planted);
    assert_eq!(faults.len(), 2, "{faults:#?}");
}

#[test]
fn screens_name_no_store_no_sync_no_hub() {
    let mut faults = Vec::new();
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/screen"))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a source file");
            for banned in ["tongban_store", "tongban_sync", "tongban_hub", "tongban_server", "tongban_crypto"] {
                if text.contains(banned) {
                    faults.push(format!("{}: {banned}", path.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "screens go through crate::service: {faults:#?}");
}
