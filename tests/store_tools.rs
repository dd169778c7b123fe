//! The technician's tools on a real store: `tongban store`, `tongban audit`, `tongban sync`.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::path::Path;
use std::process::{Command, Output};

fn tongban(state: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tongban"))
        .args(words)
        .env("TONGBAN_IDENTITY__STATION", "890102-001-K01")
        .env("TONGBAN_IDENTITY__HALL", "890102-001")
        .env("TONGBAN_PATHS__STATE", state)
        .env_remove("TONGBAN_KEK")
        .env_remove("TONGBAN_KEK_PASSPHRASE")
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_store_is_checked_carried_and_refused_once_it_was_changed() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let nothing = tongban(&state, &["store", "check"]);
    assert!(!nothing.status.success() && said(&nothing).contains("K101"), "{}", said(&nothing));

    let stick = dir.path().join("stick");
    let exported = tongban(&state, &["sync", "export", &stick.to_string_lossy()]);
    assert!(exported.status.success() && said(&exported).contains("0 written"), "{}", said(&exported));
    assert!(stick.join("manifest.json").is_file());
    let imported = tongban(&state, &["sync", "import", &stick.to_string_lossy()]);
    assert!(imported.status.success(), "{}", said(&imported));

    for words in [["store", "check"], ["store", "repair"], ["audit", "verify"]] {
        let sound = tongban(&state, &words);
        assert!(sound.status.success(), "{words:?}: {}", said(&sound));
    }

    // A byte of an audit entry: the text stands in clear in its row.
    let file = state.join("store/station.db");
    let mut bytes = std::fs::read(&file).unwrap();
    let at = bytes.windows(12).position(|window| window == b"store.opened");
    bytes[at.unwrap()] = b'S';
    std::fs::write(&file, bytes).unwrap();
    for words in [["store", "check"], ["store", "repair"], ["audit", "verify"]] {
        let found = tongban(&state, &words);
        assert_eq!(found.status.code(), Some(1), "{words:?}: {}", said(&found));
        assert!(said(&found).contains("S102") && said(&found).contains("audit"), "{words:?}: {}", said(&found));
    }
    let refused = tongban(&state, &["sync", "export", &stick.to_string_lossy()]);
    assert!(!refused.status.success(), "a changed store is not worked with");
}
