//! 缴费明细: rules written out month by month, up to the month before today.

use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A month, counted from year 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(i32);

impl Month {
    /// From `YYYY-MM` or `YYYY-MM-DD`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let year: i32 = parts.next()?.parse().ok()?;
        let month: i32 = parts.next()?.parse().ok()?;
        ((1900..=2200).contains(&year) && (1..=12).contains(&month)).then_some(Self(year * 12 + month - 1))
    }

    /// So many months earlier.
    #[must_use]
    pub const fn before(self, months: i32) -> Self {
        Self(self.0 - months)
    }

    /// `YYYYMM`.
    #[must_use]
    pub fn compact(self) -> String {
        format!("{:04}{:02}", self.0 / 12, self.0 % 12 + 1)
    }

    /// `YYYY-MM`.
    #[must_use]
    pub fn dashed(self) -> String {
        format!("{:04}-{:02}", self.0 / 12, self.0 % 12 + 1)
    }
}

/// One person's rule.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    employer: String,
    /// Months paid, newest is the month before today.
    months: i32,
    /// Base of the first month.
    base_yuan: i64,
    /// Added to the base every twelve months.
    yearly_step_yuan: i64,
    /// Why the record is as it is.
    #[serde(default)]
    #[expect(dead_code, reason = "a remark for readers of the file")]
    note: String,
}

/// Parts in thousand of the base: what person and unit pay.
fn rates(insurance: &str) -> Option<(&'static str, i64, i64)> {
    Some(match insurance {
        "pension" => ("企业职工基本养老保险", 80, 160),
        "medical" => ("职工基本医疗保险", 20, 80),
        "unemployment" => ("失业保险", 5, 5),
        "injury" => ("工伤保险", 0, 8),
        "maternity" => ("生育保险", 0, 8),
        _ => return None,
    })
}

/// Yuan with two decimals from thousandths.
fn yuan(thousandths: i64) -> String {
    let cents = thousandths / 10;
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// The documented `data`, or `None` when no month falls into the period asked for.
#[must_use]
pub fn written_out(rule: &Rule, today: Month, parameters: &BTreeMap<String, String>) -> Option<Value> {
    let parameter = |key: &str| parameters.get(key).map(String::as_str).filter(|text| !text.is_empty());
    let (kind, person_rate, unit_rate) = rates(parameter("insurance").unwrap_or("pension"))?;
    let newest = today.before(1);
    let first = newest.before(rule.months - 1);
    let (from, to) = match parameter("period") {
        Some("last_12") => (newest.before(11), newest),
        Some("last_24") => (newest.before(23), newest),
        _ => (
            parameter("from").and_then(Month::parse).unwrap_or(first),
            parameter("to").and_then(Month::parse).unwrap_or(newest),
        ),
    };
    let (from, to) = (from.max(first), to.min(newest));
    let mut total = 0;
    let mut details = Vec::new();
    let mut month = from;
    while month <= to {
        let base = rule.base_yuan + rule.yearly_step_yuan * i64::from((month.0 - first.0) / 12);
        total += base * person_rate;
        details.push(json!({
            "month": month.compact(),
            "employer": rule.employer,
            "base": yuan(base * 1000),
            "personPay": yuan(base * person_rate),
            "unitPay": yuan(base * unit_rate),
        }));
        month = month.before(-1);
    }
    (!details.is_empty()).then(|| {
        json!({
            "insuranceName": kind,
            "beginMonth": from.compact(),
            "endMonth": to.compact(),
            "monthCount": details.len(),
            "personTotal": yuan(total),
            "details": details,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> Rule {
        Rule { employer: "E".into(), months: 30, base_yuan: 4200, yearly_step_yuan: 350, note: String::new() }
    }

    fn asked(parameters: &[(&str, &str)]) -> Option<Value> {
        let parameters = parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        written_out(&rule(), Month::parse("2026-01-15").expect("a date"), &parameters)
    }

    #[test]
    fn the_newest_month_is_the_one_before_today_over_the_turn_of_the_year() {
        let data = asked(&[("period", "last_24")]).expect("found");
        assert_eq!(data["beginMonth"], "202401");
        assert_eq!(data["endMonth"], "202512");
        assert_eq!(data["monthCount"], 24);
        assert_eq!(data["details"][23]["month"], "202512");
    }

    #[test]
    fn sums_are_exact_in_cents() {
        let data = asked(&[("from", "2025-11-30"), ("to", "2025-12")]).expect("found");
        // Month 29 and 30 of the rule: the base has risen twice.
        assert_eq!(data["details"][0]["base"], "4900.00");
        assert_eq!(data["details"][0]["personPay"], "392.00");
        assert_eq!(data["personTotal"], "784.00");
        assert_eq!(yuan(12_345), "12.34");
    }

    #[test]
    fn a_period_before_the_first_payment_has_no_record() {
        assert!(asked(&[("from", "2001-01"), ("to", "2001-12")]).is_none());
        assert!(asked(&[("insurance", "lottery")]).is_none());
    }
}
