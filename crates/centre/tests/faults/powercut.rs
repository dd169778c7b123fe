//! The power goes at any point, above all right after an acknowledgement: what was signed for is there.

use crate::city::{self, copy, prepare};
use crate::morning::{Promise, broken, failure, promises, run};
use crate::rotating;
use std::path::Path;
use std::process::Command;
use tongban_testkit::powercut::{LOG_ENV, Recorder, Recording};
use tongban_testkit::{Seed, is_long, preload};

/// Records a morning on a disk of its own; bundles come from a disk that keeps its power.
fn recorded(dir: &Path, extra: &[(&str, &str)]) -> (Recording, Vec<Promise>) {
    prepare(dir, 4, false);
    let recorder = Recorder::start(dir, 64).unwrap();
    let data = recorder.mount().join("centre");
    copy(&dir.join("centre"), &data);
    assert!(Command::new("sync").arg("-f").arg(recorder.mount()).status().unwrap().success());
    let log = recorder.log().to_string_lossy().into_owned();
    let mut environment = vec![(LOG_ENV, log.as_str())];
    environment.extend_from_slice(extra);
    let output = run(&data, &dir.join("spool"), &environment);
    assert!(output.status.success() && failure(&output).is_none(), "{}", String::from_utf8_lossy(&output.stdout));
    let made = promises(&output);
    (recorder.finish().unwrap(), made)
}

#[test]
fn after_a_power_cut_anywhere_everything_signed_for_is_there() {
    let (count, seed) = (if is_long() { 320 } else { 60 }, rotating());
    let dir = city::room();
    let (recording, made) = recorded(dir.path(), &[]);
    println!("seed {seed}, {recording:?}, {} flushes, {} promises", recording.flushes(), made.len());
    let mut choices = Seed::new(seed);
    // Right after each receipt, the rest anywhere.
    let mut cuts: Vec<u64> = made.iter().filter(|(_, words)| words[0] == "receipt").map(|(at, _)| *at).collect();
    let receipts = cuts.len();
    assert!(receipts >= 4, "{made:?}");
    let first = made[0].0;
    cuts.resize_with(count, || first + choices.below(recording.len() - first + 1));
    let mut lost = Vec::new();
    for cut in cuts {
        let look = |disk: &Path| broken(&disk.join("centre"), &dir.path().join("spool"), &made, cut);
        let found = recording.cut(cut, &mut choices, look).unwrap();
        lost.extend((!found.is_empty()).then_some((cut, found)));
    }
    assert_eq!(lost, [], "promises broken");
    println!("{count} cuts, {receipts} of them right after a receipt");
}

/// Negative control: a server whose disk is never told to flush must lose what it signed for.
#[test]
fn without_flushes_the_same_test_finds_receipts_broken() {
    let dir = city::room();
    let shim = preload::fsync_shim(dir.path()).unwrap().to_string_lossy().into_owned();
    let (recording, made) = recorded(dir.path(), &[("LD_PRELOAD", &shim), ("TONGBAN_FSYNC", "lie")]);
    let last = made.iter().rev().find(|(_, words)| words[0] == "receipt").unwrap().0;
    let look = |disk: &Path| broken(&disk.join("centre"), &dir.path().join("spool"), &made, last);
    let lost = recording.cut(last, &mut Seed::new(7), look).unwrap();
    println!("{} flushes, lost: {lost:?}", recording.flushes());
    assert!(
        lost.iter().any(|line| line.contains("signed for and is lost")),
        "nothing lost although nothing was flushed"
    );
}
