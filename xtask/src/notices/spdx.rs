//! Licence expressions (SPDX 2.3 annex D): `AND`, `OR`, `WITH` and parentheses.

use std::collections::BTreeSet;

/// Whether the expression can be met with allowed licences only. What cannot be read is not met.
pub fn satisfied(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, at: 0, allowed };
    reader.any() == Some(true) && reader.at == words.len()
}

struct Reader<'a> {
    words: &'a [&'a str],
    at: usize,
    allowed: &'a BTreeSet<&'a str>,
}

impl Reader<'_> {
    fn takes(&mut self, word: &str) -> bool {
        let there = self.words.get(self.at) == Some(&word);
        self.at += usize::from(there);
        there
    }

    /// `OR` binds weakest.
    fn any(&mut self) -> Option<bool> {
        let mut met = self.all()?;
        while self.takes("OR") {
            met |= self.all()?;
        }
        Some(met)
    }

    fn all(&mut self) -> Option<bool> {
        let mut met = self.one()?;
        while self.takes("AND") {
            met &= self.one()?;
        }
        Some(met)
    }

    fn one(&mut self) -> Option<bool> {
        if self.takes("(") {
            let met = self.any()?;
            return self.takes(")").then_some(met);
        }
        let name = *self.words.get(self.at)?;
        if ["AND", "OR", "WITH", ")"].contains(&name) {
            return None;
        }
        self.at += 1;
        if self.takes("WITH") {
            let exception = *self.words.get(self.at)?;
            self.at += 1;
            return Some(self.allowed.contains(format!("{name} WITH {exception}").as_str()));
        }
        Some(self.allowed.contains(name))
    }
}
