//! How often the disk is told to flush, and what happens when it cannot.

use crate::child::{broken, failure, promises, run};
use std::collections::BTreeMap;
use tongban_testkit::{Seed, is_long, preload};

fn counted(cases: u16) -> BTreeMap<String, usize> {
    let dir = tempfile::tempdir().unwrap();
    let shim = preload::fsync_shim(dir.path()).unwrap().to_string_lossy().into_owned();
    let log = dir.path().join("calls");
    let plan = format!("count:{}", log.display());
    let output = run(&dir.path().join("state"), cases, &[("LD_PRELOAD", &shim), ("TONGBAN_FSYNC", &plan)]);
    assert_eq!(failure(&output), None);
    let mut calls = BTreeMap::new();
    for line in std::fs::read_to_string(log).unwrap().lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let name = words[2].rsplit('/').next().unwrap();
        let what = match (words[1], name) {
            ("d", _) => "directory",
            (_, "station.db-wal") => "wal",
            (_, "station.db") => "database",
            (_, name) if name.ends_with(".bundle.part") => "bundle",
            (_, name) if name.ends_with(".part") => "page",
            _ => "other",
        };
        *calls.entry(what.to_owned()).or_insert(0) += 1;
    }
    calls
}

/// One flush per saved step, one for each page and its directory, and nothing more.
#[test]
fn a_saved_step_costs_one_flush_and_a_page_two() {
    let (one, three) = (counted(1), counted(3));
    eprintln!("one case {one:?}, three cases {three:?}");
    let of = |calls: &BTreeMap<String, usize>, what: &str| calls.get(what).copied().unwrap_or_default();
    let more = |what: &str| of(&three, what) - of(&one, what);
    // Two more cases: opened, eight steps, submitted, the visit's begin and end; one of the two grouped and signed for.
    let steps = 2 * (1 + 8 + 1 + 2) + 2;
    // The end of a visit empties the log, which flushes it, the database, and the log's new head once more.
    assert_eq!((more("wal"), more("database")), (steps + 2 * 2, 2));
    assert_eq!(more("page"), 2 * 6, "six pages a case, each flushed once");
    // Per page its directory, per case that directory's own entry; per bundle when it is made and when it goes.
    assert_eq!((more("bundle"), more("directory")), (1, 2 * (6 + 1) + 2));
}

/// From the N-th flush on every one fails: the store says so, promises nothing more, and what it promised
/// before is there when the disk works again.
#[test]
fn after_a_failed_flush_nothing_more_is_promised_and_nothing_promised_is_lost() {
    let total: usize = counted(1).values().sum();
    let tries = if is_long() { total } else { 16 };
    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() / 86_400;
    let mut choices = Seed::new(seed);
    eprintln!("seed {seed}: {tries} of {total} flushes");
    let dir = tempfile::tempdir().unwrap();
    let shim = preload::fsync_shim(dir.path()).unwrap().to_string_lossy().into_owned();
    let whole = promises(&run(&dir.path().join("undisturbed"), 1, &[])).len();
    let mut refused = 0;
    for index in 0..tries {
        let at = if is_long() { index + 1 } else { 1 + choices.below(total as u64) as usize };
        let state = dir.path().join(format!("state{index}"));
        let output = run(&state, 1, &[("LD_PRELOAD", &shim), ("TONGBAN_FSYNC", &format!("fail:{at}"))]);
        let (code, made) = (failure(&output), promises(&output));
        // The last flushes only tidy up when the store is closed: everything had been promised, and is kept.
        let tidying = code.is_none() && made.len() == whole;
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(tidying || code.as_deref() == Some("S103"), "flush {at}: {code:?} {said}");
        refused += usize::from(!tidying);
        // Control: with the disk working the same store goes on to the end.
        assert_eq!(broken(&state, &made, u64::MAX), Vec::<String>::new(), "flush {at}");
        let again = run(&state, 1, &[]);
        assert_eq!(failure(&again), None, "flush {at}: the store does not come back");
        std::fs::remove_dir_all(&state).unwrap();
    }
    assert!(refused * 10 >= tries * 8, "{refused} of {tries} were noticed");
}
