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
use tongban_centre::cases::{Filter, Waiting};
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

/// What the pages of lists ask.
fn lists(name: &str, centre: &Centre, by: &Member, cases: usize) -> Result<Vec<Row>> {
    let found = |status: Option<&str>, text: Option<String>, before| -> Result<Option<(i64, CaseId)>> {
        let filter = Filter { status: status.map(str::to_owned), text };
        let rows = centre.cases().page(by, &filter, before)?;
        let last = rows.last().context("nothing found")?;
        Ok(last.submitted_ms.map(|at| (at, last.case)))
    };
    let list = |status: Option<&str>, text: Option<String>| found(status, text, None).map(|_| ());
    let wanted = |n: usize| (n * 7_919_993) % cases;
    let mut mark = None;
    let figures = [
        ("to-do list of somebody who reviews: counts and the 20 most urgent", p95(CALLS, |_| bench(centre, by))?),
        ("list of open cases", p95(CALLS, |_| list(None, None))?),
        ("list of cases in review", p95(CALLS, |_| list(Some("in_review"), None))?),
        (
            "list of closed cases, page after page",
            p95(CALLS, |_| {
                // Behind the last page it begins again.
                mark = match found(Some("closed"), None, mark) {
                    Err(error) if mark.is_none() => return Err(error),
                    Err(_) => None,
                    Ok(last) => last,
                };
                Ok(())
            })?,
        ),
        ("search by name", p95(CALLS, |n| list(None, Some(format!("测试{:07}", wanted(n)))))?),
        ("search by number", p95(CALLS, |n| list(None, Some(format!("8901021978{:07}X", wanted(n)))))?),
        ("search by receipt", p95(CALLS, |n| list(None, Some(format!("890102260302{:07}", wanted(n)))))?),
        (
            "how many in each status",
            p95(CALLS, |_| {
                ensure!(!centre.cases().counts(by)?.is_empty(), "no status");
                Ok(())
            })?,
        ),
    ];
    Ok(figures
        .into_iter()
        .map(|(what, ms)| Row::new(&format!("{name}: {what}, p95"), ms, "ms").at_most(PAGE_MS))
        .collect())
}

/// 工作台 of somebody who reviews.
fn bench(centre: &Centre, by: &Member) -> Result<()> {
    let counts = centre.cases().waiting(by)?;
    ensure!(counts.waiting(by, Waiting::Review) > 0, "nothing waits");
    for list in [Waiting::Mine, Waiting::Review, Waiting::Status("received"), Waiting::Status("suspended")] {
        centre.cases().urgent(by, list, 20)?;
    }
    Ok(())
}

/// Everything a case's page reads.
fn page(centre: &Centre, by: &Member, id: CaseId) -> Result<()> {
    let (view, _) = centre.cases().whole(by, id)?;
    ensure!(view.chain.holds && !view.timeline.is_empty(), "an empty page");
    centre.sharing().of_case(id)?;
    centre.papers().of_case(by, id)?;
    centre.supervision().of_case(by, id)?;
    Ok(())
}

fn pages(name: &str, centre: &Centre, by: &Member, ids: &[CaseId]) -> Result<Vec<Row>> {
    let again = p95(CALLS, |n| page(centre, by, ids[n % ids.len()]))?;
    let first = p95(CALLS, |n| {
        centre.forget_for_bench();
        page(centre, by, ids[n % ids.len()])
    })?;
    Ok([("case page, opened before", again), ("case page, first time after a start", first)]
        .map(|(what, ms)| Row::new(&format!("{name}: {what}, p95"), ms, "ms").at_most(PAGE_MS))
        .to_vec())
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
