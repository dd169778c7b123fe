//! What must be the same at the end however often a story was cut, and what a cut story had promised.

use crate::city::{KIOSK, open, spool, station, word};
use crate::story::{STOLEN, Story, proof};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tongban_centre::Centre;
use tongban_centre::sync::Upload;
use tongban_domain::ids::CaseId;
use uuid::Uuid;

/// Rows of a query, one word each.
fn rows(database: &rusqlite::Connection, query: &str) -> String {
    let mut statement = database.prepare(query).unwrap();
    let columns = statement.column_count();
    let read = |row: &rusqlite::Row<'_>| {
        let value = |at: usize| row.get::<_, rusqlite::types::Value>(at).map(|value| format!("{value:?}"));
        (0..columns).map(value).collect::<Result<Vec<_>, _>>().map(|words| words.join(" "))
    };
    let lines: Vec<String> = statement.query_map([], read).unwrap().map(Result::unwrap).collect();
    lines.join("; ")
}

/// Files below a folder that nobody finished.
fn parts(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(parts(&path));
        } else if path.extension().is_some_and(|extension| extension == "part") {
            found.push(path);
        }
    }
    found
}

pub fn sound(centre: &Centre, what: &str) {
    centre.staff().verify_log().unwrap();
    for (case, state) in centre.cases().verify_all().unwrap() {
        assert!(state.holds, "{what}: case {case}: {}", state.detail);
    }
}

/// The state a story ends in.
pub fn ending(dir: &Path, story: Story) -> BTreeMap<&'static str, String> {
    let data = dir.join("centre");
    let centre = open(&data).unwrap();
    sound(&centre, "at the end");
    let hall = &station(&centre, KIOSK).hall;
    let mut feed: Vec<String> =
        centre.feed().snapshot(hall).unwrap().entries.iter().map(|entry| format!("{:?}", entry.item)).collect();
    feed.retain(|entry| !entry.starts_with("Revoked"));
    feed.sort();
    drop(centre);
    let database = rusqlite::Connection::open(data.join("centre.db")).unwrap();
    let ask = |query: &str| rows(&database, query);
    let mut end = BTreeMap::from([
        ("items", ask("SELECT key, MAX(version), COUNT(*) FROM catalogue_item GROUP BY key ORDER BY key")),
        ("staff", ask("SELECT id, roles, active FROM staff ORDER BY id")),
        ("stations", ask("SELECT id, state FROM station ORDER BY id")),
        ("codes", ask("SELECT station FROM enrol_code")),
        ("ranges", ask("SELECT first, last FROM stock_range")),
        ("feed", format!("{feed:?}")),
    ]);
    if story == Story::Day {
        let kinds = "SELECT case_id, group_concat(kind, ' ') FROM \
            (SELECT case_id, kind FROM action ORDER BY case_id, case_seq) GROUP BY case_id ORDER BY case_id";
        end.extend([
            ("kinds", ask(kinds)),
            ("cases", ask("SELECT case_id, status, close_code, blocked FROM case_row ORDER BY case_id")),
            ("bundles", ask("SELECT id, state, code FROM bundle ORDER BY id")),
            ("uploads", ask("SELECT COUNT(*) FROM upload")),
            ("links", ask("SELECT COUNT(*) FROM station_link")),
            ("blobs", ask("SELECT COUNT(*) FROM blob")),
            ("blanks", ask("SELECT kind, serial, state FROM stock_use")),
            ("licences", ask("SELECT case_id, state, serial FROM licence")),
            ("proofs", ask("SELECT COUNT(*) FROM proof")),
            ("unfinished", format!("{:?}", parts(&data))),
        ]);
    }
    end
}

/// What the parent sees between two runs, as far as acknowledged lines promise it.
pub fn check_promises(dir: &Path, acked: &[String], what: &str) {
    let centre = open(&dir.join("centre")).unwrap();
    sound(&centre, what);
    let mut leased = 0;
    for line in acked {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["staff", id] => assert!(centre.staff().get(id).unwrap().is_some(), "{what}: account {id} is lost"),
            ["station", id] => assert!(centre.stations().get(id).unwrap().is_some(), "{what}: {id} is lost"),
            ["enrolled", id] => assert!(station(&centre, id).cert_serial.is_some(), "{what}: {id} is not enrolled"),
            ["renewed", serial] => {
                centre.stations().authenticate(KIOSK, serial).unwrap_or_else(|error| panic!("{what}: {error}"));
            }
            ["revoked"] => {
                let serial = station(&centre, STOLEN).cert_serial.unwrap();
                assert!(centre.stations().authenticate(STOLEN, &serial).is_err(), "{what}: the thief is let in");
            }
            ["stock"] => assert_eq!(centre.stock().ranges().unwrap().len(), 1, "{what}"),
            ["lease", first] => leased = leased.max(first.parse().unwrap()),
            ["log", lines] => assert!(centre.staff().verify_log().unwrap() >= lines.parse().unwrap(), "{what}"),
            ["receipt", id, receipt] => assert_eq!(held(&centre, dir, id), receipt, "{what}: another receipt"),
            ["aside", id] => {
                let aside = centre.sync().quarantined().unwrap();
                assert!(aside.iter().any(|line| line.id.to_string() == id), "{what}: {id} is not set aside");
            }
            ["actions", case, count] => {
                let case = CaseId(Uuid::parse_str(case).unwrap());
                let there = centre.cases().verify(case).unwrap().actions;
                assert!(there >= count.parse().unwrap(), "{what}: {there} of {count} actions of {case}");
            }
            ["proof", number] => assert_eq!(proof(&centre), number, "{what}: another proof"),
            _ => {}
        }
    }
    if leased > 0 {
        let next = centre.numbers().lease(&station(&centre, KIOSK), 1).unwrap().from;
        assert!(next > leased, "{what}: number {next} is given twice");
    }
}

/// The receipt of a bundle that must be held whole.
fn held(centre: &Centre, dir: &Path, id: &str) -> String {
    let waiting = spool(&dir.join("spool")).into_iter().find(|waiting| waiting.id.to_string() == id).unwrap();
    let kiosk = station(centre, KIOSK);
    let state = centre.sync().state(&kiosk, waiting.id).unwrap();
    assert!(state.is_some_and(|state| state.complete), "bundle {id} is lost");
    match centre.sync().append(&kiosk, waiting.id, 0, &waiting.bytes, true).unwrap() {
        Upload::Held(receipt) => word(&receipt),
        other => panic!("{other:?}"),
    }
}
