//! What the rules may not fetch themselves: time, identifiers, randomness.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Milliseconds since 1970-01-01T00:00:00Z. Recorded beside every action, never used to order anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct WallTime(pub i64);

/// Milliseconds since the machine booted (`CLOCK_BOOTTIME`); survives clock changes, not reboots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BootTime(pub u64);

/// A source of time.
pub trait Clock: Send + Sync {
    /// The wall clock.
    fn wall(&self) -> WallTime;
    /// The boot clock.
    fn boot(&self) -> BootTime;
}

/// A source of new identifiers (UUID version 7).
pub trait Ids: Send + Sync {
    /// A new identifier, never handed out before.
    fn next(&self) -> Uuid;
}

/// A source of random bytes; cryptographic in production, seeded in tests.
pub trait Rng: Send + Sync {
    /// Fills the whole buffer.
    fn fill(&self, buffer: &mut [u8]);
}
