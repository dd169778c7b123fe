//! 受理号, the number on the receipt: region 6, date `yymmdd`, station 3, serial 4, check 1
//! (ISO 7064 MOD 11,10), 20 digits. The station is inside, so that two stations that are both
//! offline can never give the same number.

use crate::check;
use std::fmt;
use time::{Date, Month};

/// 受理号, checked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReceiptNumber(String);

/// Why a receipt number cannot be made or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ReceiptNumberError {
    /// Not 20 digits, or a part does not fit its width.
    #[error("not 20 digits of region, date, station, serial and check")]
    Shape,
    /// The date does not exist.
    #[error("date does not exist")]
    Date,
    /// The check digit does not fit.
    #[error("check digit does not fit")]
    CheckDigit,
}

impl ReceiptNumber {
    /// Builds a number: `region` six digits, `station` 0..=999, `serial` 0..=9999,
    /// `date` in 2000..=2099.
    ///
    /// # Errors
    /// [`ReceiptNumberError::Shape`] for a part that does not fit.
    pub fn new(region: &str, date: Date, station: u16, serial: u16) -> Result<Self, ReceiptNumberError> {
        let six_digits = region.len() == 6 && region.bytes().all(|byte| byte.is_ascii_digit());
        if !six_digits || station > 999 || serial > 9999 || !(2000..2100).contains(&date.year()) {
            return Err(ReceiptNumberError::Shape);
        }
        let (year, month, day) = (date.year() % 100, date.month() as u8, date.day());
        let body = format!("{region}{year:02}{month:02}{day:02}{station:03}{serial:04}");
        let check = check::mod11_10(&body).ok_or(ReceiptNumberError::Shape)?;
        Ok(Self(format!("{body}{check}")))
    }

    /// Reads a scanned or typed number, grouped or not.
    ///
    /// # Errors
    /// [`ReceiptNumberError`], the first that applies in the order shape, date, check digit.
    pub fn parse(text: &str) -> Result<Self, ReceiptNumberError> {
        let text = check::normalise(text);
        if text.len() != 20 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ReceiptNumberError::Shape);
        }
        let number = Self(text);
        number.date_inside().ok_or(ReceiptNumberError::Date)?;
        if check::mod11_10(&number.0[..19]) != number.0.chars().last() {
            return Err(ReceiptNumberError::CheckDigit);
        }
        Ok(number)
    }

    /// The 20 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The six digits of the region.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.0[..6]
    }

    /// 收件日期.
    #[must_use]
    pub fn date(&self) -> Date {
        self.date_inside().expect("parse and new checked the date")
    }

    /// Number of the station within its region.
    #[must_use]
    pub fn station(&self) -> u16 {
        self.0[12..15].parse().expect("three digits")
    }

    /// Serial of the day at that station.
    #[must_use]
    pub fn serial(&self) -> u16 {
        self.0[15..19].parse().expect("four digits")
    }

    /// As read aloud and printed: groups of 6, 6, 3 and 5.
    #[must_use]
    pub fn grouped(&self) -> String {
        let text = &self.0;
        format!("{} {} {} {}", &text[..6], &text[6..12], &text[12..15], &text[15..])
    }

    fn date_inside(&self) -> Option<Date> {
        let part = |from: usize| self.0.get(from..from + 2)?.parse::<u8>().ok();
        let month = Month::try_from(part(8)?).ok()?;
        Date::from_calendar_date(2000 + i32::from(part(6)?), month, part(10)?).ok()
    }
}

impl fmt::Display for ReceiptNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
