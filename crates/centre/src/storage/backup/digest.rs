//! Digests of tables, the same whichever order the rows come in.

use crate::error::Result;
use crate::storage::Tx;
use crate::storage::value::{Row, Val};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Tables that carry evidence or numbers; projections are rebuilt and need no digest.
const TABLES: [&str; 13] = [
    "action",
    "blob",
    "bundle",
    "counter",
    "licence",
    "licence_step",
    "proof",
    "public_token",
    "revoked",
    "share_log",
    "staff",
    "staff_log",
    "station",
];

/// Rows of a table and the sum of their digests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableDigest {
    /// Rows.
    pub rows: u64,
    /// SM3 of each row, added up as 256-bit numbers, in hex.
    pub sm3_sum: String,
}

/// By table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableDigests(pub BTreeMap<String, TableDigest>);

impl TableDigests {
    /// Names of the tables that are not the same on both sides.
    #[must_use]
    pub fn differ(&self, other: &Self) -> Vec<String> {
        let names = self.0.keys().chain(other.0.keys().filter(|name| !self.0.contains_key(*name)));
        names.filter(|name| self.0.get(*name) != other.0.get(*name)).cloned().collect()
    }
}

/// Adds one digest to the sum, carrying from the last byte up.
fn add(sum: &mut [u8; 32], digest: [u8; 32]) {
    let mut carry = 0_u16;
    for (place, byte) in sum.iter_mut().zip(digest).rev() {
        let total = u16::from(*place) + u16::from(byte) + carry;
        *place = (total & 0xff) as u8;
        carry = total >> 8;
    }
}

/// The digests of all tables within one transaction.
pub(super) fn tables(tx: &Tx<'_>) -> Result<TableDigests> {
    let mut digests = TableDigests::default();
    for table in TABLES {
        digests.0.insert(table.to_owned(), one(tx, table)?);
    }
    Ok(digests)
}

fn one(tx: &Tx<'_>, table: &str) -> Result<TableDigest> {
    let name = format!("dump.{table}");
    let (mut rows, mut sum) = (0, [0; 32]);
    let mut after = match table {
        "blob" => Val::Bytes(Vec::new()),
        "staff_log" => Val::Int(0),
        _ => Val::Text(String::new()),
    };
    loop {
        let page = tx.rows(&name, &[after.clone()])?;
        let Some(last) = page.last() else { break };
        after = key(last);
        for row in &page {
            rows += 1;
            add(&mut sum, tongban_crypto::sm3(row.plain().as_bytes()));
        }
    }
    Ok(TableDigest { rows, sm3_sum: hex::encode(sum) })
}

fn key(row: &Row) -> Val {
    row.0.first().cloned().unwrap_or(Val::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_does_not_mind_the_order_and_carries() {
        let (one, two) = ([0xff; 32], tongban_crypto::sm3(b"two"));
        let (mut there, mut back) = ([0; 32], [0; 32]);
        add(&mut there, one);
        add(&mut there, two);
        add(&mut back, two);
        add(&mut back, one);
        assert_eq!(there, back);
        let mut wrapped = [0xff; 32];
        let mut unit = [0; 32];
        unit[31] = 1;
        add(&mut wrapped, unit);
        assert_eq!(wrapped, [0; 32]);
    }
}
