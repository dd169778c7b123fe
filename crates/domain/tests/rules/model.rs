//! A model of 2.7's table, written from the table alone, walked beside the case: at every step of a
//! random history both must agree on what is legal and where it leads.

use crate::laws::{
    accepted, asked, decided, hand, missing, paper, received, resumed, step, supplied, suspended, terminated, who,
};
use crate::support::*;
use proptest::prelude::*;
use std::collections::BTreeSet;
use tongban_domain::case::{Case, CaseStatus};
use tongban_domain::event::{Approval, CloseCode, Event, PaperKind};

const THINGS: [&str; 3] = ["m05", "m08", "m09"];
const PEOPLE: [&str; 3] = ["a", "b", "c"];

/// One thing somebody tries.
#[derive(Debug, Clone)]
enum Try {
    Ask(Vec<usize>, usize, Option<usize>),
    Supply(Vec<usize>),
    Fix,
    Accept,
    Deem,
    Reject,
    Return,
    Defer(Vec<usize>),
    Deferred(usize),
    Notice(usize),
    Suspend(usize),
    Resume,
    Extend(usize, usize, u16),
    Step(usize, bool),
    Host(usize),
    Decide(usize, bool, bool),
    Allot,
    Terminate,
    Withdraw,
    Close(usize),
}

fn things() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::btree_set(0usize..3, 0..3).prop_map(|set| set.into_iter().collect())
}

fn any_try() -> impl Strategy<Value = Try> {
    let person = 0usize..3;
    prop_oneof![
        3 => (things(), person.clone(), prop::option::of(0usize..3)).prop_map(|(t, by, ok)| Try::Ask(t, by, ok)),
        3 => things().prop_map(Try::Supply),
        1 => Just(Try::Fix),
        4 => Just(Try::Accept),
        1 => Just(Try::Deem),
        1 => Just(Try::Reject),
        1 => Just(Try::Return),
        2 => things().prop_map(Try::Defer),
        2 => (0usize..3).prop_map(Try::Deferred),
        3 => (0usize..2).prop_map(Try::Notice),
        3 => (0usize..2).prop_map(Try::Suspend),
        3 => Just(Try::Resume),
        2 => (person.clone(), 0usize..3, 0u16..13).prop_map(|(by, head, days)| Try::Extend(by, head, days)),
        4 => (person.clone(), any::<bool>()).prop_map(|(by, passed)| Try::Step(by, passed)),
        1 => person.clone().prop_map(Try::Host),
        3 => (person, any::<bool>(), any::<bool>()).prop_map(|(by, grant, why)| Try::Decide(by, grant, why)),
        2 => Just(Try::Allot),
        1 => Just(Try::Terminate),
        1 => Just(Try::Withdraw),
        1 => (0usize..5).prop_map(Try::Close),
    ]
}

const CODES: [CloseCode; 5] =
    [CloseCode::Issued, CloseCode::Returned, CloseCode::NotSupplied, CloseCode::Done, CloseCode::Forwarded];

fn event(wish: &Try) -> Event {
    let names = |list: &[usize]| -> Vec<&str> { list.iter().map(|n| THINGS[*n]).collect() };
    match wish {
        Try::Ask(list, by, ok) => asked(PEOPLE[*by], &names(list), ok.map(|n| PEOPLE[n])),
        Try::Supply(list) => supplied(&names(list)),
        Try::Fix => Event::FixedOnTheSpot {
            by: who("a"),
            hand: hand(),
            field: "phone".into(),
            value: text("13911111111"),
            reason: "笔误".into(),
        },
        Try::Accept => accepted(),
        Try::Deem => {
            Event::DeemedAccepted { on: "2026-11-23".into(), document_no: "v".into(), due: "2026-12-07".into() }
        }
        Try::Reject => Event::Rejected {
            by: who("a"),
            hand: hand(),
            reason: "不属职权".into(),
            competent: None,
            document_no: "n".into(),
        },
        Try::Return => Event::Returned { by: who("a"), hand: hand(), reason: "重复".into() },
        Try::Defer(list) => Event::DeferralGranted {
            by: who("a"),
            hand: hand(),
            missing: missing(&names(list)),
            supply_by: "2026-12-07".into(),
            credit: "良好".into(),
            promise_no: "p".into(),
            document_no: "r".into(),
        },
        Try::Deferred(n) => {
            Event::DeferralSupplied { by: who("a"), hand: hand(), requirement: THINGS[*n].into(), pages: vec![] }
        }
        Try::Notice(n) => paper(if *n == 0 { PaperKind::Special } else { PaperKind::Extension }, ["s0", "x"][*n]),
        Try::Suspend(n) => suspended(["s0", "s1"][*n]),
        Try::Resume => resumed(),
        Try::Extend(by, head, days) => Event::Extended {
            by: who(PEOPLE[*by]),
            hand: hand(),
            approval: Approval { by: who(PEOPLE[*head]), reason: "复杂".into() },
            days: *days,
            due: "2026-12-21".into(),
            reason: "复杂".into(),
            document_no: "x".into(),
        },
        Try::Step(by, passed) => step("审查", PEOPLE[*by], *passed),
        Try::Host(by) => {
            Event::HearingHeld { host: who(PEOPLE[*by]), hand: hand(), document_no: "h".into(), record: "r".into() }
        }
        Try::Decide(by, grant, why) => decided(PEOPLE[*by], *grant, if *why { "理由" } else { "" }),
        Try::Allot => granted()[4].clone(),
        Try::Terminate => terminated(),
        Try::Withdraw => Event::Withdrawn { reason: "撤回".into() },
        Try::Close(n) => Event::Closed { code: CODES[*n] },
    }
}

/// The table: state, and what it remembers.
#[derive(Debug, Clone)]
struct Model {
    state: CaseStatus,
    before: CaseStatus,
    named: BTreeSet<usize>,
    open: Vec<usize>,
    deferred: Option<BTreeSet<usize>>,
    told: BTreeSet<usize>,
    used: BTreeSet<usize>,
    extended: bool,
    reviewers: BTreeSet<usize>,
    hosts: BTreeSet<usize>,
}

impl Model {
    fn new() -> Self {
        Self {
            state: CaseStatus::Received,
            before: CaseStatus::Received,
            named: BTreeSet::new(),
            open: Vec::new(),
            deferred: None,
            told: BTreeSet::new(),
            used: BTreeSet::new(),
            extended: false,
            reviewers: BTreeSet::new(),
            hosts: BTreeSet::new(),
        }
    }

    /// Whether the table allows it; if so, takes it.
    fn take(&mut self, wish: &Try) -> bool {
        use CaseStatus as S;
        let running = matches!(self.state, S::Accepted | S::InReview);
        let over = matches!(self.state, S::Closed | S::Rejected | S::Returned | S::Withdrawn | S::Terminated);
        if over && !matches!(wish, Try::Notice(_)) {
            return false;
        }
        match wish {
            Try::Ask(list, by, consent) => {
                let late = !self.named.is_empty() && list.iter().any(|n| !self.named.contains(n));
                let agreed = consent.is_some_and(|other| other != *by);
                let ok = self.state == S::Received && !list.is_empty() && (!late || agreed);
                self.go(ok, S::Correction, |m| {
                    m.named.extend(list.iter().copied());
                    m.open.clone_from(list);
                })
            }
            Try::Supply(list) => {
                let ok = self.state == S::Correction && self.open.iter().all(|n| list.contains(n));
                self.go(ok, S::Received, |_| {})
            }
            Try::Fix => self.state == S::Received,
            Try::Accept | Try::Deem => self.go(self.state == S::Received, S::Accepted, |_| {}),
            Try::Reject => self.go(self.state == S::Received, S::Rejected, |_| {}),
            Try::Return => self.go(matches!(self.state, S::Received | S::Correction), S::Returned, |_| {}),
            Try::Defer(list) => {
                let ok = self.state == S::Received && self.deferred.is_none() && !list.is_empty();
                self.go(ok, S::Received, |m| m.deferred = Some(list.iter().copied().collect()))
            }
            Try::Deferred(n) => {
                let waits = self.deferred.as_ref().is_some_and(|open| open.contains(n));
                let state = self.state;
                self.go((running || state == S::Suspended) && waits, state, |m| {
                    if let Some(open) = &mut m.deferred {
                        open.remove(n);
                    }
                })
            }
            Try::Notice(n) => {
                self.told.insert(*n);
                true
            }
            _ => self.take_review(wish, running),
        }
    }

    fn take_review(&mut self, wish: &Try, running: bool) -> bool {
        use CaseStatus as S;
        match wish {
            Try::Suspend(n) => {
                // Only the first notice's number was ever issued.
                let ok = running && *n == 0 && self.told.contains(&0) && !self.used.contains(n);
                let before = self.state;
                self.go(ok, S::Suspended, |m| {
                    m.before = before;
                    m.used.insert(*n);
                })
            }
            Try::Resume => {
                let back = self.before;
                self.go(self.state == S::Suspended, back, |_| {})
            }
            Try::Extend(by, head, days) => {
                let ok = running && by != head && (1..=10).contains(days) && !self.extended && self.told.contains(&1);
                let state = self.state;
                self.go(ok, state, |m| m.extended = true)
            }
            Try::Step(by, _) => {
                let ok = running && !self.hosts.contains(by);
                self.go(ok, S::InReview, |m| {
                    m.reviewers.insert(*by);
                })
            }
            Try::Host(by) => {
                let ok = (running || self.state == S::Suspended) && !self.reviewers.contains(by);
                let state = self.state;
                self.go(ok, state, |m| {
                    m.hosts.insert(*by);
                })
            }
            Try::Decide(by, grant, why) => {
                let clean = !self.reviewers.contains(by) && !self.hosts.contains(by);
                let complete = self.deferred.as_ref().is_none_or(BTreeSet::is_empty);
                let ok = running && clean && if *grant { complete } else { *why };
                self.go(ok, if *grant { S::Granted } else { S::Denied }, |_| {})
            }
            Try::Allot => self.go(self.state == S::Granted, S::Making, |_| {}),
            Try::Terminate => {
                let ok = running || matches!(self.state, S::Received | S::Correction | S::Suspended);
                self.go(ok, S::Terminated, |_| {})
            }
            Try::Withdraw => {
                let ok = running || matches!(self.state, S::Received | S::Correction | S::Suspended);
                self.go(ok, S::Withdrawn, |_| {})
            }
            Try::Close(n) => {
                let ok = match CODES[*n] {
                    CloseCode::Returned => matches!(self.state, S::Received | S::Correction),
                    CloseCode::NotSupplied => self.state == S::Correction,
                    CloseCode::Done => matches!(self.state, S::Denied | S::Granted),
                    CloseCode::Forwarded => running || self.state == S::Received,
                    _ => false,
                };
                self.go(ok, S::Closed, |_| {})
            }
            _ => false,
        }
    }

    fn go(&mut self, ok: bool, to: CaseStatus, change: impl FnOnce(&mut Self)) -> bool {
        if ok {
            self.state = to;
            change(self);
        }
        ok
    }
}

/// Walks both; answers how many steps were legal.
fn walk(case: &mut Case, wishes: &[Try]) -> Result<usize, TestCaseError> {
    let mut model = Model::new();
    let mut legal = 0;
    for (n, wish) in wishes.iter().enumerate() {
        let before = case.clone();
        let taken = case.apply(&event(wish));
        let allowed = model.take(wish);
        prop_assert_eq!(taken.is_ok(), allowed, "step {} {:?}: {:?}, case {:?}", n, wish, taken, before);
        prop_assert_eq!(case.status(), model.state, "step {} {:?}", n, wish);
        if !allowed {
            prop_assert!(*case == before, "a refused event changed the case");
        }
        legal += usize::from(allowed);
    }
    Ok(legal)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn case_and_table_agree_on_every_random_history(wishes in prop::collection::vec(any_try(), 1..60)) {
        walk(&mut received(), &wishes)?;
    }
}

#[test]
fn the_walk_reaches_every_state_and_sees_a_planted_fault() {
    let mut case = received();
    let story = [
        Try::Ask(vec![0], 0, None),
        Try::Supply(vec![0]),
        Try::Defer(vec![1]),
        Try::Accept,
        Try::Notice(0),
        Try::Suspend(0),
        Try::Resume,
        Try::Step(0, true),
        Try::Deferred(1),
        Try::Decide(1, true, true),
        Try::Allot,
    ];
    assert_eq!(walk(&mut case, &story).unwrap(), story.len());
    assert_eq!(case.status(), CaseStatus::Making);
    // A model without the four eyes disagrees with the case.
    let mut forgetful = Model::new();
    let mut case = received();
    for wish in [Try::Accept, Try::Step(0, true)] {
        assert!(case.apply(&event(&wish)).is_ok() && forgetful.take(&wish));
    }
    forgetful.reviewers.clear();
    let wish = Try::Decide(0, true, true);
    assert!(case.apply(&event(&wish)).is_err() && forgetful.take(&wish));
}
