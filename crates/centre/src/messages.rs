//! 消息模板和发送记录: the words an applicant is told, with places for what differs, changed by two people.
//!
//! Every template has words of this release; a city's own take their place once another person put them in force.
//! Carrying a message to a telephone is a city's own gateway: what is kept here is what every channel shows.

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::notices::Notice;
use crate::office::{self, Key, Place};
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::storage::Tx;
use serde::{Deserialize, Serialize};
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::StaffId;

const ROOM: &str = "message_template";
/// Most characters of a template: two short messages of a telephone.
pub const CHARS_MAX: usize = 130;

/// 模板 of this release: key, what it is for, its words, and the places it must keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Key.
    pub key: &'static str,
    /// When it is sent.
    pub title: &'static str,
    /// Words.
    pub text: &'static str,
    /// Places, each of which the words have to name.
    pub places: &'static [&'static str],
}

const fn known(key: &'static str, title: &'static str, text: &'static str, places: &'static [&'static str]) -> Known {
    Known { key, title, text, places }
}

/// Every template.
pub const TEMPLATES: [Known; 10] = [
    known("accepted", "受理", "已受理，{due}前办结。", &["due"]),
    known("correction", "补正", "需要补正：{missing}。请在{due}前补齐。", &["missing", "due"]),
    known("suspended", "特别程序", "正在{name}，预计 {days} 个工作日，不计入办理时限。", &["name", "days"]),
    known("rejected", "不予受理、退件", "未能受理，理由和救济途径见文书。", &[]),
    known("terminated", "终止", "已终止办理，理由见文书。", &[]),
    known("granted", "准予", "已准予许可，正在制证。", &[]),
    known("denied", "不予", "未予许可，理由和复议、诉讼途径见文书。", &[]),
    known("ready_courier", "证照寄出", "证照已制好，将按您填写的地址寄出。", &[]),
    known("ready", "证照待领", "证照已制好，请带身份证到制证窗口领取。", &[]),
    known(
        "expiring",
        "证照到期",
        "证照 {valid_to} 到期，还有 {days} 天。需要延续的，请提前办理。",
        &["valid_to", "days"],
    ),
];

/// 模板 a city has written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Key of the one whose place it takes.
    pub key: String,
    /// In force; empty for the words of this release.
    pub text: String,
    /// Proposed words and who wrote them.
    pub proposed: Option<(String, StaffId)>,
    /// Who put what into force, when (ms); oldest first.
    pub history: Vec<(i64, String, StaffId)>,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Messages<'a>(pub(crate) &'a Centre);

impl Centre {
    /// 消息.
    #[must_use]
    pub const fn messages(&self) -> Messages<'_> {
        Messages(self)
    }

    /// The words of a template with its places filled.
    pub(crate) fn worded(&self, tx: &Tx<'_>, key: &str, values: &[(&str, String)]) -> Result<String> {
        let own: Option<Template> = office::get(tx, ROOM, key)?;
        let own = own.map(|own| own.text).filter(|text| !text.is_empty());
        let words = own.unwrap_or_else(|| find(key).map_or("", |known| known.text).to_owned());
        Ok(values.iter().fold(words, |words, (place, value)| words.replace(&format!("{{{place}}}"), value)))
    }
}

fn find(key: &str) -> Option<&'static Known> {
    TEMPLATES.iter().find(|known| known.key == key)
}

/// What is wrong with words for a template; nothing when they are sound.
#[must_use]
pub fn faults(known: &Known, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let count = text.chars().count();
    if count == 0 || count > CHARS_MAX {
        faults.push(format!("须在 1 至 {CHARS_MAX} 字之间，现有 {count} 字"));
    }
    let mut rest = text;
    let mut named = Vec::new();
    while let Some((_, after)) = rest.split_once('{') {
        let Some((place, tail)) = after.split_once('}') else {
            faults.push("有“{”没有“}”".to_owned());
            break;
        };
        if !known.places.contains(&place) {
            faults.push(format!("没有这个变量：{{{place}}}"));
        }
        named.push(place);
        rest = tail;
    }
    faults.extend(
        known.places.iter().filter(|place| !named.contains(place)).map(|place| format!("缺少变量 {{{place}}}")),
    );
    faults
}

impl Messages<'_> {
    /// 起草: other words for a template; nobody is told them before they are in force.
    ///
    /// # Errors
    /// `Invalid` with what is wrong with the words.
    pub fn propose(&self, by: &Member, key: &str, text: &str) -> Result<()> {
        by.require(Action::EditItems)?;
        let known = find(key).ok_or_else(|| CentreError::not_found("template"))?;
        let faults = faults(known, text.trim());
        if !faults.is_empty() {
            return Err(CentreError::invalid(ErrorCode::FieldInvalid, faults.join("；")));
        }
        self.0.office(|tx| {
            let mut own = self.own(tx, key)?;
            own.proposed = Some((text.trim().to_owned(), by.id.clone()));
            self.save(tx, by, "message.propose", &own)
        })
    }

    /// 启用, by another person.
    ///
    /// # Errors
    /// A108 for the same person, C101 when nothing is proposed.
    pub fn enforce(&self, by: &Member, key: &str) -> Result<()> {
        by.require(Action::CheckItems)?;
        self.0.office(|tx| {
            let mut own = self.own(tx, key)?;
            let Some((text, author)) = own.proposed.take() else {
                return Err(CentreError::refused(Refusal::Conflict, ErrorCode::CaseState, "nothing is proposed"));
            };
            if author == by.id {
                return Err(CentreError::forbidden(ErrorCode::SamePerson, "written by the same person"));
            }
            own.history.push((self.0.now_ms(), text.clone(), by.id.clone()));
            own.text = text;
            self.save(tx, by, "message.enforce", &own)
        })
    }

    fn own(&self, tx: &Tx<'_>, key: &str) -> Result<Template> {
        let none = || Template { key: key.to_owned(), text: String::new(), proposed: None, history: Vec::new() };
        Ok(office::get(tx, ROOM, key)?.unwrap_or_else(none))
    }

    fn save(&self, tx: &Tx<'_>, by: &Member, action: &str, own: &Template) -> Result<()> {
        let state = if own.proposed.is_some() { "proposed" } else { "in_force" };
        let now = self.0.now_ms();
        office::put(tx, Place { room: ROOM, id: &own.key, a: "", b: "", state, at_ms: now }, own)?;
        log(tx, now, &by.id.0, action, &own.key, "ok", "")
    }

    /// Every template with what the city made of it.
    pub fn all(&self, by: &Member) -> Result<Vec<(Known, Template)>> {
        reads(by)?;
        self.0.look(|tx| TEMPLATES.iter().map(|known| Ok((*known, self.own(tx, known.key)?))).collect())
    }

    /// 发送记录: the last messages, newest first; to whom is not told, only of which kind.
    pub fn sent(&self, by: &Member, count: usize) -> Result<Vec<Notice>> {
        reads(by)?;
        let since = self.0.now_ms() - 30 * 86_400_000;
        let mut all: Vec<Notice> =
            self.0.look(|tx| office::list(tx, crate::notices::NOTICES, Key::Between(since, i64::MAX)))?;
        all.reverse();
        all.truncate(count);
        Ok(all)
    }
}

fn reads(by: &Member) -> Result<()> {
    if by.may(Action::CheckItems) { Ok(()) } else { by.require(Action::EditItems) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_this_release_are_sound_and_wrong_ones_are_named() {
        for known in &TEMPLATES {
            assert_eq!(faults(known, known.text), Vec::<String>::new(), "{}", known.key);
        }
        let accepted = find("accepted").expect("there");
        assert!(faults(accepted, "已受理。")[0].contains("缺少变量 {due}"));
        assert!(faults(accepted, "已受理，{due}前办结，{phone}").iter().any(|fault| fault.contains("{phone}")));
        assert!(faults(accepted, "{due}{").iter().any(|fault| fault.contains("没有“}”")));
        assert!(!faults(accepted, "").is_empty() && !faults(accepted, &"长".repeat(200)).is_empty());
    }
}
