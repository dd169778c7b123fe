//! What applicants and supervisors gain beside the cases: scores with ranks, agencies with prices and marks, notices of
//! what happens and of what ends soon, and the way from a situation to the item.

use crate::common::{FIRM, code_of};
use crate::hall::{Brings, Hall, at, catering, construction, missing};
use std::collections::BTreeMap;
use tongban_centre::handling::Act;
use tongban_centre::intermediaries::{Agency, AgencyService};
use tongban_centre::performance::{Scored, Weights};
use tongban_centre::ratings::{Grade, NewRating};
use tongban_centre::rights::Role;
use tongban_domain::ids::CaseId;
use tongban_domain::limits::parse_date;

fn rate(hall: &Hall, case: CaseId, grade: Grade) {
    let rating = NewRating {
        case,
        occasion: "end",
        channel: "window",
        place: "890102-001-W01",
        staff: Some("window"),
        grade,
        tags: &[],
        text: "",
    };
    hall.centre().ratings().rate(&rating).unwrap();
}

/// 按期 and 满意 pull different departments up: whoever weighs one more changes the order, and no count.
#[test]
fn changed_weights_change_ranks_and_an_appeal_is_answered_by_somebody_else() {
    let mut hall = Hall::open(3001, "2026-11-23");
    // The department of food is corrected and liked, that of building is clean and disliked.
    let food = hall.file(&Brings { without: &["m04"], ..catering() });
    let build = hall.file(&construction());
    let item = hall.item("sp");
    hall.acts("window", food, &Act::AskCorrection { missing: missing(&item, &["m04"]), approval: None });
    let other = hall.file(&catering());
    for case in [other, build] {
        hall.acts("window", case, &Act::Accept);
        hall.review(case);
        hall.acts("decider", case, &Act::Decide { granted: false, opinion: "不符合条件".into() });
    }
    hall.centre().supervision().spot_check(&hall.who("supervisor"), other, "未一次告知", true).unwrap();
    rate(&hall, other, Grade::VerySatisfied);
    rate(&hall, build, Grade::Dissatisfied);

    let day = |text: &str| parse_date(text).unwrap();
    let performance = hall.centre().performance();
    let supervisor = hall.who("supervisor");
    let table = |scored| performance.table(&supervisor, scored, day("2026-11-23"), day("2026-11-30")).unwrap();
    let weights = |satisfied: u32, without_card: u32| Weights {
        in_time: 0,
        early: 0,
        satisfied,
        one_visit: 0,
        uncorrected: 0,
        without_card,
    };
    assert_eq!(code_of(&performance.set_weights(&hall.who("chief"), weights(1, 1), "试").unwrap_err()), "A104");
    assert_eq!(code_of(&performance.set_weights(&supervisor, weights(1, 1), " ").unwrap_err()), "A105");
    assert_eq!(code_of(&performance.set_weights(&supervisor, weights(0, 0), "空").unwrap_err()), "C103");

    performance.set_weights(&supervisor, weights(100, 0), "本季度重满意").unwrap();
    let liked = table(Scored::Department);
    performance.set_weights(&supervisor, weights(0, 100), "本季度重规范").unwrap();
    let clean = table(Scored::Department);
    let order = |table: &[tongban_centre::performance::ScoreLine]| {
        table.iter().map(|line| (line.key.clone(), line.score, line.rank)).collect::<Vec<_>>()
    };
    let (food_org, build_org) = (item.org.code.clone(), hall.item("jz_first").org.code.clone());
    assert_eq!(order(&liked), [(food_org.clone(), Some(1000), Some(1)), (build_org.clone(), Some(0), Some(2))]);
    assert_eq!(order(&clean), [(build_org, Some(1000), Some(1)), (food_org.clone(), Some(0), Some(2))]);
    let counts = |table: &[tongban_centre::performance::ScoreLine]| -> BTreeMap<String, u64> {
        table.iter().map(|line| (line.key.clone(), line.cases)).collect()
    };
    assert_eq!(counts(&liked), counts(&clean), "weights change ranks, not counts");
    assert_eq!(performance.weights().unwrap().version, 2);

    let windows = table(Scored::Window);
    assert!(windows.len() == 1 && windows[0].key == "890102-001-W01" && windows[0].cases == 2, "{windows:?}");
    let people: Vec<String> = table(Scored::Person).into_iter().map(|line| line.key).collect();
    for who in ["window", "reviewer", "decider"] {
        assert!(people.contains(&who.to_owned()), "{who}: {people:?}");
    }

    // 申诉: about oneself, answered by another, once.
    let period = ("2026-11-23", "2026-11-30");
    let appeal =
        performance.appeal(&hall.who("window"), (Scored::Person, "window"), period, "红牌不在本人环节").unwrap();
    assert_eq!(
        code_of(&performance.appeal(&hall.who("window"), (Scored::Person, "decider"), period, "替他").unwrap_err()),
        "A104"
    );
    assert_eq!(performance.open_appeals("window").unwrap().len(), 1);
    performance.answer(&supervisor, &appeal.id, true, "情况属实，扣分撤销").unwrap();
    assert!(performance.answer(&supervisor, &appeal.id, false, "再答").is_err(), "once");
    assert!(performance.open_appeals("window").unwrap().is_empty());
}

#[test]
fn an_agency_is_listed_by_two_people_shows_price_and_marks_and_a_mark_is_given_once_a_case() {
    let mut hall = Hall::open(3002, "2026-11-23");
    let editor = hall.hire("editor", &[Role::Editor], "890100", "事项编辑");
    let checker = hall.hire("checker", &[Role::Checker], "890100", "事项审核");
    let both = hall.hire("both", &[Role::Editor, Role::Checker], "890100", "两手");
    let (one, two) = (hall.file(&construction()), hall.file(&construction()));
    let food = hall.file(&catering());
    let room = hall.centre().intermediaries();
    let audit = "企业净资产证明（经审计的财务报告）";
    assert!(room.materials().contains(&audit.to_owned()), "the item library says what an intermediary produces");
    let known = room.offers(audit).unwrap();
    let agency = |material: &str, fen: u64| Agency {
        code: FIRM.into(),
        name: "示范市新审会计师事务所".into(),
        qualification: "会计师事务所执业证书".into(),
        phone: "0890-8900600".into(),
        services: vec![AgencyService { material: material.into(), fen, basis: "合同约定".into(), days: 5 }],
        state: String::new(),
        entered_by: "x".into(),
        reason: String::new(),
    };
    assert_eq!(code_of(&room.enter(&editor, &agency("没有的材料", 1)).unwrap_err()), "C103");
    assert_eq!(code_of(&room.enter(&editor, &Agency { code: "123".into(), ..agency(audit, 1) }).unwrap_err()), "C103");
    room.enter(&both, &agency(audit, 100_000)).unwrap();
    assert_eq!(room.offers(audit).unwrap(), known, "entered is not listed");
    assert_eq!(code_of(&room.list(&both, FIRM).unwrap_err()), "A108", "four eyes");
    room.list(&checker, FIRM).unwrap();
    let offers = room.offers(audit).unwrap();
    assert_eq!(
        (offers[0].code.as_str(), offers[0].service.fen, offers[0].stars),
        (FIRM, 100_000, None),
        "cheapest first"
    );

    room.mark(one, FIRM, audit, Grade::VerySatisfied, "").unwrap();
    room.mark(two, FIRM, audit, Grade::Dissatisfied, "拖了两周").unwrap();
    assert_eq!(code_of(&room.mark(one, FIRM, audit, Grade::Fair, "").unwrap_err()), "C120", "once a case");
    assert_eq!(
        code_of(&room.mark(food, FIRM, audit, Grade::Fair, "").unwrap_err()),
        "C103",
        "not a material of that case"
    );
    let offer = room.offers(audit).unwrap().into_iter().find(|offer| offer.code == FIRM).unwrap();
    assert_eq!((offer.marks, offer.stars), (2, Some(35)), "(5 + 2) / 2 stars");
    let tickets = hall.centre().tickets().all(&hall.who("manager")).unwrap();
    assert!(tickets.iter().any(|ticket| ticket.text.contains("拖了两周")), "a bad mark is a ticket");

    room.suspend(&hall.who("supervisor"), FIRM, "出具虚假报告").unwrap();
    assert_eq!(room.offers(audit).unwrap(), known, "suspended is not offered");
}

#[test]
fn an_applicant_is_told_at_each_turn_and_a_holder_before_the_licence_ends() {
    let mut hall = Hall::open(3003, "2026-11-23");
    let operator = hall.who("operator").id;
    hall.centre().stock().add("test", "sp", "000001", "000010", &operator).unwrap();
    let case = hall.file(&catering());
    hall.acts("window", case, &Act::Accept);
    hall.review(case);
    hall.grant(case);
    let notices = hall.centre().notices();
    let told = |kind: &str| notices.of(FIRM).unwrap().into_iter().filter(|one| one.kind == kind).collect::<Vec<_>>();
    assert!(told("accepted")[0].text.contains("2026-11-30前办结"), "{:?}", told("accepted"));
    assert!(told("decided")[0].text.contains("准予"));
    let all = format!("{:?}", notices.of(FIRM).unwrap());
    assert!(!all.contains("陈建国") && !all.contains(crate::common::CARD_NUMBER), "nothing personal: {all}");
    assert!(notices.of("890102198605050458").unwrap().is_empty(), "nobody else's");

    // Five years: the reminder comes 90, 30 and 7 days before, once each, and not for a revoked one.
    let licence = hall.centre().cases().view(&hall.who("reviewer"), case).unwrap();
    assert!(licence.timeline.iter().any(|line| line.title == "分配证号"));
    for (day, count) in [("2031-08-23", 0), ("2031-08-24", 1), ("2031-08-25", 1), ("2031-10-23", 2), ("2031-11-15", 3)]
    {
        hall.clock_to(at(day, 2, 10));
        let night = hall.centre().lifecycle().night().unwrap();
        assert!(night.is_some_and(|night| night.broken == 0), "{day}");
        assert_eq!(told("expiring").len(), count, "{day}: {:?}", told("expiring"));
        assert_eq!(hall.centre().lifecycle().night().unwrap(), None, "once a day");
        assert_eq!(notices.remind_expiring().unwrap(), 0, "nobody is told twice");
    }
    hall.clock_to(at("2031-11-16", 1, 0));
    assert_eq!(hall.centre().lifecycle().night().unwrap(), None, "not before two");
}

#[test]
fn a_few_answers_lead_to_the_item_and_its_materials() {
    use tongban_domain::situation::{Place, materials};
    let hall = Hall::open(3004, "2026-11-23");
    let trees = hall.centre().situations().all().unwrap().unwrap();
    let shop = trees.get("shop").unwrap();
    let Some(Place::Ask { answers, .. }) = shop.walk(&[]) else { panic!("it begins with a question") };
    assert!(answers.len() >= 2);
    let Some(Place::Item { item, values }) = shop.walk(&[0, 0, 0]) else { panic!("three answers lead to the item") };
    assert_eq!(item.0, "canyin", "one form for two licences");
    let item = hall.item("canyin");
    let list = materials(&item, values);
    assert!(list.iter().any(|(one, sure)| one.name.contains("集中空调") && *sure), "the answer asks for it");
    assert!(matches!(shop.walk(&[2]), Some(Place::Advice(_))), "not ours: what to do instead");
}
