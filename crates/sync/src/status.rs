//! What the terminal shows of the link.

use tongban_domain::clock::WallTime;
use tongban_domain::code::ErrorCode;

/// State of the link to the centre.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SyncStatus {
    /// Whether the last call reached the centre.
    pub online: bool,
    /// Since when it is so (station's wall time); `None` before the first call.
    pub since: Option<WallTime>,
    /// Why the last failing call failed; `None` while all is well.
    pub last_error: Option<ErrorCode>,
    /// Groups of actions that wait to be sent, quarantined ones included.
    pub queue: u32,
    /// How many of them the centre refused; a person must look.
    pub quarantined: u32,
    /// Centre's clock minus station's clock, ms; median of the last nine readings, 0 before the first.
    pub skew_ms: i64,
    /// Receipt numbers left for today.
    pub lease_left: u32,
    /// 急停: the centre ordered this station to stop taking cases.
    pub stopped: bool,
    /// Receipt numbers held for tomorrow and the days after.
    pub lease_ahead: Vec<u32>,
    /// A sign-in page or a proxy answers in the centre's place.
    pub portal: bool,
    /// The centre found that this store was put back to an older state; a new epoch was begun.
    pub rolled_back: bool,
    /// Pages of the feed taken so far; a change means catalogue, notices or case states moved.
    pub fed: u64,
}

impl SyncStatus {
    /// Largest difference of clocks that is still trusted, ms (receipts carry a remark beyond it).
    pub const SKEW_MAX_MS: i64 = 120_000;

    /// Whether the station's clock is too far from the centre's.
    #[must_use]
    pub const fn is_skewed(&self) -> bool {
        self.skew_ms.abs() > Self::SKEW_MAX_MS
    }

    /// Without the centre for longer than this, the station's clock stands alone, ms.
    pub const ALONE_MAX_MS: i64 = 24 * 3_600_000;

    /// Whether a receipt made now says that the centre's time counts.
    #[must_use]
    pub fn is_time_untrusted(&self, now: WallTime) -> bool {
        let alone = !self.online && self.since.is_some_and(|since| now.0 - since.0 > Self::ALONE_MAX_MS);
        self.is_skewed() || alone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_marked_when_the_clock_is_off_or_has_been_alone_for_a_day() {
        let (since, day) = (WallTime(1_000_000), SyncStatus::ALONE_MAX_MS);
        let sound = SyncStatus { online: true, since: Some(since), ..SyncStatus::default() };
        assert!(!sound.is_time_untrusted(WallTime(since.0 + 30 * day)), "online is never alone");
        for off in [SyncStatus::SKEW_MAX_MS + 1, -SyncStatus::SKEW_MAX_MS - 1] {
            assert!(SyncStatus { skew_ms: off, ..sound.clone() }.is_time_untrusted(since));
        }
        assert!(!SyncStatus { skew_ms: SyncStatus::SKEW_MAX_MS, ..sound.clone() }.is_time_untrusted(since));
        let alone = SyncStatus { online: false, ..sound };
        assert!(
            !alone.is_time_untrusted(WallTime(since.0 + day)) && alone.is_time_untrusted(WallTime(since.0 + day + 1))
        );
    }
}
