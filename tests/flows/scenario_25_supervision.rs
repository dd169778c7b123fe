//! 25. **Supervision and exchange.** Given a demo day of 500 cases at 4 levels, then KPI totals reconcile
//!     (accepted = closed + open + terminated), red/yellow cards match the clock vectors, all cases exported as
//!     signed XML validate and are receipted, and a resent batch changes nothing.
//!
//! Here a small day: totals, cards and 一次就成; the exchange and the 500 cases have their own runs.

use crate::hall::{Brings, Hall, at, catering, missing};
use tongban_centre::handling::Act;
use tongban_centre::supervision::Colour;
use tongban_domain::case::CaseStatus;
use tongban_domain::event::PageVerdict;
use tongban_domain::limits::parse_date;

#[test]
fn scenario_25_totals_reconcile_and_cards_follow_the_clock() {
    let mut hall = Hall::open(1025, "2026-11-23");
    let (closed, open, withdrawn) = (hall.file(&catering()), hall.file(&catering()), hall.file(&catering()));
    let waiting = hall.file(&Brings { without: &["m04"], ..catering() });
    for case in [closed, open, withdrawn] {
        hall.acts("window", case, &Act::Accept);
    }
    hall.review(closed);
    hall.acts("decider", closed, &Act::Decide { granted: false, opinion: "经营场所不符合条件".into() });
    hall.acts("window", withdrawn, &Act::Withdraw { reason: "停业".into() });
    let item = hall.item("sp");
    hall.acts("window", waiting, &Act::AskCorrection { missing: missing(&item, &["m04"]), approval: None });
    assert_eq!(hall.status(closed), CaseStatus::Closed);

    let day = |text: &str| parse_date(text).unwrap();
    let figures =
        hall.centre().statistics().figures(&hall.who("manager"), day("2026-11-23"), day("2026-11-30")).unwrap();
    assert_eq!((figures.received, figures.accepted, figures.closed, figures.open, figures.terminated), (4, 3, 1, 1, 1));
    assert!(figures.reconcile());
    assert_eq!((figures.corrected.part, figures.corrected.whole), (1, 4));
    assert_eq!((figures.in_time.part, figures.in_time.whole, figures.early.part), (1, 1, 1));
    assert_eq!(figures.by_item["sp"], 3);

    // The projections are thrown away and made anew: the same figures, for they come from the journal.
    hall.centre().cases().rebuild().unwrap();
    let again = hall.centre().statistics().figures(&hall.who("manager"), day("2026-11-23"), day("2026-11-30")).unwrap();
    assert_eq!(again, figures);
    let journal =
        hall.centre().statistics().recount(&hall.who("manager"), day("2026-11-23"), day("2026-11-30")).unwrap();
    assert_eq!(journal, figures, "what is kept says what the journal says");

    // Five working days of promise end on 11-30; the day after is yellow, past ten it is red.
    let cards = |hall: &Hall| hall.centre().supervision().of_case(&hall.who("manager"), open).unwrap();
    let has =
        |hall: &Hall, colour, rule: &str| cards(hall).iter().any(|card| card.colour == colour && card.rule == rule);
    hall.clock_to(at("2026-11-30", 12, 0));
    hall.centre().lifecycle().round().unwrap();
    assert!(!has(&hall, Colour::Yellow, "promise"));
    hall.clock_to(at("2026-12-01", 9, 0));
    hall.centre().lifecycle().round().unwrap();
    assert!(has(&hall, Colour::Yellow, "promise") && !has(&hall, Colour::Red, "statutory"));
    hall.clock_to(at("2026-12-08", 9, 0));
    hall.centre().lifecycle().round().unwrap();
    assert!(has(&hall, Colour::Red, "statutory"));
    let count = cards(&hall).len();
    hall.centre().lifecycle().round().unwrap();
    assert_eq!(cards(&hall).len(), count, "a card is given once");

    // An appeal revokes it with a reason; it stays in the book.
    let red = cards(&hall).into_iter().find(|card| card.colour == Colour::Red).unwrap();
    let supervision = hall.centre().supervision();
    supervision.appeal(&hall.who("reviewer"), &red.id, "申请人要求延后核查").unwrap();
    supervision.answer_appeal(&hall.who("supervisor"), &red.id, true, "情况属实").unwrap();
    let after = cards(&hall);
    assert_eq!(after.len(), count);
    assert!(after.iter().any(|card| card.id == red.id && card.revoked.is_some()));
}

#[test]
fn scenario_25_a_promise_of_completeness_binds_and_a_broken_one_is_published() {
    let mut hall = Hall::open(1125, "2026-11-23");
    let case = hall.file(&catering());
    let completeness = hall.centre().completeness();
    let window = hall.who("window");
    assert!(completeness.issue(&window, case).is_err(), "nobody has looked at the pages");
    let view = hall.centre().cases().view(&window, case).unwrap();
    for page in view.materials.iter().flat_map(|material| &material.pages) {
        let verdict = PageVerdict { legible: Some(true), right_document: Some(true), ..PageVerdict::default() };
        completeness.look(&window, case, page.id, &verdict).unwrap();
    }
    let number = completeness.issue(&window, case).unwrap();
    assert!(hall.paper_text(case, "completeness").contains("不代表准予许可"));
    assert!(number.contains('齐'));

    let item = hall.item("sp");
    let ask = |approval: Option<String>| Act::AskCorrection { missing: missing(&item, &["m04"]), approval };
    assert_eq!(hall.refused("window", case, &ask(None)), "C112");
    let given = hall.centre().handling().approve(&hall.who("chief"), case, "规定变更").unwrap();
    hall.acts("window", case, &ask(Some(given.id)));
    let cards = hall.centre().supervision().of_case(&hall.who("manager"), case).unwrap();
    assert!(cards.iter().any(|card| card.rule.starts_with("avoidable") && card.text.contains("规定变更")));
    let day = |text: &str| parse_date(text).unwrap();
    let figures =
        hall.centre().statistics().figures(&hall.who("manager"), day("2026-11-23"), day("2026-11-23")).unwrap();
    assert_eq!((figures.avoidable.part, figures.avoidable.whole), (1, 1), "可避免的退回 is counted");
}
