//! 一次就成, guides and people: verdicts with their numbers, lints with their sentences, who may what.

use crate::laws::received;
use crate::support::*;
use time::Date;
use tongban_domain::case::Case;
use tongban_domain::event::{CardFacts, Event, Light, MaterialVerdict, PageVerdict, Principal};
use tongban_domain::item::lint;
use tongban_domain::limits::parse_date;
use tongban_domain::people::{self, PeopleError, age_on, may_apply, may_collect, needs_guardian};
use tongban_domain::readiness::{is_ready, judge};

fn today() -> Date {
    parse_date("2026-11-23").unwrap()
}

fn verdict() -> PageVerdict {
    PageVerdict {
        judge: "test 1".into(),
        legible: Some(true),
        right_document: Some(true),
        stamped: Some(true),
        signed: Some(true),
        code_verified: Some(true),
        figures: vec![("net_assets".into(), "1,250.00".into())],
        ..PageVerdict::default()
    }
}

fn judged(changes: &dyn Fn(&str, &mut PageVerdict)) -> Case {
    let mut case = received();
    for (id, n) in CAPTURED.iter().zip(10u128..) {
        let mut verdict = verdict();
        changes(id, &mut verdict);
        case.apply(&Event::PageJudged { page: page(n), verdict }).unwrap();
    }
    case
}

fn line(case: &Case, id: &str) -> MaterialVerdict {
    let lines = judge(&item("jz_first"), case, today());
    lines.into_iter().find(|line| line.requirement.0 == id).unwrap()
}

#[test]
fn the_number_found_stands_beside_the_number_asked() {
    let case = judged(&|_, _| {});
    let audit = line(&case, "m05");
    assert_eq!(audit.light, Light::Green, "{audit:?}");
    assert!(audit.reason.contains("1250") && audit.reason.contains("≥ 800"), "{}", audit.reason);
    // 王明 and 陈建国 are two with a title, six are asked for.
    let titles = line(&case, "m11");
    assert_eq!((titles.light, titles.code.as_str()), (Light::Red, "below_limit"));
    assert!(titles.reason.contains(" 2 人") && titles.reason.contains("≥ 6"), "{}", titles.reason);
    assert!(!is_ready(&judge(&item("jz_first"), &case, today())));
}

#[test]
fn what_nobody_looked_at_is_amber_and_what_is_wrong_is_red() {
    assert_eq!(
        (line(&received(), "m16").light, line(&received(), "m16").code),
        (Light::Amber, "not_judged".to_owned())
    );
    assert_eq!(line(&judged(&|_, _| {}), "m16").light, Light::Green);
    type Change = fn(&mut PageVerdict);
    let wrong: [(&str, &str, Light, Change); 7] = [
        ("m16", "page_unclear", Light::Red, |v| v.legible = Some(false)),
        ("m16", "wrong_document", Light::Red, |v| v.right_document = Some(false)),
        ("m16", "not_sure", Light::Amber, |v| v.right_document = None),
        ("m05", "no_stamp", Light::Red, |v| v.stamped = Some(false)),
        ("m05", "code_unverified", Light::Amber, |v| v.code_verified = None),
        ("m05", "figure_differs", Light::Red, |v| v.figures[0].1 = "980".into()),
        ("m05", "figure_unknown", Light::Amber, |v| v.figures.clear()),
    ];
    for (id, code, light, change) in wrong {
        let case = judged(&|material, verdict| {
            if material == id {
                change(verdict);
            }
        });
        let line = line(&case, id);
        assert_eq!((line.light, line.code.as_str()), (light, code), "{}", line.reason);
        assert!(!line.reason.is_empty());
    }
}

#[test]
fn a_slip_falls_with_the_content_it_was_about() {
    let mut case = received();
    let sm3 = |bytes: &[u8]| digest(u8::try_from(bytes.len() % 251).unwrap());
    let content = sm3(&tongban_domain::case::sign_off_content(&case));
    let verdicts = judge(&item("jz_first"), &case, today());
    let slip = Event::CompletenessIssued { document_no: "齐1".into(), verdicts, content, pdf_sha256: digest(1) };
    assert_eq!(case.completeness_holds(sm3), None);
    case.apply(&slip).unwrap();
    assert_eq!(case.completeness_holds(sm3), Some(true));
    assert_eq!(case.completeness_holds(|_| digest(255)), Some(false));
}

#[test]
fn the_catalogues_own_items_break_no_rule_of_the_guide() {
    for key in ["jz_first", "sp", "ws", "hy", "qs", "cb", "bdc", "jzz", "canyin"] {
        let blocking: Vec<_> = lint(&item(key)).into_iter().filter(|finding| finding.blocks).collect();
        assert!(blocking.is_empty(), "{key}: {blocking:#?}");
    }
}

#[test]
fn each_fault_of_a_guide_is_found_with_code_and_sentence() {
    let file: serde_json::Value = serde_json::from_str(&item("jz_first").to_json().unwrap()).unwrap();
    let planted = |at: &str, value: serde_json::Value| {
        let mut file = file.clone();
        *file.pointer_mut(at).unwrap() = value;
        let item =
            tongban_domain::item::ServiceItem::from_json(&file.to_string()).unwrap_or_else(|e| panic!("{at} {e:?}"));
        lint(&item)
    };
    let cases = [
        ("/name", serde_json::json!("资质认定等"), "G02"),
        ("/catalog_code", serde_json::json!("8901"), "G03"),
        ("/level", serde_json::json!("county"), "G06"),
        ("/guide/basis/0/article", serde_json::json!(""), "G12"),
        ("/guide/power_source", serde_json::json!("5"), "G14"),
        ("/guide/conditions/0", serde_json::json!("符合法律规定的其他条件"), "G18"),
        ("/guide/consult", serde_json::json!("12"), "G32"),
        ("/guide/review/within", serde_json::json!(""), "G35"),
        ("/materials/3/name", serde_json::json!("其他材料"), "G41"),
        ("/materials/4/detail/standard", serde_json::json!(""), "G46"),
        ("/materials/4/detail/basis", serde_json::json!(""), "G47"),
        ("/workflow/1/days", serde_json::json!(9), "G52"),
        ("/terms/deferral_barred", serde_json::json!("生态"), "G73"),
    ];
    for (at, value, code) in cases {
        let found = planted(at, value);
        let finding = found.iter().find(|finding| finding.code == code);
        assert!(finding.is_some_and(|f| f.blocks && f.sentence.ends_with('。')), "{at}: {found:?}");
    }
}

fn person(birth: &str, number: &str) -> CardFacts {
    CardFacts { birth: birth.into(), number: number.into(), ..card() }
}

#[test]
fn a_minor_applies_with_an_adult_guardian() {
    assert_eq!(age_on("20131109", today()), Some(13));
    assert_eq!((age_on("20131124", today()), age_on("2013", today())), (Some(12), None));
    let child = person("20131109", "890102201311090440");
    assert!(
        needs_guardian(&child, today()) && people::is_sensitive(&child, today()) && !needs_guardian(&card(), today())
    );
    let mut case = folded(&[opened()]);
    let swipe = |card: CardFacts| Event::Identified {
        card,
        line_sha256: digest(1),
        reader: "r".into(),
        expired: false,
        photo: None,
        portrait: None,
    };
    case.apply(&swipe(child)).unwrap();
    assert_eq!(may_apply(&case, true, today()), Err(PeopleError::GuardianNeeded));
    let guardian = |birth: &str| Event::GuardianConsented {
        card: person(birth, "890102198605050458"),
        line_sha256: digest(2),
        relation: "出生医学证明".into(),
    };
    let mut young = case.clone();
    young.apply(&guardian("20100101")).unwrap();
    assert_eq!(may_apply(&young, true, today()), Err(PeopleError::GuardianMinor));
    case.apply(&guardian("19860505")).unwrap();
    assert_eq!(may_apply(&case, true, today()), Ok(()));
    assert!(may_collect(&case, "890102198605050458", today()) && !may_collect(&case, "890102197803150113", today()));
}

#[test]
fn an_agent_acts_within_the_authorisation_and_collects_only_if_it_says_so() {
    let named = |items: &[&str], pickup: bool, until: &str| Event::AgentNamed {
        principal: Principal { name: "吴昊".into(), number: "890102199912310795".into() },
        items: items.iter().map(|key| (*key).into()).collect(),
        pickup,
        valid_to: until.into(),
        requirement: "m17".into(),
    };
    let jz = item("jz_first");
    let with = |event: Event| {
        let mut events = vec![opened(), identified(), event];
        events.extend(begun(&jz)[2..].iter().cloned());
        folded(&events)
    };
    let good = with(named(&["jz_first"], false, "2026-12-31"));
    assert_eq!(may_apply(&good, true, today()), Ok(()));
    assert_eq!(may_apply(&good, false, today()), Err(PeopleError::AgentsBarred));
    assert_eq!(may_apply(&with(named(&["sp"], false, "2026-12-31")), true, today()), Err(PeopleError::NotAuthorised));
    assert_eq!(may_apply(&with(named(&[], false, "2026-01-31")), true, today()), Err(PeopleError::NotAuthorised));
    let (agent, principal) = ("890102197803150113", "890102199912310795");
    assert!(!may_collect(&good, agent, today()) && may_collect(&good, principal, today()));
    assert!(may_collect(&with(named(&[], true, "2026-12-31")), agent, today()));
}
