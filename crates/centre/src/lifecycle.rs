//! 巡检: what time does to cases by itself, each exactly once.
//!
//! Deemed acceptance after five working days of silence, the lapse of a correction and of a
//! deferral, and the lamps of supervision. One transaction a case: a crash between two cases
//! loses nothing, and running it again changes nothing.

mod night;

pub use night::{Night, Slice};

use crate::cases::Loaded;
use crate::centre::Centre;
use crate::error::{CentreError, Result};
use crate::papers::{Says, day_words};
use crate::staff::log;
use crate::storage::Tx;
use crate::supervision::Colour;
use tongban_domain::case::CaseStatus;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{CloseCode, Event, Hand, PaperKind};
use tongban_domain::ids::CaseId;
use tongban_domain::item::ServiceItem;
use tongban_domain::limits::{Clocks, LimitKind, date_text, local_day};
use tongban_protocol::action::Actor;

/// What one round did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Round {
    /// Cases looked at.
    pub seen: usize,
    /// 视为受理.
    pub deemed: Vec<CaseId>,
    /// 补交不来办结.
    pub lapsed: Vec<CaseId>,
    /// 容缺逾期终止.
    pub terminated: Vec<CaseId>,
    /// Cards given.
    pub cards: usize,
    /// Cases the program could not go on with, and why; a person looks.
    pub stuck: Vec<(CaseId, String)>,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Lifecycle<'a>(pub(crate) &'a Centre);

impl Lifecycle<'_> {
    /// One round over every open case.
    pub fn round(&self) -> Result<Round> {
        let ids = self.0.look(|tx| self.0.open_cases(tx))?;
        let mut round = Round::default();
        for id in ids {
            round.seen += 1;
            match self.0.office(|tx| self.0.visit(tx, id)) {
                Ok(done) => round.add(id, &done),
                // One case nobody can go on with does not stop the others.
                Err(CentreError::Refused { code, detail, .. }) => {
                    self.0.stuck(id, code.as_str(), &detail)?;
                    round.stuck.push((id, detail));
                }
                Err(error) => return Err(error),
            }
        }
        self.0.supervision().escalate()?;
        self.0.payments().resolve_overdue()?;
        Ok(round)
    }

    /// Cases that need a person, with the reason.
    pub fn dead_letters(&self) -> Result<Vec<crate::supervision::DeadLetter>> {
        self.0.look(|tx| crate::office::list(tx, crate::supervision::DEAD, crate::office::Key::State("open")))
    }
}

/// What a visit did to one case.
#[derive(Debug, Default)]
struct Done {
    deemed: bool,
    lapsed: bool,
    terminated: bool,
    cards: usize,
}

impl Round {
    fn add(&mut self, id: CaseId, done: &Done) {
        for (happened, list) in
            [(done.deemed, &mut self.deemed), (done.lapsed, &mut self.lapsed), (done.terminated, &mut self.terminated)]
        {
            if happened {
                list.push(id);
            }
        }
        self.cards += done.cards;
    }
}

impl Centre {
    fn visit(&self, tx: &Tx<'_>, id: CaseId) -> Result<Done> {
        let mut done = Done::default();
        let Some(mut loaded) = self.load(tx, id)? else { return Ok(done) };
        if loaded.case.blocked().is_some() || loaded.case.status().is_final() {
            return Ok(done);
        }
        let item = self.item_of(&loaded.case)?;
        let clocks = self.clocks_of(&loaded.case, &item);
        let today = local_day(self.now());
        if clocks.is_deemed_accepted(loaded.case.status()) {
            self.deem(tx, &mut loaded, &item, &clocks)?;
            done.deemed = true;
        } else if loaded.case.status() == CaseStatus::Correction && broken(&clocks, LimitKind::Correction, today) {
            self.append(tx, &mut loaded, Actor::System, None, Event::Closed { code: CloseCode::NotSupplied })?;
            log(tx, self.now_ms(), "system", "case.lapse", &id.to_string(), "ok", "补正逾期")?;
            done.lapsed = true;
        } else if loaded.case.handling().deferral.as_ref().is_some_and(tongban_domain::case::Deferral::is_open)
            && broken(&clocks, LimitKind::Deferral, today)
            && matches!(loaded.case.status(), CaseStatus::Accepted | CaseStatus::InReview | CaseStatus::Suspended)
            && !self.brought_in_time(tx, &loaded)?
        {
            self.terminate_late(tx, &mut loaded, &item)?;
            done.terminated = true;
        }
        self.part_moved(tx, &loaded)?;
        let clocks = self.clocks_of(&loaded.case, &item);
        done.cards = self.light_cards(tx, &loaded, &item, &clocks)?;
        Ok(done)
    }

    /// Blocks a case that does not verify, where its chain can still be read and goes on.
    fn set_aside(&self, tx: &Tx<'_>, id: CaseId) -> Result<()> {
        let code = ErrorCode::SealBroken.as_str();
        let mut loaded = match self.load_known(tx, id) {
            Ok(loaded) => loaded,
            Err(CentreError::Damaged(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        if loaded.case.blocked().is_none() && !loaded.case.status().is_final() {
            self.append(tx, &mut loaded, Actor::System, None, Event::Blocked { code: code.to_owned() })?;
            log(tx, self.now_ms(), "system", "case.block", &id.to_string(), code, "")?;
        }
        let item = self.item_of(&loaded.case)?;
        self.give_card(tx, &loaded, &item, Colour::Red, "integrity", "材料或办理记录被改动，已停止办理", None)?;
        Ok(())
    }

    /// Art. 32: silence for five working days accepts as of the day of receipt.
    fn deem(&self, tx: &Tx<'_>, loaded: &mut Loaded, item: &ServiceItem, clocks: &Clocks) -> Result<()> {
        let limit = clocks.get(LimitKind::Acceptance).copied();
        let from = limit.map(|limit| limit.from).ok_or_else(|| CentreError::Damaged("no acceptance clock".into()))?;
        let due = self.limits().due(from, item.promised_days)?;
        let says = Says::new([("accepted", day_words(from)), ("due", day_words(due.date))]);
        let document_no = self.issue_paper(tx, loaded, item, PaperKind::Acceptance, &says, None)?;
        let event = Event::DeemedAccepted { on: date_text(from), document_no, due: date_text(due.date) };
        self.append(tx, loaded, Actor::System, None, event)?;
        log(tx, self.now_ms(), "system", "case.deemed", &loaded.id().to_string(), "ok", "逾期未告知，视为受理")
    }

    fn terminate_late(&self, tx: &Tx<'_>, loaded: &mut Loaded, item: &ServiceItem) -> Result<()> {
        let reason = "容缺材料逾期未补齐".to_owned();
        if loaded.case.status() == CaseStatus::Suspended {
            // The end of a case ends its stop.
            let hand = system_hand();
            let by = tongban_domain::ids::StaffId::from("system");
            self.append(tx, loaded, Actor::System, None, Event::Resumed { by, hand, result: reason.clone() })?;
        }
        let document_no =
            self.issue_paper(tx, loaded, item, PaperKind::Termination, &Says::new([("reason", reason.clone())]), None)?;
        let event = Event::Terminated { by: None, hand: system_hand(), reason: reason.clone(), document_no };
        self.append(tx, loaded, Actor::System, None, event)?;
        log(tx, self.now_ms(), "system", "case.terminate", &loaded.id().to_string(), "ok", &reason)
    }
}

fn broken(clocks: &Clocks, kind: LimitKind, today: time::Date) -> bool {
    clocks.get(kind).is_some_and(|limit| limit.met.is_none() && limit.is_broken(today))
}

/// 系统 as a post.
pub(crate) fn system_hand() -> Hand {
    Hand { post: "系统".to_owned(), desk: "centre".to_owned() }
}
