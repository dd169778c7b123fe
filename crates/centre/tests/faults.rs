//! The centre under every fault of its machine: ended at each write point, without power, on a full
//! disk, on one that cannot flush or cannot be written. Children of this test do the work and say
//! what they promised; the parent holds what is left to it.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod common;

#[path = "faults/city.rs"]
mod city;
#[path = "faults/ending.rs"]
mod ending;
#[path = "faults/kills.rs"]
mod kills;
#[path = "faults/machine.rs"]
mod machine;
#[path = "faults/morning.rs"]
mod morning;
#[path = "faults/powercut.rs"]
mod powercut;
#[path = "faults/released.rs"]
mod released;
#[path = "faults/story.rs"]
mod story;
#[path = "faults/tamper.rs"]
mod tamper;

/// Another seed every day, so that many mornings see many faults; whoever uses it prints it.
fn rotating() -> u64 {
    let days = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() / 86_400;
    std::env::var("TONGBAN_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(days)
}
