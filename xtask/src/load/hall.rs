//! The stations of the centre's own tests: keys, chains, links and bundles as real ones make them.
#![allow(clippy::unwrap_used, unused_imports, dead_code, reason = "shared with the tests of crates/centre")]

#[path = "../../../crates/centre/tests/common/mod.rs"]
pub mod common;
