//! 事项搜索: by name, by keyword, by pinyin initials (which stand among the keywords).

use super::ServiceItem;

/// Items that fit what was typed, best first; all items in their order for an empty text.
///
/// Spaces, punctuation and case do not matter; full-width letters count as their plain forms.
pub fn search<'a>(items: impl IntoIterator<Item = &'a ServiceItem>, text: &str) -> Vec<&'a ServiceItem> {
    let words: Vec<String> = text.split_whitespace().map(plain).filter(|word| !word.is_empty()).collect();
    let mut hits: Vec<(u32, &ServiceItem)> = items
        .into_iter()
        .filter_map(|item| {
            let ranks: Option<Vec<u32>> = words.iter().map(|word| rank(item, word)).collect();
            ranks.map(|ranks| (ranks.into_iter().sum(), item))
        })
        .collect();
    hits.sort_by_key(|(rank, _)| *rank);
    hits.into_iter().map(|(_, item)| item).collect()
}

/// 0 is best; `None` when the word does not fit at all.
fn rank(item: &ServiceItem, word: &str) -> Option<u32> {
    let name = plain(&item.name);
    let keywords: Vec<String> = item.keywords.iter().map(|keyword| plain(keyword)).collect();
    let ranks = [
        (name == word, 0),
        (keywords.iter().any(|keyword| keyword == word), 1),
        (name.starts_with(word), 2),
        (name.contains(word), 3),
        (keywords.iter().any(|keyword| keyword.starts_with(word)), 4),
        (keywords.iter().any(|keyword| keyword.contains(word)), 5),
        (plain(&item.theme).contains(word) || plain(&item.org.name).contains(word), 6),
    ];
    ranks.into_iter().find_map(|(fits, rank)| fits.then_some(rank))
}

fn plain(text: &str) -> String {
    text.chars()
        .map(crate::check::half_width)
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
