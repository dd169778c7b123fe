//! Single values: from the department's form into ours, or not at all.

use serde::Deserialize;
use serde_json::Value;

/// A form of value in the mapping file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Text, or a number digit for digit.
    #[default]
    Text,
    /// A day.
    Date,
    /// A month.
    Month,
    /// A whole number, not negative.
    Count,
    /// Yuan.
    Money,
    /// Texts joined by 、.
    Words,
    /// Rows, as JSON text.
    List,
    /// A code with its word in a table.
    Code,
}

/// The value as our text. The error says what is wrong without the value.
pub fn plain(kind: Kind, value: &Value) -> Result<String, &'static str> {
    match kind {
        Kind::Text | Kind::Code => text(value),
        Kind::Date => date(&text(value)?),
        Kind::Month => month(&text(value)?),
        Kind::Count => count(value),
        Kind::Money => money(&text(value)?),
        Kind::Words => words(value),
        Kind::List => rows(value),
    }
}

fn text(value: &Value) -> Result<String, &'static str> {
    match value {
        Value::String(text) if text.chars().any(char::is_control) => Err("control characters in a text"),
        Value::String(text) => Ok(text.trim().to_owned()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err("not a text or number"),
    }
}

/// Runs of digits: `2015年6月1日` → 2015, 6, 1.
fn numbers(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect()
}

fn date(text: &str) -> Result<String, &'static str> {
    const WRONG: &str = "not a date";
    let (year, month, day) = match numbers(text).as_slice() {
        [whole] if whole.len() == 8 => (&whole[..4], &whole[4..6], &whole[6..]),
        [year, month, day] if year.len() == 4 => (*year, *month, *day),
        _ => return Err(WRONG),
    };
    let (month, day): (u32, u32) = (month.parse().map_err(|_| WRONG)?, day.parse().map_err(|_| WRONG)?);
    let leap = year
        .parse()
        .is_ok_and(|year: u32| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)));
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return Err(WRONG),
    };
    if (1..=last).contains(&day) { Ok(format!("{year}-{month:02}-{day:02}")) } else { Err(WRONG) }
}

fn month(text: &str) -> Result<String, &'static str> {
    const WRONG: &str = "not a month";
    let (year, month) = match numbers(text).as_slice() {
        [whole] if whole.len() == 6 => (&whole[..4], &whole[4..]),
        [year, month] if year.len() == 4 => (*year, *month),
        _ => return Err(WRONG),
    };
    let month: u32 = month.parse().map_err(|_| WRONG)?;
    if (1..=12).contains(&month) { Ok(format!("{year}-{month:02}")) } else { Err(WRONG) }
}

fn count(value: &Value) -> Result<String, &'static str> {
    let text = text(value)?;
    let number: u64 = text.parse().map_err(|_| "not a whole number")?;
    Ok(number.to_string())
}

fn money(text: &str) -> Result<String, &'static str> {
    const WRONG: &str = "not an amount";
    let (yuan, cents) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    if yuan.is_empty() || yuan.len() > 15 || cents.len() > 2 || !digits(yuan) || !digits(cents) {
        return Err(WRONG);
    }
    let yuan: u64 = yuan.parse().map_err(|_| WRONG)?;
    Ok(format!("{yuan}.{cents:0<2}"))
}

fn words(value: &Value) -> Result<String, &'static str> {
    let words = value.as_array().ok_or("not a list")?;
    let words: Result<Vec<String>, &'static str> = words.iter().map(text).collect();
    Ok(words?.join("、"))
}

fn rows(value: &Value) -> Result<String, &'static str> {
    let rows = value.as_array().ok_or("not a list")?;
    if rows.iter().all(Value::is_object) { Ok(value.to_string()) } else { Err("a row is not an object") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn dates_come_in_three_forms_and_go_out_in_one() {
        for text in ["20240229", "2024-02-29", "2024年2月29日"] {
            assert_eq!(plain(Kind::Date, &json!(text)).as_deref(), Ok("2024-02-29"));
        }
        for text in ["20230229", "2024-13-01", "24-01-01", "", "长期", "2024-00-10", "2024-04-31", "2100-02-29"] {
            assert!(plain(Kind::Date, &json!(text)).is_err(), "{text}");
        }
        assert_eq!(plain(Kind::Month, &json!(202610)).as_deref(), Ok("2026-10"));
        assert!(plain(Kind::Month, &json!("202613")).is_err());
    }

    #[test]
    fn amounts_keep_every_digit_and_nothing_else_passes() {
        assert_eq!(plain(Kind::Money, &json!("8484.0")).as_deref(), Ok("8484.00"));
        assert_eq!(plain(Kind::Money, &json!(392)).as_deref(), Ok("392.00"));
        for text in ["-1", "1.234", "1,000.00", ".5", "1e3", "", "12a"] {
            assert!(plain(Kind::Money, &json!(text)).is_err(), "{text}");
        }
        assert!(plain(Kind::Count, &json!(-1)).is_err() && plain(Kind::Count, &json!(1.5)).is_err());
    }

    #[test]
    fn lists_are_lists_of_objects_and_words_are_texts() {
        assert_eq!(plain(Kind::List, &json!([{"a": 1}])).as_deref(), Ok(r#"[{"a":1}]"#));
        assert!(plain(Kind::List, &json!([1])).is_err());
        assert_eq!(plain(Kind::Words, &json!(["甲", "乙"])).as_deref(), Ok("甲、乙"));
        assert!(plain(Kind::Words, &json!([["甲"]])).is_err());
        assert!(plain(Kind::Text, &json!("a\u{0}b")).is_err());
    }
}
