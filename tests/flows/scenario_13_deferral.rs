//! 13. **容缺.** Given only a deferrable material is missing and no bad credit, when the applicant signs
//!     the promise, then the case is accepted with a timer; late completion terminates it; a firm on the
//!     credit list cannot use it.

use crate::common::FIRM;
use crate::common::sample::{head, picture};
use crate::hall::{Brings, Hall, at, catering};
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
