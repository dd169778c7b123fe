//! The power goes at any point: what was promised before is there.

use crate::child::{broken, promises, run};
use std::fs;
use tongban_testkit::powercut::{LOG_ENV, Recorder, Recording};
use tongban_testkit::{Seed, is_long, preload};

/// Records a morning on a disk of its own.
fn recorded(dir: &std::path::Path, cases: u16, extra: &[(&str, &str)]) -> (Recording, Vec<crate::child::Promise>) {
    let recorder = Recorder::start(dir, 48).unwrap();
    let state = recorder.mount().join("state");
    fs::create_dir(&state).unwrap();
    let log = recorder.log().to_string_lossy().into_owned();
    let mut environment = vec![(LOG_ENV, log.as_str())];
    environment.extend_from_slice(extra);
    let output = run(&state, cases, &environment);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let made = promises(&output);
    (recorder.finish().unwrap(), made)
}

/// Cuts at places the seed chooses; what was broken at each.
fn cuts(recording: &Recording, made: &[crate::child::Promise], count: u64, seed: u64) -> Vec<(u64, Vec<String>)> {
    let mut choices = Seed::new(seed);
    let first = made.first().map_or(0, |(at, _)| *at);
    (0..count)
        .map(|_| {
            let cut = first + choices.below(recording.len() - first + 1);
            let lost = recording.cut(cut, &mut choices, |disk| broken(&disk.join("state"), made, cut)).unwrap();
            (cut, lost)
        })
        .collect()
}

#[test]
fn after_a_power_cut_anywhere_everything_promised_is_there() {
    let (count, seed) = (if is_long() { 320 } else { 60 }, rotating());
    eprintln!("seed {seed}, {count} cut points");
    let dir = tempfile::tempdir().unwrap();
    let (recording, made) = recorded(dir.path(), 4, &[]);
    eprintln!("{recording:?}, {} flushes, {} promises", recording.flushes(), made.len());
    let lost: Vec<_> = cuts(&recording, &made, count, seed).into_iter().filter(|(_, lost)| !lost.is_empty()).collect();
    assert_eq!(lost, [], "promises broken");
}

/// Negative control: a disk that is never told to flush must lose promises, or the test above proves nothing.
#[test]
fn without_flushes_the_same_test_finds_promises_broken() {
    let (seed, dir) = (7, tempfile::tempdir().unwrap());
    let shim = preload::fsync_shim(dir.path()).unwrap().to_string_lossy().into_owned();
    let (recording, made) = recorded(dir.path(), 4, &[("LD_PRELOAD", &shim), ("TONGBAN_FSYNC", "lie")]);
    eprintln!("{recording:?}, {} flushes", recording.flushes());
    let end = recording.len();
    let lost = recording.cut(end, &mut Seed::new(seed), |disk| broken(&disk.join("state"), &made, end)).unwrap();
    eprintln!("lost: {lost:?}");
    assert!(!lost.is_empty(), "nothing lost although nothing was flushed");
}

/// Another seed every day, so that many mornings see many cuts; the seed is printed.
fn rotating() -> u64 {
    let days = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() / 86_400;
    std::env::var("TONGBAN_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(days)
}
