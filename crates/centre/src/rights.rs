//! 权限: role × action, one table. Nothing is allowed that does not stand here.

use serde::{Deserialize, Serialize};

/// Makes roles or actions, their keys and their titles from one list.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $key:literal, $title:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $(#[doc = $title] $variant),+ }

        impl $name {
            /// Every one, in order.
            pub const ALL: [Self; [$($key),+].len()] = [$(Self::$variant),+];

            /// Key used in the store and on the command line.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key),+ }
            }

            /// What people call it.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),+ }
            }

            /// The one with this key.
            #[must_use]
            pub fn parse(key: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|one| one.key() == key)
            }
        }
    };
}

words! {
    /// 角色.
    Role {
        Reviewer = "reviewer", "承办人";
        Decider = "decider", "分管领导";
        Operator = "operator", "制证员";
        Manager = "manager", "大厅主任";
        Technician = "technician", "运维";
        Admin = "admin", "系统管理员";
        Window = "window", "综合窗口";
        Chief = "chief", "科室负责人";
        Supervisor = "supervisor", "监管员";
        Editor = "editor", "事项编辑";
        Checker = "checker", "事项审核";
        Publisher = "publisher", "事项发布";
        Helper = "helper", "代办员";
        Hotline = "hotline", "热线坐席";
        Cashier = "cashier", "收费员";
        Archivist = "archivist", "档案员";
        Security = "security", "安全管理员";
        Auditor = "auditor", "审计员";
        DataAdmin = "data_admin", "数据管理员";
        Provider = "provider", "数据提供方";
    }
}

words! {
    /// What somebody signed in may want to do.
    Action {
        ViewCases = "view_cases", "看待办和办件";
        RevealIdentity = "reveal_identity", "显示全号（写明理由）";
        ViewEvidence = "view_evidence", "调阅核验证据（写明理由）";
        Accept = "accept", "受理、补正、容缺、不予受理、退件";
        Review = "review", "审查、特别程序、延期、终止";
        Decide = "decide", "决定、听证、撤销";
        ViewLicences = "view_licences", "看制证队列";
        OperateLicences = "operate_licences", "制证和发证";
        ViewStock = "view_stock", "看空白证照库存";
        ViewStations = "view_stations", "看终端";
        ManageStations = "manage_stations", "登记终端、生成注册码、吊销";
        ViewStaff = "view_staff", "看员工";
        ManageStaff = "manage_staff", "增加和停用员工";
        ViewLog = "view_log", "看日志和隔离区";
        Help = "help", "代办: 帮助申请、采集";
        Approve = "approve", "主管同意";
        Assign = "assign", "指派、委托、转办";
        SearchPeople = "search_people", "查人（刷卡、在办件或写明理由）";
        Supervise = "supervise", "红黄牌、督办、抽查";
        HandleTickets = "handle_tickets", "投诉、咨询、建议、办不成事";
        ViewStatistics = "view_statistics", "统计";
        RunHall = "run_hall", "大厅运行: 窗口、值班、公告、预约";
        StopService = "stop_service", "应急停用";
        EditItems = "edit_items", "起草事项";
        CheckItems = "check_items", "审核事项";
        PublishItems = "publish_items", "发布事项和工作日历";
        TakePayments = "take_payments", "收费、退费、对账";
        ViewArchive = "view_archive", "查阅档案";
        GrantRights = "grant_rights", "授权和权限复核";
        ViewSharing = "view_sharing", "看资源目录、共享申请、调用日志和交换监控";
        EditResources = "edit_resources", "编目: 登记和变更信息资源";
        AskData = "ask_data", "申请共享";
        CheckData = "check_data", "共享合规审核、争议协调";
        GrantData = "grant_data", "提供方答复共享申请";
        RunExchange = "run_exchange", "交换: 对接单位、重发、对账";
        AuditCase = "audit_case", "审计: 谁对一件办件做过什么、看过什么";
    }
}

/// The table: everything a role may do. Nothing is allowed that does not stand here.
const TABLE: &[(Role, &[Action])] = {
    use Action as A;
    &[
        (
            Role::Window,
            &[A::ViewCases, A::Accept, A::Help, A::SearchPeople, A::HandleTickets, A::TakePayments, A::ViewLicences],
        ),
        (
            Role::Reviewer,
            &[A::ViewCases, A::RevealIdentity, A::ViewEvidence, A::Accept, A::Review, A::ViewLicences, A::SearchPeople],
        ),
        (
            Role::Chief,
            &[
                A::ViewCases,
                A::RevealIdentity,
                A::ViewEvidence,
                A::Review,
                A::Approve,
                A::Assign,
                A::ViewLicences,
                A::ViewStatistics,
            ],
        ),
        (Role::Decider, &[A::ViewCases, A::RevealIdentity, A::ViewEvidence, A::Decide, A::Approve, A::ViewLicences]),
        (Role::Operator, &[A::ViewLicences, A::OperateLicences, A::ViewStock]),
        (
            Role::Manager,
            &[
                A::ViewCases,
                A::RevealIdentity,
                A::ViewLicences,
                A::ViewStock,
                A::ViewStations,
                A::ViewStaff,
                A::ViewLog,
                A::Supervise,
                A::ViewStatistics,
                A::RunHall,
                A::StopService,
                A::HandleTickets,
                A::Approve,
                A::Assign,
                A::AuditCase,
            ],
        ),
        (
            Role::Supervisor,
            &[
                A::ViewCases,
                A::Supervise,
                A::ViewStatistics,
                A::HandleTickets,
                A::ViewLog,
                A::ViewSharing,
                A::AuditCase,
            ],
        ),
        (Role::Technician, &[A::ViewStations, A::ManageStations, A::ViewLog]),
        (Role::Editor, &[A::EditItems, A::ViewSharing, A::AskData]),
        (Role::Checker, &[A::CheckItems]),
        (Role::Publisher, &[A::PublishItems]),
        (Role::Helper, &[A::Help, A::SearchPeople]),
        (Role::Hotline, &[A::HandleTickets]),
        (Role::Cashier, &[A::TakePayments]),
        (Role::Archivist, &[A::ViewArchive]),
        (Role::Admin, &[A::ViewStations, A::ManageStations, A::ViewStaff, A::ManageStaff, A::ViewLog, A::EditItems]),
        (Role::Security, &[A::ViewStaff, A::GrantRights, A::StopService]),
        (Role::Auditor, &[A::ViewLog, A::ViewStaff, A::ViewSharing, A::AuditCase]),
        (Role::DataAdmin, &[A::ViewSharing, A::CheckData, A::RunExchange]),
        (Role::Provider, &[A::ViewSharing, A::EditResources, A::GrantData]),
    ]
};

/// Whether a role may do something at all.
#[must_use]
pub fn allows(role: Role, action: Action) -> bool {
    TABLE.iter().any(|(one, actions)| *one == role && actions.contains(&action))
}

/// Whether any of the roles allows the action.
#[must_use]
pub fn any_allows(roles: &[Role], action: Action) -> bool {
    roles.iter().any(|role| allows(*role, action))
}

/// Where and for which items somebody may act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Region, six to twelve digits; what lies below it is included.
    pub region: String,
    /// 统一社会信用代码 of the department; empty for a hall, which serves all.
    pub org: String,
    /// Items; empty for all of the department's.
    pub items: Vec<String>,
}

/// What is acted upon.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// Region of the case.
    pub region: &'a str,
    /// 实施主体 of the item.
    pub org: &'a str,
    /// The item.
    pub item: &'a str,
}

/// The whole rule of 8.1: role × action × region × department × item.
#[must_use]
pub fn may(roles: &[Role], scope: &Scope, action: Action, target: Target<'_>) -> bool {
    let here = target.region.starts_with(region_prefix(&scope.region));
    let ours = scope.org.is_empty() || scope.org == target.org;
    let item = scope.items.is_empty() || scope.items.iter().any(|item| item == target.item);
    any_allows(roles, action) && here && ours && item
}

/// The prefix a region sees: `890100` sees `8901`, `890121100000` (a town) sees `890121100`.
#[must_use]
pub fn region_prefix(region: &str) -> &str {
    let mut prefix = region;
    for (len, zeros) in [(12, "000"), (9, "000"), (6, "00"), (4, "00")] {
        if prefix.len() == len {
            prefix = prefix.strip_suffix(zeros).unwrap_or(prefix);
        }
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
        assert_eq!(region_prefix("890121100000"), "890121100");
        assert_eq!(region_prefix("890121100201"), "890121100201");
        assert_eq!(region_prefix("890121000000"), "890121");
    }

    #[test]
    fn every_role_stands_in_the_table_once_and_the_three_officers_share_no_work() {
        for role in Role::ALL {
            assert_eq!(TABLE.iter().filter(|(one, _)| *one == role).count(), 1, "{role:?}");
        }
        let changes = [Action::ManageStaff, Action::GrantRights, Action::ManageStations];
        for action in changes {
            let officers = [Role::Admin, Role::Security, Role::Auditor];
            assert!(officers.iter().filter(|role| allows(**role, action)).count() <= 1, "{action:?}");
        }
        assert!(!allows(Role::Admin, Action::GrantRights) && !allows(Role::Auditor, Action::ManageStaff));
        for (a, b) in [
            (Action::EditItems, Action::CheckItems),
            (Action::CheckItems, Action::PublishItems),
            (Action::EditItems, Action::PublishItems),
            (Action::AskData, Action::CheckData),
            (Action::CheckData, Action::GrantData),
            (Action::AskData, Action::GrantData),
        ] {
            assert!(Role::ALL.iter().all(|role| !(allows(*role, a) && allows(*role, b))), "{a:?} {b:?}");
        }
    }

    /// role × action × region × department × item, each cell computed by hand from the words of 8.1.
    #[test]
    fn the_full_matrix_opens_nothing_beyond_table_region_department_and_item() {
        let regions = ["890100", "890102", "890121", "890121100000", "890121100201"];
        let cases = ["890102", "890103", "890121", "890121100201"];
        let below = |scope: &str, case: &str| match scope {
            "890100" => case.starts_with("8901"),
            "890121100000" => case.starts_with("890121100"),
            other => case.starts_with(other),
        };
        let (mut open, mut cells) = (0, 0);
        for role in Role::ALL {
            for action in Action::ALL {
                for region in regions {
                    for (org, items) in [("", vec![]), ("A", vec![]), ("A", vec!["sp".to_owned()])] {
                        let scope = Scope { region: region.into(), org: org.into(), items };
                        for case in cases {
                            for (of, item) in [("A", "sp"), ("A", "jz"), ("B", "ws")] {
                                let target = Target { region: case, org: of, item };
                                let wanted = allows(role, action)
                                    && below(region, case)
                                    && (scope.org.is_empty() || scope.org == of)
                                    && (scope.items.is_empty() || scope.items[0] == item);
                                assert_eq!(
                                    may(&[role], &scope, action, target),
                                    wanted,
                                    "{role:?} {action:?} {scope:?} {target:?}"
                                );
                                open += usize::from(wanted);
                                cells += 1;
                            }
                        }
                    }
                }
            }
        }
        assert!(open > 0 && open * 4 < cells, "{open} of {cells}: most cells are shut");
    }
}
