//! 14. **Four eyes.** Given 承办人 reviewed a 承诺件, when the same person tries to decide, then refused
//!     and logged.

use crate::hall::{Hall, construction};
use tongban_centre::handling::Act;
use tongban_centre::rights::Role;
use tongban_domain::case::CaseStatus;

#[test]
fn scenario_14_who_reviewed_does_not_decide_even_as_a_deputy() {
    let mut hall = Hall::open(1014, "2026-11-23");
    let both = hall.hire("both", &[Role::Reviewer, Role::Decider], "890100", "承办兼分管");
    let case = hall.file(&construction());
    hall.acts("window", case, &Act::Accept);
    let review = |step: &str| Act::Step { step: step.into(), passed: true, opinion: "符合条件".into() };
    hall.acts("both", case, &review("审查"));
    hall.acts("chief", case, &review("复核"));
    hall.acts("reviewer", case, &review("公示"));
    let grant = Act::Decide { granted: true, opinion: "同意".into() };
    assert_eq!(hall.refused("both", case, &grant), "C109");
    let log = hall.centre().staff().recent(200).unwrap();
    assert!(log.iter().any(|line| line.actor == both.id.0 && line.action == "case.decide" && line.result == "C109"));

    // The chief, who reviewed too, deputises for the decider on leave: still refused.
    let (decider, chief) = (hall.who("decider"), hall.who("chief"));
    hall.centre().organisation().leave(&decider, &decider.id, &chief.id, ("2026-11-23", "2026-11-27"), "出差").unwrap();
    assert_eq!(hall.refused("chief", case, &grant), "C109");
    // Somebody else deputises: allowed, from that post.
    hall.hire("deputy", &[Role::Chief], "890100", "副局长");
    let deputy = hall.who("deputy");
    assert_eq!(hall.refused("deputy", case, &grant), "A104", "a chief does not decide");
    hall.centre()
        .organisation()
        .leave(&decider, &decider.id, &deputy.id, ("2026-11-23", "2026-11-27"), "出差")
        .unwrap();
    hall.acts("deputy", case, &grant);
    assert_eq!(hall.status(case), CaseStatus::Making);
}
