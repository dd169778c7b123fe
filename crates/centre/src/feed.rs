//! 下行: what stations learn, in order, by cursor.
//!
//! Two buckets concern a station: what is for all halls, and what is for its own. Each has its
//! own counter row, so that halls do not wait for each other; the cursor carries both places.

use crate::centre::Centre;
use crate::error::{CentreError, Result};
use crate::storage::Tx;
use crate::vals;
use std::collections::{BTreeMap, VecDeque};
use tongban_domain::case::CaseStatus;
use tongban_domain::ids::CaseId;
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
/// How long a hall is told of a case that ended: 30 days.
const ENDED_MS: i64 = 30 * 86_400_000;

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

    /// Throws away what a later entry replaced, notices beyond the last [`NOTICES`], and what tells of cases
    /// that ended more than [`ENDED_MS`] ago; how many entries went. What is in force stays, so that a
    /// station at any place still learns all of it. A hall at a time: no transaction holds up the city.
    pub fn compact(&self) -> Result<usize> {
        let ended = self.0.now_ms() - ENDED_MS;
        let mut gone = 0;
        for hall in self.heads()?.keys() {
            gone += self.0.db.write("compact feed", |tx| compact_bucket(tx, hall, ended))?;
        }
        Ok(gone)
    }
}

/// One bucket on its way to fewer entries.
#[derive(Default)]
struct Sieve {
    newest: BTreeMap<String, u64>,
    notices: VecDeque<u64>,
    /// Cases whose last move ended them, and when.
    ended: BTreeMap<CaseId, i64>,
    gone: Vec<u64>,
}

impl Sieve {
    fn take(&mut self, place: u64, item: FeedItem, at_ms: i64) {
        match &item {
            FeedItem::Notice { .. } => self.notices.push_back(place),
            FeedItem::CaseMoved { case, status, .. } => {
                let ended = CaseStatus::parse(status).is_some_and(CaseStatus::is_final);
                if ended {
                    self.ended.insert(*case, at_ms)
                } else {
                    self.ended.remove(case)
                };
            }
            _ => {}
        }
        self.gone.extend(self.newest.insert(key_of(&FeedEntry { seq: place, item }), place));
    }

    /// Places nobody needs any more.
    fn finish(mut self, ended_before: i64) -> Vec<u64> {
        let surplus = self.notices.len().saturating_sub(NOTICES);
        self.gone.extend(self.notices.drain(..surplus));
        for case in self.ended.iter().filter(|(_, at)| **at < ended_before).map(|(case, _)| case) {
            let about = [format!("case/{case}"), format!("licence/{case}")];
            self.gone.extend(about.iter().filter_map(|key| self.newest.get(key)));
        }
        self.gone
    }
}

fn compact_bucket(tx: &Tx<'_>, hall: &str, ended_before: i64) -> Result<usize> {
    let (mut place, mut sieve) = (0, Sieve::default());
    loop {
        let rows = tx.rows("feed.after", vals![hall, place])?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            place = row.uint(0)?;
            sieve.take(place, item(&row.text(1)?)?, row.int(2)?);
        }
    }
    let gone = sieve.finish(ended_before);
    for old in &gone {
        tx.exec("feed.drop", vals![hall, *old])?;
    }
    Ok(gone.len())
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
