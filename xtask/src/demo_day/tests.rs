//! A small day in every run, the long one with `./dev test --long`.

use super::city::City;
use super::plan::Fate;
use super::{Options, judge, play};
use std::path::PathBuf;

fn options(cases: usize, days: usize, seed: u64) -> Options {
    println!("seed {seed}");
    Options { cases, days, seed, out: PathBuf::from("target/demo-day") }
}

fn whole(options: &Options) -> judge::Report {
    let report = play(options).expect("the days are played");
    println!("{}", report.table());
    assert!(report.faults.is_empty(), "{:#?}", report.faults);
    report
}

#[test]
fn a_demo_day_reconciles_and_a_resent_batch_changes_nothing() {
    let long = std::env::var("TONGBAN_LONG").is_ok_and(|long| long == "1");
    let (cases, days) = if long { (500, 20) } else { (48, 6) };
    let report = whole(&options(cases, days, 25));
    assert_eq!(report.by_item.len(), 9, "every item: {:?}", report.by_item);
    assert_eq!(report.by_region.len(), 5, "city, two counties, town, village: {:?}", report.by_region);
    assert_eq!(report.by_fate.len(), 14, "every fate: {:?}", report.by_fate);
    assert_eq!(report.resent, cases);
    for kind in [
        "ItemPublish",
        "ProjectApply",
        "ProjectAccept",
        "CorrectionNotice",
        "ProcessStep",
        "Result",
        "SpecialStart",
        "LicenceIssue",
    ] {
        assert!(report.messages.contains_key(kind), "{kind} in {:?}", report.messages);
    }
    assert!(report.messages.len() >= 13, "{:?}", report.messages);
    let (judged, unjudged) = (report.returns_judged, report.returns_unjudged);
    assert!(judged.0 * unjudged.1 < unjudged.0 * judged.1, "一次就成 saves returns: {judged:?} {unjudged:?}");
}

#[test]
fn the_books_are_not_deaf_a_case_left_out_or_a_forgotten_card_shows() {
    let options = options(24, 4, 26);
    let mut city = City::open(options.seed).expect("a city");
    play::days(&mut city, &options).expect("the days are played");
    let left_out = city.book.entries.pop().expect("an entry");
    let report = judge::books(&mut city, &options, 1.0).expect("books");
    assert!(report.faults.iter().any(|fault| fault.starts_with("received")), "{:#?}", report.faults);
    city.book.entries.push(left_out);
    let late = city.book.entries.iter_mut().find(|entry| entry.plan.fate == Fate::Late && entry.decided.is_some());
    let late = late.expect("a late case");
    late.decided = late.accepted;
    let report = judge::books(&mut city, &options, 1.0).expect("books");
    assert!(report.faults.iter().any(|fault| fault.starts_with("yellow card")), "{:#?}", report.faults);
}
