//! Clock, identifiers and randomness for tests: everything follows from a seed.
//!
//! Not secret and not random: a product binary uses [`crate::system`].

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use tongban_crypto::sm3;
use tongban_domain::clock::{BootTime, Clock, Ids, Rng, WallTime};
use uuid::Uuid;

/// 2026-03-02 09:00 Beijing time, a Monday: where a [`SeededClock`] starts.
pub const SEEDED_START_MS: i64 = 1_772_413_200_000;

/// A clock that stands still until told.
#[derive(Debug)]
pub struct SeededClock {
    wall: AtomicI64,
    boot: AtomicU64,
}

impl Default for SeededClock {
    fn default() -> Self {
        Self::at(WallTime(SEEDED_START_MS), BootTime(60_000))
    }
}

impl SeededClock {
    /// Standing at these times.
    #[must_use]
    pub const fn at(wall: WallTime, boot: BootTime) -> Self {
        Self { wall: AtomicI64::new(wall.0), boot: AtomicU64::new(boot.0) }
    }

    /// Both clocks go on by `ms`.
    pub fn advance(&self, ms: u64) {
        self.wall.fetch_add(i64::try_from(ms).unwrap_or(i64::MAX), Ordering::SeqCst);
        self.boot.fetch_add(ms, Ordering::SeqCst);
    }

    /// Somebody sets the wall clock; the boot clock goes its way.
    pub fn set_wall(&self, wall: WallTime) {
        self.wall.store(wall.0, Ordering::SeqCst);
    }

    /// The machine restarts: the boot clock begins again at `boot`.
    pub fn reboot(&self, boot: BootTime) {
        self.boot.store(boot.0, Ordering::SeqCst);
    }
}

impl Clock for SeededClock {
    fn wall(&self) -> WallTime {
        WallTime(self.wall.load(Ordering::SeqCst))
    }

    fn boot(&self) -> BootTime {
        BootTime(self.boot.load(Ordering::SeqCst))
    }
}

/// Bytes SM3(seed ‖ 0), SM3(seed ‖ 1), …; each call starts a new block.
#[derive(Debug)]
pub struct SeededRng {
    seed: u64,
    block: AtomicU64,
}

impl SeededRng {
    /// From a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, block: AtomicU64::new(0) }
    }
}

impl Rng for SeededRng {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            let block = self.block.fetch_add(1, Ordering::SeqCst);
            let mut input = b"tongban.seeded".to_vec();
            input.extend_from_slice(&self.seed.to_be_bytes());
            input.extend_from_slice(&block.to_be_bytes());
            chunk.copy_from_slice(&sm3(&input)[..chunk.len()]);
        }
    }
}

/// UUIDs of version 7 whose time part counts up and whose rest follows from the seed.
#[derive(Debug)]
pub struct SeededIds {
    rng: SeededRng,
    count: AtomicU64,
}

impl SeededIds {
    /// From a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { rng: SeededRng::new(seed ^ 0x6964_735f_7365_6564), count: AtomicU64::new(0) }
    }
}

impl Ids for SeededIds {
    fn next(&self) -> Uuid {
        let count = self.count.fetch_add(1, Ordering::SeqCst);
        let mut random = [0_u8; 10];
        self.rng.fill(&mut random);
        let ms = u64::try_from(SEEDED_START_MS).unwrap_or(0) + count;
        uuid::Builder::from_unix_timestamp_millis(ms, &random).into_uuid()
    }
}
