//! 组织机构代码 (GB 11714): 8 characters and a check; stands inside the credit code.
//!
//! Some newer subject codes do not follow the check, so callers warn and never refuse.

const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// The check character of eight characters `0-9A-Z`: a digit or X.
#[must_use]
pub fn check_character(body: &str) -> Option<char> {
    if body.len() != 8 || body.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    let values: Option<Vec<u32>> = body.chars().map(|letter| letter.to_digit(36)).collect();
    let sum: u32 = values?.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
    Some(match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10)?,
    })
}

/// Whether nine characters check.
#[must_use]
pub fn checks(code: &str) -> bool {
    let code = crate::check::normalise(code);
    code.split_at_checked(8).is_some_and(|(body, last)| last.len() == 1 && check_character(body) == last.chars().next())
}
