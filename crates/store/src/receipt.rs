//! 受理号: numbers leased from the centre, each given out once.

use crate::point::Commit;
use crate::{Store, StoreError};
use rusqlite::{OptionalExtension, Transaction};
use time::{Date, Duration, Month, OffsetDateTime, UtcOffset};
use tongban_domain::clock::WallTime;
use tongban_domain::ids::CaseId;
use tongban_domain::receipt_number::ReceiptNumber;
use tongban_protocol::api::Lease;

/// Numbers still to be given out today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseLeft {
    /// `YYMMDD` of the hall (+08:00).
    pub day: String,
    /// How many.
    pub count: u32,
}

impl Store {
    /// Keeps a lease. The same lease again changes nothing.
    ///
    /// # Errors
    /// `LeaseRefused` when it is malformed or covers numbers held already; `Database`.
    pub fn put_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        let well_formed = lease.from <= lease.to
            && lease.station3.len() == 3
            && parse_day(&lease.day).is_some_and(|day| number(lease, day, lease.to).is_ok());
        if !well_formed {
            return Err(StoreError::LeaseRefused("not a lease"));
        }
        self.write(Commit::Lease, |tx| {
            let overlapping: Option<(String, String, u16, u16)> = tx
                .query_row(
                    "SELECT region, station3, from_serial, to_serial FROM lease
                     WHERE day = ?1 AND from_serial <= ?3 AND to_serial >= ?2",
                    (&lease.day, lease.from, lease.to),
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
                )
                .optional()?;
            match overlapping {
                Some(known) if known == (lease.region.clone(), lease.station3.clone(), lease.from, lease.to) => Ok(()),
                Some(_) => Err(StoreError::LeaseRefused("numbers are held already")),
                None => {
                    tx.execute(
                        "INSERT INTO lease (region, day, station3, from_serial, to_serial, next_serial)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?4)",
                        (&lease.region, &lease.day, &lease.station3, lease.from, lease.to),
                    )?;
                    Ok(())
                }
            }
        })
    }

    /// How many numbers are left for today.
    ///
    /// # Errors
    /// `Database`.
    pub fn lease_left(&self) -> Result<LeaseLeft, StoreError> {
        let day = day_of(self.clock.wall());
        let count = self.read(|conn| {
            Ok(conn.query_row(
                "SELECT coalesce(sum(to_serial - next_serial + 1), 0) FROM lease WHERE day = ?1",
                [&day],
                |row| row.get(0),
            )?)
        })?;
        Ok(LeaseLeft { day, count })
    }

    /// How many numbers are left for today and each of the `days` after it, in order.
    ///
    /// # Errors
    /// `Database`.
    pub fn leases_left(&self, days: u8) -> Result<Vec<u32>, StoreError> {
        const DAY_MS: i64 = 24 * 3600 * 1000;
        let today = self.clock.wall().0;
        self.read(|conn| {
            let mut statement =
                conn.prepare("SELECT coalesce(sum(to_serial - next_serial + 1), 0) FROM lease WHERE day = ?1")?;
            (0..=i64::from(days))
                .map(|ahead| Ok(statement.query_row([day_of(WallTime(today + ahead * DAY_MS))], |row| row.get(0))?))
                .collect()
        })
    }

    /// Takes the next number inside the transaction that uses it: number and use are
    /// durable together or not at all, so that no number is lost or given out twice.
    pub(crate) fn take_receipt(&self, tx: &Transaction<'_>, case: CaseId) -> Result<String, StoreError> {
        let wall = self.clock.wall();
        let day = day_of(wall);
        let found: Option<(i64, Lease, u16)> = tx
            .query_row(
                "SELECT rowid, region, station3, from_serial, to_serial, next_serial FROM lease
                 WHERE day = ?1 AND next_serial <= to_serial ORDER BY from_serial LIMIT 1",
                [&day],
                |row| {
                    let lease = Lease {
                        region: row.get(1)?,
                        day: day.clone(),
                        station3: row.get(2)?,
                        from: row.get(3)?,
                        to: row.get(4)?,
                    };
                    Ok((row.get(0)?, lease, row.get(5)?))
                },
            )
            .optional()?;
        let (rowid, lease, serial) = found.ok_or_else(|| StoreError::LeaseExhausted { day: day.clone() })?;
        let date = parse_day(&day).ok_or(StoreError::LeaseRefused("no such day"))?;
        let text = number(&lease, date, serial)?.as_str().to_owned();
        tx.execute("UPDATE lease SET next_serial = next_serial + 1 WHERE rowid = ?1", [rowid])?;
        tx.execute(
            "INSERT INTO receipt (number, case_id, wall) VALUES (?1, ?2, ?3)",
            (&text, case.0.as_bytes(), wall.0),
        )?;
        Ok(text)
    }

    /// The number a case was given, if it was submitted here.
    ///
    /// # Errors
    /// `Database`.
    pub fn receipt_of(&self, case: CaseId) -> Result<Option<String>, StoreError> {
        self.read(|conn| {
            Ok(conn
                .query_row("SELECT number FROM receipt WHERE case_id = ?1", [case.0.as_bytes()], |row| row.get(0))
                .optional()?)
        })
    }

    /// The case a receipt number (scanned from its slip) belongs to.
    ///
    /// # Errors
    /// `Database`.
    pub fn case_of_receipt(&self, number: &str) -> Result<Option<CaseId>, StoreError> {
        let Ok(number) = ReceiptNumber::parse(number) else {
            return Ok(None);
        };
        self.read(|conn| {
            let found = conn
                .query_row("SELECT case_id FROM receipt WHERE number = ?1", [number.as_str()], |row| {
                    row.get::<_, [u8; 16]>(0)
                })
                .optional()?;
            Ok(found.map(|id| CaseId(uuid::Uuid::from_bytes(id))))
        })
    }
}

fn number(lease: &Lease, date: Date, serial: u16) -> Result<ReceiptNumber, StoreError> {
    let station = lease.station3.parse().map_err(|_| StoreError::LeaseRefused("station is not three digits"))?;
    ReceiptNumber::new(&lease.region, date, station, serial).map_err(|_| StoreError::LeaseRefused("not a lease"))
}

/// The hall's day `YYMMDD` at a wall time; halls keep Beijing time.
pub(crate) fn day_of(wall: WallTime) -> String {
    let offset = UtcOffset::from_hms(8, 0, 0).expect("+08:00 is an offset");
    let date = OffsetDateTime::from_unix_timestamp(wall.0.div_euclid(1000))
        .map_or(Date::MIN, |moment| moment.to_offset(offset).date());
    format!("{:02}{:02}{:02}", date.year().rem_euclid(100), date.month() as u8, date.day())
}

fn parse_day(text: &str) -> Option<Date> {
    if text.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize| text[from..from + 2].parse::<u8>().ok();
    let date = Date::from_calendar_date(2000 + i32::from(part(0)?), Month::try_from(part(2)?).ok()?, part(4)?).ok()?;
    Some(date)
}

/// A moment later than the start of the hall's next day; for tests and the lease keeper.
#[must_use]
pub fn ms_to_next_day(wall: WallTime) -> i64 {
    let day_ms = Duration::DAY.whole_milliseconds() as i64;
    let beijing = wall.0 + 8 * 3600 * 1000;
    day_ms - beijing.rem_euclid(day_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_turns_at_midnight_in_the_hall_not_in_greenwich() {
        // 2026-03-02 00:00 +08:00 = 2026-03-01 16:00 UTC
        let midnight = 1_772_380_800_000;
        assert_eq!(day_of(WallTime(midnight)), "260302");
        assert_eq!(day_of(WallTime(midnight - 1)), "260301");
        assert_eq!(ms_to_next_day(WallTime(midnight - 1)), 1);
        assert_eq!(ms_to_next_day(WallTime(midnight)), 24 * 3600 * 1000);
    }

    #[test]
    fn a_day_that_does_not_exist_is_not_a_day() {
        assert!(parse_day("260229").is_none());
        assert!(parse_day("26022a").is_none());
        assert!(parse_day("280229").is_some());
    }
}
