//! 交换监控与对账.

use super::Exchange;
use crate::error::Result;
use crate::office::{self, EVER, Place};
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::vals;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

const REPORTS: &str = "exchange_day";

/// A partner's and type's day, by the day of the batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExchangeDay {
    /// Partner.
    pub peer: String,
    /// Type.
    pub kind: String,
    /// Not sent yet.
    pub ready: u64,
    /// Laid into the folder, no receipt yet.
    pub laid: u64,
    /// Receipted.
    pub acked: u64,
    /// Given up or refused.
    pub failed: u64,
    /// Sent more than once.
    pub retried: u64,
    /// Theirs, taken in.
    pub received: u64,
}

/// A message on the monitor; nothing of its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageLine {
    /// Number.
    pub id: String,
    /// Partner.
    pub peer: String,
    /// Type.
    pub kind: String,
    /// Case.
    pub case: String,
    /// `ready`, `laid`, `acked` or `failed`.
    pub state: String,
    /// Tries.
    pub tries: u64,
    /// `0`, or why it failed last.
    pub code: String,
    /// For technicians.
    pub detail: String,
    /// Queued, ms.
    pub created_ms: i64,
    /// Ended, ms.
    pub done_ms: Option<i64>,
}

/// One type that does not agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Type.
    pub kind: String,
    /// Receipted here.
    pub ours: u64,
    /// Taken there.
    pub theirs: u64,
}

/// 日对账.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayReport {
    /// Partner.
    pub peer: String,
    /// Day `YYYY-MM-DD`.
    pub day: String,
    /// Messages that agree.
    pub agree: u64,
    /// Types that do not.
    pub differ: Vec<Difference>,
    /// When, ms.
    pub at_ms: i64,
}

impl Exchange<'_> {
    /// Every partner's and type's figures of a day (`YYYY-MM-DD`).
    pub fn monitor(&self, by: &Member, day: &str) -> Result<Vec<ExchangeDay>> {
        by.require(Action::ViewSharing)?;
        self.figures(day)
    }

    fn figures(&self, day: &str) -> Result<Vec<ExchangeDay>> {
        self.0.look(|tx| {
            let mut days: BTreeMap<(String, String), ExchangeDay> = BTreeMap::new();
            for row in tx.rows("xout.day", vals![day])? {
                let one = slot(&mut days, row.text(0)?, row.text(1)?);
                let count = row.uint(3)?;
                match row.text(2)?.as_str() {
                    "ready" => one.ready += count,
                    "laid" => one.laid += count,
                    "acked" => one.acked += count,
                    _ => one.failed += count,
                }
                one.retried += row.uint(4)?;
            }
            for row in tx.rows("xin.day", vals![day])? {
                slot(&mut days, row.text(0)?, row.text(1)?).received += row.uint(3)?;
            }
            Ok(days.into_values().collect())
        })
    }

    /// Messages of a day in a state (empty: all), oldest first, at most 500.
    pub fn messages(&self, by: &Member, day: &str, state: &str) -> Result<Vec<MessageLine>> {
        by.require(Action::ViewSharing)?;
        self.0.look(|tx| {
            let rows = tx.rows("xout.list", vals![day, state])?;
            let line = |row: &crate::storage::Row| {
                Ok(MessageLine {
                    id: row.text(0)?,
                    peer: row.text(1)?,
                    kind: row.text(2)?,
                    case: row.text(3)?,
                    state: row.text(4)?,
                    tries: row.uint(5)?,
                    code: row.text(6)?,
                    detail: row.text(7)?,
                    created_ms: row.int(8)?,
                    done_ms: row.opt_int(9)?,
                })
            };
            rows.iter().map(line).collect()
        })
    }

    /// Holds a day's receipted messages against what the partner says it took, by type.
    pub fn reconcile(&self, by: &Member, peer: &str, day: &str, theirs: &BTreeMap<String, u64>) -> Result<DayReport> {
        by.require(Action::RunExchange)?;
        self.compared(&by.id.0, peer, day, theirs)
    }

    /// The same, by whoever is named: a member of staff or the daily round.
    pub(super) fn compared(
        &self,
        by: &str,
        peer: &str,
        day: &str,
        theirs: &BTreeMap<String, u64>,
    ) -> Result<DayReport> {
        let mut ours: BTreeMap<String, u64> = BTreeMap::new();
        for one in self.figures(day)?.into_iter().filter(|one| one.peer == peer && one.acked > 0) {
            ours.insert(one.kind, one.acked);
        }
        let kinds: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
        let mut report =
            DayReport { peer: peer.into(), day: day.into(), agree: 0, differ: Vec::new(), at_ms: self.0.now_ms() };
        for kind in kinds {
            let count = |side: &BTreeMap<String, u64>| side.get(kind).copied().unwrap_or(0);
            let (here, there) = (count(&ours), count(theirs));
            if here == there {
                report.agree += here;
            } else {
                report.differ.push(Difference { kind: kind.clone(), ours: here, theirs: there });
            }
        }
        self.0.office(|tx| {
            let state = if report.differ.is_empty() { "agree" } else { "differ" };
            let id = format!("{peer}/{day}");
            let place = Place { room: REPORTS, id: &id, a: peer, b: day, state, at_ms: report.at_ms };
            office::put(tx, place, &report)?;
            log(tx, report.at_ms, by, "exchange.reconcile", &id, state, "")
        })?;
        Ok(report)
    }

    /// Every day that was held against the partner's, oldest first.
    pub fn reconciliations(&self, by: &Member) -> Result<Vec<DayReport>> {
        by.require(Action::ViewSharing)?;
        self.0.look(|tx| office::list(tx, REPORTS, EVER))
    }
}

impl Exchange<'_> {
    /// The report of a partner's day, if there is one.
    pub(super) fn report_of(&self, peer: &str, day: &str) -> Result<Option<DayReport>> {
        self.0.look(|tx| office::get(tx, REPORTS, &format!("{peer}/{day}")))
    }
}

fn slot(days: &mut BTreeMap<(String, String), ExchangeDay>, peer: String, kind: String) -> &mut ExchangeDay {
    let new = ExchangeDay { peer: peer.clone(), kind: kind.clone(), ..ExchangeDay::default() };
    days.entry((peer, kind)).or_insert(new)
}
