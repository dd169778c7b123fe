//! 印章登记: which seals a department has, in which state, and that nothing is made with one that is not in use.
//!
//! A department none of whose seals is registered keeps them elsewhere: then nothing is blocked here. As soon as one
//! is registered, one of them must be 启用 and valid on the day.

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::office::{self, EVER, Key, Place};
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::storage::Tx;
use serde::{Deserialize, Serialize};
use tongban_domain::code::ErrorCode;
use tongban_domain::item::Organization;
use tongban_domain::limits::{date_text, local_day, parse_date};

const ROOM: &str = "seal";

/// 印章状态.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SealState {
    /// 启用.
    InUse,
    /// 停用.
    Stopped,
    /// 遗失.
    Lost,
}

impl SealState {
    const fn key(self) -> &'static str {
        match self {
            Self::InUse => "in_use",
            Self::Stopped => "stopped",
            Self::Lost => "lost",
        }
    }
}

/// 印章.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// 印章编码, as on the maker's certificate.
    pub code: String,
    /// 统一社会信用代码 of the department.
    pub org: String,
    /// 名称, for example `行政审批专用章（1）`.
    pub name: String,
    /// 制作单位.
    pub maker: String,
    /// 制作日期.
    pub made_on: String,
    /// Last day it may be used.
    pub valid_to: String,
    /// 状态.
    pub state: SealState,
    /// What happened: when (ms), to which state, by whom, why. Oldest first.
    pub history: Vec<(i64, SealState, String, String)>,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Seals<'a>(pub(crate) &'a Centre);

impl Centre {
    /// 印章.
    #[must_use]
    pub const fn seals(&self) -> Seals<'_> {
        Seals(self)
    }

    /// Whether something may be made with a seal of this department today.
    pub(crate) fn seal_holds(&self, tx: &Tx<'_>, org: &Organization) -> Result<bool> {
        let seals: Vec<Seal> = office::list(tx, ROOM, Key::A(&org.code))?;
        let today = date_text(local_day(self.now()));
        let good = |seal: &Seal| seal.state == SealState::InUse && today <= seal.valid_to;
        Ok(seals.is_empty() || seals.iter().any(good))
    }

    /// Refuses what would bear a seal that is stopped, lost or past its day.
    pub(crate) fn must_seal(&self, tx: &Tx<'_>, org: &Organization) -> Result<()> {
        if self.seal_holds(tx, org)? {
            return Ok(());
        }
        Err(CentreError::refused(Refusal::Conflict, ErrorCode::SealRefused, "no seal of the department is in use"))
    }
}

impl Seals<'_> {
    /// 登记: in use from the first day.
    ///
    /// # Errors
    /// `Invalid` for a seal without code, department, name or dates; C101 when the code is known.
    pub fn register(&self, by: &Member, new: &Seal) -> Result<()> {
        by.require(Action::GrantRights)?;
        let dates = parse_date(&new.made_on).zip(parse_date(&new.valid_to));
        let sound = dates.is_some_and(|(made, to)| made <= to)
            && [&new.code, &new.name, &new.maker].iter().all(|text| !text.trim().is_empty() && text.len() < 200)
            && self.0.catalogue().all().iter().any(|item| item.org.code == new.org);
        if !sound {
            return Err(CentreError::invalid(ErrorCode::FieldInvalid, "code, department, name or dates of the seal"));
        }
        self.0.office(|tx| {
            if office::get::<Seal>(tx, ROOM, &new.code)?.is_some() {
                return Err(CentreError::refused(Refusal::Conflict, ErrorCode::CaseState, "registered before"));
            }
            let history = vec![(self.0.now_ms(), SealState::InUse, by.id.0.clone(), "登记".to_owned())];
            let seal = Seal { state: SealState::InUse, history, ..new.clone() };
            self.save(tx, by, &seal, "登记")
        })
    }

    /// 启用, 停用 or 遗失, with a reason. A lost one never comes back into use.
    ///
    /// # Errors
    /// A105 without a reason, C101 for a lost seal or for no change.
    pub fn set(&self, by: &Member, code: &str, state: SealState, reason: &str) -> Result<()> {
        by.require(Action::GrantRights)?;
        if reason.trim().is_empty() {
            return Err(CentreError::invalid(ErrorCode::ReasonMissing, "seal changed without a reason"));
        }
        self.0.office(|tx| {
            let mut seal: Seal = office::known(tx, ROOM, code)?;
            if seal.state == SealState::Lost || seal.state == state {
                return Err(CentreError::refused(Refusal::Conflict, ErrorCode::CaseState, "state of the seal"));
            }
            seal.state = state;
            seal.history.push((self.0.now_ms(), state, by.id.0.clone(), reason.trim().to_owned()));
            self.save(tx, by, &seal, reason.trim())
        })
    }

    fn save(&self, tx: &Tx<'_>, by: &Member, seal: &Seal, reason: &str) -> Result<()> {
        let now = self.0.now_ms();
        let place = Place { room: ROOM, id: &seal.code, a: &seal.org, b: "", state: seal.state.key(), at_ms: now };
        office::put(tx, place, seal)?;
        log(tx, now, &by.id.0, &format!("seal.{}", seal.state.key()), &seal.code, "ok", reason)
    }

    /// Every seal, for who keeps them and who works with them.
    pub fn all(&self, by: &Member) -> Result<Vec<Seal>> {
        if !by.may(Action::OperateLicences) {
            by.require(Action::GrantRights)?;
        }
        self.0.look(|tx| office::list(tx, ROOM, EVER))
    }
}
