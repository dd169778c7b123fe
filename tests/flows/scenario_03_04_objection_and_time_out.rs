//! 3. **Confirm with objection.** Given 吴昊's 社保 record is wrong, when he marks 有异议, then that material
//!    switches to capture, the objection is in the case and on the provider's page, and the flow continues.
//! 4. **Share time-out.** Given the 社保 connector does not answer, when 马依娜 applies, then after ≤12 s she
//!    is offered capture or wait, nothing else is lost, and when the connector returns the data is verified in
//!    the background.
//!
//! Here as data; the seconds on the screen belong to the terminal's own flows.

use crate::common::Draft;
use crate::common::sample::{begin, picture};
use crate::common::{FIRM, code_of};
use crate::hall::{Hall, construction};
use tongban_centre::rights::Role;
use tongban_domain::case::{CaseStatus, Step};
use tongban_domain::clock::Ids as _;
use tongban_domain::event::{Digest, Event, ShareAnswer, ShareOutcome, SharedRecord};
use tongban_domain::ids::PageId;
use tongban_domain::item::material_state;

const STAFF: &str = "social.firm_staff";

fn record(outcome: ShareOutcome) -> SharedRecord {
    let found = outcome == ShareOutcome::Found;
    let fields = if found { crate::common::sample::answer(STAFF) } else { vec![] };
    SharedRecord { resource: STAFF.into(), outcome, fields, answer_sha256: Digest([3; 32]), took_ms: 10_400 }
}

fn material(hall: &Hall, draft: &Draft) -> tongban_domain::item::MaterialState {
    let item = hall.item("jz_first");
    let states = material_state(&item, &draft.case);
    states.into_iter().find(|state| state.requirement.0 == "m14").unwrap()
}

fn capture(hall: &mut Hall, draft: &mut Draft) {
    let blob = draft.blob(&hall.window, &picture(120, 170, 80), "image/jpeg");
    let thumb = draft.blob(&hall.window, &picture(60, 85, 80), "image/jpeg");
    let page = PageId(hall.window.ids.next());
    let captured = Event::PageCaptured { page, requirement: "m14".into(), blob, thumb, width: 120, height: 170 };
    draft.say(&mut hall.window, captured);
}

#[test]
fn scenario_03_an_objection_turns_the_material_to_capture_and_the_flow_goes_on() {
    let mut hall = Hall::open(1003, "2026-11-23");
    let mut draft = hall.draft(&construction());
    assert!(material(&hall, &draft).no_paper);
    let answer = ShareAnswer::Objected { reason: "人员名单缺两人".into() };
    draft.say(&mut hall.window, Event::ShareAnswered { resource: STAFF.into(), answer: answer.clone() });
    let state = material(&hall, &draft);
    assert!(state.turned_to_capture && state.is_missing());
    let item = hall.item("jz_first");
    assert_eq!(draft.case.next_step(Some(&*item)), Step::Capture, "the flow goes on at the camera");
    capture(&mut hall, &mut draft);
    assert!(!material(&hall, &draft).is_missing());
    assert_eq!(draft.case.shares()[&STAFF.into()].answer, Some(answer), "the objection stays in the case");

    // Handed in, it is on the page of the department whose record it is, until that department answers.
    hall.finish(&mut draft);
    let case = hall.submit(draft, tongban_domain::event::Delivery::Pickup);
    assert_eq!(hall.status(case), CaseStatus::Received);
    let provider = hall.hire("provider", &[Role::Provider], "890100", "社保数据管理");
    let sharing = hall.centre().sharing();
    let told = sharing.objections(&provider).unwrap();
    assert_eq!((told.len(), told[0].resource.as_str(), told[0].reason.as_str()), (1, STAFF, "人员名单缺两人"));
    assert_eq!(code_of(&sharing.objections(&hall.who("window")).unwrap_err()), "A104");
    assert_eq!(
        code_of(&sharing.answer_objection(&hall.who("chief"), &told[0].id, true, "已更正").unwrap_err()),
        "A104"
    );
    sharing.answer_objection(&provider, &told[0].id, true, "已补录两人").unwrap();
    assert!(sharing.answer_objection(&provider, &told[0].id, false, "再答").is_err(), "once");
    assert!(sharing.objections(&provider).unwrap()[0].answer.is_some());
}

#[test]
fn scenario_04_a_time_out_costs_one_capture_and_the_late_answer_is_kept_beside() {
    let mut hall = Hall::open(1004, "2026-11-23");
    let item = hall.item("jz_first");
    let mut draft = begin(&mut hall.window, &item, Some(FIRM));
    draft.say(&mut hall.window, Event::ShareFetched { record: record(ShareOutcome::TimedOut) });
    let state = material(&hall, &draft);
    assert!(state.turned_to_capture && state.by_capture, "she is offered the camera");
    assert!(record(ShareOutcome::TimedOut).took_ms <= 12_000);
    capture(&mut hall, &mut draft);
    assert!(!material(&hall, &draft).is_missing());

    // Submitted, then the department answers: kept as a late record, nothing signed off changes.
    let mut case = hall.draft(&construction()).case;
    let before = tongban_domain::case::sign_off_content(&case);
    let submitted =
        Event::Submitted { receipt: "1".into(), delivery: tongban_domain::event::Delivery::Pickup, offline: false };
    case.apply(&submitted).unwrap();
    case.apply(&Event::ShareFetched { record: record(ShareOutcome::Found) }).unwrap();
    assert_eq!(case.late_records().len(), 1);
    assert_eq!((tongban_domain::case::sign_off_content(&case), case.status()), (before, CaseStatus::Submitted));
}
