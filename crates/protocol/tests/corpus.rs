//! The frozen corpus `tests/payloads/v1`: every file still loads and re-verifies, and today's
//! program writes the same bytes from the same inputs.
//!
//! With `TONGBAN_PAYLOADS_WRITE=1` missing files are written; a file that exists is never
//! overwritten, so changing the corpus means deleting from it, which a reviewer sees.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use common::{STATION, World, other_events, whole_case, whole_case_with};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tongban_crypto::{
    DataKey, Fill, Kek, KekSource, PassphraseCost, PassphraseKek, VerifyingKey, WrapSecret, open_blob, sm3,
};
use tongban_domain::case::Case;
use tongban_domain::clock::{BootTime, Rng, WallTime};
use tongban_domain::event::{Digest, Event};
use tongban_domain::ids::StationId;
use tongban_protocol::action::{Origin, SignedAction};
use tongban_protocol::audit::{AuditCheckpoint, AuditEntry};
use tongban_protocol::bundle::{Bundle, BundleReceipt, StationLink};
use tongban_protocol::chain::check_chain;
use tongban_protocol::export::{ActionLine, CaseExport, ReceiptLine};
use tongban_protocol::payload::{EVENT_KINDS, blob_context, decode_event, encode_event, event_kind};
use tongban_protocol::seeded::{SEEDED_START_MS, SeededRng};

const SEED: u64 = 20_260_302;
const PASSPHRASE: &str = "a passphrase for the corpus";

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/payloads/v1")
}

/// The first step-group of the whole case: two actions and the chip photo they name.
fn first_group(world: &World) -> Bundle {
    let mut bundle = world.bundle();
    bundle.actions.truncate(2);
    bundle.links.truncate(2);
    let photo = bundle.blobs[2].clone();
    bundle.blobs = vec![photo];
    bundle
}

/// Exports a case as the centre does.
fn write_case(world: &World, dir: &Path) {
    let bundle = world.bundle();
    let receipt = world.receipt(&bundle);
    let mut export = CaseExport::create(dir).unwrap();
    for action in &world.actions {
        let key = if matches!(action.header.origin, Origin::Station(_)) {
            world.station.verifying_key()
        } else {
            world.centre.verifying_key()
        };
        export.action(action, &key).unwrap();
    }
    export.receipt(&receipt, &world.centre.verifying_key()).unwrap();
    for (address, sealed) in &world.blobs {
        export.blob(address, sealed).unwrap();
    }
    export.case_key(&world.case_key).unwrap();
    export.finish().unwrap();
}

/// Writes everything afresh below `dir`. Of several events of a kind the last stays.
fn write_corpus(dir: &Path) {
    let world = whole_case(SEED);
    write_case(&world, &dir.join("case"));
    let private = whole_case_with(SEED + 1, false);
    write_case(&private, &dir.join("private/case"));
    fs::create_dir_all(dir.join("private/withheld")).unwrap();
    for (address, sealed) in &private.withheld {
        fs::write(dir.join("private/withheld").join(address.to_string()), sealed).unwrap();
    }

    let group = first_group(&world);
    fs::write(dir.join("bundle.bin"), group.encode().unwrap()).unwrap();
    let group_receipt = world.receipt(&group);
    fs::write(dir.join("receipt.json"), serde_json::to_string_pretty(&group_receipt).unwrap() + "\n").unwrap();
    fs::write(dir.join("link.cbor"), world.links[1].canonical_bytes()).unwrap();
    let (entry, point) = audit(&world);
    fs::write(dir.join("audit.cbor"), entry.canonical_bytes()).unwrap();
    fs::write(dir.join("checkpoint.json"), serde_json::to_string_pretty(&point).unwrap() + "\n").unwrap();

    fs::create_dir_all(dir.join("events")).unwrap();
    for event in all_events(&world) {
        fs::write(dir.join("events").join(format!("{}.cbor", event_kind(&event))), encode_event(&event).unwrap())
            .unwrap();
    }

    let rng = SeededRng::new(SEED);
    let fill: &mut Fill<'_> = &mut |buffer: &mut [u8]| rng.fill(buffer);
    let kek = Kek::generate(fill);
    let cost = PassphraseCost { memory_kib: 64, passes: 1 };
    fs::write(dir.join("kek.bin"), PassphraseKek::seal(&kek, PASSPHRASE, cost, fill).unwrap()).unwrap();
    let wrapped = kek.wrap(&blob_context(world.case), &world.case_key, fill);
    fs::write(dir.join("wrapped-data-key.bin"), wrapped).unwrap();

    let keys = BTreeMap::from([
        ("centre_verifying_key_hex", world.centre.verifying_key().to_hex()),
        ("centre_wrap_secret_hex", hex::encode(world.centre_wrap.to_bytes().as_slice())),
        ("kek_passphrase", PASSPHRASE.to_owned()),
        ("station_verifying_key_hex", world.station.verifying_key().to_hex()),
    ]);
    fs::write(dir.join("keys.json"), serde_json::to_string_pretty(&keys).unwrap() + "\n").unwrap();
}

/// An entry of the audit, and the checkpoint that covers it.
fn audit(world: &World) -> (AuditEntry, AuditCheckpoint) {
    let entry = AuditEntry {
        n: 2,
        prev_hash: Digest([7; 32]),
        wall: WallTime(SEEDED_START_MS),
        boot: BootTime(60_000),
        actor: "staff:chen.window".to_owned(),
        action: "print.intended".to_owned(),
        object: "A0001".to_owned(),
        result: "ok".to_owned(),
        detail_sm3: Digest([0; 32]),
    };
    let point = AuditCheckpoint {
        station: StationId::from(STATION),
        n: entry.n,
        hash: entry.hash(),
        wall_ms: SEEDED_START_MS,
        signature: Vec::new(),
    };
    (entry, point.sign(&world.station).unwrap())
}

fn all_events(world: &World) -> Vec<Event> {
    let mut events: Vec<Event> = world.actions.iter().map(|action| action.open(&world.case_key).unwrap()).collect();
    events.extend(other_events());
    events
}

fn files_below(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).unwrap_or_else(|error| panic!("{}: {error}", next.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.insert(path.strip_prefix(dir).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn todays_program_writes_the_frozen_bytes_from_the_same_inputs() {
    let fresh = tempfile::tempdir().unwrap();
    write_corpus(fresh.path());
    let fresh = files_below(fresh.path());
    if std::env::var_os("TONGBAN_PAYLOADS_WRITE").is_some() {
        for (path, bytes) in &fresh {
            let target = corpus().join(path);
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            if !target.exists() {
                fs::write(target, bytes).unwrap();
            }
        }
    }
    let frozen = files_below(&corpus());
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&frozen), names(&fresh), "files of the corpus");
    for (path, bytes) in &frozen {
        assert!(fresh[path] == *bytes, "{} is written differently today", path.display());
    }
}

fn lines<T: serde::de::DeserializeOwned>(path: &Path) -> Vec<T> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    hex::decode(text.trim()).unwrap()
}

#[test]
fn the_frozen_case_still_verifies_opens_and_folds() {
    let dir = corpus().join("case");
    let key = DataKey::from_bytes(&unhex(&fs::read_to_string(dir.join("case.key")).unwrap())).unwrap();
    let mut actions = Vec::new();
    let mut events = Vec::new();
    for line in lines::<ActionLine>(&dir.join("actions.jsonl")) {
        let action = SignedAction::parse(unhex(&line.bytes_hex), unhex(&line.signature_hex)).unwrap();
        action.verify(&VerifyingKey::from_hex(&line.origin_key_hex).unwrap()).unwrap();
        events.push(action.open(&key).unwrap());
        actions.push(action);
    }
    check_chain(&actions).unwrap();
    let case_id = actions[0].header.case;
    let case = Case::fold(case_id, &events).unwrap();
    assert_eq!(case.sign_off_holds(|bytes| Digest(sm3(bytes))), Some(true));
    let mut opened = 0;
    for entry in fs::read_dir(dir.join("blobs")).unwrap() {
        let path = entry.unwrap().path();
        let sealed = fs::read(&path).unwrap();
        assert_eq!(hex::encode(sm3(&sealed)), path.file_name().unwrap().to_str().unwrap());
        open_blob(&key, &blob_context(case_id), &sealed).unwrap();
        opened += 1;
    }
    assert!(opened >= 8);
    for line in lines::<ReceiptLine>(&dir.join("receipts.jsonl")) {
        let receipt = BundleReceipt::parse(&unhex(&line.bytes_hex), unhex(&line.signature_hex)).unwrap();
        receipt.verify(&VerifyingKey::from_hex(&line.centre_key_hex).unwrap()).unwrap();
    }
}

#[test]
fn the_frozen_bundle_link_receipt_events_and_keys_still_load() {
    let dir = corpus();
    let keys: BTreeMap<String, String> =
        serde_json::from_str(&fs::read_to_string(dir.join("keys.json")).unwrap()).unwrap();
    let bytes = fs::read(dir.join("bundle.bin")).unwrap();
    let bundle = Bundle::decode(&bytes).unwrap();
    assert_eq!(bundle.station.0, STATION);
    let actions = bundle.head().check().unwrap();
    let station = VerifyingKey::from_hex(&keys["station_verifying_key_hex"]).unwrap();
    actions.iter().for_each(|action| action.verify(&station).unwrap());
    let wrap = WrapSecret::from_bytes(&unhex(&keys["centre_wrap_secret_hex"])).unwrap();
    let case_key = wrap.unwrap_key(&bundle.keys[0].sealed).unwrap();
    actions.iter().for_each(|action| drop(action.open(&case_key).unwrap()));

    let receipt: BundleReceipt = serde_json::from_slice(&fs::read(dir.join("receipt.json")).unwrap()).unwrap();
    receipt.verify(&VerifyingKey::from_hex(&keys["centre_verifying_key_hex"]).unwrap()).unwrap();
    assert_eq!(receipt.bundle, bundle.id);
    assert_eq!(receipt.bundle_sha256, common::sha256(&bytes));

    let link = StationLink::parse(&fs::read(dir.join("link.cbor")).unwrap()).unwrap();
    assert_eq!(link, bundle.links[1]);
    let entry = AuditEntry::parse(&fs::read(dir.join("audit.cbor")).unwrap()).unwrap();
    let point: AuditCheckpoint =
        serde_json::from_str(&fs::read_to_string(dir.join("checkpoint.json")).unwrap()).unwrap();
    assert_eq!((point.n, point.hash), (entry.n, entry.hash()));
    point.verify(&VerifyingKey::from_hex(&keys["station_verifying_key_hex"]).unwrap()).unwrap();
    for kind in EVENT_KINDS {
        let event = decode_event(&fs::read(dir.join("events").join(format!("{kind}.cbor"))).unwrap()).unwrap();
        assert_eq!(event_kind(&event), *kind);
    }
    let kek =
        PassphraseKek::new(fs::read(dir.join("kek.bin")).unwrap(), keys["kek_passphrase"].clone()).load().unwrap();
    let wrapped = fs::read(dir.join("wrapped-data-key.bin")).unwrap();
    assert_eq!(kek.unwrap_key(&blob_context(bundle.case), &wrapped).unwrap(), case_key);
}
