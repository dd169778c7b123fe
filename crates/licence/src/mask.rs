//! 脱敏 for papers that others may read: a receipt lies about, a proof is shown on purpose.

/// `陈建国` → `陈*国`, `王明` → `王*`. One character stays one character.
#[must_use]
pub fn mask_name(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    match characters.as_slice() {
        [] | [_] => name.to_owned(),
        [first, _] => format!("{first}*"),
        [first, middle @ .., last] => {
            let stars: String = middle.iter().map(|_| '*').collect();
            format!("{first}{stars}{last}")
        }
    }
}

/// First six and last four characters stay: `890102********0113`.
///
/// A number too short to hide anything between them keeps its last two only.
#[must_use]
pub fn mask_number(number: &str) -> String {
    let characters: Vec<char> = number.chars().collect();
    let keep = if characters.len() > 12 { (6, 4) } else { (0, 2.min(characters.len() / 2)) };
    characters
        .iter()
        .enumerate()
        .map(|(at, character)| {
            let shown = at < keep.0 || at >= characters.len() - keep.1;
            if shown { *character } else { '*' }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_masked_as_the_screen_masks_them() {
        assert_eq!(mask_name("陈建国"), "陈*国");
        assert_eq!(mask_name("王明"), "王*");
        assert_eq!(mask_name("欧阳小红"), "欧**红");
        assert_eq!(mask_number("890102197803150113"), "890102********0113");
        assert_eq!(mask_number("12345678"), "******78");
        assert_eq!(mask_number("1"), "*");
        assert_eq!(mask_number(""), "");
    }

    #[test]
    fn masking_twice_hides_no_less() {
        assert_eq!(mask_number(&mask_number("890102197803150113")), "890102********0113");
        assert_eq!(mask_name(&mask_name("陈建国")), "陈*国");
    }
}
