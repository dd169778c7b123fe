//! 证据调阅: presence evidence opens for a role with a reason, and the look stands in the case's chain.

use crate::cases::Loaded;
use crate::centre::Centre;
use crate::error::{CentreError, Result};
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::storage::Tx;
use tongban_crypto::open_blob;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{BlobRef, Event};
use tongban_domain::ids::{CaseId, PageId};
use tongban_protocol::action::Actor;
use tongban_protocol::payload::blob_context;

/// How long one reason opens the evidence, ms.
pub const GRANT_MS: i64 = 10 * 60_000;
/// Longest reason, characters.
pub const REASON_CHARS_MAX: usize = 200;

/// A file of a case, opened.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// Media type.
    pub media: String,
    /// Plain bytes.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opened({}, {} bytes redacted)", self.media, self.bytes.len())
    }
}

/// Which piece of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// 核验照片.
    Still,
    /// 核验录像.
    Clip,
    /// 签认图像.
    SignOff,
    /// 芯片照片, decoded.
    Portrait,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a>(pub(crate) &'a Centre);

fn reason(text: &str) -> Result<&str> {
    let text = text.trim();
    let chars = text.chars().count();
    if (2..=REASON_CHARS_MAX).contains(&chars) {
        Ok(text)
    } else {
        Err(CentreError::invalid(ErrorCode::ReasonMissing, "reason"))
    }
}

impl Evidence<'_> {
    /// Opens a case's evidence for [`GRANT_MS`]; the reason goes into the case's chain.
    pub fn view(&self, by: &Member, id: CaseId, why: &str) -> Result<()> {
        by.require(Action::ViewEvidence)?;
        let why = reason(why)?;
        let centre = self.0;
        centre.db.write("view evidence", |tx| {
            centre.row_for(tx, by, id)?;
            let mut loaded = centre.load_known(tx, id)?;
            let event = Event::EvidenceViewed { by: by.id.clone(), reason: why.to_owned() };
            centre.append(tx, &mut loaded, Actor::Staff(by.id.clone()), None, event)?;
            log(tx, centre.now_ms(), &by.id.0, "evidence.view", &id.to_string(), "ok", "reason in the case's chain")
        })
    }

    /// Whether a reason of this member's is still fresh.
    pub fn granted(&self, by: &Member, id: CaseId) -> Result<bool> {
        self.0.db.read("evidence grant", |tx| {
            self.0.row_for(tx, by, id)?;
            Ok(self.is_granted(&self.0.load_known(tx, id)?, by))
        })
    }

    fn is_granted(&self, loaded: &Loaded, by: &Member) -> bool {
        let now = self.0.now_ms();
        loaded.events.iter().zip(&loaded.recorded).rev().any(|(event, entry)| {
            matches!(event, Event::EvidenceViewed { by: viewer, .. } if *viewer == by.id)
                && (0..GRANT_MS).contains(&(now - entry.action.header.wall.0))
        })
    }

    /// One piece of evidence; refused without a fresh reason.
    pub fn piece(&self, by: &Member, id: CaseId, piece: Piece) -> Result<Opened> {
        by.require(Action::ViewEvidence)?;
        self.0.db.read("evidence piece", |tx| {
            self.0.row_for(tx, by, id)?;
            let loaded = self.0.load_known(tx, id)?;
            if !self.is_granted(&loaded, by) {
                return Err(CentreError::forbidden(ErrorCode::ReasonMissing, "no fresh reason for this case"));
            }
            let presence = loaded.case.presence();
            let reference = match piece {
                Piece::Still => presence.and_then(|proof| proof.still.clone()),
                Piece::Clip => presence.and_then(|proof| proof.clip.clone()),
                Piece::SignOff => loaded.case.sign_off().map(|sign_off| sign_off.evidence.clone()),
                Piece::Portrait => loaded.case.card_portrait().cloned(),
            };
            self.open(&loaded, &reference.ok_or_else(|| CentreError::not_found("evidence"))?)
        })
    }

    /// A page image or its thumbnail.
    pub fn page(&self, by: &Member, id: CaseId, page: PageId, thumb: bool) -> Result<Opened> {
        by.require(Action::ViewCases)?;
        self.0.db.read("page", |tx| {
            self.0.row_for(tx, by, id)?;
            let loaded = self.0.load_known(tx, id)?;
            let pages = loaded.case.pages_by_requirement();
            let found = pages
                .values()
                .flatten()
                .find(|known| known.id == page)
                .ok_or_else(|| CentreError::not_found("page"))?;
            self.open(&loaded, if thumb { &found.thumb } else { &found.blob })
        })
    }

    pub(crate) fn open(&self, loaded: &Loaded, reference: &BlobRef) -> Result<Opened> {
        let sealed = self.0.blob(&reference.address)?.ok_or_else(|| CentreError::not_found("file"))?;
        let bytes = open_blob(&loaded.key, &blob_context(loaded.id()), &sealed)
            .map_err(|error| CentreError::Damaged(format!("blob {}: {error}", reference.address)))?;
        Ok(Opened { media: reference.media.clone(), bytes })
    }

    /// 显示全号: name and number of the applicant, with a reason for the log.
    pub fn reveal(&self, by: &Member, id: CaseId, why: &str) -> Result<(String, String)> {
        by.require(Action::RevealIdentity)?;
        let why = reason(why)?;
        let centre = self.0;
        centre.db.write("reveal", |tx: &Tx<'_>| {
            let row = centre.row_for(tx, by, id)?;
            log(tx, centre.now_ms(), &by.id.0, "identity.reveal", &id.to_string(), "ok", why)?;
            Ok((row.applicant, row.number))
        })
    }
}
