//! 办理流程 as data: steps, seats, branches, parallel groups, returns; and where a case stands in it.

use super::condition::{Condition, View};
use super::data::ServiceItem;
use crate::case::{At, Case, CaseStatus, StepOutcome};
use crate::ids::StaffId;
use serde::{Deserialize, Serialize};

/// 办理环节.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkflowStep {
    /// 环节名称, unique within the item.
    pub name: String,
    /// 岗位 that does it, in words.
    pub role: String,
    /// 环节时限 in working days; 0 for the same day.
    pub days: u16,
    /// 特别程序 this step may start, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub special: Option<String>,
    /// What kind of step it is; without it the name tells (受理, 公示, 决定, 制证).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat: Option<Seat>,
    /// 分支: the step applies only when this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// 并行: steps in a row with the same word are open together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub together: Option<String>,
    /// Steps it may be returned to; empty for any earlier one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub return_to: Vec<String>,
}

/// 环节性质.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seat {
    /// 受理.
    Intake,
    /// 审查, 复核, 核查: anything that forms an opinion.
    Review,
    /// 公示 and the like: outside the clock.
    Publicity,
    /// 决定.
    Decide,
    /// 制证.
    Make,
    /// Done by the program or by the applicant at a kiosk.
    Automatic,
}

impl WorkflowStep {
    /// The step's kind.
    #[must_use]
    pub fn seat(&self) -> Seat {
        self.seat.unwrap_or_else(|| match (self.name.as_str(), self.role.as_str()) {
            ("公示", _) => Seat::Publicity,
            (_, "系统" | "自助") => Seat::Automatic,
            ("受理" | "收件", _) => Seat::Intake,
            (name, _) if name.contains("决定") => Seat::Decide,
            (name, _) if name.contains("制证") || name.contains("发证") => Seat::Make,
            _ => Seat::Review,
        })
    }
}

/// 待办环节: a step that waits for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenStep {
    /// 环节名称.
    pub name: String,
    /// 岗位.
    pub role: String,
    /// Kind.
    pub seat: Seat,
    /// 环节时限 in working days.
    pub days: u16,
    /// Since when it is open.
    pub since: At,
    /// The person it was given to.
    pub assigned: Option<StaffId>,
}

/// 办理进程: where a case stands in its item's workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// Steps that wait, in the item's order; several when they are parallel.
    pub open: Vec<OpenStep>,
    /// Names of steps done, in the item's order.
    pub done: Vec<String>,
}

impl Flow {
    /// The open step of this name.
    #[must_use]
    pub fn step(&self, name: &str) -> Option<&OpenStep> {
        self.open.iter().find(|step| step.name == name)
    }

    /// The first open step of a kind.
    #[must_use]
    pub fn seat(&self, seat: Seat) -> Option<&OpenStep> {
        self.open.iter().find(|step| step.seat == seat)
    }
}

/// Where the case stands. A running case is read with the version of the item it was filed under.
#[must_use]
pub fn flow(item: &ServiceItem, case: &Case) -> Flow {
    let records = case.standing_records();
    let form = case.form_as_fixed();
    let view = View { values: &form, card: case.card(), records: &records };
    let applies = |step: &&WorkflowStep| step.when.as_ref().is_none_or(|condition| condition.holds(&view));
    let steps: Vec<&WorkflowStep> = item.workflow.iter().filter(applies).collect();
    let mut place = Place { done: vec![false; steps.len()], since: vec![None; steps.len()], steps };
    place.walk(case);
    let assigned = |step: &WorkflowStep| case.handling().assigned.get(&step.name).cloned();
    let open = if case.status().is_final() { Vec::new() } else { place.open() };
    Flow {
        open: open
            .into_iter()
            .map(|n| OpenStep {
                name: place.steps[n].name.clone(),
                role: place.steps[n].role.clone(),
                seat: place.steps[n].seat(),
                days: place.steps[n].days,
                since: place.since[n],
                assigned: assigned(place.steps[n]),
            })
            .collect(),
        done: place
            .steps
            .iter()
            .zip(&place.done)
            .filter(|(_, done)| **done)
            .map(|(step, _)| step.name.clone())
            .collect(),
    }
}

impl ServiceItem {
    /// Whether a step may be returned to an earlier one.
    #[must_use]
    pub fn may_return(&self, from: &str, to: &str) -> bool {
        let at = |name: &str| self.workflow.iter().position(|step| step.name == name);
        let (Some(here), Some(back)) = (at(from), at(to)) else { return false };
        let named = &self.workflow[here].return_to;
        let person = !matches!(self.workflow[back].seat(), Seat::Automatic | Seat::Publicity | Seat::Intake);
        back < here && person && (named.is_empty() || named.iter().any(|name| name == to))
    }
}

struct Place<'a> {
    steps: Vec<&'a WorkflowStep>,
    done: Vec<bool>,
    since: Vec<At>,
}

impl Place<'_> {
    fn walk(&mut self, case: &Case) {
        let moments = &case.handling().moments;
        self.opened(moments.received);
        if case.acceptance().is_some() {
            self.finish_seat(Seat::Intake, moments.accepted);
        }
        for taken in &case.handling().steps {
            let named = taken.step.as_ref().and_then(|name| self.steps.iter().position(|step| &step.name == name));
            match &taken.outcome {
                StepOutcome::ReturnedTo(to) => self.back(to, taken.at),
                StepOutcome::Passed | StepOutcome::Failed => {
                    // A plain review is the review step that waits; a step of another version is none of ours.
                    let plain = || self.open().into_iter().find(|n| self.steps[*n].seat() == Seat::Review);
                    let at = if taken.step.is_some() { named } else { plain() };
                    if let Some(n) = at {
                        self.finish(n, taken.at);
                    }
                }
            }
        }
        if case.decision().is_some() {
            for seat in [Seat::Review, Seat::Publicity, Seat::Decide] {
                self.finish_seat(seat, moments.decided);
            }
        }
        if matches!(case.status(), CaseStatus::Ready | CaseStatus::Delivered | CaseStatus::Closed) {
            self.finish_seat(Seat::Make, moments.delivered);
        }
    }

    fn finish(&mut self, n: usize, at: At) {
        self.done[n] = true;
        self.opened(at);
    }

    fn finish_seat(&mut self, seat: Seat, at: At) {
        for n in 0..self.steps.len() {
            if self.steps[n].seat() == seat {
                self.done[n] = true;
            }
        }
        self.opened(at);
    }

    fn back(&mut self, to: &str, at: At) {
        let Some(from) = self.steps.iter().position(|step| step.name == to) else { return };
        for n in from..self.steps.len() {
            self.done[n] = false;
            self.since[n] = None;
        }
        self.opened(at);
    }

    /// Marks when the steps now open became so.
    fn opened(&mut self, at: At) {
        for n in self.open() {
            if self.since[n].is_none() {
                self.since[n] = at;
            }
        }
    }

    /// The first step not done, and those beside it in its group. Automatic steps do themselves.
    fn open(&self) -> Vec<usize> {
        let waits = |n: &usize| !self.done[*n] && self.steps[*n].seat() != Seat::Automatic;
        let Some(first) = (0..self.steps.len()).find(waits) else { return Vec::new() };
        let group = self.steps[first].together.as_deref();
        let beside = |n: &usize| {
            *n == first || (group.is_some() && self.steps[first..=*n].iter().all(|s| s.together.as_deref() == group))
        };
        (first..self.steps.len()).filter(beside).filter(waits).collect()
    }
}
