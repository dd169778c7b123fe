//! Checks an exported case: `actions.jsonl`, `receipts.jsonl`, `blobs/`, and with `case.key` the contents.

use crate::action::Action;
use crate::events::{self, BlobRef};
use crate::findings::Findings;
use crate::keys;
use crate::receipt::Receipt;
use crate::replay::Replay;
use crate::seal;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Keys known from elsewhere: origin (`centre`, `station:NAME`, `web`) → verifying key in hex.
/// Without them the checker can only see that an origin's key is the same throughout.
pub type Trust = BTreeMap<String, String>;

/// What a case says that other evidence can be held against.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseFacts {
    /// Case id, hex.
    pub case: String,
    /// SHA-256 of the bytes on the line of each card reading.
    pub lines: BTreeSet<[u8; 32]>,
    /// SHA-256 of each licence or proof printed.
    pub pdfs: BTreeSet<[u8; 32]>,
}

/// Everything read of one export.
struct Export {
    actions: Vec<(String, Action)>,
    receipts: Vec<(String, Receipt)>,
    blobs: BTreeMap<[u8; 32], Vec<u8>>,
    key: Option<[u8; 16]>,
}

/// Checks everything in `dir`.
#[must_use]
pub fn check_case(dir: &Path, trust: &Trust) -> (Findings, CaseFacts) {
    let mut findings = Findings::default();
    let export = read(dir, &mut findings);
    check_chain(&export, &mut findings);
    check_signatures(&export, trust, &mut findings);
    let unreceipted = check_receipts(&export, &mut findings);
    for address in export.blobs.keys() {
        let place = format!("blobs/{}", hex::encode(address));
        let sealed = &export.blobs[address];
        let named = if keys::sm3(sealed) == *address { Ok(()) } else { Err("is not what its name says".to_owned()) };
        if findings.check("blobs are what their names say", &place, named) {
            findings.check("blobs have the published shape", &place, seal::blob_shape(sealed));
        }
    }
    let facts = match export.key {
        Some(key) => check_contents(&export, &key, &unreceipted, &mut findings),
        None => {
            findings.unchecked("contents: no case.key in this export");
            if !unreceipted.is_empty() {
                // The centre's own files need none; which those are stands in the payloads.
                findings.unchecked(format!("{} blobs that no receipt names", unreceipted.len()));
            }
            CaseFacts::default()
        }
    };
    let case = export.actions.first().map(|(_, action)| hex::encode(action.case)).unwrap_or_default();
    (findings, CaseFacts { case, ..facts })
}

fn lines<T>(dir: &Path, name: &str, findings: &mut Findings, parse: fn(&str) -> Result<T, String>) -> Vec<(String, T)> {
    let text = match fs::read_to_string(dir.join(name)) {
        Ok(text) => text,
        Err(error) => {
            findings.fault(name, format!("cannot be read: {error}"));
            return Vec::new();
        }
    };
    let mut parsed = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let place = format!("{name} line {}", index + 1);
        match parse(line) {
            Ok(value) => parsed.push((place, value)),
            Err(why) => findings.fault(place, why),
        }
    }
    parsed
}

fn read(dir: &Path, findings: &mut Findings) -> Export {
    let actions = lines(dir, "actions.jsonl", findings, Action::from_line);
    let receipts = lines(dir, "receipts.jsonl", findings, Receipt::from_line);
    if actions.is_empty() {
        findings.fault("actions.jsonl", "holds no action");
    }
    let mut blobs = BTreeMap::new();
    match fs::read_dir(dir.join("blobs")) {
        Ok(entries) => {
            for entry in entries.flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let address = hex::decode(&name).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
                match (address, fs::read(entry.path())) {
                    (Some(address), Ok(bytes)) => drop(blobs.insert(address, bytes)),
                    _ => findings.fault(format!("blobs/{name}"), "is not a blob"),
                }
            }
        }
        Err(error) => findings.fault("blobs", format!("cannot be read: {error}")),
    }
    let key = match fs::read_to_string(dir.join("case.key")) {
        Ok(text) => {
            let key = hex::decode(text.trim()).ok().and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
            if key.is_none() {
                findings.fault("case.key", "is not 16 bytes in hex");
            }
            key
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => {
            findings.fault("case.key", format!("cannot be read: {error}"));
            None
        }
    };
    Export { actions, receipts, blobs, key }
}

fn check_chain(export: &Export, findings: &mut Findings) {
    let mut before: Option<&Action> = None;
    let mut ids = BTreeSet::new();
    for (place, action) in &export.actions {
        let seq = before.map_or(1, |before| before.seq + 1);
        let prev = before.map_or([0; 32], |before| before.hash);
        let case = before.map_or(action.case, |before| before.case);
        let result = if action.case != case {
            Err("belongs to another case".to_owned())
        } else if action.seq != seq {
            Err(format!("number {} where {seq} belongs", action.seq))
        } else if action.prev != prev {
            Err("does not name the hash of the action before it".to_owned())
        } else if action.base >= action.seq {
            Err("claims to have seen a later version".to_owned())
        } else if !ids.insert(action.id) {
            Err("repeats an identifier".to_owned())
        } else {
            Ok(())
        };
        findings.check("actions continue the chain", place, result);
        before = Some(action);
    }
}

fn check_signatures(export: &Export, trust: &Trust, findings: &mut Findings) {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for (place, action) in &export.actions {
        findings.check("signatures of actions hold", place, action.signature_holds());
        let known = *seen.entry(&action.origin).or_insert(&action.origin_key_hex);
        let known = trust.get(&action.origin).map_or(known, String::as_str);
        check_key(findings, place, &action.origin, &action.origin_key_hex, known);
    }
    for (place, receipt) in &export.receipts {
        findings.check("signatures of receipts hold", place, receipt.signature_holds());
        let known = *seen.entry("centre").or_insert(&receipt.centre_key_hex);
        let known = trust.get("centre").map_or(known, String::as_str);
        check_key(findings, place, "centre", &receipt.centre_key_hex, known);
    }
    for (origin, key) in seen {
        if !trust.contains_key(origin) {
            findings.unchecked(format!("whether {origin} really owns the key {}…", key.get(..16).unwrap_or(key)));
        }
    }
}

fn check_key(findings: &mut Findings, place: &str, origin: &str, key: &str, known: &str) {
    if !known.eq_ignore_ascii_case(key) {
        findings.fault(place, format!("{origin} signs with another key than it is known to"));
    }
}

/// Receipts against what is here; the blobs no receipt names.
fn check_receipts(export: &Export, findings: &mut Findings) -> BTreeSet<[u8; 32]> {
    let seq_of: BTreeMap<[u8; 16], u64> = export.actions.iter().map(|(_, action)| (action.id, action.seq)).collect();
    let case = export.actions.first().map(|(_, action)| action.case);
    let mut acknowledged = BTreeSet::new();
    let mut held_blobs = BTreeSet::new();
    let mut bundles = BTreeSet::new();
    for (place, receipt) in &export.receipts {
        let result = (|| {
            if Some(receipt.case) != case {
                return Err("belongs to another case".to_owned());
            }
            if !bundles.insert(receipt.bundle) {
                return Err("a second receipt for the same bundle".to_owned());
            }
            for id in &receipt.actions {
                let seq =
                    seq_of.get(id).ok_or_else(|| format!("names action {} which is not here", hex::encode(id)))?;
                if *seq > receipt.case_seq {
                    return Err(format!("names action {seq} but claims to hold only up to {}", receipt.case_seq));
                }
            }
            for address in &receipt.blobs {
                if !export.blobs.contains_key(address) {
                    return Err(format!("names blob {} which is not here", hex::encode(address)));
                }
            }
            Ok(())
        })();
        findings.check("receipts name only what is here", place, result);
        acknowledged.extend(receipt.actions.iter().copied());
        held_blobs.extend(receipt.blobs.iter().copied());
    }
    for (place, action) in export.actions.iter().filter(|(_, action)| action.origin.starts_with("station:")) {
        let named = if acknowledged.contains(&action.id) { Ok(()) } else { Err("no receipt names it".to_owned()) };
        findings.check("actions of stations have a receipt", place, named);
    }
    export.blobs.keys().filter(|address| !held_blobs.contains(*address)).copied().collect()
}

/// With the case key: payloads open and decode, the sign-off is recomputed, pages are what they say.
fn check_contents(
    export: &Export,
    key: &[u8; 16],
    unreceipted: &BTreeSet<[u8; 32]>,
    findings: &mut Findings,
) -> CaseFacts {
    let mut replay = Replay::default();
    let mut named: Vec<(String, BlobRef)> = Vec::new();
    for (place, action) in &export.actions {
        let body = seal::open_payload(key, &action.case, action.seq, &action.kind, &action.sealed)
            .and_then(|plain| events::body(&plain, &action.kind));
        let body = match body {
            Ok(body) => body,
            Err(why) => {
                findings.fault(place, format!("payload {why}"));
                continue;
            }
        };
        findings.held("payloads open and decode");
        findings.check("events follow the rules replayed", place, replay.take(&action.kind, &body));
        match events::blobs(&body) {
            Ok(blobs) => {
                if action.origin.starts_with("station:") {
                    check_blob_receipts(&blobs, unreceipted, findings);
                }
                named.extend(blobs.into_iter().map(|blob| (place.clone(), blob)));
            }
            Err(why) => findings.fault(place, why),
        }
    }
    for _ in 0..replay.sign_offs {
        findings.held("sign-off digests recomputed from form and pages");
    }
    check_named_blobs(export, key, &named, replay.evidence_may_leave, findings);
    CaseFacts { case: String::new(), lines: replay.lines, pdfs: replay.pdfs }
}

/// What a station sent must be receipted before the station may forget it.
fn check_blob_receipts(blobs: &[BlobRef], unreceipted: &BTreeSet<[u8; 32]>, findings: &mut Findings) {
    for blob in blobs {
        let place = format!("blobs/{}", hex::encode(blob.address));
        let named = if unreceipted.contains(&blob.address) { Err("no receipt names it".to_owned()) } else { Ok(()) };
        findings.check("blobs of stations have a receipt", &place, named);
    }
}

fn check_named_blobs(
    export: &Export,
    key: &[u8; 16],
    named: &[(String, BlobRef)],
    evidence_may_leave: bool,
    findings: &mut Findings,
) {
    let Some(case) = export.actions.first().map(|(_, action)| action.case) else {
        return;
    };
    for (place, blob) in named {
        let address = hex::encode(blob.address);
        let Some(sealed) = export.blobs.get(&blob.address) else {
            if blob.evidence && !evidence_may_leave {
                findings.held("presence evidence stayed at the station without consent");
            } else {
                findings.fault(place, format!("names blob {address} which is not here"));
            }
            continue;
        };
        if blob.evidence && !evidence_may_leave {
            findings.fault(place, "presence evidence left the station without consent");
        }
        let result = seal::open_blob(key, &case, sealed).and_then(|plain| {
            if plain.len() as u64 != blob.len || keys::sha256(&plain) != blob.plain_sha256 {
                return Err("opens to other bytes than the action says".to_owned());
            }
            Ok(())
        });
        findings.check("files open to the bytes their action names", &format!("blobs/{address}"), result);
    }
    let known: BTreeSet<_> = named.iter().map(|(_, blob)| blob.address).collect();
    for address in export.blobs.keys().filter(|address| !known.contains(*address)) {
        findings.fault(format!("blobs/{}", hex::encode(address)), "no action names it");
    }
}
