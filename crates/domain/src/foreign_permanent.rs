//! 外国人永久居留身份证号码.
//!
//! 2023 card: `9`, two digits of the place of application, three of the nationality (numeric
//! GB/T 2659), birth, sequence (odd for men, never 000), MOD 11-2 check. The 2017 card carries
//! three letters and twelve digits and stays valid until it expires.

use crate::id_number::{IdKind, IdNumber, IdNumberError};
use std::fmt;

/// The number of either card. Debug is redacted.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum ForeignPermanentNumber {
    /// 2023 card.
    New(IdNumber),
    /// 2017 card: nationality letters and digits, without a check of its own.
    Old(String),
}

/// Why a text is no such number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ForeignPermanentError {
    /// Neither card's form.
    #[error("neither 18 characters starting with 9 nor three letters and twelve digits")]
    Shape,
    /// Form of the 2023 card, but a date or check digit that does not fit.
    #[error("number of the 2023 card does not check")]
    Number(#[source] IdNumberError),
}

impl ForeignPermanentNumber {
    /// Cleans up and checks.
    ///
    /// # Errors
    /// [`ForeignPermanentError`].
    pub fn parse(text: &str) -> Result<Self, ForeignPermanentError> {
        let text = crate::check::normalise(text);
        if text.len() == 15 && text.is_ascii() {
            let (letters, digits) = text.split_at(3);
            let fits = letters.bytes().all(|byte| byte.is_ascii_uppercase())
                && digits.bytes().all(|byte| byte.is_ascii_digit());
            return if fits { Ok(Self::Old(text)) } else { Err(ForeignPermanentError::Shape) };
        }
        let number = IdNumber::parse(&text).map_err(|error| match error {
            IdNumberError::Shape => ForeignPermanentError::Shape,
            other => ForeignPermanentError::Number(other),
        })?;
        if number.kind() != IdKind::ForeignPermanent || &number.as_str()[14..17] == "000" {
            return Err(ForeignPermanentError::Shape);
        }
        Ok(Self::New(number))
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::New(number) => number.as_str(),
            Self::Old(text) => text,
        }
    }

    /// Nationality: three digits (2023) or three letters (2017).
    #[must_use]
    pub fn nationality(&self) -> &str {
        match self {
            Self::New(number) => &number.as_str()[3..6],
            Self::Old(text) => &text[..3],
        }
    }
}

impl fmt::Debug for ForeignPermanentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ForeignPermanentNumber(redacted)")
    }
}
