//! 公民身份号码 (GB 11643-1999): 6 region, 8 birth, 3 sequence (odd for men), 1 check.
//!
//! Numbers of the Hong Kong, Macao and Taiwan residence permit and of the 2023 foreign
//! permanent resident card are built the same way, so they parse here too; [`IdNumber::kind`]
//! tells them apart. An unknown region never rejects: abolished codes live on in numbers.

use crate::check;
use std::fmt;
use time::{Date, Month};

/// 证件号码 of 18 characters, checked. Debug is redacted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdNumber(String);

/// Why a text is no such number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum IdNumberError {
    /// Not 17 digits and a digit or X.
    #[error("not 17 digits and a check character")]
    Shape,
    /// The birth date does not exist.
    #[error("birth date does not exist")]
    Date,
    /// The check digit does not fit.
    #[error("check digit does not fit")]
    CheckDigit,
}

/// 性别 as the number tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sex {
    /// 男.
    Male,
    /// 女.
    Female,
}

/// Which document the number stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdKind {
    /// 居民身份证.
    Citizen,
    /// 港澳台居民居住证.
    Hmt,
    /// 外国人永久居留身份证 (2023).
    ForeignPermanent,
}

impl IdNumber {
    /// Cleans up (full-width digits, blanks, lower-case x) and checks.
    ///
    /// # Errors
    /// [`IdNumberError`], the first that applies in the order shape, date, check digit.
    pub fn parse(text: &str) -> Result<Self, IdNumberError> {
        let text = check::normalise(text);
        let (body, last) = text.split_at_checked(17).ok_or(IdNumberError::Shape)?;
        let digits = body.bytes().all(|byte| byte.is_ascii_digit());
        let ends_well = matches!(last.as_bytes(), [b'0'..=b'9' | b'X']);
        if !digits || !ends_well {
            return Err(IdNumberError::Shape);
        }
        birth_of(&text).ok_or(IdNumberError::Date)?;
        if check::mod11_2(body) != last.chars().next() {
            return Err(IdNumberError::CheckDigit);
        }
        Ok(Self(text))
    }

    /// The 18 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first six digits; for citizens the region of first registration.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.0[..6]
    }

    /// 出生日期.
    #[must_use]
    pub fn birth(&self) -> Date {
        birth_of(&self.0).expect("parse checked the date")
    }

    /// 性别.
    #[must_use]
    pub fn sex(&self) -> Sex {
        if self.0.as_bytes()[16] % 2 == 1 { Sex::Male } else { Sex::Female }
    }

    /// 周岁 on a day; 0 before birth.
    #[must_use]
    pub fn age_on(&self, day: Date) -> u16 {
        let birth = self.birth();
        let had_birthday = (day.month() as u8, day.day()) >= (birth.month() as u8, birth.day());
        u16::try_from(day.year() - birth.year() - i32::from(!had_birthday)).unwrap_or(0)
    }

    /// Which document carries such a number.
    #[must_use]
    pub fn kind(&self) -> IdKind {
        match self.region() {
            "810000" | "820000" | "830000" => IdKind::Hmt,
            region if region.starts_with('9') => IdKind::ForeignPermanent,
            _ => IdKind::Citizen,
        }
    }

    /// `890102********0113`.
    #[must_use]
    pub fn masked(&self) -> String {
        crate::mask::number(&self.0)
    }
}

impl fmt::Debug for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdNumber(redacted)")
    }
}

/// Digits 7 to 14 as a date that exists. The text holds 17 digits at least.
fn birth_of(text: &str) -> Option<Date> {
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<u16>().ok();
    let month = Month::try_from(u8::try_from(part(10, 12)?).ok()?).ok()?;
    let year = i32::from(part(6, 10)?);
    let day = u8::try_from(part(12, 14)?).ok()?;
    if year < 1800 {
        return None;
    }
    Date::from_calendar_date(year, month, day).ok()
}
