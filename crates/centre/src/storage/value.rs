//! What goes into a statement and what comes out: the four kinds every engine has.

use crate::error::{CentreError, Result};

/// A value going in or coming out; the four kinds every engine has.
#[derive(Clone, PartialEq, Eq)]
pub enum Val {
    /// Nothing.
    Null,
    /// Whole number.
    Int(i64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl std::fmt::Debug for Val {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Val(redacted)")
    }
}

macro_rules! val_from {
    ($($from:ty => |$value:ident| $to:expr),+ $(,)?) => {
        $(impl From<$from> for Val { fn from($value: $from) -> Self { $to } })+
    };
}

val_from! {
    i64 => |v| Val::Int(v),
    i32 => |v| Val::Int(i64::from(v)),
    u32 => |v| Val::Int(i64::from(v)),
    u16 => |v| Val::Int(i64::from(v)),
    bool => |v| Val::Int(i64::from(v)),
    u64 => |v| Val::Int(i64::try_from(v).unwrap_or(i64::MAX)),
    usize => |v| Val::Int(i64::try_from(v).unwrap_or(i64::MAX)),
    &str => |v| Val::Text(v.to_owned()),
    String => |v| Val::Text(v),
    &String => |v| Val::Text(v.clone()),
    Vec<u8> => |v| Val::Bytes(v),
    &[u8] => |v| Val::Bytes(v.to_vec()),
    [u8; 32] => |v| Val::Bytes(v.to_vec()),
    tongban_domain::event::Digest => |v| Val::Bytes(v.0.to_vec()),
    uuid::Uuid => |v| Val::Text(v.to_string()),
}

impl<T: Into<Val>> From<Option<T>> for Val {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: Clone + Into<Self>> From<&Option<T>> for Val {
    fn from(value: &Option<T>) -> Self {
        value.clone().map_or(Self::Null, Into::into)
    }
}

/// Parameters of a statement, in the order `$1`, `$2` ….
#[macro_export]
macro_rules! vals {
    ($($value:expr),* $(,)?) => { &[$($crate::storage::Val::from($value)),*] };
}

/// One row of an answer.
#[derive(Debug, Clone)]
pub struct Row(pub(in crate::storage) Vec<Val>);

impl Row {
    /// The row as one line of text: for comparing projections.
    #[must_use]
    pub fn plain(&self) -> String {
        let cell = |value: &Val| match value {
            Val::Null => "-".to_owned(),
            Val::Int(value) => value.to_string(),
            Val::Text(value) => format!("{value:?}"),
            Val::Bytes(value) => hex::encode(value),
        };
        self.0.iter().map(cell).collect::<Vec<_>>().join(" | ")
    }

    fn column(&self, index: usize) -> Result<&Val> {
        self.0.get(index).ok_or_else(|| CentreError::Damaged(format!("column {index} missing")))
    }

    /// Whole number at a column.
    pub fn int(&self, index: usize) -> Result<i64> {
        self.opt_int(index)?.ok_or_else(|| CentreError::Damaged(format!("column {index} is null")))
    }

    /// Whole number or nothing.
    pub fn opt_int(&self, index: usize) -> Result<Option<i64>> {
        match self.column(index)? {
            Val::Int(value) => Ok(Some(*value)),
            Val::Null => Ok(None),
            Val::Text(_) | Val::Bytes(_) => Err(CentreError::Damaged(format!("column {index} is not a number"))),
        }
    }

    /// Unsigned whole number at a column.
    pub fn uint(&self, index: usize) -> Result<u64> {
        u64::try_from(self.int(index)?).map_err(|_| CentreError::Damaged(format!("column {index} is negative")))
    }

    /// Text at a column.
    pub fn text(&self, index: usize) -> Result<String> {
        self.opt_text(index)?.ok_or_else(|| CentreError::Damaged(format!("column {index} is null")))
    }

    /// Text or nothing.
    pub fn opt_text(&self, index: usize) -> Result<Option<String>> {
        match self.column(index)? {
            Val::Text(value) => Ok(Some(value.clone())),
            Val::Null => Ok(None),
            Val::Int(_) | Val::Bytes(_) => Err(CentreError::Damaged(format!("column {index} is not text"))),
        }
    }

    /// Bytes at a column.
    pub fn bytes(&self, index: usize) -> Result<Vec<u8>> {
        self.opt_bytes(index)?.ok_or_else(|| CentreError::Damaged(format!("column {index} is null")))
    }

    /// Bytes or nothing.
    pub fn opt_bytes(&self, index: usize) -> Result<Option<Vec<u8>>> {
        match self.column(index)? {
            Val::Bytes(value) => Ok(Some(value.clone())),
            Val::Null => Ok(None),
            Val::Int(_) | Val::Text(_) => Err(CentreError::Damaged(format!("column {index} is not bytes"))),
        }
    }

    /// A 32-byte value at a column.
    pub fn digest(&self, index: usize) -> Result<tongban_domain::event::Digest> {
        let bytes: [u8; 32] = self
            .bytes(index)?
            .try_into()
            .map_err(|_| CentreError::Damaged(format!("column {index} is not 32 bytes")))?;
        Ok(tongban_domain::event::Digest(bytes))
    }

    /// A UUID at a column.
    pub fn uuid(&self, index: usize) -> Result<uuid::Uuid> {
        self.text(index)?.parse().map_err(|_| CentreError::Damaged(format!("column {index} is not a uuid")))
    }
}
