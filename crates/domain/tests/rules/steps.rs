//! The wizard's next step.

use crate::support::*;
use tongban_domain::case::{CaseRuleError, Step};
use tongban_domain::event::{Event, ShareAnswer, ShareOutcome};
use tongban_domain::item::{ServiceItem, material_state};

fn step(item: &ServiceItem, events: &[Event]) -> Step {
    folded(events).next_step(Some(item))
}

#[test]
fn the_wizard_walks_through_every_step_of_a_full_application() {
    let item = item("jz_first");
    let events = application(&item);
    let mut walked = Vec::new();
    for end in 1..=events.len() {
        let next = step(&item, &events[..end]);
        if walked.last() != Some(&next) {
            walked.push(next);
        }
    }
    assert_eq!(walked, Step::ALL);
}

#[test]
fn a_shared_material_turns_to_capture_when_it_fails_or_is_objected_to() {
    let item = item("jz_first");
    let objection = ShareAnswer::Objected { reason: "x".to_owned() };
    let objected = Event::ShareAnswered { resource: "social.firm_staff".into(), answer: objection };
    let mut failures: Vec<Vec<Event>> = vec![vec![fetched(&item, "social.firm_staff"), objected]];
    use ShareOutcome::{Garbage, NoRecord, Refused, TimedOut, Unreachable};
    for outcome in [NoRecord, TimedOut, Refused, Garbage, Unreachable] {
        failures.push(vec![Event::ShareFetched { record: record(&item, "social.firm_staff", outcome) }]);
    }
    for failure in failures {
        let mut events = begun(&item);
        events.extend(all_shared(&item));
        events.extend(failure);
        let mut values = form_of(&item, &folded(&events));
        // The list comes from the failed call; the applicant types it.
        values.insert(
            "staff".into(),
            tongban_domain::event::Value::Rows(vec![row(&[("name", "王明"), ("number", "890121199001010336")])]),
        );
        events.push(Event::FormFilled { values });
        events.extend(CAPTURED.iter().zip(10..).map(|(requirement, n)| captured(n, requirement)));
        let states = material_state(&item, &folded(&events));
        let staff = states.iter().find(|state| state.requirement.0 == "m14").unwrap();
        assert!(staff.turned_to_capture && staff.is_missing() && !staff.no_paper);
        assert_eq!(states.iter().filter(|state| state.no_paper).count(), 6);
        assert_eq!(step(&item, &events), Step::Capture);
        assert_eq!(folded(&events).complete(&item), Err(CaseRuleError::Incomplete));
        events.push(captured(50, "m14"));
        assert_eq!(step(&item, &events), Step::SignOff);
    }
}

#[test]
fn a_proof_cannot_go_on_without_a_confirmed_answer() {
    let item = item("cb");
    let mut events = begun(&item);
    let values = folded(&events).prefill(&item).into_iter().map(|(id, value, _)| (id, value)).collect();
    events.push(Event::FormFilled { values });
    for outcome in [ShareOutcome::TimedOut, ShareOutcome::NoRecord] {
        events.push(Event::ShareFetched { record: record(&item, "social.person_payments", outcome) });
        assert_eq!(step(&item, &events), Step::Shares);
    }
    events.push(fetched(&item, "social.person_payments"));
    assert_eq!(step(&item, &events), Step::Shares);
    events.push(confirmed("social.person_payments"));
    assert_eq!(step(&item, &events), Step::Submit);
    // Another period needs another answer.
    let mut values = folded(&events).form().clone();
    values.insert("period".into(), text("last_12"));
    events.push(Event::FormFilled { values });
    assert_eq!(step(&item, &events), Step::Shares);
}

#[test]
fn a_call_with_a_condition_is_made_only_when_it_holds() {
    let item = item("bdc");
    let mut events = begun(&item);
    let mut values: tongban_domain::event::FormValues =
        folded(&events).prefill(&item).into_iter().map(|(id, value, _)| (id, value)).collect();
    let calls = |events: &[Event]| -> Vec<String> {
        folded(events).open_shares(&item).iter().map(|call| call.resource.0.clone()).collect()
    };
    events.push(Event::FormFilled { values: values.clone() });
    assert_eq!(calls(&events), ["realestate.person_register"]);
    values.insert("subject".into(), text("minor"));
    events.push(Event::FormFilled { values });
    assert_eq!(calls(&events), ["elicence.birth_certificate", "realestate.person_register"]);
}

#[test]
fn an_item_of_another_version_has_to_be_chosen_again() {
    let mut item = item("jz_first");
    let events = begun(&item);
    assert_eq!((folded(&events).next_step(None), step(&item, &events)), (Step::ChooseItem, Step::Shares));
    item.version = 2;
    assert_eq!(step(&item, &events), Step::ChooseItem);
}
