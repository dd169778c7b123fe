//! 权限: role × action, one table. Nothing is allowed that does not stand here.

use serde::{Deserialize, Serialize};

/// 角色.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 承办人: accepts and reviews.
    Reviewer,
    /// 分管领导: decides.
    Decider,
    /// 制证员: prints and hands over at the certificate window.
    Operator,
    /// 大厅主任: sees everything of the hall, stock and supervision.
    Manager,
    /// 运维: stations.
    Technician,
    /// 系统管理员: accounts and catalogue; no case.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] =
        [Self::Reviewer, Self::Decider, Self::Operator, Self::Manager, Self::Technician, Self::Admin];

    /// Key used in the store and on the command line.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Reviewer => "reviewer",
            Self::Decider => "decider",
            Self::Operator => "operator",
            Self::Manager => "manager",
            Self::Technician => "technician",
            Self::Admin => "admin",
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Reviewer => "承办人",
            Self::Decider => "分管领导",
            Self::Operator => "制证员",
            Self::Manager => "大厅主任",
            Self::Technician => "运维",
            Self::Admin => "系统管理员",
        }
    }

    /// The role with this key.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.key() == key)
    }
}

/// What somebody signed in may want to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// 看待办和办件.
    ViewCases,
    /// 显示全号 (with a reason).
    RevealIdentity,
    /// 调阅核验证据 (with a reason).
    ViewEvidence,
    /// 受理.
    Accept,
    /// 审查.
    Review,
    /// 决定.
    Decide,
    /// 看制证队列.
    ViewLicences,
    /// 制证和发证 at a certificate station.
    OperateLicences,
    /// 看空白证照库存.
    ViewStock,
    /// 看终端.
    ViewStations,
    /// 登记终端, 生成注册码, 吊销.
    ManageStations,
    /// 看员工.
    ViewStaff,
    /// 增加和停用员工.
    ManageStaff,
    /// 看日志和隔离区.
    ViewLog,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 14] = [
        Self::ViewCases,
        Self::RevealIdentity,
        Self::ViewEvidence,
        Self::Accept,
        Self::Review,
        Self::Decide,
        Self::ViewLicences,
        Self::OperateLicences,
        Self::ViewStock,
        Self::ViewStations,
        Self::ManageStations,
        Self::ViewStaff,
        Self::ManageStaff,
        Self::ViewLog,
    ];
}

/// The table.
#[must_use]
pub const fn allows(role: Role, action: Action) -> bool {
    match role {
        Role::Reviewer => matches!(
            action,
            Action::ViewCases
                | Action::RevealIdentity
                | Action::ViewEvidence
                | Action::Accept
                | Action::Review
                | Action::ViewLicences
        ),
        Role::Decider => matches!(
            action,
            Action::ViewCases | Action::RevealIdentity | Action::ViewEvidence | Action::Decide | Action::ViewLicences
        ),
        Role::Operator => matches!(action, Action::ViewLicences | Action::OperateLicences | Action::ViewStock),
        Role::Manager => matches!(
            action,
            Action::ViewCases
                | Action::RevealIdentity
                | Action::ViewLicences
                | Action::ViewStock
                | Action::ViewStations
                | Action::ViewStaff
                | Action::ViewLog
        ),
        Role::Technician => matches!(action, Action::ViewStations | Action::ManageStations | Action::ViewLog),
        Role::Admin => matches!(
            action,
            Action::ViewStations | Action::ManageStations | Action::ViewStaff | Action::ManageStaff | Action::ViewLog
        ),
    }
}

/// Whether any of the roles allows the action.
#[must_use]
pub fn any_allows(roles: &[Role], action: Action) -> bool {
    roles.iter().any(|role| allows(*role, action))
}

/// The prefix a region sees: trailing `00` pairs fall away (`890100` sees `8901`).
#[must_use]
pub fn region_prefix(region: &str) -> &str {
    let mut prefix = region;
    while prefix.len() > 2 && prefix.len().is_multiple_of(2) && prefix.ends_with("00") {
        prefix = &prefix[..prefix.len() - 2];
    }
    prefix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_who_makes_accounts_sees_a_case() {
        for action in [
            Action::ViewCases,
            Action::RevealIdentity,
            Action::ViewEvidence,
            Action::Accept,
            Action::Review,
            Action::Decide,
        ] {
            assert!(!allows(Role::Admin, action), "{action:?}");
            assert!(!allows(Role::Technician, action), "{action:?}");
        }
    }

    #[test]
    fn no_role_both_reviews_and_decides() {
        for role in Role::ALL {
            assert!(!(allows(role, Action::Review) && allows(role, Action::Decide)), "{role:?}");
        }
    }

    #[test]
    fn a_city_sees_its_counties_and_a_county_only_itself() {
        assert_eq!(region_prefix("890100"), "8901");
        assert_eq!(region_prefix("890102"), "890102");
        assert_eq!(region_prefix("890000"), "89");
        assert_eq!(region_prefix("890000000000"), "89");
    }
}
