//! 前置库: a table the department keeps filled for us; we read one row and only the columns wanted.

use crate::reply::Answer;
use crate::rest::Silence;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;

/// One look-up in the front-end database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// Table or view; an identifier.
    pub table: String,
    /// Column the subject is looked up in; an identifier.
    pub key: String,
    /// The subject.
    pub subject: String,
    /// Columns wanted; identifiers.
    pub columns: Vec<String>,
}

/// A front-end database. The crate that owns a database engine implements it.
pub trait FrontDatabase: Send + Sync {
    /// The row, column → value; `None` when there is none.
    ///
    /// # Errors
    /// In words, without values, when the database cannot be read.
    fn look_up(&self, lookup: &Lookup) -> Result<Option<Map<String, Value>>, String>;
}

/// Looks up off the runtime's threads, before the deadline; the row in the dress of an answer.
pub async fn ask(front: &Arc<dyn FrontDatabase>, lookup: Lookup, deadline: Duration) -> Result<Answer, Silence> {
    let front = front.clone();
    let work = tokio::task::spawn_blocking(move || front.look_up(&lookup));
    let row = match tokio::time::timeout(deadline, work).await {
        Err(_) => return Err(Silence::Late),
        Ok(Err(_) | Ok(Err(_))) => return Err(Silence::Broken),
        Ok(Ok(Ok(row))) => row,
    };
    let body = row.map_or_else(|| json!({"code": "404"}), |row| json!({"code": "0", "data": row}));
    Ok(Answer {
        status: 200,
        media: "application/json".into(),
        charset: String::new(),
        body: body.to_string().into_bytes(),
        too_long: false,
    })
}

/// A name that needs no quoting anywhere.
pub fn is_identifier(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    text.starts_with(letter) && text.len() <= 63 && text.chars().all(|c| letter(c) || c.is_ascii_digit())
}
