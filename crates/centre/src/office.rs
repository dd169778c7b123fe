//! 公文柜: where the office rooms keep their records.
//!
//! A record is one JSON document with an id and three keys to find it by. Rooms own their
//! documents: nobody else reads or writes them, and every change is logged by its room.

use crate::centre::Centre;
use crate::error::{CentreError, Result};
use crate::storage::Tx;
use crate::vals;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A record on its way into the cabinet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// Which room.
    pub room: &'static str,
    /// Unique in the room.
    pub id: &'a str,
    /// First key.
    pub a: &'a str,
    /// Second key.
    pub b: &'a str,
    /// State.
    pub state: &'a str,
    /// When it happened, ms; lists are in this order.
    pub at_ms: i64,
}

/// Stores a record, or stores it anew.
pub(crate) fn put<T: Serialize>(tx: &Tx<'_>, place: Place<'_>, body: &T) -> Result<()> {
    let body = serde_json::to_string(body).map_err(|error| CentreError::Damaged(format!("{}: {error}", place.room)))?;
    tx.exec("office.put", vals![place.room, place.id, place.a, place.b, place.state, place.at_ms, body])?;
    Ok(())
}

fn read<T: DeserializeOwned>(room: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| CentreError::Damaged(format!("{room}: {error}")))
}

/// One record.
pub(crate) fn get<T: DeserializeOwned>(tx: &Tx<'_>, room: &str, id: &str) -> Result<Option<T>> {
    tx.row("office.get", vals![room, id])?.map(|row| read(room, &row.text(0)?)).transpose()
}

/// One record that must be there.
pub(crate) fn known<T: DeserializeOwned>(tx: &Tx<'_>, room: &str, id: &str) -> Result<T> {
    get(tx, room, id)?.ok_or_else(|| CentreError::not_found(format!("{room} record")))
}

/// By which key a list is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Key<'a> {
    /// First key.
    A(&'a str),
    /// Second key.
    B(&'a str),
    /// State.
    State(&'a str),
    /// From and before these times, ms.
    Between(i64, i64),
}

/// Every record of a room.
pub(crate) const EVER: Key<'static> = Key::Between(i64::MIN, i64::MAX);

/// Records by a key, oldest first.
pub(crate) fn list<T: DeserializeOwned>(tx: &Tx<'_>, room: &str, key: Key<'_>) -> Result<Vec<T>> {
    let rows = match key {
        Key::A(value) => tx.rows("office.by_a", vals![room, value])?,
        Key::B(value) => tx.rows("office.by_b", vals![room, value])?,
        Key::State(value) => tx.rows("office.by_state", vals![room, value])?,
        Key::Between(from, to) => tx.rows("office.all", vals![room, from, to])?,
    };
    rows.iter().map(|row| read(room, &row.text(0)?)).collect()
}

impl Centre {
    /// One durable change of an office room.
    pub(crate) fn office<T>(&self, work: impl Fn(&Tx<'_>) -> Result<T>) -> Result<T> {
        self.db.write("office", work)
    }

    /// Reads of an office room on one snapshot.
    pub(crate) fn look<T>(&self, work: impl Fn(&Tx<'_>) -> Result<T>) -> Result<T> {
        self.db.read("office", work)
    }

    /// A record id that sorts by time.
    pub(crate) fn record_id(&self) -> String {
        self.ids.next().simple().to_string()
    }

    /// 年内流水: the next number of a series, for example `GD2026000001`.
    pub(crate) fn series(&self, tx: &Tx<'_>, word: &str) -> Result<String> {
        let year = tongban_domain::limits::local_day(self.now()).year();
        Ok(format!("{word}{year}{:06}", tx.count(&format!("series/{word}/{year}"))?))
    }
}
