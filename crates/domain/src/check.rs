//! 校验码: the ISO 7064 systems used by Chinese numbers, and the clean-up of typed numbers.

/// Full-width forms (U+FF01..U+FF5E and the ideographic space) as their plain letters.
#[must_use]
pub fn half_width(letter: char) -> char {
    match letter {
        '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
        other => other,
    }
}

/// A typed or scanned number in its plain form: half-width, upper case, no blanks or dashes.
#[must_use]
pub fn normalise(text: &str) -> String {
    text.chars()
        .map(half_width)
        .filter(|letter| !letter.is_whitespace() && !matches!(letter, '-' | '\u{2010}'..='\u{2015}'))
        .map(|letter| letter.to_ascii_uppercase())
        .collect()
}

/// ISO 7064 MOD 11-2 over digits: `0`-`9` or `X`; `None` if there is anything but digits.
#[must_use]
pub fn mod11_2(digits: &str) -> Option<char> {
    let mut sum = 0u32;
    for letter in digits.chars() {
        sum = (sum + letter.to_digit(10)?) * 2 % 11;
    }
    char::from_digit((12 - sum) % 11, 11).map(|check| if check == 'a' { 'X' } else { check })
}

/// ISO 7064 MOD 11,10 over digits (GB/T 17710): one digit.
#[must_use]
pub fn mod11_10(digits: &str) -> Option<char> {
    let mut product = 10u32;
    for letter in digits.chars() {
        let sum = (product + letter.to_digit(10)?) % 10;
        product = (if sum == 0 { 10 } else { sum }) * 2 % 11;
    }
    char::from_digit((11 - product) % 10, 10)
}

/// ISO 7064 MOD 37,36 over `0-9A-Z`: one of the same characters.
#[must_use]
pub fn mod37_36(text: &str) -> Option<char> {
    let mut product = 36u32;
    for letter in text.chars() {
        if letter.is_ascii_lowercase() {
            return None;
        }
        let sum = (product + letter.to_digit(36)?) % 36;
        product = (if sum == 0 { 36 } else { sum }) * 2 % 37;
    }
    char::from_digit((37 - product) % 36, 36).map(|check| check.to_ascii_uppercase())
}
