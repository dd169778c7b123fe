//! The texts are complete: every error code, every message key other crates
//! promise, every key the widgets use, and nothing malformed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tongban_ui::I18n;
use tongban_ui::i18n::{BASE_LANGUAGE, I18nError};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn texts(language: &str) -> I18n {
    I18n::load(&root().join("i18n"), language).expect("the texts of the repository load")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Codes of the registry: `= "X999"` literals of the domain's table.
fn codes(source: &str) -> BTreeSet<String> {
    source
        .split("= \"")
        .skip(1)
        .filter_map(|rest| rest.get(..4))
        .filter(|code| {
            let (letter, digits) = code.split_at(1);
            letter.chars().all(|c| c.is_ascii_uppercase()) && digits.chars().all(|c| c.is_ascii_digit())
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_error_code_tells_three_readers_cause_and_cure() {
    let i18n = texts(BASE_LANGUAGE);
    let codes = codes(&read("crates/domain/src/code.rs"));
    assert!(codes.len() > 60, "the registry was read: {}", codes.len());
    let mut missing = Vec::new();
    for code in &codes {
        for reader in ["applicant", "officer", "technician"] {
            let key = format!("error-{code}-{reader}");
            if !i18n.has(&key) {
                missing.push(key);
                continue;
            }
            let text = i18n.text(&key);
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(lines.len(), 2, "{key} has a cause and a cure: {text:?}");
            assert!(lines.iter().all(|line| line.ends_with('。')), "{key}: {text:?}");
        }
    }
    assert!(missing.is_empty(), "texts missing: {missing:?}");
}

#[test]
fn no_error_text_is_left_for_a_code_that_does_not_exist() {
    let codes = codes(&read("crates/domain/src/code.rs"));
    let texts = texts(BASE_LANGUAGE);
    let stray: Vec<&String> = texts
        .keys()
        .iter()
        .filter(|key| key.strip_prefix("error-").and_then(|k| k.get(..4)).is_some_and(|c| !codes.contains(c)))
        .collect();
    assert!(stray.is_empty(), "{stray:?}");
}

#[test]
fn applicants_are_never_told_that_they_cannot_be_served() {
    let i18n = texts(BASE_LANGUAGE);
    for key in i18n.keys().iter().filter(|key| key.ends_with("-applicant")) {
        let text = i18n.text(key);
        for harsh in ["失败", "错误", "非法", "无效", "异常", "不能办理。", "拒绝"] {
            assert!(!text.contains(harsh), "{key} says {harsh}: {text}");
        }
    }
}

#[test]
fn every_form_fault_and_status_of_the_domain_has_words() {
    let i18n = texts(BASE_LANGUAGE);
    let faults = read("crates/domain/src/form/fault.rs");
    let keys: BTreeSet<&str> =
        faults.split('"').filter(|word| word.starts_with("field-") && !word.contains(' ')).collect();
    assert!(keys.len() >= 20, "{keys:?}");
    let status = read("crates/domain/src/case/status.rs");
    let step = read("crates/domain/src/case/step.rs");
    let named = |source: &str, prefix: &str| -> Vec<String> {
        source
            .lines()
            .filter_map(|line| line.trim().strip_prefix("Self::")?.split_once("=> \""))
            .filter_map(|(_, rest)| rest.split('"').next())
            .map(|word| format!("{prefix}-{word}"))
            .collect()
    };
    let words = keys.iter().map(|key| (*key).to_owned());
    let all: Vec<String> = words.chain(named(&status, "status")).chain(named(&step, "step")).collect();
    assert!(all.len() > 40, "{all:?}");
    let missing: Vec<&String> = all.iter().filter(|key| !i18n.has(key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_key_the_widgets_use_exists() {
    let i18n = texts(BASE_LANGUAGE);
    let mut seen = 0;
    for path in rust_files(&root().join("crates/ui/src")) {
        let source = std::fs::read_to_string(&path).expect("a source file is readable");
        let inside = source.split('"').skip(1).step_by(2);
        for word in inside.filter(|word| {
            ["common-", "kiosk-", "keyboard-"].iter().any(|group| word.starts_with(group))
                && word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
        }) {
            seen += 1;
            assert!(i18n.has(word), "{}: {word}", path.display());
        }
    }
    assert!(seen > 30, "the widgets were read: {seen}");
}

#[test]
fn english_has_no_key_that_chinese_lacks_and_falls_back_to_it() {
    let (chinese, english) = (texts(BASE_LANGUAGE), texts("en"));
    let stray: Vec<&String> = english.keys().difference(chinese.keys()).collect();
    assert!(stray.is_empty(), "{stray:?}");
    assert!(english.keys().contains("common-home"));
    assert_eq!(english.text("common-home"), "Home");
    assert_eq!(english.text("dock-reset"), chinese.text("dock-reset"));
}

#[test]
fn a_missing_key_stands_out() {
    assert_eq!(texts(BASE_LANGUAGE).text("no-such-key"), "⟦no-such-key⟧");
}

#[test]
fn arguments_are_filled_in_without_isolating_marks() {
    let i18n = texts(BASE_LANGUAGE);
    assert_eq!(i18n.with("identify-hello", &[("name", &"陈**")]), "陈**，您好");
    assert_eq!(i18n.with("common-seconds", &[("n", &15)]), "15 秒");
}

#[test]
fn a_malformed_file_and_a_repeated_key_are_refused() {
    let folder = tempfile::tempdir().expect("temporary directory");
    let language = folder.path().join("zh-CN");
    std::fs::create_dir(&language).expect("folder");
    let write = |name: &str, text: &str| {
        std::fs::write(language.join(name), text).expect("file is written");
    };
    let load = || I18n::load(folder.path(), "zh-CN");
    write("a.ftl", "one = 一\n");
    assert!(load().is_ok());
    write("b.ftl", "one = 壹\n");
    assert!(matches!(load(), Err(I18nError::Duplicate { .. })));
    write("b.ftl", "two = { $n\n");
    assert!(matches!(load(), Err(I18nError::Parse { .. })));
    assert!(matches!(I18n::load(folder.path(), "xx"), Err(I18nError::Read { .. })));
    assert!(matches!(I18n::load(folder.path(), "_"), Err(I18nError::Language(_))));
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("source folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files
}
