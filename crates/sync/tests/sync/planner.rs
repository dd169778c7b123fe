//! The planner: any order, duplicates and cuts lead to the same end.

use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use tongban_domain::ids::CaseId;
use tongban_sync::{CaseQueue, LocalState, Operation, next_due, plan};
use uuid::Uuid;

fn case(number: u8) -> CaseId {
    CaseId(Uuid::from_bytes([number; 16]))
}

fn queue(number: u8, place: u64, quarantined: bool, due_ms: u64) -> CaseQueue {
    CaseQueue { case: case(number), place, quarantined, due_ms }
}

fn quiet(cases: Vec<CaseQueue>, lanes: usize) -> LocalState {
    LocalState { cases, lanes, heartbeat_due_ms: u64::MAX, purge_due_ms: u64::MAX, ..LocalState::default() }
}

fn uploads(operations: &[Operation]) -> Vec<CaseId> {
    let case = |operation: &Operation| match operation {
        Operation::Upload { case, .. } => Some(*case),
        _ => None,
    };
    operations.iter().filter_map(case).collect()
}

prop_compose! {
    fn any_state()(
        cases in prop::collection::vec((0_u8..12, 0_u64..20, prop::bool::weighted(0.2), 0_u64..30), 0..30),
        busy in prop::collection::btree_set(0_u8..12, 0..4),
        lanes in 0_usize..6,
        left in 0_u32..100,
        ahead in prop::collection::vec(0_u32..100, 0..4),
        dues in (0_u64..30, 0_u64..30, 0_u64..30, prop::option::of(0_u64..30)),
    ) -> LocalState {
        LocalState {
            cases: cases.into_iter().map(|(number, place, aside, due)| queue(number, place, aside, due)).collect(),
            in_flight: busy.into_iter().map(case).collect(),
            lanes,
            lease_left: left,
            lease_ahead: ahead,
            lease_min: 50,
            lease_ask: 200,
            lease_due_ms: dues.0,
            heartbeat_due_ms: dues.1,
            purge_due_ms: dues.2,
            renew_due_ms: dues.3,
        }
    }
}

proptest! {
    #[test]
    fn order_and_repetition_of_the_state_do_not_matter(state in any_state(), now in 0_u64..30, turn in 0_usize..30) {
        let mut shuffled = state.clone();
        shuffled.cases.reverse();
        let middle = turn.min(shuffled.cases.len());
        shuffled.cases.rotate_left(middle);
        let again = shuffled.cases.clone();
        shuffled.cases.extend(again);
        prop_assert_eq!(plan(&state, now), plan(&shuffled, now));
        prop_assert_eq!(next_due(&state, now), next_due(&shuffled, now));
    }

    #[test]
    fn a_plan_is_sorted_and_never_more_than_the_lanes_nor_a_case_twice_or_held_back(state in any_state(), now in 0_u64..30) {
        let operations = plan(&state, now);
        prop_assert!(operations.is_sorted());
        let sent = uploads(&operations);
        prop_assert!(sent.len() + state.in_flight.len() <= state.lanes.max(state.in_flight.len()));
        prop_assert_eq!(sent.iter().collect::<BTreeSet<_>>().len(), sent.len());
        for case in sent {
            prop_assert!(!state.in_flight.contains(&case));
            prop_assert!(!state.cases.iter().any(|queue| queue.case == case && queue.quarantined));
            prop_assert!(state.cases.iter().any(|queue| queue.case == case && queue.due_ms <= now));
        }
    }

    #[test]
    fn between_now_and_the_next_due_time_the_plan_does_not_grow(state in any_state(), now in 0_u64..30, step in 0_u64..30) {
        let later = now + step;
        if next_due(&state, now).is_none_or(|due| later < due) {
            prop_assert_eq!(plan(&state, now), plan(&state, later));
        }
    }

    /// A world of cases with bundles, and a line that loses requests and answers: whatever
    /// happens on the way, in the end the centre holds every bundle once and in order.
    #[test]
    fn any_cuts_and_duplicates_lead_to_the_same_end(
        sizes in prop::collection::vec(1_usize..5, 1..8),
        lanes in 1_usize..5,
        mut chances in prop::collection::vec(0_u8..4, 0..200),
    ) {
        let mut waiting: BTreeMap<u8, Vec<usize>> =
            sizes.iter().zip(0_u8..).map(|(count, number)| (number, (0..*count).collect())).collect();
        let mut centre: BTreeMap<u8, Vec<usize>> = BTreeMap::new();
        let mut retries: BTreeMap<u8, u64> = BTreeMap::new();
        let (mut now, mut rounds) = (0, 0);
        loop {
            let cases = waiting.iter().filter(|(_, bundles)| !bundles.is_empty());
            let cases: Vec<_> = cases
                .map(|(number, _)| queue(*number, u64::from(*number), false, retries.get(number).copied().unwrap_or(0)))
                .collect();
            let state = quiet(cases, lanes);
            let sent = uploads(&plan(&state, now));
            if sent.is_empty() {
                match next_due(&state, now).filter(|due| *due != u64::MAX) {
                    Some(due) => now = due,
                    None => break,
                }
                continue;
            }
            for case in sent {
                let number = case.0.as_bytes()[0];
                let bundle = waiting[&number][0];
                let (arrives, answered) = match chances.pop() {
                    Some(0) => (false, false),
                    Some(1) => (true, false),
                    _ => (true, true),
                };
                if arrives {
                    let held = centre.entry(number).or_default();
                    if !held.contains(&bundle) {
                        held.push(bundle);
                    }
                }
                if answered {
                    waiting.get_mut(&number).expect("a case of the model").remove(0);
                } else {
                    retries.insert(number, now + 3);
                }
            }
            rounds += 1;
            prop_assert!(rounds < 1000, "the plan does not come to an end");
        }
        let expected: BTreeMap<u8, Vec<usize>> =
            sizes.iter().zip(0_u8..).map(|(count, number)| (number, (0..*count).collect())).collect();
        prop_assert_eq!(centre, expected);
    }
}

#[test]
fn older_cases_go_first_and_lanes_are_kept_to() {
    let cases = vec![queue(3, 30, false, 0), queue(1, 10, false, 0), queue(2, 20, false, 0)];
    let mut state = quiet(cases, 2);
    assert_eq!(uploads(&plan(&state, 0)), [case(1), case(2)]);
    state.in_flight.insert(case(1));
    assert_eq!(uploads(&plan(&state, 0)), [case(2)]);
    state.lanes = 0;
    assert!(plan(&state, 0).is_empty());
}

#[test]
fn a_plan_reads_as_words() {
    let mut state = quiet(vec![queue(1, 1, false, 0)], 1);
    (state.heartbeat_due_ms, state.purge_due_ms, state.lease_min, state.lease_ask) = (0, 0, 5, 200);
    (state.lease_ahead, state.renew_due_ms) = (vec![9, 0], Some(0));
    let words: Vec<_> = plan(&state, 0).iter().map(ToString::to_string).collect();
    let upload = format!("upload case {}", case(1));
    let renew = "renew the certificate";
    assert_eq!(words, ["heartbeat", "ask for 200 receipt numbers", upload.as_str(), "purge", renew]);
    state.lease_left = 5;
    assert_eq!(
        plan(&state, 0)[1],
        Operation::AskLease { count: 200, days_ahead: 2 },
        "today first, then the days ahead"
    );
}
