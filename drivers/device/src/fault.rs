//! 设备故障: what a device call can end with besides success. CONTRACT.

use serde::{Deserialize, Serialize};
use tongban_domain::code::ErrorCode;

/// What the person should do for a retry; not an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Hint {
    /// 请拿起后重新放好身份证.
    LiftAndPutAgain,
    /// 请放身份证.
    PutCard,
    /// 请按手指.
    PressFinger,
    /// 手指放偏、太轻或太脏.
    FingerBetter,
    /// 请抬起手指.
    LiftFinger,
    /// 请正对镜头.
    FaceLook,
    /// 请靠近一点.
    FaceCloser,
    /// 请退后一点.
    FaceFarther,
    /// 请移到画面中间.
    FaceCentre,
    /// 请取下口罩.
    FaceUncover,
    /// 光线不合适.
    FaceLight,
    /// 请一个人站在镜头前.
    FaceAlone,
    /// 请睁开眼睛.
    FaceEyes,
    /// 很好，请保持不动.
    FaceHold,
    /// 请左右转头.
    FaceTurn,
}

/// 设备调用失败的原因.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum DeviceFault {
    /// Do as hinted and call again.
    #[error("retry: {0:?}")]
    Retry(Hint),
    /// The deadline passed; milliseconds waited.
    #[error("timed out after {0} ms")]
    Timeout(u64),
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
    /// Someone else holds the claim.
    #[error("busy")]
    Busy,
    /// No card, finger, paper.
    #[error("no media")]
    NoMedia,
    /// Nothing at the port.
    #[error("no device at its port")]
    NoDevice,
    /// No permission on the port.
    #[error("permission denied on the port")]
    Denied,
    /// The device went away during the call.
    #[error("unplugged during the call")]
    Unplugged,
    /// Bytes break the protocol; short technical text without personal data.
    #[error("protocol: {0}")]
    Protocol(String),
    /// The device reports a fault of its own.
    #[error("hardware: {0}")]
    Hardware(String),
    /// Not a capability of this device.
    #[error("unsupported")]
    Unsupported,
    /// The worker process crashed or hung.
    #[error("worker: {0}")]
    Worker(String),
    /// The medium itself is wrong; code says how (expired card, no image, …).
    #[error("medium refused: {0}")]
    Medium(String),
}

impl DeviceFault {
    /// The code shown to a person.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Retry(Hint::LiftAndPutAgain | Hint::PutCard) => ErrorCode::CardRetry,
            Self::Retry(Hint::PressFinger | Hint::FingerBetter | Hint::LiftFinger) => ErrorCode::FingerRetry,
            Self::Retry(_) => ErrorCode::CameraNoPicture,
            Self::Timeout(_) | Self::Cancelled | Self::NoMedia => ErrorCode::DeviceTimeout,
            Self::Busy => ErrorCode::DeviceBusy,
            Self::NoDevice => ErrorCode::DeviceAbsent,
            Self::Denied => ErrorCode::DeviceDenied,
            Self::Unplugged => ErrorCode::DeviceUnplugged,
            Self::Protocol(_) => ErrorCode::DeviceProtocol,
            Self::Hardware(_) | Self::Unsupported => ErrorCode::DeviceHardware,
            Self::Worker(_) => ErrorCode::DeviceWorker,
            Self::Medium(code) => ErrorCode::parse(code).unwrap_or(ErrorCode::CardUnreadable),
        }
    }
}
