//! 绩效: a weighted score for each department, window and person, with ranks, and appeals against it.
//!
//! Every part is a share of 5.3 over the cases of the period; nothing else goes in. A part without a base
//! (nobody rated, nothing closed) is left out and the others' weights stand for it. Weights are data: who set
//! them and why is kept, and changing them changes ranks, not counts.

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::office::{self, EVER, Key, Place};
use crate::ratings::Rating;
use crate::rights::{Action, region_prefix};
use crate::staff::{Member, log};
use crate::statistics::{Fact, Share};
use crate::supervision::Card;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use time::Date;
use tongban_domain::case::CaseStatus;
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::StaffId;

const WEIGHTS: &str = "score_weights";
const APPEALS: &str = "score_appeal";
/// Highest weight of one part.
const WEIGHT_MAX: u32 = 100;

/// What is scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scored {
    /// 部门.
    Department,
    /// 窗口.
    Window,
    /// 人员.
    Person,
}

impl Scored {
    /// Stable word.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Department => "department",
            Self::Window => "window",
            Self::Person => "person",
        }
    }

    /// The kind with this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Department, Self::Window, Self::Person].into_iter().find(|one| one.key() == word)
    }
}

/// 权重 of the parts, each 0 to 100; only their proportions matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weights {
    /// 按期办结率.
    pub in_time: u32,
    /// 提前办结率.
    pub early: u32,
    /// 满意率.
    pub satisfied: u32,
    /// 一次办成率.
    pub one_visit: u32,
    /// 1 − 补正率.
    pub uncorrected: u32,
    /// Cases without a yellow or red card ÷ cases.
    pub without_card: u32,
}

impl Default for Weights {
    fn default() -> Self {
        Self { in_time: 30, early: 10, satisfied: 25, one_visit: 10, uncorrected: 10, without_card: 15 }
    }
}

/// Weights as set: version, by whom and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeightsSet {
    /// Counts up from 1; 0 are the defaults.
    pub version: u64,
    /// The weights.
    pub weights: Weights,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When, ms.
    pub at_ms: i64,
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreLine {
    /// Department code, window or account.
    pub key: String,
    /// 办件量 it is scored over.
    pub cases: u64,
    /// Parts: name, share that counts for it, weight.
    pub parts: Vec<(&'static str, Share, u32)>,
    /// Tenths of a point, 0 to 1000; `None` without any base.
    pub score: Option<u64>,
    /// 1 is best; equals share a rank. `None` without a score.
    pub rank: Option<usize>,
}

/// 申诉 against a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreAppeal {
    /// Record.
    pub id: String,
    /// What is scored, whose.
    pub scored: Scored,
    /// Department code, window or account.
    pub key: String,
    /// First and last day.
    pub period: (String, String),
    /// By whom and what is said.
    pub by: StaffId,
    /// 申诉理由.
    pub text: String,
    /// When, ms.
    pub at_ms: i64,
    /// 复核: by whom, upheld or not, why.
    pub answer: Option<(StaffId, bool, String)>,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Performance<'a>(pub(crate) &'a Centre);

impl Centre {
    /// 绩效.
    #[must_use]
    pub const fn performance(&self) -> Performance<'_> {
        Performance(self)
    }
}

impl Performance<'_> {
    /// The weights in force.
    pub fn weights(&self) -> Result<WeightsSet> {
        let set: Vec<WeightsSet> = self.0.look(|tx| office::list(tx, WEIGHTS, EVER))?;
        let default = || WeightsSet {
            version: 0,
            weights: Weights::default(),
            by: "system".to_owned(),
            reason: "初始权重".to_owned(),
            at_ms: 0,
        };
        Ok(set.into_iter().max_by_key(|one| one.version).unwrap_or_else(default))
    }

    /// Sets new weights, with a reason; earlier ones are kept.
    pub fn set_weights(&self, by: &Member, weights: Weights, reason: &str) -> Result<WeightsSet> {
        by.require(Action::Supervise)?;
        let all = list(&weights);
        if reason.trim().is_empty() {
            return Err(CentreError::invalid(ErrorCode::ReasonMissing, "weights without a reason"));
        }
        if all.iter().any(|weight| *weight > WEIGHT_MAX) || all.iter().sum::<u32>() == 0 {
            return Err(CentreError::invalid(ErrorCode::FieldInvalid, "weights"));
        }
        let version = self.weights()?.version + 1;
        let set = WeightsSet {
            version,
            weights,
            by: by.id.0.clone(),
            reason: reason.trim().to_owned(),
            at_ms: self.0.now_ms(),
        };
        self.0.office(|tx| {
            let id = format!("{version:06}");
            let place = Place { room: WEIGHTS, id: &id, a: "", b: "", state: "in_force", at_ms: set.at_ms };
            office::put(tx, place, &set)?;
            log(tx, set.at_ms, &by.id.0, "score.weights", &id, "ok", &set.reason)
        })?;
        Ok(set)
    }

    /// The table of a period, best first, in the member's region.
    pub fn table(&self, by: &Member, scored: Scored, from: Date, to: Date) -> Result<Vec<ScoreLine>> {
        by.require(Action::ViewStatistics)?;
        let facts = self.0.statistics().accepted_between(region_prefix(&by.region), from, to)?;
        let ratings = self.0.ratings().counted_since(i64::MIN)?;
        let cards: Vec<Card> = self.0.supervision().in_force()?;
        let weights = self.weights()?.weights;
        Ok(ranked(&grouped(scored, &facts, &ratings, &cards), &weights))
    }

    /// 申诉 by whoever the score is about, or the head of the department.
    pub fn appeal(
        &self,
        by: &Member,
        (scored, key): (Scored, &str),
        period: (&str, &str),
        text: &str,
    ) -> Result<ScoreAppeal> {
        if scored == Scored::Person && by.id.0 != key {
            by.require(Action::Assign)?;
        }
        if text.trim().is_empty() || key.is_empty() {
            return Err(CentreError::invalid(ErrorCode::ReasonMissing, "appeal without words"));
        }
        let appeal = ScoreAppeal {
            id: self.0.record_id(),
            scored,
            key: key.to_owned(),
            period: (period.0.to_owned(), period.1.to_owned()),
            by: by.id.clone(),
            text: text.trim().to_owned(),
            at_ms: self.0.now_ms(),
            answer: None,
        };
        self.save(&appeal, &by.id.0, "score.appeal")?;
        Ok(appeal)
    }

    /// 复核, by somebody else.
    pub fn answer(&self, by: &Member, id: &str, upheld: bool, reason: &str) -> Result<ScoreAppeal> {
        by.require(Action::Supervise)?;
        let mut appeal: ScoreAppeal = self.0.look(|tx| office::known(tx, APPEALS, id))?;
        if appeal.by == by.id || (appeal.scored == Scored::Person && appeal.key == by.id.0) {
            return Err(CentreError::forbidden(ErrorCode::SamePerson, "one's own appeal"));
        }
        if appeal.answer.is_some() || reason.trim().is_empty() {
            return Err(CentreError::refused(Refusal::Conflict, ErrorCode::CaseState, "answered, or no words"));
        }
        appeal.answer = Some((by.id.clone(), upheld, reason.trim().to_owned()));
        self.save(&appeal, &by.id.0, "score.answer")?;
        Ok(appeal)
    }

    /// Every appeal, oldest first.
    pub fn appeals(&self, by: &Member) -> Result<Vec<ScoreAppeal>> {
        by.require(Action::ViewStatistics)?;
        self.0.look(|tx| office::list(tx, APPEALS, EVER))
    }

    /// Open appeals about one key.
    pub fn open_appeals(&self, key: &str) -> Result<Vec<ScoreAppeal>> {
        let all: Vec<ScoreAppeal> = self.0.look(|tx| office::list(tx, APPEALS, Key::A(key)))?;
        Ok(all.into_iter().filter(|appeal| appeal.answer.is_none()).collect())
    }

    fn save(&self, appeal: &ScoreAppeal, by: &str, action: &str) -> Result<()> {
        self.0.office(|tx| {
            let state = if appeal.answer.is_some() { "answered" } else { "open" };
            let place =
                Place { room: APPEALS, id: &appeal.id, a: &appeal.key, b: &appeal.by.0, state, at_ms: appeal.at_ms };
            office::put(tx, place, appeal)?;
            log(tx, self.0.now_ms(), by, action, &appeal.key, "ok", &appeal.text)
        })
    }
}

const fn list(weights: &Weights) -> [u32; 6] {
    [weights.in_time, weights.early, weights.satisfied, weights.one_visit, weights.uncorrected, weights.without_card]
}

/// What is counted of one key.
#[derive(Default)]
struct Counted<'f> {
    facts: Vec<&'f Fact>,
    satisfied: Share,
    carded: BTreeSet<String>,
}

fn grouped<'f>(scored: Scored, facts: &'f [Fact], ratings: &[Rating], cards: &[Card]) -> BTreeMap<String, Counted<'f>> {
    let mut groups: BTreeMap<String, Counted<'f>> = BTreeMap::new();
    let mut of_case: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for fact in facts {
        let keys: Vec<String> = match scored {
            Scored::Department => vec![fact.org.clone()],
            Scored::Window => vec![fact.station.clone()],
            Scored::Person => fact.people.clone(),
        };
        for key in &keys {
            groups.entry(key.clone()).or_default().facts.push(fact);
        }
        of_case.insert(fact.case.to_string(), keys);
    }
    for rating in ratings {
        // A mark for a window or a person counts for that one; a mark for the service counts for the department.
        let keys: Vec<String> = match scored {
            Scored::Department => of_case.get(&rating.case).cloned().unwrap_or_default(),
            Scored::Window => vec![rating.place.clone()],
            Scored::Person => rating.staff.iter().cloned().collect(),
        };
        for key in keys.iter().filter(|_| of_case.contains_key(&rating.case)) {
            let Some(group) = groups.get_mut(key) else { continue };
            group.satisfied.whole += 1;
            group.satisfied.part += u64::from(!rating.grade.is_bad());
        }
    }
    for card in cards {
        let keys = of_case.get(&card.case).cloned().unwrap_or_default();
        // A card on somebody is that person's alone.
        let whose = |key: &&String| scored != Scored::Person || card.person.as_ref().is_none_or(|who| who.0 == **key);
        for key in keys.iter().filter(whose) {
            if let Some(group) = groups.get_mut(key) {
                group.carded.insert(card.case.clone());
            }
        }
    }
    groups
}

fn parts(counted: &Counted<'_>, weights: &Weights) -> Vec<(&'static str, Share, u32)> {
    let share = |facts: &mut dyn Iterator<Item = &&Fact>, counts: &dyn Fn(&Fact) -> bool| {
        facts.fold(Share::default(), |share, fact| Share {
            part: share.part + u64::from(counts(fact)),
            whole: share.whole + 1,
        })
    };
    let closed = || counted.facts.iter().filter(|fact| fact.status == CaseStatus::Closed);
    let promised = || closed().filter(|fact| fact.promised);
    let all = || counted.facts.iter();
    vec![
        ("按期办结率", share(&mut promised(), &|fact| fact.in_time), weights.in_time),
        (
            "提前办结率",
            share(&mut promised(), &|fact| fact.counted.is_some_and(|(used, days)| used < u32::from(days))),
            weights.early,
        ),
        ("满意率", counted.satisfied, weights.satisfied),
        ("一次办成率", share(&mut closed(), &|fact| fact.trips.0 <= 1), weights.one_visit),
        ("无补正率", share(&mut all(), &|fact| fact.corrections == 0), weights.uncorrected),
        (
            "无红黄牌率",
            share(&mut all(), &|fact| !counted.carded.contains(&fact.case.to_string())),
            weights.without_card,
        ),
    ]
}

/// Weighted mean of the parts that have a base, in tenths of a point, rounded half up.
fn score(parts: &[(&'static str, Share, u32)]) -> Option<u64> {
    let with_base = parts.iter().filter(|(_, share, weight)| share.whole > 0 && *weight > 0);
    let (mut sum, mut weights) = (0_u64, 0_u64);
    for (_, share, weight) in with_base {
        sum += u64::from(*weight) * (share.part * 100_000 / share.whole);
        weights += u64::from(*weight);
    }
    (weights > 0).then(|| (sum / weights + 50) / 100)
}

fn ranked(groups: &BTreeMap<String, Counted<'_>>, weights: &Weights) -> Vec<ScoreLine> {
    let line = |(key, counted): (&String, &Counted<'_>)| {
        let parts = parts(counted, weights);
        ScoreLine { key: key.clone(), cases: counted.facts.len() as u64, score: score(&parts), parts, rank: None }
    };
    let mut lines: Vec<ScoreLine> = groups.iter().map(line).collect();
    lines.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| a.key.cmp(&b.key)));
    let scores: Vec<Option<u64>> = lines.iter().map(|line| line.score).collect();
    for line in &mut lines {
        line.rank = line.score.and_then(|own| scores.iter().position(|one| *one == Some(own))).map(|at| at + 1);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(part: u64, whole: u64, weight: u32) -> (&'static str, Share, u32) {
        ("", Share { part, whole }, weight)
    }

    #[test]
    fn a_score_is_the_weighted_mean_and_a_part_without_base_is_left_out() {
        assert_eq!(score(&[part(1, 1, 30), part(1, 2, 10)]), Some(875), "(30·100 + 10·50) / 40");
        assert_eq!(score(&[part(1, 1, 30), part(0, 0, 70)]), Some(1000), "nobody rated: the rest stands for it");
        assert_eq!(score(&[part(2, 3, 1)]), Some(667));
        assert_eq!(score(&[part(0, 0, 5)]), None, "no base at all is no score, not a zero");
        assert_eq!(score(&[part(0, 4, 5), part(4, 4, 0)]), Some(0), "a weight of nothing counts nothing");
    }
}
