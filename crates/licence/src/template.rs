//! 版式: the words and measures of each paper, as data, so that a city changes them without code.
//!
//! A value in braces (`{firm}`) is filled from the data. Every placeholder is checked when the
//! templates are read: a misspelt one is a configuration fault (`K102`), not a hole in a licence.

mod forms;
mod notices;

pub use notices::{PaperForm, PaperForms};

pub use forms::{LicenceTemplate, NoticeTemplate, ProofTemplate, ReceiptTemplate};

use crate::draw::Cell;
use crate::error::PaperError;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::Path;

/// Values for placeholders.
pub type Values<'k> = BTreeMap<&'k str, String>;

/// The templates of all papers.
pub struct Templates {
    pub(crate) receipt: ReceiptTemplate,
    pub(crate) proof: ProofTemplate,
    /// Faces of licences by file name without `.toml`.
    pub(crate) licences: BTreeMap<String, LicenceTemplate>,
    pub(crate) notice: NoticeTemplate,
    pub(crate) papers: PaperForms,
}

impl Templates {
    /// The templates this program was built with (`assets/licences/*.toml`).
    #[must_use]
    pub fn builtin() -> Self {
        const CHECKED: &str = "a test reads every built-in template";
        let faces = BUILTIN_FACES.map(|(name, text)| (name.to_owned(), parse(name, text).expect(CHECKED)));
        Self {
            receipt: parse("receipt.toml", RECEIPT).expect(CHECKED),
            proof: parse("proof.toml", PROOF).expect(CHECKED),
            licences: faces.into(),
            notice: parse("notice.toml", NOTICE).expect(CHECKED),
            papers: PaperForms::parse("papers.toml", PAPERS).expect(CHECKED),
        }
    }

    /// Templates from a directory holding `receipt.toml`, `proof.toml`, `notice.toml` and the faces of
    /// licences, `licence.toml` and `licence_*.toml`. A new kind of licence is a new file.
    ///
    /// # Errors
    /// [`PaperError::Template`] naming the file that is missing, malformed or has an unknown placeholder.
    pub fn load(dir: &Path) -> Result<Self, PaperError> {
        Ok(Self {
            receipt: read(dir, "receipt.toml")?,
            proof: read(dir, "proof.toml")?,
            licences: faces(dir)?,
            notice: read(dir, "notice.toml")?,
            papers: PaperForms::parse("papers.toml", &text_of(dir, "papers.toml")?)?,
        })
    }

    /// The text of a kind of paper.
    #[must_use]
    pub fn paper(&self, kind: tongban_domain::event::PaperKind) -> Option<&PaperForm> {
        self.papers.get(kind)
    }

    /// The face of this name.
    pub(crate) fn licence(&self, name: &str) -> Result<&LicenceTemplate, PaperError> {
        self.licences.get(name).ok_or_else(|| PaperError::Template {
            name: format!("{name}.toml"),
            reason: "no such face of a licence".to_owned(),
        })
    }
}

const RECEIPT: &str = include_str!("../../../assets/licences/receipt.toml");
const PROOF: &str = include_str!("../../../assets/licences/proof.toml");
const PAPERS: &str = include_str!("../../../assets/licences/papers.toml");
const NOTICE: &str = include_str!("../../../assets/licences/notice.toml");
const BUILTIN_FACES: [(&str, &str); 5] = [
    ("licence", include_str!("../../../assets/licences/licence.toml")),
    ("licence_food", include_str!("../../../assets/licences/licence_food.toml")),
    ("licence_hygiene", include_str!("../../../assets/licences/licence_hygiene.toml")),
    ("licence_transport", include_str!("../../../assets/licences/licence_transport.toml")),
    ("licence_water", include_str!("../../../assets/licences/licence_water.toml")),
];

/// `licence.toml` and every `licence_*.toml` of the directory.
fn faces(dir: &Path) -> Result<BTreeMap<String, LicenceTemplate>, PaperError> {
    let fault =
        |error: std::io::Error| PaperError::Template { name: dir.display().to_string(), reason: error.to_string() };
    let mut faces = BTreeMap::from([("licence".to_owned(), read(dir, "licence.toml")?)]);
    for entry in std::fs::read_dir(dir).map_err(fault)? {
        let file = entry.map_err(fault)?.file_name();
        let Some(file) = file.to_str() else { continue };
        if let Some(name) = file.strip_suffix(".toml").filter(|name| name.starts_with("licence_")) {
            faces.insert(name.to_owned(), read(dir, file)?);
        }
    }
    Ok(faces)
}

fn read<T: Template>(dir: &Path, name: &str) -> Result<T, PaperError> {
    parse(name, &text_of(dir, name)?)
}

fn text_of(dir: &Path, name: &str) -> Result<String, PaperError> {
    std::fs::read_to_string(dir.join(name))
        .map_err(|error| PaperError::Template { name: name.to_owned(), reason: error.to_string() })
}

fn parse<T: Template>(name: &str, text: &str) -> Result<T, PaperError> {
    let fault = |reason: String| PaperError::Template { name: name.to_owned(), reason };
    let template: T = toml::from_str(text).map_err(|error| fault(error.to_string()))?;
    let known: Values<'_> = T::KEYS.iter().map(|key| (*key, String::new())).collect();
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
pub fn filled(rows: &[Row], values: &Values<'_>) -> Result<Vec<Vec<Cell>>, PaperError> {
    rows.iter()
        .map(|row| {
            let cell =
                |cell: &CellTemplate| Ok(Cell { label: put(&cell.label, values)?, value: put(&cell.value, values)? });
            row.cells.iter().map(cell).collect()
        })
        .collect()
}

/// Fills a text whose placeholders were checked at reading.
pub fn put(text: &str, values: &Values<'_>) -> Result<String, PaperError> {
    fill(text, values)
        .map_err(|key| PaperError::Template { name: text.to_owned(), reason: format!("unknown placeholder {{{key}}}") })
}

/// Placeholders of form fields: `{field.<id>}`, in licences only.
pub const FIELD: &str = "field.";

/// Fills `{key}` from the values; the error is the first unknown key. A lone brace stays as it is.
fn fill(text: &str, values: &Values<'_>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}') else { break };
        let key = &rest[open + 1..open + close];
        out.push_str(&rest[..open]);
        // Form fields differ from item to item: one the case does not have is empty, and its row left out.
        match values.get(key) {
            Some(value) => out.push_str(value),
            None if key.starts_with(FIELD) => {}
            None => return Err(key.to_owned()),
        }
        rest = &rest[open + close + 1..];
    }
    out.push_str(rest);
    Ok(out)
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
        let broken = BUILTIN_FACES[0].1.replace("{legal_person}", "{legal_preson}");
        let error = parse::<LicenceTemplate>("licence.toml", &broken).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some("template licence.toml: unknown placeholder {legal_preson}"));
    }

    #[test]
    fn a_form_field_the_case_lacks_is_empty() {
        let values = Values::from([("field.area", "120".to_owned())]);
        assert_eq!(fill("{field.area}", &values), Ok("120".to_owned()));
        assert_eq!(fill("{field.colour}", &values), Ok(String::new()));
    }

    #[test]
    fn a_lone_brace_is_text() {
        assert_eq!(fill("a { b", &Values::new()), Ok("a { b".to_owned()));
        assert_eq!(fill("{x}", &Values::new()), Err("x".to_owned()));
    }
}
