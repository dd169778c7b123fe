//! Numbers behind a label, in the unit asked for.

/// The number that stands behind `label`, in `unit`; `None` when it is not there or the page says two different ones.
pub(super) fn find(lines: &[&str], label: &str, unit: &str) -> Option<String> {
    let plain = |text: &str| -> Vec<char> {
        text.chars().map(tongban_domain::check::half_width).filter(|letter| !letter.is_whitespace()).collect()
    };
    let all: Vec<char> = lines.iter().flat_map(|line| plain(line).into_iter().chain(['\n'])).collect();
    let label = plain(label);
    if label.is_empty() {
        return None;
    }
    // The unit may stand once for the whole page (单位：人民币万元).
    let text: String = all.iter().collect();
    let page_unit = ["单位:人民币万元", "单位:万元", "单位:人民币元", "单位:元"]
        .into_iter()
        .find(|words| text.contains(words))
        .map(|words| if words.contains('万') { "万元" } else { "元" });
    let mut found: Vec<f64> = Vec::new();
    for at in 0..all.len().saturating_sub(label.len()) {
        if all[at..at + label.len()] != label[..] {
            continue;
        }
        if let Some((value, printed)) = number_behind(&all, at + label.len()) {
            let printed = printed.or(page_unit);
            if let Some(value) = convert(value, printed, unit) {
                found.push(value);
            }
        }
    }
    let first = *found.first()?;
    // A figure in words and one in digits may round differently in the last place printed.
    found.iter().all(|value| (value - first).abs() <= 0.005 * first.abs().max(1e-9)).then(|| tidy(first))
}

/// The first number within 24 letters, with the unit behind it. Nothing but words, brackets and 人民币 lies between.
fn number_behind(all: &[char], from: usize) -> Option<(f64, Option<&'static str>)> {
    let end = (from + 24).min(all.len());
    let start = (from..end).find(|i| all[*i].is_ascii_digit())?;
    if all[from..start].iter().any(|letter| matches!(letter, '。' | ';' | '%')) {
        return None;
    }
    let mut digits = String::new();
    let mut at = start;
    while at < all.len() && (all[at].is_ascii_digit() || matches!(all[at], ',' | '.')) {
        if all[at] != ',' {
            digits.push(all[at]);
        }
        at += 1;
    }
    // A comma read as a point leaves two points: not a number anybody wrote.
    let digits = digits.trim_end_matches('.');
    if digits.matches('.').count() > 1 {
        return None;
    }
    let behind: String = all[at..(at + 2).min(all.len())].iter().collect();
    let unit = if behind.starts_with("万元") {
        Some("万元")
    } else if behind.starts_with('元') {
        Some("元")
    } else if behind.starts_with('人') {
        Some("人")
    } else if behind.starts_with('年') || behind.starts_with('月') {
        return None;
    } else {
        None
    };
    Some((digits.parse().ok()?, unit))
}

fn convert(value: f64, printed: Option<&str>, wanted: &str) -> Option<f64> {
    match (printed, wanted) {
        (_, "") => Some(value),
        (Some(a), b) if a == b => Some(value),
        (Some("元"), "万元") => Some(value / 10_000.0),
        (Some("万元"), "元") => Some(value * 10_000.0),
        // Without a unit a number may mean either.
        (None, "万元" | "元") => None,
        (None, _) => Some(value),
        _ => None,
    }
}

/// Without needless zeros.
fn tidy(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_behind_its_label_is_given_in_the_unit_asked_for() {
        let page =
            ["资产总额人民币13,524,000.00元，所有者权益（净资产）人民币8,600,000.00元（大写：", "即净资产860.00万元。"];
        assert_eq!(find(&page, "净资产", "万元").as_deref(), Some("860"));
        assert_eq!(find(&page, "净资产", "元").as_deref(), Some("8600000"));
        assert_eq!(
            find(&["编制单位：示范 单位：人民币万元", "净资产 合计", "860.50"], "净资产", "万元").as_deref(),
            Some("860.5")
        );
    }

    #[test]
    fn two_different_numbers_no_unit_or_no_label_give_none() {
        assert_eq!(find(&["净资产860万元", "净资产620万元"], "净资产", "万元"), None);
        assert_eq!(find(&["净资产860"], "净资产", "万元"), None);
        assert_eq!(find(&["总资产860万元"], "净资产", "万元"), None);
        assert_eq!(find(&["净资产8.600.000万元"], "净资产", "万元"), None);
    }
}
