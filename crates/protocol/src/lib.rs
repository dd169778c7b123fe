//! Wire types between station and centre, and the exact bytes that are signed.
//!
//! Invariant: bytes that were signed are stored and never re-serialised; every format
//! carries `v`, and an unknown version is refused with `FormatUnknown` (K103).

pub mod action;
pub mod api;
pub mod bundle;
