//! Working days against the vectors, and what holds for any case.

use proptest::prelude::*;
use serde::Deserialize;
use time::macros::{date, datetime, format_description};
use time::{Date, Duration, PrimitiveDateTime};
use tongban_domain::clock::WallTime;
use tongban_domain::limits::{
    CLOSE_OF_BUSINESS, Calendar, Suspension, counted_days, date_text, due, local_day, local_time, parse_date,
};

fn calendar() -> Calendar {
    Calendar::from_json(include_str!("../../../../assets/calendar/workdays.json")).unwrap()
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    accepted: String,
    limit_working_days: u16,
    suspensions: Vec<(String, String)>,
    due: String,
}

fn moment(text: &str) -> PrimitiveDateTime {
    let form = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    PrimitiveDateTime::parse(text, form).unwrap()
}

#[test]
fn the_ten_clock_vectors_come_out() {
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("../fixtures/clock_vectors.json")).unwrap();
    assert_eq!(vectors.len(), 10);
    for vector in vectors {
        let stops: Vec<Suspension> = vector
            .suspensions
            .iter()
            .map(|(from, to)| Suspension { from: moment(from), to: Some(moment(to)) })
            .collect();
        let accepted = parse_date(&vector.accepted).unwrap();
        let end = due(&calendar(), accepted, vector.limit_working_days, &stops, CLOSE_OF_BUSINESS).unwrap();
        assert_eq!((date_text(end.date), end.estimated), (vector.due, false), "{}", vector.name);
        let counted = counted_days(&calendar(), accepted, end.date, &stops, CLOSE_OF_BUSINESS);
        assert_eq!(counted, u32::from(vector.limit_working_days), "{}", vector.name);
    }
}

#[test]
fn the_calendar_has_the_working_days_announced() {
    let calendar = calendar();
    for (year, wanted) in [(2024, 251), (2025, 248), (2026, 248)] {
        let mut day = Date::from_calendar_date(year, time::Month::January, 1).unwrap();
        let mut counted = 0;
        while day.year() == year {
            counted += u32::from(calendar.is_working_day(day));
            day = day.next_day().unwrap();
        }
        assert_eq!(counted, wanted, "{year}");
    }
}

#[test]
fn a_due_date_beyond_the_known_years_is_an_estimate() {
    let beyond = due(&calendar(), date!(2026 - 12 - 30), 5, &[], CLOSE_OF_BUSINESS).unwrap();
    assert!(beyond.estimated && beyond.date == date!(2027 - 01 - 06));
    assert!(!due(&calendar(), date!(2026 - 12 - 30), 1, &[], CLOSE_OF_BUSINESS).unwrap().estimated);
}

#[test]
fn a_suspended_case_has_no_due_date() {
    let stop = Suspension { from: datetime!(2026-11-25 10:00), to: None };
    assert_eq!(due(&calendar(), date!(2026 - 11 - 23), 5, &[stop], CLOSE_OF_BUSINESS), None);
    // Days that ran before the stop are enough for a shorter limit.
    assert!(due(&calendar(), date!(2026 - 11 - 23), 1, &[stop], CLOSE_OF_BUSINESS).is_some());
}

#[test]
fn at_close_of_business_a_stop_counts_and_a_resumption_counts() {
    let accepted = date!(2026 - 11 - 23);
    let end =
        |from, to| due(&calendar(), accepted, 1, &[Suspension { from, to: Some(to) }], CLOSE_OF_BUSINESS).unwrap();
    // Stopped at five sharp: that day is lost. Resumed at five sharp: that day counts.
    let stopped_at_five = end(datetime!(2026-11-24 17:00), datetime!(2026-11-24 17:01));
    let resumed_at_five = end(datetime!(2026-11-24 09:00), datetime!(2026-11-24 17:00));
    assert_eq!((stopped_at_five.date, resumed_at_five.date), (date!(2026 - 11 - 25), date!(2026 - 11 - 24)));
}

#[test]
fn a_broken_calendar_is_refused() {
    for bad in [
        "",
        r#"{"v":2,"years":{}}"#,
        r#"{"v":1,"years":{"2026":{"off_days":["2025-01-01"],"makeup_workdays":[]}}}"#,
        r#"{"v":1,"years":{"2026":{"off_days":["2026-02-30"],"makeup_workdays":[]}}}"#,
        r#"{"v":1,"years":{"2026":{"off_days":["2026-01-01"],"makeup_workdays":["2026-01-01"]}}}"#,
    ] {
        assert!(Calendar::from_json(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_day_changes_at_midnight_in_china() {
    assert_eq!(local_time(WallTime(1_795_420_800_000)), datetime!(2026-11-23 16:00));
    let before_midnight = WallTime(1_795_449_599_999);
    assert_eq!(local_day(before_midnight), date!(2026 - 11 - 23));
    assert_eq!(local_day(WallTime(before_midnight.0 + 1)), date!(2026 - 11 - 24));
    let _ = (local_day(WallTime(i64::MAX)), local_day(WallTime(i64::MIN)));
}

proptest! {
    #[test]
    fn a_due_date_is_a_working_day_and_suspension_never_brings_it_nearer(
        start in 0i64..1000, limit in 1u16..60, from in 0i64..(90 * 24), hours in 0i64..(20 * 24),
    ) {
        let accepted = date!(2024 - 01 - 02) + Duration::days(start);
        let plain = due(&calendar(), accepted, limit, &[], CLOSE_OF_BUSINESS).unwrap();
        prop_assert!(calendar().is_working_day(plain.date) && plain.date > accepted);
        let stop_from = accepted.midnight() + Duration::hours(from);
        let stop = Suspension { from: stop_from, to: Some(stop_from + Duration::hours(hours)) };
        let stopped = due(&calendar(), accepted, limit, &[stop], CLOSE_OF_BUSINESS).unwrap();
        prop_assert!(stopped.date >= plain.date);
        if hours == 0 || stop_from.date() > plain.date {
            prop_assert_eq!(stopped.date, plain.date);
        }
    }

    #[test]
    fn any_text_is_a_date_or_none(text in "\\PC{0,12}") {
        if let Some(date) = parse_date(&text) {
            prop_assert_eq!(date_text(date), text);
        }
    }
}
