//! 审计: who did what to a case and who looked at it, without what the case says.

use super::lines::TimelineLine;
use super::timeline::timeline;
use super::{CaseRow, Cases, ChainState};
use crate::error::{CentreError, Result};
use crate::rights::Action;
use crate::sharing::ShareCallLine;
use crate::staff::{LogLine, Member, log_line};
use crate::vals;
use tongban_domain::ids::CaseId;

/// Most lines of the log.
const LINES_MAX: usize = 500;

/// Everything on the page.
pub struct Audit {
    /// The projection row.
    pub row: CaseRow,
    /// 办件链, checked now.
    pub chain: ChainState,
    /// Acts in the chain, oldest first; what they say is left out.
    pub acts: Vec<TimelineLine>,
    /// Acts, looks and refusals in the log of staff, newest first.
    pub log: Vec<LogLine>,
    /// Calls to other departments.
    pub calls: Vec<ShareCallLine>,
}

impl std::fmt::Debug for Audit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Audit").field("case", &self.row.case).finish_non_exhaustive()
    }
}

impl Cases<'_> {
    /// The trail of a case of the member's region, by its id or its receipt number. The look is
    /// itself logged.
    pub fn audit(&self, by: &Member, word: &str) -> Result<Audit> {
        by.require(Action::AuditCase)?;
        let digits: String = word.chars().filter(char::is_ascii_digit).collect();
        let centre = self.0;
        let mut audit = centre.db.read("view case", |tx| {
            let id = match word.trim().parse() {
                Ok(id) => CaseId(id),
                Err(_) => {
                    let row = tx.row("case.by_receipt", vals![&digits])?;
                    CaseId(row.ok_or_else(|| CentreError::not_found("case"))?.uuid(0)?)
                }
            };
            let row = centre.row_for(tx, by, id)?;
            let loaded = centre.load_known(tx, id)?;
            let log = tx.rows("desk.audit", vals![id.to_string(), LINES_MAX])?;
            Ok(Audit {
                chain: centre.check_case(tx, &loaded)?,
                acts: timeline(&loaded),
                log: log.iter().map(log_line).collect::<Result<_>>()?,
                calls: Vec::new(),
                row,
            })
        })?;
        for act in &mut audit.acts {
            act.detail.clear();
        }
        audit.calls = centre.sharing().of_case(audit.row.case)?;
        centre.staff().note(&by.id.0, "case.audit", &audit.row.case.to_string(), "ok", "")?;
        Ok(audit)
    }
}
