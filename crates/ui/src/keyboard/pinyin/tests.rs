use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::*;

fn dictionary() -> &'static Pinyin {
    static LOADED: OnceLock<Pinyin> = OnceLock::new();
    LOADED.get_or_init(|| {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/pinyin");
        Pinyin::load(&directory).expect("the dictionary of the repository loads")
    })
}

fn words(letters: &str, purpose: Purpose) -> Vec<String> {
    dictionary().candidates(letters, purpose, 40).into_iter().map(|c| c.text).collect()
}

#[track_caller]
fn first(letters: &str, expected: &str) {
    let found = words(letters, Purpose::Text);
    assert_eq!(found.first().map(String::as_str), Some(expected), "{letters}: {found:?}");
}

#[test]
fn words_of_the_hall_come_first() {
    first("jianzhuye", "建筑业");
    first("jianzhuyeqiyezizhi", "建筑业企业资质");
    first("shenfenzheng", "身份证");
    first("budongchandengji", "不动产登记");
    first("shehuibaoxian", "社会保险");
    first("yingyezhizhao", "营业执照");
    first("youxiangongsi", "有限公司");
}

#[test]
fn a_sentence_is_put_together_from_words() {
    let found = words("hongyuanjiansheyouxiangongsi", Purpose::Text);
    assert!(found[0].ends_with("建设有限公司"), "{:?}", &found[..3]);
    first("jianzhuyeqiyezizhirending", "建筑业企业资质认定");
}

#[test]
fn initials_alone_find_the_word() {
    assert!(words("sfz", Purpose::Text).iter().take(5).any(|w| w == "身份证"));
    assert!(words("bdc", Purpose::Text).iter().take(8).any(|w| w == "不动产"));
}

#[test]
fn an_unfinished_syllable_completes() {
    assert!(words("jianzh", Purpose::Text).iter().take(8).any(|w| w == "建筑"));
    assert!(!words("z", Purpose::Text).is_empty());
}

#[test]
fn names_put_surnames_and_name_characters_first() {
    let found = words("wangxiaoming", Purpose::Name);
    assert_eq!(found[0], "王晓明", "{found:?}");
    assert!(found.iter().take(4).any(|w| w == "王小明"));
    assert_eq!(words("chenjianguo", Purpose::Name)[0], "陈建国");
    assert_eq!(words("lixiuying", Purpose::Name)[0], "李秀英");
    assert!(words("ouyang", Purpose::Name).contains(&"欧阳".to_owned()));
    assert_eq!(words("zeng", Purpose::Name)[0], "曾");
    // Without the purpose the ordinary word wins: the negative control.
    assert_eq!(words("li", Purpose::Name)[0], "李");
    assert_ne!(words("li", Purpose::Text)[0], "李");
}

#[test]
fn an_apostrophe_splits_syllables() {
    let joined = words("xian", Purpose::Text);
    let split = words("xi'an", Purpose::Text);
    assert_eq!(split[0], "西安", "{split:?}");
    assert_ne!(joined[0], "西安");
    let whole = &dictionary().candidates("xi'an", Purpose::Text, 5)[0];
    assert_eq!(whole.letters, 5, "the apostrophe is used up with its word");
}

#[test]
fn a_shorter_candidate_leaves_the_rest() {
    let all = dictionary().candidates("shifanshi", Purpose::Text, 60);
    assert_eq!(all[0].letters, 9);
    let short = all.iter().find(|c| c.text == "示范").expect("示范 is offered");
    assert_eq!(short.letters, 6);
}

#[test]
fn rare_characters_of_names_can_be_written() {
    for (letters, wanted) in [("yao", "垚"), ("zhe", "喆"), ("yu", "昱"), ("ming", "茗")] {
        let found = dictionary().candidates(letters, Purpose::Text, 400);
        assert!(found.iter().any(|c| c.text == wanted), "{letters} lacks {wanted}");
    }
}

#[test]
fn nothing_is_offered_for_what_is_no_pinyin() {
    for letters in ["", "'", "A", "1", "张", "x y", "''''"] {
        assert!(words(letters, Purpose::Text).is_empty(), "{letters:?}");
    }
}

#[test]
fn any_letters_are_answered_fast_and_never_use_up_more_than_typed() {
    let dictionary = dictionary();
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    eprintln!("seed {seed:#x}");
    let mut slowest = Duration::ZERO;
    for _ in 0..300 {
        let mut letters = String::new();
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        for _ in 0..(seed >> 33) % 24 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            letters.push(char::from(b"abcdefghijklmnopqrstuvwxyz'"[((seed >> 33) % 27) as usize]));
        }
        for purpose in [Purpose::Text, Purpose::Name] {
            let begun = Instant::now();
            let found = dictionary.candidates(&letters, purpose, 60);
            slowest = slowest.max(begun.elapsed());
            assert!(found.len() <= 60);
            assert!(found.iter().all(|c| c.letters >= 1 && c.letters <= letters.len()), "{letters}");
        }
    }
    eprintln!("slowest {slowest:?}");
    assert!(slowest < Duration::from_millis(400), "a key press must feel immediate: {slowest:?}");
}

#[test]
fn a_damaged_dictionary_is_refused_with_its_line() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let write = |name: &str, text: &str| {
        std::fs::write(directory.path().join(name), text).expect("file is written");
    };
    write(BASE, "# head\n王\twang\t1\n坏\thuai\n");
    write(TERMS, "");
    write(NAMES, "");
    let error = Pinyin::load(directory.path()).expect_err("a line without weight");
    assert!(matches!(error, PinyinError::Line { line: 3, .. }), "{error}");
    write(BASE, "王\twang\t1\n");
    assert_eq!(Pinyin::load(directory.path()).expect("sound again").len(), 1);
}
