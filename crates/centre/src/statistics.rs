//! 统计: the indicators by their exact formulas, counted from the journal alone.
//!
//! A [`Fact`] is what one case says of itself; every figure is a count over facts. Facts are kept
//! beside the case's row, found by the days of receipt and acceptance, so that a month is counted
//! in a moment; [`Statistics::recount`] reads the journal itself and must give the same figures.
//! Figures reconcile: accepted cases are closed, open or ended otherwise, each exactly once.

#[cfg(feature = "bench")]
pub(crate) mod bench;
mod figures;
mod kept;

pub use figures::{Figures, Share};

use crate::cases::Loaded;
use crate::centre::Centre;
use crate::error::Result;
use crate::rights::{Action, region_prefix};
use crate::staff::Member;
use crate::storage::{Tx, journal};
use time::Date;
use tongban_domain::case::CaseStatus;
use tongban_domain::event::{Channel, Event};
use tongban_domain::ids::CaseId;
use tongban_domain::item::{CaseType, material_state};
use tongban_domain::limits::{LimitKind, local_day, parse_date};

/// What one case says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The case.
    pub case: CaseId,
    /// 事项.
    pub item: String,
    /// 部门.
    pub org: String,
    /// Region of the hall.
    pub region: String,
    /// Hall.
    pub hall: String,
    /// 渠道.
    pub channel: Channel,
    /// Days.
    pub received: Option<Date>,
    /// 受理日 (as of receipt when deemed).
    pub accepted: Option<Date>,
    /// The end.
    pub ended: Option<Date>,
    /// Status.
    pub status: CaseStatus,
    /// 承诺件.
    pub promised: bool,
    /// 即办: ended on the day of acceptance.
    pub same_day: bool,
    /// Counted working days to the decision, and the promise.
    pub counted: Option<(u32, u16)>,
    /// 承诺时限内.
    pub in_time: bool,
    /// Materials asked for, and obtained without paper.
    pub materials: (usize, usize),
    /// 到场次数, and what the item promises.
    pub trips: (usize, u8),
    /// 补正次数.
    pub corrections: usize,
    /// Returned or rejected.
    pub returned: bool,
    /// 可避免的退回: corrections naming a material that was promised complete.
    pub avoidable: usize,
    /// Has a 齐全单.
    pub promised_complete: bool,
    /// Station it was opened at.
    pub station: String,
    /// Who accepted, reviewed or decided, each once.
    pub people: Vec<String>,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Statistics<'a>(pub(crate) &'a Centre);

impl Statistics<'_> {
    /// The figures of the cases received or accepted from the first to the last day, in the member's region.
    pub fn figures(&self, by: &Member, from: Date, to: Date) -> Result<Figures> {
        by.require(Action::ViewStatistics)?;
        let region = region_prefix(&by.region);
        let facts = self.0.look(|tx| kept::between(tx, from, to))?;
        let facts: Vec<Fact> = facts.into_iter().filter(|fact| fact.region.starts_with(region)).collect();
        Ok(figures::count(&facts, &self.0.ratings().counted_since(kept::day_ms(from))?, from, to))
    }

    /// The same from the journal, case by case: slow, and what [`Statistics::figures`] is judged by.
    pub fn recount(&self, by: &Member, from: Date, to: Date) -> Result<Figures> {
        by.require(Action::ViewStatistics)?;
        let facts = self.facts(region_prefix(&by.region))?;
        Ok(figures::count(&facts, &self.0.ratings().counted_since(i64::MIN)?, from, to))
    }

    /// The same for the whole city, as it is published: counts alone.
    pub fn published(&self, from: Date, to: Date) -> Result<Figures> {
        let facts = self.0.look(|tx| kept::between(tx, from, to))?;
        Ok(figures::count(&facts, &self.0.ratings().counted_since(kept::day_ms(from))?, from, to))
    }

    /// Facts of the cases accepted from the first to the last day, in a region.
    pub(crate) fn accepted_between(&self, region: &str, from: Date, to: Date) -> Result<Vec<Fact>> {
        let facts = self.0.look(|tx| kept::between(tx, from, to))?;
        let within =
            |fact: &Fact| fact.accepted.is_some_and(|day| from <= day && day <= to) && fact.region.starts_with(region);
        Ok(facts.into_iter().filter(within).collect())
    }

    /// One fact a case, from the journal.
    pub fn facts(&self, region: &str) -> Result<Vec<Fact>> {
        self.0.look(|tx| {
            let mut facts = Vec::new();
            for id in journal::cases(tx)? {
                let Some(loaded) = self.0.load(tx, id)? else { continue };
                facts.extend(self.0.fact(&loaded).filter(|fact| fact.region.starts_with(region)));
            }
            Ok(facts)
        })
    }
}

impl Centre {
    /// Keeps a case's fact beside its row.
    pub(crate) fn keep_fact(&self, tx: &Tx<'_>, loaded: &Loaded) -> Result<()> {
        self.fact(loaded).map_or(Ok(()), |fact| kept::put(tx, &fact))
    }

    fn fact(&self, loaded: &Loaded) -> Option<Fact> {
        let case = &loaded.case;
        let (Some(opening), Ok(item)) = (case.opened(), self.item_of(case)) else { return None };
        case.receipt()?;
        let clocks = self.clocks_of(case, &item);
        let handling = case.handling();
        let day = |at: tongban_domain::case::At| at.map(time::PrimitiveDateTime::date);
        let deemed = handling.deemed_on.as_deref().and_then(parse_date);
        // A proof is received, accepted and issued in one sitting; nobody writes that down three times.
        let sitting = case.proof().and(day(handling.moments.submitted));
        let accepted = deemed.or(day(handling.moments.accepted)).or(sitting);
        let ended = day(handling.moments.ended);
        let promise = clocks.get(LimitKind::Promise).filter(|limit| limit.met.is_some());
        let states = material_state(&item, case);
        let needed = states.iter().filter(|state| state.needed);
        let (asked, free) = needed.fold((0, 0), |(all, free), state| (all + 1, free + usize::from(state.no_paper)));
        let green = |event: &Event| match event {
            Event::CorrectionAsked { missing, approval: Some(_), .. } => {
                missing.iter().filter(|missing| handling.was_green(&missing.requirement)).count()
            }
            _ => 0,
        };
        let today = local_day(self.now());
        Some(Fact {
            case: loaded.id(),
            item: item.key.0.clone(),
            org: item.org.code.clone(),
            region: crate::cases::region_of(&opening.hall),
            hall: opening.hall.0.clone(),
            channel: opening.channel,
            received: day(handling.moments.received).or(sitting),
            accepted,
            ended,
            status: case.status(),
            promised: item.case_type == CaseType::Promised,
            same_day: accepted.is_some() && ended == accepted,
            counted: promise.map(|limit| (limit.counted, limit.days)),
            in_time: promise.is_some_and(|limit| !limit.is_broken(today)),
            materials: (asked, free),
            trips: (case.trips(), item.visits_max),
            corrections: handling.notices.len(),
            returned: matches!(case.status(), CaseStatus::Returned | CaseStatus::Rejected),
            avoidable: loaded.events.iter().map(green).sum(),
            promised_complete: handling.completeness.is_some(),
            station: opening.station.0.clone(),
            people: people(&loaded.events),
        })
    }
}

/// Members of staff with a part in the case, sorted.
fn people(events: &[Event]) -> Vec<String> {
    let by = |event: &Event| match event {
        Event::Accepted { by, .. }
        | Event::Reviewed { by, .. }
        | Event::StepDone { by, .. }
        | Event::Decided { by, .. } => Some(by.0.clone()),
        _ => None,
    };
    let people: std::collections::BTreeSet<String> = events.iter().filter_map(by).collect();
    people.into_iter().collect()
}
