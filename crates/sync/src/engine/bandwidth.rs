//! 带宽: how fast uploads may be, by hour of the hall's day.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tongban_domain::clock::WallTime;

/// KiB per second that uploads may take in each hour of the day (+08:00); 0 is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bandwidth {
    /// By hour, from 0 to 23.
    pub kib_per_s: [u32; 24],
}

impl Bandwidth {
    /// The same limit all day.
    #[must_use]
    pub const fn all_day(kib_per_s: u32) -> Self {
        Self { kib_per_s: [kib_per_s; 24] }
    }

    /// Bytes per second at a moment; `None` is no limit.
    #[must_use]
    pub fn at(&self, wall: WallTime) -> Option<u64> {
        const HOUR_MS: i64 = 3600 * 1000;
        let hour = (wall.0 + 8 * HOUR_MS).rem_euclid(24 * HOUR_MS) / HOUR_MS;
        match self.kib_per_s[hour as usize] {
            0 => None,
            kib => Some(u64::from(kib) * 1024),
        }
    }
}

/// A bucket all lanes draw from. It holds one second's worth, so that a small case is not slowed down.
#[derive(Debug, Default)]
pub(super) struct Bucket(Mutex<Option<(Instant, f64)>>);

impl Bucket {
    /// Takes `bytes` out and says how long to wait before sending them. The bucket may go into debt, so
    /// that a piece larger than a second's worth goes too, and the next ones wait for it.
    pub(super) fn take(&self, bytes: u64, per_second: Option<u64>) -> Duration {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(rate) = per_second.map(|rate| rate as f64) else {
            *state = None;
            return Duration::ZERO;
        };
        let now = Instant::now();
        let held = match *state {
            Some((then, held)) => (held + rate * now.duration_since(then).as_secs_f64()).min(rate),
            None => rate,
        };
        let left = held - bytes as f64;
        *state = Some((now, left));
        Duration::from_secs_f64((-left / rate).max(0.0))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn uploads_keep_to_the_rate_and_a_small_one_does_not_wait() {
        let bucket = Bucket::default();
        let rate = Some(100 * 1024);
        assert_eq!(bucket.take(10 * 1024, rate), Duration::ZERO);
        let began = Instant::now();
        let mut sent = 10 * 1024;
        for _ in 0..100 {
            tokio::time::sleep(bucket.take(64 * 1024, rate)).await;
            sent += 64 * 1024;
        }
        let rate = f64::from(sent) / 1024.0 / began.elapsed().as_secs_f64();
        assert!((95.0..=103.0).contains(&rate), "{rate} KiB/s");
        assert_eq!(bucket.take(u64::MAX, None), Duration::ZERO, "without a limit nothing waits");
    }

    #[test]
    fn the_hour_is_the_halls() {
        let mut cap = Bandwidth::default();
        cap.kib_per_s[9] = 50;
        // 2026-03-02 09:00 +08:00
        let nine = 1_772_413_200_000;
        assert_eq!(cap.at(WallTime(nine)), Some(50 * 1024));
        assert_eq!(cap.at(WallTime(nine - 1)), None);
        assert_eq!(cap.at(WallTime(nine + 3600 * 1000)), None);
    }
}
