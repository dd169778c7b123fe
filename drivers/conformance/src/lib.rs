//! 一致性测试: one suite for every driver on every transport, hardware included.
//!
//! The suite sits between a driver and its line. A [`Tamper`] lets bytes through, counts
//! them, and does one wrong at one place: silence, a cut cable, a raised cancel flag, noise,
//! lost bytes, a turned bit. Since it needs nothing from the far end, the same run works
//! against a simulator in memory, on a pseudo terminal, in a virtual machine's kernel and on
//! a reader standing on a desk; there the [`Rig`] asks the technician for card and cable.
//!
//! ```text
//! driver ── Tamper ── link ── device or simulator
//! ```
//!
//! What is judged stands in [`Case`]. A row of the [`Report`] names driver, transport, case,
//! runs and bytes exchanged; a row without bytes has failed.
//! Invariant: nothing a device said is kept or printed, only lengths and hashes.

mod case;
mod dice;
pub mod frames;
mod judge;
mod link;
mod report;
mod rig;
pub mod subject;
mod suite;
mod tamper;

pub use case::Case;
pub use link::TamperedLink;
pub use report::{Report, Row};
pub use rig::{Family, Limits, LinkRig, Rig, Stage, Traits, Tray};
pub use subject::{Dialog, Outcome, Subject};
pub use suite::{Offsets, Plan, run};
pub use tamper::{Gone, Tamper, Wrong};
