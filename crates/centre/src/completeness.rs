//! 一次就成: the 齐全单. Every material is judged; the slip promises completeness, never approval.

use crate::centre::Centre;
use crate::error::{CentreError, Result};
use crate::papers::Says;
use crate::rights::Action;
use crate::staff::{Member, log};
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{Digest, Event, Light, MaterialVerdict, PageVerdict, PaperKind};
use tongban_domain::ids::{CaseId, PageId};
use tongban_domain::limits::local_day;
use tongban_domain::readiness::{is_ready, judge};
use tongban_protocol::action::Actor;

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Completeness<'a>(pub(crate) &'a Centre);

impl Completeness<'_> {
    /// What each material is judged as, now.
    pub fn judge(&self, by: &Member, id: CaseId) -> Result<Vec<MaterialVerdict>> {
        by.require(Action::ViewCases)?;
        self.0.look(|tx| {
            self.0.row_for(tx, by, id)?;
            let loaded = self.0.load_known(tx, id)?;
            let item = self.0.item_of(&loaded.case)?;
            Ok(judge(&item, &loaded.case, local_day(self.0.now())))
        })
    }

    /// A person looked at a page nobody else could judge. Who looked stands in the verdict.
    pub fn look(&self, by: &Member, id: CaseId, page: PageId, verdict: &PageVerdict) -> Result<()> {
        self.0.office(|tx| {
            let row = self.0.row_for(tx, by, id)?;
            let mut loaded = self.0.load_known(tx, id)?;
            let item = self.0.item_of(&loaded.case)?;
            self.0.authorise(tx, by, Action::Accept, &row.region, &item)?;
            let verdict = PageVerdict { judge: format!("staff:{}", by.id), ..verdict.clone() };
            let event = Event::PageJudged { page, verdict };
            self.0.append(tx, &mut loaded, Actor::Staff(by.id.clone()), None, event)
        })
    }

    /// Issues the 齐全单. Refused while a line is red or nobody has looked at one.
    pub fn issue(&self, by: &Member, id: CaseId) -> Result<String> {
        let centre = self.0;
        centre.office(|tx| {
            let row = centre.row_for(tx, by, id)?;
            let mut loaded = centre.load_known(tx, id)?;
            let item = centre.item_of(&loaded.case)?;
            centre.authorise(tx, by, Action::Accept, &row.region, &item)?;
            let verdicts = judge(&item, &loaded.case, local_day(centre.now()));
            if let Some(open) = verdicts.iter().find(|verdict| verdict.light != Light::Green) {
                let detail = format!("{}: {}", open.requirement, open.code);
                return Err(CentreError::invalid(ErrorCode::MaterialMissing, detail));
            }
            if !is_ready(&verdicts) {
                return Err(CentreError::invalid(ErrorCode::MaterialMissing, "nothing to judge"));
            }
            let name = |verdict: &MaterialVerdict| {
                item.requirement(&verdict.requirement).map_or(String::new(), |requirement| requirement.name.clone())
            };
            let points = verdicts.iter().map(|verdict| format!("{}：合格。{}", name(verdict), verdict.reason));
            let says = Says::default().points(points);
            let (document_no, pdf_sha256) = centre.print_paper(tx, &loaded, &item, PaperKind::Completeness, &says)?;
            let content = Digest(tongban_crypto::sm3(&tongban_domain::case::sign_off_content(&loaded.case)));
            let event = Event::CompletenessIssued { document_no: document_no.clone(), verdicts, content, pdf_sha256 };
            centre.append(tx, &mut loaded, Actor::Staff(by.id.clone()), None, event)?;
            log(tx, centre.now_ms(), &by.id.0, "case.completeness", &id.to_string(), "ok", &document_no)?;
            Ok(document_no)
        })
    }
}
