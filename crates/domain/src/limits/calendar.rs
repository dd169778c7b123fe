//! 工作日历: off-days and make-up working days as a data file, one entry per year.

use super::parse_date;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use time::{Date, Weekday};

/// 工作日历 of the years that were announced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    years: BTreeSet<i32>,
    /// `true`: a weekend day worked; `false`: a weekday off.
    exceptions: BTreeMap<Date, bool>,
}

/// Why a calendar file was refused.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    /// No JSON of the calendar's format.
    #[error("calendar does not parse")]
    Parse(#[source] serde_json::Error),
    /// A format this release does not know.
    #[error("calendar format v={0}, this release reads v=1")]
    Format(u32),
    /// A day that does not exist or stands under another year.
    #[error("`{0}` is no day of the year {1}")]
    Day(String, String),
    /// A day both off and worked.
    #[error("`{0}` is both off and worked")]
    Both(String),
}

#[derive(Deserialize)]
struct File {
    v: u32,
    years: BTreeMap<String, Year>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Year {
    off_days: Vec<String>,
    makeup_workdays: Vec<String>,
}

impl Calendar {
    /// Reads `{"v":1,"years":{"2026":{"off_days":[…],"makeup_workdays":[…]}}}`.
    ///
    /// # Errors
    /// [`CalendarError`].
    pub fn from_json(text: &str) -> Result<Self, CalendarError> {
        let file: File = serde_json::from_str(text).map_err(CalendarError::Parse)?;
        if file.v != 1 {
            return Err(CalendarError::Format(file.v));
        }
        let mut calendar = Self::default();
        for (name, year) in file.years {
            let days = year.off_days.iter().map(|day| (day, false));
            let days = days.chain(year.makeup_workdays.iter().map(|day| (day, true)));
            let number: i32 = name.parse().map_err(|_| CalendarError::Day(name.clone(), name.clone()))?;
            for (text, worked) in days {
                let day = parse_date(text).filter(|day| day.year() == number);
                let day = day.ok_or_else(|| CalendarError::Day(text.clone(), name.clone()))?;
                if calendar.exceptions.insert(day, worked).is_some() {
                    return Err(CalendarError::Both(text.clone()));
                }
            }
            calendar.years.insert(number);
        }
        Ok(calendar)
    }

    /// Whether the year was announced; other years are counted by plain weekends.
    #[must_use]
    pub fn knows(&self, year: i32) -> bool {
        self.years.contains(&year)
    }

    /// The years announced, ascending.
    pub fn years(&self) -> impl Iterator<Item = i32> + '_ {
        self.years.iter().copied()
    }

    /// Whether public offices work that day.
    #[must_use]
    pub fn is_working_day(&self, day: Date) -> bool {
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        self.exceptions.get(&day).copied().unwrap_or(!weekend)
    }
}
