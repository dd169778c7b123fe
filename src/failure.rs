//! What reaches a person when something went wrong: a stable code and a subject, nothing else.

use tongban_device::fault::DeviceFault;
use tongban_domain::code::ErrorCode;

/// 失败提示: small, cloneable; details were logged where it happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} {subject}", code.as_str())]
pub struct Failure {
    /// Stable code; its three texts are in `i18n/`.
    pub code: ErrorCode,
    /// Which device, field or file; never personal data.
    pub subject: String,
}

impl Failure {
    /// A failure of `subject`.
    pub fn new(code: ErrorCode, subject: impl Into<String>) -> Self {
        Self { code, subject: subject.into() }
    }
}

impl From<DeviceFault> for Failure {
    fn from(fault: DeviceFault) -> Self {
        tracing::warn!(%fault, code = fault.code().as_str(), "device call failed");
        Self::new(fault.code(), "")
    }
}
