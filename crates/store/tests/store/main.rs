//! The station store on a real directory and a real database.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod chain;
mod disk;
mod faults;
mod ledger;
mod outbox;
mod privacy;
mod receipts;
mod support;
mod visit;
