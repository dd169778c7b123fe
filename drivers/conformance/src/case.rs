//! 测试项: what every driver of a family is put through.

use serde::{Deserialize, Serialize};

/// One case of the suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Case {
    /// 正常: every dialog, twice, with the same outcome.
    Happy,
    /// 无介质: no card, finger or paper; said so when the time is over.
    NoMedia,
    /// 超时: the device falls silent; an end in time, and not a success.
    TimeOut,
    /// 取消: the caller gives up in the middle.
    Cancel,
    /// 拔线: the device is gone in the middle.
    Unplug,
    /// 乱码: noise in place of some bytes.
    Garbage,
    /// 短帧: some bytes never come.
    ShortFrame,
    /// 校验错: one bit is turned; noticed wherever the protocol has a check.
    BadChecksum,
    /// 多余字节: noise between the bytes; harmless between two frames.
    StrayBytes,
    /// 占用: a second opening is refused, and the first goes on.
    Busy,
    /// 恢复: after each fault above, the very next call succeeds.
    Recover,
}

impl Case {
    /// All, in the order of the table.
    pub const ALL: [Self; 11] = [
        Self::Happy,
        Self::NoMedia,
        Self::TimeOut,
        Self::Cancel,
        Self::Unplug,
        Self::Garbage,
        Self::ShortFrame,
        Self::BadChecksum,
        Self::StrayBytes,
        Self::Busy,
        Self::Recover,
    ];

    /// Those that strike at a place in the dialog.
    pub const PLACED: [Self; 7] = [
        Self::TimeOut,
        Self::Cancel,
        Self::Unplug,
        Self::Garbage,
        Self::ShortFrame,
        Self::BadChecksum,
        Self::StrayBytes,
    ];

    /// Name in the table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Happy => "happy",
            Self::NoMedia => "no media",
            Self::TimeOut => "time-out",
            Self::Cancel => "cancel",
            Self::Unplug => "unplug",
            Self::Garbage => "garbage",
            Self::ShortFrame => "short frame",
            Self::BadChecksum => "bad checksum",
            Self::StrayBytes => "stray bytes",
            Self::Busy => "busy",
            Self::Recover => "recover",
        }
    }
}
