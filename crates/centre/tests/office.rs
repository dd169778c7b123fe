//! The office rooms: item library, payments, appointments and queue, tickets, operations, leave.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod common;

use common::sample::{card, stall_case, unseen_item};
use common::*;
use tongban_centre::handling::Act;
use tongban_centre::operations::{Duty, Window};
use tongban_centre::payments::{PaymentState, StatementLine};
use tongban_centre::rights::Role;
use tongban_centre::tickets::TicketKind;
use tongban_domain::ids::CaseId;
use tongban_domain::item::ServiceItem;

/// The next version of a catalogue file, changed by hand.
fn next_version(world: &World, key: &str, change: impl Fn(&mut serde_json::Value)) -> String {
    let item = world.centre.catalogue().latest(&key.into()).unwrap();
    let mut file: serde_json::Value = serde_json::from_str(&item.to_json().unwrap()).unwrap();
    file["version"] = serde_json::json!(item.version + 1);
    change(&mut file);
    file.to_string()
}

#[test]
fn an_item_is_drafted_checked_and_published_by_three_people() {
    let world = World::new(301);
    let library = world.centre.library();
    let editor = member(&world.centre, "editor", &[Role::Editor]);
    let checker = member(&world.centre, "checker", &[Role::Checker]);
    let publisher = member(&world.centre, "publisher", &[Role::Publisher]);
    let json = next_version(&world, "sp", |file| file["promised_days"] = serde_json::json!(6));
    let draft = library.draft(&editor, &json).unwrap();
    assert_eq!(code_of(&library.publish(&publisher, &draft.id).unwrap_err()), "C101", "not checked yet");
    assert_eq!(code_of(&library.approve(&editor, &draft.id).unwrap_err()), "A104");
    library.send_back(&checker, &draft.id, "请核对时限").unwrap();
    assert_eq!(code_of(&library.approve(&checker, &draft.id).unwrap_err()), "C101", "sent back");
    library.draft(&editor, &json).unwrap();
    library.approve(&checker, &draft.id).unwrap();
    let item = library.publish(&publisher, &draft.id).unwrap();
    assert_eq!((item.version, item.promised_days), (2, 6));
    let old = world.centre.catalogue().item(&"sp".into(), 1).unwrap();
    assert_eq!(old.promised_days, 5, "old cases keep their version");

    // One account with two hands: the second hand is refused for its own draft.
    let both = member(&world.centre, "both", &[Role::Editor, Role::Checker, Role::Publisher]);
    let json = next_version(&world, "hy", |_| {});
    let draft = library.draft(&both, &json).unwrap();
    assert_eq!(code_of(&library.approve(&both, &draft.id).unwrap_err()), "A108");
    library.approve(&checker, &draft.id).unwrap();
    assert_eq!(code_of(&library.publish(&both, &draft.id).unwrap_err()), "A108");
}

#[test]
fn a_bad_guide_is_not_approved_and_an_exported_library_comes_in_as_drafts() {
    let world = World::new(302);
    let library = world.centre.library();
    let editor = member(&world.centre, "editor", &[Role::Editor]);
    let checker = member(&world.centre, "checker", &[Role::Checker]);
    let bad = next_version(&world, "qs", |file| file["guide"]["review"]["within"] = serde_json::json!(""));
    let draft = library.draft(&editor, &bad).unwrap();
    let findings = library.check(&bad).unwrap();
    assert!(findings.iter().any(|finding| finding.code == "G35" && finding.path == "guide.review"));
    assert_eq!(code_of(&library.approve(&checker, &draft.id).unwrap_err()), "C124");
    assert_eq!(code_of(&library.draft(&editor, &bad.replace("\"version\":2", "\"version\":7")).unwrap_err()), "C110");

    let exported = library.export().unwrap();
    let items: Vec<serde_json::Value> = serde_json::from_str(&exported).unwrap();
    assert_eq!(items.len(), 9);
    assert!(items.iter().all(|item| ServiceItem::from_json(&item.to_string()).is_ok()));
    assert_eq!(library.import(&editor, &exported).unwrap(), 0, "what is in force is not drafted again");
    let mut next = items[0].clone();
    next["version"] = serde_json::json!(items[0]["version"].as_u64().unwrap() + 1);
    assert_eq!(library.import(&editor, &serde_json::json!([next]).to_string()).unwrap(), 1);
}

/// A case of an item with a fee.
fn fee_case(world: &World) -> CaseId {
    let mut file: serde_json::Value = serde_json::from_str(&unseen_item()).unwrap();
    file["fee"] = serde_json::json!({"fen": 10_000, "basis": "示发改价〔2020〕1号"});
    world.centre.catalogue().publish("test", &file.to_string()).unwrap();
    let mut kiosk = TestStation::enrol(&world.centre, &world.clock, 3, "890102-001-K01", "kiosk", "001");
    let (draft, bundle) = stall_case(&world.centre, &mut kiosk);
    let bytes = bundle.encode().unwrap();
    kiosk.upload(&world.centre, bundle.id, &bytes, bytes.len()).unwrap();
    draft.id
}

#[test]
fn money_is_taken_once_and_what_is_paid_is_delivered_or_goes_back() {
    let world = World::new(303);
    let cashier = member(&world.centre, "cashier", &[Role::Cashier]);
    let case = fee_case(&world);
    let payments = world.centre.payments();
    let order = payments.order(case).unwrap();
    assert_eq!(payments.order(case).unwrap().order, order.order, "one order, however often asked");
    assert_eq!(code_of(&payments.paid(&order.order, "G1", 9_999).unwrap_err()), "C122", "another amount");
    assert_eq!(code_of(&payments.delivered(&order.order).unwrap_err()), "C122", "nothing paid");
    payments.paid(&order.order, "G1", 10_000).unwrap();
    payments.paid(&order.order, "G1", 10_000).unwrap();
    assert_eq!(code_of(&payments.paid(&order.order, "G2", 10_000).unwrap_err()), "C122", "not twice");

    // Paid, and nothing delivered for a day: it goes back by itself, once.
    world.clock.advance(24 * 3_600_000);
    assert_eq!(payments.resolve_overdue().unwrap(), (1, 0));
    assert_eq!(payments.resolve_overdue().unwrap(), (0, 0));
    assert_eq!(code_of(&payments.delivered(&order.order).unwrap_err()), "C122", "the money is on its way back");
    let back = payments.refunded(&order.order, "R1").unwrap();
    assert_eq!(back.state, PaymentState::Refunded);

    // A new order: delivered, then the gateway's statement of the day.
    let second = payments.order(case).unwrap();
    assert_ne!(second.order, order.order);
    payments.paid(&second.order, "G3", 10_000).unwrap();
    assert!(payments.delivered(&second.order).unwrap().bill.is_some());
    world.clock.advance(24 * 3_600_000);
    assert_eq!(payments.resolve_overdue().unwrap(), (0, 0), "what was delivered stays");
    let line = |order: &str, fen| StatementLine { order: order.into(), gateway_no: "G3".into(), fen, refund: false };
    let statement = [line(&second.order, 10_000), line("JK2026999999", 500)];
    let result = payments.reconcile(&cashier, "2026-03-03", &statement).unwrap();
    assert_eq!((result.agree, result.in_fen, result.missing.as_slice()), (1, 10_500, &["JK2026999999".to_owned()][..]));
    let differing = payments.reconcile(&cashier, "2026-03-03", &[line(&second.order, 1)]).unwrap();
    assert_eq!(differing.differ, [second.order]);
}

#[test]
fn a_payment_the_gateway_knows_and_we_did_not_hear_of_is_learnt() {
    let world = World::new(304);
    let cashier = member(&world.centre, "cashier", &[Role::Cashier]);
    let case = fee_case(&world);
    let payments = world.centre.payments();
    let order = payments.order(case).unwrap();
    let line = StatementLine { order: order.order.clone(), gateway_no: "G9".into(), fen: 10_000, refund: false };
    let result = payments.reconcile(&cashier, "2026-03-02", &[line]).unwrap();
    assert_eq!(result.learnt.as_slice(), std::slice::from_ref(&order.order));
    assert_eq!(payments.delivered(&order.order).unwrap().state, PaymentState::Delivered);
}

#[test]
fn slots_have_a_quota_no_shows_rest_and_a_booking_goes_first() {
    let world = World::new(305);
    let centre = &world.centre;
    let manager = member(centre, "manager", &[Role::Manager]);
    let window = member(centre, "window", &[Role::Window]);
    let (hall, item) = ("890102-001", "sp".into());
    let appointments = centre.appointments();
    let book = |number: &str, day: &str| appointments.book(("陈建国", number), hall, &item, day, "09:00-10:00");
    let numbers: Vec<String> = (0..6).map(|n| format!("89010219780315{n:04}")).collect();
    for number in &numbers[..5] {
        book(number, "2026-03-03").unwrap();
    }
    assert_eq!(code_of(&book(&numbers[5], "2026-03-03").unwrap_err()), "C121", "forty a day are five a slot");
    assert_eq!(code_of(&book(&numbers[0], "2026-03-03").unwrap_err()), "C121", "booked before");
    assert_eq!(code_of(&book(&numbers[5], "2026-03-07").unwrap_err()), "C121", "a Saturday");
    assert_eq!(code_of(&book(&numbers[5], "2026-02-27").unwrap_err()), "C121", "yesterday");

    // Somebody walks in first, then the booked one comes: the booked one is called first.
    let seat = Window {
        hall: hall.into(),
        number: "W01".into(),
        items: vec![],
        on_duty: Some(window.id.clone()),
        paused: false,
    };
    centre.operations().set_window(&manager, &seat).unwrap();
    world.clock.advance(24 * 3_600_000);
    let walk_in = appointments.check_in(&card().number, hall, &item).unwrap();
    world.clock.advance(60_000);
    let booked = appointments.check_in(&numbers[0], hall, &item).unwrap();
    assert!(booked.priority && !walk_in.priority);
    assert_eq!(appointments.call(&window, hall, "W01").unwrap().unwrap().number, booked.number);
    let told = || appointments.calls(hall).unwrap().calls.into_iter().map(|call| (call.number, call.window));
    assert!(told().eq([(booked.number.clone(), "W01".to_owned())]), "what stands on the hall's display");
    appointments.end(&window, hall, &booked.number, "办结").unwrap();
    assert_eq!(told().count(), 0, "its holder is done");
    assert_eq!(appointments.call(&window, hall, "W01").unwrap().unwrap().number, walk_in.number);
    assert_eq!(appointments.call(&window, hall, "W01").unwrap(), None);
    centre.operations().set_window(&manager, &Window { paused: true, ..seat }).unwrap();
    assert_eq!(code_of(&appointments.call(&window, hall, "W01").unwrap_err()), "C123");

    // Three missed days rest booking for the fourth.
    assert_eq!(appointments.close_day("2026-03-03").unwrap(), 4);
    for day in ["2026-03-04", "2026-03-05"] {
        book(&numbers[1], day).unwrap();
        appointments.close_day(day).unwrap();
    }
    assert_eq!(code_of(&book(&numbers[1], "2026-03-06").unwrap_err()), "C121");
    assert!(book(&numbers[5], "2026-03-06").is_ok());
}

#[test]
fn a_stop_is_seen_at_once_by_hall_and_station_and_lifted_again() {
    let world = World::new(306);
    let manager = member(&world.centre, "manager", &[Role::Manager]);
    let reviewer = member(&world.centre, "reviewer", &[Role::Reviewer]);
    let operations = world.centre.operations();
    let stopped = |station: &str| operations.stopped("890102-001", station).unwrap();
    assert_eq!(code_of(&operations.stop(&reviewer, "890102-001", "890102-001", "停电").unwrap_err()), "A104");
    operations.stop(&manager, "890102-001", "890102-001-K03", "设备检修").unwrap();
    assert_eq!(stopped("890102-001-K03").unwrap().notice, "设备检修");
    assert!(stopped("890102-001-K01").is_none());
    operations.stop(&manager, "890102-001", "890102-001", "停电").unwrap();
    assert_eq!(stopped("890102-001-K01").unwrap().notice, "停电");
    // The next sign of life brings it, and the next after the lifting takes it away.
    let kiosk = TestStation::enrol(&world.centre, &world.clock, 3, "890102-001-K01", "kiosk", "001");
    let beat =
        tongban_protocol::api::Heartbeat { version: "1".into(), queue: 0, devices: vec![], wall_ms: 0, chain: None };
    let told = || world.centre.stations().heartbeat(&kiosk.station.id, &beat).unwrap().stopped;
    assert!(told() && world.centre.stations().time_for(&kiosk.station).unwrap().stopped);
    operations.resume(&manager, "890102-001").unwrap();
    assert!(stopped("890102-001-K01").is_none());
    assert!(!told() && !world.centre.stations().time_for(&kiosk.station).unwrap().stopped);
    let feed = world.centre.feed().after("890102-001", 0).unwrap();
    let notices = feed.entries.iter().filter(|entry| format!("{:?}", entry.item).contains("暂停服务")).count();
    assert_eq!(notices, 2);

    let duty = |hall: &str, phone: &str| Duty {
        alarm: "station_offline".into(),
        hall: hall.into(),
        owner: manager.id.clone(),
        phone: phone.into(),
    };
    operations.set_duty(&manager, &duty("", "0890-1")).unwrap();
    operations.set_duty(&manager, &duty("890102-001", "0890-2")).unwrap();
    assert_eq!(operations.owner("station_offline", "890102-001").unwrap().unwrap().phone, "0890-2");
    assert_eq!(operations.owner("station_offline", "890103-001").unwrap().unwrap().phone, "0890-1");
    let auditor = member(&world.centre, "auditor", &[Role::Auditor]);
    let lines = operations.review_rights(&auditor).unwrap();
    assert!(lines.iter().any(|line| line.staff == manager.id && line.findings.contains(&"没有岗位")));
}

#[test]
fn a_ticket_is_signed_extended_once_and_a_true_complaint_is_a_red_card() {
    let world = World::new(307);
    let manager = member(&world.centre, "manager", &[Role::Manager]);
    let case = fee_case(&world);
    let tickets = world.centre.tickets();
    assert_eq!(code_of(&tickets.open(TicketKind::Question, "", " ", "web").unwrap_err()), "C103");
    let ticket = tickets.open(TicketKind::Complaint, &case.to_string(), "窗口要求重复提交材料", "kiosk").unwrap();
    assert_eq!((ticket.sign_by.as_str(), ticket.answer_by.as_str()), ("2026-03-03", "2026-03-09"));
    assert_eq!(code_of(&tickets.answer(&manager, &ticket.id, "已核实", Some(true)).unwrap_err()), "C101", "unsigned");
    tickets.sign(&manager, &ticket.id).unwrap();
    tickets.extend(&manager, &ticket.id, "需调阅录像").unwrap();
    assert_eq!(code_of(&tickets.extend(&manager, &ticket.id, "再延").unwrap_err()), "C101");
    tickets.answer(&manager, &ticket.id, "情况属实，已道歉并整改", Some(true)).unwrap();
    let cards = world.centre.supervision().of_case(&manager, case).unwrap();
    assert_eq!(cards.len(), 1);
    assert!(cards[0].rule.starts_with("complaint:"));
}

#[test]
fn an_act_on_a_stale_page_or_outside_the_region_is_refused_and_logged() {
    let world = World::new(308);
    let case = fee_case(&world);
    let window = member(&world.centre, "window", &[Role::Window]);
    world.centre.staff().add("test", "far", "远窗口", &[Role::Window], "890103", PASSWORD).unwrap();
    let far = world.centre.staff().get("far").unwrap().unwrap();
    let handling = world.centre.handling();
    let version = world.centre.cases().row(&window, case).unwrap().version;
    assert_eq!(code_of(&handling.act(&window, case, version - 1, "centre", &Act::Accept).unwrap_err()), "C110");
    assert_eq!(code_of(&handling.act(&far, case, version, "centre", &Act::Accept).unwrap_err()), "C111");
    handling.act(&window, case, version, "centre", &Act::Accept).unwrap();
    assert_eq!(code_of(&handling.act(&window, case, version, "centre", &Act::Accept).unwrap_err()), "C101");
    let log = world.centre.staff().recent(50).unwrap();
    let refused = log.iter().filter(|line| line.action == "case.accept" && line.result != "ok").count();
    assert_eq!((refused, world.centre.staff().verify_log().unwrap() > 0), (3, true));
}
