//! The on-screen keyboard: no system input method is used or needed.
//!
//! [`Keyboard`] holds what is being composed and nothing else; the screen owns
//! the text and changes it by the [`KeyOutcome`]s. Nothing typed is kept,
//! learned or logged, and [`Keyboard::wipe`] forgets even the letters on it.

mod layout;
pub mod pinyin;
mod view;

use std::fmt;
use std::sync::Arc;

use pinyin::{Candidate, Pinyin, Purpose};

/// Most letters composed at once.
const LETTERS_MAX: usize = 40;
/// Most candidates kept for paging.
const CANDIDATES_MAX: usize = 90;

/// Which keys are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Layout {
    /// Chinese by pinyin with a row of candidates.
    #[default]
    Pinyin,
    /// Latin letters.
    Letters,
    /// Digits, point and minus.
    Number,
    /// Digits and X: identity numbers.
    IdNumber,
    /// Digits, plus and minus: telephone numbers.
    Phone,
    /// Capital letters and digits: codes, receipt numbers.
    Code,
    /// Punctuation.
    Symbols,
}

/// What the keys send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyMessage {
    /// A letter, digit or sign.
    Char(char),
    /// Delete one letter.
    Backspace,
    /// Delete everything.
    Clear,
    /// Space; while composing, the first candidate.
    Space,
    /// Capital letters on and off.
    Shift,
    /// Other keys.
    Layout(Layout),
    /// A candidate by its place in the whole list.
    Choose(usize),
    /// The candidates before.
    Earlier,
    /// The candidates after.
    Later,
    /// Finished.
    Done,
}

/// What the screen must do with the text.
#[derive(Clone, PartialEq, Eq)]
pub enum KeyOutcome {
    /// Nothing; the keyboard changed only itself.
    None,
    /// Write this at the end.
    Insert(String),
    /// Delete the last character.
    Backspace,
    /// Delete everything.
    Clear,
    /// The person is done with this input.
    Done,
}

impl fmt::Debug for KeyOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is typed is personal: only the kind is printed.
        f.write_str(match self {
            KeyOutcome::None => "None",
            KeyOutcome::Insert(_) => "Insert(..)",
            KeyOutcome::Backspace => "Backspace",
            KeyOutcome::Clear => "Clear",
            KeyOutcome::Done => "Done",
        })
    }
}

impl KeyOutcome {
    /// Changes `text`, which may hold `chars_max` characters; returns whether it changed.
    pub fn apply(&self, text: &mut String, chars_max: usize) -> bool {
        match self {
            KeyOutcome::None | KeyOutcome::Done => false,
            KeyOutcome::Insert(more) => {
                let room = chars_max.saturating_sub(text.chars().count());
                let before = text.len();
                text.extend(more.chars().take(room));
                text.len() != before
            }
            KeyOutcome::Backspace => text.pop().is_some(),
            KeyOutcome::Clear => {
                let changed = !text.is_empty();
                text.clear();
                changed
            }
        }
    }
}

/// The keyboard's own state.
#[derive(Clone, Default)]
pub struct Keyboard {
    layout: Layout,
    /// The layout to return to from the symbols.
    letters: Layout,
    shift: bool,
    purpose: Purpose,
    composing: String,
    candidates: Vec<Candidate>,
    page: usize,
    /// Whether other layouts can be chosen.
    fixed: bool,
    engine: Option<Arc<Pinyin>>,
}

impl fmt::Debug for Keyboard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyboard")
            .field("layout", &self.layout)
            .field("composing", &self.composing.len())
            .finish_non_exhaustive()
    }
}

impl Keyboard {
    /// A keyboard; without a dictionary there is no Chinese and letters are shown.
    #[must_use]
    pub fn new(engine: Option<Arc<Pinyin>>) -> Self {
        Self { engine, ..Self::default() }
    }

    /// Prepares for one input: its keys and what is written there.
    pub fn open(&mut self, layout: Layout, purpose: Purpose) {
        self.wipe();
        self.layout = match layout {
            Layout::Pinyin if self.engine.is_none() => Layout::Letters,
            other => other,
        };
        self.letters = self.layout;
        self.purpose = purpose;
        self.fixed = matches!(layout, Layout::Number | Layout::IdNumber | Layout::Phone | Layout::Code);
    }

    /// Forgets everything typed and offered.
    pub fn wipe(&mut self) {
        self.composing.clear();
        self.candidates.clear();
        self.page = 0;
        self.shift = false;
    }

    /// Letters not yet turned into words, to be shown in the input.
    #[must_use]
    pub fn composing(&self) -> &str {
        &self.composing
    }

    /// Keys shown.
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Texts offered, best first.
    pub fn offered(&self) -> impl Iterator<Item = &str> {
        self.candidates.iter().map(|candidate| candidate.text.as_str())
    }

    /// Works on one key press.
    pub fn update(&mut self, message: KeyMessage) -> KeyOutcome {
        match message {
            KeyMessage::Char(c) => self.char(c),
            KeyMessage::Backspace => self.backspace(),
            KeyMessage::Clear => {
                self.wipe();
                KeyOutcome::Clear
            }
            KeyMessage::Space if !self.composing.is_empty() => self.choose(0),
            KeyMessage::Space => KeyOutcome::Insert(" ".to_owned()),
            KeyMessage::Shift => {
                self.shift = !self.shift;
                KeyOutcome::None
            }
            KeyMessage::Layout(layout) => self.switch(layout),
            KeyMessage::Choose(index) => self.choose(index),
            KeyMessage::Earlier => {
                self.page = self.page.saturating_sub(1);
                KeyOutcome::None
            }
            KeyMessage::Later => {
                self.page += 1;
                KeyOutcome::None
            }
            KeyMessage::Done => self.done(),
        }
    }

    fn char(&mut self, c: char) -> KeyOutcome {
        let composes =
            self.layout == Layout::Pinyin && (c.is_ascii_lowercase() || (c == '\'' && !self.composing.is_empty()));
        if composes {
            if self.composing.len() < LETTERS_MAX {
                self.composing.push(c);
                self.search();
            }
            return KeyOutcome::None;
        }
        let c = if self.shift { c.to_ascii_uppercase() } else { c };
        self.shift = false;
        KeyOutcome::Insert(c.to_string())
    }

    fn backspace(&mut self) -> KeyOutcome {
        if self.composing.pop().is_none() {
            return KeyOutcome::Backspace;
        }
        self.search();
        KeyOutcome::None
    }

    fn choose(&mut self, index: usize) -> KeyOutcome {
        let Some(candidate) = self.candidates.get(index).cloned() else {
            // Nothing fits: the letters themselves are written.
            let letters = std::mem::take(&mut self.composing);
            self.search();
            return if letters.is_empty() { KeyOutcome::None } else { KeyOutcome::Insert(letters) };
        };
        let used = candidate.letters.min(self.composing.len());
        self.composing.drain(..used);
        self.search();
        KeyOutcome::Insert(candidate.text)
    }

    fn switch(&mut self, layout: Layout) -> KeyOutcome {
        let left = std::mem::take(&mut self.composing);
        self.wipe();
        if matches!(layout, Layout::Pinyin | Layout::Letters) {
            self.letters = layout;
        }
        self.layout = layout;
        if left.is_empty() { KeyOutcome::None } else { KeyOutcome::Insert(left) }
    }

    /// Letters left over are written before the keyboard closes.
    fn done(&mut self) -> KeyOutcome {
        if self.composing.is_empty() { KeyOutcome::Done } else { self.choose(0) }
    }

    fn search(&mut self) {
        self.page = 0;
        self.candidates = match &self.engine {
            Some(engine) => engine.candidates(&self.composing, self.purpose, CANDIDATES_MAX),
            None => Vec::new(),
        };
    }
}

#[cfg(test)]
mod tests;
