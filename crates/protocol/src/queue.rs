//! 取号: a kiosk asks for a place in its hall's queue. JSON of the station API.
//!
//! | method and path | request | answer |
//! |---|---|---|
//! | `POST /station/v1/queue` | [`QueueAsk`] | [`QueueReply`] |
//! | `GET /station/v1/queue` | – | [`QueueCalls`]: for the displays of the hall |
//!
//! The same `ask` again gives the same ticket: a line that failed between question and answer gives nobody two numbers.

use serde::{Deserialize, Serialize};
use tongban_domain::ids::ItemKey;
use uuid::Uuid;

/// What the kiosk asks.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueAsk {
    /// One id from the first question of this person to the ticket.
    pub ask: Uuid,
    /// Number of the card on the reader; nothing for somebody without one.
    #[serde(default)]
    pub number: Option<String>,
    /// 事项; nothing while only a booking of today is looked for.
    #[serde(default)]
    pub item: Option<ItemKey>,
}

impl std::fmt::Debug for QueueAsk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "QueueAsk({}, {:?}, number redacted)", self.ask, self.item)
    }
}

/// 排队号, as its holder sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuePlace {
    /// For example `A012`.
    pub number: String,
    /// 事项.
    pub item: ItemKey,
    /// It comes of a booking, or is first for another reason.
    pub priority: bool,
    /// 前面还有几人.
    pub ahead: u32,
    /// Taken at, ms, by the centre's clock.
    pub at_ms: i64,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueReply {
    /// The ticket; nothing when nothing is booked for today and no item was named.
    pub ticket: Option<QueuePlace>,
}

/// 叫号: a ticket that was called and has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueCall {
    /// 排队号, for example `A012`.
    pub number: String,
    /// 窗口.
    pub window: String,
    /// Called at, ms, by the centre's clock.
    pub at_ms: i64,
}

/// What the hall calls today, the newest first; at most [`QueueCalls::MAX`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueCalls {
    /// The calls.
    pub calls: Vec<QueueCall>,
}

impl QueueCalls {
    /// Most calls told: more than a hall has windows.
    pub const MAX: usize = 60;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_shows_no_number_where_it_is_printed() {
        let ask = QueueAsk { ask: Uuid::from_u128(1), number: Some("890102197803150113".into()), item: None };
        assert!(!format!("{ask:?}").contains("8901"));
        let old: QueueAsk = serde_json::from_str("{\"ask\":\"00000000-0000-0000-0000-000000000001\"}").unwrap();
        assert_eq!((old.number, old.item), (None, None));
    }
}
