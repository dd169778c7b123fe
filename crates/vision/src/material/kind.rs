//! 材料种类: which document a page is, by its title; the table is `kinds.toml`.

use super::words::{alike, plain};
use crate::ocr::{PageText, TextLine};
use serde::Deserialize;
use std::sync::LazyLock;

/// 一种材料.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Kind {
    /// What it is called.
    pub name: String,
    /// Words of which one stands in the title of every such document.
    pub titles: Vec<String>,
    /// Words in the name of a material that ask for it.
    #[serde(default)]
    pub asked: Vec<String>,
    /// Only when the title ends with one of the words (通知 is in many titles).
    #[serde(default)]
    pub at_end: bool,
}

#[derive(Deserialize)]
struct Table {
    kind: Vec<Kind>,
}

static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    toml::from_str::<Table>(include_str!("kinds.toml")).expect("kinds.toml is part of this crate and tested").kind
});

/// Part of the page a title stands in, from the top.
const TITLE_AREA: f32 = 0.48;
/// A title is so much larger than the text around it.
const PROMINENT: f32 = 1.22;
/// Letters a line may have besides the title's words.
const LETTERS_BESIDE: usize = 14;

/// The title lines: large letters in the upper part, from the top. The largest comes first when nothing stands out.
fn titles(text: &PageText) -> Vec<(&TextLine, String)> {
    let height = |line: &TextLine| line.place[3] - line.place[1];
    let mut heights: Vec<f32> = text.lines.iter().map(height).collect();
    if heights.is_empty() {
        return Vec::new();
    }
    heights.sort_by(f32::total_cmp);
    let usual = heights[heights.len() / 2];
    let upper: Vec<&TextLine> = text.lines.iter().filter(|line| line.place[1] < TITLE_AREA).collect();
    upper
        .into_iter()
        .filter(|line| height(line) > usual * PROMINENT && line.confidence > 0.7)
        .map(|line| (line, plain(&line.text)))
        .filter(|(_, words)| words.chars().count() >= 2)
        .collect()
}

fn fits(kind: &Kind, words: &str) -> Option<usize> {
    let letters = words.chars().count();
    kind.titles
        .iter()
        .filter(|title| if kind.at_end { words.ends_with(title.as_str()) } else { words.contains(title.as_str()) })
        .map(|title| title.chars().count())
        .filter(|length| letters <= length + LETTERS_BESIDE)
        .max()
}

/// Kinds whose words stand in the page's title, the longest match first.
#[must_use]
pub fn kinds_of_page(text: &PageText) -> Vec<Kind> {
    let mut found: Vec<(usize, &Kind)> = Vec::new();
    for (_, words) in titles(text) {
        let mut here: Vec<(usize, &Kind)> = KINDS.iter().filter_map(|kind| Some((fits(kind, &words)?, kind))).collect();
        // In one line a word that any document may have gives way to one that names a kind.
        if here.iter().any(|(_, kind)| !kind.at_end) {
            here.retain(|(_, kind)| !kind.at_end);
        }
        found.extend(here);
    }
    found.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
    let mut kinds: Vec<Kind> = Vec::new();
    for (_, kind) in found {
        if !kinds.contains(kind) {
            kinds.push(kind.clone());
        }
    }
    kinds
}

/// Kinds that serve a material of this name.
#[must_use]
pub fn kinds_of_material(name: &str) -> Vec<&'static Kind> {
    let name = plain(name);
    KINDS.iter().filter(|kind| kind.asked.iter().any(|word| name.contains(word.as_str()))).collect()
}

/// Does the page serve the material? `None` when the page does not say.
pub(super) fn right(material: &str, seen: &[Kind], text: &PageText) -> Option<bool> {
    let asked = kinds_of_material(material);
    if seen.iter().any(|kind| asked.contains(&kind)) {
        return Some(true);
    }
    let wanted = plain(material);
    let said = titles(text).into_iter().any(|(_, words)| alike(&words, &wanted) >= 0.62);
    if said {
        return Some(true);
    }
    // A title of another kind is plain only when it is known what would have been right.
    (!seen.is_empty() && !asked.is_empty()).then_some(false)
}
