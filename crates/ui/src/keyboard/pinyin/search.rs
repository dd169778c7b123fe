//! From letters to candidates.

use super::{Entry, Pinyin, Purpose};

/// Longest spelling looked up as one word, in letters.
const SPELLING_MAX: usize = 48;
/// Entries looked at for a prefix of one or two letters.
const PREFIX_SCAN_MAX: usize = 12_000;
/// Cost of one more word in a sentence: the natural logarithm of all weights
/// together (about 20 million), and a little more so that longer words win.
const WORD_COST: f32 = 18.0;

/// One word or sentence to choose.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// What is written when chosen.
    pub text: String,
    /// Letters (apostrophes included) it uses up.
    pub letters: usize,
}

/// Letters without apostrophes and the places where one stood.
struct Typed {
    letters: String,
    /// Bit n is set when an apostrophe stood after n letters.
    cuts: u64,
}

impl Typed {
    fn new(composing: &str) -> Self {
        let mut typed = Self { letters: String::new(), cuts: 0 };
        for c in composing.chars() {
            if c == '\'' {
                typed.cuts |= 1_u64.checked_shl(super::small(typed.letters.len())).unwrap_or(0);
            } else {
                typed.letters.push(c);
            }
        }
        typed
    }

    /// Whether a word starting after `at` letters respects the apostrophes.
    fn allows(&self, at: usize, entry: &Entry) -> bool {
        let inside = (1_u64 << entry.key.1.min(63)) - 1;
        let cuts = (self.cuts >> at.min(63)) & inside & !1;
        cuts & entry.ends == cuts
    }

    /// Letters typed, apostrophes included, that `count` letters stand for.
    fn typed(&self, count: usize) -> usize {
        (0..=count.min(63)).filter(|at| *at > 0 && self.cuts >> at & 1 == 1).count() + count
    }
}

impl Pinyin {
    /// Candidates for the letters typed, best first, at most `limit`.
    ///
    /// `composing` is lower-case letters; an apostrophe splits syllables
    /// (`xi'an`). Initials alone are understood (`sfz` finds 身份证).
    #[must_use]
    pub fn candidates(&self, composing: &str, purpose: Purpose, limit: usize) -> Vec<Candidate> {
        let typed = Typed::new(composing);
        let letters = typed.letters.as_str();
        if letters.is_empty() || !letters.bytes().all(|b| b.is_ascii_lowercase()) {
            return Vec::new();
        }
        let mut found = Found { list: Vec::new(), limit, typed: &typed };
        if purpose == Purpose::Name {
            self.names(letters, &mut found);
        }
        self.whole(&typed, &mut found);
        self.by_initials(letters, &mut found);
        self.completions(&typed, &mut found);
        self.beginnings(&typed, purpose, &mut found);
        found.list
    }

    /// Entries spelled exactly `key`, heaviest first.
    fn exact(&self, key: &str) -> &[Entry] {
        let start = self.entries.partition_point(|entry| self.key(entry) < key);
        let count = self.entries[start..].partition_point(|entry| self.key(entry) == key);
        &self.entries[start..start + count]
    }

    /// Words and the best sentence for all letters.
    fn whole(&self, typed: &Typed, found: &mut Found<'_>) {
        let letters = typed.letters.as_str();
        let mut words: Vec<&Entry> = self.exact(letters).iter().filter(|entry| typed.allows(0, entry)).collect();
        words.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        let sentence = self.sentence(typed);
        let head = found.list.len();
        // A word of the dictionary beats a sentence put together.
        for entry in words.iter().take(found.limit) {
            if !self.word(entry).is_empty() {
                found.add(self.word(entry), letters.len());
            }
        }
        if let Some(sentence) = sentence {
            let first = words.iter().all(|entry| self.word(entry).chars().count() == 1);
            found.insert(if first { head } else { found.list.len() }, &sentence, letters.len());
        }
    }

    /// The best chain of words spelled by all letters (Viterbi over word ends).
    fn sentence(&self, typed: &Typed) -> Option<String> {
        let letters = typed.letters.as_str();
        let count = letters.len();
        let mut best: Vec<Option<(f32, usize, Entry)>> = vec![None; count + 1];
        for start in 0..count {
            let score = match (start, best[start]) {
                (0, _) => 0.0,
                (_, Some((score, _, _))) => score,
                (_, None) => continue,
            };
            for end in start + 1..=count.min(start + SPELLING_MAX) {
                let heaviest = self.exact(&letters[start..end]).iter().find(|e| typed.allows(start, e));
                let Some(entry) = heaviest else { continue };
                let score = score + (entry.weight + 1.0).ln() - WORD_COST;
                if best[end].is_none_or(|(known, _, _)| score > known) {
                    best[end] = Some((score, start, *entry));
                }
            }
        }
        let mut words = Vec::new();
        let mut at = count;
        while at > 0 {
            let (_, start, entry) = best[at]?;
            words.push(self.word(&entry).to_owned());
            at = start;
        }
        words.reverse();
        (words.len() > 1).then(|| words.concat())
    }

    /// Words whose syllables begin with these letters: `sfz`, `jzy`.
    fn by_initials(&self, letters: &str, found: &mut Found<'_>) {
        if letters.len() < 2 {
            return;
        }
        let start = self.initials.partition_point(|(key, _)| key.as_str() < letters);
        let same = self.initials[start..].iter().take_while(|(key, _)| key == letters);
        let mut words: Vec<&Entry> = same.map(|(_, at)| self.entry(*at)).collect();
        words.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        // `ha` is a syllable: only where the letters spell nothing are initials meant first.
        let room = if found.list.is_empty() { found.limit } else { 3 };
        for entry in words.into_iter().take(room) {
            found.add(self.word(entry), letters.len());
        }
    }

    /// Words whose spelling starts with all letters.
    fn completions(&self, typed: &Typed, found: &mut Found<'_>) {
        let letters = typed.letters.as_str();
        let start = self.entries.partition_point(|entry| self.key(entry) <= letters);
        let mut words: Vec<&Entry> = self.entries[start..]
            .iter()
            .take(PREFIX_SCAN_MAX)
            .take_while(|entry| self.key(entry).starts_with(letters))
            .filter(|entry| typed.allows(0, entry))
            .collect();
        words.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        let room = if found.list.is_empty() { found.limit } else { 8 };
        for entry in words.into_iter().take(room) {
            found.add(self.word(entry), letters.len());
        }
    }

    /// Words spelled by fewer letters, longest first: the rest stays to be chosen.
    fn beginnings(&self, typed: &Typed, purpose: Purpose, found: &mut Found<'_>) {
        let letters = typed.letters.as_str();
        for end in (1..=letters.len().min(SPELLING_MAX)).rev() {
            if purpose == Purpose::Name {
                let named = self.surnames.iter().filter(|n| n.key == letters[..end]);
                named.for_each(|n| found.add(&n.word, end));
            }
            for entry in self.exact(&letters[..end]).iter().filter(|e| typed.allows(0, e)) {
                found.add(self.word(entry), end);
                if found.list.len() >= found.limit {
                    return;
                }
            }
        }
    }

    /// A surname followed by one or two characters common in given names.
    fn names(&self, letters: &str, found: &mut Found<'_>) {
        let mut whole: Vec<(f32, String)> = Vec::new();
        for surname in &self.surnames {
            let Some(rest) = letters.strip_prefix(surname.key.as_str()) else { continue };
            let base = surname.weight.ln();
            if rest.is_empty() {
                whole.push((base + 30.0, surname.word.clone()));
                continue;
            }
            for first in &self.given {
                let Some(rest) = rest.strip_prefix(first.key.as_str()) else { continue };
                let score = base + first.weight.ln();
                if rest.is_empty() {
                    whole.push((score, format!("{}{}", surname.word, first.word)));
                    continue;
                }
                for second in self.given.iter().filter(|second| second.key == rest) {
                    let name = format!("{}{}{}", surname.word, first.word, second.word);
                    whole.push((score + second.weight.ln() - 1.0, name));
                }
            }
        }
        whole.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (_, name) in whole.into_iter().take(found.limit / 2) {
            found.add(&name, letters.len());
        }
    }
}

/// Candidates in order, each once.
struct Found<'a> {
    list: Vec<Candidate>,
    limit: usize,
    typed: &'a Typed,
}

impl Found<'_> {
    fn add(&mut self, text: &str, letters: usize) {
        self.insert(self.list.len(), text, letters);
    }

    fn insert(&mut self, at: usize, text: &str, letters: usize) {
        if self.list.iter().any(|known| known.text == text) {
            return;
        }
        let candidate = Candidate { text: text.to_owned(), letters: self.typed.typed(letters) };
        self.list.insert(at.min(self.list.len()), candidate);
        self.list.truncate(self.limit);
    }
}
