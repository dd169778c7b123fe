//! Independent checker of what the system leaves behind: exported cases and the demo's report.
//!
//! Written from `docs/formats.md`, not from the code that writes: it links no other crate of
//! the workspace, has its own CBOR reader, its own replay of a case and its own sign-off
//! bytes, and reads only bytes. What it says can therefore be held against us.

mod action;
mod case_dir;
mod cbor;
mod events;
mod findings;
mod keys;
mod receipt;
mod replay;
mod report;
mod seal;

pub use case_dir::{CaseFacts, Trust, check_case};
pub use findings::{Fault, Findings};
pub use report::check_report;
