//! Words in public and what stands behind them: consultations with a term and limits, questions and answers, message
//! templates, seals in their states, security findings with their clocks, couriers scored, and numbers at a kiosk.

use crate::common::code_of;
use crate::hall::{Hall, at, catering};
use tongban_centre::CentreError;
use tongban_centre::consultations::{ConsultationKind, NewConsultation, NewOpinion, OPINIONS_A_DAY};
use tongban_centre::findings::Severity;
use tongban_centre::handling::Act;
use tongban_centre::operations::Window;
use tongban_centre::rights::Role;
use tongban_centre::seals::{Seal, SealState};
use tongban_domain::clock::Ids as _;
use tongban_domain::event::{Delivery, Digest};
use tongban_domain::ids::{CaseId, PrintId};
use tongban_domain::limits::parse_date;
use tongban_protocol::api::{LicenceStep, LicenceStepKind as Kind};
use tongban_protocol::queue::{QueueAsk, QueuePlace};

const HALL: &str = "890102-001";
const CARD: &str = "890102197803150113";

fn code<T: std::fmt::Debug>(done: Result<T, CentreError>) -> &'static str {
    code_of(&done.unwrap_err())
}

#[test]
fn anybody_is_heard_within_the_term_looked_at_before_publication_and_answered_with_counts() {
    let mut hall = Hall::open(5001, "2026-11-23");
    let agent = hall.hire("agent", &[Role::Hotline], "890100", "热线坐席");
    let supervisor = hall.hire("supervisor2", &[Role::Supervisor], "890100", "监管员");
    let (manager, room) = (hall.who("manager"), hall.centre().consultations());
    let new = NewConsultation {
        kind: ConsultationKind::Hearing,
        title: "夜市摊位设置".into(),
        text: "拟增设 42 处".into(),
        opens: "2026-11-24".into(),
        closes: "2026-11-25".into(),
        place: "三楼会议室".into(),
    };
    assert_eq!(code(room.draft(&agent, &NewConsultation { closes: "2026-11-20".into(), ..new.clone() })), "C103");
    assert_eq!(code(room.draft(&agent, &NewConsultation { place: " ".into(), ..new.clone() })), "C103");
    let notice = room.draft(&manager, &new).unwrap();
    assert!(room.published().unwrap().is_empty() && room.open(&notice.id).is_err(), "a draft is nobody's business");
    assert_eq!(code(room.publish(&manager, &notice.id)), "A108", "not by who wrote it");
    assert_eq!(code(room.publish(&agent, &notice.id)), "A104");
    room.publish(&supervisor, &notice.id).unwrap();

    let say = |text: &'static str, from: &'static str| {
        room.say(&notice.id, &NewOpinion { text, name: "", phone: "0890-8900123", from })
    };
    assert_eq!(code(say("早了", "10.0.0.1")), "C101", "before the term");
    hall.clock_to(at("2026-11-24", 9, 0));
    for text in ["", "我是 890102 1978 0315 0113"] {
        assert_eq!(code(say(text, "10.0.0.1")), "C103", "{text:?}");
    }
    let mut given: Vec<_> = (0..OPINIONS_A_DAY).map(|_| say("消防通道要留够", "10.0.0.1").unwrap()).collect();
    assert_eq!(code(say("再说一次", "10.0.0.1")), "N112", "so many a day and address");
    given.push(say("希望有早餐摊", "10.0.0.2").unwrap());
    assert!(room.open(&notice.id).unwrap().1.is_empty(), "nothing is public before somebody looked");
    assert_eq!(code(room.moderate(&agent, &given[0].id, false, " ")), "A105", "withheld only with a reason");
    room.moderate(&agent, &given[0].id, true, "").unwrap();
    room.moderate(&agent, &given[1].id, false, "重复").unwrap();
    assert_eq!(code(room.moderate(&agent, &given[1].id, true, "")), "C101", "once");
    assert_eq!(code(say("再说一次", "10.0.0.1")), "N112", "being looked at frees no place");
    hall.clock_to(at("2026-11-25", 23, 0));
    assert!(say("第二天", "10.0.0.1").is_ok());
    assert_eq!(code(room.answer(&manager, &notice.id, "采纳")), "C101", "the term runs");
    hall.clock_to(at("2026-11-26", 9, 0));
    assert_eq!(code(say("晚了", "10.0.0.3")), "C101");
    assert_eq!(code(room.answer(&manager, &notice.id, "采纳")), "C101", "opinions wait");
    let (_, all) = room.seen_by(&agent, &notice.id).unwrap();
    assert!(all.iter().all(|(_, phone)| phone.is_none()), "a telephone is for who runs the hearing");
    assert!(room.seen_by(&manager, &notice.id).unwrap().1.iter().all(|(_, phone)| phone.is_some()));
    for (opinion, _) in all.iter().filter(|(one, _)| one.state == "waiting") {
        room.moderate(&agent, &opinion.id, true, "").unwrap();
    }
    room.answer(&manager, &notice.id, "采纳 1 条").unwrap();
    let (told, shown, counts) = room.open(&notice.id).unwrap();
    assert!(told.answer.is_some() && shown.len() == counts.shown);
    assert_eq!((counts.received, counts.shown, counts.withheld, counts.waiting, counts.signed_up), (5, 4, 1, 0, 5));
    assert!(!format!("{shown:?}").contains("消防"), "nothing of it where it is printed for programmers");
}

#[test]
fn a_question_is_answered_by_three_people_found_by_search_and_replaced_by_a_better_one() {
    let mut hall = Hall::open(5002, "2026-11-23");
    let editor = hall.hire("ed", &[Role::Editor], "890100", "编辑");
    let (checker, publisher) =
        (hall.hire("ck", &[Role::Checker], "890100", "审核"), hall.hire("pb", &[Role::Publisher], "890100", "发布"));
    let room = hall.centre().knowledge();
    assert_eq!(code(room.draft(&editor, None, ("", "答"), "", "")), "C103");
    assert_eq!(code(room.draft(&editor, None, ("问", "答"), "", "nothing")), "C106");
    let first = room.draft(&editor, None, ("开餐馆要办什么证？", "办食品经营许可。"), "饭店，小吃店", "sp").unwrap();
    assert_eq!(code(room.publish(&publisher, &first.id)), "C101", "not before it is checked");
    assert_eq!(code(room.check(&checker, &first.id, false, "")), "A105");
    room.check(&checker, &first.id, true, "").unwrap();
    assert!(room.search("餐馆").unwrap().is_empty(), "nor before it is published");
    room.publish(&publisher, &first.id).unwrap();
    let found = |text: &str| room.search(text).unwrap().into_iter().map(|one| one.answer).collect::<Vec<_>>();
    for asked in ["餐馆", "小吃店", "开餐馆 食品经营", "饭店"] {
        assert_eq!(found(asked), ["办食品经营许可。"], "{asked}");
    }
    assert!(found("餐馆 驾照").is_empty(), "every word must fit");
    assert_eq!(room.of_item(&"sp".into()).unwrap().len(), 1);

    let better = ("开餐馆要办什么证？", "办营业执照和食品经营许可。");
    let second = room.draft(&editor, Some(&first.id), better, "", "sp").unwrap();
    assert_eq!(found("餐馆"), ["办食品经营许可。"], "the old one stands until the new one is published");
    room.check(&checker, &second.id, true, "").unwrap();
    room.publish(&publisher, &second.id).unwrap();
    assert_eq!(found("餐馆"), ["办营业执照和食品经营许可。"]);
    room.end(&publisher, &second.id, "办法修订").unwrap();
    assert!(found("餐馆").is_empty());
}

#[test]
fn other_words_of_a_message_need_their_places_and_a_second_person_and_then_reach_applicants() {
    let mut hall = Hall::open(5003, "2026-11-23");
    let (editor, checker) =
        (hall.hire("ed", &[Role::Editor], "890100", "编辑"), hall.hire("ck", &[Role::Checker], "890100", "审核"));
    let told = |hall: &Hall| hall.centre().notices().of(crate::common::FIRM).unwrap().remove(0).text;
    let case = hall.file(&catering());
    hall.acts("window", case, &Act::Accept);
    assert!(told(&hall).contains("已受理，2026-11-30前办结。"), "{}", told(&hall));

    let room = hall.centre().messages();
    for wrong in ["", "收到了。", "{due}前办结，联系 {phone}"] {
        assert_eq!(code(room.propose(&editor, "accepted", wrong)), "C103", "{wrong}");
    }
    assert_eq!(code(room.enforce(&checker, "accepted")), "C101", "nothing is proposed");
    room.propose(&editor, "accepted", "您的申请受理了，最晚{due}有结果。").unwrap();
    assert_eq!(code(room.enforce(&editor, "accepted")), "A104");
    let second = hall.file(&catering());
    hall.acts("window", second, &Act::Accept);
    assert!(told(&hall).contains("已受理"), "not in force yet");
    hall.centre().messages().enforce(&checker, "accepted").unwrap();
    let third = hall.file(&catering());
    hall.acts("window", third, &Act::Accept);
    assert!(told(&hall).ends_with("您的申请受理了，最晚2026-11-30有结果。"), "{}", told(&hall));
    let log = hall.centre().messages().sent(&checker, 10).unwrap();
    assert!(log.len() >= 3 && log[0].text.contains("最晚"));
    assert!(!format!("{log:?}").contains("陈建国"), "the log names nobody");
}

fn made(hall: &Hall, case: CaseId, serial: &str) -> Result<(), CentreError> {
    let print = PrintId(hall.world.ids.next());
    let serial = || serial.to_owned();
    for kind in [
        Kind::Intend { print, serial: serial(), pdf_sha256: Digest([7; 32]) },
        Kind::Confirm { print, serial: serial() },
    ] {
        let operator = hall.who("operator").id;
        let step = LicenceStep { idem: hall.world.ids.next(), base: hall.version(case), operator, step: kind };
        hall.centre().licences().step(&hall.window.station, case, &step)?;
    }
    Ok(())
}

#[test]
fn a_lost_seal_makes_no_licence_and_a_new_one_in_its_place_does() {
    let mut hall = Hall::open(5004, "2026-11-23");
    let security = hall.hire("sec", &[Role::Security], "890100", "安全管理员");
    let operator = hall.who("operator");
    hall.centre().stock().add("test", "jz_first", "000400", "000410", &operator.id).unwrap();
    let case = hall.granted(Delivery::Pickup);
    let org = hall.item("jz_first").org.code.clone();
    let seal = |code: &str, valid_to: &str| Seal {
        code: code.into(),
        org: org.clone(),
        name: "行政审批专用章".into(),
        maker: "备案刻章社".into(),
        made_on: "2020-01-01".into(),
        valid_to: valid_to.into(),
        state: SealState::InUse,
        history: vec![],
    };
    let room = hall.centre().seals();
    assert_eq!(code(room.register(&operator, &seal("S1", "2030-01-01"))), "A104");
    assert_eq!(code(room.register(&security, &seal("S1", "2019-01-01"))), "C103", "it ends before it begins");
    room.register(&security, &seal("S1", "2030-01-01")).unwrap();
    assert_eq!(code(room.set(&security, "S1", SealState::Lost, "")), "A105");
    room.set(&security, "S1", SealState::Lost, "搬迁时遗失，已报案").unwrap();
    assert_eq!(code(room.set(&security, "S1", SealState::InUse, "找到了")), "C101", "a lost seal never comes back");
    assert_eq!(code(made(&hall, case, "000400")), "P109");
    assert!(hall.centre().stock().uses().unwrap().is_empty(), "and no blank is used up");
    let paper = hall.granted(Delivery::Pickup);
    assert!(hall.papers(paper).contains(&"grant"), "a paper leaves the place free for a stamp");

    let room = hall.centre().seals();
    room.register(&security, &seal("S2", "2026-11-22")).unwrap();
    assert_eq!(code(made(&hall, case, "000400")), "P109", "past its day");
    room.register(&security, &seal("S3", "2030-01-01")).unwrap();
    made(&hall, case, "000400").unwrap();
    room.set(&security, "S3", SealState::Stopped, "换章").unwrap();
    assert_eq!(code(made(&hall, paper, "000401")), "P109");
    room.set(&security, "S3", SealState::InUse, "恢复").unwrap();
    made(&hall, paper, "000401").unwrap();
    assert_eq!(room.all(&operator).unwrap().iter().map(|seal| seal.history.len()).sum::<usize>(), 6);
}

#[test]
fn a_finding_has_a_clock_and_a_risk_is_accepted_by_somebody_else() {
    let mut hall = Hall::open(5005, "2026-11-23");
    let (one, two) = (
        hall.hire("t1", &[Role::Technician], "890100", "运维一"),
        hall.hire("t2", &[Role::Technician], "890100", "运维二"),
    );
    let room = hall.centre().findings();
    assert_eq!(code(room.record(&one, "nowhere", "扫描", "弱口令", Severity::High)), "C103");
    assert_eq!(code(room.record(&hall.who("window"), "server", "扫描", "弱口令", Severity::High)), "A104");
    let high = room.record(&one, "server", "cargo audit", "过期的依赖", Severity::High).unwrap();
    let low = room.record(&one, "server", "人工检查", "未锁机柜", Severity::Low).unwrap();
    assert_eq!(high.fix_by, "2026-11-26", "three working days");
    assert!(!high.is_late("2026-11-26") && high.is_late("2026-11-27"));
    assert_eq!(code(room.end(&one, &high.id, true, " ")), "A105");
    room.end(&one, &high.id, true, "已升级").unwrap();
    assert_eq!(code(room.end(&two, &high.id, true, "再次")), "C101");
    assert_eq!(code(room.end(&one, &low.id, false, "影响小")), "A108");
    room.end(&two, &low.id, false, "机房有门禁").unwrap();
    let all = room.all(&one).unwrap();
    assert!(all.len() == 2 && all.iter().all(|one| one.ended.is_some() && !one.is_late("2027-12-31")));
}

#[test]
fn couriers_are_scored_by_the_steps_of_their_own_parcels() {
    let mut hall = Hall::open(5006, "2026-11-23");
    let operator = hall.who("operator");
    hall.centre().stock().add("test", "jz_first", "000500", "000510", &operator.id).unwrap();
    let cases: Vec<CaseId> = (0..4).map(|_| hall.granted(Delivery::Courier)).collect();
    let address = "示范市城东区建设路18号";
    let courier = hall.centre().courier();
    for (n, case) in cases.iter().enumerate() {
        made(&hall, *case, &format!("00050{n}")).unwrap();
        let carrier = if n < 3 { "邮政" } else { "某快递" };
        courier.order_with(&operator, *case, carrier, &format!("E{n}"), address).unwrap();
    }
    // Ordered on a Monday: signed on Wednesday is in time, on Friday it is not; one comes back, one is never heard of.
    let noon = |day: &str| at(day, 12, 0).0;
    courier.report("E0", noon("2026-11-25"), "signed", "本人签收").unwrap();
    courier.report("E1", noon("2026-11-27"), "signed", "本人签收").unwrap();
    courier.report("E2", noon("2026-11-25"), "back", "拒收").unwrap();
    let days = (parse_date("2026-11-01").unwrap(), parse_date("2026-12-31").unwrap());
    hall.clock_to(at("2026-12-03", 9, 0));
    let scores = courier.scores(&operator, days.0, days.1).unwrap();
    assert_eq!(scores.iter().map(|one| one.lost).sum::<u64>(), 0, "ten days have not passed");
    hall.clock_to(at("2026-12-04", 9, 0));
    let scores = courier.scores(&operator, days.0, days.1).unwrap();
    let of = |name: &str| scores.iter().find(|one| one.carrier == name).unwrap();
    let post = of("邮政");
    assert_eq!((post.ordered, post.signed, post.on_time, post.back, post.lost), (3, 2, 1, 1, 0));
    assert_eq!((post.on_time_permille(), post.days_tenths()), (Some(333), Some(30)), "two and four days");
    let other = of("某快递");
    assert_eq!((other.ordered, other.lost, other.on_time_permille(), other.days_tenths()), (1, 1, Some(0), None));
    assert!(courier.scores(&operator, days.1, days.1).unwrap().is_empty(), "none of another term");
}

#[test]
fn a_swipe_at_the_kiosk_turns_a_booking_into_a_number_once_and_anybody_gets_a_place() {
    let hall = Hall::open(5007, "2026-11-23");
    let (centre, manager) = (hall.centre(), hall.who("manager"));
    let room = centre.appointments();
    let ask = |number: Option<&str>, item: Option<&str>| QueueAsk {
        ask: hall.world.ids.next(),
        number: number.map(str::to_owned),
        item: item.map(Into::into),
    };
    let taken = |ask: &QueueAsk| -> Option<QueuePlace> { room.take(HALL, ask).unwrap().ticket };
    room.book(("陈建国", CARD), HALL, &"sp".into(), "2026-11-23", "09:00-10:00").unwrap();
    assert_eq!(code(room.take(HALL, &ask(None, Some("nothing")))), "C106");

    let first = taken(&ask(None, Some("sp"))).unwrap();
    assert_eq!((first.number.as_str(), first.priority, first.ahead), ("A001", false, 0));
    let nobody = ask(Some("890102198605050458"), None);
    assert_eq!(taken(&nobody), None, "nothing is booked: an item has to be named");
    let named = QueueAsk { item: Some("ws".into()), ..nobody };
    let second = taken(&named).unwrap();
    assert_eq!((second.number.as_str(), second.ahead), ("A002", 1));
    assert_eq!(taken(&named).unwrap(), second, "the same question again");
    assert_eq!(taken(&ask(named.number.as_deref(), Some("ws"))).unwrap().number, "A002", "the same person again");

    let booked = taken(&ask(Some(CARD), None)).unwrap();
    assert_eq!(
        (booked.number.as_str(), booked.item.0.as_str(), booked.priority, booked.ahead),
        ("Y003", "sp", true, 0)
    );
    assert_eq!(taken(&ask(Some(CARD), Some("sp"))).unwrap().number, "Y003", "still waiting: no second number");
    assert_eq!(taken(&ask(Some(CARD), None)), None, "the booking is used up");

    let seat = Window {
        hall: HALL.into(),
        number: "W01".into(),
        items: vec![],
        on_duty: Some("window".into()),
        paused: false,
    };
    centre.operations().set_window(&manager, &seat).unwrap();
    let window = hall.who("window");
    let call = || room.call(&window, HALL, "W01").unwrap().map(|ticket| ticket.number);
    assert_eq!(call().as_deref(), Some("Y003"), "who booked goes first");
    assert_eq!(call().as_deref(), Some("A001"));
    assert_eq!(taken(&ask(Some(CARD), Some("sp"))).unwrap().number, "A004", "called: a new matter is a new number");
    centre.operations().stop(&manager, HALL, HALL, "消防演练").unwrap();
    assert_eq!(code(room.take(HALL, &ask(None, Some("sp")))), "C123");
}
