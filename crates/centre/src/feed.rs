//! 下行: what stations learn, in order, by cursor.

use crate::centre::Centre;
use crate::error::{CentreError, Result};
use crate::storage::Tx;
use crate::vals;
use tongban_protocol::api::{FeedEntry, FeedItem, FeedPage};

/// Adds an entry for one hall, or for all with `None`.
pub(crate) fn push(tx: &Tx<'_>, at_ms: i64, hall: Option<&str>, item: &FeedItem) -> Result<()> {
    let body = serde_json::to_string(item).map_err(|error| CentreError::Damaged(format!("feed: {error}")))?;
    let seq = tx.count("feed")?;
    tx.exec("feed.insert", vals![seq, hall, body, at_ms])?;
    Ok(())
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Feed<'a>(pub(crate) &'a Centre);

impl Feed<'_> {
    /// Entries after a cursor that concern a hall, at most 200.
    pub fn after(&self, hall: &str, after: u64) -> Result<FeedPage> {
        self.0.db.read("feed", |tx| {
            let mut entries = Vec::new();
            for row in tx.rows("feed.after", vals![after, hall])? {
                let item = serde_json::from_str(&row.text(1)?)
                    .map_err(|error| CentreError::Damaged(format!("feed: {error}")))?;
                entries.push(FeedEntry { seq: row.uint(0)?, item });
            }
            let head = tx.row("feed.head", vals![])?.map_or(Ok(0), |row| row.uint(0))?;
            // A full page may end before the head; a short one has seen everything.
            let next = if entries.len() == 200 { entries[199].seq } else { head.max(after) };
            Ok(FeedPage { entries, next })
        })
    }
}
