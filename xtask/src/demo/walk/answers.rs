//! An item's file and the answers to its form.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::Path;

/// An item with its answers.
pub struct Sheet {
    /// Item key.
    pub key: String,
    /// 办理方式 for firms: the credit code is asked.
    pub for_firm: bool,
    /// Answers in the order of the form.
    pub answers: Vec<(String, Answer)>,
}

/// What is written into a field.
pub enum Answer {
    /// Letters and digits.
    Text(String),
    /// Chinese, with the syllable of each character for the on-screen keyboard.
    Chinese(String, Vec<String>),
    /// The option with this key.
    Choice(String),
    /// 是.
    Yes,
    /// Rows of a list: columns with their answers.
    Rows(Vec<Vec<(String, Answer)>>),
}

impl Sheet {
    /// An item of the catalogue with the demo's answers.
    pub fn of(root: &Path, key: &str) -> Result<Self> {
        let name = format!("{key}.json");
        Self::read(&root.join("assets/catalogue").join(&name), &root.join("xtask/data/answers").join(&name))
    }

    /// Reads the item and its answers.
    pub fn read(item: &Path, answers: &Path) -> Result<Self> {
        let (item, answers) = (json(item)?, json(answers)?);
        let mut sheet = Self {
            key: item["key"].as_str().context("the item has a key")?.to_owned(),
            for_firm: item["audience"] == "firm",
            answers: Vec::new(),
        };
        let given = answers.as_object().context("answers are an object")?;
        for section in item["form"]["sections"].as_array().into_iter().flatten() {
            for field in section["fields"].as_array().into_iter().flatten() {
                let id = field["id"].as_str().context("a field has an id")?;
                if let Some(value) = given.get(id) {
                    sheet.answers.push((id.to_owned(), answer(field, value).with_context(|| id.to_owned())?));
                }
            }
        }
        anyhow::ensure!(sheet.answers.len() == given.len(), "an answer names no field of {}", sheet.key);
        Ok(sheet)
    }

    /// Every text that was written.
    pub fn texts(&self) -> Vec<String> {
        fn collect(answer: &Answer, into: &mut Vec<String>) {
            match answer {
                Answer::Text(text) | Answer::Chinese(text, _) => into.push(text.clone()),
                Answer::Rows(rows) => rows.iter().flatten().for_each(|(_, answer)| collect(answer, into)),
                Answer::Choice(_) | Answer::Yes => {}
            }
        }
        let mut all = Vec::new();
        self.answers.iter().for_each(|(_, answer)| collect(answer, &mut all));
        all
    }

    /// Every character that is not on a plain keyboard.
    pub fn chinese(&self) -> String {
        fn collect(answer: &Answer, into: &mut String) {
            match answer {
                Answer::Chinese(text, _) => into.push_str(text),
                Answer::Rows(rows) => rows.iter().flatten().for_each(|(_, answer)| collect(answer, into)),
                _ => {}
            }
        }
        let mut all = String::new();
        self.answers.iter().for_each(|(_, answer)| collect(answer, &mut all));
        all
    }
}

fn answer(field: &Value, value: &Value) -> Result<Answer> {
    let kind = &field["kind"];
    if let Some(list) = kind.get("list") {
        let columns = list["fields"].as_array().context("a list has columns")?;
        let mut rows = Vec::new();
        for row in value.as_array().context("rows")? {
            let mut cells = Vec::new();
            for column in columns {
                let id = column["id"].as_str().context("a column has an id")?;
                if let Some(value) = row.get(id) {
                    cells.push((id.to_owned(), answer(column, value)?));
                }
            }
            rows.push(cells);
        }
        return Ok(Answer::Rows(rows));
    }
    Ok(match value {
        Value::Bool(true) => Answer::Yes,
        Value::String(text) if kind.get("choice").is_some() => Answer::Choice(text.clone()),
        Value::String(text) => Answer::Text(text.clone()),
        Value::Object(written) => {
            let text = written["text"].as_str().context("text")?.to_owned();
            let syllables = written["pinyin"].as_array().context("pinyin")?;
            let syllables: Vec<String> = syllables.iter().filter_map(|s| s.as_str().map(str::to_owned)).collect();
            anyhow::ensure!(syllables.len() == text.chars().count(), "a syllable for each character of {text}");
            Answer::Chinese(text, syllables)
        }
        other => bail!("no answer: {other}"),
    })
}

fn json(path: &Path) -> Result<Value> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    serde_json::from_slice(&bytes).with_context(|| path.display().to_string())
}
