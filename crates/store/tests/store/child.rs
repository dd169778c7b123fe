//! A station's busy morning in a process of its own, for tests that put something under its feet.
//!
//! The child prints a line after every call that returned: what it promised, and how far the disk's record
//! was at that moment. The parent looks at what is left and holds the child to its word.

use crate::support::*;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use tongban_crypto::{SigningKey, WrapSecret};
use tongban_domain::event::{Channel, Delivery};
use tongban_domain::ids::CaseId;
use tongban_protocol::action::Actor;
use tongban_protocol::seeded::SeededClock;
use tongban_protocol::system::{SystemIds, SystemRng};
use tongban_store::{KekProtection, StationKeys, Store, StoreError};
use tongban_testkit::powercut::{self, LOG_ENV};
use uuid::Uuid;

const DIR: &str = "TONGBAN_CHILD_DIR";
const CASES: &str = "TONGBAN_CHILD_CASES";

/// The centre of the morning: the same keys in every process.
pub fn centre() -> Centre {
    Centre {
        signing: SigningKey::from_bytes(&[0x11; 32]).unwrap(),
        wrapping: WrapSecret::from_bytes(&[0x22; 32]).unwrap(),
    }
}

/// Opens the store in `dir`.
///
/// # Errors
/// As the store says.
pub fn open(dir: &Path) -> Result<Store, StoreError> {
    let keys = StationKeys::create_or_load(&dir.join("keys"), &KekProtection::None, &SystemRng)?;
    let centre = centre();
    let keys = keys.enrolled(&centre.signing.verifying_key().to_hex(), &centre.wrapping.public().to_hex())?;
    let mut config = config_in(dir);
    config.boot_id = "boot".to_owned();
    let (ids, rng) = (Arc::new(SystemIds), Arc::new(SystemRng));
    Store::create_or_open(config, keys, Arc::new(SeededClock::default()), ids, rng)
}

#[allow(clippy::print_stdout, reason = "the parent reads it")]
fn promise(what: &str) {
    let at = std::env::var_os(LOG_ENV).map_or(0, |log| powercut::position(Path::new(&log)).unwrap());
    println!("promise {at} {what}");
}

/// What one morning does: cases begun, filled, submitted; the first ones signed for.
fn morning(dir: &Path, cases: u16) -> Result<(), StoreError> {
    let store = open(dir)?;
    promise("open");
    store.put_lease(&lease(&store, 1, 200))?;
    promise("lease");
    for number in 0..cases {
        let case = store.open_case(Channel::Kiosk)?;
        promise(&format!("actions {case} 1"));
        store.begin_visit(case, "identify", 60_000)?;
        for (event, done) in try_draft(&store, case)?.into_iter().zip(2..) {
            store.append(case, event, Actor::Applicant)?;
            promise(&format!("actions {case} {done}"));
        }
        let (_, receipt) = store.submit(case, Delivery::Pickup, true)?;
        promise(&format!("receipt {case} {receipt}"));
        store.end_visit(true)?;
        if number % 2 == 0 {
            let bundle = store.next_bundle(case)?.expect("a submitted case has a bundle");
            promise(&format!("bundle {case} {} {}", bundle.id, bundle.sha256));
            let bytes = std::fs::read(&bundle.path).map_err(|_| StoreError::BlobMissing(String::new()))?;
            store.acknowledge(&centre().receipt(&bytes))?;
            promise(&format!("signed {case} {}", bundle.id));
        }
    }
    Ok(())
}

#[test]
#[ignore = "the child of other tests; does nothing by itself"]
#[allow(clippy::print_stdout, reason = "the parent reads it")]
fn story() {
    let Some(dir) = std::env::var_os(DIR) else { return };
    let cases = std::env::var(CASES).unwrap().parse().unwrap();
    if let Err(error) = morning(Path::new(&dir), cases) {
        println!("failed {}", error.code().as_str());
    }
}

/// Starts a morning on `dir`; `environment` is what the test puts under it.
pub fn run(dir: &Path, cases: u16, environment: &[(&str, &str)]) -> Output {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "child::story", "--ignored", "--nocapture", "--test-threads=1"]);
    child.env(DIR, dir).env(CASES, cases.to_string());
    for (name, value) in environment {
        child.env(name, value);
    }
    child.output().unwrap()
}

/// One promise: how far the disk's record was, and the words.
pub type Promise = (u64, Vec<String>);

pub fn promises(output: &Output) -> Vec<Promise> {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let words = |line: &str| line.split_once("promise ").map(|(_, rest)| rest.split(' ').map(str::to_owned).collect());
    text.lines().filter_map(words).map(|words: Vec<String>| (words[0].parse().unwrap(), words[1..].to_vec())).collect()
}

/// The code a child ended with, if it did not come to its end.
pub fn failure(output: &Output) -> Option<String> {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().find_map(|line| line.split_once("failed ").map(|(_, code)| code.to_owned()))
}

/// Every promise made before `until` that the store in `dir` does not keep; empty is good.
pub fn broken(dir: &Path, made: &[Promise], until: u64) -> Vec<String> {
    let made: Vec<&[String]> = made.iter().filter(|(at, _)| *at <= until).map(|(_, words)| words.as_slice()).collect();
    if made.is_empty() {
        return Vec::new();
    }
    let store = match open(dir) {
        Ok(store) => store,
        Err(error) => return vec![format!("does not open: {error}")],
    };
    let mut broken = store.check().unwrap().faults;
    let case = |text: &str| CaseId(Uuid::parse_str(text).unwrap());
    let mut actions: BTreeMap<&str, usize> = BTreeMap::new();
    for words in &made {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words[..] {
            ["actions", id, count] => drop(actions.insert(id, count.parse().unwrap())),
            ["receipt", id, number] if store.receipt_of(case(id)).unwrap().as_deref() != Some(number) => {
                broken.push(format!("receipt {number} is lost"));
            }
            ["bundle", id, bundle, sha256] => {
                let signed = store.receipts(case(id)).unwrap_or_default();
                let next = store.next_bundle(case(id)).ok().flatten();
                let same = next.is_some_and(|next| {
                    (next.id.to_string(), next.sha256.to_string()) == (bundle.to_owned(), sha256.to_owned())
                });
                if !same && !signed.iter().any(|receipt| receipt.bundle.to_string() == bundle) {
                    broken.push(format!("bundle {bundle} is lost or another"));
                }
            }
            ["signed", id, bundle] => {
                let signed = store.receipts(case(id)).unwrap_or_default();
                if !signed.iter().any(|receipt| receipt.bundle.to_string() == bundle) {
                    broken.push(format!("the centre's word for {bundle} is lost"));
                }
            }
            _ => {}
        }
    }
    for (id, count) in actions {
        let held = store.actions(case(id)).map_or(0, |actions| actions.len());
        if held < count {
            broken.push(format!("case {id}: {held} of {count} actions"));
        }
        if store.case(case(id)).is_err() {
            broken.push(format!("case {id} cannot be read"));
        }
    }
    broken
}
