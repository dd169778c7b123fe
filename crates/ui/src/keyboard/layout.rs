//! Which key stands where.

use super::{KeyMessage, Layout};
use crate::Icon;

/// What a key shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cap {
    /// The character it writes.
    Char(char),
    /// A word from the texts.
    Text(&'static str),
    /// A drawing with a word for tests and the inspector.
    Icon(Icon, &'static str),
}

/// A key: what it shows, what it sends, how wide it is (100 is one letter).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Face.
    pub cap: Cap,
    /// Message.
    pub send: KeyMessage,
    /// Width in hundredths of a letter key.
    pub width: u16,
    /// Letters and digits are light, the others sunk, Done is blue.
    pub strong: bool,
}

fn char_key(c: char, shift: bool) -> Key {
    let shown = if shift { c.to_ascii_uppercase() } else { c };
    Key { cap: Cap::Char(shown), send: KeyMessage::Char(c), width: 100, strong: false }
}

fn key(cap: Cap, send: KeyMessage, width: u16) -> Key {
    Key { cap, send, width, strong: false }
}

fn backspace(width: u16) -> Key {
    key(Cap::Icon(Icon::Backspace, "keyboard-backspace"), KeyMessage::Backspace, width)
}

fn done(width: u16) -> Key {
    Key { strong: true, ..key(Cap::Text("keyboard-done"), KeyMessage::Done, width) }
}

fn to(layout: Layout, word: &'static str, width: u16) -> Key {
    key(Cap::Text(word), KeyMessage::Layout(layout), width)
}

/// The rows of a layout; `back` is where the symbols return to.
pub fn rows(layout: Layout, shift: bool, back: Layout) -> Vec<Vec<Key>> {
    match layout {
        Layout::Pinyin => latin(false, bottom_pinyin(), None),
        Layout::Letters => latin(shift, bottom_letters(), Some(shift)),
        Layout::Number => pad(&['.', '-']),
        Layout::IdNumber => pad(&['X']),
        Layout::Phone => pad(&['-', '+']),
        Layout::Code => code(),
        Layout::Symbols => symbols(back),
    }
}

fn latin(shift: bool, bottom: Vec<Key>, shift_key: Option<bool>) -> Vec<Vec<Key>> {
    let line = |text: &str| text.chars().map(|c| char_key(c, shift)).collect::<Vec<_>>();
    let mut third = Vec::new();
    match shift_key {
        Some(_) => third.push(key(Cap::Icon(Icon::Up, "keyboard-shift"), KeyMessage::Shift, 140)),
        None => third.push(key(Cap::Text("keyboard-split"), KeyMessage::Char('\''), 140)),
    }
    third.extend(line("zxcvbnm"));
    third.push(backspace(140));
    vec![line("1234567890"), line("qwertyuiop"), line("asdfghjkl"), third, bottom]
}

fn bottom_pinyin() -> Vec<Key> {
    vec![
        to(Layout::Letters, "keyboard-to-letters", 170),
        to(Layout::Symbols, "keyboard-to-symbols", 150),
        char_key('，', false),
        key(Cap::Text("keyboard-space"), KeyMessage::Space, 300),
        char_key('。', false),
        done(200),
    ]
}

fn bottom_letters() -> Vec<Key> {
    vec![
        to(Layout::Pinyin, "keyboard-to-pinyin", 170),
        to(Layout::Symbols, "keyboard-to-symbols", 150),
        char_key('@', false),
        key(Cap::Text("keyboard-space"), KeyMessage::Space, 300),
        char_key('.', false),
        done(200),
    ]
}

fn pad(extra: &[char]) -> Vec<Vec<Key>> {
    let line = |text: &str| text.chars().map(|c| char_key(c, false)).collect::<Vec<_>>();
    let mut last: Vec<Key> = extra.iter().map(|c| char_key(*c, false)).collect();
    let width = 100 / u16::try_from(extra.len().max(1)).unwrap_or(1);
    for key in &mut last {
        key.width = width;
    }
    last.push(char_key('0', false));
    last.push(backspace(100));
    let mut rows = vec![line("123"), line("456"), line("789"), last];
    rows.push(vec![key(Cap::Text("keyboard-clear"), KeyMessage::Clear, 100), done(200)]);
    rows
}

fn code() -> Vec<Vec<Key>> {
    let line = |text: &str| text.chars().map(|c| char_key(c, false)).collect::<Vec<_>>();
    let mut third = line("ZXCVBNM");
    third.push(backspace(140));
    vec![
        line("1234567890"),
        line("QWERTYUIOP"),
        line("ASDFGHJKL"),
        third,
        vec![key(Cap::Text("keyboard-clear"), KeyMessage::Clear, 200), char_key('-', false), done(300)],
    ]
}

fn symbols(back: Layout) -> Vec<Vec<Key>> {
    let line = |text: &str| text.chars().map(|c| char_key(c, false)).collect::<Vec<_>>();
    let word = if back == Layout::Pinyin { "keyboard-to-pinyin" } else { "keyboard-to-letters" };
    let mut third = line("；：？！“”—…");
    third.push(backspace(140));
    vec![
        line("1234567890"),
        line("（）《》【】、·%#"),
        line("@&*+-=/_.,"),
        third,
        vec![to(back, word, 200), key(Cap::Text("keyboard-space"), KeyMessage::Space, 400), done(200)],
    ]
}
