//! 事项库: drafted, checked and published by three people; linted on the way; imported and exported.

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::office::{self, EVER, Key, Place};
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::storage::Tx;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::{ItemKey, StaffId};
use tongban_domain::item::{Finding, ServiceItem, lint};

const DRAFTS: &str = "item_draft";
pub(crate) const CLAIMS: &str = "item_claim";

/// 草稿状态.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftState {
    /// 起草.
    Drafted,
    /// 审核通过.
    Approved,
    /// 退回修改.
    SentBack,
    /// 已发布.
    Published,
}

impl DraftState {
    const fn key(self) -> &'static str {
        match self {
            Self::Drafted => "drafted",
            Self::Approved => "approved",
            Self::SentBack => "sent_back",
            Self::Published => "published",
        }
    }
}

/// 事项草稿.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// `key@version`.
    pub id: String,
    /// The item file.
    pub json: String,
    /// State.
    pub state: DraftState,
    /// 起草人.
    pub drafted_by: StaffId,
    /// 审核人.
    pub approved_by: Option<StaffId>,
    /// 发布人.
    pub published_by: Option<StaffId>,
    /// 退回意见 and the like, oldest first: who, what.
    pub notes: Vec<(StaffId, String)>,
}

/// 认领 of an item by a county, town or village: local fields only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Region, six to twelve digits.
    pub region: String,
    /// The item.
    pub item: ItemKey,
    /// 办理地点.
    pub address: String,
    /// 办理时间.
    pub hours: String,
    /// 咨询电话.
    pub consult: String,
    /// 窗口.
    pub window: String,
    /// Offered at kiosks here.
    pub kiosk: bool,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Library<'a>(pub(crate) &'a Centre);

impl Library<'_> {
    /// What the rules of the guide say of an item file.
    pub fn check(&self, json: &str) -> Result<Vec<Finding>> {
        Ok(lint(&parse(json)?))
    }

    /// 起草 or change of a draft. The version must be the next one.
    pub fn draft(&self, by: &Member, json: &str) -> Result<Draft> {
        by.require(Action::EditItems)?;
        let item = parse(json)?;
        let latest = self.0.catalogue().latest(&item.key).map_or(0, |item| item.version);
        if item.version != latest + 1 {
            let detail = format!("version {} is next", latest + 1);
            return Err(CentreError::refused(Refusal::Conflict, ErrorCode::StaleVersion, detail));
        }
        self.0.office(|tx| {
            let id = format!("{}@{}", item.key, item.version);
            let before: Option<Draft> = office::get(tx, DRAFTS, &id)?;
            let draft = Draft {
                id: id.clone(),
                json: json.to_owned(),
                state: DraftState::Drafted,
                drafted_by: by.id.clone(),
                approved_by: None,
                published_by: None,
                notes: before.map(|draft| draft.notes).unwrap_or_default(),
            };
            self.save(tx, &draft)?;
            log(tx, self.0.now_ms(), &by.id.0, "item.draft", &id, "ok", "")?;
            Ok(draft)
        })
    }

    /// 审核: by another person, and only what breaks no rule of the guide.
    pub fn approve(&self, by: &Member, id: &str) -> Result<()> {
        by.require(Action::CheckItems)?;
        self.step(by, id, "item.approve", |draft| {
            if draft.drafted_by == by.id {
                return Err(CentreError::forbidden(ErrorCode::SamePerson, "drafted by the same person"));
            }
            if draft.state != DraftState::Drafted {
                return Err(wrong_state());
            }
            let faults: Vec<Finding> =
                lint(&parse(&draft.json)?).into_iter().filter(|finding| finding.blocks).collect();
            if let Some(first) = faults.first() {
                let detail = format!("{} findings, first {} at {}", faults.len(), first.code, first.path);
                return Err(CentreError::invalid(ErrorCode::ItemUnsound, detail));
            }
            draft.state = DraftState::Approved;
            draft.approved_by = Some(by.id.clone());
            Ok(())
        })
    }

    /// 退回修改.
    pub fn send_back(&self, by: &Member, id: &str, note: &str) -> Result<()> {
        by.require(Action::CheckItems)?;
        self.step(by, id, "item.send_back", |draft| {
            if note.trim().is_empty() || draft.state == DraftState::Published {
                return Err(wrong_state());
            }
            draft.state = DraftState::SentBack;
            draft.notes.push((by.id.clone(), note.trim().to_owned()));
            Ok(())
        })
    }

    /// 发布: by a third person; old cases keep their version.
    pub fn publish(&self, by: &Member, id: &str) -> Result<Arc<ServiceItem>> {
        by.require(Action::PublishItems)?;
        let draft: Draft = self.0.look(|tx| office::known(tx, DRAFTS, id))?;
        if draft.state != DraftState::Approved {
            return Err(wrong_state());
        }
        if draft.drafted_by == by.id || draft.approved_by.as_ref() == Some(&by.id) {
            return Err(CentreError::forbidden(ErrorCode::SamePerson, "drafted or checked by the same person"));
        }
        let item = self.0.catalogue().publish(&by.id.0, &draft.json)?;
        self.step(by, id, "item.publish", |draft| {
            draft.state = DraftState::Published;
            draft.published_by = Some(by.id.clone());
            Ok(())
        })?;
        Ok(item)
    }

    fn step(&self, by: &Member, id: &str, action: &str, work: impl Fn(&mut Draft) -> Result<()>) -> Result<()> {
        let done = self.0.office(|tx| {
            let mut draft: Draft = office::known(tx, DRAFTS, id)?;
            work(&mut draft)?;
            self.save(tx, &draft)?;
            log(tx, self.0.now_ms(), &by.id.0, action, id, "ok", "")
        });
        if let Err(CentreError::Refused { code, detail, .. }) = &done {
            self.0.staff().note(&by.id.0, action, id, code.as_str(), detail)?;
        }
        done
    }

    fn save(&self, tx: &Tx<'_>, draft: &Draft) -> Result<()> {
        let key = draft.id.split('@').next().unwrap_or_default();
        let place = Place {
            room: DRAFTS,
            id: &draft.id,
            a: key,
            b: &draft.drafted_by.0,
            state: draft.state.key(),
            at_ms: self.0.now_ms(),
        };
        office::put(tx, place, draft)
    }

    /// Every draft, oldest first.
    pub fn drafts(&self) -> Result<Vec<Draft>> {
        self.0.look(|tx| office::list(tx, DRAFTS, EVER))
    }

    /// The whole library in force as one file: a JSON array of item files.
    pub fn export(&self) -> Result<String> {
        let items = self.0.catalogue().all();
        let values: Vec<&ServiceItem> = items.iter().map(AsRef::as_ref).collect();
        serde_json::to_string_pretty(&values).map_err(|error| CentreError::Damaged(format!("export: {error}")))
    }

    /// Takes an exported library in as drafts; answers how many are new.
    pub fn import(&self, by: &Member, json: &str) -> Result<usize> {
        let files: Vec<serde_json::Value> = serde_json::from_str(json)
            .map_err(|error| CentreError::invalid(ErrorCode::ConfigInvalid, format!("library: {error}")))?;
        let mut taken = 0;
        for file in files {
            let item = parse(&file.to_string())?;
            let known = self.0.catalogue().latest(&item.key).map_or(0, |item| item.version);
            if item.version == known + 1 {
                self.draft(by, &file.to_string())?;
                taken += 1;
            }
        }
        Ok(taken)
    }

    /// 认领: core fields stay locked; place, time and phone are the region's own.
    pub fn claim(&self, by: &Member, claim: &Claim) -> Result<()> {
        by.require(Action::RunHall)?;
        let known = self.0.catalogue().latest(&claim.item).is_some();
        let full = [&claim.address, &claim.hours, &claim.consult].iter().all(|text| !text.trim().is_empty());
        if !known || !full || !claim.region.starts_with(crate::rights::region_prefix(&by.region)) {
            return Err(CentreError::invalid(ErrorCode::FieldInvalid, "claim"));
        }
        self.0.office(|tx| {
            let id = format!("{}/{}", claim.region, claim.item);
            let now = self.0.now_ms();
            let place =
                Place { room: CLAIMS, id: &id, a: &claim.region, b: &claim.item.0, state: "in_force", at_ms: now };
            office::put(tx, place, claim)?;
            log(tx, now, &by.id.0, "item.claim", &id, "ok", "")
        })
    }

    /// What a region offers at its kiosks: claimed there, and offered at kiosks by the item itself.
    pub fn kiosk_list(&self, region: &str) -> Result<Vec<Arc<ServiceItem>>> {
        let claims: Vec<Claim> = self.0.look(|tx| office::list(tx, CLAIMS, Key::A(region)))?;
        let claimed = claims.iter().filter(|claim| claim.kiosk);
        let items = claimed.filter_map(|claim| self.0.catalogue().latest(&claim.item));
        Ok(items.filter(|item| item.channels.kiosk != tongban_domain::item::KioskScope::None).collect())
    }
}

fn wrong_state() -> CentreError {
    CentreError::refused(Refusal::Conflict, ErrorCode::CaseState, "draft is not in this state")
}

fn parse(json: &str) -> Result<ServiceItem> {
    ServiceItem::from_json(json).map_err(|error| CentreError::invalid(error.code(), format!("item file: {error}")))
}
