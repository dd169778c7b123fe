//! The rules of the table, held against a record.

use super::table::{Field, Kind};
use super::{Content, Record};
use crate::xml::XmlFault;
use tongban_domain::clock::WallTime;
use tongban_domain::limits::{date_text, local_time, parse_date};

/// Why a message is not accepted. Names fields, never values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeFault {
    /// The document itself.
    #[error("document: {0}")]
    Xml(#[from] XmlFault),
    /// Another format or version (`K103`).
    #[error("not a message of version 1.0: {0}")]
    Version(&'static str),
    /// Head or body are not as the schema says.
    #[error("{place}: {reason}")]
    Schema {
        /// Element or attribute.
        place: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// The digest is not the content's.
    #[error("digest differs: the content was changed")]
    Digest,
    /// The signature is not the sender's.
    #[error("signature is not the sender's")]
    Signature,
    /// The signing key cannot sign.
    #[error("cannot sign")]
    Key,
}

impl ExchangeFault {
    /// The code in the receipt, and what a person is shown.
    #[must_use]
    pub const fn code(&self) -> tongban_domain::code::ErrorCode {
        use tongban_domain::code::ErrorCode;
        match self {
            Self::Xml(_) => ErrorCode::ExchangeUnreadable,
            Self::Version(_) => ErrorCode::FormatUnknown,
            Self::Schema { .. } => ErrorCode::ExchangeSchema,
            Self::Digest | Self::Signature | Self::Key => ErrorCode::ExchangeSignature,
        }
    }
}

pub(super) fn schema(place: &str, reason: &'static str) -> ExchangeFault {
    ExchangeFault::Schema { place: place.to_owned(), reason }
}

/// `YYYY-MM-DDThh:mm:ss+08:00` of a wall time.
#[must_use]
pub fn moment(wall: WallTime) -> String {
    let time = local_time(wall);
    format!("{}T{:02}:{:02}:{:02}+08:00", date_text(time.date()), time.hour(), time.minute(), time.second())
}

/// Milliseconds since 1970 of a moment as [`moment`] writes it.
#[must_use]
pub fn moment_ms(text: &str) -> Option<i64> {
    let (day, rest) = (text.get(..10)?, text.get(10..)?);
    let year = day.get(..4)?;
    let rest = rest.strip_prefix('T')?.strip_suffix("+08:00")?;
    let parts: Vec<u8> = rest.split(':').map(two_digits).collect::<Option<_>>()?;
    let [hour, minute, second] = parts[..] else { return None };
    if !("1000".."3000").contains(&year) {
        return None;
    }
    let at = parse_date(day)?.with_hms(hour, minute, second).ok()?.assume_utc();
    Some((at.unix_timestamp() - 8 * 3600) * 1000)
}

fn two_digits(text: &str) -> Option<u8> {
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn hex_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn whole(text: &str, digits: usize) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    plain && (1..=digits).contains(&text.len()) && (text == "0" || !text.starts_with('0'))
}

pub(super) fn fits(kind: Kind, text: &str) -> bool {
    match kind {
        Kind::Text(most) => (1..=most).contains(&text.chars().count()),
        Kind::Code(codes) => codes.contains(&text),
        Kind::Day => ("1000".."3000").contains(&text.get(..4).unwrap_or("")) && parse_date(text).is_some(),
        Kind::Moment => moment_ms(text).is_some(),
        Kind::Count => whole(text, 9),
        Kind::Yuan => text.split_once('.').is_some_and(|(yuan, fen)| whole(yuan, 12) && two_digits(fen).is_some()),
        Kind::Flag => matches!(text, "0" | "1"),
        Kind::Guid => hex_digits(text, 32),
        Kind::Digest => hex_digits(text, 64),
    }
}

/// Every required field, none unknown, each in its form, in the table's order.
pub(super) fn record(record: &Record) -> Result<(), ExchangeFault> {
    let names = record.fields.iter().map(|(name, _)| name.as_str());
    ordered(record.kind.fields(), names)?;
    for (name, content) in &record.fields {
        let field = record.kind.fields().iter().find(|field| field.name == name);
        let field = field.ok_or_else(|| schema(name, "unknown field"))?;
        match content {
            Content::Text(text) if field.rows.is_empty() && fits(field.kind, text) => {}
            Content::Text(_) => return Err(schema(name, "form")),
            Content::Rows(rows) if !field.rows.is_empty() && (1..=200).contains(&rows.len()) => {
                rows.iter().try_for_each(|row| one_row(field, row))?;
            }
            Content::Rows(_) => return Err(schema(name, "rows")),
        }
    }
    Ok(())
}

fn one_row(field: &Field, row: &[(String, String)]) -> Result<(), ExchangeFault> {
    ordered(field.rows, row.iter().map(|(name, _)| name.as_str()))?;
    for (name, value) in row {
        let known = field.rows.iter().find(|known| known.name == name);
        if !known.is_some_and(|known| fits(known.kind, value)) {
            return Err(schema(name, "form"));
        }
    }
    Ok(())
}

fn ordered<'n>(fields: &[Field], names: impl Iterator<Item = &'n str>) -> Result<(), ExchangeFault> {
    let mut next = fields.iter();
    for name in names {
        loop {
            let field = next.next().ok_or_else(|| schema(name, "unknown, repeated or out of order"))?;
            if field.name == name {
                break;
            }
            if field.required {
                return Err(schema(field.name, "missing"));
            }
        }
    }
    match next.find(|field| field.required) {
        Some(field) => Err(schema(field.name, "missing")),
        None => Ok(()),
    }
}
