//! 开放时间: when a hall serves people. Working days come from the calendar, the rest is the hall's own.
//!
//! A hall nobody has set hours for serves at any time. What a hall closes never shortens a time limit (domain rule 2.8).

use crate::appointments::Appointments;
use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::office::{self, Place};
use crate::operations::Operations;
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::storage::Tx;
use serde::{Deserialize, Serialize};
use time::{Date, Duration, Weekday};
use tongban_domain::code::ErrorCode;
use tongban_domain::limits::{date_text, local_day, local_time, parse_date};

const HOURS: &str = "hours";
/// Days looked ahead for the next opening.
const AHEAD_DAYS: i64 = 60;
/// Minutes of a day.
const DAY_MINUTES: u16 = 24 * 60;

/// From and until, minutes after midnight, local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Period {
    /// First minute.
    pub from: u16,
    /// The minute it closes.
    pub to: u16,
}

impl Period {
    /// `09:00-12:00`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let minute = |text: &str| {
            let (hour, minute) = text.trim().split_once(':')?;
            let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
            (hour <= 24 && minute < 60).then_some(hour * 60 + minute)
        };
        let (from, to) = text.split_once('-')?;
        let period = Self { from: minute(from)?, to: minute(to)? };
        (period.from < period.to && period.to <= DAY_MINUTES).then_some(period)
    }

    /// `09:00`.
    #[must_use]
    pub fn clock(minute: u16) -> String {
        format!("{:02}:{:02}", minute / 60, minute % 60)
    }

    /// Every period of a line such as `09:00-12:00 14:00-17:00`, in order; `None` when one does not read or they overlap.
    #[must_use]
    pub fn line(text: &str) -> Option<Vec<Self>> {
        let mut periods = text.split_whitespace().map(Self::parse).collect::<Option<Vec<_>>>()?;
        periods.sort_unstable();
        periods.windows(2).all(|pair| pair[0].to <= pair[1].from).then_some(periods)
    }
}

impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", Self::clock(self.from), Self::clock(self.to))
    }
}

/// 闭馆: days a hall is shut whatever the calendar says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    /// First day `YYYY-MM-DD`.
    pub from: String,
    /// Last day.
    pub to: String,
    /// Why, for the applicants.
    pub why: String,
}

/// 开放时间 of a hall.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// Hall.
    pub hall: String,
    /// On working days, make-up days too.
    pub working: Vec<Period>,
    /// 周六延时服务, when Saturday is no working day.
    pub saturday: Vec<Period>,
    /// Sundays that are no working days.
    pub sunday: Vec<Period>,
    /// Shut beside this.
    pub closures: Vec<Closure>,
}

impl Hours {
    fn closure(&self, day: Date) -> Option<&Closure> {
        let day = date_text(day);
        self.closures.iter().find(|closure| (closure.from.as_str()..=closure.to.as_str()).contains(&day.as_str()))
    }

    /// The periods of a day.
    fn of(&self, day: Date, works: bool) -> &[Period] {
        match day.weekday() {
            _ if self.closure(day).is_some() => &[],
            _ if works => &self.working,
            // A statutory holiday on a weekday serves nobody.
            Weekday::Saturday => &self.saturday,
            Weekday::Sunday => &self.sunday,
            _ => &[],
        }
    }
}

/// 现在不开放: why, and when it opens again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shut {
    /// Why, in words.
    pub why: String,
    /// Day and minute of the next opening within sixty days.
    pub next: Option<(Date, u16)>,
}

impl Shut {
    /// Both in words, for applicants and staff.
    #[must_use]
    pub fn words(&self) -> String {
        const DAYS: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
        let next = self.next.map_or_else(
            || "近期没有开放安排，请拨打 12345".to_owned(),
            |(day, minute)| {
                let weekday = DAYS[usize::from(day.weekday().number_days_from_monday())];
                format!("下次开放：{}（{weekday}）{}", date_text(day), Period::clock(minute))
            },
        );
        format!("{}。{next}。", self.why)
    }
}

impl Operations<'_> {
    /// Sets a hall's hours; at least one working period.
    pub fn set_hours(&self, by: &Member, hours: &Hours) -> Result<()> {
        by.require(Action::RunHall)?;
        let days = hours.closures.iter().all(|closure| {
            let (from, to) = (parse_date(&closure.from), parse_date(&closure.to));
            from.is_some() && from <= to && !closure.why.trim().is_empty()
        });
        if hours.hall.is_empty() || hours.working.is_empty() || !days {
            return Err(CentreError::invalid(ErrorCode::FieldInvalid, "hours"));
        }
        self.0.office(|tx| {
            let now = self.0.now_ms();
            let place = Place { room: HOURS, id: &hours.hall, a: &hours.hall, b: "", state: "in_force", at_ms: now };
            office::put(tx, place, hours)?;
            let words: Vec<String> = hours.working.iter().map(ToString::to_string).collect();
            log(tx, now, &by.id.0, "hall.hours", &hours.hall, "ok", &words.join(" "))
        })
    }

    /// A hall's hours; `None` when nobody has set them.
    pub fn hours(&self, hall: &str) -> Result<Option<Hours>> {
        self.0.look(|tx| office::get(tx, HOURS, hall))
    }

    /// `None` when the hall serves people now.
    pub fn shut(&self, hall: &str) -> Result<Option<Shut>> {
        self.0.look(|tx| self.0.shut_now(tx, hall))
    }
}

impl Appointments<'_> {
    /// The slots of `all` that lie in a hall's opening hours of a day; all of them where no hours are set.
    pub fn open_slots<'s>(&self, hall: &str, day: Date, all: &[&'s str]) -> Result<Vec<&'s str>> {
        let Some(hours) = self.0.operations().hours(hall)? else { return Ok(all.to_vec()) };
        let periods = hours.of(day, self.0.calendar().is_working_day(day));
        let inside = |slot: &&&str| {
            Period::parse(slot)
                .is_some_and(|slot| periods.iter().any(|period| period.from <= slot.from && slot.to <= period.to))
        };
        Ok(all.iter().filter(inside).copied().collect())
    }
}

impl Centre {
    pub(crate) fn shut_now(&self, tx: &Tx<'_>, hall: &str) -> Result<Option<Shut>> {
        let Some(hours) = office::get::<Hours>(tx, HOURS, hall)? else { return Ok(None) };
        let (today, clock) = (local_day(self.now()), local_time(self.now()).time());
        let minute = u16::from(clock.hour()) * 60 + u16::from(clock.minute());
        let calendar = self.calendar();
        let of = |day: Date| hours.of(day, calendar.is_working_day(day));
        if of(today).iter().any(|period| (period.from..period.to).contains(&minute)) {
            return Ok(None);
        }
        let later = of(today).iter().find(|period| period.from > minute).map(|period| (today, period.from));
        let next = later.or_else(|| {
            (1..=AHEAD_DAYS)
                .map(|days| today + Duration::days(days))
                .find_map(|day| of(day).first().map(|period| (day, period.from)))
        });
        let why = match hours.closure(today) {
            Some(closure) => format!("今天闭馆：{}", closure.why.trim()),
            None if of(today).is_empty() => "今天不开放".to_owned(),
            None => "现在不在开放时间".to_owned(),
        };
        Ok(Some(Shut { why, next }))
    }

    /// Refuses outside opening hours, during a 停用 of the hall, and when every window for the item pauses.
    pub(crate) fn must_serve(&self, tx: &Tx<'_>, hall: &str, item: &str) -> Result<()> {
        if let Some(stop) = self.stop_of(tx, hall)? {
            return Err(CentreError::refused(Refusal::Conflict, ErrorCode::ServiceStopped, stop.notice));
        }
        if let Some(shut) = self.shut_now(tx, hall)? {
            return Err(CentreError::refused(Refusal::Conflict, ErrorCode::HallClosed, shut.words()));
        }
        let windows = self.windows_of(tx, hall)?;
        let mut serving = windows.iter().filter(|window| window.serves(item)).peekable();
        if serving.peek().is_some() && serving.all(|window| window.paused) {
            let detail = "every window for this item pauses";
            return Err(CentreError::refused(Refusal::Conflict, ErrorCode::ServiceStopped, detail));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_hours_reads_in_order_or_not_at_all() {
        let line = Period::line("14:00-17:00 09:00-12:00").unwrap_or_default();
        assert_eq!(line.iter().map(ToString::to_string).collect::<Vec<_>>(), ["09:00-12:00", "14:00-17:00"]);
        for wrong in
            ["09:00", "12:00-09:00", "09:00-12:00 11:00-13:00", "25:00-26:00", "09:61-10:00", "a-b", "09:00-24:01"]
        {
            assert_eq!(Period::line(wrong), None, "{wrong}");
        }
        assert_eq!(Period::line("").map(|line| line.len()), Some(0));
    }
}
