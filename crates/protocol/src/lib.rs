//! Wire types between station and centre, and the exact bytes that are signed.
//!
//! Invariant: bytes that were signed are stored and never re-serialised; every format
//! carries `v`, and an unknown version is refused with `FormatUnknown` (K103).
//! The bytes themselves are set down in `docs/formats.md`.

pub mod action;
pub mod api;
pub mod audit;
pub mod bundle;
mod canon;
pub mod chain;
mod error;
pub mod exchange;
pub mod export;
pub mod handover;
pub mod help;
pub mod payload;
pub mod query;
pub mod queue;
pub mod receipt;
pub mod seeded;
pub mod self_test;
pub mod system;
pub mod xml;

pub use canon::check_canonical;
pub use error::FormatError;
