//! The machine under the centre: a disk that fills at any write, one whose flushes fail, one that cannot be written.

use crate::city::{self, copy, open, prepare, spool};
use crate::morning::{broken, failure, promises, run};
use crate::rotating;
use std::path::Path;
use std::process::Command;
use tongban_testkit::disk::Tmpfs;
use tongban_testkit::{Seed, is_long, preload};

/// Codes a server that cannot write may answer: its database, or a file.
const CODES: [&str; 2] = ["S106", "S103"];

/// What the files below a folder take on a disk of 4 KiB blocks, KiB.
fn kib(dir: &Path) -> u64 {
    let one = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        if path.is_dir() { kib(&path) } else { path.metadata().unwrap().len().div_ceil(4096) * 4 }
    };
    std::fs::read_dir(dir).unwrap().map(one).sum()
}

/// The morning goes on from whatever a fault left, and ends with each case once.
fn goes_on(data: &Path, from: &Path, what: &str) {
    let again = run(data, from, &[]);
    assert!(again.status.success() && failure(&again).is_none(), "{what}: {:?}", failure(&again));
    let centre = open(data).unwrap();
    assert_eq!(centre.cases().dump().unwrap().lines().count(), spool(from).len(), "{what}: each case once");
    assert_eq!(broken(data, from, &promises(&again), u64::MAX), Vec::<String>::new(), "{what}");
}

#[test]
fn a_disk_that_fills_at_any_write_loses_nothing_signed_for() {
    let dir = city::room();
    prepare(dir.path(), 2, false);
    let from = dir.path().join("spool");
    let start = kib(&dir.path().join("centre")) + 32;
    let step = if is_long() { 16 } else { 192 };
    let (mut full, mut size) = (0, start);
    loop {
        let disk = Tmpfs::mount(&dir.path().join(format!("disk{size}")), size).unwrap();
        let data = disk.path().join("centre");
        copy(&dir.path().join("centre"), &data);
        let output = run(&data, &from, &[]);
        let (made, said) = (promises(&output), failure(&output));
        disk.resize(64 * 1024).unwrap();
        assert_eq!(broken(&data, &from, &made, u64::MAX), Vec::<String>::new(), "{size} KiB");
        goes_on(&data, &from, &format!("{size} KiB"));
        let Some((code, said)) = said else { break };
        assert!(CODES.contains(&code.as_str()), "{size} KiB: {code} {said}");
        full += 1;
        size += step;
    }
    println!("{full} sizes from {start} KiB were too small, {size} KiB are enough");
    assert!(full >= 3, "the disk was never full");
}

#[test]
fn after_a_failed_flush_nothing_more_is_signed_for_and_nothing_signed_for_is_lost() {
    let dir = city::room();
    prepare(dir.path(), 2, false);
    let from = dir.path().join("spool");
    let shim = preload::fsync_shim(dir.path()).unwrap().to_string_lossy().into_owned();
    let counted = dir.path().join("calls");
    let plan = format!("count:{}", counted.display());
    let data = dir.path().join("counted");
    copy(&dir.path().join("centre"), &data);
    let output = run(&data, &from, &[("LD_PRELOAD", &shim), ("TONGBAN_FSYNC", &plan)]);
    assert!(failure(&output).is_none());
    let whole = promises(&output).len();
    let total = std::fs::read_to_string(&counted).unwrap().lines().count();
    let (tries, seed) = (if is_long() { total } else { 8 }, rotating());
    let (mut choices, mut refused) = (Seed::new(seed), 0);
    println!("seed {seed}: {tries} of {total} flushes");
    for index in 0..tries {
        let at = if is_long() { index + 1 } else { 1 + choices.below(total as u64) as usize };
        let data = dir.path().join(format!("centre{at}_{index}"));
        copy(&dir.path().join("centre"), &data);
        let output = run(&data, &from, &[("LD_PRELOAD", &shim), ("TONGBAN_FSYNC", &format!("fail:{at}"))]);
        let (made, said) = (promises(&output), failure(&output));
        // The last flushes only tidy up when the store is closed.
        let tidying = said.is_none() && made.len() == whole;
        let known = said.as_ref().is_some_and(|(code, _)| CODES.contains(&code.as_str()));
        assert!(tidying || known, "flush {at}: {said:?}");
        refused += usize::from(!tidying);
        assert_eq!(broken(&data, &from, &made, u64::MAX), Vec::<String>::new(), "flush {at}");
        goes_on(&data, &from, &format!("flush {at}"));
        std::fs::remove_dir_all(&data).unwrap();
    }
    assert!(refused * 10 >= tries * 7, "{refused} of {tries} were noticed");
}

#[test]
fn a_disk_that_cannot_be_written_is_said_and_left_as_it_is() {
    let dir = city::room();
    prepare(dir.path(), 1, false);
    let from = dir.path().join("spool");
    let disk = Tmpfs::mount(&dir.path().join("disk"), 64 * 1024).unwrap();
    let data = disk.path().join("centre");
    copy(&dir.path().join("centre"), &data);
    let made = promises(&run(&data, &from, &[]));
    assert!(made.iter().any(|(_, words)| words[0] == "receipt"), "control: with a good disk it goes through");
    disk.read_only(true).unwrap();
    let sum = || Command::new("sh").arg("-c").arg("find . -type f | sort | xargs cksum").current_dir(&data).output();
    let before = sum().unwrap().stdout;
    let (code, said) = failure(&run(&data, &from, &[])).expect("a server that cannot write says so");
    assert!(CODES.contains(&code.as_str()), "{code} {said}");
    assert_eq!(sum().unwrap().stdout, before);
    disk.read_only(false).unwrap();
    assert_eq!(broken(&data, &from, &made, u64::MAX), Vec::<String>::new());
}
