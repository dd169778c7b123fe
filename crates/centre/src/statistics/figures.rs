//! The formulas, over facts alone.

use super::Fact;
use crate::ratings::Rating;
use std::collections::{BTreeMap, HashMap};
use time::Date;
use tongban_domain::case::CaseStatus;
use tongban_domain::event::Channel;

/// A share: so many of so many. Printed as a percentage by whoever shows it; 0 of 0 is no share.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// Counted.
    pub part: u64,
    /// Of.
    pub whole: u64,
}

impl Share {
    /// Tenths of a per cent; `None` of nothing.
    #[must_use]
    pub const fn permille(self) -> Option<u64> {
        (self.part * 1000).checked_div(self.whole)
    }
}

/// The figures of a period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// 收件.
    pub received: u64,
    /// 办件量: accepted in the period.
    pub accepted: u64,
    /// Of these: ended with 办结.
    pub closed: u64,
    /// Of these: still open.
    pub open: u64,
    /// Of these: withdrawn, terminated or otherwise ended.
    pub terminated: u64,
    /// 办件量 by department.
    pub by_org: BTreeMap<String, u64>,
    /// 办件量 by item.
    pub by_item: BTreeMap<String, u64>,
    /// 即办率: closed on the day of acceptance ÷ closed.
    pub same_day: Share,
    /// 按期办结率 and 提前办结率 over closed 承诺件.
    pub in_time: Share,
    /// 提前办结率.
    pub early: Share,
    /// Counted working days of closed 承诺件: sum and number.
    pub counted_days: (u64, u64),
    /// 免提交材料率.
    pub without_paper: Share,
    /// 一次办成率: closed with at most one visit ÷ closed.
    pub one_visit: Share,
    /// 补正率 ÷ received.
    pub corrected: Share,
    /// 退件率 ÷ received.
    pub returned: Share,
    /// 网办率: kiosk and web ÷ accepted.
    pub online: Share,
    /// 满意率: grades 1 to 3 ÷ evaluated.
    pub satisfied: Share,
    /// 主动评价率: evaluated cases ÷ closed.
    pub rated: Share,
    /// 可避免的退回 among cases with a 齐全单, and corrections among those without one.
    pub avoidable: Share,
    /// 补正率 of cases without a 齐全单.
    pub corrected_without_slip: Share,
}

impl Figures {
    /// accepted = closed + open + terminated.
    #[must_use]
    pub const fn reconcile(&self) -> bool {
        self.accepted == self.closed + self.open + self.terminated
    }
}

fn share<'a>(facts: impl Iterator<Item = &'a Fact>, counts: impl Fn(&Fact) -> bool) -> Share {
    facts.fold(Share::default(), |share, fact| Share {
        part: share.part + u64::from(counts(fact)),
        whole: share.whole + 1,
    })
}

/// Counts a period, both days included. What is received or accepted in it is counted, however it ended.
pub(super) fn count(facts: &[Fact], ratings: &[Rating], from: Date, to: Date) -> Figures {
    let within = |day: Option<Date>| day.is_some_and(|day| from <= day && day <= to);
    let received: Vec<&Fact> = facts.iter().filter(|fact| within(fact.received)).collect();
    let accepted: Vec<&Fact> = facts.iter().filter(|fact| within(fact.accepted)).collect();
    let closed: Vec<&Fact> = accepted.iter().filter(|fact| fact.status == CaseStatus::Closed).copied().collect();
    let promised = || closed.iter().filter(|fact| fact.promised).copied();
    let mut figures = Figures {
        received: received.len() as u64,
        accepted: accepted.len() as u64,
        closed: closed.len() as u64,
        open: accepted.iter().filter(|fact| !fact.status.is_final()).count() as u64,
        terminated: accepted.iter().filter(|fact| fact.status.is_final() && fact.status != CaseStatus::Closed).count()
            as u64,
        same_day: share(closed.iter().copied(), |fact| fact.same_day),
        in_time: share(promised(), |fact| fact.in_time),
        early: share(promised(), |fact| fact.counted.is_some_and(|(counted, days)| counted < u32::from(days))),
        one_visit: share(closed.iter().copied(), |fact| fact.trips.0 <= 1),
        corrected: share(received.iter().copied(), |fact| fact.corrections > 0),
        returned: share(received.iter().copied(), |fact| fact.returned),
        online: share(accepted.iter().copied(), |fact| fact.channel != Channel::Window),
        avoidable: share(received.iter().filter(|fact| fact.promised_complete).copied(), |fact| fact.avoidable > 0),
        corrected_without_slip: share(received.iter().filter(|fact| !fact.promised_complete).copied(), |fact| {
            fact.corrections > 0
        }),
        ..Figures::default()
    };
    for fact in &accepted {
        *figures.by_org.entry(fact.org.clone()).or_default() += 1;
        *figures.by_item.entry(fact.item.clone()).or_default() += 1;
        figures.without_paper.whole += fact.materials.0 as u64;
        figures.without_paper.part += fact.materials.1 as u64;
    }
    for (counted, _) in promised().filter_map(|fact| fact.counted) {
        figures.counted_days.0 += u64::from(counted);
        figures.counted_days.1 += 1;
    }
    rated(&mut figures, &closed, ratings);
    figures
}

fn rated(figures: &mut Figures, closed: &[&Fact], ratings: &[Rating]) {
    let mut of: HashMap<&str, Vec<&Rating>> = HashMap::new();
    ratings.iter().for_each(|rating| of.entry(&rating.case).or_default().push(rating));
    for fact in closed {
        let given = of.get(fact.case.to_string().as_str()).map_or(&[][..], Vec::as_slice);
        figures.rated.whole += 1;
        figures.rated.part += u64::from(!given.is_empty());
        figures.satisfied.whole += given.len() as u64;
        figures.satisfied.part += given.iter().filter(|rating| rating.grade.code() <= 3).count() as u64;
    }
}
