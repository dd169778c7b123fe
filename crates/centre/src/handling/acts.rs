//! What a person may do to a case.

use crate::rights::Action;
use std::fmt;
use tongban_domain::event::{FormValues, Missing, SignOffMethod, SpecialKind, Value};
use tongban_domain::ids::{FieldId, RequirementId, StaffId};

/// A page supplied after a notice.
#[derive(Clone, PartialEq, Eq)]
pub struct Supplied {
    /// For which material.
    pub requirement: RequirementId,
    /// The picture, JPEG or PNG.
    pub picture: Vec<u8>,
    /// Its thumbnail.
    pub thumb: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl fmt::Debug for Supplied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Supplied({}, {} bytes)", self.requirement, self.picture.len())
    }
}

/// Everything brought in answer to a notice.
#[derive(Clone, PartialEq, Eq)]
pub struct Supply {
    /// New pages.
    pub pages: Vec<Supplied>,
    /// The form filled in anew, if it was.
    pub form: Option<FormValues>,
    /// The applicant signs off what changed: way, picture and quality 0..=100.
    pub sign_off: Option<(SignOffMethod, Vec<u8>, u8)>,
}

impl fmt::Debug for Supply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Supply({:?})", self.pages)
    }
}

/// 办理动作.
#[derive(Clone, PartialEq)]
pub enum Act {
    /// 受理.
    Accept,
    /// 当场更正.
    Fix {
        /// Which field.
        field: FieldId,
        /// The right value.
        value: Value,
        /// Why.
        reason: String,
    },
    /// 一次性告知补正.
    AskCorrection {
        /// Everything missing.
        missing: Vec<Missing>,
        /// Id of a supervisor's approval, where one is needed.
        approval: Option<String>,
    },
    /// 补正 brought.
    Supply(Supply),
    /// 不予受理.
    Reject {
        /// Why.
        reason: String,
        /// The agency whose business it is.
        competent: Option<String>,
    },
    /// 退件.
    Return {
        /// Why.
        reason: String,
    },
    /// 转办/代收移交.
    Redirect {
        /// 统一社会信用代码 of the agency.
        to_code: String,
        /// Its name.
        to_name: String,
        /// Why.
        reason: String,
        /// Paper travels by courier.
        originals: bool,
    },
    /// 容缺受理 on the applicant's promise.
    Defer {
        /// What may follow.
        missing: Vec<RequirementId>,
        /// The applicant's signature on the 承诺书, picture.
        promise: Vec<u8>,
    },
    /// 容缺材料 came.
    SupplyDeferred {
        /// The pages.
        pages: Vec<Supplied>,
    },
    /// 告知承诺.
    Commit,
    /// 特别程序开始.
    Suspend {
        /// Kind.
        kind: SpecialKind,
        /// 名称.
        name: String,
        /// Days told.
        days: u16,
        /// Why.
        reason: String,
    },
    /// 特别程序结束.
    Resume {
        /// 结果.
        result: String,
    },
    /// 延期.
    Extend {
        /// Working days.
        days: u16,
        /// Why.
        reason: String,
        /// Id of the head's approval.
        approval: String,
    },
    /// 听证.
    Hearing {
        /// Who hosts.
        host: StaffId,
        /// 笔录.
        record: String,
    },
    /// 环节办理.
    Step {
        /// Which.
        step: String,
        /// 通过 or not.
        passed: bool,
        /// 意见.
        opinion: String,
    },
    /// 环节退回.
    ReturnStep {
        /// From which.
        step: String,
        /// To which.
        to: String,
        /// Why.
        reason: String,
    },
    /// 指派.
    Assign {
        /// Which step.
        step: String,
        /// To whom.
        to: StaffId,
        /// Why.
        reason: String,
    },
    /// 决定.
    Decide {
        /// 准予 or 不予.
        granted: bool,
        /// 意见.
        opinion: String,
    },
    /// 异常终止.
    Terminate {
        /// Why.
        reason: String,
    },
    /// 撤回 at the applicant's wish.
    Withdraw {
        /// Why.
        reason: String,
    },
    /// 事后核查.
    CheckCommitment {
        /// Kept or not.
        kept: bool,
        /// 核查情况.
        finding: String,
    },
    /// 证照撤销.
    Revoke {
        /// Why.
        reason: String,
    },
}

impl fmt::Debug for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Act {
    /// The right it needs.
    #[must_use]
    pub const fn needs(&self) -> Action {
        match self {
            Self::Accept
            | Self::Fix { .. }
            | Self::AskCorrection { .. }
            | Self::Supply(_)
            | Self::Reject { .. }
            | Self::Return { .. }
            | Self::Defer { .. }
            | Self::SupplyDeferred { .. }
            | Self::Commit
            | Self::Withdraw { .. } => Action::Accept,
            Self::Suspend { .. }
            | Self::Resume { .. }
            | Self::Extend { .. }
            | Self::Step { .. }
            | Self::ReturnStep { .. }
            | Self::Terminate { .. }
            | Self::CheckCommitment { .. } => Action::Review,
            Self::Redirect { .. } | Self::Assign { .. } => Action::Assign,
            Self::Hearing { .. } | Self::Decide { .. } | Self::Revoke { .. } => Action::Decide,
        }
    }

    /// Name in the log.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Accept => "case.accept",
            Self::Fix { .. } => "case.fix",
            Self::AskCorrection { .. } => "case.correction",
            Self::Supply(_) => "case.supply",
            Self::Reject { .. } => "case.reject",
            Self::Return { .. } => "case.return",
            Self::Redirect { .. } => "case.redirect",
            Self::Defer { .. } => "case.defer",
            Self::SupplyDeferred { .. } => "case.supply_deferred",
            Self::Commit => "case.commit",
            Self::Suspend { .. } => "case.suspend",
            Self::Resume { .. } => "case.resume",
            Self::Extend { .. } => "case.extend",
            Self::Hearing { .. } => "case.hearing",
            Self::Step { .. } => "case.step",
            Self::ReturnStep { .. } => "case.return_step",
            Self::Assign { .. } => "case.assign",
            Self::Decide { .. } => "case.decide",
            Self::Terminate { .. } => "case.terminate",
            Self::Withdraw { .. } => "case.withdraw",
            Self::CheckCommitment { .. } => "case.check",
            Self::Revoke { .. } => "case.revoke",
        }
    }

    /// The reason as the log keeps it.
    pub(super) fn reason(&self) -> &str {
        match self {
            Self::Fix { reason, .. }
            | Self::Reject { reason, .. }
            | Self::Return { reason }
            | Self::Redirect { reason, .. }
            | Self::Suspend { reason, .. }
            | Self::Extend { reason, .. }
            | Self::ReturnStep { reason, .. }
            | Self::Assign { reason, .. }
            | Self::Terminate { reason }
            | Self::Withdraw { reason }
            | Self::Revoke { reason } => reason,
            _ => "",
        }
    }
}
