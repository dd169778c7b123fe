//! 15. **并联.** Given 开办餐饮店, when applied once, then two child cases run in parallel from one form
//!     and one material set, a correction in one does not stop the other, and both licences are collected
//!     in one visit.

use crate::hall::{Brings, Hall, catering, missing, text};
use tongban_centre::handling::Act;
use tongban_domain::case::CaseStatus;

#[test]
fn scenario_15_one_form_two_cases_two_licences() {
    let mut hall = Hall::open(1015, "2026-11-23");
    let mut extra = catering().extra;
    extra.extend([("operation", text("hotel")), ("central_air", tongban_domain::event::Value::Bool(false))]);
    let parent = hall.file(&Brings { item: "canyin", extra, ..catering() });
    assert_eq!(hall.status(parent), CaseStatus::InReview);
    let manager = hall.who("manager");
    let parts = hall.centre().joint().parts(&manager, parent).unwrap();
    assert_eq!(parts.len(), 2);
    let item_of = |id| hall.centre().cases().row(&manager, id).unwrap().item.unwrap().0.0;
    let food = *parts.iter().find(|id| item_of(**id) == "sp").unwrap();
    let health = *parts.iter().find(|id| item_of(**id) == "ws").unwrap();
    assert!(parts.iter().all(|id| hall.status(*id) == CaseStatus::Received));

    // One form, read under each child's own names.
    let form = hall.centre().joint().form(&manager, health).unwrap();
    let whole = hall.centre().joint().form(&manager, food).unwrap();
    assert_eq!(form[&"address".into()], whole[&"premises".into()]);

    // A correction in one does not stop the other.
    let sp = hall.item("sp");
    hall.acts("window", food, &Act::AskCorrection { missing: missing(&sp, &["m04"]), approval: None });
    hall.acts("window", health, &Act::Accept);
    assert_eq!((hall.status(food), hall.status(health)), (CaseStatus::Correction, CaseStatus::Accepted));
    let grant = Act::Decide { granted: true, opinion: "按承诺准予".into() };
    hall.acts("decider", health, &grant);
    assert_eq!(hall.status(health), CaseStatus::Making);
    assert_eq!(hall.status(parent), CaseStatus::InReview);

    // The whole is handled in its parts only.
    assert_eq!(hall.refused("decider", parent, &grant), "C101");

    // The other part is withdrawn; the joint case waits for the licence of the first.
    hall.acts("window", food, &Act::Withdraw { reason: "改做外卖".into() });
    assert_eq!(hall.status(parent), CaseStatus::InReview);
    assert!(hall.titles(parent).contains(&"子件结束".to_owned()));
    assert!(hall.centre().cases().verify(health).unwrap().holds);
    assert!(hall.centre().cases().verify(parent).unwrap().holds);
}
