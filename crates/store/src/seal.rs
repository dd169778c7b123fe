//! 行封签: a keyed hash over every row, so that whoever changes the database past the program is found,
//! and the place is named.
//!
//! The writer's connection notes which rows a transaction touches; before the commit their hashes, the
//! totals per table, and the hash over the totals are brought up to date in the same transaction. Without
//! the station's key none of them can be made. What cannot be seen from inside is a whole store put back
//! to an older state: the centre sees that at the next contact (epochs).

use crate::StoreError;
use rusqlite::hooks::Action;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use tongban_crypto::{SealKey, sm3};

/// Tables under seal: all but the seals themselves and the list of migrations.
const SEALED: [&str; 19] = [
    "action",
    "audit",
    "audit_checkpoint",
    "binding",
    "blob",
    "bundle",
    "case_file",
    "centre_case",
    "cursor",
    "document_print",
    "idem",
    "item",
    "lease",
    "link",
    "notice",
    "print",
    "receipt",
    "station",
    "visit",
];

/// Rows of each table looked at on every start.
const NEWEST: i64 = 2000;

/// What was done to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealFaultKind {
    /// Its content is not what was sealed.
    Changed,
    /// It was never sealed.
    Inserted,
    /// It is gone.
    Deleted,
    /// Rows are missing or too many; which cannot be told.
    Total,
    /// The hash over the totals does not hold.
    Whole,
}

/// One place where the seals do not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealFault {
    /// Table.
    pub table: String,
    /// Row number, 0 where the fault is the table's.
    pub row: i64,
    /// What was done.
    pub kind: SealFaultKind,
}

impl fmt::Display for SealFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, row, kind } = self;
        match kind {
            SealFaultKind::Changed => write!(f, "{table} row {row} was changed past the program"),
            SealFaultKind::Inserted => write!(f, "{table} row {row} was put in past the program"),
            SealFaultKind::Deleted => write!(f, "{table} row {row} was deleted past the program"),
            SealFaultKind::Total => write!(f, "{table}: rows are missing or too many"),
            SealFaultKind::Whole => write!(f, "{table}: the seal over the schema and all tables does not hold"),
        }
    }
}

/// Rows touched by the transaction under way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Touched(Arc<Mutex<BTreeSet<(String, i64)>>>);

impl Touched {
    /// Notes every change this connection makes to a sealed table.
    pub(crate) fn watch(&self, conn: &mut Connection) -> Result<(), StoreError> {
        let rows = Arc::clone(&self.0);
        conn.update_hook(Some(move |_: Action, _: &str, table: &str, row: i64| {
            if SEALED.contains(&table) {
                rows.lock().unwrap_or_else(PoisonError::into_inner).insert((table.to_owned(), row));
            }
        }))?;
        Ok(())
    }

    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn take(&self) -> BTreeSet<(String, i64)> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

pub(crate) type Mac = [u8; 32];

/// `a + b` (or `a - b`) modulo 2^256, big endian.
fn sum(a: &Mac, b: &Mac, plus: bool) -> Mac {
    let (mut out, mut carry) = ([0; 32], 0_i16);
    for at in (0..32).rev() {
        let (left, right) = (i16::from(a[at]), i16::from(b[at]));
        let value = if plus { left + right + carry } else { left - right + carry };
        out[at] = value.rem_euclid(256) as u8;
        carry = value.div_euclid(256);
    }
    out
}

/// The row's table, place and every column with its type: nothing can be moved or retyped.
fn mac_of(key: &SealKey, table: &str, row: i64, columns: &Row<'_>, count: usize) -> Result<Mac, StoreError> {
    let mut content = b"tongban.row.v1".to_vec();
    let mut put = |tag: u8, bytes: &[u8]| {
        content.push(tag);
        content.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
        content.extend_from_slice(bytes);
    };
    put(b't', table.as_bytes());
    put(b'r', &row.to_be_bytes());
    for at in 1..count {
        match columns.get_ref(at)? {
            ValueRef::Null => put(b'0', &[]),
            ValueRef::Integer(value) => put(b'i', &value.to_be_bytes()),
            ValueRef::Real(value) => put(b'f', &value.to_bits().to_be_bytes()),
            ValueRef::Text(text) => put(b's', text),
            ValueRef::Blob(bytes) => put(b'b', bytes),
        }
    }
    Ok(key.mac(&content))
}

fn mac_at(conn: &Connection, key: &SealKey, table: &str, row: i64) -> Result<Option<Mac>, StoreError> {
    let mut statement = conn.prepare(&format!("SELECT rowid, * FROM {table} WHERE rowid = ?1"))?;
    let count = statement.column_count();
    let mut rows = statement.query([row])?;
    rows.next()?.map(|columns| mac_of(key, table, row, columns, count)).transpose()
}

fn total(conn: &Connection, table: &str) -> Result<(i64, Mac), StoreError> {
    let mut statement = conn.prepare("SELECT rows, sum FROM seal_total WHERE tbl = ?1")?;
    Ok(statement.query_row([table], |row| Ok((row.get(0)?, row.get(1)?))).optional()?.unwrap_or_default())
}

fn keep_total(conn: &Connection, table: &str, (rows, sum): (i64, Mac)) -> Result<(), StoreError> {
    conn.prepare(
        "INSERT INTO seal_total (tbl, rows, sum) VALUES (?1, ?2, ?3)
         ON CONFLICT (tbl) DO UPDATE SET rows = excluded.rows, sum = excluded.sum",
    )?
    .execute((table, rows, sum))?;
    Ok(())
}

/// What stands in the schema: tables, indexes, and nothing else. Whoever could add a trigger would have the
/// program itself make changes and seal them.
pub(crate) fn schema(conn: &Connection) -> Result<Mac, StoreError> {
    let mut content = Vec::new();
    let mut statement =
        conn.prepare("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema ORDER BY 1, 2")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        for at in 0..4 {
            // As bytes: a flipped bit may leave it no text.
            let bytes = row.get_ref(at)?.as_bytes().unwrap_or_default();
            content.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
            content.extend_from_slice(bytes);
        }
    }
    Ok(sm3(&content))
}

/// The keyed hash over the schema and all totals.
fn whole(conn: &Connection, key: &SealKey, schema: &Mac) -> Result<Mac, StoreError> {
    let mut content = b"tongban.seal.v1".to_vec();
    content.extend_from_slice(schema);
    let mut statement = conn.prepare("SELECT tbl, rows, sum FROM seal_total ORDER BY tbl")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let table: String = row.get(0)?;
        content.extend_from_slice(&(table.len() as u64).to_be_bytes());
        content.extend_from_slice(table.as_bytes());
        content.extend_from_slice(&row.get::<_, i64>(1)?.to_be_bytes());
        content.extend_from_slice(&row.get::<_, Mac>(2)?);
    }
    Ok(key.mac(&content))
}

fn close(conn: &Connection, key: &SealKey, schema: &Mac) -> Result<(), StoreError> {
    let mac = whole(conn, key, schema)?;
    conn.prepare("INSERT INTO seal (one, mac) VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET mac = excluded.mac")?
        .execute([mac])?;
    Ok(())
}

/// Seals what the transaction touched; part of the transaction.
pub(crate) fn reseal(conn: &Connection, key: &SealKey, schema: &Mac, touched: &Touched) -> Result<(), StoreError> {
    let rows = touched.take();
    if rows.is_empty() {
        return Ok(());
    }
    let mut at: Option<(String, (i64, Mac))> = None;
    for (table, row) in rows {
        if at.as_ref().is_none_or(|(open, _)| *open != table) {
            if let Some((done, sums)) = at.take() {
                keep_total(conn, &done, sums)?;
            }
            let sums = total(conn, &table)?;
            at = Some((table.clone(), sums));
        }
        let (_, sums) = at.as_mut().expect("set just now");
        let mut statement = conn.prepare("SELECT mac FROM row_seal WHERE tbl = ?1 AND row = ?2")?;
        let old: Option<Mac> = statement.query_row((&table, row), |found| found.get(0)).optional()?;
        let new = mac_at(conn, key, &table, row)?;
        if let Some(old) = &old {
            *sums = (sums.0 - 1, sum(&sums.1, old, false));
        }
        match &new {
            Some(new) => {
                *sums = (sums.0 + 1, sum(&sums.1, new, true));
                conn.prepare(
                    "INSERT INTO row_seal (tbl, row, mac) VALUES (?1, ?2, ?3)
                     ON CONFLICT (tbl, row) DO UPDATE SET mac = excluded.mac",
                )?
                .execute((&table, row, new))?;
            }
            None => {
                conn.prepare("DELETE FROM row_seal WHERE tbl = ?1 AND row = ?2")?.execute((&table, row))?;
            }
        }
    }
    if let Some((done, sums)) = at {
        keep_total(conn, &done, sums)?;
    }
    close(conn, key, schema)
}

/// Seals every row there is: once, in the transaction of the migration that brought the seals.
pub(crate) fn adopt(tx: &Connection, key: &SealKey) -> Result<(), StoreError> {
    tx.execute("DELETE FROM row_seal WHERE true", [])?;
    tx.execute("DELETE FROM seal_total WHERE true", [])?;
    for table in SEALED {
        let mut sums: (i64, Mac) = (0, [0; 32]);
        let mut statement = tx.prepare(&format!("SELECT rowid, * FROM {table}"))?;
        let count = statement.column_count();
        let mut rows = statement.query([])?;
        let mut macs = Vec::new();
        while let Some(columns) = rows.next()? {
            let row: i64 = columns.get(0)?;
            macs.push((row, mac_of(key, table, row, columns, count)?));
        }
        for (row, mac) in macs {
            sums = (sums.0 + 1, sum(&sums.1, &mac, true));
            tx.prepare("INSERT INTO row_seal (tbl, row, mac) VALUES (?1, ?2, ?3)")?.execute((table, row, mac))?;
        }
        keep_total(tx, table, sums)?;
    }
    close(tx, key, &schema(tx)?)
}

/// Whether the hash over schema and totals holds: one row per table, so cheap enough for every start.
pub(crate) fn is_closed(conn: &Connection, key: &SealKey) -> Result<bool, StoreError> {
    let kept: Option<Mac> = conn.query_row("SELECT mac FROM seal", [], |row| row.get(0)).optional()?;
    Ok(kept == Some(whole(conn, key, &schema(conn)?)?))
}

/// Every place where the seals do not hold, located as closely as can be.
pub(crate) fn faults(conn: &Connection, key: &SealKey) -> Result<Vec<SealFault>, StoreError> {
    look(conn, key, None)
}

/// The same over the newest rows of each table, in bounded time: what every start asks.
pub(crate) fn newest_faults(conn: &Connection, key: &SealKey) -> Result<Vec<SealFault>, StoreError> {
    look(conn, key, Some(NEWEST))
}

fn look(conn: &Connection, key: &SealKey, newest: Option<i64>) -> Result<Vec<SealFault>, StoreError> {
    let mut found = Vec::new();
    if !is_closed(conn, key)? {
        found.push(SealFault { table: "seal".to_owned(), row: 0, kind: SealFaultKind::Whole });
    }
    for table in SEALED {
        faults_of(conn, key, table, newest, &mut found)?;
    }
    Ok(found)
}

fn faults_of(
    conn: &Connection,
    key: &SealKey,
    table: &str,
    newest: Option<i64>,
    found: &mut Vec<SealFault>,
) -> Result<(), StoreError> {
    let fault = |row, kind| SealFault { table: table.to_owned(), row, kind };
    let last: i64 = conn.query_row(&format!("SELECT coalesce(max(rowid), 0) FROM {table}"), [], |row| row.get(0))?;
    let from = newest.map_or(i64::MIN, |newest| last.saturating_sub(newest));
    let mut statement = conn.prepare("SELECT row, mac FROM row_seal WHERE tbl = ?1 AND row >= ?2 ORDER BY row")?;
    let sealed = statement.query_map((table, from), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut sealed: BTreeMap<i64, Mac> = sealed.collect::<Result<_, _>>()?;
    let sums = sealed.values().fold((0, [0; 32]), |(rows, sums), mac| (rows + 1, sum(&sums, mac, true)));
    let before = found.len();
    let mut statement = conn.prepare(&format!("SELECT rowid, * FROM {table} WHERE rowid >= ?1"))?;
    let count = statement.column_count();
    let mut query = statement.query([from])?;
    while let Some(columns) = query.next()? {
        let row: i64 = columns.get(0)?;
        let mac = mac_of(key, table, row, columns, count)?;
        match sealed.remove(&row) {
            Some(kept) if kept == mac => {}
            Some(_) => found.push(fault(row, SealFaultKind::Changed)),
            None => found.push(fault(row, SealFaultKind::Inserted)),
        }
    }
    found.extend(sealed.keys().map(|row| fault(*row, SealFaultKind::Deleted)));
    if newest.is_none() && total(conn, table)? != sums && found.len() == before {
        found.push(fault(0, SealFaultKind::Total));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_wrap_and_come_back() {
        let (big, one) = ([0xff; 32], {
            let mut one = [0; 32];
            one[31] = 1;
            one
        });
        assert_eq!(sum(&big, &one, true), [0; 32]);
        assert_eq!(sum(&[0; 32], &one, false), big);
        assert_eq!(sum(&sum(&[0x80; 32], &[0x91; 32], true), &[0x91; 32], false), [0x80; 32]);
    }
}
