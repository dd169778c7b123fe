//! Names looked up in the sources: tests by binary and function, lints, codes and validators.

use std::path::{Path, PathBuf};

/// Who keeps a rule.
pub enum Keeper {
    /// 由人执行.
    Person,
    /// A lint, an error code or a function.
    Program(String),
}

/// The keeper at the end of a rule's line.
pub fn keeper(rule: &str) -> Option<Keeper> {
    if let Some(name) = rule.trim().strip_suffix("` 保证）") {
        return name.rsplit_once("（由 `").map(|(_, name)| Keeper::Program(name.to_owned()));
    }
    let by_hand = rule.rsplit_once("（由人执行：")?.1.strip_suffix('）')?;
    (!by_hand.is_empty()).then_some(Keeper::Person)
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// Every lint of the item editor.
pub fn lints(root: &Path) -> Vec<String> {
    let source = text(&root.join("crates/domain/src/item/lint.rs"));
    let codes = source
        .split('"')
        .filter(|word| word.len() == 3 && word.starts_with('G') && word[1..].bytes().all(|byte| byte.is_ascii_digit()));
    let mut codes: Vec<String> = codes.map(str::to_owned).collect();
    codes.sort();
    codes.dedup();
    codes
}

/// Whether a lint, a code or a function of this name is there.
pub fn keeper_exists(root: &Path, name: &str) -> bool {
    let parts: Vec<&str> = name.split("::").collect();
    match parts.as_slice() {
        [lint] if lint.starts_with('G') => lints(root).iter().any(|known| known == lint),
        [code] => text(&root.join("crates/domain/src/code.rs")).contains(&format!("\"{code}\"")),
        [package, module, function] => {
            let mut files = Vec::new();
            rust_files(&root.join("crates").join(package).join("src"), &mut files);
            let inside = |path: &Path| {
                let path = path.to_string_lossy().into_owned();
                path.ends_with(&format!("/{module}.rs")) || path.contains(&format!("/{module}/"))
            };
            files.iter().filter(|path| inside(path)).any(|path| {
                let source = text(path);
                ["(", "<"].iter().any(|after| source.contains(&format!("fn {function}{after}")))
            })
        }
        _ => false,
    }
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// A test of this name in this binary, as the test runner names binaries: `package::binary`, or
/// `package` and `package::bin/program` for unit tests. Only files the binary is made of are looked at.
pub fn test_exists(root: &Path, binary: &str, test: &str) -> Result<(), String> {
    let (package, name) = binary.split_once("::").unwrap_or((binary, ""));
    let folder = match package.strip_prefix("tongban-") {
        None if package == "tongban" => root.to_path_buf(),
        None => root.join(package),
        Some(short) => ["crates", "drivers"]
            .iter()
            .map(|place| root.join(place).join(short))
            .find(|folder| folder.exists())
            .ok_or_else(|| format!("no package {package}"))?,
    };
    let mut files = Vec::new();
    if name.is_empty() || name.starts_with("bin/") {
        rust_files(&folder.join("src"), &mut files);
    } else {
        let starts = [folder.join(format!("tests/{name}.rs")), folder.join(format!("tests/{name}/main.rs"))];
        let start = starts.iter().find(|path| path.exists()).ok_or_else(|| format!("no test binary {binary}"))?;
        modules(start, &mut files);
    }
    let found = files.iter().any(|path| is_test(&text(path), test));
    if found { Ok(()) } else { Err(format!("no test {test} in {binary}")) }
}

/// A test binary's file and the modules it declares, with or without a path.
fn modules(file: &Path, found: &mut Vec<PathBuf>) {
    if found.iter().any(|known| known == file) || !file.exists() {
        return;
    }
    found.push(file.to_path_buf());
    let (source, folder) = (text(file), file.parent().unwrap_or(Path::new(".")));
    let stem = file.file_stem().unwrap_or_default();
    let mut given: Option<String> = None;
    for line in source.lines().map(str::trim) {
        if let Some(path) = line.strip_prefix("#[path = \"").and_then(|rest| rest.strip_suffix("\"]")) {
            given = Some(path.to_owned());
        } else if let Some(name) =
            line.trim_start_matches("pub ").strip_prefix("mod ").and_then(|l| l.strip_suffix(';'))
        {
            match given.take() {
                Some(path) => modules(&folder.join(path), found),
                None => {
                    for near in [
                        folder.join(format!("{name}.rs")),
                        folder.join(name).join("mod.rs"),
                        folder.join(stem).join(format!("{name}.rs")),
                    ] {
                        modules(&near, found);
                    }
                }
            }
        }
    }
}

/// Whether the function has a test attribute in the lines right above it.
fn is_test(source: &str, test: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let at = lines.iter().position(|line| {
        let bare = line.trim_start_matches("pub ").trim_start_matches("async ");
        bare.strip_prefix("fn ").is_some_and(|rest| rest.strip_prefix(test).is_some_and(|rest| rest.starts_with('(')))
    });
    let Some(at) = at else { return false };
    let above = lines[..at].iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("//"));
    let attributes: Vec<&&str> = above.filter(|line| line.starts_with("#[")).collect();
    let test = attributes.iter().any(|line| ["#[test]", "#[tokio::test"].iter().any(|start| line.starts_with(start)));
    // What is ignored does not run.
    test && !attributes.iter().any(|line| line.starts_with("#[ignore"))
}
