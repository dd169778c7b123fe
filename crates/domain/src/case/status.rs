//! 办件状态.

/// 办件状态. Whether a case is blocked stands beside it ([`super::Case::blocked`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CaseStatus {
    /// 暂存.
    Draft,
    /// 已提交.
    Submitted,
    /// 收件.
    Received,
    /// 补正告知.
    Correction,
    /// 受理.
    Accepted,
    /// 在办.
    InReview,
    /// 挂起 (特别程序).
    Suspended,
    /// 准予.
    Granted,
    /// 不予.
    Denied,
    /// 制证.
    Making,
    /// 待领.
    Ready,
    /// 送达.
    Delivered,
    /// 办结.
    Closed,
    /// 不予受理.
    Rejected,
    /// 退件.
    Returned,
    /// 撤回.
    Withdrawn,
    /// 异常终止.
    Terminated,
}

impl CaseStatus {
    /// Every status, in the order of a case's life.
    pub const ALL: [Self; 17] = [
        Self::Draft,
        Self::Submitted,
        Self::Received,
        Self::Correction,
        Self::Accepted,
        Self::InReview,
        Self::Suspended,
        Self::Granted,
        Self::Denied,
        Self::Making,
        Self::Ready,
        Self::Delivered,
        Self::Closed,
        Self::Rejected,
        Self::Returned,
        Self::Withdrawn,
        Self::Terminated,
    ];

    /// Stable text: stored, sent, and part of message keys (`status-<text>`).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Received => "received",
            Self::Correction => "correction",
            Self::Accepted => "accepted",
            Self::InReview => "in_review",
            Self::Suspended => "suspended",
            Self::Granted => "granted",
            Self::Denied => "denied",
            Self::Making => "making",
            Self::Ready => "ready",
            Self::Delivered => "delivered",
            Self::Closed => "closed",
            Self::Rejected => "rejected",
            Self::Returned => "returned",
            Self::Withdrawn => "withdrawn",
            Self::Terminated => "terminated",
        }
    }

    /// The status with this text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Nothing changes a case in this status any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Closed | Self::Rejected | Self::Returned | Self::Withdrawn | Self::Terminated)
    }

    /// Code of the Zhejiang window list; `None` where that list has none.
    #[must_use]
    pub const fn window_code(self) -> Option<&'static str> {
        match self {
            Self::Received => Some("02"),
            Self::Accepted => Some("05"),
            Self::Correction => Some("06"),
            Self::Rejected => Some("07"),
            Self::Closed => Some("10"),
            Self::Suspended => Some("11"),
            Self::InReview => Some("12"),
            Self::Returned => Some("13"),
            Self::Draft | Self::Submitted | Self::Granted | Self::Denied => None,
            Self::Making | Self::Ready | Self::Delivered | Self::Withdrawn | Self::Terminated => None,
        }
    }
}
