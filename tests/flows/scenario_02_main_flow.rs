//! 2. **Main flow.** Given firm 宏远建设 and card 陈建国, when he applies 建筑业企业资质认定（首次）at a window,
//!    then four shared sources arrive one by one, 7 of 17 materials need no paper, the other needed ones are
//!    captured, he signs off by fingerprint, and a 收件回执 with 受理号+QR prints.
//!
//! Here as data and at the centre; swipe, camera and paper are driven by the journey in `tests/flows.rs`.

use crate::hall::{Hall, construction};
use tongban_centre::handling::Act;
use tongban_domain::case::CaseStatus;
use tongban_domain::event::ShareOutcome;
use tongban_domain::item::material_state;

#[test]
fn scenario_02_seven_of_seventeen_need_no_paper_and_the_case_goes_to_its_licence() {
    let mut hall = Hall::open(1002, "2026-11-23");
    let draft = hall.draft(&construction());
    let item = hall.item("jz_first");
    let sources: std::collections::BTreeSet<&str> = draft
        .case
        .shares()
        .values()
        .filter(|share| share.record.outcome == ShareOutcome::Found)
        .filter_map(|share| item.share(&share.record.resource))
        .map(|call| call.source_org.as_str())
        .collect();
    assert!(sources.len() >= 4, "four departments answered: {sources:?}");
    let states = material_state(&item, &draft.case);
    assert_eq!((states.len(), states.iter().filter(|state| state.no_paper).count()), (17, 7));
    assert!(states.iter().all(|state| !state.is_missing()), "everything needed was captured");
    assert!(draft.case.sign_off().is_some());
    let case = hall.submit(draft, tongban_domain::event::Delivery::Pickup);
    assert_eq!(hall.status(case), CaseStatus::Received);

    hall.acts("window", case, &Act::Accept);
    assert!(hall.paper_text(case, "acceptance").contains("示范市宏远建设有限公司"));
    hall.review(case);
    hall.grant(case);
    assert_eq!(hall.status(case), CaseStatus::Making);
    assert_eq!(hall.papers(case), ["acceptance", "grant"]);

    // Rule 9: every step says who, from which post, where, when by both clocks, and its document.
    let view = hall.centre().cases().view(&hall.who("reviewer"), case).unwrap();
    let step = view.timeline.iter().find(|line| line.title == "环节办理").unwrap();
    assert_eq!((step.who.as_str(), step.origin.as_str()), ("reviewer", "中心"));
    assert!(view.documents.iter().any(|(label, number)| *label == "受理通知书" && number.contains("许受〔2026〕")));
}
