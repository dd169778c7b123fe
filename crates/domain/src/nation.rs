//! 民族 (GB/T 3304): two-digit codes and names. 97 and 98 are police data's additions.

use std::sync::OnceLock;

const TABLE: &str = include_str!("../../../assets/codes/nations_gbt3304.tsv");

fn rows() -> &'static [(&'static str, &'static str)] {
    static ROWS: OnceLock<Vec<(&str, &str)>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let row = |line: &'static str| {
            let mut cells = line.split('\t');
            Some((cells.next()?, cells.next()?))
        };
        TABLE.lines().skip(1).filter_map(row).collect()
    })
}

/// The name without the word 族, for example `汉`.
#[must_use]
pub fn name(code: &str) -> Option<&'static str> {
    rows().iter().find(|(known, _)| *known == code).map(|(_, name)| *name)
}

/// The code of a name, with or without 族.
#[must_use]
pub fn code(name: &str) -> Option<&'static str> {
    let name = name.trim();
    let short = name.strip_suffix('族').unwrap_or(name);
    rows().iter().find(|(_, known)| *known == short || *known == name).map(|(code, _)| *code)
}

/// Every code with its name, in order.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    rows().iter().copied()
}
