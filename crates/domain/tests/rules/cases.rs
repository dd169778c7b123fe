//! The case's rules, each with its negative control.

use crate::support::*;
use tongban_domain::case::{Case, CaseRuleError, CaseStatus, PrintState, Seen};
use tongban_domain::clock::WallTime;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{CloseCode, Delivery, Event, PresenceMethod, ShareAnswer, ShareOutcome};
use tongban_domain::ids::{CaseId, StationId};

fn refused(events: &[Event], next: &Event) -> CaseRuleError {
    let mut case = folded(events);
    let before = case.clone();
    let error = case.apply(next).expect_err("the event must be refused");
    assert!(case == before, "a refused event changes nothing");
    error
}

#[test]
fn a_licence_goes_from_the_first_swipe_to_the_hand_over() {
    let item = item("jz_first");
    let mut events = application(&item);
    assert_eq!(folded(&events).complete(&item), Ok(()));
    events.extend(granted());
    assert_eq!(folded(&events).status(), CaseStatus::Making);
    events.push(intended(1, "000123"));
    events.push(Event::PrintSent { print: print(1), job_uuid: "urn:uuid:1".to_owned() });
    events.push(Event::PrintDone { print: print(1) });
    assert_eq!(folded(&events).live_print().unwrap().state, PrintState::Done);
    events.push(print_confirmed(1, "000123"));
    assert_eq!(folded(&events).status(), CaseStatus::Ready);
    events.push(handed_over());
    events.push(Event::Closed { code: CloseCode::Issued });
    let case = folded(&events);
    assert_eq!((case.status(), case.close_code()), (CaseStatus::Closed, Some(CloseCode::Issued)));
    assert_eq!(case.confirmed_print().unwrap().serial, "000123");
    assert_eq!(case.receipt(), Some("89010226112300100015"));
    // Nothing after the end, but a look at the evidence is still recorded.
    assert!(matches!(refused(&events, &identified()), CaseRuleError::Status { .. }));
    events.push(Event::EvidenceViewed { by: "m".into(), reason: "抽查".to_owned() });
    assert_eq!(folded(&events).status(), CaseStatus::Closed);
    assert_eq!(format!("{:?}", folded(&events)).matches("陈建国").count(), 0);
}

#[test]
fn every_wizard_fact_rests_on_the_one_before_it() {
    let item = item("jz_first");
    let facts = begun(&item);
    for missing in 0..facts.len() - 1 {
        let mut shorter = facts.clone();
        shorter.remove(missing);
        let error = Case::fold(case_id(), &shorter).expect_err("a fact is missing");
        let early = matches!(error, CaseRuleError::Order { .. } | CaseRuleError::Opening);
        assert!(early, "without {:?}: {error}", facts[missing]);
    }
    assert_eq!(refused(&facts, &opened()), CaseRuleError::Opening);
    let before_item = &facts[..4];
    for early in [fetched(&item, "realestate.ownership"), captured(1, "m05"), signed_off(), submitted()] {
        assert!(matches!(refused(before_item, &early), CaseRuleError::Order { .. }));
    }
    assert_eq!(refused(&facts, &confirmed("realestate.ownership")), CaseRuleError::NoRecord);
}

#[test]
fn a_case_is_submitted_once() {
    let item = item("jz_first");
    let events = application(&item);
    let error = refused(&events, &submitted());
    assert!(matches!(error, CaseRuleError::Status { status: CaseStatus::Submitted, .. }));
    assert_eq!(error.code(), ErrorCode::CaseState);
    for late in [captured(40, "m05"), signed_off(), Event::FormFilled { values: folded(&events).form().clone() }] {
        assert!(matches!(refused(&events, &late), CaseRuleError::Status { .. }));
    }
}

#[test]
fn another_persons_card_is_refused() {
    let Event::Identified { mut card, line_sha256, reader, .. } = identified() else { unreachable!() };
    card.number = "890121199001010336".to_owned();
    let other = Event::Identified { card, line_sha256, reader, expired: false, photo: None, portrait: None };
    let error = refused(&begun(&item("jz_first")), &other);
    assert_eq!((error, error.code()), (CaseRuleError::OtherPerson, ErrorCode::CardOtherPerson));
    let mut again = begun(&item("jz_first"));
    again.push(identified());
    assert_eq!(folded(&again).status(), CaseStatus::Draft);
}

#[test]
fn face_data_needs_consent_and_a_manual_check_a_name() {
    let start = |choice| vec![opened(), identified(), consent(choice)];
    let manual = |still, decided_by| Event::PresenceProved {
        method: PresenceMethod::Manual,
        still,
        clip: None,
        score_milli: None,
        decided_by,
        reason: Some("同一人".to_owned()),
    };
    assert_eq!(refused(&start(PresenceMethod::Manual), &presence()), CaseRuleError::NotConsented);
    assert_eq!(refused(&start(PresenceMethod::Fingerprint), &presence()), CaseRuleError::NotConsented);
    let with_picture = manual(Some(blob(1)), Some("n".into()));
    assert_eq!(refused(&start(PresenceMethod::Manual), &with_picture), CaseRuleError::NotConsented);
    assert_eq!(refused(&start(PresenceMethod::Face), &manual(None, None)), CaseRuleError::DeciderMissing);
    // Face failed: a person decides, and the picture he looked at may stay.
    let mut events = start(PresenceMethod::Face);
    events.push(with_picture);
    assert!(folded(&events).may_keep_face_data());
    assert_eq!(folded(&events).blobs().len(), 1);
}

#[test]
fn an_expired_card_needs_a_person_and_never_opens_an_application() {
    let Event::Identified { card, line_sha256, reader, .. } = identified() else { unreachable!() };
    let expired = Event::Identified { card, line_sha256, reader, expired: true, photo: None, portrait: None };
    let item = item("jz_first");
    let events = vec![opened(), expired, consent(PresenceMethod::Face), presence()];
    assert_eq!(refused(&events, &chosen(&item)), CaseRuleError::CardExpired);
    let mut checked = events;
    let Some(Event::PresenceProved { decided_by, .. }) = checked.last_mut() else { unreachable!() };
    *decided_by = Some("n".into());
    checked.push(chosen(&item));
    assert_eq!(folded(&checked).complete(&item), Err(CaseRuleError::CardExpired));
    assert_eq!(CaseRuleError::CardExpired.code(), ErrorCode::CardExpired);
}

#[test]
fn reviewer_and_decider_differ() {
    let item = item("jz_first");
    let mut events = application(&item);
    events.extend(granted().into_iter().take(3));
    let decided = |by: &str| Event::Decided {
        by: by.into(),
        granted: false,
        opinion: "不予".to_owned(),
        document_no: "b".to_owned(),
        hand: None,
    };
    let error = refused(&events, &decided("reviewer"));
    assert_eq!((error, error.code()), (CaseRuleError::FourEyes, ErrorCode::FourEyes));
    events.push(decided("decider"));
    assert_eq!(folded(&events).status(), CaseStatus::Denied);
    assert!(matches!(refused(&events, &granted()[4]), CaseRuleError::Status { .. }));
    assert_eq!(refused(&events, &Event::Closed { code: CloseCode::Issued }), CaseRuleError::CloseCode);
    events.push(Event::Closed { code: CloseCode::Done });
    assert_eq!(folded(&events).status(), CaseStatus::Closed);
}

#[test]
fn one_print_at_a_time_and_only_with_the_serial_intended() {
    let item = item("jz_first");
    let mut events = application(&item);
    assert!(matches!(refused(&events, &intended(1, "000123")), CaseRuleError::Status { .. }));
    events.extend(granted());
    assert_eq!(refused(&events, &print_confirmed(1, "000123")), CaseRuleError::Print);
    events.push(intended(1, "000123"));
    assert_eq!(refused(&events, &intended(2, "000124")), CaseRuleError::Print);
    assert_eq!(refused(&events, &print_confirmed(1, "000124")), CaseRuleError::Serial);
    assert!(matches!(refused(&events, &handed_over()), CaseRuleError::Status { .. }));
    let voided = |n, spoiled| Event::PrintVoided { print: print(n), spoiled, reason: "卡纸".to_owned() };
    events.push(voided(1, true));
    assert_eq!(refused(&events, &intended(2, "000123")), CaseRuleError::Serial);
    events.push(intended(2, "000124"));
    events.push(print_confirmed(2, "000124"));
    // A sheet somebody has read cannot be said never to have come out.
    assert_eq!(refused(&events, &voided(2, false)), CaseRuleError::Print);
    events.push(voided(2, true));
    assert!(matches!(refused(&events, &handed_over()), CaseRuleError::Status { .. }));
    events.push(intended(3, "000125"));
    events.push(voided(3, false));
    events.push(intended(4, "000125"));
    events.push(print_confirmed(4, "000125"));
    events.push(handed_over());
    let states: Vec<PrintState> = folded(&events).prints().iter().map(|print| print.state).collect();
    assert_eq!(states, [PrintState::Spoiled, PrintState::Spoiled, PrintState::NotPrinted, PrintState::Confirmed]);
}

#[test]
fn a_proof_is_issued_once_and_closes_the_case() {
    let item = item("cb");
    let mut events = begun(&item);
    let proof = Event::ProofIssued { number: "p".to_owned(), verify_token: "t".to_owned(), pdf_sha256: digest(1) };
    assert!(matches!(refused(&events, &proof), CaseRuleError::Status { .. }));
    events.push(Event::Submitted { receipt: "r".to_owned(), delivery: Delivery::OnTheSpot, offline: false });
    events.push(proof.clone());
    assert!(matches!(refused(&events, &proof), CaseRuleError::Status { .. }));
    events.push(Event::Closed { code: CloseCode::Done });
    assert_eq!(folded(&events).proof().unwrap().number, "p");
}

#[test]
fn a_blocked_case_goes_no_further() {
    let item = item("jz_first");
    let mut events = application(&item);
    events.push(Event::Blocked { code: ErrorCode::SignOffBroken.as_str().to_owned() });
    let error = refused(&events, &granted()[0]);
    assert_eq!((error, error.code()), (CaseRuleError::Blocked, ErrorCode::SignOffBroken));
    assert_eq!(folded(&events).blocked(), Some("C105"));
    events.push(Event::Withdrawn { reason: "本人撤回".to_owned() });
    assert_eq!(folded(&events).status(), CaseStatus::Withdrawn);
}

#[test]
fn pages_move_and_reorder_but_never_get_lost() {
    let item = item("jz_first");
    let mut events = begun(&item);
    events.extend([captured(1, "m05"), captured(2, "m05"), captured(3, "m08")]);
    let order = |requirement: &str, pages: &[u128]| Event::PagesOrdered {
        requirement: requirement.into(),
        pages: pages.iter().map(|n| page(*n)).collect(),
    };
    for lossy in [order("m05", &[1]), order("m05", &[1, 2, 2]), order("m05", &[1, 2, 99])] {
        assert_eq!(refused(&events, &lossy), CaseRuleError::Pages);
    }
    assert_eq!(refused(&events, &captured(1, "m09")), CaseRuleError::Pages);
    events.push(order("m05", &[3, 2, 1]));
    let ids = |events: &[Event], id: &str| -> Vec<_> {
        folded(events).pages(&id.into()).iter().map(|page| (page.id, page.requirement.0.clone())).collect()
    };
    let m05 = |n| (page(n), "m05".to_owned());
    assert_eq!(ids(&events, "m05"), [m05(3), m05(2), m05(1)]);
    assert_eq!(ids(&events, "m08"), []);
    events.push(Event::PageRemoved { page: page(2) });
    assert_eq!(ids(&events, "m05"), [m05(3), m05(1)]);
    assert_eq!(refused(&events, &Event::PageRemoved { page: page(2) }), CaseRuleError::Pages);
    assert_eq!(refused(&events, &captured(2, "m05")), CaseRuleError::Pages);
}

#[test]
fn another_item_keeps_nothing_of_the_old_one() {
    let first = item("jz_first");
    let mut events = begun(&first);
    events.extend([fetched(&first, "realestate.ownership"), captured(1, "m05"), chosen(&first)]);
    assert_eq!(folded(&events).pages(&"m05".into()).len(), 1, "choosing the same again keeps all");
    events.push(chosen(&item("sp")));
    let case = folded(&events);
    assert!(case.shares().is_empty() && case.pages_by_requirement().is_empty() && !case.form_filled());
    assert_eq!(refused(&events, &captured(1, "m04")), CaseRuleError::Pages);
}

#[test]
fn a_record_that_comes_after_submission_changes_nothing_signed_off() {
    let item = item("jz_first");
    let mut events = application(&item);
    let content = tongban_domain::case::sign_off_content(&folded(&events));
    events.push(Event::ShareFetched { record: record(&item, "social.firm_staff", ShareOutcome::NoRecord) });
    let case = folded(&events);
    assert_eq!(case.late_records().len(), 1);
    assert_eq!(tongban_domain::case::sign_off_content(&case), content);
}

#[test]
fn visits_count_by_day_and_station() {
    let home: StationId = "890102-001-W01".into();
    let kiosk: StationId = "890102-001-K03".into();
    const DAY: i64 = 86_400_000;
    let at = |station, wall| Seen { station, wall: WallTime(wall) };
    let events = [opened(), identified(), identified(), identified(), identified()];
    let seen = [at(&home, 0), at(&home, 0), at(&home, 1000), at(&kiosk, 2000), at(&home, DAY)];
    let case = Case::fold_seen(case_id(), events.iter().zip(seen)).unwrap();
    assert_eq!((case.visits().len(), case.trips()), (3, 2));
    assert_eq!(folded(&events).trips(), 1, "without times a case counts as one visit");
}

#[test]
fn an_objection_stands_beside_the_record() {
    let item = item("jz_first");
    let mut events = begun(&item);
    events.push(fetched(&item, "social.firm_staff"));
    let objected = ShareAnswer::Objected { reason: "人数不对".to_owned() };
    events.push(Event::ShareAnswered { resource: "social.firm_staff".into(), answer: objected.clone() });
    let case = folded(&events);
    assert_eq!(case.shares()[&"social.firm_staff".into()].answer, Some(objected));
    assert!(case.standing_records().is_empty());
    assert!(!case.prefill(&item).iter().any(|(id, ..)| id.0 == "staff"));
    events.push(fetched(&item, "social.firm_staff"));
    assert_eq!(folded(&events).shares()[&"social.firm_staff".into()].answer, None, "a new record asks anew");
}

#[test]
fn a_case_continues_another_but_never_itself() {
    let other = CaseId(uuid::Uuid::from_u128(77));
    assert!(matches!(refused(&[opened()], &Event::Continues { case: case_id() }), CaseRuleError::Order { .. }));
    let case = folded(&[opened(), Event::Continues { case: other }]);
    assert_eq!(case.continues(), Some(other));
}

#[test]
fn a_draft_handed_on_waits_for_the_station_that_goes_on_with_it() {
    let item = item("jz_first");
    let mut events = begun(&item);
    let other = CaseId(uuid::Uuid::from_u128(77));
    let taken = |case| Event::ContinuedBy { case, station: StationId("890102-001-W01".to_owned()) };
    let early = Event::HandedOn { text_version: 1 };
    assert!(matches!(refused(&events[..4], &early), CaseRuleError::Order { .. }), "nothing is worth taking along");
    assert!(matches!(refused(&events, &taken(other)), CaseRuleError::Order { .. }), "nobody handed it on");
    events.push(early.clone());
    assert!(folded(&events).is_handed_on());
    for late in [captured(40, "m05"), submitted(), signed_off(), early] {
        assert!(matches!(refused(&events, &late), CaseRuleError::Order { .. }), "{late:?}");
    }
    assert!(matches!(refused(&events, &taken(case_id())), CaseRuleError::Order { .. }), "by itself");
    events.push(taken(other));
    let case = folded(&events);
    assert_eq!(case.status(), CaseStatus::Withdrawn);
    assert_eq!(case.continued_by().map(|(case, _)| *case), Some(other));
    assert!(matches!(refused(&events, &taken(other)), CaseRuleError::Status { .. }), "once");
}

#[test]
fn every_status_has_its_own_text() {
    for status in CaseStatus::ALL {
        assert_eq!(CaseStatus::parse(status.as_str()), Some(status));
    }
    assert_eq!(CaseStatus::parse("done"), None);
}
