//! 监察: yellow and red cards, 督办, appeals, spot checks, avoidable returns, dead letters.
//!
//! A card is given once a case and reason and never deleted; an appeal revokes it with a reason.

use crate::cases::Loaded;
use crate::centre::Centre;
use crate::error::{CentreError, Result};
use crate::office::{self, EVER, Key, Place};
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::storage::Tx;
use serde::{Deserialize, Serialize};
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::{CaseId, StaffId};
use tongban_domain::item::{ServiceItem, flow};
use tongban_domain::limits::{Alarm, CLOSE_OF_BUSINESS, Clocks, LimitKind, counted_days, local_day, local_time};

const CARDS: &str = "card";
const ORDERS: &str = "urge";
pub(crate) const DEAD: &str = "dead_letter";
pub(crate) const CHECKS: &str = "spot_check";

/// 牌色.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    /// 黄牌.
    Yellow,
    /// 红牌.
    Red,
}

/// 监察牌 (GB/T 39046-2020 table 11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// 监察编号.
    pub id: String,
    /// The case.
    pub case: String,
    /// 办件编号.
    pub project_no: String,
    /// 被督办机构.
    pub org: String,
    /// 牌色.
    pub colour: Colour,
    /// 监察规则编号: `promise`, `statutory`, `acceptance`, `step:审查`, `avoidable` ….
    pub rule: String,
    /// 监察结果描述.
    pub text: String,
    /// 责任人, where one is known.
    pub person: Option<StaffId>,
    /// 状态产生时间, ms.
    pub at_ms: i64,
    /// 撤销: by whom and why.
    pub revoked: Option<(StaffId, String)>,
    /// 申诉 waiting for an answer.
    pub appeal: Option<String>,
}

/// 督办单.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UrgeOrder {
    /// 编号.
    pub id: String,
    /// The card it follows.
    pub card: String,
    /// The case.
    pub case: String,
    /// 责任部门.
    pub org: String,
    /// 督办发出时间, ms.
    pub at_ms: i64,
    /// 办结: what was done, when.
    pub answer: Option<(String, i64)>,
}

/// A case the program could not go on with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The case.
    pub case: String,
    /// Code.
    pub code: String,
    /// Why.
    pub reason: String,
    /// First seen, ms.
    pub at_ms: i64,
    /// Settled by a person, with a note.
    pub settled: Option<(StaffId, String)>,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Supervision<'a>(pub(crate) &'a Centre);

impl Supervision<'_> {
    /// Every card, oldest first.
    pub fn cards(&self, by: &Member) -> Result<Vec<Card>> {
        by.require(Action::Supervise)?;
        self.0.look(|tx| office::list(tx, CARDS, EVER))
    }

    /// Cards that were not revoked.
    pub(crate) fn in_force(&self) -> Result<Vec<Card>> {
        let all: Vec<Card> = self.0.look(|tx| office::list(tx, CARDS, EVER))?;
        Ok(all.into_iter().filter(|card| card.revoked.is_none()).collect())
    }

    /// Cards of one case.
    pub fn of_case(&self, by: &Member, case: CaseId) -> Result<Vec<Card>> {
        by.require(Action::ViewCases)?;
        self.0.look(|tx| office::list(tx, CARDS, Key::A(&case.to_string())))
    }

    /// 申诉 by the person or department concerned.
    pub fn appeal(&self, by: &Member, id: &str, text: &str) -> Result<()> {
        by.require(Action::ViewCases)?;
        self.change(by, id, "card.appeal", text, |card| {
            card.appeal = Some(text.trim().to_owned());
            Ok(())
        })
    }

    /// The appeal is answered: the card revoked with a reason, or kept.
    pub fn answer_appeal(&self, by: &Member, id: &str, revoke: bool, reason: &str) -> Result<()> {
        by.require(Action::Supervise)?;
        self.change(by, id, "card.answer", reason, |card| {
            if card.person.as_ref() == Some(&by.id) {
                return Err(CentreError::forbidden(ErrorCode::SamePerson, "not one's own card"));
            }
            card.appeal = None;
            if revoke {
                card.revoked = Some((by.id.clone(), reason.trim().to_owned()));
            }
            Ok(())
        })
    }

    fn change(
        &self,
        by: &Member,
        id: &str,
        action: &str,
        text: &str,
        work: impl Fn(&mut Card) -> Result<()>,
    ) -> Result<()> {
        if text.trim().is_empty() {
            return Err(CentreError::invalid(ErrorCode::ReasonMissing, "without words"));
        }
        self.0.office(|tx| {
            let mut card: Card = office::known(tx, CARDS, id)?;
            work(&mut card)?;
            self.0.put_card(tx, &card)?;
            log(tx, self.0.now_ms(), &by.id.0, action, id, "ok", text)
        })
    }

    /// 督办单 for red cards a working day old; answers how many were made.
    pub fn escalate(&self) -> Result<usize> {
        let today = local_day(self.0.now());
        let calendar = self.0.calendar();
        self.0.office(|tx| {
            let mut made = 0;
            for card in office::list::<Card>(tx, CARDS, Key::State("red"))? {
                let given = local_time(tongban_domain::clock::WallTime(card.at_ms)).date();
                let old = counted_days(&calendar, given, today, &[], CLOSE_OF_BUSINESS) >= 1;
                if !old || office::get::<UrgeOrder>(tx, ORDERS, &card.id)?.is_some() {
                    continue;
                }
                let order = UrgeOrder {
                    id: self.0.series(tx, "DB")?,
                    card: card.id.clone(),
                    case: card.case.clone(),
                    org: card.org.clone(),
                    at_ms: self.0.now_ms(),
                    answer: None,
                };
                self.0.put_order(tx, &order)?;
                log(tx, self.0.now_ms(), "system", "urge.send", &order.id, "ok", &card.text)?;
                made += 1;
            }
            Ok(made)
        })
    }

    /// Every 督办单.
    pub fn orders(&self, by: &Member) -> Result<Vec<UrgeOrder>> {
        by.require(Action::Supervise)?;
        self.0.look(|tx| office::list(tx, ORDERS, EVER))
    }

    /// 督办办结.
    pub fn answer_order(&self, by: &Member, card: &str, text: &str) -> Result<()> {
        by.require(Action::ViewCases)?;
        self.0.office(|tx| {
            let mut order: UrgeOrder = office::known(tx, ORDERS, card)?;
            if text.trim().is_empty() || order.answer.is_some() {
                return Err(CentreError::invalid(ErrorCode::ReasonMissing, "no words, or answered"));
            }
            order.answer = Some((text.trim().to_owned(), self.0.now_ms()));
            self.0.put_order(tx, &order)?;
            log(tx, self.0.now_ms(), &by.id.0, "urge.answer", &order.id, "ok", text)
        })
    }

    /// 抽查 of a case: the finding, which may make a card.
    pub fn spot_check(&self, by: &Member, case: CaseId, finding: &str, red: bool) -> Result<()> {
        by.require(Action::Supervise)?;
        if finding.trim().is_empty() {
            return Err(CentreError::invalid(ErrorCode::ReasonMissing, "no finding"));
        }
        self.0.office(|tx| {
            let loaded = self.0.load_known(tx, case)?;
            let item = self.0.item_of(&loaded.case)?;
            let (id, now) = (self.0.record_id(), self.0.now_ms());
            let key = case.to_string();
            let state = if red { "fault" } else { "clean" };
            let place = Place { room: CHECKS, id: &id, a: &key, b: &by.id.0, state, at_ms: now };
            office::put(tx, place, &(by.id.0.clone(), finding.trim().to_owned()))?;
            if red {
                self.0.give_card(tx, &loaded, &item, Colour::Red, &format!("check:{id}"), finding.trim(), None)?;
            }
            log(tx, now, &by.id.0, "case.spot_check", &key, "ok", finding)
        })
    }

    /// A dead letter is settled by a person.
    pub fn settle(&self, by: &Member, case: CaseId, note: &str) -> Result<()> {
        by.require(Action::Supervise)?;
        self.0.office(|tx| {
            let mut letter: DeadLetter = office::known(tx, DEAD, &case.to_string())?;
            letter.settled = Some((by.id.clone(), note.trim().to_owned()));
            let place = Place { room: DEAD, id: &letter.case, a: "", b: "", state: "settled", at_ms: letter.at_ms };
            office::put(tx, place, &letter)?;
            log(tx, self.0.now_ms(), &by.id.0, "dead.settle", &letter.case, "ok", note)
        })
    }
}

impl Centre {
    fn put_card(&self, tx: &Tx<'_>, card: &Card) -> Result<()> {
        let state = match (&card.revoked, card.colour) {
            (Some(_), _) => "revoked",
            (None, Colour::Yellow) => "yellow",
            (None, Colour::Red) => "red",
        };
        let place = Place { room: CARDS, id: &card.id, a: &card.case, b: &card.org, state, at_ms: card.at_ms };
        office::put(tx, place, card)?;
        self.tell_card(tx, card)
    }

    fn put_order(&self, tx: &Tx<'_>, order: &UrgeOrder) -> Result<()> {
        let state = if order.answer.is_some() { "answered" } else { "open" };
        let place = Place { room: ORDERS, id: &order.card, a: &order.case, b: &order.org, state, at_ms: order.at_ms };
        office::put(tx, place, order)
    }

    /// Gives a card unless the case has one of this colour for this rule.
    #[allow(clippy::too_many_arguments, reason = "a card is what it says; a struct would only rename them")]
    pub(crate) fn give_card(
        &self,
        tx: &Tx<'_>,
        loaded: &Loaded,
        item: &ServiceItem,
        colour: Colour,
        rule: &str,
        text: &str,
        person: Option<StaffId>,
    ) -> Result<bool> {
        let case = loaded.id().to_string();
        let word = if colour == Colour::Red { "red" } else { "yellow" };
        let id = format!("{case}/{word}/{rule}");
        if office::get::<Card>(tx, CARDS, &id)?.is_some() {
            return Ok(false);
        }
        let card = Card {
            id,
            case,
            project_no: loaded.case.project_no().unwrap_or_default().to_owned(),
            org: item.org.code.clone(),
            colour,
            rule: rule.to_owned(),
            text: text.to_owned(),
            person,
            at_ms: self.now_ms(),
            revoked: None,
            appeal: None,
        };
        self.put_card(tx, &card)?;
        self.remind(tx, &card)?;
        log(tx, card.at_ms, "system", "card.give", &card.id, word, text)?;
        Ok(true)
    }

    /// Cards for the lamps that burn now; answers how many were new.
    pub(crate) fn light_cards(
        &self,
        tx: &Tx<'_>,
        loaded: &Loaded,
        item: &ServiceItem,
        clocks: &Clocks,
    ) -> Result<usize> {
        let mut given = 0;
        let today = local_day(self.now());
        let person = loaded.case.handling().assigned.values().next_back().cloned();
        for (colour, limit) in burning(clocks, today) {
            let person = person.clone();
            given += usize::from(self.give_card(tx, loaded, item, colour, limit.as_str(), words(limit), person)?);
        }
        let calendar = self.calendar();
        for step in flow(item, &loaded.case).open {
            let Some(since) = step.since else { continue };
            let used = counted_days(&calendar, since.date(), today, &[], CLOSE_OF_BUSINESS);
            if clocks.is_stopped() || loaded.case.acceptance().is_none() || used <= u32::from(step.days.max(1)) {
                continue;
            }
            let text = format!("“{}”环节已用 {used} 个工作日，时限 {} 个工作日", step.name, step.days);
            let rule = format!("step:{}", step.name);
            given += usize::from(self.give_card(tx, loaded, item, Colour::Yellow, &rule, &text, step.assigned)?);
        }
        Ok(given)
    }

    /// 可避免的退回: a material that was promised complete is asked for again.
    pub(crate) fn avoidable_return(
        &self,
        tx: &Tx<'_>,
        loaded: &Loaded,
        names: &[String],
        by: &StaffId,
        reason: &str,
    ) -> Result<()> {
        let item = self.item_of(&loaded.case)?;
        let notices = loaded.case.handling().notices.len();
        let text = format!("齐全单已判合格的材料再次要求补正：{}。主管理由：{reason}", names.join("、"));
        self.give_card(tx, loaded, &item, Colour::Yellow, &format!("avoidable:{notices}"), &text, Some(by.clone()))?;
        Ok(())
    }

    /// Notes a case the program could not go on with; once.
    pub(crate) fn stuck(&self, case: CaseId, code: &str, reason: &str) -> Result<()> {
        self.office(|tx| {
            let id = case.to_string();
            if office::get::<DeadLetter>(tx, DEAD, &id)?.is_some_and(|letter| letter.settled.is_none()) {
                return Ok(());
            }
            let letter = DeadLetter {
                case: id.clone(),
                code: code.into(),
                reason: reason.into(),
                at_ms: self.now_ms(),
                settled: None,
            };
            office::put(tx, Place { room: DEAD, id: &id, a: "", b: "", state: "open", at_ms: letter.at_ms }, &letter)?;
            log(tx, self.now_ms(), "system", "dead.letter", &id, code, reason)
        })
    }
}

/// Every lamp that burns, each for itself: a red one does not hide the yellow one beside it.
fn burning(clocks: &Clocks, today: time::Date) -> Vec<(Colour, LimitKind)> {
    let (alarm, worst) = clocks.alarm();
    let colour = match alarm {
        Alarm::Yellow => Some(Colour::Yellow),
        Alarm::Red => Some(Colour::Red),
        Alarm::None | Alarm::Remind => None,
    };
    let mut lamps: Vec<(Colour, LimitKind)> = colour.zip(worst).into_iter().collect();
    for limit in clocks.limits().iter().filter(|limit| limit.is_broken(today)) {
        let lamp = match limit.kind {
            LimitKind::Statutory => (Colour::Red, limit.kind),
            LimitKind::Promise | LimitKind::Delivery => (Colour::Yellow, limit.kind),
            LimitKind::Acceptance | LimitKind::Correction | LimitKind::Deferral => continue,
        };
        if !lamps.contains(&lamp) {
            lamps.push(lamp);
        }
    }
    lamps
}

fn words(limit: LimitKind) -> &'static str {
    match limit {
        LimitKind::Acceptance => "受理时限将到或已过，逾期视为受理",
        LimitKind::Correction => "补正期限已过",
        LimitKind::Promise => "超过承诺时限",
        LimitKind::Statutory => "超过法定时限",
        LimitKind::Deferral => "容缺补齐期限已过",
        LimitKind::Delivery => "超过送达时限",
    }
}
