//! Named statements from the `.sql` files.

use std::collections::BTreeMap;
use std::sync::LazyLock;

const FILES: &[&str] = &[
    include_str!("../../sql/journal.sql"),
    include_str!("../../sql/cases.sql"),
    include_str!("../../sql/stations.sql"),
    include_str!("../../sql/sync.sql"),
    include_str!("../../sql/staff.sql"),
    include_str!("../../sql/licences.sql"),
    include_str!("../../sql/sharing.sql"),
    include_str!("../../sql/catalogue.sql"),
    include_str!("../../sql/backup.sql"),
    include_str!("../../sql/office.sql"),
    include_str!("../../sql/exchange.sql"),
    include_str!("../../sql/desk.sql"),
];

static STATEMENTS: LazyLock<BTreeMap<&'static str, &'static str>> =
    LazyLock::new(|| FILES.iter().flat_map(|file| parse(file)).collect());

/// Splits a file into `-- name: x` sections.
fn parse(file: &'static str) -> Vec<(&'static str, &'static str)> {
    file.split("-- name: ")
        .skip(1)
        .filter_map(|section| section.split_once('\n'))
        .map(|(name, text)| (name.trim(), text.trim().trim_end_matches(';')))
        .collect()
}

/// The statement with this name.
#[must_use]
pub fn statement(name: &str) -> Option<&'static str> {
    let known = STATEMENTS.get(name).copied();
    #[cfg(feature = "bench")]
    let known = known.or_else(|| crate::bench::statement(name));
    known
}

/// Every statement, for the test that prepares them all.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    STATEMENTS.iter().map(|(name, text)| (*name, *text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// Words no engine but one understands, or that give up what several servers rely on.
    const FORBIDDEN: &[(&str, &str)] = &[
        ("AUTOINCREMENT", "ids come from the caller"),
        ("BIGSERIAL", "sequences leave gaps and do not order"),
        ("NEXTVAL", "sequences leave gaps and do not order"),
        ("IDENTITY", "ids come from the caller"),
        ("ROWID", "SQLite alone"),
        ("PRAGMA", "SQLite alone"),
        ("REPLACE INTO", "SQLite alone"),
        ("INSERT OR", "SQLite alone"),
        ("STRFTIME", "time is handed in"),
        ("DATETIME", "time is handed in"),
        ("NOW()", "time is handed in"),
        ("CURRENT_TIMESTAMP", "time is handed in"),
        ("RANDOM()", "randomness is handed in"),
        ("LISTEN", "distributed engines lack it"),
        ("NOTIFY", "distributed engines lack it"),
        ("ADVISORY", "distributed engines lack it"),
        ("TRIGGER", "logic stands in Rust"),
        ("FUNCTION", "logic stands in Rust"),
        ("PROCEDURE", "logic stands in Rust"),
        ("LOCK TABLE", "transactions are serialisable"),
        ("FOR UPDATE", "transactions are serialisable"),
        ("ILIKE", "PostgreSQL alone"),
        ("JSONB", "PostgreSQL alone"),
        ("::", "PostgreSQL alone"),
        ("GLOB ", "SQLite alone"),
        ("OFFSET", "pages go by key"),
        (" REAL", "whole numbers only"),
        ("DOUBLE", "whole numbers only"),
        ("FLOAT", "whole numbers only"),
        ("?", "parameters are written $1"),
    ];
    /// Types of columns.
    const TYPES: &[&str] = &["BIGINT", "TEXT", "BYTEA"];

    fn without_comments(text: &str) -> String {
        text.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
    }

    fn faults(text: &str) -> Vec<String> {
        let upper = without_comments(text).to_uppercase();
        let word = |found: &(usize, &str)| {
            let before = upper[..found.0].chars().next_back().unwrap_or(' ');
            !before.is_ascii_alphanumeric() && before != '_'
        };
        let mut faults: Vec<String> = FORBIDDEN
            .iter()
            .filter(|(name, _)| {
                upper.match_indices(name).any(|found| word(&found) || !name.starts_with(char::is_alphabetic))
            })
            .map(|(name, why)| format!("{name}: {why}"))
            .collect();
        for table in upper.split("CREATE TABLE ").skip(1) {
            let body = table.split_once('(').map_or("", |(_, body)| body).split(';').next().unwrap_or_default();
            for column in body
                .split(',')
                .map(str::trim)
                .filter(|c| !c.is_empty() && !c.starts_with("PRIMARY KEY") && !c.starts_with("UNIQUE"))
            {
                let kind = column.split_whitespace().nth(1).unwrap_or_default().trim_end_matches(')');
                if column.split_whitespace().count() > 1 && !TYPES.contains(&kind) {
                    faults.push(format!("column type in: {column}"));
                }
            }
        }
        if upper.contains("INSERT") && upper.contains(" IGNORE") {
            faults.push("INSERT IGNORE".into());
        }
        faults
    }

    /// Every `.sql` file of the crate, read from the disk so that none can be left out.
    fn files() -> Vec<(String, String)> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files = Vec::new();
        for dir in ["sql", "migrations"] {
            for entry in std::fs::read_dir(root.join(dir)).unwrap().flatten() {
                let path = entry.path();
                assert_eq!(path.extension().unwrap(), "sql", "{}", path.display());
                let name = entry.file_name().to_string_lossy().into_owned();
                files.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
        files
    }

    #[test]
    fn schema_and_statements_keep_to_what_every_engine_has() {
        let files = files();
        assert!(files.len() > 9, "the files were read");
        for (name, text) in &files {
            assert!(faults(text).is_empty(), "{name}: {:?}", faults(text));
        }
    }

    #[test]
    fn each_rule_finds_what_it_forbids() {
        for (name, _) in FORBIDDEN {
            assert!(!faults(&format!("SELECT 1 {name} x")).is_empty(), "{name} passes unseen");
        }
        assert!(!faults("CREATE TABLE a (b INTEGER PRIMARY KEY, c TEXT);").is_empty());
        assert!(faults("CREATE TABLE a (b TEXT PRIMARY KEY, c BIGINT NOT NULL, PRIMARY KEY (b, c));").is_empty());
    }

    #[test]
    fn every_file_of_statements_is_read_and_no_name_is_given_twice() {
        let on_disk: Vec<String> =
            files().into_iter().filter(|(name, _)| !name.starts_with('0')).map(|f| f.1).collect();
        assert_eq!(on_disk.len(), FILES.len());
        let names: usize = on_disk.iter().map(|text| text.matches("-- name: ").count()).sum();
        assert_eq!(names, STATEMENTS.len());
    }
}
