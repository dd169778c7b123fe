//! What is asked.

use std::fmt;
use tongban_domain::ids::{CaseId, FieldId, ItemKey, ResourceId};
use tongban_protocol::api::ShareRequest;

/// Whose data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubjectKind {
    /// 自然人.
    Person,
    /// 法人 or other organisation.
    Firm,
}

impl SubjectKind {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Firm => "firm",
        }
    }
}

/// 共享查询: one resource, one subject, one purpose.
#[derive(Clone, PartialEq, Eq)]
pub struct ShareQuery {
    /// 资源.
    pub resource: ResourceId,
    /// Whose.
    pub subject_kind: SubjectKind,
    /// 公民身份号码 or 统一社会信用代码.
    pub subject: String,
    /// 使用目的.
    pub purpose: String,
    /// 事项.
    pub item: ItemKey,
    /// 办件.
    pub case: CaseId,
    /// Fields wanted, in the order they shall come back; no other field comes back.
    pub fields: Vec<FieldId>,
    /// Choices the resource depends on (险种, period …).
    pub parameters: Vec<(FieldId, String)>,
}

impl From<&ShareRequest> for ShareQuery {
    /// A subject kind other than `firm` counts as a person.
    fn from(request: &ShareRequest) -> Self {
        Self {
            resource: request.resource.clone(),
            subject_kind: if request.subject_kind == "firm" { SubjectKind::Firm } else { SubjectKind::Person },
            subject: request.subject.clone(),
            purpose: request.purpose.clone(),
            item: request.item.clone(),
            case: request.case,
            fields: request.fields.clone(),
            parameters: request.parameters.clone(),
        }
    }
}

impl fmt::Debug for ShareQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ShareQuery({}, {:?}, {} fields, subject redacted)",
            self.resource,
            self.subject_kind,
            self.fields.len()
        )
    }
}
