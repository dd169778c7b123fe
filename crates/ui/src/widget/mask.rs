//! Masks for names and numbers: every page shows these; the full value stands
//! on the confirmation page only.

/// `陈建国` → `陈**`; one character stays as it is told: `*`.
#[must_use]
pub fn name(full: &str) -> String {
    let mut letters = full.chars();
    match (letters.next(), letters.count()) {
        (None, _) => String::new(),
        (Some(_), 0) => "*".to_owned(),
        (Some(first), rest) => format!("{first}{}", "*".repeat(rest)),
    }
}

/// Keeps `head` and `tail` characters; shorter values are masked whole.
#[must_use]
pub fn middle(full: &str, head: usize, tail: usize) -> String {
    let letters: Vec<char> = full.chars().collect();
    if letters.len() <= head + tail {
        return "*".repeat(letters.len());
    }
    let hidden = "*".repeat(letters.len() - head - tail);
    let end: String = letters[letters.len() - tail..].iter().collect();
    let start: String = letters[..head].iter().collect();
    format!("{start}{hidden}{end}")
}

/// An identity number: six digits of the region and the last two stay.
#[must_use]
pub fn id_number(full: &str) -> String {
    middle(full, 6, 2)
}

/// A telephone number: `138****1234`.
#[must_use]
pub fn phone(full: &str) -> String {
    middle(full, 3, 4)
}
