//! The clocks of whole cases: the ten vectors told as events, and the lamps.

use crate::laws::{accepted, asked, decided, hand, paper, step, supplied, suspended, who};
use crate::support::*;
use proptest::prelude::*;
use serde::Deserialize;
use time::{PrimitiveDateTime, Time};
use tongban_domain::case::{Case, CaseStatus, Seen};
use tongban_domain::clock::WallTime;
use tongban_domain::event::{Approval, Event, PaperKind};
use tongban_domain::ids::StationId;
use tongban_domain::item::ServiceItem;
use tongban_domain::limits::{
    Alarm, CLOSE_OF_BUSINESS, Calendar, Clocks, LimitKind, Timing, clocks, date_text, parse_date,
};

#[derive(Deserialize)]
struct Vector {
    name: String,
    accepted: String,
    limit_working_days: u16,
    suspensions: Vec<(String, String)>,
    due: String,
}

fn calendar() -> Calendar {
    let path = format!("{}/../../assets/calendar/workdays.json", env!("CARGO_MANIFEST_DIR"));
    Calendar::from_json(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// `2026-11-25 10:00:00` in China.
fn moment(text: &str) -> PrimitiveDateTime {
    let (day, clock) = text.split_once(' ').unwrap();
    let part = |n: usize| clock.split(':').nth(n).unwrap().parse::<u8>().unwrap();
    PrimitiveDateTime::new(parse_date(day).unwrap(), Time::from_hms(part(0), part(1), 0).unwrap())
}

fn wall(at: &str) -> WallTime {
    WallTime((moment(at).assume_utc().unix_timestamp() - 8 * 3600) * 1000)
}

struct Story {
    case: Case,
    item: ServiceItem,
}

impl Story {
    fn filed(at: &str) -> Self {
        let item = item("jz_first");
        let mut story = Self { case: Case::new(case_id()), item: item.clone() };
        for event in application(&item).iter().chain([&granted()[0]]) {
            story.at(at, event);
        }
        story
    }

    fn at(&mut self, at: &str, event: &Event) {
        let station = StationId::from("centre");
        self.case
            .apply_seen(event, Seen { station: &station, wall: wall(at) })
            .unwrap_or_else(|error| panic!("{event:?}: {error}"));
    }

    fn clocks(&self, now: &str) -> Clocks {
        let calendar = calendar();
        clocks(&self.case, &self.item, Timing { calendar: &calendar, close: CLOSE_OF_BUSINESS, now: moment(now) })
    }

    fn stop(&mut self, from: &str, to: &str, number: &str) {
        self.at(from, &paper(PaperKind::Special, number));
        self.at(from, &suspended(number));
        self.at(to, &Event::Resumed { by: who("r"), hand: hand(), result: "通过".into() });
    }
}

#[test]
fn the_ten_vectors_hold_for_whole_cases() {
    let path = format!("{}/tests/fixtures/clock_vectors.json", env!("CARGO_MANIFEST_DIR"));
    let vectors: Vec<Vector> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(vectors.len(), 10);
    for vector in vectors {
        let day = format!("{} 09:00:00", vector.accepted);
        let mut story = Story::filed(&day);
        story.item.promised_days = vector.limit_working_days;
        story.at(&day, &accepted());
        for (n, (from, to)) in vector.suspensions.iter().enumerate() {
            story.stop(from, to, &format!("特{n}"));
        }
        let clocks = story.clocks("2026-12-31 12:00:00");
        let due = clocks.get(LimitKind::Promise).unwrap().due.unwrap();
        assert_eq!((date_text(due.date), due.estimated), (vector.due.clone(), false), "{}", vector.name);
    }
}

#[test]
fn an_unknown_year_is_an_estimate_and_a_stopped_clock_has_no_date() {
    let mut story = Story::filed("2026-12-28 09:00:00");
    story.at("2026-12-28 10:00:00", &accepted());
    let clocks = story.clocks("2026-12-28 12:00:00");
    assert!(clocks.get(LimitKind::Promise).unwrap().due.unwrap().estimated, "into 2027");
    story.at("2026-12-29 10:00:00", &paper(PaperKind::Special, "特1"));
    story.at("2026-12-29 10:00:00", &suspended("特1"));
    let clocks = story.clocks("2026-12-30 12:00:00");
    assert!(clocks.is_stopped() && clocks.get(LimitKind::Promise).unwrap().due.is_none());
}

#[test]
fn five_working_days_of_silence_accept_and_a_notice_or_a_day_less_does_not() {
    let story = Story::filed("2026-11-23 09:00:00");
    for (now, deemed, lamp) in [
        ("2026-11-24 09:00:00", false, Alarm::None),
        ("2026-11-27 09:00:00", false, Alarm::Yellow),
        ("2026-11-30 16:00:00", false, Alarm::Yellow),
        ("2026-12-01 00:01:00", true, Alarm::Red),
    ] {
        let clocks = story.clocks(now);
        assert_eq!(clocks.is_deemed_accepted(story.case.status()), deemed, "{now}");
        assert_eq!(clocks.alarm().0, lamp, "{now}");
    }
    let mut told = Story::filed("2026-11-23 09:00:00");
    told.at("2026-11-25 09:00:00", &asked("n", &["m05"], None));
    assert!(!told.clocks("2026-12-01 00:01:00").is_deemed_accepted(told.case.status()));
    // What was supplied starts the five days anew.
    told.at("2026-12-02 09:00:00", &supplied(&["m05"]));
    assert!(!told.clocks("2026-12-09 10:00:00").is_deemed_accepted(told.case.status()));
    assert!(told.clocks("2026-12-10 10:00:00").is_deemed_accepted(told.case.status()));
}

#[test]
fn deemed_acceptance_counts_from_the_day_of_receipt_and_burns_red() {
    let mut story = Story::filed("2026-11-23 09:00:00");
    let deemed =
        Event::DeemedAccepted { on: "2026-11-23".into(), document_no: "视受1".into(), due: "2026-12-07".into() };
    story.at("2026-12-01 00:05:00", &deemed);
    let clocks = story.clocks("2026-12-01 09:00:00");
    assert_eq!(date_text(clocks.get(LimitKind::Promise).unwrap().due.unwrap().date), "2026-12-07");
    assert_eq!(clocks.alarm(), (Alarm::Red, Some(LimitKind::Acceptance)));
    assert_eq!(story.case.status(), CaseStatus::Accepted);
}

#[test]
fn lamps_follow_promise_and_statutory_limit() {
    let mut story = Story::filed("2026-11-23 09:00:00");
    story.at("2026-11-23 09:30:00", &accepted());
    let lamp = |story: &Story, now: &str| story.clocks(now).alarm();
    assert_eq!(lamp(&story, "2026-11-24 09:00:00").0, Alarm::None);
    assert_eq!(lamp(&story, "2026-12-04 09:00:00"), (Alarm::Remind, Some(LimitKind::Promise)), "one day left of ten");
    assert_eq!(lamp(&story, "2026-12-08 09:00:00"), (Alarm::Yellow, Some(LimitKind::Promise)));
    assert_eq!(lamp(&story, "2026-12-22 09:00:00"), (Alarm::Red, Some(LimitKind::Statutory)));
    // Decided in time, the same days later: nothing burns but delivery.
    story.at("2026-12-04 10:00:00", &granted()[2]);
    story.at("2026-12-04 11:00:00", &granted()[3]);
    assert_eq!(lamp(&story, "2026-12-08 09:00:00").0, Alarm::None);
    assert_eq!(lamp(&story, "2026-12-22 09:00:00"), (Alarm::Yellow, Some(LimitKind::Delivery)));
}

#[test]
fn an_extension_moves_promise_and_statutory_limit_together() {
    let mut story = Story::filed("2026-11-23 09:00:00");
    story.at("2026-11-23 09:30:00", &accepted());
    story.at("2026-12-01 09:30:00", &paper(PaperKind::Extension, "延1"));
    story.at(
        "2026-12-01 09:30:00",
        &Event::Extended {
            by: who("r"),
            hand: hand(),
            approval: Approval { by: who("head"), reason: "复杂".into() },
            days: 10,
            due: "2026-12-21".into(),
            reason: "复杂".into(),
            document_no: "延1".into(),
        },
    );
    let clocks = story.clocks("2026-12-02 09:00:00");
    let due = |kind| date_text(clocks.get(kind).unwrap().due.unwrap().date);
    assert_eq!((due(LimitKind::Promise).as_str(), clocks.get(LimitKind::Statutory).unwrap().days), ("2026-12-21", 30));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Rule 6: from a grant on any day, whatever stopped the clock before it, ten working days to deliver; counted
    /// here day by day from the calendar's own words.
    #[test]
    fn a_grant_on_any_day_is_delivered_within_ten_working_days_or_the_lamp_is_red(
        day in 0i64..600,
        worked in 0i64..12,
        stopped in any::<bool>(),
        later in 0i64..40,
        grant in any::<bool>(),
    ) {
        let calendar = calendar();
        let first = parse_date("2025-01-06").unwrap() + time::Duration::days(day);
        let text = |date: time::Date, clock: &str| format!("{} {clock}", date_text(date));
        let mut story = Story::filed(&text(first, "09:00:00"));
        story.at(&text(first, "09:30:00"), &accepted());
        let mut today = first + time::Duration::days(worked);
        if stopped {
            story.stop(&text(first, "10:00:00"), &text(today, "10:00:00"), "特1");
        }
        story.at(&text(today, "11:00:00"), &step("审查", "r", true));
        story.at(&text(today, "15:00:00"), &decided("d", grant, "理由"));
        let mut due = today;
        let mut counted = 0;
        while counted < 10 {
            due += time::Duration::days(1);
            counted += u8::from(calendar.is_working_day(due));
        }
        today += time::Duration::days(later);
        let clocks = story.clocks(&text(today, "16:00:00"));
        let Some(limit) = clocks.get(LimitKind::Delivery) else {
            prop_assert!(!grant, "a grant has its ten days");
            return Ok(());
        };
        prop_assert!(grant, "nothing is to be delivered after a denial");
        prop_assert_eq!(limit.due.unwrap().date, due, "granted {}", date_text(due));
        prop_assert_eq!(limit.is_broken(today), today > due);
        prop_assert_eq!(limit.met, None, "nobody has it yet");
    }
}
