//! 阳光政务: decisions made, with masked names, for everybody to read. Proofs and queries of a person are nobody's business.

use crate::centre::Centre;
use crate::error::Result;
use crate::vals;
use time::Date;
use tongban_domain::ids::ItemKey;
use tongban_domain::item::ResultKind;

/// One decision as published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// 事项名称.
    pub item: String,
    /// 办理部门.
    pub org: String,
    /// Firm, or masked person.
    pub applicant: String,
    /// Accepted at and ended at, ms.
    pub accepted_ms: Option<i64>,
    /// Ended at, ms.
    pub closed_ms: Option<i64>,
    /// 准予 or 不予; `None` for one that ended otherwise.
    pub granted: Option<bool>,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Open<'a>(pub(crate) &'a Centre);

impl Centre {
    /// 阳光政务.
    #[must_use]
    pub const fn open_lists(&self) -> Open<'_> {
        Open(self)
    }
}

impl Open<'_> {
    /// The newest decisions about licences accepted from the first to the last day, at most `count`.
    pub fn decisions(&self, from: Date, to: Date, count: usize) -> Result<Vec<Decision>> {
        let mut facts = self.0.statistics().accepted_between("", from, to)?;
        facts.retain(|fact| fact.ended.is_some() || fact.status.is_final());
        facts.sort_by_key(|fact| (std::cmp::Reverse(fact.ended), fact.case));
        self.0.look(|tx| {
            let mut decisions = Vec::new();
            for fact in &facts {
                let Some(row) = tx.row("case.get", vals![fact.case.0])? else { continue };
                let row = crate::cases::read_row(self.0, &row)?;
                let named = |(key, version): &(ItemKey, u32)| self.0.catalogue().item(key, *version);
                let item = row.item.as_ref().and_then(named).filter(|item| item.result.kind == ResultKind::Licence);
                let Some(item) = item.filter(|_| row.decided_ms.is_some()) else { continue };
                decisions.push(Decision {
                    item: item.name.clone(),
                    org: item.org.name.clone(),
                    applicant: row.firm_name.clone().unwrap_or_else(|| row.applicant_masked()),
                    accepted_ms: row.accepted_ms,
                    closed_ms: row.closed_ms,
                    granted: row.granted,
                });
                if decisions.len() == count {
                    break;
                }
            }
            Ok(decisions)
        })
    }
}
