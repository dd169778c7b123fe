//! Rows for measuring lists and searches; in no product build.

use crate::centre::Centre;
use crate::error::Result;
use crate::statistics::bench;
use crate::storage::Val;
use crate::storage::sql;
use crate::vals;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use tongban_domain::ids::CaseId;

/// Rows of one statement: as many as fit into the parameters an engine takes.
const ROWS: usize = 100;
/// Rows of one transaction.
const STEP: usize = 10_000;
/// One in so many is open.
pub(crate) const OPEN_EVERY: usize = 20;
/// What the migration does for rows of before, done here for these.
const LISTS: &str = include_str!("../migrations/0005_lists.sql");

/// An insert of [`ROWS`] rows of `width` values.
fn many(head: &str, width: usize) -> String {
    let row = |row: usize| {
        let values: Vec<String> = (1..=width).map(|n| format!("${}", row * width + n)).collect();
        format!("({})", values.join(", "))
    };
    format!("{head} VALUES {}", (0..ROWS).map(row).collect::<Vec<_>>().join(", "))
}

/// What stands before the values of a statement.
fn head(name: &str) -> &'static str {
    sql::statement(name).and_then(|text| text.split(" VALUES").next()).unwrap_or_default()
}

static STATEMENTS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let cases = head("case.put").split("\nVALUES").next().unwrap_or_default();
    let cases = cases.replace("password_index)", "password_index, places)");
    let mut all = BTreeMap::from([
        ("bench.cases".to_owned(), many(&cases, 33)),
        ("bench.facts".to_owned(), many(head("office.put"), 7)),
        (
            "bench.list.8".to_owned(),
            "INSERT INTO case_place (scope, list, submitted_ms, case_id, due, words) \
             SELECT scope, 'step:review', submitted_ms, case_id, due, '审查' FROM case_place WHERE list = 'in_review'"
                .to_owned(),
        ),
        ("bench.analyse".to_owned(), "ANALYZE".to_owned()),
        ("bench.roomy".to_owned(), "PRAGMA cache_size = -262144".to_owned()),
        ("bench.usual".to_owned(), "PRAGMA cache_size = -2000".to_owned()),
    ]);
    let plain: String =
        LISTS.lines().filter(|line| !line.trim_start().starts_with("--")).collect::<Vec<_>>().join("\n");
    let fills = plain.split(';').map(str::trim).filter(|text| text.starts_with("INSERT") && !text.contains("to_place"));
    for (n, text) in fills.enumerate() {
        let n = if text.contains("case_count") { 9 } else { n };
        all.insert(format!("bench.list.{n}"), text.to_owned());
    }
    all
});

/// The text of a statement of this file.
pub(crate) fn statement(name: &str) -> Option<&'static str> {
    STATEMENTS.get(name).map(String::as_str)
}

impl Centre {
    /// Fills the projection with `count` cases (rounded up to hundreds) of people who do not exist: 测试0000000
    /// and so on, number `8901021978` + seven digits + `X`, receipt `890102260302` + seven digits, spread over three
    /// years from 2024, each with its fact and its places in the lists.
    pub fn fill_for_bench(&self, count: usize) -> Result<()> {
        let count = count.next_multiple_of(ROWS);
        // Names and numbers fall anywhere in their indexes: with the cache a server works with, nearly every
        // row of a fill would write whole pages out and read them back.
        self.cache_for_bench("bench.roomy")?;
        for first in (0..count).step_by(STEP) {
            self.db.write("rebuild cases", |tx| {
                for first in (first..(first + STEP).min(count)).step_by(ROWS) {
                    let (mut cases, mut facts) = (Vec::with_capacity(ROWS * 33), Vec::with_capacity(ROWS * 14));
                    for number in first..first + ROWS {
                        let case = CaseId(self.ids.next());
                        cases.extend(self.bench_row(case, number));
                        facts.extend(bench::fact_rows(case, number)?);
                    }
                    tx.exec("bench.cases", &cases)?;
                    for half in facts.chunks(ROWS * 7) {
                        tx.exec("bench.facts", half)?;
                    }
                }
                Ok(())
            })?;
        }
        for list in STATEMENTS.keys().filter(|name| name.starts_with("bench.list.")) {
            self.db.write("rebuild cases", |tx| tx.exec(list, &[]))?;
        }
        // What an engine does by itself while a city works.
        self.db.write("rebuild cases", |tx| tx.exec("bench.analyse", &[]))?;
        self.cache_for_bench("bench.usual")
    }

    /// PostgreSQL has its own way with memory.
    fn cache_for_bench(&self, size: &str) -> Result<()> {
        if self.db.engine().name() == "sqlite" {
            self.db.write("rebuild cases", |tx| tx.exec(size, &[]))?;
        }
        Ok(())
    }

    /// Signatures found good before are strangers again, as after a start.
    pub fn forget_for_bench(&self) {
        crate::cases::forget_signatures();
    }

    fn bench_row(&self, case: CaseId, number: usize) -> Vec<Val> {
        let (name, card) = (format!("测试{number:07}"), format!("8901021978{number:07}X"));
        let open = number.is_multiple_of(OPEN_EVERY);
        let closed = (!open).then_some(1_772_500_000_000_i64);
        let (status, places) =
            if open { ("in_review", "in_review,open,step:review=审查") } else { ("closed", "closed,ended") };
        let submitted = 1_704_158_000_000_i64 + (number % bench::DAYS) as i64 * 86_400_000 + number as i64;
        let due = open.then(|| format!("2026-12-{:02}", 1 + number / OPEN_EVERY % 28));
        let nothing = || None::<&str>;
        let never = || None::<i64>;
        vals![
            case.0,
            status,
            9,
            "890102-001-K03",
            "890102-001",
            "890102",
            "kiosk",
            "jz_first",
            1,
            format!("890102260302{number:07}"),
            nothing(),
            self.keys.seal("applicant", name.as_bytes(), self.rng.as_ref()),
            self.keys.seal("number", card.as_bytes(), self.rng.as_ref()),
            self.keys.index(&name),
            self.keys.index(&card),
            nothing(),
            nothing(),
            nothing(),
            false,
            submitted,
            never(),
            never(),
            never(),
            closed,
            due,
            nothing(),
            nothing(),
            never(),
            nothing(),
            nothing(),
            nothing(),
            None::<Vec<u8>>,
            places
        ]
        .to_vec()
    }
}
