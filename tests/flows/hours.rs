//! 开放时间: tickets and bookings keep to a hall's hours, and are told when it opens again; 暂停 closes the queue.

use crate::common::code_of;
use crate::hall::{Hall, at};
use tongban_centre::CentreError;
use tongban_centre::hours::{Closure, Hours, Period};
use tongban_centre::operations::Window;

const HALL: &str = "890102-001";
const CARD: &str = "890102197803150113";

fn hours() -> Hours {
    Hours {
        hall: HALL.into(),
        working: Period::line("09:00-12:00 14:00-17:00").unwrap(),
        saturday: Period::line("09:00-11:30").unwrap(),
        sunday: vec![],
        closures: vec![Closure { from: "2026-11-26".into(), to: "2026-11-27".into(), why: "系统升级".into() }],
    }
}

fn words(error: &CentreError) -> (&'static str, String) {
    let CentreError::Refused { detail, .. } = error else { panic!("{error}") };
    (code_of(error), detail.clone())
}

#[test]
fn a_ticket_outside_the_hours_is_refused_in_words_with_the_next_opening() {
    // 23 November 2026 is a Monday.
    let hall = Hall::open(4001, "2026-11-23");
    let (centre, manager) = (hall.centre(), hall.who("manager"));
    let ticket = || centre.appointments().check_in(CARD, HALL, &"sp".into());
    hall.clock_to(at("2026-11-23", 3, 0));
    assert!(ticket().is_ok(), "control: nobody has set hours");
    assert_eq!(code_of(&centre.operations().set_hours(&hall.who("window"), &hours()).unwrap_err()), "A104");
    let none = Hours { working: vec![], ..hours() };
    assert_eq!(code_of(&centre.operations().set_hours(&manager, &none).unwrap_err()), "C103", "never open is no hours");
    centre.operations().set_hours(&manager, &hours()).unwrap();

    for (day, hour, minute, next) in [
        ("2026-11-23", 8, 59, "下次开放：2026-11-23（周一）09:00"),
        ("2026-11-23", 12, 0, "下次开放：2026-11-23（周一）14:00"),
        ("2026-11-23", 17, 0, "下次开放：2026-11-24（周二）09:00"),
        // Two days shut, then a Saturday morning.
        ("2026-11-25", 17, 30, "下次开放：2026-11-28（周六）09:00"),
        ("2026-11-26", 10, 0, "今天闭馆：系统升级。下次开放：2026-11-28（周六）09:00"),
        ("2026-11-28", 11, 30, "下次开放：2026-11-30（周一）09:00"),
        ("2026-11-29", 10, 0, "今天不开放。下次开放：2026-11-30（周一）09:00"),
        // A national holiday on a weekday; the Sunday after it is worked (make-up day).
        ("2026-10-01", 10, 0, "今天不开放"),
    ] {
        hall.clock_to(at(day, hour, minute));
        let (code, detail) = words(&ticket().unwrap_err());
        assert_eq!(code, "C126", "{day} {hour}:{minute}");
        assert!(detail.contains(next), "{day} {hour}:{minute}: {detail}");
    }
    for (day, hour, minute) in
        [("2026-11-23", 9, 0), ("2026-11-23", 16, 59), ("2026-11-28", 11, 29), ("2026-10-10", 10, 0)]
    {
        hall.clock_to(at(day, hour, minute));
        assert!(ticket().is_ok(), "{day} {hour}:{minute} is open");
    }
}

#[test]
fn a_booking_keeps_to_the_hours_and_not_to_what_is_over() {
    let hall = Hall::open(4002, "2026-11-23");
    let (centre, manager) = (hall.centre(), hall.who("manager"));
    centre.operations().set_hours(&manager, &hours()).unwrap();
    hall.clock_to(at("2026-11-23", 10, 30));
    let book = |n: u32, day: &str, slot: &str| {
        let number = format!("89010219780315{n:04}");
        centre.appointments().book(("陈建国", &number), HALL, &"sp".into(), day, slot)
    };
    assert!(book(1, "2026-11-24", "09:00-10:00").is_ok());
    assert!(book(2, "2026-11-23", "11:00-12:00").is_ok(), "later today");
    for (n, day, slot, says) in [
        (3, "2026-11-24", "12:00-13:00", "工作日开放：09:00-12:00、14:00-17:00"),
        (4, "2026-11-26", "09:00-10:00", "不在开放时间"),
        (5, "2026-11-23", "09:00-10:00", "已经过了"),
    ] {
        let (code, detail) = words(&book(n, day, slot).unwrap_err());
        assert_eq!(code, "C126", "{day} {slot}");
        assert!(detail.contains(says), "{day} {slot}: {detail}");
    }
    let day = tongban_domain::limits::parse_date("2026-11-24").unwrap();
    let slots = centre.appointments().open_slots(HALL, day, &["11:00-12:00", "12:00-13:00", "16:30-17:30"]).unwrap();
    assert_eq!(slots, ["11:00-12:00"], "only whole slots");
}

#[test]
fn a_pause_of_every_window_or_of_the_hall_closes_the_queue_and_lifting_opens_it() {
    let hall = Hall::open(4003, "2026-11-23");
    let (centre, manager) = (hall.centre(), hall.who("manager"));
    let window = |number: &str, items: &[&str], paused| Window {
        hall: HALL.into(),
        number: number.into(),
        items: items.iter().map(|item| (*item).to_owned()).collect(),
        on_duty: Some("window".into()),
        paused,
    };
    let set = |one: Window| centre.operations().set_window(&manager, &one).unwrap();
    let ticket = |item: &str| centre.appointments().check_in(CARD, HALL, &item.into());
    set(window("W01", &["sp"], false));
    set(window("W02", &[], false));
    let first = ticket("sp").unwrap();
    set(window("W01", &["sp"], true));
    assert!(ticket("sp").is_ok(), "another window serves everything");
    set(window("W02", &[], true));
    assert_eq!(words(&ticket("sp").unwrap_err()).0, "C123");
    assert_eq!(words(&ticket("jz_first").unwrap_err()).0, "C123");
    assert_eq!(words(&centre.appointments().call(&hall.who("window"), HALL, "W01").unwrap_err()).0, "C123");
    set(window("W01", &["sp"], false));
    assert!(ticket("sp").is_ok());
    assert_eq!(words(&ticket("jz_first").unwrap_err()).0, "C123", "the open window does not serve it");

    centre.operations().stop(&manager, HALL, HALL, "消防演练，11 点恢复").unwrap();
    let (code, detail) = words(&ticket("sp").unwrap_err());
    assert_eq!((code, detail.as_str()), ("C123", "消防演练，11 点恢复"), "the notice is what applicants are told");
    let call = || centre.appointments().call(&hall.who("window"), HALL, "W01");
    assert_eq!(words(&call().unwrap_err()).0, "C123");
    let booked = centre.appointments().book(("陈建国", CARD), HALL, &"sp".into(), "2026-11-23", "16:00-17:00");
    assert_eq!(words(&booked.unwrap_err()).0, "C123");
    centre.operations().resume(&manager, HALL).unwrap();
    assert_eq!(call().unwrap().unwrap().number, first.number, "nobody lost the place in the line");
}
