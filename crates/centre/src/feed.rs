//! 下行: what stations learn, in order, by cursor.
//!
//! Two buckets concern a station: what is for all halls, and what is for its own. Each has its
//! own counter row, so that halls do not wait for each other; the cursor carries both places.

use crate::centre::Centre;
use crate::error::{CentreError, Result};
use crate::storage::Tx;
use crate::vals;
use std::collections::BTreeMap;
use tongban_protocol::api::{FeedEntry, FeedItem, FeedPage};

/// The bucket of what concerns every hall.
const EVERYBODY: &str = "";
/// Bits of the cursor that count the hall's own bucket; those above count [`EVERYBODY`]'s.
const HALL_BITS: u32 = 32;
/// Most entries of a page.
const PAGE: usize = 200;

/// The places a cursor stands at: everybody's feed, the hall's own.
#[must_use]
pub const fn places(cursor: u64) -> (u64, u64) {
    (cursor >> HALL_BITS, cursor & u32::MAX as u64)
}

/// Adds an entry for one hall, or for all with `None`.
pub(crate) fn push(tx: &Tx<'_>, at_ms: i64, hall: Option<&str>, item: &FeedItem) -> Result<()> {
    let body = serde_json::to_string(item).map_err(|error| CentreError::Damaged(format!("feed: {error}")))?;
    let hall = hall.unwrap_or(EVERYBODY);
    let place = tx.count(&format!("feed/{hall}"))?;
    tx.exec("feed.insert", vals![hall, place, body, at_ms])?;
    Ok(())
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Feed<'a>(pub(crate) &'a Centre);

impl Feed<'_> {
    /// Last place of every feed, by hall; the empty name is everybody's.
    pub fn heads(&self) -> Result<BTreeMap<String, u64>> {
        self.0.db.read("feed heads", |tx| {
            let rows = tx.rows("feed.heads", vals![])?;
            rows.iter().map(|row| Ok((row.text(0)?.split_off("feed/".len()), row.uint(1)?))).collect()
        })
    }

    /// Entries after a cursor that concern a hall, at most 200.
    pub fn after(&self, hall: &str, after: u64) -> Result<FeedPage> {
        let seen = places(after);
        self.0.db.read("feed", |tx| {
            let (mut everybody, mut mine) = seen;
            let mut entries = Vec::new();
            for row in tx.rows("feed.after", vals![EVERYBODY, everybody])? {
                everybody = row.uint(0)?;
                entries.push(FeedEntry { seq: (everybody << HALL_BITS) | mine, item: item(&row.text(1)?)? });
            }
            for row in tx.rows("feed.after", vals![hall, mine])?.iter().take(PAGE - entries.len()) {
                mine = row.uint(0)?;
                entries.push(FeedEntry { seq: (everybody << HALL_BITS) | mine, item: item(&row.text(1)?)? });
            }
            Ok(FeedPage { next: (everybody << HALL_BITS) | mine, entries })
        })
    }
}

fn item(text: &str) -> Result<FeedItem> {
    serde_json::from_str(text).map_err(|error| CentreError::Damaged(format!("feed: {error}")))
}
