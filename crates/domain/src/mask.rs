//! 脱敏: what may stand on a screen others can see.

/// First six and last four characters, stars between; a short text keeps its last two at most.
#[must_use]
pub fn number(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let (head, tail) = match letters.len() {
        0..=4 => (0, 0),
        5..=10 => (0, 2),
        11..=14 => (2, 4),
        _ => (6, 4),
    };
    stars(&letters, head, tail)
}

/// `王*`, `陈*国`, `欧**娜`: the first character, and the last from three characters on.
#[must_use]
pub fn name(text: &str) -> String {
    let letters: Vec<char> = text.trim().chars().collect();
    match letters.len() {
        0 => String::new(),
        1 => "*".to_owned(),
        2 => stars(&letters, 1, 0),
        _ => stars(&letters, 1, 1),
    }
}

/// `138****5678`.
#[must_use]
pub fn phone(text: &str) -> String {
    let letters: Vec<char> = text.trim().chars().collect();
    if letters.len() < 8 { stars(&letters, 0, 0) } else { stars(&letters, 3, 4) }
}

fn stars(letters: &[char], head: usize, tail: usize) -> String {
    let hidden = head..letters.len() - tail;
    letters.iter().enumerate().map(|(n, letter)| if hidden.contains(&n) { '*' } else { *letter }).collect()
}
