//! The station store on a real directory and a real database.

mod chain;
mod faults;
mod ledger;
mod outbox;
mod privacy;
mod receipts;
mod support;
mod visit;
