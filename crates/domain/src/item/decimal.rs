//! Exact decimal numbers for limits and comparisons; a form value is never a float.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A number with at most six decimals, held in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Decimal {
    millionths: i128,
}

/// The text is no decimal number this program works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a decimal number of at most 15 digits before and 6 behind the point")]
pub struct DecimalError;

const SCALE: i128 = 1_000_000;

impl Decimal {
    /// A whole number.
    #[must_use]
    pub const fn whole(value: i64) -> Self {
        Self { millionths: value as i128 * SCALE }
    }

    /// How many decimals the text shows; `None` when it is no number.
    #[must_use]
    pub fn decimals_of(text: &str) -> Option<u8> {
        text.parse::<Self>().ok()?;
        let behind = text.split_once('.').map_or(0, |(_, behind)| behind.len());
        u8::try_from(behind).ok()
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (before, behind) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits(before) || !all_digits(behind) || before.len() > 15 || behind.len() > 6 {
            return Err(DecimalError);
        }
        let before: i128 = before.parse().map_err(|_| DecimalError)?;
        let behind: i128 = format!("{behind:0<6}").parse().map_err(|_| DecimalError)?;
        let value = before * SCALE + behind;
        Ok(Self { millionths: if negative { -value } else { value } })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.millionths.unsigned_abs();
        let scale = SCALE.unsigned_abs();
        let sign = if self.millionths < 0 { "-" } else { "" };
        let behind = format!("{:06}", size % scale);
        let behind = behind.trim_end_matches('0');
        let point = if behind.is_empty() { "" } else { "." };
        write!(f, "{sign}{}{point}{behind}", size / scale)
    }
}

impl TryFrom<String> for Decimal {
    type Error = DecimalError;

    fn try_from(text: String) -> Result<Self, DecimalError> {
        text.parse()
    }
}

impl From<Decimal> for String {
    fn from(value: Decimal) -> Self {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_compare_by_value_and_print_short() {
        let parse = |text: &str| text.parse::<Decimal>();
        assert!(parse("0.10") == parse("0.1") && parse("-2.5").expect("a number") < parse("-2.49").expect("a number"));
        assert_eq!(parse("800.00").map(|d| d.to_string()), Ok("800".to_owned()));
        assert_eq!(parse("-0.000001").map(|d| d.to_string()), Ok("-0.000001".to_owned()));
        for bad in ["", "-", ".", "1.", ".5", "1e3", "1,000", "１２", "+1", "1.0000001", "1234567890123456"] {
            assert_eq!(parse(bad), Err(DecimalError), "{bad}");
        }
        assert_eq!(Decimal::decimals_of("3.140"), Some(3));
    }
}
