//! 下行: what stations learn, in order, by cursor.
//!
//! Two buckets concern a station: what is for all halls, and what is for its own. Each has its
//! own counter row, so that halls do not wait for each other; the cursor carries both places.

use crate::centre::Centre;
use crate::error::{CentreError, Result};
use crate::storage::Tx;
use crate::vals;
use std::collections::{BTreeMap, VecDeque};
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

/// Most notices a snapshot repeats.
const NOTICES: usize = 50;

impl Feed<'_> {
    /// Whether entries after this cursor were thrown away: the station takes a snapshot then.
    pub fn is_behind(&self, hall: &str, after: u64) -> Result<bool> {
        let seen = [(EVERYBODY, after >> HALL_BITS), (hall, after & u64::from(u32::MAX))];
        self.0.db.read("feed horizon", |tx| {
            for (bucket, place) in seen {
                let first = tx.row("feed.first", vals![bucket])?.map_or(Ok(0), |row| row.uint(0))?;
                if first > place + 1 {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }

    /// What is in force for a hall, each thing once and at its newest: catalogue items, where cases stand,
    /// licences waiting, the last notices, every revocation kept; and the cursor to go on from.
    pub fn snapshot(&self, hall: &str) -> Result<FeedPage> {
        let (mut cursor, mut order) = (0, Vec::new());
        let mut kept: BTreeMap<String, FeedItem> = BTreeMap::new();
        loop {
            let page = self.after(hall, cursor)?;
            if page.entries.is_empty() {
                break;
            }
            cursor = page.next;
            for entry in page.entries {
                let key = key_of(&entry);
                order.retain(|known| *known != key);
                order.push(key.clone());
                kept.insert(key, entry.item);
            }
        }
        let notices = order.iter().filter(|key| key.starts_with("notice/")).count();
        let mut surplus = notices.saturating_sub(NOTICES);
        let entries = order.into_iter().filter_map(|key| {
            if surplus > 0 && key.starts_with("notice/") {
                surplus -= 1;
                return None;
            }
            kept.remove(&key).map(|item| FeedEntry { seq: cursor, item })
        });
        Ok(FeedPage { entries: entries.collect(), next: cursor })
    }

    /// Throws away what a later entry replaced, and notices beyond the last [`NOTICES`]; how many went. What is
    /// in force stays, so that a station at any place still learns all of it.
    pub fn compact(&self) -> Result<usize> {
        self.0.db.write("compact feed", |tx| {
            let mut gone = 0;
            for row in tx.rows("feed.heads", vals![])? {
                let name = row.text(0)?;
                let hall = name.strip_prefix("feed/").unwrap_or(&name);
                gone += compact_bucket(tx, hall)?;
            }
            Ok(gone)
        })
    }
}

fn compact_bucket(tx: &Tx<'_>, hall: &str) -> Result<usize> {
    let (mut place, mut newest, mut replaced) = (0, BTreeMap::new(), Vec::new());
    let mut notices = VecDeque::new();
    loop {
        let rows = tx.rows("feed.after", vals![hall, place])?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            place = row.uint(0)?;
            let entry = FeedEntry { seq: place, item: item(&row.text(1)?)? };
            if matches!(entry.item, FeedItem::Notice { .. }) {
                notices.push_back(place);
            }
            replaced.extend(newest.insert(key_of(&entry), place));
        }
    }
    while notices.len() > NOTICES {
        replaced.extend(notices.pop_front());
    }
    for old in &replaced {
        tx.exec("feed.drop", vals![hall, *old])?;
    }
    Ok(replaced.len())
}

/// What an entry speaks of: a later one with the same key replaces it.
fn key_of(entry: &FeedEntry) -> String {
    match &entry.item {
        FeedItem::Item { key, .. } => format!("item/{key}"),
        FeedItem::CaseMoved { case, .. } => format!("case/{case}"),
        FeedItem::LicenceReady { case } => format!("licence/{case}"),
        FeedItem::Notice { .. } => format!("notice/{}", entry.seq),
        _ => format!("other/{}", entry.seq),
    }
}

fn item(text: &str) -> Result<FeedItem> {
    serde_json::from_str(text).map_err(|error| CentreError::Damaged(format!("feed: {error}")))
}
