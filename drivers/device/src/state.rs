//! Device states after XFS4IoT (`CommonSchemas`), plus `Denied` for "present but not permitted". CONTRACT.

use serde::{Deserialize, Serialize};

/// 设备状态.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DeviceState {
    /// 启动中.
    Starting,
    /// 就绪.
    Online,
    /// 使用中.
    Busy,
    /// 无应答: port is there, device does not answer.
    Offline,
    /// 未连接: nothing at the bound port.
    NoDevice,
    /// 未上电.
    PowerOff,
    /// 无权限.
    Denied,
    /// 需人处理 (paper out, cover open, …).
    UserError,
    /// 硬件故障.
    HardwareError,
    /// 疑似异常.
    FraudSuspected,
    /// 维护中: a technician holds the device.
    VendorMode,
}

/// 设备类别.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DeviceKind {
    /// 二代身份证阅读器.
    IdCardReader,
    /// 指纹仪.
    FingerprintScanner,
    /// 高拍仪.
    DocumentCamera,
    /// 人脸摄像头.
    FaceCamera,
    /// 文档打印机 (receipts and proofs, A4).
    DocumentPrinter,
    /// 证照打印机.
    CertificatePrinter,
    /// 扫码器.
    CodeScanner,
    /// 智能卡读写器.
    SmartCardReader,
    /// 签字板.
    SignaturePad,
    /// 叫号屏.
    CallDisplay,
    /// 不间断电源.
    PowerSupply,
}
