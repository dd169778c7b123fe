//! Instants as papers print them: China time, UTC+8, no summer time.

use time::{OffsetDateTime, UtcOffset};
use tongban_domain::clock::WallTime;

fn local(at: WallTime) -> OffsetDateTime {
    let utc = OffsetDateTime::from_unix_timestamp(at.0.div_euclid(1000)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    utc.to_offset(UtcOffset::from_hms(8, 0, 0).unwrap_or(UtcOffset::UTC))
}

/// `2026年11月23日`.
pub fn day(at: WallTime) -> String {
    let at = local(at);
    format!("{}年{}月{}日", at.year(), u8::from(at.month()), at.day())
}

/// `2026年11月23日 09:30`.
pub fn minute(at: WallTime) -> String {
    let clock = local(at);
    format!("{} {:02}:{:02}", day(at), clock.hour(), clock.minute())
}

/// `2026-11-23` → `2026年11月23日`; anything else is printed as it is (`长期`).
pub fn plain_day(text: &str) -> String {
    let parts: Vec<Option<u32>> = text.split('-').map(|part| part.parse().ok()).collect();
    match parts.as_slice() {
        [Some(year), Some(month), Some(day)] => format!("{year}年{month}月{day}日"),
        _ => text.to_owned(),
    }
}

/// `2026-10` → `2026年10月`.
pub fn plain_month(text: &str) -> String {
    let parts: Vec<Option<u32>> = text.split('-').map(|part| part.parse().ok()).collect();
    match parts.as_slice() {
        [Some(year), Some(month)] => format!("{year}年{month}月"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_printed_in_china_time() {
        // 2026-11-22T16:30:00Z is already the 23rd in China.
        assert_eq!(minute(WallTime(1_795_365_000_000)), "2026年11月23日 00:30");
    }

    #[test]
    fn a_date_that_is_none_is_printed_as_it_is() {
        assert_eq!(plain_day("2031-01-05"), "2031年1月5日");
        assert_eq!(plain_day("长期"), "长期");
        assert_eq!(plain_month("2026-03"), "2026年3月");
    }
}
