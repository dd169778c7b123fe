//! 转接续办: leaving a draft with the centre, and going on with one begun elsewhere.

use crate::audit::Note;
use crate::point::Commit;
use crate::{Store, StoreError};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use tongban_crypto::{DataKey, open_blob};
use tongban_domain::case::Case;
use tongban_domain::event::{BlobRef, Digest, Event};
use tongban_domain::ids::CaseId;
use tongban_protocol::action::Actor;
use tongban_protocol::chain::check_chain;
use tongban_protocol::handover::DraftTaken;

/// A draft begun at another station, opened. Debug shows nothing personal.
pub struct HandedDraft {
    id: CaseId,
    key: DataKey,
    case: Case,
    events: Vec<Event>,
}

impl std::fmt::Debug for HandedDraft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HandedDraft({}, {} events)", self.id, self.events.len())
    }
}

impl HandedDraft {
    /// Files of its pages, in the order they are needed.
    #[must_use]
    pub fn files(&self) -> Vec<BlobRef> {
        let pages = self.case.pages_by_requirement();
        pages.values().flatten().flat_map(|page| [page.blob.clone(), page.thumb.clone()]).collect()
    }

    /// What the applicant wrote and showed, over files of the new case. Identity, consent, presence and shared data
    /// are not among it: they are asked where the applicant stands now.
    fn content(&self, files: &BTreeMap<Digest, BlobRef>) -> Result<Vec<Event>, StoreError> {
        let file = |blob: &BlobRef| {
            files.get(&blob.address).cloned().ok_or_else(|| StoreError::BlobMissing(blob.address.to_string()))
        };
        let chosen = self.events.iter().rposition(|event| matches!(event, Event::ItemChosen { .. }));
        let since = chosen.map_or(&[][..], |at| &self.events[at..]);
        let last = |is: fn(&Event) -> bool| since.iter().rfind(|event| is(event)).cloned();
        let mut content = Vec::new();
        content.extend(last(|event| matches!(event, Event::ItemChosen { .. })));
        content.extend(last(|event| matches!(event, Event::AgentNamed { .. })));
        content.extend(last(|event| matches!(event, Event::FormFilled { .. })));
        for page in self.case.pages_by_requirement().into_values().flatten() {
            content.push(Event::PageCaptured {
                page: page.id,
                requirement: page.requirement.clone(),
                blob: file(&page.blob)?,
                thumb: file(&page.thumb)?,
                width: page.width,
                height: page.height,
            });
            let judged = |event: &&Event| matches!(event, Event::PageJudged { page: of, .. } if *of == page.id);
            content.extend(since.iter().rfind(judged).cloned());
        }
        Ok(content)
    }
}

impl Store {
    /// 转接: the applicant leaves the draft with the centre; from here on it travels and nothing more is added here.
    /// `text_version` is the text they agreed to.
    ///
    /// # Errors
    /// `Refused` before an item was chosen; `Database`.
    pub fn hand_on(&self, case: CaseId, text_version: u32) -> Result<Case, StoreError> {
        self.write(Commit::Append, |tx| {
            let folded = self.append_in(tx, case, &Event::HandedOn { text_version }, &Actor::Applicant)?;
            tx.execute("UPDATE case_file SET released = 1 WHERE case_id = ?1", [case.0.as_bytes()])?;
            let object = case.to_string();
            self.note_in(tx, &Note { actor: "applicant", action: "case.handed-on", object: &object, result: "ok" })?;
            Ok(folded)
        })
    }

    /// Whether the centre has signed for everything of a case.
    ///
    /// # Errors
    /// `NoCase`, `Database`.
    pub fn is_signed_for(&self, case: CaseId) -> Result<bool, StoreError> {
        self.read(|conn| {
            let mut statement = conn.prepare("SELECT acked_wall IS NOT NULL FROM case_file WHERE case_id = ?1")?;
            let mut rows = statement.query([case.0.as_bytes()])?;
            let row = rows.next()?.ok_or(StoreError::NoCase(case))?;
            Ok(row.get(0)?)
        })
    }

    /// Opens a draft the centre gave to this station: its key, its chain, its events.
    ///
    /// # Errors
    /// `Seal` when it is not for this station, `Unsound` when its chain has a gap, `Format`, `Refused`.
    pub fn open_handed(&self, taken: &DraftTaken) -> Result<HandedDraft, StoreError> {
        let unsound = |why: String| StoreError::Unsound(format!("draft {}: {why}", taken.case));
        let wrapped = hex::decode(&taken.key_hex).map_err(|error| unsound(error.to_string()))?;
        let key = self.keys.wrap_secret.unwrap_key(&wrapped)?;
        let actions = taken.actions()?;
        check_chain(&actions).map_err(|fault| unsound(fault.to_string()))?;
        if actions.first().is_none_or(|first| first.header.case != taken.case) {
            return Err(unsound("another case".to_owned()));
        }
        let events = actions.iter().map(|action| action.open(&key)).collect::<Result<Vec<_>, _>>()?;
        let case = Case::fold(taken.case, &events).map_err(|rule| unsound(rule.to_string()))?;
        Ok(HandedDraft { id: taken.case, key, case, events })
    }

    /// Opens a file of the draft and seals it anew for the case that goes on. Durable when this returns.
    ///
    /// # Errors
    /// `Unsound` when bytes and reference differ, `Seal`, `File`.
    pub fn keep_handed(
        &self,
        into: CaseId,
        draft: &HandedDraft,
        blob: &BlobRef,
        sealed: &[u8],
    ) -> Result<BlobRef, StoreError> {
        let plain = open_blob(&draft.key, draft.id.0.as_bytes(), sealed)?;
        if <[u8; 32]>::from(Sha256::digest(&plain)) != blob.plain_sha256.0 {
            return Err(StoreError::Unsound(format!("blob {}", blob.address)));
        }
        self.put_blob(into, &blob.media, &plain)
    }

    /// Writes what the applicant had written and shown into the case that goes on, all of it or nothing.
    /// `files` holds the new reference of every file by the address it had.
    ///
    /// # Errors
    /// `Refused` when the case cannot take it (nothing is written), `BlobMissing`, `Database`.
    pub fn continue_handed(
        &self,
        into: CaseId,
        draft: &HandedDraft,
        files: &BTreeMap<Digest, BlobRef>,
    ) -> Result<Case, StoreError> {
        let content = draft.content(files)?;
        self.write(Commit::Append, |tx| {
            for event in &content {
                self.append_in(tx, into, event, &Actor::Applicant)?;
            }
            let object = draft.id.to_string();
            self.note_in(tx, &Note { actor: "station", action: "case.taken-over", object: &object, result: "ok" })?;
            self.keep_visit_in(tx, into)?;
            self.fold(tx, into)
        })
    }
}
