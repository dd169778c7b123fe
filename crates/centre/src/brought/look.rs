//! A person looks at a deferred material that came over the web, and takes it or sends it back with a reason.

use super::{Brought, Kept, Verdict};
use crate::cases::Loaded;
use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::evidence::Opened;
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::storage::Tx;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{BlobRef, Event};
use tongban_domain::ids::CaseId;
use tongban_domain::limits::{date_text, local_day};
use tongban_protocol::action::Actor;

/// A deferred material as brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Record.
    pub id: String,
    /// The case.
    pub case: CaseId,
    /// 材料名称.
    pub name: String,
    /// Addresses of its pages, hex.
    pub pages: Vec<String>,
    /// When it came, ms.
    pub at_ms: i64,
    /// What became of it.
    pub verdict: Verdict,
}

impl From<Kept> for Piece {
    fn from(kept: Kept) -> Self {
        let pages = kept.pages.iter().map(|page| page.address.to_string()).collect();
        Self { id: kept.id, case: kept.case, name: kept.name, pages, at_ms: kept.at_ms, verdict: kept.verdict }
    }
}

impl Brought<'_> {
    /// What applicants brought for a case, oldest first.
    pub fn of_case(&self, by: &Member, id: CaseId) -> Result<Vec<Piece>> {
        by.require(Action::ViewCases)?;
        self.0.look(|tx| {
            self.0.row_for(tx, by, id)?;
            Ok(Kept::of_case(tx, id)?.into_iter().map(Piece::from).collect())
        })
    }

    /// What waits for a look in the member's region, oldest first.
    pub fn waiting(&self, by: &Member) -> Result<Vec<Piece>> {
        by.require(Action::ViewCases)?;
        self.0.look(|tx| {
            let mut mine = Vec::new();
            for kept in Kept::waiting(tx)? {
                match self.0.row_for(tx, by, kept.case) {
                    Ok(row) if row.closed_ms.is_none() => mine.push(Piece::from(kept)),
                    Ok(_) => {}
                    Err(CentreError::Refused { kind: Refusal::NotFound, .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(mine)
        })
    }

    /// Takes a material (`reason` blank) or sends it back with what is wrong; the applicant is told.
    pub fn judge(&self, by: &Member, record: &str, reason: Option<&str>) -> Result<()> {
        let centre = self.0;
        centre.office(|tx| {
            let mut kept: Kept = crate::office::known(tx, super::BROUGHT, record)?;
            let row = centre.row_for(tx, by, kept.case)?;
            let mut loaded = centre.load_known(tx, kept.case)?;
            let item = centre.item_of(&loaded.case)?;
            centre.authorise(tx, by, Action::Accept, &row.region, &item)?;
            if kept.verdict != Verdict::Waiting {
                return Err(CentreError::refused(Refusal::Conflict, ErrorCode::StaleVersion, "looked at before"));
            }
            let at_ms = centre.now_ms();
            let words = if let Some(reason) = reason.map(str::trim) {
                if reason.is_empty() {
                    return Err(CentreError::invalid(ErrorCode::ReasonMissing, "sent back without a reason"));
                }
                let reason = reason.to_owned();
                let words = format!("：您补交的“{}”需要重交，{reason}。", kept.name);
                kept.verdict = Verdict::SentBack { by: by.id.clone(), reason, at_ms };
                words
            } else {
                let hand = centre.hand(tx, by, "centre")?;
                let (requirement, pages) = (kept.requirement.clone(), kept.pages.clone());
                let event = Event::DeferralSupplied { by: by.id.clone(), hand, requirement, pages };
                centre.append(tx, &mut loaded, Actor::Staff(by.id.clone()), None, event)?;
                kept.verdict = Verdict::Taken { by: by.id.clone(), at_ms };
                format!("：您补交的“{}”已收下。", kept.name)
            };
            kept.save(tx)?;
            centre.tell_applicant(tx, &loaded, &item, "supplied", &words)?;
            log(tx, at_ms, &by.id.0, "case.look_brought", &kept.case.to_string(), "ok", reason.unwrap_or_default())
        })
    }

    /// A page brought for a case, waiting or taken.
    pub fn page(&self, by: &Member, id: CaseId, address: &str) -> Result<Opened> {
        by.require(Action::ViewCases)?;
        self.0.look(|tx| {
            self.0.row_for(tx, by, id)?;
            let loaded = self.0.load_known(tx, id)?;
            let named = |page: &&BlobRef| page.address.to_string() == address;
            let deferral = loaded.case.handling().deferral.iter().flat_map(|deferral| &deferral.pages);
            let taken = deferral.map(|(_, page)| page).find(named).cloned();
            let kept = Kept::of_case(tx, id)?;
            let waits = || kept.iter().flat_map(|one| &one.pages).find(named).cloned();
            let page = taken.or_else(waits).ok_or_else(|| CentreError::not_found("page"))?;
            self.0.evidence().open(&loaded, &page)
        })
    }
}

impl Centre {
    /// Whether everything a promise leaves open came by its last day and waits for a look: the hall's silence
    /// ends no case.
    pub(crate) fn brought_in_time(&self, tx: &Tx<'_>, loaded: &Loaded) -> Result<bool> {
        let Some(deferral) = &loaded.case.handling().deferral else { return Ok(false) };
        let kept = Kept::of_case(tx, loaded.id())?;
        let came = |one: &Kept| {
            let day = date_text(local_day(tongban_domain::clock::WallTime(one.at_ms)));
            one.verdict == Verdict::Waiting && day <= deferral.supply_by
        };
        Ok(deferral.open().all(|missing| kept.iter().any(|one| one.requirement == missing.requirement && came(one))))
    }
}
