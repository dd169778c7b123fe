//! 办理时限: working days, due dates, suspensions.
//!
//! The day of acceptance is day 0. A working day counts when the case is running at close of
//! business that day, so a suspension begun and ended on one day costs nothing. A case is due
//! on its N-th counted day, at the end of that day (+08:00). Beyond the years the calendar
//! knows, plain weekends are used and the result says it is an estimate.

mod calendar;
mod clocks;

pub use calendar::{Calendar, CalendarError};
pub use clocks::{
    Alarm, CORRECTION_DAYS, Clocks, DECISION_ON_ACCEPTANCE_DAYS, DELIVERY_DAYS, JOINT_DAYS_MAX, Limit, LimitKind,
    Timing, clocks,
};

use crate::clock::WallTime;
use time::macros::time as clock_time;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// Close of business unless the hall says otherwise.
pub const CLOSE_OF_BUSINESS: Time = clock_time!(17:00);

/// 特别程序 or another stop of the clock; local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspension {
    /// From this moment.
    pub from: PrimitiveDateTime,
    /// To this moment; `None` while it lasts.
    pub to: Option<PrimitiveDateTime>,
}

impl Suspension {
    fn covers(&self, moment: PrimitiveDateTime) -> bool {
        self.from <= moment && self.to.is_none_or(|to| moment < to)
    }
}

/// 到期日.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Last day, to its end.
    pub date: Date,
    /// 预估: the calendar does not know every year on the way.
    pub estimated: bool,
}

/// The longest limit counted out, in days on the calendar; far beyond any lawful limit.
const HORIZON_DAYS: u32 = 20_000;

/// The due date of a case accepted on a day. `None` while a suspension lasts, because a case
/// that does not run has no due date. A limit of 0 is due on the day itself.
#[must_use]
pub fn due(
    calendar: &Calendar,
    accepted: Date,
    limit_days: u16,
    suspensions: &[Suspension],
    close_of_business: Time,
) -> Option<Due> {
    let mut due = Due { date: accepted, estimated: false };
    let mut counted = 0;
    for _ in 0..HORIZON_DAYS {
        if counted == limit_days {
            return Some(due);
        }
        due.date = due.date.next_day()?;
        due.estimated |= !calendar.knows(due.date.year());
        counted += u16::from(counts(calendar, due.date, suspensions, close_of_business));
    }
    None
}

/// Working days counted from the day after acceptance to `until`, that day included.
#[must_use]
pub fn counted_days(
    calendar: &Calendar,
    accepted: Date,
    until: Date,
    suspensions: &[Suspension],
    close_of_business: Time,
) -> u32 {
    let mut day = accepted;
    let mut counted = 0;
    while day < until {
        let Some(next) = day.next_day() else { break };
        day = next;
        counted += u32::from(counts(calendar, day, suspensions, close_of_business));
    }
    counted
}

fn counts(calendar: &Calendar, day: Date, suspensions: &[Suspension], close_of_business: Time) -> bool {
    let close = day.with_time(close_of_business);
    calendar.is_working_day(day) && !suspensions.iter().any(|suspension| suspension.covers(close))
}

/// The day in China (+08:00, no summer time) of a wall time; the first day of 1970 for a wall
/// time outside the calendar.
#[must_use]
pub fn local_day(wall: WallTime) -> Date {
    local_time(wall).date()
}

/// Date and time in China (+08:00) of a wall time; see [`local_day`].
#[must_use]
pub fn local_time(wall: WallTime) -> PrimitiveDateTime {
    let china = UtcOffset::from_hms(8, 0, 0).expect("eight hours is a valid offset");
    let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(wall.0) * 1_000_000)
        .ok()
        .and_then(|moment| moment.checked_to_offset(china))
        .unwrap_or(OffsetDateTime::UNIX_EPOCH);
    PrimitiveDateTime::new(moment.date(), moment.time())
}

/// `YYYY-MM-DD` of an existing day.
#[must_use]
pub fn parse_date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| bytes[range].iter().all(u8::is_ascii_digit);
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    if !(digits(0..4) && digits(5..7) && digits(8..10)) {
        return None;
    }
    let month = Month::try_from(text[5..7].parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(text[..4].parse().ok()?, month, text[8..].parse().ok()?).ok()
}

/// `YYYY-MM-DD`.
#[must_use]
pub fn date_text(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), date.month() as u8, date.day())
}
