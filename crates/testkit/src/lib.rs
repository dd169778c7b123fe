//! Faults for tests: a disk whose power is cut, calls that fail, a line that does what it likes.
//!
//! Knows nothing of ours, so that station and centre are put to the same tests. Every random choice
//! follows from a seed the caller prints.

pub mod disk;
pub mod line;
pub mod powercut;
pub mod preload;
pub mod seed;

pub use seed::Seed;

/// Whether the long versions are asked for: `TONGBAN_LONG=1`, which `./dev test --long` sets.
#[must_use]
pub fn is_long() -> bool {
    std::env::var("TONGBAN_LONG").is_ok_and(|value| value == "1")
}
