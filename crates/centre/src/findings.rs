//! 安全检查: what a look at programs and machines found, each with its clock until it is mended or accepted.

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::office::{self, EVER, Place};
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::storage::Tx;
use serde::{Deserialize, Serialize};
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::StaffId;
use tongban_domain::limits::{date_text, local_day};

const ROOM: &str = "finding";

/// 风险等级.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// 高.
    High,
    /// 中.
    Medium,
    /// 低.
    Low,
}

impl Severity {
    /// Working days until it is mended.
    #[must_use]
    pub const fn days(self) -> u16 {
        match self {
            Self::High => 3,
            Self::Medium => 10,
            Self::Low => 30,
        }
    }
}

/// 检查发现.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// 编号.
    pub id: String,
    /// Where: a station, or `server`.
    pub place: String,
    /// Which look found it: the tool or the people.
    pub source: String,
    /// What.
    pub title: String,
    /// 风险等级.
    pub severity: Severity,
    /// Recorded at, ms.
    pub at_ms: i64,
    /// 整改期限.
    pub fix_by: String,
    /// Who recorded it.
    pub by: StaffId,
    /// How it ended: mended (`true`) or the risk accepted, by whom, why, when (ms).
    pub ended: Option<(bool, StaffId, String, i64)>,
}

impl Finding {
    /// Its clock has run out.
    #[must_use]
    pub fn is_late(&self, today: &str) -> bool {
        self.ended.is_none() && self.fix_by.as_str() < today
    }
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Findings<'a>(pub(crate) &'a Centre);

impl Centre {
    /// 安全检查.
    #[must_use]
    pub const fn findings(&self) -> Findings<'_> {
        Findings(self)
    }
}

impl Findings<'_> {
    /// 登记.
    ///
    /// # Errors
    /// `Invalid` without source or title, or for a station nobody knows.
    pub fn record(&self, by: &Member, place: &str, source: &str, title: &str, severity: Severity) -> Result<Finding> {
        by.require(Action::ManageStations)?;
        let short = |text: &str| !text.trim().is_empty() && text.chars().count() <= 300;
        if !short(source) || !short(title) || (place != "server" && self.0.stations().get(place)?.is_none()) {
            return Err(CentreError::invalid(ErrorCode::FieldInvalid, "place, source or title of the finding"));
        }
        let due = self.0.limits().due(local_day(self.0.now()), severity.days())?;
        self.0.office(|tx| {
            let finding = Finding {
                id: self.0.series(tx, "AQ")?,
                place: place.to_owned(),
                source: source.trim().to_owned(),
                title: title.trim().to_owned(),
                severity,
                at_ms: self.0.now_ms(),
                fix_by: date_text(due.date),
                by: by.id.clone(),
                ended: None,
            };
            self.save(tx, &by.id, "finding.record", &finding)?;
            Ok(finding)
        })
    }

    /// 整改完毕, or 接受风险 by another person than who recorded it; both with words.
    ///
    /// # Errors
    /// A105 without words, A108 for accepting one's own, C101 for one that has ended.
    pub fn end(&self, by: &Member, id: &str, mended: bool, words: &str) -> Result<()> {
        by.require(Action::ManageStations)?;
        if words.trim().is_empty() {
            return Err(CentreError::invalid(ErrorCode::ReasonMissing, "ended without words"));
        }
        self.0.office(|tx| {
            let mut finding: Finding = office::known(tx, ROOM, id)?;
            if finding.ended.is_some() {
                return Err(CentreError::refused(Refusal::Conflict, ErrorCode::CaseState, "ended before"));
            }
            if !mended && finding.by == by.id {
                return Err(CentreError::forbidden(ErrorCode::SamePerson, "recorded by the same person"));
            }
            finding.ended = Some((mended, by.id.clone(), words.trim().to_owned(), self.0.now_ms()));
            self.save(tx, &by.id, if mended { "finding.mended" } else { "finding.accepted" }, &finding)
        })
    }

    fn save(&self, tx: &Tx<'_>, by: &StaffId, action: &str, finding: &Finding) -> Result<()> {
        let state = if finding.ended.is_some() { "ended" } else { "open" };
        let Finding { id, place, at_ms, .. } = finding;
        office::put(tx, Place { room: ROOM, id, a: place, b: "", state, at_ms: *at_ms }, finding)?;
        log(tx, self.0.now_ms(), &by.0, action, id, "ok", "")
    }

    /// Every finding: open ones first, the gravest before the rest.
    pub fn all(&self, by: &Member) -> Result<Vec<Finding>> {
        by.require(Action::ViewStations)?;
        let mut all: Vec<Finding> = self.0.look(|tx| office::list(tx, ROOM, EVER))?;
        all.sort_by_key(|one| (one.ended.is_some(), one.severity, one.at_ms));
        Ok(all)
    }
}
