//! 知识库: questions people ask, with their answers, drafted, checked and published by three people, found by search.

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::office::{self, EVER, Key, Place};
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::storage::Tx;
use serde::{Deserialize, Serialize};
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::{ItemKey, StaffId};

const ROOM: &str = "knowledge";
/// Entries a search answers.
const FOUND_MAX: usize = 20;

/// 知识条目.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// 编号.
    pub id: String,
    /// 问.
    pub question: String,
    /// 答.
    pub answer: String,
    /// Other words people use.
    pub words: Vec<String>,
    /// 事项 it belongs to, if to one.
    pub item: Option<ItemKey>,
    /// `draft`, `checked`, `published`, `ended`.
    pub state: String,
    /// Who wrote it.
    pub drafted_by: StaffId,
    /// Who checked it.
    pub checked_by: Option<StaffId>,
    /// Why it was sent back or ended; empty otherwise.
    pub reason: String,
    /// The entry it takes the place of, once it is published.
    pub replaces: Option<String>,
    /// Last change, ms.
    pub at_ms: i64,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Knowledge<'a>(pub(crate) &'a Centre);

impl Centre {
    /// 知识库.
    #[must_use]
    pub const fn knowledge(&self) -> Knowledge<'_> {
        Knowledge(self)
    }
}

impl Knowledge<'_> {
    /// 起草, or a new text of an entry: it is checked and published again before anybody reads the change.
    ///
    /// # Errors
    /// `Invalid`: no question, no answer, an item nobody knows.
    pub fn draft(&self, by: &Member, id: Option<&str>, new: (&str, &str), words: &str, item: &str) -> Result<Entry> {
        by.require(Action::EditItems)?;
        let (question, answer) = (new.0.trim(), new.1.trim());
        let long = question.chars().count() > 100 || answer.chars().count() > 2_000;
        if question.is_empty() || answer.is_empty() || long {
            return Err(CentreError::invalid(ErrorCode::FieldInvalid, "question or answer"));
        }
        let item = Some(ItemKey(item.trim().to_owned())).filter(|item| !item.0.is_empty());
        if item.as_ref().is_some_and(|item| self.0.catalogue().latest(item).is_none()) {
            return Err(CentreError::invalid(ErrorCode::ItemUnknown, "item of the entry"));
        }
        let words = words.split([' ', '，', ',', '、', '\n']).map(str::trim).filter(|word| !word.is_empty());
        let words: Vec<String> = words.take(20).map(str::to_owned).collect();
        self.0.office(|tx| {
            let entry = Entry {
                id: self.0.series(tx, "ZS")?,
                question: question.to_owned(),
                answer: answer.to_owned(),
                words: words.clone(),
                item: item.clone(),
                state: "draft".to_owned(),
                drafted_by: by.id.clone(),
                checked_by: None,
                reason: String::new(),
                replaces: id.map(str::to_owned),
                at_ms: self.0.now_ms(),
            };
            self.save(tx, &by.id.0, "knowledge.draft", &entry)?;
            Ok(entry)
        })
    }

    /// 审核, by another person; sent back with a reason.
    ///
    /// # Errors
    /// A108 for the same person, A105 for sending back without a reason.
    pub fn check(&self, by: &Member, id: &str, sound: bool, reason: &str) -> Result<()> {
        by.require(Action::CheckItems)?;
        if !sound && reason.trim().is_empty() {
            return Err(CentreError::invalid(ErrorCode::ReasonMissing, "sent back without a reason"));
        }
        self.step(by, id, "draft", "knowledge.check", |entry| {
            if entry.drafted_by == by.id {
                return Err(CentreError::forbidden(ErrorCode::SamePerson, "drafted by the same person"));
            }
            entry.checked_by = Some(by.id.clone());
            entry.state = if sound { "checked" } else { "ended" }.to_owned();
            entry.reason = reason.trim().to_owned();
            Ok(())
        })
    }

    /// 发布: what it takes the place of is ended in the same step.
    ///
    /// # Errors
    /// A108 for who wrote or checked it.
    pub fn publish(&self, by: &Member, id: &str) -> Result<()> {
        by.require(Action::PublishItems)?;
        self.0.office(|tx| {
            let mut entry = in_state(tx, id, "checked")?;
            if entry.drafted_by == by.id || entry.checked_by.as_ref() == Some(&by.id) {
                return Err(CentreError::forbidden(ErrorCode::SamePerson, "drafted or checked by the same person"));
            }
            entry.state = "published".to_owned();
            entry.reason = String::new();
            entry.at_ms = self.0.now_ms();
            self.save(tx, &by.id.0, "knowledge.publish", &entry)?;
            let old: Option<Entry> =
                entry.replaces.as_deref().map(|old| office::get(tx, ROOM, old)).transpose()?.flatten();
            let Some(mut old) = old.filter(|old| old.state == "published") else { return Ok(()) };
            old.state = "ended".to_owned();
            old.reason = format!("由 {id} 代替");
            self.save(tx, &by.id.0, "knowledge.replace", &old)
        })
    }

    /// 停用, with a reason.
    ///
    /// # Errors
    /// A105 without one.
    pub fn end(&self, by: &Member, id: &str, reason: &str) -> Result<()> {
        by.require(Action::PublishItems)?;
        if reason.trim().is_empty() {
            return Err(CentreError::invalid(ErrorCode::ReasonMissing, "ended without a reason"));
        }
        self.step(by, id, "published", "knowledge.end", |entry| {
            entry.state = "ended".to_owned();
            entry.reason = reason.trim().to_owned();
            Ok(())
        })
    }

    fn step(
        &self,
        by: &Member,
        id: &str,
        from: &str,
        action: &str,
        work: impl Fn(&mut Entry) -> Result<()>,
    ) -> Result<()> {
        self.0.office(|tx| {
            let mut entry = in_state(tx, id, from)?;
            work(&mut entry)?;
            entry.at_ms = self.0.now_ms();
            self.save(tx, &by.id.0, action, &entry)
        })
    }

    fn save(&self, tx: &Tx<'_>, by: &str, action: &str, entry: &Entry) -> Result<()> {
        let item = entry.item.as_ref().map_or("", |item| &item.0);
        let place = Place { room: ROOM, id: &entry.id, a: "", b: item, state: &entry.state, at_ms: entry.at_ms };
        office::put(tx, place, entry)?;
        log(tx, self.0.now_ms(), by, action, &entry.id, "ok", &entry.reason)
    }

    /// Every entry, for who works on them.
    pub fn all(&self, by: &Member) -> Result<Vec<Entry>> {
        let may = [Action::EditItems, Action::CheckItems, Action::PublishItems];
        if !may.iter().any(|action| by.may(*action)) {
            by.require(Action::EditItems)?;
        }
        self.0.look(|tx| office::list(tx, ROOM, EVER))
    }

    /// Published entries that fit what was typed, best first; every word must fit somewhere.
    pub fn search(&self, text: &str) -> Result<Vec<Entry>> {
        let all: Vec<Entry> = self.0.look(|tx| office::list(tx, ROOM, Key::State("published")))?;
        let words: Vec<String> = text.split_whitespace().map(plain).filter(|word| !word.is_empty()).take(8).collect();
        let mut found: Vec<(u32, Entry)> = all
            .into_iter()
            .filter_map(|entry| {
                let ranks: Option<Vec<u32>> = words.iter().map(|word| rank(&entry, word)).collect();
                ranks.map(|ranks| (ranks.into_iter().sum(), entry))
            })
            .collect();
        found.sort_by(|a, b| (a.0, &a.1.question).cmp(&(b.0, &b.1.question)));
        Ok(found.into_iter().map(|(_, entry)| entry).take(FOUND_MAX).collect())
    }

    /// Published entries of an item.
    pub fn of_item(&self, item: &ItemKey) -> Result<Vec<Entry>> {
        let all: Vec<Entry> = self.0.look(|tx| office::list(tx, ROOM, Key::B(&item.0)))?;
        Ok(all.into_iter().filter(|entry| entry.state == "published").collect())
    }
}

fn in_state(tx: &Tx<'_>, id: &str, state: &str) -> Result<Entry> {
    let entry: Entry = office::known(tx, ROOM, id)?;
    if entry.state != state {
        return Err(CentreError::refused(Refusal::Conflict, ErrorCode::CaseState, "not in this state"));
    }
    Ok(entry)
}

/// 0 is best; `None` when the word does not fit at all.
fn rank(entry: &Entry, word: &str) -> Option<u32> {
    let question = plain(&entry.question);
    if question.contains(word) {
        return Some(0);
    }
    if entry.words.iter().any(|one| plain(one).contains(word) || word.contains(&plain(one))) {
        return Some(1);
    }
    plain(&entry.answer).contains(word).then_some(2)
}

fn plain(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
