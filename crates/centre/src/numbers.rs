//! 编号: receipt-number leases and the counters behind document, case and licence numbers.

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::stations::Station;
use crate::storage::Tx;
use crate::vals;
use time::Date;
use tongban_domain::clock::WallTime;
use tongban_domain::code::ErrorCode;
use tongban_domain::limits::local_day;
use tongban_protocol::api::Lease;

/// Most numbers in one lease.
pub const LEASE_MAX: u16 = 500;
/// Furthest day numbers are leased for.
pub const DAYS_AHEAD_MAX: u8 = 14;
/// Highest serial of a day.
const SERIAL_MAX: u64 = 9999;
/// A lease is for one day; numbers not used by the end of the next one are void.
const LEASE_MS: i64 = 2 * 86_400_000;

/// `YYMMDD`.
pub(crate) fn day6(day: Date) -> String {
    format!("{:02}{:02}{:02}", day.year() % 100, day.month() as u8, day.day())
}

/// `YYYYMMDD`.
pub(crate) fn day8(day: Date) -> String {
    format!("{:04}{:02}{:02}", day.year(), day.month() as u8, day.day())
}

/// Document number such as `示住建许受〔2026〕00012号`: per organisation, kind and year.
pub(crate) fn document_no(tx: &Tx<'_>, org_code: &str, org_short: &str, kind: &str, day: Date) -> Result<String> {
    let year = day.year();
    let serial = tx.count(&format!("doc/{org_code}/{kind}/{year}"))?;
    Ok(format!("{org_short}{kind}〔{year}〕{serial:05}号"))
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Numbers<'a>(pub(crate) &'a Centre);

impl Numbers<'_> {
    /// 受理号租约: the next `count` serials of today for this station alone; never handed out twice.
    pub fn lease(&self, station: &Station, count: u16) -> Result<Lease> {
        self.lease_for(station, count, 0)
    }

    /// The same for a day to come: what a station lives on that is cut off over midnight. The day stands in
    /// the number, so that numbers of one day are never used on another.
    pub fn lease_for(&self, station: &Station, count: u16, days_ahead: u8) -> Result<Lease> {
        if count == 0 || count > LEASE_MAX {
            return Err(CentreError::invalid(ErrorCode::FieldInvalid, format!("1 to {LEASE_MAX} numbers")));
        }
        if days_ahead > DAYS_AHEAD_MAX {
            return Err(CentreError::invalid(ErrorCode::FieldInvalid, format!("at most {DAYS_AHEAD_MAX} days ahead")));
        }
        let now = self.0.now();
        let ahead_ms = i64::from(days_ahead) * 86_400_000;
        let day = day6(local_day(WallTime(now.0 + ahead_ms)));
        self.0.db.write("lease", |tx| {
            let last = tx
                .row("lease.last", vals![&station.region, &station.station3, &day])?
                .map_or(Ok(0), |row| row.uint(0))?;
            let to = last + u64::from(count);
            if to > SERIAL_MAX {
                return Err(CentreError::refused(
                    Refusal::Conflict,
                    ErrorCode::LeaseExhausted,
                    "day's numbers are used up",
                ));
            }
            tx.exec(
                "lease.insert",
                vals![
                    &station.id.0,
                    &station.region,
                    &station.station3,
                    &day,
                    last + 1,
                    to,
                    now.0,
                    now.0 + ahead_ms + LEASE_MS
                ],
            )?;
            let fits = |serial: u64| u16::try_from(serial).expect("serials end at 9999");
            Ok(Lease {
                region: station.region.clone(),
                day: day.clone(),
                station3: station.station3.clone(),
                from: fits(last + 1),
                to: fits(to),
            })
        })
    }
}
