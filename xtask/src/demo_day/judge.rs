//! The books: the centre's figures against the player's ledger, against the journal, against cards
//! counted by hand; every batch sent again; every chain checked.

use super::Options;
use super::city::{City, FIRST};
use super::ledger::{End, Entry};
use super::plan::{Defect, Fate};
use anyhow::{Context as _, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use time::Date;
use tongban_centre::statistics::Figures;
use tongban_centre::supervision::Colour;
use tongban_domain::limits::{Calendar, parse_date};

/// The `days`th working day after `from`: counted day by day, without the product's clocks.
pub fn due_by_hand(calendar: &Calendar, from: Date, days: u16) -> Date {
    let (mut day, mut left) = (from, days);
    while left > 0 {
        let Some(next) = day.next_day() else { return day };
        day = next;
        left -= u16::from(calendar.is_working_day(day));
    }
    day
}

/// What the days came to.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Dice.
    pub seed: u64,
    /// Applications filed, and cases they became (parts of joint cases count).
    pub applications: usize,
    /// Cases.
    pub cases: usize,
    /// By item.
    pub by_item: BTreeMap<String, u64>,
    /// By region of the hall: city, county, town, village.
    pub by_region: BTreeMap<String, u64>,
    /// By what became of them.
    pub by_fate: BTreeMap<Fate, u64>,
    /// 收件, 办件量, 办结, 在办, 终止.
    pub totals: [u64; 5],
    /// Yellow and red cards.
    pub cards: (usize, usize),
    /// Appeals and revocations.
    pub appeals: (usize, usize),
    /// Objections, silent departments.
    pub shares: (usize, usize),
    /// Materials with a planted defect, and those found before the applicant left.
    pub planted: (u64, u64),
    /// Avoidable returns with 一次就成: of so many.
    pub returns_judged: (u64, u64),
    /// The same without.
    pub returns_unjudged: (u64, u64),
    /// 可避免的退回 as published: promises broken, of 齐全单 given.
    pub broken_promises: (u64, u64),
    /// Messages of the exchange, each valid and receipted, by type.
    pub messages: BTreeMap<String, u64>,
    /// Batches sent again.
    pub resent: usize,
    /// Chains checked, signature by signature.
    pub chains: usize,
    /// Playing took, s; applications a second, deskwork and rounds included.
    pub played_s: f64,
    /// Applications a second.
    pub per_second: f64,
    /// What does not agree; empty when all is well.
    pub faults: Vec<String>,
}

impl Report {
    /// For a person.
    pub fn table(&self) -> String {
        let share = |(part, whole): (u64, u64)| match (part * 1000).checked_div(whole) {
            Some(share) => format!("{part} of {whole} ({}.{} %)", share / 10, share % 10),
            None => "none".to_owned(),
        };
        let [received, accepted, closed, open, terminated] = self.totals;
        let lines = [
            format!("seed {}: {} applications, {} cases", self.seed, self.applications, self.cases),
            format!(
                "received {received}, accepted {accepted} = closed {closed} + open {open} + terminated {terminated}"
            ),
            format!("items {:?}", self.by_item),
            format!("levels {:?}", self.by_region),
            format!("fates {:?}", self.by_fate),
            format!("cards: {} yellow, {} red; appeals {:?}", self.cards.0, self.cards.1, self.appeals),
            format!("objections and silent departments: {:?}", self.shares),
            format!("planted defects: {}, found before the applicant left: {}", self.planted.0, self.planted.1),
            format!("avoidable returns with 一次就成: {}", share(self.returns_judged)),
            format!("avoidable returns without:      {}", share(self.returns_unjudged)),
            format!("齐全单 broken (可避免的退回): {}", share(self.broken_promises)),
            format!("{} messages receipted and sent again: {:?}", self.messages.values().sum::<u64>(), self.messages),
            format!("{} batches sent again, {} chains checked", self.resent, self.chains),
            format!("played in {:.1} s, {:.1} applications/s", self.played_s, self.per_second),
        ];
        lines.into_iter().chain(self.faults.iter().map(|fault| format!("FAULT {fault}"))).collect::<Vec<_>>().join("\n")
    }
}

/// Compares; a difference is written down, not thrown.
struct Judge {
    faults: Vec<String>,
}

impl Judge {
    fn same<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, ours: T, theirs: T) {
        if ours != theirs {
            self.faults.push(format!("{what}: the player counted {ours:?}, the centre {theirs:?}"));
        }
    }
}

fn accepted(entry: &Entry) -> bool {
    entry.accepted.is_some()
}

/// Reads every book.
pub fn books(city: &mut City, options: &Options, played_s: f64) -> Result<Report> {
    let mut judge = Judge { faults: vec![] };
    let manager = city.hall.who("manager");
    let (from, to) = (parse_date(FIRST).context("first day")?, city.today());
    let statistics = city.hall.centre().statistics();
    let figures = statistics.figures(&manager, from, to)?;
    totals(&mut judge, city, &figures);
    judge.same("figures and the journal's own", figures.clone(), statistics.recount(&manager, from, to)?);
    let cards = cards(&mut judge, city)?;
    let resent = resend(&mut judge, city, &figures, (from, to))?;
    let City { hall, exchange, .. } = city;
    exchange.night(hall)?;
    let (messages, faults) = city.exchange.books(city)?;
    judge.faults.extend(faults);
    city.hall.centre().cases().rebuild()?;
    judge.same("figures after a rebuild", figures.clone(), statistics_of(city, from, to)?);
    let states = city.hall.centre().cases().verify_all()?;
    for (case, state) in states.iter().filter(|(_, state)| !state.holds) {
        judge.faults.push(format!("chain of {case}: {}", state.detail));
    }
    let book = &city.book;
    let planted = |judged: bool| {
        let mine = |e: &Entry| e.plan.judged == judged && e.plan.has_desk() && !e.part && !e.parent;
        (book.count(|e| mine(e) && e.corrections > 0), book.count(mine))
    };
    let visible = |e: &Entry| e.plan.defect.is_some() && e.material.is_some();
    Ok(Report {
        seed: options.seed,
        applications: book.sent.len(),
        cases: book.entries.len(),
        by_item: book.by(|e| e.plan.item.to_owned()),
        by_region: book.by(|e| e.region.clone()),
        by_fate: book.by(|e| e.plan.fate),
        totals: [figures.received, figures.accepted, figures.closed, figures.open, figures.terminated],
        cards,
        appeals: book.appeals,
        shares: book.shares,
        planted: (book.count(visible), book.count(|e| e.caught.is_some())),
        returns_judged: planted(true),
        returns_unjudged: planted(false),
        broken_promises: (figures.avoidable.part, figures.avoidable.whole),
        messages,
        resent,
        chains: states.len(),
        played_s,
        per_second: book.sent.len() as f64 / played_s,
        faults: judge.faults,
    })
}

fn statistics_of(city: &City, from: Date, to: Date) -> Result<Figures> {
    Ok(city.hall.centre().statistics().figures(&city.hall.who("manager"), from, to)?)
}

/// accepted = closed + open + terminated, and each of them as the player saw it.
fn totals(judge: &mut Judge, city: &City, figures: &Figures) {
    let book = &city.book;
    if !figures.reconcile() {
        judge.faults.push(format!("the totals do not reconcile: {figures:?}"));
    }
    judge.same("received", book.entries.len() as u64, figures.received);
    judge.same("accepted", book.count(accepted), figures.accepted);
    judge.same("closed", book.count(|e| accepted(e) && e.end == Some(End::Closed)), figures.closed);
    judge.same("terminated", book.count(|e| accepted(e) && e.end == Some(End::Terminated)), figures.terminated);
    judge.same("open", book.count(|e| accepted(e) && e.end.is_none()), figures.open);
    judge.same("corrected", book.count(|e| e.corrections > 0), figures.corrected.part);
    judge.same("turned away", book.count(|e| e.end == Some(End::TurnedAway)), figures.returned.part);
    judge.same("slips", book.count(|e| e.slip), figures.avoidable.whole);
    judge.same("broken slips", book.count(|e| e.avoidable > 0), figures.avoidable.part);
    let closed = |e: &Entry| accepted(e) && e.end == Some(End::Closed);
    judge.same("rated", book.count(|e| closed(e) && e.rated.is_some()), figures.rated.part);
    judge.same("satisfied", book.count(|e| closed(e) && e.rated.is_some_and(|g| g <= 3)), figures.satisfied.part);
    let mut by_item = BTreeMap::new();
    book.entries.iter().filter(|e| accepted(e)).for_each(|e| *by_item.entry(e.plan.item.to_owned()).or_default() += 1);
    judge.same("by item", by_item, figures.by_item.clone());
}

/// Promise and statutory cards of every case whose clock nobody stopped, by the player's own counting.
fn cards(judge: &mut Judge, city: &City) -> Result<(usize, usize)> {
    let cards = city.hall.centre().supervision().cards(&city.hall.who("supervisor"))?;
    // The last round was at five past midnight of today: today itself has begun.
    let today = city.today();
    for entry in city.book.entries.iter().filter(|e| !e.clock_changed && !e.parent) {
        let item = city.hall.item(entry.plan.item);
        let case = entry.case.to_string();
        let has = |colour, rule: &str| {
            cards.iter().any(|card| card.case == case && card.colour == colour && card.rule == rule)
        };
        let Some(from) = entry.accepted.filter(|_| entry.plan.has_desk()) else { continue };
        let late = |days| {
            let due = due_by_hand(&city.calendar, from, days);
            // Looked at every midnight while it was open; a decision made on a day is seen that night.
            entry.decided.map_or(today, |decided| decided) > due
        };
        let name = |colour: &str| format!("{colour} card of {case} ({:?}, {})", entry.plan.fate, entry.plan.item);
        if entry.end == Some(End::Terminated) {
            continue;
        }
        judge.same(&name("yellow"), late(item.promised_days), has(Colour::Yellow, "promise"));
        judge.same(&name("red"), late(item.statutory_days), has(Colour::Red, "statutory"));
        judge.same(&name("deemed"), entry.plan.fate == Fate::Silence, has(Colour::Red, "acceptance"));
    }
    let broken = cards.iter().filter(|card| card.rule.starts_with("avoidable")).count() as u64;
    judge.same("cards for broken slips", city.book.count(|e| e.avoidable > 0), broken);
    let hidden = city.book.count(|e| e.slip && e.plan.defect == Some(Defect::Hidden) && e.corrections > 0);
    judge.same("hidden defects behind a slip", hidden, broken);
    let red = cards.iter().filter(|card| card.colour == Colour::Red).count();
    Ok((cards.len() - red, red))
}

/// Everything is sent once more: the same receipts, and nothing else changes. Control: other bytes
/// under a known id are refused.
fn resend(judge: &mut Judge, city: &mut City, figures: &Figures, (from, to): (Date, Date)) -> Result<usize> {
    let before = city.hall.centre().cases().dump()?;
    for sent in &city.book.sent {
        let station = &city.stations[sent.station];
        let receipt = station.upload(city.hall.centre(), sent.id, &sent.bytes, sent.bytes.len())?;
        judge.same("receipt of a batch sent again", &sent.receipt, &receipt);
    }
    if let Some(sent) = city.book.sent.first() {
        let mut other = sent.bytes.clone();
        other[sent.bytes.len() / 2] ^= 1;
        let station = &city.stations[sent.station];
        let taken = station.upload(city.hall.centre(), sent.id, &other, other.len()).is_ok();
        judge.same("altered bytes under a known id are taken", false, taken);
    }
    judge.same("cases after everything was sent again", &before, &city.hall.centre().cases().dump()?);
    judge.same("figures after everything was sent again", figures.clone(), statistics_of(city, from, to)?);
    Ok(city.book.sent.len())
}
