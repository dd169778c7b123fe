//! 办件编号 (`project_no`): 实施编码 (31), date `yyyymmdd`, serial of five digits; 44 characters,
//! unique in the city, given by the centre when it takes the case in.

use crate::check::normalise;
use std::fmt;
use time::{Date, Month};

/// 办件编号.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseNumber(String);

/// The parts do not make a case number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not 44 characters of task code (31), date (8) and serial (5)")]
pub struct CaseNumberError;

impl CaseNumber {
    /// Builds a number; `task_code` has 31 characters `0-9A-Z`, `serial` is 1..=99999.
    ///
    /// # Errors
    /// [`CaseNumberError`] when a part does not fit.
    pub fn new(task_code: &str, date: Date, serial: u32) -> Result<Self, CaseNumberError> {
        if !(1..=99_999).contains(&serial) {
            return Err(CaseNumberError);
        }
        let (year, month, day) = (date.year(), date.month() as u8, date.day());
        Self::parse(&format!("{task_code}{year:04}{month:02}{day:02}{serial:05}"))
    }

    /// Reads a number.
    ///
    /// # Errors
    /// [`CaseNumberError`].
    pub fn parse(text: &str) -> Result<Self, CaseNumberError> {
        let text = normalise(text);
        let letters = text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
        if text.len() != 44 || !letters || !text[31..].bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(CaseNumberError);
        }
        let number = Self(text);
        number.date_inside().ok_or(CaseNumberError)?;
        Ok(number)
    }

    /// The 44 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// 实施编码.
    #[must_use]
    pub fn task_code(&self) -> &str {
        &self.0[..31]
    }

    /// Day the centre took the case in.
    #[must_use]
    pub fn date(&self) -> Date {
        self.date_inside().expect("parse checked the date")
    }

    /// Serial of that day.
    #[must_use]
    pub fn serial(&self) -> u32 {
        self.0[39..].parse().expect("five digits")
    }

    fn date_inside(&self) -> Option<Date> {
        let month = Month::try_from(self.0[35..37].parse::<u8>().ok()?).ok()?;
        Date::from_calendar_date(self.0[31..35].parse().ok()?, month, self.0[37..39].parse().ok()?).ok()
    }
}

impl fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
