//! 15. **并联.** Given 开办餐饮店, when applied once, then two child cases run in parallel from one form
//!     and one material set, a correction in one does not stop the other, and both licences are collected
//!     in one visit.

use crate::common::CARD_NUMBER;
use crate::hall::{Brings, Hall, catering, missing, text};
use tongban_centre::handling::Act;
use tongban_domain::case::CaseStatus;
use tongban_domain::clock::Ids as _;
use tongban_domain::event::Digest;
use tongban_domain::ids::{CaseId, PrintId};
use tongban_protocol::api::{LicenceStep, LicenceStepKind as Kind};

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

fn step(hall: &Hall, case: CaseId, step: Kind) {
    let (base, operator) = (hall.version(case), hall.who("operator").id);
    let step = LicenceStep { idem: hall.world.ids.next(), base, operator, step };
    hall.centre().licences().step(&hall.window.station, case, &step).unwrap();
}

#[test]
fn scenario_15_both_licences_are_collected_in_one_visit_and_the_joint_case_ends() {
    let mut hall = Hall::open(1115, "2026-11-23");
    let operator = hall.who("operator").id;
    let mut extra = catering().extra;
    extra.extend([("operation", text("hotel")), ("central_air", tongban_domain::event::Value::Bool(false))]);
    let parent = hall.file(&Brings { item: "canyin", extra, ..catering() });
    let manager = hall.who("manager");
    let parts = hall.centre().joint().parts(&manager, parent).unwrap();
    for part in &parts {
        let item = hall.centre().cases().row(&manager, *part).unwrap().item.unwrap().0;
        hall.centre().stock().add("test", &item.0, "000001", "000010", &operator).unwrap();
        hall.acts("window", *part, &Act::Accept);
        hall.review(*part);
        hall.acts("decider", *part, &Act::Decide { granted: true, opinion: "同意".into() });
        let (print, serial) = (PrintId(hall.world.ids.next()), "000001".to_owned());
        step(&hall, *part, Kind::Intend { print, serial: serial.clone(), pdf_sha256: Digest([7; 32]) });
        step(&hall, *part, Kind::Confirm { print, serial });
        assert_eq!(hall.status(*part), CaseStatus::Ready);
    }
    assert_eq!(hall.status(parent), CaseStatus::InReview, "two licences lie ready, nobody has come yet");

    // One swipe of the one who applied, both sheets over the counter.
    let queue = hall.centre().licences().queue(&hall.window.station).unwrap();
    assert_eq!(queue.iter().filter(|job| parts.contains(&job.case)).count(), 2, "both at the same window");
    let swipe = Kind::HandOver {
        number_sm3: Digest(tongban_crypto::sm3(CARD_NUMBER.as_bytes())),
        line_sha256: Digest([2; 32]),
    };
    parts.iter().for_each(|part| step(&hall, *part, swipe.clone()));
    assert!(parts.iter().all(|part| hall.status(*part) == CaseStatus::Closed));
    assert_eq!(hall.status(parent), CaseStatus::Closed, "the joint case ends with its last part");
}
