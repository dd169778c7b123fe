//! 空白证照: ranges per kind and operator; every serial is used once.

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::staff::log;
use crate::storage::Tx;
use crate::vals;
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::{CaseId, PrintId, StaffId};

/// Longest range taken in at once.
const RANGE_MAX: u64 = 100_000;

/// A serial split into its prefix and digits.
struct Serial<'a> {
    prefix: &'a str,
    width: usize,
    number: u64,
}

fn split(serial: &str) -> Result<Serial<'_>> {
    let refused = || CentreError::invalid(ErrorCode::SerialRefused, "serial is letters, then digits");
    let digits = serial.bytes().rev().take_while(u8::is_ascii_digit).count();
    if serial.len() > 32 || digits == 0 || digits > 18 || !serial.is_ascii() {
        return Err(refused());
    }
    let (prefix, tail) = serial.split_at(serial.len() - digits);
    Ok(Serial { prefix, width: digits, number: tail.parse().map_err(|_| refused())? })
}

/// A serial's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// Kind of blank (item key).
    pub kind: String,
    /// Serial.
    pub serial: String,
    /// `intended`, `used`, `spoiled`.
    pub state: String,
    /// The case.
    pub case: String,
    /// When, ms.
    pub at_ms: i64,
}

/// A range as taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// Kind of blank.
    pub kind: String,
    /// First serial.
    pub from: String,
    /// Last serial.
    pub to: String,
    /// Who holds it.
    pub operator: String,
    /// How many serials.
    pub count: u64,
}

/// Claims a serial for a print; refused unless it is in the operator's range and never used.
pub(crate) fn intend(
    tx: &Tx<'_>,
    kind: &str,
    serial: &str,
    operator: &StaffId,
    case: CaseId,
    print: PrintId,
    at_ms: i64,
) -> Result<()> {
    let refused = |why: &str| CentreError::refused(Refusal::Invalid, ErrorCode::SerialRefused, why);
    let parts = split(serial)?;
    let holder = tx
        .row("stock.range_of", vals![kind, parts.prefix, parts.width, parts.number])?
        .ok_or_else(|| refused("serial is in no range of this kind"))?
        .text(0)?;
    if holder != operator.0 {
        return Err(refused("serial belongs to another operator"));
    }
    if tx.row("stock.use_get", vals![kind, serial])?.is_some() {
        return Err(refused("serial was used before"));
    }
    tx.exec("stock.use_put", vals![kind, serial, "intended", case.0, print.0, at_ms])?;
    Ok(())
}

/// The sheet with this serial carries the licence.
pub(crate) fn mark_used(tx: &Tx<'_>, kind: &str, serial: &str, case: CaseId, print: PrintId, at_ms: i64) -> Result<()> {
    tx.exec("stock.use_put", vals![kind, serial, "used", case.0, print.0, at_ms])?;
    Ok(())
}

/// The sheet is spoiled, or came out blank and goes back to the stack.
pub(crate) fn void(
    tx: &Tx<'_>,
    kind: &str,
    serial: &str,
    spoiled: bool,
    case: CaseId,
    print: PrintId,
    at_ms: i64,
) -> Result<()> {
    if spoiled {
        tx.exec("stock.use_put", vals![kind, serial, "spoiled", case.0, print.0, at_ms])?;
    } else {
        tx.exec("stock.use_drop", vals![kind, serial])?;
    }
    Ok(())
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Stock<'a>(pub(crate) &'a Centre);

impl Stock<'_> {
    /// Takes in a range of blanks and gives it to an operator.
    pub fn add(&self, by: &str, kind: &str, from: &str, to: &str, operator: &StaffId) -> Result<u64> {
        let (first, last) = (split(from)?, split(to)?);
        let fits = first.prefix == last.prefix && first.width == last.width && first.number <= last.number;
        if !fits || last.number - first.number >= RANGE_MAX {
            return Err(CentreError::invalid(ErrorCode::SerialRefused, "range of serials"));
        }
        let centre = self.0;
        let now = centre.now_ms();
        centre.db.write("add stock", |tx| {
            if tx.row("staff.get", vals![&operator.0])?.is_none() {
                return Err(CentreError::not_found("operator"));
            }
            if tx.row("stock.overlap", vals![kind, first.prefix, first.width, first.number, last.number])?.is_some() {
                return Err(CentreError::refused(
                    Refusal::Conflict,
                    ErrorCode::SerialRefused,
                    "range overlaps another",
                ));
            }
            tx.exec(
                "stock.range_insert",
                vals![centre.ids.next(), kind, first.prefix, first.width, first.number, last.number, &operator.0, now],
            )?;
            log(tx, now, by, "stock.add", kind, "ok", &format!("{from}..{to} to {operator}"))
        })?;
        Ok(last.number - first.number + 1)
    }

    /// All ranges.
    pub fn ranges(&self) -> Result<Vec<Range>> {
        self.0.db.read("stock", |tx| {
            tx.rows("stock.ranges", vals![])?
                .iter()
                .map(|row| {
                    let (prefix, width, first, last) = (row.text(1)?, row.uint(2)?, row.uint(3)?, row.uint(4)?);
                    let width = usize::try_from(width).unwrap_or(0);
                    Ok(Range {
                        kind: row.text(0)?,
                        from: format!("{prefix}{first:0width$}"),
                        to: format!("{prefix}{last:0width$}"),
                        operator: row.text(5)?,
                        count: last - first + 1,
                    })
                })
                .collect()
        })
    }

    /// Every serial touched so far.
    pub fn uses(&self) -> Result<Vec<Use>> {
        self.0.db.read("stock", |tx| {
            tx.rows("stock.uses", vals![])?
                .iter()
                .map(|row| {
                    Ok(Use {
                        kind: row.text(0)?,
                        serial: row.text(1)?,
                        state: row.text(2)?,
                        case: row.text(3)?,
                        at_ms: row.int(5)?,
                    })
                })
                .collect()
        })
    }
}
