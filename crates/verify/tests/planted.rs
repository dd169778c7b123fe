//! The checker accepts the frozen case and refuses every planted corruption, naming the place.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use sm2::dsa::SigningKey;
use sm2::dsa::signature::Signer;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use tongban_verify::{Findings, Trust, check_case, check_report};

fn frozen() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/payloads/v1/case")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// A copy of the frozen case to spoil.
fn case() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    copy(&frozen(), dir.path());
    dir
}

fn lines(dir: &Path, name: &str) -> Vec<String> {
    fs::read_to_string(dir.join(name)).unwrap().lines().map(str::to_owned).collect()
}

fn write_lines(dir: &Path, name: &str, lines: &[String]) {
    fs::write(dir.join(name), lines.join("\n") + "\n").unwrap();
}

fn check(dir: &Path) -> Findings {
    check_case(dir, &Trust::new()).0
}

/// The first fault is at `place` and says `what`.
fn refused(dir: &Path, place: &str, what: &str) {
    let findings = check(dir);
    assert!(!findings.ok());
    assert!(
        findings.faults.iter().any(|fault| fault.place == place && fault.what.contains(what)),
        "no fault at {place} saying {what}:\n{findings}"
    );
}

fn change_hex(line: &str, field: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut value: serde_json::Value = serde_json::from_str(line).unwrap();
    let mut bytes = hex::decode(value[field].as_str().unwrap()).unwrap();
    change(&mut bytes);
    value[field] = hex::encode(bytes).into();
    value.to_string()
}

#[test]
fn the_frozen_case_holds_with_and_without_its_key() {
    let dir = case();
    let findings = check(dir.path());
    assert!(findings.ok(), "{findings}");
    let actions = lines(dir.path(), "actions.jsonl").len() as u64;
    for what in ["actions continue the chain", "signatures of actions hold", "payloads open and decode"] {
        assert_eq!(findings.held[what], actions, "{what}");
    }
    assert_eq!(findings.held["sign-off digests recomputed from form and pages"], 1);
    assert!(findings.held["files open to the bytes their action names"] >= 8);
    fs::remove_file(dir.path().join("case.key")).unwrap();
    let findings = check(dir.path());
    assert!(findings.ok(), "{findings}");
    assert!(findings.unchecked.iter().any(|what| what.contains("no case.key")));
}

#[test]
fn a_byte_flipped_in_an_action_is_found() {
    let dir = case();
    let mut actions = lines(dir.path(), "actions.jsonl");
    actions[3] = change_hex(&actions[3], "bytes_hex", |bytes| {
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
    });
    write_lines(dir.path(), "actions.jsonl", &actions);
    refused(dir.path(), "actions.jsonl line 4", "signature does not hold");
    refused(dir.path(), "actions.jsonl line 5", "does not name the hash");
}

#[test]
fn every_byte_of_an_action_is_guarded() {
    let dir = case();
    let actions = lines(dir.path(), "actions.jsonl");
    let len = actions[1].len() / 2;
    for at in (0..len).step_by(29) {
        let mut changed = actions.clone();
        let mut touched = false;
        changed[1] = change_hex(&actions[1], "bytes_hex", |bytes| {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 0x10;
                touched = true;
            }
        });
        if touched {
            write_lines(dir.path(), "actions.jsonl", &changed);
            assert!(!check(dir.path()).ok(), "byte {at}");
        }
    }
}

#[test]
fn an_action_dropped_is_found() {
    let dir = case();
    let mut actions = lines(dir.path(), "actions.jsonl");
    actions.remove(5);
    write_lines(dir.path(), "actions.jsonl", &actions);
    refused(dir.path(), "actions.jsonl line 6", "number 7 where 6 belongs");
    refused(dir.path(), "receipts.jsonl line 1", "which is not here");
}

#[test]
fn two_actions_swapped_are_found() {
    let dir = case();
    let mut actions = lines(dir.path(), "actions.jsonl");
    actions.swap(8, 9);
    write_lines(dir.path(), "actions.jsonl", &actions);
    refused(dir.path(), "actions.jsonl line 9", "number 10 where 9 belongs");
}

#[test]
fn a_byte_flipped_in_a_blob_is_found() {
    let dir = case();
    let blob = fs::read_dir(dir.path().join("blobs")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&blob).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&blob, bytes).unwrap();
    let name = blob.file_name().unwrap().to_str().unwrap().to_owned();
    refused(dir.path(), &format!("blobs/{name}"), "is not what its name says");
}

/// A receipt signed by somebody else, who also writes his own key beside it.
fn forge(line: &str, secret: &SigningKey) -> String {
    let mut value: serde_json::Value = serde_json::from_str(line).unwrap();
    let bytes = hex::decode(value["bytes_hex"].as_str().unwrap()).unwrap();
    let signature: sm2::dsa::Signature = secret.sign(&bytes);
    value["signature_hex"] = hex::encode(signature.to_der().as_bytes()).into();
    value["centre_key_hex"] = hex::encode(secret.verifying_key().to_sec1_bytes()).into();
    value.to_string()
}

#[test]
fn a_forged_receipt_is_found_even_with_its_own_key_beside_it() {
    let dir = case();
    let secret = SigningKey::from_slice("1234567812345678", &[7; 32]).unwrap();
    let receipts: Vec<_> = lines(dir.path(), "receipts.jsonl").iter().map(|line| forge(line, &secret)).collect();
    write_lines(dir.path(), "receipts.jsonl", &receipts);
    refused(dir.path(), "receipts.jsonl line 1", "signs with another key");
    // And with a changed content under the true key.
    let dir = case();
    let mut receipts = lines(dir.path(), "receipts.jsonl");
    receipts[0] = change_hex(&receipts[0], "bytes_hex", |bytes| {
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
    });
    write_lines(dir.path(), "receipts.jsonl", &receipts);
    refused(dir.path(), "receipts.jsonl line 1", "signature does not hold");
}

#[test]
fn keys_known_from_elsewhere_are_held_against_the_export() {
    let dir = case();
    let line: serde_json::Value = serde_json::from_str(&lines(dir.path(), "receipts.jsonl")[0]).unwrap();
    let true_key = line["centre_key_hex"].as_str().unwrap().to_owned();
    let good = Trust::from([("centre".to_owned(), true_key.clone())]);
    let (findings, _) = check_case(dir.path(), &good);
    assert!(findings.ok(), "{findings}");
    let other = SigningKey::from_slice("1234567812345678", &[9; 32]).unwrap();
    let bad = Trust::from([("centre".to_owned(), hex::encode(other.verifying_key().to_sec1_bytes()))]);
    assert!(!check_case(dir.path(), &bad).0.ok());
}

#[test]
fn a_missing_blob_a_missing_receipt_and_a_stray_blob_are_found() {
    let dir = case();
    let blob = fs::read_dir(dir.path().join("blobs")).unwrap().next().unwrap().unwrap().path();
    fs::remove_file(blob).unwrap();
    refused(dir.path(), "receipts.jsonl line 1", "which is not here");

    let dir = case();
    write_lines(dir.path(), "receipts.jsonl", &[]);
    fs::write(dir.path().join("receipts.jsonl"), "").unwrap();
    refused(dir.path(), "actions.jsonl line 1", "no receipt names it");

    // The station's blobs are missed by the same receipts.
    assert!(check(dir.path()).faults.iter().any(|fault| fault.place.starts_with("blobs/")));

    let dir = case();
    let mut stray = b"TBBLOB\0\x01".to_vec();
    stray.extend_from_slice(&[0; 40]);
    let name = hex::encode(<[u8; 32]>::from(<sm3::Sm3 as sm3::Digest>::digest(&stray)));
    fs::write(dir.path().join("blobs").join(&name), stray).unwrap();
    refused(dir.path(), &format!("blobs/{name}"), "no action names it");
}

#[test]
fn presence_evidence_may_be_missing_only_without_consent_and_must_be_then() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/payloads/v1/private");
    let dir = tempfile::tempdir().unwrap();
    copy(&corpus.join("case"), dir.path());
    let findings = check(dir.path());
    assert!(findings.ok(), "{findings}");
    assert_eq!(findings.held["presence evidence stayed at the station without consent"], 2);
    copy(&corpus.join("withheld"), &dir.path().join("blobs"));
    refused(dir.path(), "actions.jsonl line 4", "left the station without consent");

    // With the consent the same gap is a fault: the fourth action names still and clip.
    let dir = case();
    let mut findings = check(dir.path());
    for entry in fs::read_dir(dir.path().join("blobs")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        findings = check(dir.path());
        assert!(!findings.ok(), "{}", path.display());
        fs::write(&path, bytes).unwrap();
    }
    assert!(findings.faults.iter().any(|fault| fault.what.contains("which is not here")), "{findings}");
}

/// Numbers that follow from a seed (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % limit as u64).unwrap()
    }
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn random_damage_anywhere_is_found_and_never_stops_the_checker() {
    let seed = 20_260_302;
    eprintln!("seed {seed}");
    let mut numbers = Numbers(seed);
    let dir = case();
    let files = files_below(dir.path());
    for round in 0..120 {
        let path = &files[numbers.below(files.len())];
        let good = fs::read(path).unwrap();
        let mut bad = good.clone();
        let at = numbers.below(bad.len());
        match numbers.below(4) {
            0 => bad[at] ^= 1 << numbers.below(8),
            1 => drop(bad.remove(at)),
            2 => bad.truncate(at),
            _ => bad.insert(at, u8::try_from(numbers.below(256)).unwrap()),
        }
        // White space and the case of hex digits carry nothing.
        let plain = |bytes: &[u8]| bytes.to_ascii_lowercase().trim_ascii().to_vec();
        if plain(&bad) != plain(&good) {
            fs::write(path, &bad).unwrap();
            assert!(!check(dir.path()).ok(), "round {round}, {} at {at}", path.display());
            fs::write(path, &good).unwrap();
        }
    }
    assert!(check(dir.path()).ok(), "control: everything was put back");
}

#[test]
fn another_case_key_opens_nothing() {
    let dir = case();
    fs::write(dir.path().join("case.key"), "00112233445566778899aabbccddeeff\n").unwrap();
    refused(dir.path(), "actions.jsonl line 1", "does not open");
}

/// A report over the frozen case with files that agree with it.
fn report() -> (TempDir, serde_json::Value) {
    let dir = tempfile::tempdir().unwrap();
    copy(&frozen(), &dir.path().join("cases/one"));
    fs::write(dir.path().join("card.bin"), b"bytes on the line").unwrap();
    fs::write(dir.path().join("licence.pdf"), b"%PDF licence").unwrap();
    let sha = |bytes: &[u8]| {
        use sha2::Digest as _;
        hex::encode(sha2::Sha256::digest(bytes))
    };
    let step = |n: u64, name: &str, evidence: serde_json::Value| serde_json::json!({"step": n, "name": name, "ok": true, "at_ms": 100 * n, "ms": 10, "evidence": evidence});
    let report = serde_json::json!({"v": 2, "ok": true, "seconds": 1.5, "steps": [
        step(1, "swipe", serde_json::json!({"capture_file": "card.bin", "line_sha256": sha(b"bytes on the line")})),
        step(2, "print", serde_json::json!({"spool_file": "licence.pdf", "pdf_sha256": sha(b"%PDF licence")})),
        step(3, "stored", serde_json::json!({"case_export": "cases/one"})),
    ]});
    (dir, report)
}

fn judge(dir: &TempDir, report: &serde_json::Value) -> Findings {
    fs::write(dir.path().join("report.json"), report.to_string()).unwrap();
    check_report(dir.path(), &Trust::new())
}

#[test]
fn a_true_report_holds_and_each_lie_in_it_is_found() {
    let (dir, good) = report();
    let findings = judge(&dir, &good);
    assert!(findings.ok(), "{findings}");
    type Lie = fn(&mut serde_json::Value);
    let lies: [(&str, Lie); 9] = [
        ("another card", |r| r["steps"][0]["evidence"]["line_sha256"] = "00".repeat(32).into()),
        ("another print", |r| r["steps"][1]["evidence"]["pdf_sha256"] = "11".repeat(32).into()),
        ("no such case", |r| r["steps"][2]["evidence"]["case_export"] = "cases/two".into()),
        ("a path outside", |r| r["steps"][2]["evidence"]["case_export"] = "../one".into()),
        ("ok though a step failed", |r| r["steps"][1]["ok"] = false.into()),
        ("no evidence", |r| r["steps"][1]["evidence"] = serde_json::json!({})),
        ("a step longer than the run", |r| r["steps"][1]["ms"] = 1_400.into()),
        ("a step after the run", |r| r["steps"][1]["at_ms"] = 1_495.into()),
        ("steps out of order", |r| r["steps"][1]["step"] = 1.into()),
    ];
    for (what, lie) in lies {
        let mut changed = good.clone();
        lie(&mut changed);
        assert!(!judge(&dir, &changed).ok(), "{what}");
    }
    let mut bare = good.clone();
    bare["steps"] =
        serde_json::json!([{"step": 1, "name": "x", "ok": true, "at_ms": 0, "ms": 1, "evidence": {"words": "fine"}}]);
    let findings = judge(&dir, &bare);
    assert!(findings.faults.iter().any(|fault| fault.what.contains("no evidence that can be recomputed")));
}

#[test]
fn a_file_changed_after_the_report_is_found() {
    let (dir, good) = report();
    fs::write(dir.path().join("licence.pdf"), b"%PDF Licence").unwrap();
    let findings = judge(&dir, &good);
    assert_eq!(findings.faults[0].place, "report.json step 2 print", "{findings}");
}

#[test]
fn the_program_exits_0_1_and_2_and_speaks_json() {
    let dir = case();
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_tongban-verify")).args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let path = dir.path().to_str().unwrap();
    let (code, text) = run(&["case", path]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.ends_with("OK\n"));
    let mut actions = lines(dir.path(), "actions.jsonl");
    actions.pop();
    actions.remove(0);
    write_lines(dir.path(), "actions.jsonl", &actions);
    let (code, text) = run(&["case", path, "--json"]);
    assert_eq!(code, Some(1));
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["ok"], false);
    assert_eq!(value["findings"]["faults"][0]["place"], "actions.jsonl line 1");
    assert_eq!(run(&["case", path, "--trust", "/nonexistent"]).0, Some(2));
}
