//! 调用日志与监控: every call with who, why, under which authorisation and with what result.

use super::Sharing;
use super::requests::{REQUESTS, Request};
use super::resources::{RESOURCES, Resource};
use crate::error::{CentreError, Result};
use crate::office::{self, EVER};
use crate::people::PersonLook;
use crate::rights::Action;
use crate::staff::Member;
use crate::vals;
use std::collections::BTreeMap;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::Event;
use tongban_domain::ids::{CaseId, ResourceId};
use tongban_domain::limits::parse_date;

/// A result older than this is asked for again at acceptance.
pub const FRESH_MS: i64 = 24 * 3_600_000;

/// Which calls.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallFilter {
    /// Resource; empty for all.
    pub resource: String,
    /// Case; empty for all.
    pub case: String,
    /// From, ms.
    pub from_ms: i64,
    /// Before, ms.
    pub to_ms: i64,
}

/// One call, without the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallLine {
    /// When, ms.
    pub at_ms: i64,
    /// Station.
    pub station: String,
    /// `自助` or the window.
    pub who: String,
    /// Case.
    pub case: String,
    /// Item.
    pub item: String,
    /// Resource.
    pub resource: String,
    /// 使用目的.
    pub purpose: String,
    /// 依据.
    pub basis: String,
    /// Names of the fields asked for.
    pub asked: String,
    /// Names of the fields that came back.
    pub returned: String,
    /// Outcome key.
    pub outcome: String,
    /// Code of what went wrong; empty when nothing did.
    pub code: String,
    /// Duration, ms.
    pub took_ms: u64,
    /// Number of the authorisation.
    pub grant: String,
}

/// A resource's day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResourceDay {
    /// Resource.
    pub resource: String,
    /// 名称.
    pub name: String,
    /// 提供方.
    pub provider: String,
    /// Calls.
    pub calls: u64,
    /// By outcome key.
    pub outcomes: BTreeMap<String, u64>,
    /// Median duration, ms.
    pub median_ms: u64,
    /// 95 of 100 calls took at most this, ms.
    pub p95_ms: u64,
    /// Quota of the day over all authorisations in force.
    pub quota: u64,
    /// `closed`, `open` or `trial`.
    pub circuit: String,
}

/// One access to a person's data, as the person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// A department was asked.
    Share {
        /// When, ms.
        at_ms: i64,
        /// Station.
        station: String,
        /// `自助` or the window.
        who: String,
        /// Item.
        item: String,
        /// 资源名称.
        resource: String,
        /// 使用目的.
        purpose: String,
        /// 依据.
        basis: String,
        /// Names of the fields that came back.
        returned: String,
        /// Outcome key.
        outcome: String,
    },
    /// Somebody looked the person up.
    Look(PersonLook),
}

impl Access {
    /// When, ms.
    #[must_use]
    pub const fn at_ms(&self) -> i64 {
        match self {
            Self::Share { at_ms, .. } => *at_ms,
            Self::Look(look) => look.at_ms,
        }
    }
}

/// Milliseconds of a China day: from and before.
pub(crate) fn day_span(day: &str) -> Result<(i64, i64)> {
    let date = parse_date(day).ok_or_else(|| CentreError::invalid(ErrorCode::FieldInvalid, "day"))?;
    let from = (date.midnight().assume_utc().unix_timestamp() - 8 * 3600) * 1000;
    Ok((from, from + 24 * 3_600_000))
}

impl Sharing<'_> {
    /// Calls, newest first, at most 500.
    pub fn calls(&self, by: &Member, filter: &CallFilter) -> Result<Vec<CallLine>> {
        by.require(Action::ViewSharing)?;
        let parameters = vals![filter.from_ms, filter.to_ms, &filter.resource, &filter.case];
        self.0.look(|tx| {
            let rows = tx.rows("share.between", parameters)?;
            let line = |row: &crate::storage::Row| {
                Ok(CallLine {
                    at_ms: row.int(0)?,
                    station: row.text(1)?,
                    who: row.text(2)?,
                    case: row.text(3)?,
                    item: row.text(4)?,
                    resource: row.text(5)?,
                    purpose: row.text(6)?,
                    basis: row.text(7)?,
                    asked: row.text(8)?,
                    returned: row.text(9)?,
                    outcome: row.text(10)?,
                    code: row.text(11)?,
                    took_ms: row.uint(12)?,
                    grant: row.text(13)?,
                })
            };
            rows.iter().map(line).collect()
        })
    }

    /// 监控: every resource of a day (`YYYY-MM-DD`), those never called too.
    pub fn monitor(&self, by: &Member, day: &str) -> Result<Vec<ResourceDay>> {
        by.require(Action::ViewSharing)?;
        let (from, to) = day_span(day)?;
        self.0.look(|tx| {
            let mut times: BTreeMap<String, Vec<u64>> = BTreeMap::new();
            let mut outcomes: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
            for row in tx.rows("share.figures", vals![from, to])? {
                let resource = row.text(0)?;
                times.entry(resource.clone()).or_default().push(row.uint(2)?);
                *outcomes.entry(resource).or_default().entry(row.text(1)?).or_default() += 1;
            }
            let requests: Vec<Request> = office::list(tx, REQUESTS, EVER)?;
            let resources: Vec<Resource> = office::list(tx, RESOURCES, EVER)?;
            let figures = |resource: Resource| {
                let mut took = times.get(&resource.id).cloned().unwrap_or_default();
                took.sort_unstable();
                let at =
                    |part: usize| took.get((took.len() * part).div_ceil(100).saturating_sub(1)).copied().unwrap_or(0);
                let in_force = |request: &&Request| {
                    let applied = &request.applied;
                    let days = applied.from.as_str() <= day && day <= applied.to.as_str();
                    applied.resource == resource.id && request.state == super::RequestState::Granted && days
                };
                let circuit = self.0.departments.as_ref().map_or("closed", |way| way.circuit(&resource.id));
                ResourceDay {
                    calls: took.len() as u64,
                    median_ms: at(50),
                    p95_ms: at(95),
                    outcomes: outcomes.get(&resource.id).cloned().unwrap_or_default(),
                    quota: requests.iter().filter(in_force).map(|request| request.applied.daily_quota).sum(),
                    circuit: circuit.to_owned(),
                    name: resource.name,
                    provider: resource.provider,
                    resource: resource.id,
                }
            };
            Ok(resources.into_iter().map(figures).collect())
        })
    }

    /// Results of a case older than a day: to be asked for again before acceptance.
    pub fn stale(&self, case: CaseId) -> Result<Vec<ResourceId>> {
        self.0.look(|tx| {
            let loaded = self.0.load_known(tx, case)?;
            let mut newest: BTreeMap<&str, i64> = BTreeMap::new();
            for (entry, event) in loaded.recorded.iter().zip(&loaded.events) {
                if let Event::ShareFetched { record } = event {
                    newest.insert(&record.resource.0, entry.action.header.wall.0);
                }
            }
            let old = self.0.now_ms() - FRESH_MS;
            Ok(newest.into_iter().filter(|(_, at)| *at < old).map(|(id, _)| id.into()).collect())
        })
    }

    /// 谁在何时查询了我的信息: calls and looks together, oldest first. The caller has read the person's card.
    pub fn accesses(&self, number: &str) -> Result<Vec<Access>> {
        let number = tongban_domain::check::normalise(number);
        let subject = self.0.keys.subject(&number);
        let mut all: Vec<Access> = self.0.look(|tx| {
            let rows = tx.rows("share.of_subject", vals![subject])?;
            let access = |row: &crate::storage::Row| {
                let id = row.text(4)?;
                let known: Option<Resource> = office::get(tx, RESOURCES, &id)?;
                Ok(Access::Share {
                    at_ms: row.int(0)?,
                    station: row.text(1)?,
                    who: row.text(2)?,
                    item: row.text(3)?,
                    resource: known.map_or(id, |resource| resource.name),
                    purpose: row.text(5)?,
                    basis: row.text(6)?,
                    returned: row.text(7)?,
                    outcome: row.text(8)?,
                })
            };
            rows.iter().map(access).collect()
        })?;
        all.extend(self.0.people().looks(&number)?.into_iter().map(Access::Look));
        all.sort_by_key(Access::at_ms);
        Ok(all)
    }
}
