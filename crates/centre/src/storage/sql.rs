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
    STATEMENTS.get(name).copied()
}

/// Every statement, for the test that prepares them all.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    STATEMENTS.iter().map(|(name, text)| (*name, *text))
}
