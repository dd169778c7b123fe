//! SIGKILL at every labelled write point of the centre: nothing acknowledged is lost, nothing happens twice.

use crate::city::{self, copy, open, prepare};
use crate::ending::{check_promises, ending};
use crate::rotating;
use crate::story::{KILL, Story, TRACE, acks, run};
use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tongban_centre::storage::point;
use tongban_testkit::{Seed, is_long};

/// Of the points CI takes one part a day, another every day.
const PARTS: u64 = 2;
/// Threads that each cut stories of their own.
const AT_ONCE: usize = 3;

type Ending = BTreeMap<&'static str, String>;

/// A city ready for a day, and nothing for setting one up.
fn ready(template: &Path, dir: &Path, story: Story) {
    if story == Story::Day {
        copy(&template.join("centre"), &dir.join("centre"));
        copy(&template.join("spool"), &dir.join("spool"));
    }
}

/// A story nobody disturbed: its end, and how often it passed each point.
fn undisturbed(template: &Path, story: Story) -> (Ending, BTreeMap<String, u32>) {
    let dir = city::room();
    ready(template, dir.path(), story);
    let trace = dir.path().join("trace");
    let output = run(dir.path(), story, &[(TRACE, trace.to_str().unwrap())]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let mut passed = BTreeMap::new();
    for line in std::fs::read_to_string(&trace).unwrap().lines() {
        *passed.entry(line.to_owned()).or_insert(0) += 1;
    }
    (ending(dir.path(), story), passed)
}

/// Cuts at one passage of a point, holds what is left to its word, tells the story to its end; time of the next start.
fn survives(template: &Path, story: Story, cut: &str, expected: &Ending) -> Duration {
    let dir = city::room();
    ready(template, dir.path(), story);
    let output = run(dir.path(), story, &[(KILL, cut)]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.signal(), Some(9), "{cut} was not reached: {said}");
    let begun = Instant::now();
    drop(open(&dir.path().join("centre")).unwrap());
    let back = begun.elapsed();
    check_promises(dir.path(), &acks(&output), cut);
    let rest = run(dir.path(), story, &[]);
    assert!(rest.status.success(), "{cut}: {}", String::from_utf8_lossy(&rest.stdout));
    assert_eq!(&ending(dir.path(), story), expected, "{cut}");
    back
}

#[test]
fn killed_at_any_write_point_nothing_acknowledged_is_lost_and_nothing_happens_twice() {
    let template = city::room();
    prepare(template.path(), 1, true);
    let told = [Story::SetUp, Story::Day].map(|story| (story, undisturbed(template.path(), story)));
    // Every point of the table is passed, and no point that is not in it.
    let mut places = BTreeMap::new();
    for (story, (_, passed)) in &told {
        for (name, count) in passed {
            places.entry(name.clone()).or_insert((*story, *count));
        }
    }
    let missed: Vec<String> = point::all().into_iter().filter(|name| !places.contains_key(name)).collect();
    assert_eq!(missed, Vec::<String>::new(), "points the stories miss");
    assert_eq!(places.len(), point::all().len());
    let first = rotating();
    let seeds = if is_long() { seeds() } else { 1 };
    let mut cuts: Vec<(Story, String)> = (first..first + seeds).flat_map(|seed| chosen(&places, seed)).collect();
    if !is_long() {
        let part = |at: usize| at as u64 % PARTS == first % PARTS;
        cuts = cuts.into_iter().enumerate().filter(|(at, _)| part(*at)).map(|(_, cut)| cut).collect();
    }
    println!("seeds {first} and on, {} cuts at {} points", cuts.len(), places.len());
    let slowest = Mutex::new(Duration::ZERO);
    std::thread::scope(|scope| {
        for part in cuts.chunks(cuts.len().div_ceil(AT_ONCE)) {
            let (told, slowest, template) = (&told, &slowest, template.path());
            scope.spawn(move || {
                for (story, cut) in part {
                    let (_, (expected, _)) = told.iter().find(|(one, _)| one == story).unwrap();
                    let back = survives(template, *story, cut, expected);
                    let mut slowest = slowest.lock().unwrap();
                    *slowest = back.max(*slowest);
                }
            });
        }
    });
    println!("slowest start after a kill: {} ms", slowest.lock().unwrap().as_millis());
}

/// Seeds of the long version: twenty, or as many as `TONGBAN_KILL_SEEDS` says.
fn seeds() -> u64 {
    std::env::var("TONGBAN_KILL_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}

/// One passage of each point, as the seed says.
fn chosen(places: &BTreeMap<String, (Story, u32)>, seed: u64) -> Vec<(Story, String)> {
    let mut choices = Seed::new(seed);
    let one = |(name, (story, count)): (&String, &(Story, u32))| {
        (*story, format!("{name}:{}", 1 + choices.below(u64::from(*count))))
    };
    places.iter().map(one).collect()
}

/// Negative control: the same check finds an acknowledged action that is gone.
#[test]
fn a_centre_that_lost_an_acknowledged_action_would_be_found_out() {
    let template = city::room();
    prepare(template.path(), 1, true);
    let dir = city::room();
    ready(template.path(), dir.path(), Story::Day);
    let output = run(dir.path(), Story::Day, &[(KILL, "reveal.before")]);
    let acked = acks(&output);
    check_promises(dir.path(), &acked, "before the loss");
    let database = rusqlite::Connection::open(dir.path().join("centre/centre.db")).unwrap();
    assert_eq!(database.execute("DELETE FROM action WHERE kind = 'Closed'", []).unwrap(), 1);
    drop(database);
    let found = std::panic::catch_unwind(|| check_promises(dir.path(), &acked, "control"));
    assert!(found.is_err(), "the check let a lost action pass");
}
