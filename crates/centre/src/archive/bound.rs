//! 材料合订: the pages of each material of a case as one PDF.

use super::{Archive, ArchivedFile, entry};
use crate::cases::Loaded;
use crate::centre::Centre;
use crate::error::{CentreError, Result};
use crate::rights::Action;
use crate::staff::Member;
use tongban_crypto::open_blob;
use tongban_domain::clock::WallTime;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::Event;
use tongban_domain::ids::{CaseId, RequirementId};
use tongban_protocol::payload::blob_context;

impl Archive<'_> {
    /// The pages of one material in their order, as one PDF file that is the same whenever it is asked for.
    ///
    /// # Errors
    /// Refused without [`Action::ViewCases`]; not found when the material has no pages.
    pub fn bound(&self, by: &Member, case: CaseId, requirement: &RequirementId) -> Result<Vec<u8>> {
        by.require(Action::ViewCases)?;
        let centre = self.0;
        let loaded = centre.look(|tx| {
            centre.row_for(tx, by, case)?;
            centre.load_known(tx, case)
        })?;
        bind(centre, &loaded, requirement)
    }

    /// One file for each material that has pages.
    pub(super) fn bound_files(&self, case: CaseId) -> Result<Vec<ArchivedFile>> {
        let loaded = self.0.look(|tx| self.0.load_known(tx, case))?;
        let materials = loaded.case.pages_by_requirement();
        let file = |requirement: &&RequirementId| {
            bind(self.0, &loaded, requirement).map(|pdf| entry(format!("bound/{requirement}.pdf"), &pdf))
        };
        materials.keys().map(file).collect()
    }
}

fn bind(centre: &Centre, loaded: &Loaded, requirement: &RequirementId) -> Result<Vec<u8>> {
    let pages = loaded.case.pages(requirement);
    if pages.is_empty() {
        return Err(CentreError::not_found("material"));
    }
    let mut files = Vec::with_capacity(pages.len());
    for page in &pages {
        let sealed = centre.blob(&page.blob.address)?.ok_or_else(|| CentreError::not_found("file"))?;
        let opened = open_blob(&loaded.key, &blob_context(loaded.id()), &sealed)
            .map_err(|error| CentreError::Damaged(format!("blob {}: {error}", page.blob.address)))?;
        files.push(opened);
    }
    // The material's name; an item the catalogue no longer has leaves its number.
    let item = centre.item_of(&loaded.case).ok();
    let name = item.as_ref().and_then(|item| item.requirement(requirement)).map(|known| known.name.clone());
    let title = name.unwrap_or_else(|| requirement.to_string());
    // Dated by the last page that was taken, not by who looks when.
    let taken = loaded.events.iter().zip(&loaded.recorded).rev();
    let at = taken
        .filter(|(event, _)| matches!(event, Event::PageCaptured { requirement: of, .. } if of == requirement))
        .map(|(_, entry)| entry.action.header.wall)
        .next()
        .unwrap_or(WallTime(0));
    let paper = tongban_licence::bind(&files, &title, at);
    paper.map(|paper| paper.pdf).map_err(|error| {
        tracing::warn!(%error, "pages of a material");
        CentreError::invalid(ErrorCode::CameraBadImage, "pages of a material")
    })
}
