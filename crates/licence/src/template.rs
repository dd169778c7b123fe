//! 版式: the words and measures of each paper, as data, so that a city changes them without code.
//!
//! A value in braces (`{firm}`) is filled from the data. Every placeholder is checked when the
//! templates are read: a misspelt one is a configuration fault (`K102`), not a hole in a licence.

use crate::draw::Cell;
use crate::error::PaperError;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::Path;

/// Values for placeholders.
pub type Values = BTreeMap<&'static str, String>;

/// The templates of all papers.
pub struct Templates {
    pub(crate) receipt: ReceiptTemplate,
    pub(crate) proof: ProofTemplate,
    pub(crate) licence: LicenceTemplate,
    pub(crate) notice: NoticeTemplate,
}

impl Templates {
    /// The templates this program was built with (`assets/licences/*.toml`).
    #[must_use]
    pub fn builtin() -> Self {
        let read = |name: &str, text: &str| format!("built-in template {name} was checked by a test: {text}");
        Self {
            receipt: parse("receipt.toml", BUILTIN[0]).expect(&read("receipt", "it parses")),
            proof: parse("proof.toml", BUILTIN[1]).expect(&read("proof", "it parses")),
            licence: parse("licence.toml", BUILTIN[2]).expect(&read("licence", "it parses")),
            notice: parse("notice.toml", BUILTIN[3]).expect(&read("notice", "it parses")),
        }
    }

    /// Templates from a directory holding `receipt.toml`, `proof.toml`, `licence.toml` and `notice.toml`.
    ///
    /// # Errors
    /// [`PaperError::Template`] naming the file that is missing, malformed or has an unknown placeholder.
    pub fn load(dir: &Path) -> Result<Self, PaperError> {
        Ok(Self {
            receipt: read(dir, "receipt.toml")?,
            proof: read(dir, "proof.toml")?,
            licence: read(dir, "licence.toml")?,
            notice: read(dir, "notice.toml")?,
        })
    }
}

const BUILTIN: [&str; 4] = [
    include_str!("../../../assets/licences/receipt.toml"),
    include_str!("../../../assets/licences/proof.toml"),
    include_str!("../../../assets/licences/licence.toml"),
    include_str!("../../../assets/licences/notice.toml"),
];

fn read<T: Template>(dir: &Path, name: &str) -> Result<T, PaperError> {
    let text = std::fs::read_to_string(dir.join(name))
        .map_err(|error| PaperError::Template { name: name.to_owned(), reason: error.to_string() })?;
    parse(name, &text)
}

fn parse<T: Template>(name: &str, text: &str) -> Result<T, PaperError> {
    let fault = |reason: String| PaperError::Template { name: name.to_owned(), reason };
    let template: T = toml::from_str(text).map_err(|error| fault(error.to_string()))?;
    let known: Values = T::KEYS.iter().map(|key| (*key, String::new())).collect();
    for text in template.texts() {
        fill(text, &known).map_err(|key| fault(format!("unknown placeholder {{{key}}}")))?;
    }
    Ok(template)
}

trait Template: DeserializeOwned {
    /// Placeholders the paper can fill.
    const KEYS: &'static [&'static str];
    /// Every text that may hold placeholders.
    fn texts(&self) -> Vec<&str>;
}

/// A row of a label-value grid.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    pub cells: Vec<CellTemplate>,
}

/// A label and the template of its value.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellTemplate {
    pub label: String,
    pub value: String,
}

fn row_texts(rows: &[Row]) -> impl Iterator<Item = &str> {
    rows.iter().flat_map(|row| &row.cells).flat_map(|cell| [cell.label.as_str(), cell.value.as_str()])
}

/// The rows with their values filled in.
pub fn filled(rows: &[Row], values: &Values) -> Result<Vec<Vec<Cell>>, PaperError> {
    rows.iter()
        .map(|row| {
            let cell = |cell: &CellTemplate| {
                Ok(Cell { label: put(&cell.label, values)?, value: put(&cell.value, values)? })
            };
            row.cells.iter().map(cell).collect()
        })
        .collect()
}

/// Fills a text whose placeholders were checked at reading.
pub fn put(text: &str, values: &Values) -> Result<String, PaperError> {
    fill(text, values).map_err(|key| PaperError::Template {
        name: text.to_owned(),
        reason: format!("unknown placeholder {{{key}}}"),
    })
}

/// Fills `{key}` from the values; the error is the first unknown key. A lone brace stays as it is.
fn fill(text: &str, values: &Values) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}') else { break };
        let key = &rest[open + 1..open + close];
        out.push_str(&rest[..open]);
        out.push_str(values.get(key).ok_or_else(|| key.to_owned())?);
        rest = &rest[open + close + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

/// `receipt.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptTemplate {
    pub title: String,
    pub heading: String,
    pub number_label: String,
    pub password_label: String,
    pub password_note: String,
    pub qr_caption: String,
    pub promise_days: String,
    pub promise_now: String,
    pub offline_note: String,
    pub untrusted_note: String,
    pub demo_note: String,
    pub table_heads: [String; 3],
    pub shared: String,
    pub captured: String,
    pub generated: String,
    pub deferred: String,
    pub not_needed: String,
    pub materials_title: String,
    pub notes: Vec<String>,
    pub page: String,
    pub watermark: String,
    pub rows: Vec<Row>,
}

impl Template for ReceiptTemplate {
    const KEYS: &'static [&'static str] = &[
        "hall", "place", "number", "item", "applicant", "id", "firm", "uscc", "received", "promise", "hotline",
        "password", "days", "source", "pages", "page",
    ];

    fn texts(&self) -> Vec<&str> {
        let own = [&self.heading, &self.promise_days, &self.shared, &self.captured, &self.page];
        own.into_iter().chain(&self.notes).map(String::as_str).chain(row_texts(&self.rows)).collect()
    }
}

/// `proof.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofTemplate {
    pub title: String,
    pub number_label: String,
    pub table_heads: [String; 4],
    pub summary: String,
    pub verify_label: String,
    pub qr_caption: String,
    pub verify_note: String,
    pub notes: Vec<String>,
    pub demo_note: String,
    pub page: String,
    pub watermark: String,
    pub rows: Vec<Row>,
}

impl Template for ProofTemplate {
    const KEYS: &'static [&'static str] = &[
        "number", "name", "id", "kind", "from", "to", "months", "total", "issuer", "issued", "place", "code", "page",
        "pages",
    ];

    fn texts(&self) -> Vec<&str> {
        let own = [&self.summary, &self.verify_note, &self.page];
        own.into_iter().chain(&self.notes).map(String::as_str).chain(row_texts(&self.rows)).collect()
    }
}

/// `licence.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicenceTemplate {
    pub title: String,
    pub title_size: f32,
    pub title_y: f32,
    pub subtitle: String,
    pub number: String,
    pub left: f32,
    pub room: f32,
    pub top: f32,
    pub bottom: f32,
    pub label_room: f32,
    pub size: f32,
    pub min_size: f32,
    pub gap: f32,
    pub qr_left: f32,
    pub qr_top: f32,
    pub qr_side: f32,
    pub qr_caption: String,
    pub identifier: String,
    pub seal_x: f32,
    pub seal_y: f32,
    pub issuer_label: String,
    pub issued_label: String,
    pub demo_note: String,
    pub watermark: String,
    pub rows: Vec<Row>,
}

impl Template for LicenceTemplate {
    const KEYS: &'static [&'static str] = &[
        "firm", "uscc", "address", "legal_person", "capital", "economic_type", "number", "valid_from", "valid_to",
        "grades", "issuer", "issued", "copy", "identifier",
    ];

    fn texts(&self) -> Vec<&str> {
        let own = [&self.subtitle, &self.number, &self.identifier];
        own.into_iter().map(String::as_str).chain(row_texts(&self.rows)).collect()
    }
}

/// `notice.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeTemplate {
    pub addressee: String,
    pub hotline: String,
    pub qr_caption: String,
    pub demo_note: String,
    pub page: String,
    pub watermark: String,
}

impl Template for NoticeTemplate {
    const KEYS: &'static [&'static str] = &["addressee", "hotline", "page", "pages"];

    fn texts(&self) -> Vec<&str> {
        [&self.addressee, &self.hotline, &self.page].into_iter().map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_templates_parse_and_fill_only_known_places() {
        let _ = Templates::builtin();
    }

    #[test]
    fn a_misspelt_placeholder_is_refused_at_reading() {
        let broken = BUILTIN[2].replace("{legal_person}", "{legal_preson}");
        let error = parse::<LicenceTemplate>("licence.toml", &broken).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some("template licence.toml: unknown placeholder {legal_preson}"));
    }

    #[test]
    fn a_lone_brace_is_text() {
        assert_eq!(fill("a { b", &Values::new()), Ok("a { b".to_owned()));
        assert_eq!(fill("{x}", &Values::new()), Err("x".to_owned()));
    }
}
