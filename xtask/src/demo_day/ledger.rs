//! What whoever plays the day writes down: nothing of it is asked of the centre.

use super::plan::{Defect, Plan};
use std::collections::BTreeMap;
use time::Date;
use tongban_domain::ids::CaseId;

/// How a case ended, as the player saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// 办结.
    Closed,
    /// 撤回 or 终止, after acceptance.
    Terminated,
    /// 不予受理 or 退件, before it.
    TurnedAway,
    /// 补交不来办结, before acceptance.
    Lapsed,
}

/// One case in play.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The case.
    pub case: CaseId,
    /// What was planned.
    pub plan: Plan,
    /// The materials with the defect.
    pub material: Option<String>,
    /// Region it was filed in.
    pub region: String,
    /// Day it was filed.
    pub filed: Date,
    /// Counts as accepted on this day.
    pub accepted: Option<Date>,
    /// Days the clock counts from and how long it was stopped or extended, if it was.
    pub clock_changed: bool,
    /// The day the decision fell on.
    pub decided: Option<Date>,
    /// How it ended.
    pub end: Option<End>,
    /// Left with a 齐全单.
    pub slip: bool,
    /// Corrections asked for, and those that broke a 齐全单.
    pub corrections: usize,
    /// Of these: broke a promise of completeness.
    pub avoidable: usize,
    /// Defects found before the applicant left.
    pub caught: Option<Defect>,
    /// Days since the last act.
    pub idle: u32,
    /// Rated, and how.
    pub rated: Option<u8>,
    /// A part of a joint case.
    pub part: bool,
    /// A joint case whose parts were opened.
    pub parent: bool,
    /// Special procedure or extension done with.
    pub interlude: bool,
}

impl Entry {
    /// Freshly filed.
    pub fn new(case: CaseId, plan: Plan, region: &str, filed: Date) -> Self {
        Self {
            case,
            plan,
            material: None,
            region: region.to_owned(),
            filed,
            accepted: None,
            clock_changed: false,
            decided: None,
            end: None,
            slip: false,
            corrections: 0,
            avoidable: 0,
            caught: None,
            idle: 0,
            rated: None,
            part: false,
            parent: false,
            interlude: false,
        }
    }
}

/// A bundle as it was sent.
pub struct Sent {
    /// Which station.
    pub station: usize,
    /// Bundle id.
    pub id: uuid::Uuid,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The receipt the centre gave.
    pub receipt: tongban_protocol::bundle::BundleReceipt,
}

/// The player's book.
#[derive(Default)]
pub struct Ledger {
    /// Every case, in the order of filing.
    pub entries: Vec<Entry>,
    /// Every bundle.
    pub sent: Vec<Sent>,
    /// Cards appealed against, and revoked.
    pub appeals: (usize, usize),
    /// Objections raised and departments that did not answer.
    pub shares: (usize, usize),
}

impl Ledger {
    /// How many entries fit.
    pub fn count(&self, fits: impl Fn(&Entry) -> bool) -> u64 {
        self.entries.iter().filter(|entry| fits(entry)).count() as u64
    }

    /// By any key.
    pub fn by<K: Ord>(&self, key: impl Fn(&Entry) -> K) -> BTreeMap<K, u64> {
        self.entries.iter().fold(BTreeMap::new(), |mut counts, entry| {
            *counts.entry(key(entry)).or_default() += 1;
            counts
        })
    }
}
