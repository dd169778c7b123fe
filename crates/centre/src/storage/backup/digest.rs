//! Digests of tables, the same whichever order the rows come in.

use crate::error::Result;
use crate::storage::Tx;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Rows of a table and the sum of their digests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableDigest {
    /// Rows.
    pub rows: u64,
    /// SM3 of each row, added up as 256-bit numbers, in hex.
    pub sm3_sum: String,
    /// The columns a row is made of, in their order.
    #[serde(default)]
    pub columns: Vec<String>,
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

/// The digests of all tables and columns the schema has, within one transaction.
pub(super) fn tables(tx: &Tx<'_>) -> Result<TableDigests> {
    let mut digests = TableDigests::default();
    for (table, columns) in tx.schema()? {
        let digest = one(tx, &table, columns)?;
        digests.0.insert(table, digest);
    }
    Ok(digests)
}

/// The digests of the tables and columns another one was made of: a store restored from an older
/// point may have more since.
pub(super) fn same(tx: &Tx<'_>, as_before: &TableDigests) -> Result<TableDigests> {
    let mut digests = TableDigests::default();
    let held = tx.schema()?;
    for (table, before) in &as_before.0 {
        let there = held.get(table).is_some_and(|held| before.columns.iter().all(|column| held.contains(column)));
        if there && !before.columns.is_empty() {
            digests.0.insert(table.clone(), one(tx, table, before.columns.clone())?);
        }
    }
    Ok(digests)
}

fn one(tx: &Tx<'_>, table: &str, columns: Vec<String>) -> Result<TableDigest> {
    let (mut rows, mut sum) = (0, [0; 32]);
    tx.scan(table, &columns, &mut |row| {
        rows += 1;
        add(&mut sum, tongban_crypto::sm3(row.plain().as_bytes()));
    })?;
    Ok(TableDigest { rows, sm3_sum: hex::encode(sum), columns })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::db::Engine;
    use crate::storage::sqlite::Sqlite;
    use std::collections::BTreeSet;

    /// Tables as the migrations say, read from their text.
    fn made_by_migrations() -> BTreeSet<String> {
        let mut tables = BTreeSet::new();
        for migration in crate::storage::migrations::MIGRATIONS {
            // A comment may hold a semicolon.
            let lines = migration.sql.lines().filter(|line| !line.starts_with("--"));
            for word in lines.collect::<Vec<_>>().join(" ").split(';') {
                if let Some(rest) = word.trim().strip_prefix("CREATE TABLE ") {
                    tables.insert(rest.split(['(', ' ']).next().unwrap().to_owned());
                } else if let Some(rest) = word.trim().strip_prefix("DROP TABLE ") {
                    tables.remove(rest.trim());
                }
            }
        }
        tables
    }

    fn digests(engine: &Sqlite) -> TableDigests {
        let mut found = TableDigests::default();
        engine
            .read("digest", &mut |tx| {
                found = tables(tx)?;
                Ok(())
            })
            .unwrap();
        found
    }

    #[test]
    fn every_table_a_migration_made_is_digested_and_a_change_in_any_column_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("centre.db");
        let engine = Sqlite::open(&path, 0).unwrap();
        let raw = rusqlite::Connection::open(&path).unwrap();
        let empty = digests(&engine);
        assert_eq!(empty.0.keys().cloned().collect::<BTreeSet<_>>(), made_by_migrations(), "a table is left out");
        assert!(empty.0.len() > 20, "the migrations were read");
        for (table, digest) in &empty.0 {
            let values = vec!["7"; digest.columns.len()].join(", ");
            let columns = digest.columns.join(", ");
            raw.execute(&format!("INSERT INTO {table} ({columns}) VALUES ({values})"), []).unwrap();
        }
        let before = digests(&engine);
        assert_eq!(before.differ(&empty).len(), before.0.len(), "a row more is seen in every table");
        for (table, digest) in &before.0 {
            for column in &digest.columns {
                let row = format!("{column} = '7'");
                raw.execute(&format!("UPDATE {table} SET {column} = '8' WHERE {row}"), []).unwrap();
                assert_eq!(before.differ(&digests(&engine)), std::slice::from_ref(table), "{table}.{column}");
                raw.execute(&format!("UPDATE {table} SET {column} = '7' WHERE {column} = '8'"), []).unwrap();
            }
        }
        assert!(before.differ(&digests(&engine)).is_empty());
    }

    #[test]
    fn a_column_left_out_hides_its_changes() {
        // The control of the test above: with the columns of an older point only those are seen.
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("centre.db");
        let engine = Sqlite::open(&path, 0).unwrap();
        let mut older = digests(&engine);
        older.0.get_mut("counter").unwrap().columns = vec!["name".into()];
        let look = |before: &TableDigests| {
            let mut found = TableDigests::default();
            engine
                .read("digest", &mut |tx| {
                    found = same(tx, before)?;
                    Ok(())
                })
                .unwrap();
            found
        };
        let before = look(&older);
        rusqlite::Connection::open(&path).unwrap().execute("UPDATE counter SET value = value + 1", []).unwrap();
        assert!(before.differ(&look(&older)).is_empty());
        older.0.get_mut("counter").unwrap().columns = vec!["name".into(), "value; DROP TABLE counter".into()];
        assert!(!look(&older).0.contains_key("counter"), "a name that is no column of ours is not asked for");
        older.0.get_mut("counter").unwrap().columns = Vec::new();
        assert_eq!(older.differ(&look(&older)), ["counter"], "digests of no known columns are not believed");
    }

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
