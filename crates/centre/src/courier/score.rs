//! 寄递评价: what couriers did, counted from the steps of their own parcels.

use super::{Courier, PARCELS, Parcel};
use crate::error::Result;
use crate::office::{self, EVER};
use crate::rights::Action;
use crate::staff::Member;
use std::collections::BTreeMap;
use time::Date;
use tongban_domain::clock::WallTime;
use tongban_domain::limits::local_day;

/// 约定送达: working days from the order to the signature.
pub const ON_TIME_DAYS: u16 = 3;
/// Without a signature for so many days a parcel counts as lost until it turns up.
pub const LOST_DAYS: i64 = 10;

/// One courier over a term.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CarrierScore {
    /// 寄递单位; empty where none was written down.
    pub carrier: String,
    /// Ordered.
    pub ordered: u64,
    /// 签收.
    pub signed: u64,
    /// 签收 within [`ON_TIME_DAYS`].
    pub on_time: u64,
    /// 退回: refused, or nobody was there.
    pub back: u64,
    /// Neither signed nor back after [`LOST_DAYS`].
    pub lost: u64,
    /// Whole days of those signed, together.
    pub days: u64,
}

impl CarrierScore {
    /// Share on time of those that have come to an end, permille; `None` before the first.
    #[must_use]
    pub fn on_time_permille(&self) -> Option<u64> {
        (self.on_time * 1_000).checked_div(self.signed + self.back + self.lost)
    }

    /// Mean days to the signature, in tenths; `None` before the first.
    #[must_use]
    pub fn days_tenths(&self) -> Option<u64> {
        (self.days * 20 + self.signed).checked_div(self.signed * 2)
    }
}

impl Courier<'_> {
    /// Every courier with parcels ordered from `from` to `to`, both days included; the best first.
    pub fn scores(&self, by: &Member, from: Date, to: Date) -> Result<Vec<CarrierScore>> {
        by.require(Action::ViewLicences)?;
        let all: Vec<Parcel> = self.0.look(|tx| office::list(tx, PARCELS, EVER))?;
        let today = local_day(self.0.now());
        let mut scores: BTreeMap<String, CarrierScore> = BTreeMap::new();
        for parcel in &all {
            let Some((ordered, _)) = parcel.steps.first() else { continue };
            let ordered = local_day(WallTime(*ordered));
            if ordered < from || ordered > to {
                continue;
            }
            let score = scores.entry(parcel.carrier.clone()).or_default();
            score.carrier.clone_from(&parcel.carrier);
            self.count(score, parcel, ordered, today)?;
        }
        let mut scores: Vec<CarrierScore> = scores.into_values().collect();
        scores.sort_by_key(|one| std::cmp::Reverse(one.on_time_permille()));
        Ok(scores)
    }

    fn count(&self, score: &mut CarrierScore, parcel: &Parcel, ordered: Date, today: Date) -> Result<()> {
        score.ordered += 1;
        match parcel.state.as_str() {
            "signed" => {
                let last = parcel.steps.last().map_or(ordered, |(at, _)| local_day(WallTime(*at)));
                score.signed += 1;
                score.days += u64::try_from((last - ordered).whole_days()).unwrap_or(0);
                score.on_time += u64::from(last <= self.0.limits().due(ordered, ON_TIME_DAYS)?.date);
            }
            "back" => score.back += 1,
            _ if (today - ordered).whole_days() > LOST_DAYS => score.lost += 1,
            _ => {}
        }
        Ok(())
    }
}
