//! 资源目录: what departments offer, and on which terms (GB/T 21063).

use super::Sharing;
use crate::centre::Centre;
use crate::error::{CentreError, Result};
use crate::office::{self, EVER, Place};
use crate::rights::Action;
use crate::staff::{Member, log};
use serde::{Deserialize, Serialize};
use std::path::Path;
use tongban_domain::code::ErrorCode;

pub(super) const RESOURCES: &str = "share_resource";

/// 共享类型.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SharingKind {
    /// 无条件共享.
    Unconditional,
    /// 有条件共享.
    Conditional,
    /// 不予共享.
    None,
}

impl SharingKind {
    /// What people call it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Unconditional => "无条件共享",
            Self::Conditional => "有条件共享",
            Self::None => "不予共享",
        }
    }
}

/// 资源状态.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceState {
    /// 编目中, not offered yet.
    Draft,
    /// 已发布.
    Published,
    /// 暂停.
    Suspended,
}

/// 信息资源.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Identifier, as items name it.
    pub id: String,
    /// 资源代码: 分类码/顺序码.
    pub code: String,
    /// 名称.
    pub name: String,
    /// 资源属性: `base`, `theme` or `department`.
    pub attribute: String,
    /// 提供方.
    pub provider: String,
    /// 摘要.
    pub summary: String,
    /// 格式.
    pub format: String,
    /// 信息项, by our names.
    pub fields: Vec<String>,
    /// 共享类型.
    pub kind: SharingKind,
    /// 共享条件, or why not.
    pub condition: String,
    /// 共享方式: `interface`, `table` or `file`.
    pub way: String,
    /// 是否向社会开放.
    pub open: bool,
    /// 更新周期.
    pub update_cycle: String,
    /// 发布日期 `YYYY-MM-DD`.
    pub published: String,
    /// 状态.
    pub state: ResourceState,
}

impl Resource {
    fn faults(&self) -> Option<&'static str> {
        let filled = |text: &str| !text.trim().is_empty();
        if ![&self.id, &self.code, &self.name, &self.provider, &self.summary].into_iter().all(|text| filled(text)) {
            return Some("identifier, code, name, provider and summary are needed");
        }
        if self.fields.is_empty() {
            return Some("no fields");
        }
        if self.kind != SharingKind::Unconditional && !filled(&self.condition) {
            return Some("the condition, or why it is not shared, is needed");
        }
        let known = matches!(self.attribute.as_str(), "base" | "theme" | "department")
            && matches!(self.way.as_str(), "interface" | "table" | "file");
        (!known).then_some("attribute or way of sharing")
    }
}

/// Working days the steps of a request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepDays {
    /// 合规审核.
    pub check: u16,
    /// 提供方答复, of a published resource.
    pub answer: u16,
    /// 提供方答复, of one that is not published yet.
    pub answer_unpublished: u16,
}

impl Default for StepDays {
    fn default() -> Self {
        Self { check: 2, answer: 5, answer_unpublished: 10 }
    }
}

/// An authorisation of the first day.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FirstGrant {
    resource: String,
    items: Vec<String>,
    fields: Vec<String>,
    purpose: String,
    legal_basis: String,
    daily_quota: u64,
    from: String,
    to: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FirstDay {
    #[expect(dead_code, reason = "the format's version; there is one")]
    v: u32,
    days: StepDays,
    resources: Vec<Resource>,
    grants: Vec<FirstGrant>,
}

const DAYS: &str = "share_days";

impl Sharing<'_> {
    /// The catalogue.
    pub fn resources(&self, by: &Member) -> Result<Vec<Resource>> {
        by.require(Action::ViewSharing)?;
        self.0.look(|tx| office::list(tx, RESOURCES, EVER))
    }

    /// What an item may be set up with: published, and shared at all.
    pub fn offered(&self) -> Result<Vec<Resource>> {
        let all: Vec<Resource> = self.0.look(|tx| office::list(tx, RESOURCES, EVER))?;
        let offered = |one: &Resource| one.state == ResourceState::Published && one.kind != SharingKind::None;
        Ok(all.into_iter().filter(offered).collect())
    }

    /// Enters a resource, or changes it. What is no longer shared stops at the next call.
    pub fn put_resource(&self, by: &Member, resource: &Resource) -> Result<()> {
        by.require(Action::EditResources)?;
        if let Some(fault) = resource.faults() {
            return Err(CentreError::invalid(ErrorCode::FieldInvalid, fault));
        }
        self.0.office(|tx| {
            let now = self.0.now_ms();
            place(tx, now, resource)?;
            log(tx, now, &by.id.0, "sharing.resource", &resource.id, "ok", resource.kind.title())
        })
    }

    /// Enters what a new centre starts with; what is there already stays.
    pub(crate) fn load(&self, path: &Path) -> Result<()> {
        let text = std::fs::read_to_string(path).map_err(CentreError::file("read sharing catalogue"))?;
        let first: FirstDay =
            serde_json::from_str(&text).map_err(|error| CentreError::Damaged(format!("sharing catalogue: {error}")))?;
        let known = self.0.look(|tx| office::get::<StepDays>(tx, DAYS, "days"))?;
        if known == Some(first.days) {
            return Ok(());
        }
        self.0.office(|tx| {
            let now = self.0.now_ms();
            for resource in &first.resources {
                if let Some(fault) = resource.faults() {
                    return Err(CentreError::Damaged(format!("sharing catalogue: {}: {fault}", resource.id)));
                }
                if office::get::<Resource>(tx, RESOURCES, &resource.id)?.is_none() {
                    place(tx, now, resource)?;
                }
            }
            for grant in &first.grants {
                self.first_grant(tx, now, grant)?;
            }
            let place = Place { room: DAYS, id: "days", a: "", b: "", state: "", at_ms: now };
            office::put(tx, place, &first.days)
        })
    }

    fn first_grant(&self, tx: &crate::storage::Tx<'_>, now: i64, grant: &FirstGrant) -> Result<()> {
        use super::requests::{Applied, Request, RequestState, put};
        let id = format!("first-{}", grant.resource);
        if office::get::<Request>(tx, super::requests::REQUESTS, &id)?.is_some() {
            return Ok(());
        }
        let applied = Applied {
            resource: grant.resource.clone(),
            org: "示范市政务服务中心".into(),
            items: grant.items.clone(),
            fields: grant.fields.clone(),
            purpose: grant.purpose.clone(),
            scene: "政务服务办理".into(),
            legal_basis: grant.legal_basis.clone(),
            daily_quota: grant.daily_quota,
            from: grant.from.clone(),
            to: grant.to.clone(),
            security_person: "系统管理员".into(),
        };
        put(tx, &Request::first(id, applied, RequestState::Granted, now))
    }
}

fn place(tx: &crate::storage::Tx<'_>, now: i64, resource: &Resource) -> Result<()> {
    let state = match resource.state {
        ResourceState::Draft => "draft",
        ResourceState::Published => "published",
        ResourceState::Suspended => "suspended",
    };
    let place = Place { room: RESOURCES, id: &resource.id, a: &resource.provider, b: "", state, at_ms: now };
    office::put(tx, place, resource)
}

impl Centre {
    pub(super) fn step_days(&self, tx: &crate::storage::Tx<'_>) -> Result<StepDays> {
        Ok(office::get(tx, DAYS, "days")?.unwrap_or_default())
    }
}
