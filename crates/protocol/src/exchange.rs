//! 数据交换: XML messages to and from other authorities (docs/formats.md).
//!
//! One envelope for every type. The whole envelope without its signature is brought into
//! Canonical XML and signed with SM2 over SM3; the receiver answers with a signed receipt that
//! names the digest, so that neither side can deny what it sent or got (防抵赖). Types and their
//! fields stand in one table, [`table`]; the schema handed to partners (`assets/exchange/exchange.xsd`)
//! is written from it.

mod check;
mod envelope;
mod schema;
pub mod table;

pub use check::{ExchangeFault, moment, moment_ms};
pub use envelope::{Envelope, Receipt, Received, Verdict, peek, read};
pub use schema::schema;
pub use table::MessageKind;

/// Namespace of every message.
pub const NAMESPACE: &str = "urn:tongban:exchange:1";
/// Bytes a message may have.
pub const MESSAGE_LIMIT: usize = 1024 * 1024;

/// `cd_operation`: what the receiver does with the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Op {
    /// 新增.
    Insert,
    /// 更新.
    Update,
    /// 删除 (作废): the record stays, marked.
    Delete,
}

impl Op {
    /// The letter on the wire.
    #[must_use]
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Insert => "I",
            Self::Update => "U",
            Self::Delete => "D",
        }
    }

    /// The operation of a letter.
    #[must_use]
    pub fn parse(letter: &str) -> Option<Self> {
        [Self::Insert, Self::Update, Self::Delete].into_iter().find(|op| op.letter() == letter)
    }
}

/// A field's content.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// One value.
    Text(String),
    /// Rows of values, each row in the table's order.
    Rows(Vec<Vec<(String, String)>>),
}

/// One record of a message: fields in the table's order, without those left out.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// Type.
    pub kind: MessageKind,
    /// `cd_operation`.
    pub op: Op,
    /// Name and content.
    pub fields: Vec<(String, Content)>,
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Record({} {}, {} fields redacted)", self.kind.name(), self.op.letter(), self.fields.len())
    }
}

impl Record {
    /// A record with nothing in it.
    #[must_use]
    pub const fn new(kind: MessageKind, op: Op) -> Self {
        Self { kind, op, fields: Vec::new() }
    }

    /// Sets a field; an empty text is left out.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        if !value.is_empty() {
            self.fields.push((name.to_owned(), Content::Text(crate::xml::allowed_text(value))));
        }
        self
    }

    /// Sets rows.
    #[must_use]
    pub fn rows(mut self, name: &str, rows: Vec<Vec<(&str, String)>>) -> Self {
        let row = |row: Vec<(&str, String)>| {
            let full = row.into_iter().filter(|(_, value)| !value.is_empty());
            full.map(|(name, value)| (name.to_owned(), crate::xml::allowed_text(&value))).collect()
        };
        if !rows.is_empty() {
            self.fields.push((name.to_owned(), Content::Rows(rows.into_iter().map(row).collect())));
        }
        self
    }

    /// A field's text; empty when it is not there.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(known, _)| known == name);
        match found {
            Some((_, Content::Text(text))) => text,
            _ => "",
        }
    }
}
