//! 13. **容缺.** Given only a deferrable material is missing and no bad credit, when the applicant signs
//!     the promise, then the case is accepted with a timer; late completion terminates it; a firm on the
//!     credit list cannot use it.

use crate::common::sample::{head, picture};
use crate::common::{FIRM, code_of};
use crate::hall::{Brings, Hall, at, catering};
use tongban_centre::brought::{BroughtPage, Slip, Verdict};
use tongban_centre::handling::{Act, Supplied};
use tongban_domain::case::CaseStatus;

fn defer(ids: &[&str]) -> Act {
    Act::Defer { missing: ids.iter().map(|id| (*id).into()).collect(), promise: head(0) }
}

#[test]
fn scenario_13_a_promise_opens_the_door_and_a_timer_closes_it() {
    let mut hall = Hall::open(1013, "2026-11-23");
    let brings = || Brings { without: &["m05"], ..catering() };
    let (kept, broken) = (hall.file(&brings()), hall.file(&brings()));
    for case in [kept, broken] {
        let unsigned = Act::Defer { missing: vec!["m05".into()], promise: vec![] };
        assert_eq!(hall.refused("window", case, &unsigned), "C105", "no promise without a signature");
        hall.acts("window", case, &defer(&["m05"]));
        assert_eq!(hall.status(case), CaseStatus::Accepted);
        assert_eq!(hall.papers(case), ["deferral_promise", "deferral", "acceptance"]);
    }
    assert!(hall.paper_text(kept, "deferral").contains("2026年11月30日"));

    // Review goes on; the result waits for the material.
    hall.review(kept);
    let grant = Act::Decide { granted: true, opinion: "同意".into() };
    assert_eq!(hall.refused("decider", kept, &grant), "C115");
    let page = Supplied {
        requirement: "m05".into(),
        picture: picture(120, 170, 90),
        thumb: picture(60, 85, 90),
        width: 120,
        height: 170,
    };
    hall.acts("window", kept, &Act::SupplyDeferred { pages: vec![page] });
    hall.acts("decider", kept, &grant);
    assert_eq!(hall.status(kept), CaseStatus::Making);

    hall.clock_to(at("2026-12-01", 0, 5));
    assert_eq!(hall.centre().lifecycle().round().unwrap().terminated, [broken]);
    assert_eq!(hall.status(broken), CaseStatus::Terminated);
    assert!(hall.paper_text(broken, "termination").contains("逾期未补齐"));
}

#[test]
fn scenario_13_not_with_bad_credit_not_for_main_materials_not_for_barred_items() {
    let mut hall = Hall::open(1113, "2026-11-23");
    let case = hall.file(&Brings { without: &["m05"], ..catering() });
    let supervisor = hall.who("supervisor");
    hall.centre().people().report_credit(&supervisor, FIRM, "拖欠处罚款").unwrap();
    assert_eq!(hall.refused("window", case, &defer(&["m05"])), "C115");
    hall.centre().people().repair_credit(&supervisor, FIRM, "已履行").unwrap();
    assert_eq!(hall.refused("window", case, &defer(&["m04"])), "C115", "m04 is a main material, m05 is missing too");
    hall.acts("window", case, &defer(&["m05"]));

    let main = hall.file(&Brings { without: &["m04"], ..catering() });
    assert_eq!(hall.refused("window", main, &defer(&["m04"])), "C115");
}

#[test]
fn scenario_13_a_deferred_material_comes_over_the_web_a_person_looks_and_the_day_it_came_counts() {
    let mut hall = Hall::open(2013, "2026-11-23");
    let brings = || Brings { without: &["m05"], ..catering() };
    let (kept, broken) = (hall.file(&brings()), hall.file(&brings()));
    for case in [kept, broken] {
        hall.acts("window", case, &defer(&["m05"]));
    }
    let page = |case| BroughtPage { case, requirement: "m05".into(), picture: picture(620, 880, 90) };
    let slip = |case| {
        let (receipt, password) = hall.slip(case);
        Slip { receipt, password, tail: "150113" }
    };
    let brought = hall.centre().brought();
    hall.clock_to(at("2026-11-30", 23, 50));
    let took = brought.bring(&slip(kept), &[page(kept)], true).unwrap();
    assert!(!took.corrected && took.receipts.len() == 1);
    assert_eq!(code_of(&brought.bring(&slip(kept), &[page(kept)], true).unwrap_err()), "C101", "it is being looked at");
    let grant = Act::Decide { granted: true, opinion: "同意".into() };
    hall.review(kept);
    assert_eq!(hall.refused("decider", kept, &grant), "C115", "brought is not yet taken");

    // The last day is over: what came in time waits for the hall, what did not ends its case.
    hall.clock_to(at("2026-12-01", 0, 5));
    assert_eq!(hall.centre().lifecycle().round().unwrap().terminated, [broken]);
    assert_eq!(
        code_of(&brought.bring(&slip(broken), &[page(broken)], true).unwrap_err()),
        "C101",
        "the case has ended"
    );

    let window = hall.who("window");
    let piece = brought.waiting(&window).unwrap().remove(0);
    assert_eq!((piece.case, piece.pages.len()), (kept, 1));
    assert!(brought.page(&window, kept, &piece.pages[0]).unwrap().bytes.starts_with(&[0xff, 0xd8]));
    assert_eq!(
        code_of(&brought.page(&window, broken, &piece.pages[0]).unwrap_err()),
        "C111",
        "not a file of that case"
    );
    assert_eq!(code_of(&brought.judge(&window, &piece.id, Some(" ")).unwrap_err()), "A105");
    assert_eq!(code_of(&brought.judge(&hall.who("decider"), &piece.id, None).unwrap_err()), "A104");
    brought.judge(&window, &piece.id, None).unwrap();
    assert_eq!(code_of(&brought.judge(&window, &piece.id, None).unwrap_err()), "C110", "once");
    hall.acts("decider", kept, &grant);
    assert_eq!(hall.status(kept), CaseStatus::Making);
    assert!(hall.centre().cases().verify(kept).unwrap().holds);
}

#[test]
fn scenario_13_what_is_sent_back_may_be_brought_again_until_the_last_day() {
    let mut hall = Hall::open(3013, "2026-11-23");
    let case = hall.file(&Brings { without: &["m05"], ..catering() });
    hall.acts("window", case, &defer(&["m05"]));
    let (receipt, password) = hall.slip(case);
    let slip = Slip { receipt, password, tail: "150113" };
    let page = || BroughtPage { case, requirement: "m05".into(), picture: picture(620, 880, 90) };
    let brought = hall.centre().brought();
    let window = hall.who("window");
    brought.bring(&slip, &[page()], true).unwrap();
    let first = brought.waiting(&window).unwrap().remove(0);
    brought.judge(&window, &first.id, Some("印章不清，请重拍")).unwrap();
    let asked = brought.asked(&slip).unwrap();
    assert!(matches!(&asked.owing[0].verdict, Some(Verdict::SentBack { reason, .. }) if reason == "印章不清，请重拍"));
    let told = hall.centre().notices().of_slip(receipt, password).unwrap();
    assert!(told.iter().any(|notice| notice.text.contains("印章不清，请重拍")));
    brought.bring(&slip, &[page()], true).unwrap();
    let second = brought.waiting(&window).unwrap().remove(0);
    brought.judge(&window, &second.id, None).unwrap();
    assert!(brought.asked(&slip).unwrap().owing.is_empty());
    assert_eq!(brought.asked(&slip).unwrap().receipts.len(), 2, "each time its own receipt");
}
