//! 时限: due dates and working days left, by the calendar file.

use crate::centre::Centre;
use crate::error::{CentreError, Result};
use time::Date;
use tongban_domain::code::ErrorCode;
use tongban_domain::limits::{CLOSE_OF_BUSINESS, Due, counted_days, due, local_day, parse_date};

/// How pressing a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pressure {
    /// Enough time.
    Calm,
    /// One working day or none left.
    Soon,
    /// Past its promise.
    Late,
}

/// Working days to a due date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Working days left; counted past the date when late.
    pub days: u32,
    /// How pressing.
    pub pressure: Pressure,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Limits<'a>(pub(crate) &'a Centre);

impl Limits<'_> {
    /// Due date of a limit that starts on `day`.
    pub fn due(&self, day: Date, limit_days: u16) -> Result<Due> {
        due(&self.0.calendar, day, limit_days, &[], CLOSE_OF_BUSINESS)
            .ok_or_else(|| CentreError::invalid(ErrorCode::ConfigInvalid, "limit beyond the calendar"))
    }

    /// Working days left until a due date `YYYY-MM-DD`.
    #[must_use]
    pub fn left(&self, due: &str) -> Option<Left> {
        let due = parse_date(due)?;
        let today = local_day(self.0.now());
        let count = |from, to| counted_days(&self.0.calendar, from, to, &[], CLOSE_OF_BUSINESS);
        Some(if today > due {
            Left { days: count(due, today), pressure: Pressure::Late }
        } else {
            let days = count(today, due);
            Left { days, pressure: if days <= 1 { Pressure::Soon } else { Pressure::Calm } }
        })
    }
}
