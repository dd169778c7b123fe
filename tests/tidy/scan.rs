//! Just enough of Rust's grammar to tell code from words: comments and literals are blanked,
//! line breaks stay, so that line numbers keep their meaning.

/// The source with comments, strings and characters replaced by spaces.
pub fn code_only(source: &str) -> String {
    let text: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while at < text.len() {
        let end = skipped(&text, at);
        if end > at {
            text[at..end].iter().for_each(|c| out.push(if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        } else {
            out.push(text[at]);
            at += 1;
        }
    }
    out
}

/// Where the comment or literal that begins at `at` ends; `at` when none begins there.
fn skipped(text: &[char], at: usize) -> usize {
    let next = |n: usize| text.get(at + n).copied().unwrap_or(' ');
    match (text[at], next(1)) {
        ('/', '/') => (at..text.len()).find(|i| text[*i] == '\n').unwrap_or(text.len()),
        ('/', '*') => block_comment(text, at),
        ('"', _) => quoted(text, at, '"'),
        ('r', '"' | '#') if !word_before(text, at) => raw_string(text, at).unwrap_or(at),
        ('\'', '\\') => quoted(text, at, '\''),
        ('\'', _) if next(2) == '\'' => at + 3,
        _ => at,
    }
}

fn word_before(text: &[char], at: usize) -> bool {
    // `br"…"` is a raw byte string: its `b` is no part of a longer word.
    let start = if at > 0 && text[at - 1] == 'b' { at - 1 } else { at };
    start > 0 && (text[start - 1].is_alphanumeric() || text[start - 1] == '_')
}

fn block_comment(text: &[char], at: usize) -> usize {
    let (mut depth, mut i) = (0_usize, at);
    while i + 1 < text.len() {
        match (text[i], text[i + 1]) {
            ('/', '*') => (depth, i) = (depth + 1, i + 2),
            ('*', '/') if depth == 1 => return i + 2,
            ('*', '/') => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
    }
    text.len()
}

fn quoted(text: &[char], at: usize, quote: char) -> usize {
    let mut i = at + 1;
    while i < text.len() && text[i] != quote {
        i += if text[i] == '\\' { 2 } else { 1 };
    }
    (i + 1).min(text.len())
}

fn raw_string(text: &[char], at: usize) -> Option<usize> {
    let hashes = text[at + 1..].iter().take_while(|c| **c == '#').count();
    let open = at + 1 + hashes;
    if text.get(open) != Some(&'"') {
        return None;
    }
    let closes =
        |i: &usize| text[*i] == '"' && text[i + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
    (open + 1..text.len()).find(closes).map(|end| end + 1 + hashes).or(Some(text.len()))
}

/// The line after the last of the block that opens at or after line `from` (both from 0).
pub fn block_end(lines: &[&str], from: usize) -> usize {
    let mut depth = 0_i32;
    for (number, line) in lines.iter().enumerate().skip(from) {
        for c in line.chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 1 => return number + 1,
                '}' => depth -= 1,
                ';' if depth == 0 => return number + 1,
                _ => {}
            }
        }
    }
    lines.len()
}

/// Blanks `#[cfg(test)]` items of blanked source, so that rules for products pass them over.
pub fn without_tests(code: &str) -> String {
    let lines: Vec<&str> = code.lines().collect();
    let mut out = String::with_capacity(code.len());
    let mut number = 0;
    while number < lines.len() {
        if lines[number].trim_start().starts_with("#[cfg(test)]") {
            let end = block_end(&lines, number + 1);
            (number..end).for_each(|_| out.push('\n'));
            number = end;
        } else {
            out.push_str(lines[number]);
            out.push('\n');
            number += 1;
        }
    }
    out
}

#[test]
fn words_are_told_from_code() {
    let source = "let a = \"x.unwrap()\"; // unwrap()\nlet b = r#\"todo!() \"quoted\" \"#; /* /* todo!() */ */ let c = '\"'; f::<'a>(\"\\\"\");";
    let code = code_only(source);
    assert!(!code.contains("unwrap") && !code.contains("todo"), "{code}");
    assert!(code.contains("let c =") && code.contains("f::<'a>("), "{code}");
    assert_eq!(code.lines().count(), 2);
}

#[test]
fn test_modules_are_passed_over_and_what_follows_is_not() {
    let source = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { x.unwrap() }\n}\nfn c() {}\n";
    let rest = without_tests(source);
    assert!(!rest.contains("unwrap") && rest.contains("fn a") && rest.contains("fn c"), "{rest}");
}
