//! The station store on a real directory and a real database.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod chain;
mod child;
mod disk;
mod epochs;
mod evidence;
mod faults;
mod ledger;
mod machine;
mod outbox;
mod powercut;
mod privacy;
mod receipts;
mod released;
mod support;
mod syncs;
mod vault;
mod visit;
