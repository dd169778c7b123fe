//! A centre's busy morning in a process of its own, for tests that put something under its feet.

use crate::city::{self, KIOSK, child, open, spool, station, word};
use crate::common::code_of;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;
use tongban_centre::sync::Upload;
use tongban_centre::workflow::Step;
use tongban_centre::{Centre, CentreError};
use tongban_domain::ids::CaseId;
use tongban_testkit::powercut::{self, LOG_ENV};

/// Bytes of a piece.
const PIECE: usize = 48 * 1024;

fn promise(what: &str) {
    let at = std::env::var_os(LOG_ENV).map_or(0, |log| powercut::position(Path::new(&log)).unwrap());
    println!("promise {at} {what}");
}

/// Bundles whole and in pieces, steps by a person, numbers, lines of the log.
fn morning(data: &Path, from: &Path) -> Result<(), CentreError> {
    let centre = open(data)?;
    promise("open");
    let kiosk = station(&centre, KIOSK);
    let reviewer = centre.staff().get("reviewer1")?.unwrap();
    for (number, waiting) in spool(from).into_iter().enumerate() {
        let receipt = if number % 2 == 0 { whole(&centre, &waiting)? } else { in_pieces(&centre, &waiting)? };
        promise(&format!("receipt {} {receipt}", waiting.id));
        let case = CaseId(waiting.case);
        let row = centre.cases().row(&reviewer, case)?;
        if row.status == "received" {
            centre.workflow().step(&reviewer, case, row.version, &Step::Accept)?;
        }
        promise(&format!("accepted {}", waiting.case));
        promise(&format!("lease {}", centre.numbers().lease(&kiosk, 2)?.from));
        promise(&format!("log {}", centre.staff().verify_log()?));
    }
    Ok(())
}

/// The receipt of a bundle sent piece by piece from where the centre stands; every piece is a promise.
fn in_pieces(centre: &Centre, waiting: &city::Waiting) -> Result<String, CentreError> {
    let kiosk = station(centre, KIOSK);
    let held = centre.sync().state(&kiosk, waiting.id)?;
    if held.is_some_and(|state| state.complete) {
        return whole(centre, waiting);
    }
    let mut offset = held.map_or(0, |state| state.offset as usize);
    loop {
        let end = (offset + PIECE).min(waiting.bytes.len());
        let last = end == waiting.bytes.len();
        match centre.sync().append(&kiosk, waiting.id, offset as u64, &waiting.bytes[offset..end], last)? {
            Upload::Partial(held) => {
                promise(&format!("part {} {held}", waiting.id));
                offset = held as usize;
            }
            Upload::Offset(held) => offset = held as usize,
            Upload::Held(receipt) => return Ok(word(&receipt)),
        }
    }
}

/// The receipt of a bundle sent in one piece.
fn whole(centre: &Centre, waiting: &city::Waiting) -> Result<String, CentreError> {
    match centre.sync().append(&station(centre, KIOSK), waiting.id, 0, &waiting.bytes, true)? {
        Upload::Held(receipt) => Ok(word(&receipt)),
        other => panic!("{other:?}"),
    }
}

#[test]
#[ignore = "the child of other tests; does nothing by itself"]
fn busy() {
    let Some((data, from)) = city::told() else { return };
    if let Err(error) = morning(&data, &from) {
        println!("failed {} {error:?}", code_of(&error));
    }
}

/// Lets a morning happen.
pub fn run(data: &Path, from: &Path, environment: &[(&str, &str)]) -> Output {
    child("morning::busy", data, from, environment)
}

/// How far the disk's record was, and what was promised.
pub type Promise = (u64, Vec<String>);

pub fn promises(output: &Output) -> Vec<Promise> {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let words = |line: &str| line.split_once("promise ").map(|(_, rest)| rest.split(' ').map(str::to_owned).collect());
    text.lines().filter_map(words).map(|words: Vec<String>| (words[0].parse().unwrap(), words[1..].to_vec())).collect()
}

/// The code a child ended with and what it said, if it did not come to its end.
pub fn failure(output: &Output) -> Option<(String, String)> {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find_map(|line| line.split_once("failed ").map(|(_, rest)| rest.to_owned()))?;
    let (code, said) = line.split_once(' ')?;
    Some((code.to_owned(), said.to_owned()))
}

/// Every promise made before `until` that the centre in `data` does not keep; empty is good.
pub fn broken(data: &Path, from: &Path, made: &[Promise], until: u64) -> Vec<String> {
    let made: Vec<&[String]> = made.iter().filter(|(at, _)| *at <= until).map(|(_, words)| words.as_slice()).collect();
    let centre = match open(data) {
        Ok(centre) => centre,
        Err(error) => return vec![format!("does not open: {error:?}")],
    };
    let mut broken = unsound(&centre);
    let waiting: BTreeMap<String, city::Waiting> =
        spool(from).into_iter().map(|waiting| (waiting.id.to_string(), waiting)).collect();
    let kiosk = station(&centre, KIOSK);
    let signed: Vec<&str> = made.iter().filter(|words| words[0] == "receipt").map(|words| words[1].as_str()).collect();
    let mut leased = 0;
    for words in &made {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let state = |id: &str| centre.sync().state(&kiosk, waiting[id].id).unwrap();
        match words[..] {
            ["receipt", id, _] if !state(id).is_some_and(|state| state.complete) => {
                broken.push(format!("bundle {id} was signed for and is lost"));
            }
            ["receipt", id, receipt] if whole(&centre, &waiting[id]).ok().as_deref() != Some(receipt) => {
                broken.push(format!("bundle {id} has another receipt"));
            }
            ["part", id, held] if !signed.contains(&id) => {
                let kept = state(id).map_or(0, |state| state.offset);
                if kept < held.parse().unwrap() {
                    broken.push(format!("of bundle {id} {held} bytes were promised and {kept} are there"));
                }
            }
            ["accepted", case] => {
                let status = case_status(&centre, case);
                if status.as_deref() != Some("accepted") {
                    broken.push(format!("case {case} was accepted and is {status:?}"));
                }
            }
            ["lease", first] => leased = leased.max(first.parse().unwrap()),
            ["log", lines] if centre.staff().verify_log().unwrap_or(0) < lines.parse().unwrap() => {
                broken.push(format!("the log lost lines: {lines} were there"));
            }
            _ => {}
        }
    }
    if leased > 0 && centre.numbers().lease(&kiosk, 1).unwrap().from <= leased {
        broken.push(format!("number {leased} is given a second time"));
    }
    broken
}

/// Cases and the log, judged by themselves.
fn unsound(centre: &Centre) -> Vec<String> {
    let mut faults: Vec<String> = match centre.cases().verify_all() {
        Ok(cases) => {
            let wrong = cases.into_iter().filter(|(_, state)| !state.holds);
            wrong.map(|(case, state)| format!("case {case}: {}", state.detail)).collect()
        }
        Err(error) => vec![format!("cases: {error}")],
    };
    faults.extend(centre.staff().verify_log().err().map(|error| format!("log: {error}")));
    faults
}

fn case_status(centre: &Centre, case: &str) -> Option<String> {
    let reviewer = centre.staff().get("reviewer1").ok()??;
    centre.cases().row(&reviewer, CaseId(case.parse().ok()?)).ok().map(|row| row.status)
}
