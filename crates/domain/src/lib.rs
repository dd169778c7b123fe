//! The hall's rules: people, numbers, service items, cases and time limits.
//!
//! Invariant: no I/O and no clock. Time, identifiers and randomness are handed in
//! through [`clock`], so every rule can be replayed and tested.

pub mod clock;
pub mod code;
pub mod event;
pub mod ids;
