//! Text as it is compared: half-width, without blanks, letters the reader often confuses made one.

use crate::ocr::PageText;
use tongban_domain::check::half_width;

/// Half-width, upper case, without blanks and marks.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(half_width).filter(|letter| letter.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// Is at least one of these names on the page? `None` without any name long enough to tell.
pub(super) fn any_named(names: &[String], text: &PageText) -> Option<bool> {
    let names: Vec<Vec<char>> =
        names.iter().map(|name| plain(name).chars().collect::<Vec<_>>()).filter(|name| name.len() >= 2).collect();
    if names.is_empty() {
        return None;
    }
    // Lines are joined: a long name may be broken by the edge of the page.
    let page: Vec<char> = plain(&text.joined()).chars().collect();
    Some(names.iter().any(|name| contains(&page, name)))
}

/// Exactly, or with one letter in eight read wrong when the name is long.
fn contains(page: &[char], name: &[char]) -> bool {
    let wrong_max = if name.len() < 8 || name.iter().any(char::is_ascii_digit) { 0 } else { name.len() / 8 };
    page.windows(name.len()).any(|window| window.iter().zip(name).filter(|(a, b)| a != b).count() <= wrong_max)
}

/// Share of two-letter pieces two texts have in common (Dice), 0–1.
pub(super) fn alike(a: &str, b: &str) -> f32 {
    let pieces = |text: &str| -> Vec<[char; 2]> {
        let letters: Vec<char> = text.chars().collect();
        letters.windows(2).map(|w| [w[0], w[1]]).collect()
    };
    let (left, mut right) = (pieces(a), pieces(b));
    let total = left.len() + right.len();
    if total == 0 {
        return 0.0;
    }
    let mut common = 0;
    for piece in left {
        if let Some(at) = right.iter().position(|other| *other == piece) {
            right.swap_remove(at);
            common += 1;
        }
    }
    2.0 * common as f32 / total as f32
}
