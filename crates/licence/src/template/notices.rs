//! 文书: `papers.toml`, the text of every paper by its kind.

use super::{Values, fill};
use crate::error::PaperError;
use serde::Deserialize;
use std::collections::BTreeMap;
use tongban_domain::event::PaperKind;

/// The text of one kind of paper.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaperForm {
    /// 文书名称.
    pub title: String,
    /// 字: the word of its number, for example `许受`.
    pub word: String,
    /// 份数.
    pub copies: u8,
    /// Paragraphs with values in braces.
    pub paragraphs: Vec<String>,
}

/// Values a paper may name.
const KEYS: &[&str] = &[
    "item",
    "receipt",
    "project_no",
    "org",
    "received",
    "accepted",
    "due",
    "estimate",
    "reason",
    "approval",
    "competent",
    "review_org",
    "review_address",
    "review_phone",
    "review_within",
    "litigation_org",
    "litigation_address",
    "litigation_within",
    "special",
    "days",
    "head",
    "content",
    "result",
    "delivery",
    "amount",
    "fee_basis",
    "order",
    "licence_no",
    "place",
    "applicant",
    "delivered",
    "collector",
    "officer",
    "version",
    "grade",
];

/// Every paper by kind.
#[derive(Debug, Clone)]
pub struct PaperForms(BTreeMap<PaperKind, PaperForm>);

impl PaperForms {
    /// Reads `papers.toml`: every kind but the receipt, which has a face of its own.
    pub(super) fn parse(name: &str, text: &str) -> Result<Self, PaperError> {
        let fault = |reason: String| PaperError::Template { name: name.to_owned(), reason };
        let forms: BTreeMap<String, PaperForm> = toml::from_str(text).map_err(|error| fault(error.to_string()))?;
        let known: Values<'_> = KEYS.iter().map(|key| (*key, String::new())).collect();
        let mut by_kind = BTreeMap::new();
        for (word, form) in forms {
            let kind = PaperKind::parse(&word).ok_or_else(|| fault(format!("no kind of paper `{word}`")))?;
            for text in &form.paragraphs {
                fill(text, &known).map_err(|key| fault(format!("unknown placeholder {{{key}}} in {word}")))?;
            }
            by_kind.insert(kind, form);
        }
        let absent = PaperKind::ALL.into_iter().find(|kind| *kind != PaperKind::Receipt && !by_kind.contains_key(kind));
        match absent {
            Some(kind) => Err(fault(format!("no text for {}", kind.as_str()))),
            None => Ok(Self(by_kind)),
        }
    }

    /// The text of a kind.
    #[must_use]
    pub fn get(&self, kind: PaperKind) -> Option<&PaperForm> {
        self.0.get(&kind)
    }
}

impl PaperForm {
    /// The paragraphs filled in; one whose value is empty or absent is left out.
    pub(crate) fn fill(&self, values: &BTreeMap<String, String>) -> Vec<String> {
        self.paragraphs.iter().filter_map(|text| filled(text, values)).collect()
    }
}

fn filled(text: &str, values: &BTreeMap<String, String>) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (key, behind) = after.split_once('}')?;
        let value = values.get(key).filter(|value| !value.trim().is_empty())?;
        out.push_str(before);
        out.push_str(value);
        rest = behind;
    }
    out.push_str(rest);
    // A sentence in the value brings its own full stop.
    Some(out.replace("。。", "。"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_without_its_value_is_left_out_and_the_others_stand() {
        let form = PaperForm {
            title: "t".into(),
            word: "w".into(),
            copies: 1,
            paragraphs: vec!["受理号 {receipt}。".into(), "属于{competent}。".into(), "理由：{reason}。".into()],
        };
        let values = BTreeMap::from([
            ("receipt".to_owned(), "1".to_owned()),
            ("competent".to_owned(), " ".to_owned()),
            ("reason".to_owned(), "不齐。".to_owned()),
        ]);
        assert_eq!(form.fill(&values), ["受理号 1。", "理由：不齐。"]);
    }

    #[test]
    fn a_paper_left_out_or_misspelt_is_refused_at_reading() {
        let text = include_str!("../../../../assets/licences/papers.toml");
        PaperForms::parse("papers.toml", text).unwrap();
        for (from, to) in [("[denial]", "[denail]"), ("{competent}", "{competnt}")] {
            assert!(PaperForms::parse("papers.toml", &text.replace(from, to)).is_err(), "{to}");
        }
        let cut = text.split("[rating]").next().unwrap();
        assert!(PaperForms::parse("papers.toml", cut).is_err(), "a kind without a text");
    }
}
