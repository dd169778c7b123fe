//! 小票 as data: what stands on it. How a printer writes it is its driver's own business.

use serde::{Deserialize, Serialize};

/// Media type of a job whose document is a [`QueueSlip`] as JSON.
pub const QUEUE_SLIP_TYPE: &str = "application/vnd.tongban.queue-slip+json";

/// 排队号票. It names nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueSlip {
    /// 大厅.
    pub hall: String,
    /// 号码, `A012`.
    pub number: String,
    /// 事项.
    pub item: String,
    /// 前面还有几人.
    pub ahead: u32,
    /// 取号时间, ready to read.
    pub taken: String,
    /// Where the holder can follow the queue; empty for none.
    #[serde(default)]
    pub link: String,
}
