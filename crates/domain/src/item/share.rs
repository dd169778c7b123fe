//! 共享数据调用: what an item asks other departments.

use super::condition::Condition;
use crate::ids::{FieldId, RequirementId, ResourceId};
use serde::{Deserialize, Serialize};

/// 共享数据调用: one question to another department.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShareCall {
    /// 资源标识, unique within the item.
    pub resource: ResourceId,
    /// What is fetched, as the applicant reads it.
    pub title: String,
    /// 提供部门.
    pub source_org: String,
    /// Whether the card's number or the firm's code is asked about.
    pub subject: ShareSubject,
    /// 使用目的.
    pub purpose: String,
    /// 依据: duty or consent, as text for the log and the screen.
    pub basis: String,
    /// Materials a confirmed answer stands for.
    #[serde(default)]
    pub satisfies: Vec<RequirementId>,
    /// Form fields sent along; the form is then filled in before the call.
    #[serde(default)]
    pub parameters: Vec<FieldId>,
    /// Made only when this holds (known once the form is filled in).
    #[serde(default)]
    pub when: Option<Condition>,
    /// Without a confirmed answer the item cannot go on (proofs: the answer is the result).
    #[serde(default)]
    pub essential: bool,
    /// Fields shown and used, in order (最小必要).
    pub fields: Vec<ShareField>,
}

impl ShareCall {
    /// Whether it can only be made once the form is filled in.
    #[must_use]
    pub const fn follows_form(&self) -> bool {
        !self.parameters.is_empty() || self.when.is_some()
    }
}

/// Whom a share call asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShareSubject {
    /// The person of the card.
    Person,
    /// The firm the applicant acts for.
    Firm,
}

/// One field of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShareField {
    /// Key in the answer.
    pub key: FieldId,
    /// Label on screen and paper.
    pub label: String,
}
