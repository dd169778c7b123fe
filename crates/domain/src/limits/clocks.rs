//! 办件时钟: every time limit of one case, from its own events.
//!
//! Five clocks (行政许可法 Art. 32, 42, 44, 45; the item's promise): the five-day decision on
//! acceptance, the correction timer, promise and statutory limit with stops and extension, and
//! delivery. Nothing is stored: the clocks are counted from the case and the calendar, so a
//! corrected calendar corrects every due date.

use super::{Calendar, Due, Suspension, counted_days, due, parse_date};
use crate::case::{Case, CaseStatus};
use crate::item::{CaseType, ServiceItem};
use time::{Date, PrimitiveDateTime, Time};

/// Working days to accept, reject or tell what is missing (Art. 32).
pub const DECISION_ON_ACCEPTANCE_DAYS: u16 = 5;
/// Working days to deliver after a grant (Art. 44).
pub const DELIVERY_DAYS: u16 = 10;
/// Working days to supply what a notice names, unless the item says otherwise.
pub const CORRECTION_DAYS: u16 = 10;
/// Most working days of joint handling (Art. 42).
pub const JOINT_DAYS_MAX: u16 = 45;

/// 时限种类.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitKind {
    /// 受理时限: five working days from receipt.
    Acceptance,
    /// 补正时限.
    Correction,
    /// 承诺时限.
    Promise,
    /// 法定时限.
    Statutory,
    /// 容缺补齐时限.
    Deferral,
    /// 送达时限.
    Delivery,
}

impl LimitKind {
    /// Stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Acceptance => "acceptance",
            Self::Correction => "correction",
            Self::Promise => "promise",
            Self::Statutory => "statutory",
            Self::Deferral => "deferral",
            Self::Delivery => "delivery",
        }
    }
}

/// 时限: one running, stopped or finished limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Which.
    pub kind: LimitKind,
    /// Day 0.
    pub from: Date,
    /// Working days allowed; for a limit given as a date, what it comes to.
    pub days: u16,
    /// Due date; `None` while the clock is stopped.
    pub due: Option<Due>,
    /// Working days counted so far, the day itself included.
    pub counted: u32,
    /// When it was met; `None` while it runs.
    pub met: Option<Date>,
}

impl Limit {
    /// Past its last day: still open, or met too late.
    #[must_use]
    pub fn is_broken(&self, today: Date) -> bool {
        let day = self.met.unwrap_or(today);
        self.due.is_some_and(|due| day > due.date)
    }

    /// Working days left; 0 on the last day and after it.
    #[must_use]
    pub fn left(&self) -> u32 {
        u32::from(self.days).saturating_sub(self.counted)
    }
}

/// 时限状态灯.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Alarm {
    /// 正常.
    None,
    /// 提醒: a fifth of the time or one working day left.
    Remind,
    /// 黄牌.
    Yellow,
    /// 红牌.
    Red,
}

impl Alarm {
    /// Stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Remind => "remind",
            Self::Yellow => "yellow",
            Self::Red => "red",
        }
    }
}

/// 计时条件: what counting needs beside the case.
#[derive(Debug, Clone, Copy)]
pub struct Timing<'a> {
    /// The calendar.
    pub calendar: &'a Calendar,
    /// Close of business.
    pub close: Time,
    /// Now, local.
    pub now: PrimitiveDateTime,
}

/// 办件时钟: every clock of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clocks {
    limits: Vec<Limit>,
    today: Date,
    deemed: bool,
}

/// The clocks of a case filed under an item.
#[must_use]
pub fn clocks(case: &Case, item: &ServiceItem, timing: Timing<'_>) -> Clocks {
    let mut limits = Vec::new();
    let count = Count { timing, stops: stops(case) };
    let handling = case.handling();
    let moments = &handling.moments;
    if case.parent_like() {
        return Clocks { limits, today: timing.now.date(), deemed: false };
    }
    if let Some(received) = moments.received {
        // A notice answered starts the five days anew from the day everything was there.
        let from = handling.notices.iter().filter_map(|notice| notice.done.flatten()).next_back().unwrap_or(received);
        let asked = handling.open_notice().and_then(|notice| notice.asked);
        let ended = moments.ended.filter(|_| moments.accepted.is_none());
        let met = moments.accepted.or(asked).or(ended).map(PrimitiveDateTime::date);
        limits.extend(count.limit(LimitKind::Acceptance, from.date(), DECISION_ON_ACCEPTANCE_DAYS, met));
    }
    if let Some(notice) = handling.notices.last()
        && let (Some(asked), Some(last)) = (notice.asked, parse_date(&notice.due))
    {
        let met = notice.done.flatten().map(PrimitiveDateTime::date);
        limits.push(count.until(LimitKind::Correction, asked.date(), last, met));
    }
    if let Some(accepted) = count.accepted(case) {
        let met = moments.decided.or(moments.ended).map(PrimitiveDateTime::date);
        let more = handling.extension.as_ref().map_or(0, |extension| extension.days);
        if item.case_type == CaseType::Promised {
            limits.extend(count.limit(LimitKind::Promise, accepted, item.promised_days + more, met));
        }
        limits.extend(count.limit(LimitKind::Statutory, accepted, item.statutory_days + more, met));
        if let Some(deferral) = &handling.deferral
            && let Some(last) = parse_date(&deferral.supply_by)
        {
            let met = if deferral.is_open() { None } else { Some(timing.now.date().min(last)) };
            limits.push(count.until(LimitKind::Deferral, accepted, last, met));
        }
    }
    if let Some(decided) = moments.decided
        && case.decision().is_some_and(|decision| decision.granted)
    {
        let met = moments.delivered.or(moments.ended).map(PrimitiveDateTime::date);
        limits.extend(count.plain(LimitKind::Delivery, decided.date(), DELIVERY_DAYS, met));
    }
    Clocks { limits, today: timing.now.date(), deemed: handling.deemed_on.is_some() }
}

impl Case {
    /// A joint parent has no clock of its own: its parts have.
    fn parent_like(&self) -> bool {
        !self.handling().parts.is_empty()
    }
}

/// 特别程序 that stopped the clock.
fn stops(case: &Case) -> Vec<Suspension> {
    let specials = case.handling().specials.iter();
    specials
        .filter_map(|special| {
            let to = match &special.ended {
                None => None,
                Some((_, at)) => Some((*at)?),
            };
            Some(Suspension { from: special.from?, to })
        })
        .collect()
}

struct Count<'a> {
    timing: Timing<'a>,
    stops: Vec<Suspension>,
}

impl Count<'_> {
    /// Day 0 of promise and statutory limit: the day of acceptance, or of receipt when deemed.
    fn accepted(&self, case: &Case) -> Option<Date> {
        let deemed = case.handling().deemed_on.as_deref().and_then(parse_date);
        deemed.or(case.handling().moments.accepted.map(PrimitiveDateTime::date))
    }

    fn limit(&self, kind: LimitKind, from: Date, days: u16, met: Option<Date>) -> Option<Limit> {
        self.counted(kind, from, days, met, &self.stops)
    }

    /// A limit that no special procedure stops.
    fn plain(&self, kind: LimitKind, from: Date, days: u16, met: Option<Date>) -> Option<Limit> {
        self.counted(kind, from, days, met, &[])
    }

    fn counted(
        &self,
        kind: LimitKind,
        from: Date,
        days: u16,
        met: Option<Date>,
        stops: &[Suspension],
    ) -> Option<Limit> {
        let Timing { calendar, close, now } = self.timing;
        let until = met.unwrap_or_else(|| now.date());
        let counted = counted_days(calendar, from, until, stops, close);
        Some(Limit { kind, from, days, due: due(calendar, from, days, stops, close), counted, met })
    }

    /// A limit told as a date.
    fn until(&self, kind: LimitKind, from: Date, last: Date, met: Option<Date>) -> Limit {
        let Timing { calendar, close, now } = self.timing;
        let days = counted_days(calendar, from, last, &[], close);
        let until = met.unwrap_or_else(|| now.date());
        Limit {
            kind,
            from,
            days: u16::try_from(days).unwrap_or(u16::MAX),
            due: Some(Due { date: last, estimated: !calendar.knows(last.year()) }),
            counted: counted_days(calendar, from, until, &[], close),
            met,
        }
    }
}

impl Clocks {
    /// Every limit, in the order of a case's life.
    #[must_use]
    pub fn limits(&self) -> &[Limit] {
        &self.limits
    }

    /// One limit.
    #[must_use]
    pub fn get(&self, kind: LimitKind) -> Option<&Limit> {
        self.limits.iter().find(|limit| limit.kind == kind)
    }

    /// The limit the case is waiting for now.
    #[must_use]
    pub fn running(&self) -> Option<&Limit> {
        self.limits.iter().filter(|limit| limit.met.is_none()).min_by_key(|limit| limit.due.map(|due| due.date))
    }

    /// Whether the clock that runs is stopped.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.get(LimitKind::Promise).is_some_and(|limit| limit.met.is_none() && limit.due.is_none())
    }

    /// The five days are over and nothing was said: the case counts as accepted (Art. 32).
    #[must_use]
    pub fn is_deemed_accepted(&self, status: CaseStatus) -> bool {
        let over =
            self.get(LimitKind::Acceptance).is_some_and(|limit| limit.met.is_none() && limit.is_broken(self.today));
        status == CaseStatus::Received && over
    }

    /// The lamp of the case and the limit it burns for.
    #[must_use]
    pub fn alarm(&self) -> (Alarm, Option<LimitKind>) {
        if self.deemed {
            return (Alarm::Red, Some(LimitKind::Acceptance));
        }
        let lamps = self.limits.iter().map(|limit| (self.lamp(limit), Some(limit.kind)));
        lamps.max_by_key(|(alarm, _)| *alarm).unwrap_or((Alarm::None, None))
    }

    fn lamp(&self, limit: &Limit) -> Alarm {
        let broken = limit.is_broken(self.today);
        match limit.kind {
            LimitKind::Statutory if broken => return Alarm::Red,
            LimitKind::Promise | LimitKind::Delivery if broken => return Alarm::Yellow,
            // Day four of five: one more and the case is accepted by itself.
            LimitKind::Acceptance if limit.met.is_none() && broken => return Alarm::Red,
            LimitKind::Acceptance if limit.met.is_none() && limit.left() <= 1 => return Alarm::Yellow,
            _ => {}
        }
        let near = limit.left() <= 1 || limit.left() * 5 <= u32::from(limit.days);
        let watched = !matches!(limit.kind, LimitKind::Statutory);
        if limit.met.is_none() && limit.due.is_some() && watched && near { Alarm::Remind } else { Alarm::None }
    }
}
