//! Dates on a page: printed in digits or in Chinese numerals.

/// A date at a place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Dated {
    year: u32,
    month: u32,
    day: u32,
    /// Index of its first letter, and of the letter behind its last.
    from: usize,
    to: usize,
}

impl Dated {
    fn text(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// The day a document was issued, `YYYY-MM-DD`: the last full date that stands at the end of a line.
pub(super) fn issued_on(lines: &[&str]) -> Option<String> {
    lines.iter().rev().take(14).find_map(|line| {
        let letters: Vec<char> = letters(line);
        let last = dates(&letters).into_iter().next_back()?;
        // A date inside a sentence tells of something else.
        let alone = letters.len() - last.to <= 1 && (last.from <= 12);
        (alone && plausible(last)).then(|| last.text())
    })
}

/// The day until which a document is valid, `YYYY-MM-DD`.
pub(super) fn valid_to(lines: &[&str]) -> Option<String> {
    let all: Vec<char> = lines.iter().flat_map(|line| letters(line)).collect();
    let mut found: Vec<String> = Vec::new();
    for date in dates(&all) {
        let before: String = all[date.from.saturating_sub(8)..date.from].iter().collect();
        let near: String = all[date.from.saturating_sub(60)..date.from].iter().collect();
        let behind: String = all[date.to..(date.to + 1).min(all.len())].iter().collect();
        let said = before.ends_with('至') || before.ends_with("有效期至") || before.ends_with("截止");
        let about = ["有效期", "期限", "止"].iter().any(|word| near.contains(word)) || behind == "止";
        if said && about && plausible(date) {
            found.push(date.text());
        }
    }
    found.dedup();
    // Two different ends are for a person.
    (found.len() == 1).then(|| found.swap_remove(0))
}

fn plausible(date: Dated) -> bool {
    (1980..=2100).contains(&date.year)
}

fn letters(line: &str) -> Vec<char> {
    line.chars().map(tongban_domain::check::half_width).filter(|letter| !letter.is_whitespace()).collect()
}

fn digit(letter: char) -> Option<u32> {
    match letter {
        '0'..='9' => letter.to_digit(10),
        '〇' | '○' | '零' | 'O' | 'o' => Some(0),
        '一' => Some(1),
        '二' => Some(2),
        '三' => Some(3),
        '四' => Some(4),
        '五' => Some(5),
        '六' => Some(6),
        '七' => Some(7),
        '八' => Some(8),
        '九' => Some(9),
        _ => None,
    }
}

/// A number of at most 31 before `end`, in digits or numerals with 十; its value and where it begins.
fn small(all: &[char], end: usize) -> Option<(u32, usize)> {
    let mut from = end;
    while from > 0 && end - from < 3 && (digit(all[from - 1]).is_some() || all[from - 1] == '十') {
        from -= 1;
    }
    let text = &all[from..end];
    let value = match text.iter().position(|letter| *letter == '十') {
        Some(at) => {
            let tens = if at == 0 { 1 } else { digit(text[at - 1])? };
            let ones = text.get(at + 1).map_or(Some(0), |letter| digit(*letter))?;
            tens * 10 + ones
        }
        None if text.is_empty() || text.len() > 2 => return None,
        None => text.iter().try_fold(0, |sum, letter| Some(sum * 10 + digit(*letter)?))?,
    };
    Some((value, from))
}

fn dates(all: &[char]) -> Vec<Dated> {
    let mut found = Vec::new();
    for (at, letter) in all.iter().enumerate() {
        if *letter != '日' {
            continue;
        }
        let read = || {
            let (day, from_day) = small(all, at)?;
            let month_end = from_day.checked_sub(1).filter(|i| all[*i] == '月')?;
            let (month, from_month) = small(all, month_end)?;
            let year_end = from_month.checked_sub(1).filter(|i| all[*i] == '年')?;
            let from = year_end.checked_sub(4)?;
            let year = all[from..year_end].iter().try_fold(0, |sum, letter| Some(sum * 10 + digit(*letter)?))?;
            let real = (1..=12).contains(&month) && (1..=31).contains(&day);
            real.then_some(Dated { year, month, day, from, to: at + 1 })
        };
        found.extend(read());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_in_numerals_or_digits_at_the_end_is_the_day_of_issue() {
        assert_eq!(issued_on(&["示范市公正会计师事务所", "二〇二六年三月十八日"]).as_deref(), Some("2026-03-18"));
        assert_eq!(issued_on(&["2025 年 12 月 20 日"]).as_deref(), Some("2025-12-20"));
        assert_eq!(issued_on(&["二〇一九年十二月三十一日"]).as_deref(), Some("2019-12-31"));
        assert_eq!(issued_on(&["特此通知，自2020年4月1日起施行，请遵照执行"]), None);
        assert_eq!(issued_on(&["2026年13月18日"]), None);
    }

    #[test]
    fn the_end_of_validity_is_read_and_two_ends_are_not_guessed_between() {
        assert_eq!(valid_to(&["委托期限自2026年5月1日起至2026年12月31日止。"]).as_deref(), Some("2026-12-31"));
        assert_eq!(valid_to(&["有效期至2027年1月2日"]).as_deref(), Some("2027-01-02"));
        assert_eq!(valid_to(&["有效期至2027年1月2日", "有效期至2028年1月2日"]), None);
        assert_eq!(valid_to(&["开工日期2022年3月1日"]), None);
    }
}
