//! Why an answer could not be used: finer than an outcome, with a code people can ask about.

use tongban_domain::code::ErrorCode;
use tongban_domain::event::ShareOutcome;

/// What went wrong on the other side or on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ShareFault {
    /// No answer before the deadline.
    Slow,
    /// No connection, it broke, or the platform reports a failure of its own.
    Down,
    /// Not in the form agreed, or fields missing.
    Garbage,
    /// Longer than we read.
    Oversize,
    /// In another encoding than agreed.
    Encoding,
    /// Taken for a repeated or late request.
    Replay,
    /// A SOAP fault.
    Soap,
    /// Refused.
    Denied,
    /// Not asked: the circuit is open.
    Circuit,
}

impl ShareFault {
    /// Every one.
    pub const ALL: [Self; 9] = [
        Self::Slow,
        Self::Down,
        Self::Garbage,
        Self::Oversize,
        Self::Encoding,
        Self::Replay,
        Self::Soap,
        Self::Denied,
        Self::Circuit,
    ];

    /// The stable code; its texts say what to do.
    #[must_use]
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::Slow => ErrorCode::ShareSlow,
            Self::Down => ErrorCode::ShareDown,
            Self::Garbage => ErrorCode::ShareGarbage,
            Self::Oversize => ErrorCode::ShareOversize,
            Self::Encoding => ErrorCode::ShareEncoding,
            Self::Replay => ErrorCode::ShareReplay,
            Self::Soap => ErrorCode::ShareSoapFault,
            Self::Denied => ErrorCode::ShareDenied,
            Self::Circuit => ErrorCode::ShareBreaker,
        }
    }

    /// What the case records.
    #[must_use]
    pub const fn outcome(self) -> ShareOutcome {
        match self {
            Self::Slow | Self::Down | Self::Soap | Self::Circuit => ShareOutcome::TimedOut,
            Self::Garbage | Self::Oversize | Self::Encoding => ShareOutcome::Garbage,
            Self::Replay | Self::Denied => ShareOutcome::Refused,
        }
    }

    /// Whether the department was there at all: only absence opens a circuit.
    pub(crate) const fn absent(self) -> bool {
        matches!(self, Self::Slow | Self::Down | Self::Soap)
    }
}
