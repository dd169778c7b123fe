//! Dates of the hall: local time is +08:00 everywhere in the country.

use tongban_domain::clock::WallTime;

const OFFSET_MS: i64 = 8 * 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// Local date parts: year, month, day, hour, minute.
#[must_use]
pub fn local(at: WallTime) -> (i64, u8, u8, u8, u8) {
    let ms = at.0 + OFFSET_MS;
    let (days, rest) = (ms.div_euclid(DAY_MS), ms.rem_euclid(DAY_MS));
    let (year, month, day) = civil(days);
    let minutes = rest / 60_000;
    let small = |value: i64| u8::try_from(value).unwrap_or(0);
    (year, month, day, small(minutes / 60), small(minutes % 60))
}

/// `YYYYMMDD`.
#[must_use]
pub fn date(at: WallTime) -> String {
    let (year, month, day, ..) = local(at);
    format!("{year:04}{month:02}{day:02}")
}

/// `2026年11月23日`.
#[must_use]
pub fn long_date(at: WallTime) -> String {
    let (year, month, day, ..) = local(at);
    format!("{year}年{month}月{day}日")
}

/// `09:30`.
#[must_use]
pub fn clock(at: WallTime) -> String {
    let (_, _, _, hour, minute) = local(at);
    format!("{hour:02}:{minute:02}")
}

/// `2026年11月23日 09:30`.
#[must_use]
pub fn date_and_time(at: WallTime) -> String {
    format!("{} {}", long_date(at), clock(at))
}

/// Days since 1970-01-01 to year, month, day (Gregorian; H. Hinnant, `civil_from_days`).
fn civil(days: i64) -> (i64, u8, u8) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, u8::try_from(month).unwrap_or(1), u8::try_from(day).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_turn_at_local_midnight() {
        let midnight = WallTime(1_795_392_000_000 - OFFSET_MS);
        assert_eq!(date(midnight), "20261123");
        assert_eq!(date(WallTime(midnight.0 - 1)), "20261122");
        assert_eq!(date_and_time(WallTime(midnight.0 + 34_200_000)), "2026年11月23日 09:30");
        assert_eq!(date(WallTime(1_709_136_000_000)), "20240229");
    }
}
