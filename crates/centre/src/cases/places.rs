//! 清单: where a case stands in the lists people open, kept beside its row.
//!
//! A list is read by its key: how many cases the city has makes no difference. Every case stands in
//! the list of its status, in `open` or `ended`, and while a step waits for somebody in that step's
//! list; each once for every level of its region, so that whoever looks after a city, a county or a
//! village reads one list. All of it is derived from the chain and made anew by a rebuild.

use super::{CaseRow, Loaded, project};
use crate::centre::Centre;
use crate::error::Result;
use crate::rights::region_prefix;
use crate::staff::Member;
use crate::storage::{Tx, journal};
use crate::vals;
use std::collections::BTreeMap;
use tongban_domain::case::{Case, CaseStatus};
use tongban_domain::ids::CaseId;
use tongban_domain::item::{Seat, ServiceItem, flow};

/// Digits of the levels of a region: 省, 市, 县, 乡, 村.
const LEVELS: [usize; 5] = [2, 4, 6, 9, 12];
/// Cases that wait for an end.
pub(super) const OPEN: &str = "open";
/// Cases that ended.
pub(super) const ENDED: &str = "ended";
/// An opinion is waited for, from whoever may give it.
const REVIEW: &str = "step:review";
/// A decision, or the end of a publication, is waited for.
const DECIDE: &str = "step:decide";
/// Later than every due day.
const SOME_DAY: &str = "9999";
/// Column of the words in a row of `place.list`.
const WORDS: usize = 29;

/// A list of what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting<'a> {
    /// Cases of a status, by its key.
    Status(&'a str),
    /// 待审查: steps of opinion given to nobody.
    Review,
    /// 待审查: steps of opinion given to the member.
    Mine,
    /// 待决定, and publications to be ended.
    Decide,
}

/// How many cases of a region stand in each list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<String, u64>);

impl Counts {
    /// How many wait in a list for this member.
    #[must_use]
    pub fn waiting(&self, by: &Member, list: Waiting<'_>) -> u64 {
        self.0.get(&key(by, list)).copied().unwrap_or(0)
    }

    /// By status, in the order of a case's life.
    #[must_use]
    pub fn by_status(&self) -> Vec<(String, u64)> {
        let known = self.0.iter().filter(|(list, _)| CaseStatus::parse(list).is_some());
        let mut counts: Vec<(String, u64)> = known.map(|(list, cases)| (list.clone(), *cases)).collect();
        counts.sort_by_key(|(status, _)| CaseStatus::parse(status));
        counts
    }
}

fn key(by: &Member, list: Waiting<'_>) -> String {
    match list {
        Waiting::Status(status) => status.to_owned(),
        Waiting::Review => REVIEW.to_owned(),
        Waiting::Mine => format!("mine:{}", by.id),
        Waiting::Decide => DECIDE.to_owned(),
    }
}

/// The level of a region somebody reads at; nothing for a region shorter than a province.
pub(crate) fn scope_of(region: &str) -> &str {
    let prefix = region_prefix(region);
    let digits = LEVELS.into_iter().rev().find(|digits| *digits <= prefix.len());
    digits.and_then(|digits| prefix.get(..digits)).unwrap_or_default()
}

fn scopes(region: &str) -> impl Iterator<Item = &str> {
    LEVELS.into_iter().filter_map(|digits| region.get(..digits))
}

/// Where a case stands: region, time and day its place is found by, and its lists, each with the
/// words of the step that waits (`step:review=审查`).
#[derive(Default, PartialEq, Eq)]
pub(super) struct Standing {
    region: String,
    submitted_ms: i64,
    due: String,
    entries: Vec<String>,
}

fn parts(entry: &str) -> (&str, &str) {
    entry.split_once('=').unwrap_or((entry, ""))
}

/// The lists of steps a running case waits in.
fn steps(case: &Case, item: &ServiceItem) -> Vec<String> {
    let running = matches!(case.status(), CaseStatus::Accepted | CaseStatus::InReview);
    if !running || case.blocked().is_some() {
        return Vec::new();
    }
    let mut lists: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for step in flow(item, case).open {
        let list = match (step.seat, step.assigned) {
            (Seat::Review, Some(person)) => format!("mine:{person}"),
            (Seat::Review, None) => REVIEW.to_owned(),
            // Publicity does not keep the decision waiting in somebody's way.
            (Seat::Decide | Seat::Publicity, _) => DECIDE.to_owned(),
            (Seat::Intake | Seat::Make | Seat::Automatic, _) => continue,
        };
        lists.entry(list).or_default().push(step.name.replace([',', '='], " "));
    }
    lists.into_iter().map(|(list, names)| format!("{list}={}", names.join("、"))).collect()
}

impl Standing {
    /// As the case is now; `due` and the end as its row has them.
    pub fn of(loaded: &Loaded, item: Option<&ServiceItem>, region: &str, times: (Option<i64>, Option<i64>)) -> Self {
        let case = &loaded.case;
        if case.receipt().is_none() {
            return Self::default();
        }
        let (submitted, ended) = times;
        let mut entries = vec![case.status().as_str().to_owned()];
        entries.push(if ended.is_some() { ENDED } else { OPEN }.to_owned());
        entries.extend(item.map(|item| steps(case, item)).unwrap_or_default());
        Self { region: region.to_owned(), submitted_ms: submitted.unwrap_or(0), due: String::new(), entries }
    }

    /// With the day it is due; what ended is due no more.
    pub fn due(mut self, due: Option<&str>, ended: bool) -> Self {
        if !self.entries.is_empty() && !ended {
            due.unwrap_or(SOME_DAY).clone_into(&mut self.due);
        }
        self
    }

    /// As the row says it was; standing nowhere without one.
    pub fn before(tx: &Tx<'_>, case: CaseId) -> Result<Self> {
        let Some(row) = tx.row("place.of", vals![case.0])? else { return Ok(Self::default()) };
        let Some(places) = row.opt_text(4)? else { return Ok(Self::default()) };
        let before = Self {
            region: row.text(0)?,
            submitted_ms: row.opt_int(1)?.unwrap_or(0),
            due: String::new(),
            entries: places.split(',').map(str::to_owned).collect(),
        };
        Ok(before.due(row.opt_text(2)?.as_deref(), row.opt_int(3)?.is_some()))
    }

    /// Moves the case from where it stood before.
    pub fn keep(&self, tx: &Tx<'_>, case: CaseId, before: &Self) -> Result<()> {
        if self == before {
            return Ok(());
        }
        let place = |of: &Self| (of.region.clone(), of.submitted_ms);
        let same = place(self) == place(before);
        let shard = journal::shard(case);
        for entry in before.entries.iter().filter(|entry| !same || !self.entries.contains(entry)) {
            for scope in scopes(&before.region) {
                let (list, _) = parts(entry);
                tx.exec("place.drop", vals![scope, list, before.submitted_ms, case.0])?;
                tx.exec("place.count", vals![scope, list, shard, -1_i64])?;
            }
        }
        for entry in &self.entries {
            let new = !same || !before.entries.contains(entry);
            for scope in scopes(&self.region).filter(|_| new || self.due != before.due) {
                let (list, words) = parts(entry);
                tx.exec("place.put", vals![scope, list, self.submitted_ms, case.0, &self.due, words])?;
                if new {
                    tx.exec("place.count", vals![scope, list, shard, 1_i64])?;
                }
            }
        }
        let places = Some(self.entries.join(",")).filter(|places| !places.is_empty());
        tx.exec("place.set", vals![case.0, places])?;
        Ok(())
    }
}

impl Centre {
    /// A page of a list, newest first, from before a mark.
    pub(super) fn listed(
        &self,
        tx: &Tx<'_>,
        by: &Member,
        list: &str,
        before: Option<(i64, CaseId)>,
        max: usize,
    ) -> Result<Vec<CaseRow>> {
        let (at, case) = before.map_or((i64::MAX, String::new()), |(at, case)| (at, case.0.to_string()));
        let region = format!("{}%", region_prefix(&by.region));
        let rows = tx.rows("place.list", vals![scope_of(&by.region), list, at, case, max, &region])?;
        rows.iter().map(|row| project::read_row(self, row)).collect()
    }

    /// The most urgent of a list, each with the steps that wait.
    pub(super) fn urgent(
        &self,
        tx: &Tx<'_>,
        by: &Member,
        list: Waiting<'_>,
        max: usize,
    ) -> Result<Vec<(CaseRow, String)>> {
        let region = format!("{}%", region_prefix(&by.region));
        let rows = tx.rows("place.urgent", vals![scope_of(&by.region), key(by, list), max, &region])?;
        rows.iter().map(|row| Ok((project::read_row(self, row)?, row.text(WORDS)?))).collect()
    }

    pub(super) fn counted(&self, tx: &Tx<'_>, by: &Member) -> Result<Counts> {
        let rows = tx.rows("place.counts", vals![scope_of(&by.region)])?;
        let counts = rows.iter().map(|row| Ok((row.text(0)?, u64::try_from(row.int(1)?).unwrap_or(0))));
        Ok(Counts(counts.collect::<Result<BTreeMap<_, _>>>()?.into_iter().filter(|(_, cases)| *cases > 0).collect()))
    }

    /// Cases an older release left without the lists of their steps, once.
    pub(crate) fn place_late(&self) -> Result<()> {
        loop {
            let late: Vec<CaseId> = self.db.read("cases", |tx| {
                tx.rows("place.late", vals![])?.iter().map(|row| Ok(CaseId(row.uuid(0)?))).collect()
            })?;
            if late.is_empty() {
                return Ok(());
            }
            for case in late {
                let placed = self.db.write("rebuild cases", |tx| {
                    if let Some(loaded) = self.load(tx, case)? {
                        self.save_projection(tx, &loaded)?;
                    }
                    tx.exec("place.placed", vals![case.0])
                });
                // A damaged chain is told by its page and by the nightly check; it keeps nobody from starting.
                if let Err(error) = placed {
                    tracing::warn!(%case, %error, "case not placed in the lists of its steps");
                    self.db.write("rebuild cases", |tx| tx.exec("place.placed", vals![case.0]))?;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_stands_in_every_level_above_it_and_is_read_at_its_own() {
        assert_eq!(scopes("890102").collect::<Vec<_>>(), ["89", "8901", "890102"]);
        assert_eq!(scopes("890121100201").collect::<Vec<_>>(), ["89", "8901", "890121", "890121100", "890121100201"]);
        for (region, scope) in [
            ("890100", "8901"),
            ("890102", "890102"),
            ("890121100000", "890121100"),
            ("890121100201", "890121100201"),
            ("890000", "89"),
            ("89010", "8901"),
            ("", ""),
        ] {
            assert_eq!(scope_of(region), scope, "{region}");
        }
    }
}
