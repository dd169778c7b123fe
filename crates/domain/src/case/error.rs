//! Why a case refuses an event.

use super::CaseStatus;
use crate::code::ErrorCode;

/// The rule an event breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum CaseRuleError {
    /// The first event is not `Opened`, or a second `Opened`.
    #[error("a case is opened once, before anything else")]
    Opening,
    /// A wizard fact before the one it rests on.
    #[error("`{what}` before `{needs}`")]
    Order {
        /// The fact that came too early.
        what: &'static str,
        /// The fact it rests on.
        needs: &'static str,
    },
    /// Not in this status.
    #[error("`{what}` is not allowed in status {}", status.as_str())]
    Status {
        /// The fact.
        what: &'static str,
        /// The status the case is in.
        status: CaseStatus,
    },
    /// The case is blocked.
    #[error("the case is blocked")]
    Blocked,
    /// Another person's card than the case's.
    #[error("another person's card")]
    OtherPerson,
    /// An expired card opens no new application without a person's check.
    #[error("the card is expired and no person has checked")]
    CardExpired,
    /// Face data without consent to it, or a way the applicant did not choose.
    #[error("presence was proved in a way the applicant did not consent to")]
    NotConsented,
    /// A manual check names who decided.
    #[error("a manual check names who decided")]
    DeciderMissing,
    /// No page with this id, or a page id used before, or an order that loses or repeats a page.
    #[error("pages do not match what was captured")]
    Pages,
    /// An answer to a record that was not found.
    #[error("answer without a record")]
    NoRecord,
    /// Reviewer and decider are the same person.
    #[error("reviewer and decider must differ")]
    FourEyes,
    /// A second live print, an unknown print, or a print step out of order.
    #[error("print steps out of order")]
    Print,
    /// The serial is used already or is not the one intended.
    #[error("serial is not the one intended or was used before")]
    Serial,
    /// The close code does not fit how the case ended.
    #[error("close code does not fit")]
    CloseCode,
    /// A text that must say something is blank.
    #[error("`{what}` is blank")]
    Blank {
        /// Which text.
        what: &'static str,
    },
    /// A later notice names something new, a green material is asked for again, or an extension:
    /// only with another person's consent and reason.
    #[error("needs another person's consent with a reason")]
    Approval,
    /// A stop or extension of the clock that the applicant was not told of in writing.
    #[error("the applicant was not told in writing")]
    NotTold,
    /// A second extension, or one longer than the law allows.
    #[error("extended before, or longer than allowed")]
    Extension,
    /// 容缺: granted before, not open, or still open when the case is granted.
    #[error("deferred materials do not fit")]
    Deferral,
    /// The hearing's host reviews nothing of the case.
    #[error("hearing host and reviewer must differ")]
    HearingHost,
    /// 并联: no such part, a part still open, or a step on the whole instead of its parts.
    #[error("the parts of a joint case do not fit")]
    Parts,
    /// A later note without what it is about.
    #[error("a note without what it is about")]
    Annotation,
    /// The item's materials, form or sign-off are not complete.
    #[error("the application is not complete")]
    Incomplete,
}

impl CaseRuleError {
    /// The code a person meets.
    #[must_use]
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::OtherPerson => ErrorCode::CardOtherPerson,
            Self::CardExpired => ErrorCode::CardExpired,
            Self::FourEyes => ErrorCode::FourEyes,
            Self::Serial => ErrorCode::SerialRefused,
            Self::Incomplete => ErrorCode::MaterialMissing,
            Self::Blocked => ErrorCode::SignOffBroken,
            Self::Blank { .. } => ErrorCode::ReasonMissing,
            Self::Approval => ErrorCode::ApprovalMissing,
            Self::NotTold => ErrorCode::NoticeMissing,
            Self::Extension => ErrorCode::ExtensionRefused,
            Self::Deferral => ErrorCode::DeferralRefused,
            Self::HearingHost => ErrorCode::HearingHost,
            Self::Parts => ErrorCode::PartsOpen,
            Self::Opening
            | Self::Order { .. }
            | Self::Status { .. }
            | Self::NotConsented
            | Self::DeciderMissing
            | Self::Pages
            | Self::NoRecord
            | Self::Print
            | Self::Annotation
            | Self::CloseCode => ErrorCode::CaseState,
        }
    }
}
