//! 6. **No-face alternative.** Given an applicant declines face processing, when she picks 人工核验, then the
//!    same item can be finished with no face data stored.
//! 7. **Minor.** Given card 赵小红 (13), when she starts, then the kiosk asks for a guardian; after 赵强 swipes
//!    and the relation is found, 不动产查询 for the child proceeds with guardian consent recorded.
//! 8. **Agent.** Given 王明 as agent, when he uploads a 授权委托书 valid for this item, then both identities are
//!    on the case and pick-up by him is refused unless authorised.
//! 9. **Expired/invalid card.** Given 孙丽's expired card, when she applies, then she is told so politely and can
//!    only query/pick up with staff check; a card whose number fails the check digit is refused with T-ID code.
//!
//! Here the law of each; what the screens say is checked where the screens are.

use crate::common::sample::card;
use crate::hall::{Brings, Hall, construction};
use tongban_domain::case::{Case, CaseRuleError};
use tongban_domain::event::{CardFacts, Channel, Digest, Event, PresenceMethod, Principal};
use tongban_domain::id_number::IdNumber;
use tongban_domain::ids::CaseId;
use tongban_domain::people::{PeopleError, may_apply, may_collect};

fn started(card: CardFacts, expired: bool) -> Case {
    let mut case = Case::new(CaseId(uuid::Uuid::from_u128(1)));
    let opened = Event::Opened { channel: Channel::Kiosk, station: "k".into(), hall: "890102-001".into() };
    let swipe = Event::Identified {
        card,
        line_sha256: Digest([1; 32]),
        reader: "r".into(),
        expired,
        photo: None,
        portrait: None,
    };
    [opened, swipe].iter().for_each(|event| case.apply(event).unwrap());
    case
}

fn proved(method: PresenceMethod, decided_by: Option<&str>, face: bool) -> Event {
    Event::PresenceProved {
        method,
        still: None,
        clip: None,
        score_milli: face.then_some(800),
        decided_by: decided_by.map(Into::into),
        reason: None,
    }
}

#[test]
fn scenario_06_manual_check_finishes_and_keeps_no_face() {
    let mut case = started(card(), false);
    let consent = Event::ConsentGiven { text_version: 1, choice: PresenceMethod::Manual, evidence_upload: false };
    case.apply(&consent).unwrap();
    assert_eq!(case.clone().apply(&proved(PresenceMethod::Face, None, true)), Err(CaseRuleError::NotConsented));
    assert_eq!(case.clone().apply(&proved(PresenceMethod::Manual, Some("w"), true)), Err(CaseRuleError::NotConsented));
    case.apply(&proved(PresenceMethod::Manual, Some("window"), false)).unwrap();
    assert!(!case.may_keep_face_data() && case.blobs().is_empty());
    let chosen = Event::ItemChosen { item: "cb".into(), version: 1, firm: None };
    assert!(case.apply(&chosen).is_ok(), "the same item, the same way on");
}

#[test]
fn scenario_07_a_minor_needs_a_guardian_and_the_centre_looks_again() {
    let child =
        CardFacts { name: "赵小红".into(), birth: "20131109".into(), number: "890102201311090440".into(), ..card() };
    let father =
        CardFacts { name: "赵强".into(), birth: "19860505".into(), number: "890102198605050458".into(), ..card() };
    let today = tongban_domain::limits::parse_date("2026-11-23").unwrap();
    let mut case = started(child, false);
    assert_eq!(may_apply(&case, true, today), Err(PeopleError::GuardianNeeded));
    let consent =
        Event::GuardianConsented {
            card: father, line_sha256: Digest([2; 32]), relation: "户口登记：父女".into()
        };
    case.apply(&consent).unwrap();
    assert_eq!(may_apply(&case, true, today), Ok(()));
    assert_eq!(case.handling().guardian.as_ref().unwrap().relation, "户口登记：父女");
}

#[test]
fn scenario_08_an_agent_stands_on_the_case_and_is_blocked_beyond_the_authorisation() {
    let mut hall = Hall::open(1008, "2026-11-23");
    let named = |until: &str, pickup: bool| Event::AgentNamed {
        principal: Principal { name: "吴昊".into(), number: "890102199912310795".into() },
        items: vec!["jz_first".into()],
        pickup,
        valid_to: until.into(),
        requirement: "m17".into(),
    };
    let good = hall.file(&Brings { with: vec![named("2026-12-31", false)], ..construction() });
    let row = |hall: &Hall, id| hall.centre().cases().row(&hall.who("manager"), id).unwrap();
    assert_eq!(row(&hall, good).blocked, None);
    assert!(hall.titles(good).contains(&"代理人".to_owned()), "both identities are on the case");
    let over = hall.file(&Brings { with: vec![named("2026-01-31", false)], ..construction() });
    assert_eq!(row(&hall, over).blocked.as_deref(), Some("C119"));

    let today = tongban_domain::limits::parse_date("2026-11-23").unwrap();
    let with = |pickup: bool| {
        let mut case = started(card(), false);
        case.apply(&named("2026-12-31", pickup)).unwrap();
        case
    };
    let agent = card().number;
    assert!(!may_collect(&with(false), &agent, today) && may_collect(&with(true), &agent, today));
    assert!(may_collect(&with(false), "890102199912310795", today), "whom he acts for may always collect");
}

#[test]
fn scenario_09_an_expired_card_opens_nothing_without_a_person_and_a_wrong_number_is_no_number() {
    let mut case = started(card(), true);
    let consent = Event::ConsentGiven { text_version: 1, choice: PresenceMethod::Face, evidence_upload: false };
    case.apply(&consent).unwrap();
    case.apply(&proved(PresenceMethod::Face, None, true)).unwrap();
    let chosen = Event::ItemChosen { item: "jz_first".into(), version: 1, firm: None };
    let refused = case.clone().apply(&chosen).unwrap_err();
    assert_eq!((refused, refused.code().as_str()), (CaseRuleError::CardExpired, "D113"));
    case.apply(&proved(PresenceMethod::Manual, Some("window"), false)).unwrap();
    assert!(case.apply(&chosen).is_ok(), "a query or pick-up goes on after a person's check");
    assert!(IdNumber::parse("890103199302280687").is_ok() && IdNumber::parse("890103199302280688").is_err());
}
