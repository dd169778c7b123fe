//! 人与企业: one identity over all channels, what may be searched and why, who looked, credit.

use crate::centre::Centre;
use crate::error::{CentreError, Result};
use crate::office::{self, Key, Place};
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::storage::Tx;
use crate::vals;
use serde::{Deserialize, Serialize};
use tongban_domain::case::Case;
use tongban_domain::check::normalise;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::Digest;
use tongban_domain::ids::CaseId;

pub(crate) const LOOKS: &str = "person_look";
const CREDIT: &str = "credit";

/// Why somebody's cases are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchBasis {
    /// The person's card is on the reader now: SHA-256 of the bytes it sent.
    Card(Digest),
    /// An open case of this person given to the one who searches.
    Case(CaseId),
    /// A supervisor's reason; the supervisor is the one who searches.
    Reason(String),
}

/// One look at a person's data, as the person sees it: 谁在何时查询了我的信息.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonLook {
    /// When, ms.
    pub at_ms: i64,
    /// Who.
    pub by: String,
    /// Which post or department.
    pub post: String,
    /// `card`, `case` or `reason`.
    pub basis: String,
    /// The case or the reason.
    pub detail: String,
}

/// 失信记录.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditEntry {
    /// Firm code, or the keyed index of a person.
    pub subject: String,
    /// 原因.
    pub reason: String,
    /// Since, ms.
    pub at_ms: i64,
    /// 已修复.
    pub repaired: bool,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct People<'a>(pub(crate) &'a Centre);

impl People<'_> {
    /// Every case of a person, from whatever channel. Only with the person's card, an open case of
    /// the one who asks, or a supervisor's reason; each look is logged and shown to the person.
    pub fn cases(&self, by: &Member, number: &str, basis: &SearchBasis) -> Result<Vec<CaseId>> {
        let done = self.search(by, number, basis);
        if let Err(CentreError::Refused { code, detail, .. }) = &done {
            self.0.staff().note(&by.id.0, "people.search", "", code.as_str(), detail)?;
        }
        done
    }

    fn search(&self, by: &Member, number: &str, basis: &SearchBasis) -> Result<Vec<CaseId>> {
        let number = normalise(number);
        let refused = |detail: &str| CentreError::forbidden(ErrorCode::SearchRefused, detail);
        let centre = self.0;
        centre.office(|tx| {
            let (word, detail) = match basis {
                SearchBasis::Card(line) => {
                    by.require(Action::SearchPeople)?;
                    ("card", line.to_string())
                }
                SearchBasis::Case(id) => {
                    by.require(Action::ViewCases)?;
                    let row = centre.row_for(tx, by, *id)?;
                    let loaded = centre.load_known(tx, *id)?;
                    let same = loaded.case.card().is_some_and(|card| normalise(&card.number) == number);
                    if row.closed_ms.is_some() || !same {
                        return Err(refused("no open case of this person"));
                    }
                    ("case", id.to_string())
                }
                SearchBasis::Reason(reason) => {
                    by.require(Action::Approve)?;
                    if reason.trim().is_empty() {
                        return Err(refused("no reason"));
                    }
                    ("reason", reason.trim().to_owned())
                }
            };
            let index = centre.keys.index(&number);
            let post = centre.hand(tx, by, "centre")?.post;
            let look = PersonLook { at_ms: centre.now_ms(), by: by.name.clone(), post, basis: word.into(), detail };
            let (id, who) = (centre.record_id(), index.to_string());
            let place = Place { room: LOOKS, id: &id, a: &who, b: &by.id.0, state: word, at_ms: look.at_ms };
            office::put(tx, place, &look)?;
            log(tx, look.at_ms, &by.id.0, "people.search", &who[..16], "ok", word)?;
            let rows = tx.rows("case.of_person", vals![index])?;
            let all = rows.iter().map(|row| Ok(CaseId(row.uuid(0)?))).collect::<Result<Vec<_>>>()?;
            // Another region's cases only with the person's own card (通办).
            let own_card = word == "card";
            Ok(all.into_iter().filter(|id| own_card || centre.row_for(tx, by, *id).is_ok()).collect())
        })
    }

    /// 谁在何时查询了我的信息: looks by staff, oldest first. The caller has read the person's card.
    pub fn looks(&self, number: &str) -> Result<Vec<PersonLook>> {
        let who = self.0.keys.index(&normalise(number)).to_string();
        self.0.look(|tx| office::list(tx, LOOKS, Key::A(&who)))
    }

    /// Puts a firm or person on the credit list, as the credit department tells.
    pub fn report_credit(&self, by: &Member, subject: &str, reason: &str) -> Result<()> {
        by.require(Action::Supervise)?;
        self.0.office(|tx| self.0.put_credit(tx, subject, reason, false))
    }

    /// 信用修复.
    pub fn repair_credit(&self, by: &Member, subject: &str, reason: &str) -> Result<()> {
        by.require(Action::Supervise)?;
        self.0.office(|tx| self.0.put_credit(tx, subject, reason, true))
    }
}

impl Centre {
    fn put_credit(&self, tx: &Tx<'_>, subject: &str, reason: &str, repaired: bool) -> Result<()> {
        let now = self.now_ms();
        let entry = CreditEntry { subject: subject.into(), reason: reason.into(), at_ms: now, repaired };
        let state = if repaired { "repaired" } else { "listed" };
        office::put(tx, Place { room: CREDIT, id: subject, a: "", b: "", state, at_ms: now }, &entry)?;
        log(tx, now, "system", "credit.list", subject, state, reason)
    }

    /// Whom the credit list knows the applicant by: the firm, else the person's index.
    fn credit_subject(&self, case: &Case) -> String {
        let person = || case.card().map(|card| self.keys.index(&normalise(&card.number)).to_string());
        case.firm().map(str::to_owned).or_else(person).unwrap_or_default()
    }

    /// The entry that bars a case's applicant from 容缺 and 告知承诺.
    pub(crate) fn credit_of(&self, tx: &Tx<'_>, case: &Case) -> Result<Option<CreditEntry>> {
        let entry: Option<CreditEntry> = office::get(tx, CREDIT, &self.credit_subject(case))?;
        Ok(entry.filter(|entry| !entry.repaired))
    }

    pub(crate) fn list_credit(&self, tx: &Tx<'_>, case: &Case, reason: &str) -> Result<()> {
        self.put_credit(tx, &self.credit_subject(case), reason, false)
    }
}
