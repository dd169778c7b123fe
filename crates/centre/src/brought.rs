//! 申请人补交: what an open notice or a promise asks for, brought by the applicant on the citizen pages.
//!
//! Whoever brings it knows the receipt number, the password of the slip and the end of the card's number. A correction
//! goes into the case at once, signed off by a declaration in words; the case is back with the hall (补正 → 收件) and the
//! hall's own five days run again. A deferred material waits for a person's look and counts as come on the day it was
//! brought. Either way a numbered 收件凭证 says what came and when.

mod jpeg;
mod look;
mod take;

pub use jpeg::{Unfit, fit};
pub use look::Piece;
pub use take::DECLARATION;

use crate::cases::Loaded;
use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::office::{self, Key, Place};
use crate::storage::Tx;
use crate::vals;
use serde::{Deserialize, Serialize};
use std::fmt;
use tongban_domain::case::CaseStatus;
use tongban_domain::check::normalise;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{BlobRef, PaperKind};
use tongban_domain::ids::{CaseId, RequirementId, StaffId};

/// Largest photograph, bytes.
pub const PICTURE_BYTES_MAX: usize = 8 << 20;
/// Least pixels of the shorter side: an A4 page at about 75 dpi.
pub const SIDE_MIN: u32 = 600;
/// Most pages of one material.
pub const PAGES_MAX: usize = 20;
/// Characters of the card's number that are asked for.
const TAIL_CHARS: usize = 6;
const BROUGHT: &str = "brought";

/// How an applicant shows whose case it is.
#[derive(Clone, Copy)]
pub struct Slip<'a> {
    /// 受理号.
    pub receipt: &'a str,
    /// 查询密码.
    pub password: &'a str,
    /// Last six characters of the applicant's card number.
    pub tail: &'a str,
}

impl fmt::Debug for Slip<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slip(redacted)")
    }
}

/// What became of a deferred material that was brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// 等待查看.
    Waiting,
    /// 已收下.
    Taken {
        /// By whom.
        by: StaffId,
        /// When, ms.
        at_ms: i64,
    },
    /// 退回重交.
    SentBack {
        /// By whom.
        by: StaffId,
        /// What is wrong.
        reason: String,
        /// When, ms.
        at_ms: i64,
    },
}

/// 补交件: one deferred material as brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub id: String,
    pub case: CaseId,
    pub requirement: RequirementId,
    pub name: String,
    pub pages: Vec<BlobRef>,
    pub at_ms: i64,
    pub verdict: Verdict,
}

impl Kept {
    pub(crate) fn save(&self, tx: &Tx<'_>) -> Result<()> {
        let state = match self.verdict {
            Verdict::Waiting => "waiting",
            Verdict::Taken { .. } => "taken",
            Verdict::SentBack { .. } => "sent_back",
        };
        let case = self.case.to_string();
        let place = Place { room: BROUGHT, id: &self.id, a: &case, b: &self.requirement.0, state, at_ms: self.at_ms };
        office::put(tx, place, self)
    }

    pub(crate) fn of_case(tx: &Tx<'_>, id: CaseId) -> Result<Vec<Self>> {
        office::list(tx, BROUGHT, Key::A(&id.to_string()))
    }

    pub(crate) fn waiting(tx: &Tx<'_>) -> Result<Vec<Self>> {
        office::list(tx, BROUGHT, Key::State("waiting"))
    }
}

/// One material that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owing {
    /// The case, or the part of it.
    pub case: CaseId,
    /// Which material.
    pub requirement: RequirementId,
    /// 材料名称.
    pub name: String,
    /// What is wrong or asked for.
    pub why: String,
    /// Last day `YYYY-MM-DD`.
    pub due: String,
    /// 容缺, while the case goes on.
    pub deferred: bool,
    /// What came of the last try, for a deferred one.
    pub verdict: Option<Verdict>,
    /// The last day is over.
    pub late: bool,
}

/// What an applicant finds after showing the slip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// 事项名称.
    pub item: String,
    /// What is owed.
    pub owing: Vec<Owing>,
    /// Receipts of what was brought: number, when (ms).
    pub receipts: Vec<(String, i64)>,
}

/// What was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Took {
    /// Numbers of the receipts, one a case.
    pub receipts: Vec<String>,
    /// Material and pages.
    pub lines: Vec<(String, usize)>,
    /// When, ms.
    pub at_ms: i64,
    /// A correction is done: the hall decides anew.
    pub corrected: bool,
}

/// A page for a material of a case.
#[derive(Clone, PartialEq, Eq)]
pub struct BroughtPage {
    /// The case, or the part of it.
    pub case: CaseId,
    /// For which material.
    pub requirement: RequirementId,
    /// The photograph, JPEG.
    pub picture: Vec<u8>,
}

impl fmt::Debug for BroughtPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BroughtPage({}, {} bytes)", self.requirement, self.picture.len())
    }
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Brought<'a>(pub(crate) &'a Centre);

impl Brought<'_> {
    /// The case of a slip and its parts. A wrong end of the card's number is as wrong as a wrong password.
    fn own(&self, slip: &Slip<'_>) -> Result<Vec<CaseId>> {
        let centre = self.0;
        let id = centre.public().own_case(slip.receipt, slip.password)?;
        let loaded = centre.look(|tx| centre.load_known(tx, id))?;
        let number = loaded.case.card().map(|card| normalise(&card.number)).unwrap_or_default();
        let tail: String = number.chars().skip(number.chars().count().saturating_sub(TAIL_CHARS)).collect();
        if tail.chars().count() != TAIL_CHARS || tail != normalise(slip.tail) {
            let receipt: String = slip.receipt.chars().filter(char::is_ascii_digit).collect();
            centre.guesses.wrong(&receipt, centre.now_ms());
            return Err(CentreError::refused(Refusal::NotFound, ErrorCode::NotFound, "end of the card's number"));
        }
        Ok(std::iter::once(id).chain(loaded.case.handling().parts.keys().copied()).collect())
    }

    /// What the case of a slip waits for.
    pub fn asked(&self, slip: &Slip<'_>) -> Result<Asked> {
        let (centre, cases) = (self.0, self.own(slip)?);
        centre.look(|tx| {
            let mut asked = Asked { item: String::new(), owing: Vec::new(), receipts: Vec::new() };
            for id in &cases {
                let loaded = centre.load_known(tx, *id)?;
                if asked.item.is_empty() {
                    asked.item.clone_from(&centre.item_of(&loaded.case)?.name);
                }
                asked.owing.extend(centre.owing(tx, &loaded)?);
                for row in tx.rows("paper.of_case", vals![id.0])? {
                    if row.text(1)? == PaperKind::SupplyReceipt.as_str() {
                        asked.receipts.push((row.text(0)?, row.int(3)?));
                    }
                }
            }
            Ok(asked)
        })
    }

    /// The PDF of a receipt of this slip's case.
    pub fn receipt_pdf(&self, slip: &Slip<'_>, document_no: &str) -> Result<Vec<u8>> {
        let (centre, cases) = (self.0, self.own(slip)?);
        centre.look(|tx| {
            let row = tx.row("paper.get", vals![document_no])?.ok_or_else(|| CentreError::not_found("paper"))?;
            let kinds = tx.rows("paper.of_case", vals![row.uuid(0)?])?;
            let receipt = kinds.iter().any(|kept| {
                kept.text(0).is_ok_and(|number| number == document_no)
                    && kept.text(1).is_ok_and(|kind| kind == PaperKind::SupplyReceipt.as_str())
            });
            if !receipt || !cases.contains(&CaseId(row.uuid(0)?)) {
                return Err(CentreError::not_found("paper"));
            }
            centre.keys.open_sealed("paper", &row.bytes(2)?)
        })
    }
}

impl Centre {
    /// 申请人补交.
    #[must_use]
    pub const fn brought(&self) -> Brought<'_> {
        Brought(self)
    }

    /// What one case waits for from its applicant.
    fn owing(&self, tx: &Tx<'_>, loaded: &Loaded) -> Result<Vec<Owing>> {
        let handled = loaded.case.handling();
        if loaded.case.status().is_final() || loaded.case.blocked().is_some() {
            return Ok(Vec::new());
        }
        let today = self.today();
        let owe = |missing: &tongban_domain::event::Missing, due: &str, deferred, verdict| Owing {
            case: loaded.id(),
            requirement: missing.requirement.clone(),
            name: missing.name.clone(),
            why: missing.why.clone(),
            due: due.to_owned(),
            deferred,
            verdict,
            late: today.as_str() > due,
        };
        let mut owing = Vec::new();
        if let Some(notice) = handled.open_notice().filter(|_| loaded.case.status() == CaseStatus::Correction) {
            owing.extend(notice.missing.iter().map(|missing| owe(missing, &notice.due, false, None)));
        }
        if let Some(deferral) = &handled.deferral {
            let kept = Kept::of_case(tx, loaded.id())?;
            let last = |id: &RequirementId| kept.iter().rev().find(|one| &one.requirement == id);
            owing.extend(deferral.open().map(|missing| {
                let verdict = last(&missing.requirement).map(|kept| kept.verdict.clone());
                owe(missing, &deferral.supply_by, true, verdict)
            }));
        }
        Ok(owing)
    }

    /// Today, `YYYY-MM-DD`.
    pub(crate) fn today(&self) -> String {
        tongban_domain::limits::date_text(tongban_domain::limits::local_day(self.now()))
    }
}
