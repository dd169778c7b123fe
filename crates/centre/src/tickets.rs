//! 诉求: one engine for complaints, questions, suggestions, 办不成事, 12345 and follow-ups of bad ratings.

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::office::{self, EVER, Key, Place};
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::storage::Tx;
use serde::{Deserialize, Serialize};
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::StaffId;
use tongban_domain::limits::{date_text, local_day};

const TICKETS: &str = "ticket";

/// 类别.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketKind {
    /// 投诉.
    Complaint,
    /// 咨询.
    Question,
    /// 建议.
    Suggestion,
    /// 办不成事.
    CannotBeDone,
    /// 12345 转办.
    Hotline,
    /// 差评回访.
    BadRating,
}

impl TicketKind {
    const fn key(self) -> &'static str {
        match self {
            Self::Complaint => "complaint",
            Self::Question => "question",
            Self::Suggestion => "suggestion",
            Self::CannotBeDone => "cannot_be_done",
            Self::Hotline => "hotline",
            Self::BadRating => "bad_rating",
        }
    }

    /// Working days to sign in and to answer.
    #[must_use]
    pub const fn days(self) -> (u16, u16) {
        match self {
            Self::Complaint | Self::CannotBeDone => (1, 5),
            Self::Question => (1, 2),
            Self::Suggestion => (2, 10),
            Self::Hotline => (1, 5),
            Self::BadRating => (1, 15),
        }
    }
}

/// 工单 (GB/T 39046-2020 table 10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// 编号.
    pub id: String,
    /// 类别.
    pub kind: TicketKind,
    /// What it is about: a case, a service, or nothing.
    pub about: String,
    /// 内容.
    pub text: String,
    /// 来源: `kiosk`, `window`, `web`, `phone`, `rating`.
    pub source: String,
    /// 时间, ms.
    pub at_ms: i64,
    /// 签收期限 and 答复期限.
    pub sign_by: String,
    /// 答复期限.
    pub answer_by: String,
    /// 承办人.
    pub handler: Option<StaffId>,
    /// 延期: until when and why; once.
    pub extended: Option<(String, String)>,
    /// 答复 and when.
    pub answer: Option<(String, i64)>,
    /// 属实, for a complaint.
    pub found_true: Option<bool>,
    /// Made public.
    pub published: bool,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Tickets<'a>(pub(crate) &'a Centre);

impl Tickets<'_> {
    /// Takes a ticket in, from whatever screen or agent.
    pub fn open(&self, kind: TicketKind, about: &str, text: &str, source: &str) -> Result<Ticket> {
        if text.trim().is_empty() || text.chars().count() > 2000 {
            return Err(CentreError::invalid(ErrorCode::FieldInvalid, "text of the ticket"));
        }
        self.0.office(|tx| self.0.open_ticket(tx, kind, about, text, source))
    }

    /// 签收.
    pub fn sign(&self, by: &Member, id: &str) -> Result<()> {
        self.change(by, id, "ticket.sign", |ticket| {
            if ticket.handler.is_some() {
                return Err(taken());
            }
            ticket.handler = Some(by.id.clone());
            Ok(())
        })
    }

    /// 延期: once, with a reason.
    pub fn extend(&self, by: &Member, id: &str, reason: &str) -> Result<()> {
        let due = self.0.limits().due(local_day(self.0.now()), 15)?;
        self.change(by, id, "ticket.extend", |ticket| {
            if ticket.extended.is_some() || reason.trim().is_empty() || ticket.answer.is_some() {
                return Err(taken());
            }
            ticket.extended = Some((date_text(due.date), reason.trim().to_owned()));
            Ok(())
        })
    }

    /// 答复. A complaint says whether it was found true; a true one makes a red card on its case.
    pub fn answer(&self, by: &Member, id: &str, text: &str, found_true: Option<bool>) -> Result<()> {
        self.change(by, id, "ticket.answer", |ticket| {
            if ticket.handler.is_none() || ticket.answer.is_some() || text.trim().is_empty() {
                return Err(taken());
            }
            ticket.answer = Some((text.trim().to_owned(), self.0.now_ms()));
            ticket.found_true = found_true;
            Ok(())
        })?;
        let ticket: Ticket = self.0.look(|tx| office::known(tx, TICKETS, id))?;
        let case = ticket.about.split('/').next().and_then(|id| id.parse().ok()).map(tongban_domain::ids::CaseId);
        if let (Some(true), TicketKind::Complaint, Some(case)) = (found_true, ticket.kind, case) {
            self.0.office(|tx| {
                let loaded = self.0.load_known(tx, case)?;
                let item = self.0.item_of(&loaded.case)?;
                let colour = crate::supervision::Colour::Red;
                let rule = format!("complaint:{id}");
                self.0.give_card(tx, &loaded, &item, colour, &rule, "投诉查实", None).map(|_| ())
            })?;
        }
        Ok(())
    }

    fn change(&self, by: &Member, id: &str, action: &str, work: impl Fn(&mut Ticket) -> Result<()>) -> Result<()> {
        by.require(Action::HandleTickets)?;
        self.0.office(|tx| {
            let mut ticket: Ticket = office::known(tx, TICKETS, id)?;
            work(&mut ticket)?;
            self.0.save_ticket(tx, &ticket)?;
            log(tx, self.0.now_ms(), &by.id.0, action, id, "ok", "")
        })
    }

    /// One ticket.
    pub fn get(&self, id: &str) -> Result<Ticket> {
        self.0.look(|tx| office::known(tx, TICKETS, id))
    }

    /// Every ticket, oldest first.
    pub fn all(&self, by: &Member) -> Result<Vec<Ticket>> {
        by.require(Action::HandleTickets)?;
        self.0.look(|tx| office::list(tx, TICKETS, EVER))
    }

    /// Tickets about a case or service.
    pub fn about(&self, about: &str) -> Result<Vec<Ticket>> {
        self.0.look(|tx| office::list(tx, TICKETS, Key::B(about)))
    }
}

fn taken() -> CentreError {
    CentreError::refused(Refusal::Conflict, ErrorCode::CaseState, "the ticket is not in this state")
}

impl Centre {
    fn save_ticket(&self, tx: &Tx<'_>, ticket: &Ticket) -> Result<()> {
        let state = match (&ticket.handler, &ticket.answer) {
            (_, Some(_)) => "answered",
            (Some(_), None) => "signed",
            (None, None) => "open",
        };
        let place =
            Place { room: TICKETS, id: &ticket.id, a: ticket.kind.key(), b: &ticket.about, state, at_ms: ticket.at_ms };
        office::put(tx, place, ticket)?;
        self.tell_ticket(tx, ticket, ticket.kind.key(), state)
    }

    pub(crate) fn open_ticket(
        &self,
        tx: &Tx<'_>,
        kind: TicketKind,
        about: &str,
        text: &str,
        source: &str,
    ) -> Result<Ticket> {
        let today = local_day(self.now());
        let due = |days| self.limits().due(today, days).map(|due| date_text(due.date));
        let (sign, answer) = kind.days();
        let ticket = Ticket {
            id: self.series(tx, "GD")?,
            kind,
            about: about.to_owned(),
            text: text.trim().to_owned(),
            source: source.to_owned(),
            at_ms: self.now_ms(),
            sign_by: due(sign)?,
            answer_by: due(answer)?,
            handler: None,
            extended: None,
            answer: None,
            found_true: None,
            published: false,
        };
        self.save_ticket(tx, &ticket)?;
        log(tx, ticket.at_ms, source, "ticket.open", &ticket.id, "ok", kind.key())?;
        Ok(ticket)
    }
}
