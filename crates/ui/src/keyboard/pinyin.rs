//! Pinyin to words: a dictionary in memory, no learning.
//!
//! What an applicant types is not remembered in any form: the engine has no
//! mutable state at all.

mod search;

use std::path::{Path, PathBuf};

pub use search::Candidate;

/// Dictionary files below the pinyin directory.
const BASE: &str = "pinyin_simp.tsv";
const TERMS: &str = "terms.tsv";
const NAMES: &str = "names.tsv";

/// Why the dictionary cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PinyinError {
    /// A file is missing or unreadable.
    #[error("pinyin dictionary {path} cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A line is not `word<TAB>syllables<TAB>weight`.
    #[error("{path}:{line}: not word, syllables and weight")]
    Line {
        /// The file.
        path: PathBuf,
        /// Line number from 1.
        line: usize,
    },
}

/// What is being written: names prefer surnames and name characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Purpose {
    /// Ordinary text.
    #[default]
    Text,
    /// A person's name.
    Name,
}

/// One word: places in the two arenas.
#[derive(Debug, Clone, Copy)]
struct Entry {
    word: (u32, u32),
    key: (u32, u32),
    /// Bit n is set when a syllable ends after n letters of the key.
    ends: u64,
    weight: f32,
}

/// A dictionary in memory.
#[derive(Debug)]
pub struct Pinyin {
    words: String,
    keys: String,
    /// Sorted by key, then by weight, heaviest first.
    entries: Vec<Entry>,
    /// First letters of the syllables, for words of two syllables and more; sorted.
    initials: Vec<(String, u32)>,
    surnames: Vec<Named>,
    given: Vec<Named>,
}

/// A surname or a character of given names.
#[derive(Debug, Clone)]
struct Named {
    word: String,
    key: String,
    weight: f32,
}

impl Pinyin {
    /// Reads the three files of `directory` (normally `assets/pinyin`).
    ///
    /// # Errors
    /// [`PinyinError`] names the file and line that cannot be used.
    pub fn load(directory: &Path) -> Result<Self, PinyinError> {
        let mut dictionary = Self {
            words: String::with_capacity(512 * 1024),
            keys: String::with_capacity(768 * 1024),
            entries: Vec::with_capacity(70_000),
            initials: Vec::with_capacity(50_000),
            surnames: Vec::new(),
            given: Vec::new(),
        };
        for name in [BASE, TERMS] {
            for_lines(&directory.join(name), |[word, syllables, weight], _| {
                dictionary.add(word, syllables, weight);
            })?;
        }
        for_lines(&directory.join(NAMES), |[word, syllables, weight], kind| {
            let key = syllables.replace(' ', "");
            let named = Named { word: word.to_owned(), key, weight: parse(weight) };
            match kind {
                Some("s") => dictionary.surnames.push(named),
                _ => dictionary.given.push(named),
            }
        })?;
        dictionary.finish();
        Ok(dictionary)
    }

    fn add(&mut self, word: &str, syllables: &str, weight: &str) {
        let word_at = push(&mut self.words, word);
        let start = self.keys.len();
        let mut ends = 0_u64;
        let mut initials = String::new();
        for syllable in syllables.split(' ') {
            self.keys.push_str(syllable);
            ends |= 1_u64.checked_shl(small(self.keys.len() - start)).unwrap_or(0);
            initials.extend(syllable.chars().next());
        }
        let key_at = (small(start), small(self.keys.len() - start));
        if initials.len() > 1 {
            self.initials.push((initials, small(self.entries.len())));
        }
        self.entries.push(Entry { word: word_at, key: key_at, ends, weight: parse(weight) });
    }

    /// Sorts both indexes; `initials` points into the sorted entries.
    fn finish(&mut self) {
        let mut order: Vec<u32> = (0..small(self.entries.len())).collect();
        order.sort_by(|a, b| {
            let (a, b) = (self.entry(*a), self.entry(*b));
            self.key(a).cmp(self.key(b)).then(b.weight.total_cmp(&a.weight))
        });
        let mut place = vec![0_u32; order.len()];
        for (new, old) in order.iter().enumerate() {
            place[*old as usize] = small(new);
        }
        self.entries = order.iter().map(|old| *self.entry(*old)).collect();
        for (_, at) in &mut self.initials {
            *at = place[*at as usize];
        }
        self.initials.sort();
    }

    fn entry(&self, at: u32) -> &Entry {
        &self.entries[at as usize]
    }

    fn key(&self, entry: &Entry) -> &str {
        slice(&self.keys, entry.key)
    }

    fn word(&self, entry: &Entry) -> &str {
        slice(&self.words, entry.word)
    }

    /// Number of words.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no word at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

fn for_lines(path: &Path, mut each: impl FnMut([&str; 3], Option<&str>)) -> Result<(), PinyinError> {
    let text = std::fs::read_to_string(path).map_err(|source| PinyinError::Read { path: path.to_owned(), source })?;
    for (index, line) in text.lines().enumerate() {
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        let mut parts = line.split('\t');
        let fields = (parts.next(), parts.next(), parts.next());
        let (Some(word), Some(syllables), Some(weight)) = fields else {
            return Err(PinyinError::Line { path: path.to_owned(), line: index + 1 });
        };
        let spelled = syllables.bytes().all(|b| b.is_ascii_lowercase() || b == b' ');
        if word.is_empty() || syllables.is_empty() || !spelled || weight.parse::<u32>().is_err() {
            return Err(PinyinError::Line { path: path.to_owned(), line: index + 1 });
        }
        each([word, syllables, weight], parts.next());
    }
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "frequencies are compared, not counted")]
fn parse(weight: &str) -> f32 {
    weight.parse::<u32>().unwrap_or(0) as f32
}

/// Arena places are below 4 GiB by far: the files are about a megabyte.
fn small(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn push(arena: &mut String, text: &str) -> (u32, u32) {
    let at = (small(arena.len()), small(text.len()));
    arena.push_str(text);
    at
}

fn slice(arena: &str, (start, length): (u32, u32)) -> &str {
    arena.get(start as usize..start as usize + length as usize).unwrap_or_default()
}

#[cfg(test)]
mod tests;
