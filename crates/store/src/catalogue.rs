//! 事项目录缓存 and what else the feed brings.

use crate::point::Commit;
use crate::{Store, StoreError};
use rusqlite::{OptionalExtension, Transaction};
use tongban_domain::ids::{CaseId, ItemKey};
use uuid::Uuid;

/// What the centre last said of a case that was submitted here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CentreCase {
    /// The case.
    pub case: CaseId,
    /// Status word of the centre.
    pub status: String,
    /// Version at the centre.
    pub case_seq: u64,
}

impl Store {
    /// Keeps a catalogue item; an older version than the one held changes nothing.
    ///
    /// # Errors
    /// `Database`.
    pub fn put_item(&self, key: &ItemKey, version: u32, json: &str) -> Result<(), StoreError> {
        self.write(Commit::Feed, |tx| put_item(tx, key, version, json))
    }

    /// Every catalogue item held, by key.
    ///
    /// # Errors
    /// `Database`.
    pub fn items(&self) -> Result<Vec<(ItemKey, u32, String)>, StoreError> {
        self.read(|conn| {
            let mut statement = conn.prepare("SELECT key, version, json FROM item ORDER BY key")?;
            let rows = statement.query_map([], |row| Ok((ItemKey(row.get(0)?), row.get(1)?, row.get(2)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// A named position; 0 when it was never set.
    ///
    /// # Errors
    /// `Database`.
    pub fn cursor(&self, name: &str) -> Result<u64, StoreError> {
        self.read(|conn| {
            let value: Option<i64> =
                conn.query_row("SELECT value FROM cursor WHERE name = ?1", [name], |row| row.get(0)).optional()?;
            Ok(value.unwrap_or(0).max(0) as u64)
        })
    }

    /// Sets a named position.
    ///
    /// # Errors
    /// `Database`.
    pub fn set_cursor(&self, name: &str, value: u64) -> Result<(), StoreError> {
        self.write(Commit::Feed, |tx| set_cursor(tx, name, value))
    }

    /// Keeps what one page of the feed brought and moves the cursor, together.
    ///
    /// # Errors
    /// `Database`; nothing is kept then and the page comes again.
    pub fn apply_feed(&self, page: &FeedBatch) -> Result<(), StoreError> {
        self.write(Commit::Feed, |tx| {
            for (key, version, json) in &page.items {
                put_item(tx, key, *version, json)?;
            }
            for (seq, text) in &page.notices {
                tx.execute(
                    "INSERT INTO notice (seq, text, wall) VALUES (?1, ?2, ?3)
                     ON CONFLICT (seq) DO UPDATE SET text = excluded.text, wall = excluded.wall",
                    (*seq as i64, text, self.clock.wall().0),
                )?;
            }
            for moved in &page.cases {
                tx.execute(
                    "INSERT INTO centre_case (case_id, status, case_seq) VALUES (?1, ?2, ?3)
                     ON CONFLICT (case_id) DO UPDATE SET status = excluded.status, case_seq = excluded.case_seq
                     WHERE excluded.case_seq >= case_seq",
                    (moved.case.0.as_bytes(), &moved.status, moved.case_seq as i64),
                )?;
            }
            set_cursor(tx, "feed", page.next)
        })
    }

    /// Notices for the hall, newest first.
    ///
    /// # Errors
    /// `Database`.
    pub fn notices(&self, limit: u32) -> Result<Vec<String>, StoreError> {
        self.read(|conn| {
            let mut statement = conn.prepare("SELECT text FROM notice ORDER BY seq DESC LIMIT ?1")?;
            Ok(statement.query_map([limit], |row| row.get(0))?.collect::<Result<_, _>>()?)
        })
    }

    /// What the centre last said of a case.
    ///
    /// # Errors
    /// `Database`.
    pub fn centre_case(&self, case: CaseId) -> Result<Option<CentreCase>, StoreError> {
        self.read(|conn| {
            Ok(conn
                .query_row(
                    "SELECT case_id, status, case_seq FROM centre_case WHERE case_id = ?1",
                    [case.0.as_bytes()],
                    |row| {
                        Ok(CentreCase {
                            case: CaseId(Uuid::from_bytes(row.get(0)?)),
                            status: row.get(1)?,
                            case_seq: row.get::<_, i64>(2)?.max(0) as u64,
                        })
                    },
                )
                .optional()?)
        })
    }
}

/// What one page of the feed brings into the store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedBatch {
    /// Item key, version, JSON text.
    pub items: Vec<(ItemKey, u32, String)>,
    /// Position and text.
    pub notices: Vec<(u64, String)>,
    /// Cases that moved.
    pub cases: Vec<CentreCase>,
    /// Cursor after this page.
    pub next: u64,
}

fn put_item(tx: &Transaction<'_>, key: &ItemKey, version: u32, json: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO item (key, version, json) VALUES (?1, ?2, ?3)
         ON CONFLICT (key) DO UPDATE SET version = excluded.version, json = excluded.json
         WHERE excluded.version >= version",
        (&key.0, version, json),
    )?;
    Ok(())
}

fn set_cursor(tx: &Transaction<'_>, name: &str, value: u64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO cursor (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value as i64),
    )?;
    Ok(())
}
