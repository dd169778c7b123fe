//! The workflow as data: order, branches, groups, returns, assignment; running cases keep their version.

use crate::laws::{accepted, hand, received, step, who};
use crate::support::*;
use tongban_domain::case::Case;
use tongban_domain::event::Event;
use tongban_domain::item::{Seat, ServiceItem, flow};

fn open(item: &ServiceItem, case: &Case) -> Vec<String> {
    flow(item, case).open.into_iter().map(|step| step.name).collect()
}

fn with_steps(steps: serde_json::Value) -> ServiceItem {
    let mut file: serde_json::Value = serde_json::from_str(&item("jz_first").to_json().unwrap()).unwrap();
    file["workflow"] = steps;
    ServiceItem::from_json(&file.to_string()).unwrap_or_else(|error| panic!("{error:?}"))
}

fn after(case: &Case, events: &[Event]) -> Case {
    let mut case = case.clone();
    for event in events {
        case.apply(event).unwrap_or_else(|error| panic!("{event:?}: {error}"));
    }
    case
}

#[test]
fn steps_open_one_after_another_and_a_return_opens_again_what_follows() {
    let item = item("jz_first");
    let case = received();
    assert_eq!(open(&item, &case), ["受理"]);
    let case = after(&case, &[accepted()]);
    assert_eq!(open(&item, &case), ["审查"]);
    let case = after(&case, &[step("审查", "r", true)]);
    assert_eq!(open(&item, &case), ["复核"]);
    assert!(item.may_return("复核", "审查") && !item.may_return("审查", "复核") && !item.may_return("审查", "受理"));
    let back = Event::StepReturned {
        step: "复核".into(),
        to: "审查".into(),
        by: who("s"),
        hand: hand(),
        reason: "缺核查记录".into(),
    };
    assert_eq!(open(&item, &after(&case, &[back])), ["审查"]);
    let case = after(&case, &[step("复核", "s", true)]);
    assert_eq!(
        (open(&item, &case), flow(&item, &case).done),
        (vec!["公示".to_owned()], ["受理", "审查", "复核"].map(String::from).to_vec())
    );
    let case = after(&case, &[step("公示", "system", true)]);
    assert_eq!(flow(&item, &case).open[0].seat, Seat::Decide);
}

#[test]
fn a_plain_review_is_the_open_review_step() {
    let item = item("sp");
    let case = after(&received(), &[accepted(), granted()[2].clone()]);
    assert_eq!(open(&item, &case), ["决定"]);
}

#[test]
fn branches_follow_the_form_and_groups_are_open_together() {
    let item = with_steps(serde_json::json!([
        {"name": "受理", "role": "窗口", "days": 1},
        {"name": "材料审查", "role": "承办人", "days": 2, "together": "g"},
        {"name": "现场核查", "role": "核查员", "days": 2, "together": "g", "when": {"field": "category", "equals": "building"}},
        {"name": "特种设备审查", "role": "专家", "days": 2, "together": "g", "when": {"field": "category", "equals": "municipal"}},
        {"name": "决定", "role": "负责人", "days": 1, "return_to": ["材料审查"]}
    ]));
    let case = after(&received(), &[accepted()]);
    assert_eq!(open(&item, &case), ["材料审查", "现场核查"]);
    let case = after(&case, &[step("现场核查", "c", true)]);
    assert_eq!(open(&item, &case), ["材料审查"]);
    let case = after(&case, &[step("材料审查", "r", true)]);
    assert_eq!(open(&item, &case), ["决定"]);
    assert!(item.may_return("决定", "材料审查") && !item.may_return("决定", "现场核查"));
}

#[test]
fn an_assignment_stands_at_its_step() {
    let item = item("jz_first");
    let assigned =
        Event::Assigned {
            step: "审查".into(), to: who("deputy"), by: who("chief"), reason: "承办人休假".into()
        };
    let case = after(&received(), &[accepted(), assigned]);
    assert_eq!(flow(&item, &case).open[0].assigned, Some(who("deputy")));
}

#[test]
fn a_running_case_keeps_the_steps_of_its_version() {
    let old = item("jz_first");
    let new = with_steps(serde_json::json!([
        {"name": "受理", "role": "窗口", "days": 1}, {"name": "初审", "role": "承办人", "days": 1},
        {"name": "决定", "role": "负责人", "days": 1}]));
    let case = after(&received(), &[accepted(), step("审查", "r", true)]);
    assert_eq!(open(&old, &case), ["复核"], "read with its own version");
    assert_eq!(open(&new, &case), ["初审"], "the new version knows nothing of its steps");
}

#[test]
fn a_workflow_that_contradicts_itself_is_refused() {
    let mut file: serde_json::Value = serde_json::from_str(&item("sp").to_json().unwrap()).unwrap();
    file["workflow"][1]["return_to"] = serde_json::json!(["决定"]);
    assert!(ServiceItem::from_json(&file.to_string()).is_err(), "a return to a later step");
    file["workflow"][1]["return_to"] = serde_json::json!([]);
    file["workflow"][1]["name"] = serde_json::json!("决定");
    assert!(ServiceItem::from_json(&file.to_string()).is_err(), "two steps of one name");
}
