//! Rules over one Rust file.

use crate::scan::{block_end, code_only, without_tests};

/// Files are meant to stay below this.
pub const LINES_AIM: usize = 300;
/// No file is longer, tests included.
pub const LINES_MAX: usize = 600;
/// No function is longer, signature and closing brace included.
pub const FUNCTION_LINES_MAX: usize = 70;

/// Where the system clock may be read; everything else is handed a `Clock`.
const CLOCKS: [&str; 2] = ["crates/protocol/src/system.rs", "crates/partner/src/bin/tongban-partner.rs"];

/// Where a database may be opened without `tongban_sqlite::open`, which makes it durable.
const DATABASES: &str = "crates/sqlite/src/";

/// Part of a program that ships or demonstrates, not a test of it.
fn is_product(path: &str) -> bool {
    let source = path.starts_with("src/") || path.contains("/src/");
    source && !path.ends_with("/tests.rs") && !path.contains("/tests/")
}

/// The file is too long.
pub fn too_long(path: &str, text: &str) -> Vec<String> {
    let lines = text.lines().count();
    if lines > LINES_MAX {
        vec![format!("{path}: {lines} lines, at most {LINES_MAX}: split it by job")]
    } else {
        Vec::new()
    }
}

/// Functions longer than [`FUNCTION_LINES_MAX`].
pub fn long_functions(path: &str, text: &str) -> Vec<String> {
    let code = code_only(text);
    let lines: Vec<&str> = code.lines().collect();
    let mut faults = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let length = block_end(&lines, number) - number;
        if length > FUNCTION_LINES_MAX {
            faults.push(format!("{path}:{}: fn {name} has {length} lines, at most {FUNCTION_LINES_MAX}", number + 1));
        }
    }
    faults
}

fn function_name(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let qualifiers = ["pub", "const", "async", "unsafe", "extern", "default"];
    let opens = before.split_whitespace().all(|word| word.starts_with("pub(") || qualifiers.contains(&word));
    let name = after.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
    (opens && !name.is_empty()).then_some(name)
}

/// `unwrap()` where a fault must be an answer or an `expect` with its invariant.
pub fn unwraps(path: &str, text: &str) -> Vec<String> {
    product_lines(path, text, &[".unwrap()", ".unwrap_err()"], "say why it cannot fail (`expect`) or return the fault")
}

/// Work left undone or left in by mistake.
pub fn half_done(path: &str, text: &str) -> Vec<String> {
    let code = code_only(text);
    let banned = ["todo!(", "unimplemented!(", "dbg!("];
    found(path, &code, &banned, "finish it or take it out")
}

/// The clock read past [`CLOCKS`].
pub fn system_clock(path: &str, text: &str) -> Vec<String> {
    if CLOCKS.contains(&path) || path.starts_with("xtask/") {
        return Vec::new();
    }
    let banned =
        ["SystemTime::now", "OffsetDateTime::now_utc", "OffsetDateTime::now_local", "Uuid::now_v7", "Uuid::new_v4"];
    product_lines(path, text, &banned, "time, ids and randomness are handed in (domain::clock)")
}

/// A database opened past [`DATABASES`].
pub fn raw_databases(path: &str, text: &str) -> Vec<String> {
    let banned = ["Connection::open(", "Connection::open_with_flags(", "Connection::open_in_memory("];
    let ours = path.starts_with(DATABASES);
    if ours {
        Vec::new()
    } else {
        product_lines(path, text, &banned, "use tongban_sqlite::open, which is durable and private")
    }
}

/// `foo.rs` beside `foo/`, never `foo/mod.rs`; shared parts of tests may need it.
pub fn module_files(path: &str, _text: &str) -> Vec<String> {
    let named_mod = path.ends_with("/mod.rs") && !path.contains("/tests/");
    if named_mod { vec![format!("{path}: name the file after the module")] } else { Vec::new() }
}

fn product_lines(path: &str, text: &str, banned: &[&str], cure: &str) -> Vec<String> {
    if is_product(path) { found(path, &without_tests(&code_only(text)), banned, cure) } else { Vec::new() }
}

fn found(path: &str, code: &str, banned: &[&str], cure: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (number, line) in code.lines().enumerate() {
        for word in banned.iter().filter(|word| line.contains(**word)) {
            faults.push(format!("{path}:{}: {word}: {cure}", number + 1));
        }
    }
    faults
}

#[test]
fn a_planted_long_file_and_function_are_found() {
    let long = "// line\n".repeat(LINES_MAX + 1);
    assert_eq!(too_long("src/a.rs", &long).len(), 1);
    assert!(too_long("src/a.rs", &"\n".repeat(LINES_MAX)).is_empty());
    let body = "    let _ = \"}\";\n".repeat(FUNCTION_LINES_MAX);
    let planted =
        format!("fn short() {{\n}}\n\npub(crate) async fn long(\n    a: u8,\n) {{\n{body}}}\nfn after() {{}}\n");
    let faults = long_functions("src/a.rs", &planted);
    assert_eq!(faults.len(), 1, "{faults:#?}");
    assert!(faults[0].contains("src/a.rs:4: fn long"), "{faults:#?}");
}

#[test]
fn planted_unwraps_and_unfinished_work_are_found_and_tests_are_free() {
    let planted = "fn a() { b.unwrap(); }\n#[cfg(test)]\nmod tests {\n fn c() { d.unwrap(); }\n}\n";
    assert_eq!(unwraps("crates/x/src/a.rs", planted).len(), 1);
    assert!(unwraps("crates/x/tests/a.rs", planted).is_empty());
    assert!(unwraps("crates/x/src/a.rs", "fn a() { b.unwrap_or(0); } // .unwrap()\n").is_empty());
    let words = ["todo", "unimplemented", "dbg"].map(|word| format!("fn a() {{ {word}!(1) }}\n")).concat();
    assert_eq!(half_done("crates/x/tests/a.rs", &words).len(), 3);
}

#[test]
fn a_planted_clock_database_and_mod_file_are_found() {
    let open = "fn a() { rusqlite::Connection::open(path); }\n";
    assert_eq!(raw_databases("crates/store/src/a.rs", open).len(), 1);
    assert!(raw_databases("crates/sqlite/src/open.rs", open).is_empty());
    let planted = "fn a() { let t = SystemTime::now(); }\n";
    assert_eq!(system_clock("crates/x/src/a.rs", planted).len(), 1);
    assert!(system_clock(CLOCKS[0], planted).is_empty());
    assert_eq!(module_files("crates/x/src/a/mod.rs", "").len(), 1);
    assert!(module_files("crates/x/src/a.rs", "").is_empty());
}
