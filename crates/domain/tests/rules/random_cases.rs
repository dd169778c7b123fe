//! Random chains: whatever comes, the fold never panics and never ends a case by an illegal path.

use crate::support::*;
use proptest::prelude::*;
use std::collections::BTreeSet;
use tongban_domain::case::{Case, CaseStatus, sign_off_content};
use tongban_domain::event::{CloseCode, Delivery, Event, PresenceMethod, ShareAnswer, ShareOutcome, SharedRecord};
use tongban_domain::ids::CaseId;
use tongban_domain::item::material_state;

fn any_event() -> impl Strategy<Value = Event> {
    (0usize..33, 0u8..4, any::<bool>(), 0usize..3).prop_map(|(kind, n, flag, who)| event(kind, n, flag, who))
}

fn event(kind: usize, n: u8, flag: bool, who: usize) -> Event {
    let staff = ["a", "b", "c"][who].into();
    let word = || if flag { String::new() } else { n.to_string() };
    let requirement = ["m05", "m08", "m14"][who];
    let resource = ["social.firm_staff", "legal.charter", "none"][who].into();
    let method = [PresenceMethod::Face, PresenceMethod::Manual, PresenceMethod::Fingerprint][who];
    let id = print(u128::from(n % 2));
    match kind {
        0 => opened(),
        1 => identified(),
        2 => consent(method),
        3 => presence(),
        4 => chosen(&item(["jz_first", "cb", "sp"][who])),
        5 => {
            let outcome = if flag { ShareOutcome::Found } else { ShareOutcome::TimedOut };
            let fields = vec![("list".into(), word())];
            Event::ShareFetched {
                record: SharedRecord { resource, outcome, fields, answer_sha256: digest(n), took_ms: 1 },
            }
        }
        6 => Event::ShareAnswered { resource, answer: ShareAnswer::Confirmed },
        7 => Event::FormFilled { values: [("name".into(), text(&word()))].into() },
        8 => captured(n, requirement),
        9 => Event::PageRemoved { page: page(u128::from(n)) },
        10 => Event::PagesOrdered { requirement: requirement.into(), pages: vec![page(u128::from(n)), page(1)] },
        11 => signed_off(),
        12 => Event::Submitted { receipt: word(), delivery: Delivery::Pickup, offline: flag },
        13 => Event::Received { project_no: word() },
        14 => Event::Accepted { by: staff, document_no: word(), due: word(), hand: None },
        15 => Event::Reviewed { by: staff, passed: flag, opinion: "o".to_owned(), hand: None },
        16 => Event::Decided { by: staff, granted: !flag, opinion: word(), document_no: "d".to_owned(), hand: None },
        17 => granted()[4].clone(),
        18 => intended(u128::from(n % 2), &n.to_string()),
        19 => Event::PrintSent { print: id, job_uuid: word() },
        20 => Event::PrintDone { print: id },
        21 => print_confirmed(u128::from(n % 2), &n.to_string()),
        22 => Event::PrintVoided { print: id, spoiled: flag, reason: "r".to_owned() },
        23 => handed_over(),
        24 => {
            let codes = [CloseCode::Issued, CloseCode::Done, CloseCode::Voided, CloseCode::NotSupplied];
            Event::Closed { code: codes[usize::from(n)] }
        }
        25 if n == 0 => Event::Blocked { code: word() },
        26 if n == 0 => Event::Withdrawn { reason: word() },
        27 => Event::ProofIssued { number: word(), verify_token: word(), pdf_sha256: digest(n) },
        28 => Event::EvidenceViewed { by: staff, reason: word() },
        29 => Event::Continues { case: case_id() },
        30 if n == 0 => Event::HandedOn { text_version: 1 },
        31 => Event::ContinuedBy { case: CaseId(uuid::Uuid::from_u128(5)), station: "s".into() },
        _ => Event::PresenceProved {
            method,
            still: None,
            clip: None,
            score_milli: None,
            decided_by: Some(staff),
            reason: None,
        },
    }
}

/// What must be true of any chain a case agreed to, however it came about. Written on the
/// events alone, so that a mistake in the aggregate cannot hide itself.
fn judge(taken: &[Event], case: &Case) -> Result<(), TestCaseError> {
    let at = |wanted: fn(&Event) -> bool| taken.iter().position(wanted);
    let count = |wanted: fn(&Event) -> bool| taken.iter().filter(|event| wanted(event)).count();
    let submitted = at(|event| matches!(event, Event::Submitted { .. }));
    want(count(|event| matches!(event, Event::Submitted { .. })) <= 1, "submitted twice")?;
    want(count(|event| matches!(event, Event::Decided { .. })) <= 1, "decided twice")?;
    if let Some(end) = at(|event| matches!(event, Event::Closed { .. } | Event::Withdrawn { .. })) {
        want(
            taken[end + 1..].iter().all(|event| matches!(event, Event::EvidenceViewed { .. })),
            "an event after the end",
        )?;
        want(case.status().is_final(), "ended without a final status")?;
    }
    if let Some(handed) = at(|event| matches!(event, Event::HandedOver { .. })) {
        let granted = at(|event| matches!(event, Event::Decided { granted: true, .. }));
        let allotted = at(|event| matches!(event, Event::LicenceAllotted { .. }));
        want(
            submitted < granted && granted < allotted && allotted < Some(handed) && submitted.is_some(),
            "handed over without grant and number",
        )?;
        let live: BTreeSet<_> = confirmed_and_not_voided(&taken[..handed]);
        want(live.len() == 1, "handed over without a sheet in hand")?;
    }
    let reviewers: BTreeSet<_> =
        taken.iter().filter_map(|event| if let Event::Reviewed { by, .. } = event { Some(by) } else { None }).collect();
    let decider = taken.iter().find_map(|event| if let Event::Decided { by, .. } = event { Some(by) } else { None });
    want(decider.is_none_or(|by| !reviewers.contains(by)), "reviewer decided")?;
    if case.status() == CaseStatus::Closed && case.close_code() == Some(CloseCode::Issued) {
        let given = at(|event| matches!(event, Event::HandedOver { .. } | Event::ProofIssued { .. }));
        want(given > submitted && submitted.is_some(), "issued without hand-over or proof")?;
    }
    let blocked = at(|event| matches!(event, Event::Blocked { .. }));
    want(
        blocked.is_none_or(|from| {
            !taken[from..].iter().any(|e| matches!(e, Event::HandedOver { .. } | Event::Decided { .. }))
        }),
        "a blocked case went on",
    )?;
    Ok(())
}

fn want(holds: bool, otherwise: &'static str) -> Result<(), TestCaseError> {
    if holds { Ok(()) } else { Err(TestCaseError::fail(otherwise)) }
}

fn confirmed_and_not_voided(taken: &[Event]) -> BTreeSet<tongban_domain::ids::PrintId> {
    let mut sheets = BTreeSet::new();
    for event in taken {
        match event {
            Event::PrintConfirmed { print, .. } => {
                sheets.insert(*print);
            }
            Event::PrintVoided { print, .. } => {
                sheets.remove(print);
            }
            _ => {}
        }
    }
    sheets
}

/// Offers each event; a case keeps what it takes.
fn offer(case: &mut Case, taken: &mut Vec<Event>, event: Event) -> Result<(), TestCaseError> {
    let before = case.clone();
    if case.apply(&event).is_ok() {
        taken.push(event);
    } else {
        prop_assert!(*case == before, "a refused event changed the case");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn random_events_never_end_a_case_by_an_illegal_path(events in prop::collection::vec(any_event(), 0..80)) {
        let (mut case, mut taken) = (Case::new(case_id()), Vec::new());
        for event in events {
            offer(&mut case, &mut taken, event)?;
        }
        judge(&taken, &case)?;
        // Replaying what was taken gives the same case.
        prop_assert!(Case::fold(case_id(), &taken).unwrap() == case);
        let jz = item("jz_first");
        let _ = (case.next_step(Some(&jz)), case.complete(&jz), material_state(&jz, &case), sign_off_content(&case));
    }

    #[test]
    fn random_events_between_the_steps_of_a_real_case_do_no_harm(
        noise in prop::collection::vec((0usize..40, any_event()), 0..60), stop in 12usize..60,
    ) {
        let mut story = application(&item("jz_first"));
        story.extend(granted());
        story.extend([intended(9, "000777"), print_confirmed(9, "000777"), handed_over(), Event::Closed { code: CloseCode::Issued }]);
        let (mut case, mut taken) = (Case::new(case_id()), Vec::new());
        for (n, step) in story.into_iter().enumerate().take(stop) {
            for (_, event) in noise.iter().filter(|(at, _)| *at == n) {
                offer(&mut case, &mut taken, event.clone())?;
            }
            offer(&mut case, &mut taken, step)?;
        }
        judge(&taken, &case)?;
    }
}

#[test]
fn the_judge_sees_an_illegal_end() {
    let mut taken = vec![opened(), submitted(), handed_over()];
    let case = Case::new(case_id());
    assert!(judge(&taken, &case).is_err());
    taken.pop();
    taken.push(submitted());
    assert!(judge(&taken, &case).is_err());
}
