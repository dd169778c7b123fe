//! Typed identifiers. CONTRACT: other crates store and send these.

use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    };
}

uuid_id!(
    /// 办件标识: one application through its life, from the first swipe on.
    CaseId
);
uuid_id!(
    /// 动作标识: one entry of a case's chain.
    ActionId
);
uuid_id!(
    /// 页影像标识.
    PageId
);
uuid_id!(
    /// 制证任务标识: one attempt to print one licence; also the IPP job name.
    PrintId
);
text_id!(
    /// 终端标识, for example `890102-001-K03`.
    StationId
);
text_id!(
    /// 大厅标识, for example `890102-001`.
    HallId
);
text_id!(
    /// 工作人员标识 (account name).
    StaffId
);
text_id!(
    /// 事项标识 within the catalogue, for example `jz_first`.
    ItemKey
);
text_id!(
    /// 材料要求标识 within an item, for example `m05`.
    RequirementId
);
text_id!(
    /// 共享资源标识, for example `elicence.business_licence`.
    ResourceId
);
text_id!(
    /// 表单字段标识 within an item, for example `net_assets`.
    FieldId
);
