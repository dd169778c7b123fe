//! Exact search by name, number and receipt among a million cases, in both engines.

use super::super::Row;
use crate::load::hall::common::member;
use crate::load::server::Where;
use anyhow::Result;
use std::time::Instant;
use tongban_centre::cases::Filter;
use tongban_centre::rights::Role;

/// Searches of each kind.
const SEARCHES: usize = 200;
/// What a counter bears.
const LIMIT_MS: f64 = 50.0;

/// Fills the store and measures.
pub fn rows(cases: usize, database: Option<&str>) -> Result<Vec<Row>> {
    let mut rows = engine("SQLite", cases, None)?;
    if let Some(url) = database {
        rows.extend(engine("PostgreSQL", cases, Some(url.to_owned()))?);
    }
    Ok(rows)
}

fn engine(name: &str, cases: usize, database: Option<String>) -> Result<Vec<Row>> {
    let place = Where::fresh("search", database, None)?;
    let centre = place.open()?;
    println!("{name}: writing {cases} cases");
    let begun = Instant::now();
    centre.fill_for_bench(cases)?;
    println!("{name}: written in {:.0} s", begun.elapsed().as_secs_f64());
    let admin = member(&centre, "search1", &[Role::Reviewer]);
    let mut rows = Vec::new();
    type Sample = fn(usize) -> String;
    let kinds: [(&str, Sample); 3] = [
        ("name", |n| format!("测试{n:07}")),
        ("number", |n| format!("8901021978{n:07}X")),
        ("receipt", |n| format!("890102260302{:03}{:04}", n / 10_000 % 1000, n % 10_000)),
    ];
    for (kind, text) in kinds {
        let mut took = Vec::with_capacity(SEARCHES);
        for search in 0..SEARCHES {
            let wanted = (search * 7_919_993) % cases;
            let filter = Filter { status: None, text: Some(text(wanted)) };
            let begun = Instant::now();
            let found = centre.cases().list(&admin, &filter)?;
            took.push(begun.elapsed().as_secs_f64() * 1e3);
            anyhow::ensure!(!found.is_empty(), "{kind} {wanted} was not found");
        }
        took.sort_by(f64::total_cmp);
        let p95 = took[took.len() * 95 / 100];
        rows.push(Row::new(&format!("{name}: search by {kind}, {cases} cases, p95"), p95, "ms").at_most(LIMIT_MS));
    }
    Ok(rows)
}
