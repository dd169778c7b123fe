use std::path::Path;
use std::sync::OnceLock;

use super::*;

fn engine() -> Arc<Pinyin> {
    static LOADED: OnceLock<Arc<Pinyin>> = OnceLock::new();
    let load = || {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/pinyin");
        Arc::new(Pinyin::load(&directory).expect("the dictionary of the repository loads"))
    };
    LOADED.get_or_init(load).clone()
}

fn type_letters(keyboard: &mut Keyboard, text: &mut String, letters: &str) {
    for c in letters.chars() {
        keyboard.update(KeyMessage::Char(c)).apply(text, 50);
    }
}

#[test]
fn pinyin_is_composed_and_chosen_into_the_text() {
    let (mut keyboard, mut text) = (Keyboard::new(Some(engine())), String::new());
    keyboard.open(Layout::Pinyin, Purpose::Text);
    type_letters(&mut keyboard, &mut text, "shenfenzheng");
    assert_eq!((text.as_str(), keyboard.composing()), ("", "shenfenzheng"));
    keyboard.update(KeyMessage::Space).apply(&mut text, 50);
    assert_eq!((text.as_str(), keyboard.composing()), ("身份证", ""));
    assert_eq!(keyboard.offered().count(), 0);
}

#[test]
fn a_part_is_chosen_and_the_rest_stays() {
    let (mut keyboard, mut text) = (Keyboard::new(Some(engine())), String::new());
    keyboard.open(Layout::Pinyin, Purpose::Text);
    type_letters(&mut keyboard, &mut text, "shifanshi");
    let at = keyboard.offered().position(|word| word == "示范").expect("示范 is offered");
    keyboard.update(KeyMessage::Choose(at)).apply(&mut text, 50);
    assert_eq!((text.as_str(), keyboard.composing()), ("示范", "shi"));
    keyboard.update(KeyMessage::Backspace).apply(&mut text, 50);
    assert_eq!((text.as_str(), keyboard.composing()), ("示范", "sh"));
}

#[test]
fn backspace_takes_letters_first_and_then_the_text() {
    let (mut keyboard, mut text) = (Keyboard::new(Some(engine())), "王".to_owned());
    keyboard.open(Layout::Pinyin, Purpose::Name);
    type_letters(&mut keyboard, &mut text, "x");
    keyboard.update(KeyMessage::Backspace).apply(&mut text, 50);
    assert_eq!(text, "王");
    keyboard.update(KeyMessage::Backspace).apply(&mut text, 50);
    assert_eq!(text, "");
}

#[test]
fn done_first_writes_what_is_composed() {
    let (mut keyboard, mut text) = (Keyboard::new(Some(engine())), String::new());
    keyboard.open(Layout::Pinyin, Purpose::Name);
    type_letters(&mut keyboard, &mut text, "chenjianguo");
    keyboard.update(KeyMessage::Done).apply(&mut text, 50);
    assert_eq!(text, "陈建国");
    assert_eq!(keyboard.update(KeyMessage::Done), KeyOutcome::Done);
}

#[test]
fn letters_that_spell_nothing_are_written_as_they_are() {
    let (mut keyboard, mut text) = (Keyboard::new(Some(engine())), String::new());
    keyboard.open(Layout::Pinyin, Purpose::Text);
    type_letters(&mut keyboard, &mut text, "vvvvvv");
    keyboard.update(KeyMessage::Choose(999)).apply(&mut text, 50);
    assert_eq!((text.as_str(), keyboard.composing()), ("vvvvvv", ""));
}

#[test]
fn an_identity_number_takes_digits_and_x_up_to_its_length() {
    let (mut keyboard, mut text) = (Keyboard::new(None), String::new());
    keyboard.open(Layout::IdNumber, Purpose::Text);
    for c in "89010119900307123X9".chars() {
        keyboard.update(KeyMessage::Char(c)).apply(&mut text, 18);
    }
    assert_eq!(text, "89010119900307123X");
    keyboard.update(KeyMessage::Clear).apply(&mut text, 18);
    assert_eq!(text, "");
}

#[test]
fn without_a_dictionary_chinese_becomes_letters() {
    let mut keyboard = Keyboard::new(None);
    keyboard.open(Layout::Pinyin, Purpose::Text);
    assert_eq!(keyboard.layout(), Layout::Letters);
    assert_eq!(keyboard.update(KeyMessage::Shift), KeyOutcome::None);
    assert_eq!(keyboard.update(KeyMessage::Char('a')), KeyOutcome::Insert("A".to_owned()));
    assert_eq!(keyboard.update(KeyMessage::Char('a')), KeyOutcome::Insert("a".to_owned()));
}

#[test]
fn the_next_input_starts_clean_and_debug_shows_nothing_typed() {
    let mut keyboard = Keyboard::new(Some(engine()));
    keyboard.open(Layout::Pinyin, Purpose::Name);
    let _ = keyboard.update(KeyMessage::Char('w'));
    let printed = format!("{keyboard:?} {:?}", KeyOutcome::Insert("王伟".to_owned()));
    assert!(!printed.contains('王') && !printed.contains("\"w\""), "{printed}");
    keyboard.open(Layout::Pinyin, Purpose::Name);
    assert_eq!(keyboard.composing(), "");
    assert_eq!(keyboard.offered().count(), 0);
}

#[test]
fn every_layout_has_backspace_and_done() {
    for layout in [
        Layout::Pinyin,
        Layout::Letters,
        Layout::Number,
        Layout::IdNumber,
        Layout::Phone,
        Layout::Code,
        Layout::Symbols,
    ] {
        let keys: Vec<_> = layout::rows(layout, false, Layout::Pinyin).into_iter().flatten().collect();
        for wanted in [KeyMessage::Backspace, KeyMessage::Done] {
            assert!(keys.iter().any(|key| key.send == wanted), "{layout:?} lacks {wanted:?}");
        }
    }
}
