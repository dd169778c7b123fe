//! 电话号码.

use crate::check::normalise;

/// 手机号码: `1`, `3`-`9`, nine digits.
#[must_use]
pub fn is_mobile(text: &str) -> bool {
    let text = normalise(text);
    let digits = text.as_bytes();
    digits.len() == 11
        && digits.iter().all(u8::is_ascii_digit)
        && digits[0] == b'1'
        && (b'3'..=b'9').contains(&digits[1])
}

/// A mobile number or a landline with area number (0 and 9 to 11 more digits; blanks and dashes allowed).
#[must_use]
pub fn is_phone(text: &str) -> bool {
    let plain = normalise(text);
    let landline =
        (10..=12).contains(&plain.len()) && plain.starts_with('0') && plain.bytes().all(|byte| byte.is_ascii_digit());
    landline || is_mobile(&plain)
}
