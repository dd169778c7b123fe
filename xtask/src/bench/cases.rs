//! `xtask bench cases`: a million cases in SQLite and in PostgreSQL: the to-do list, searches, the case
//! page and the statistics of a month, as server time of the services the pages call.

mod postgres;

use super::{Row, finish};
use crate::load::hall::common::{TestStation, member, sample};
use crate::load::server::Where;
use anyhow::{Context as _, Result, ensure};
use std::sync::Arc;
use std::time::Instant;
use time::{Date, Month};
use tongban_centre::Centre;
use tongban_centre::cases::Filter;
use tongban_centre::rights::Role;
use tongban_centre::staff::Member;
use tongban_domain::ids::CaseId;
use tongban_protocol::system::SystemClock;

/// What a counter bears, ms.
const PAGE_MS: f64 = 50.0;
/// What a month's statistics may take, ms.
const MONTH_MS: f64 = 2000.0;
/// Calls of each kind.
const CALLS: usize = 200;
/// Whole cases, with chain and materials, beside the many rows.
const WHOLE: usize = 10;

/// How many and where.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Cases in the store.
    #[arg(long, default_value_t = 1_000_000)]
    cases: usize,
    /// Leaves PostgreSQL out.
    #[arg(long, conflicts_with = "postgres_only")]
    sqlite_only: bool,
    /// Leaves SQLite out.
    #[arg(long)]
    postgres_only: bool,
}

/// Measures both engines.
pub fn run(options: &Options) -> Result<()> {
    let mut rows = Vec::new();
    if !options.postgres_only {
        rows.extend(engine("SQLite", options.cases, None)?);
    }
    if !options.sqlite_only {
        let server = postgres::Postgres::start()?;
        rows.extend(engine("PostgreSQL", options.cases, Some(server.url()))?);
    }
    rows.push(Row::new("load of the machine", crate::load::load()?, "processes"));
    finish("cases", &rows)
}

/// The time 95 of 100 calls stay under, ms.
fn p95(calls: usize, mut call: impl FnMut(usize) -> Result<()>) -> Result<f64> {
    let mut took = Vec::with_capacity(calls);
    for n in 0..calls {
        let begun = Instant::now();
        call(n)?;
        took.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    took.sort_by(f64::total_cmp);
    Ok(took[took.len() * 95 / 100])
}

fn engine(name: &str, cases: usize, database: Option<String>) -> Result<Vec<Row>> {
    let place = Where::fresh(&format!("cases-{}", name.to_lowercase()), database, None)?;
    let centre = place.open()?;
    let begun = Instant::now();
    centre.fill_for_bench(cases)?;
    println!("{name}: {cases} cases written in {:.0} s", begun.elapsed().as_secs_f64());
    let ids = whole(&centre)?;
    let reviewer = member(&centre, "bench1", &[Role::Reviewer]);
    let manager = member(&centre, "bench2", &[Role::Manager]);
    let mut rows = lists(name, &centre, &reviewer, cases)?;
    rows.extend(pages(name, &centre, &reviewer, &ids)?);
    rows.extend(months(name, &centre, &manager)?);
    drop(centre);
    std::fs::remove_dir_all(&place.dir).with_context(|| place.dir.display().to_string())?;
    Ok(rows)
}

/// Applications as a station sends them.
fn whole(centre: &Centre) -> Result<Vec<CaseId>> {
    let mut station = TestStation::enrol(centre, &Arc::new(SystemClock), 77, "890102-001-K01", "kiosk", "001");
    (0..WHOLE)
        .map(|_| {
            let (draft, bundle) = sample::construction_case(centre, &mut station);
            let bytes = bundle.encode()?;
            station.upload(centre, bundle.id, &bytes, bytes.len())?;
            Ok(draft.id)
        })
        .collect()
}

fn lists(name: &str, centre: &Centre, by: &Member, cases: usize) -> Result<Vec<Row>> {
    let list = |status: Option<&str>, text: Option<String>| -> Result<()> {
        let filter = Filter { status: status.map(str::to_owned), text };
        ensure!(!centre.cases().list(by, &filter)?.is_empty(), "nothing found");
        Ok(())
    };
    let wanted = |n: usize| (n * 7_919_993) % cases;
    let figures = [
        ("to-do list, open cases", p95(CALLS, |_| list(None, None))?),
        ("to-do list, cases in review", p95(CALLS, |_| list(Some("in_review"), None))?),
        ("search by name", p95(CALLS, |n| list(None, Some(format!("测试{:07}", wanted(n)))))?),
        ("search by number", p95(CALLS, |n| list(None, Some(format!("8901021978{:07}X", wanted(n)))))?),
        ("search by receipt", p95(CALLS, |n| list(None, Some(format!("890102260302{:07}", wanted(n)))))?),
    ];
    let limit = |(what, ms): (&str, f64)| Row::new(&format!("{name}: {what}, p95"), ms, "ms").at_most(PAGE_MS);
    let mut rows: Vec<Row> = figures.into_iter().map(limit).collect();
    let counts = p95(5, |_| {
        ensure!(!centre.cases().counts(by)?.is_empty(), "no status");
        Ok(())
    })?;
    rows.push(Row::new(&format!("{name}: how many in each status"), counts, "ms"));
    Ok(rows)
}

fn pages(name: &str, centre: &Centre, by: &Member, ids: &[CaseId]) -> Result<Vec<Row>> {
    let view = p95(CALLS, |n| {
        ensure!(!centre.cases().view(by, ids[n % ids.len()])?.timeline.is_empty(), "an empty page");
        Ok(())
    })?;
    Ok(vec![Row::new(&format!("{name}: case page, p95"), view, "ms").at_most(PAGE_MS)])
}

fn months(name: &str, centre: &Centre, by: &Member) -> Result<Vec<Row>> {
    let day = |day| Date::from_calendar_date(2025, Month::March, day).context("a day");
    let (from, to) = (day(1)?, day(31)?);
    let mut accepted = 0;
    let took = p95(5, |_| {
        let figures = centre.statistics().figures(by, from, to)?;
        ensure!(figures.reconcile(), "the month does not reconcile");
        accepted = figures.accepted;
        Ok(())
    })?;
    let what = format!("{name}: statistics of a month with {accepted} cases, slowest of 5");
    Ok(vec![Row::new(&what, took, "ms").at_most(MONTH_MS)])
}
