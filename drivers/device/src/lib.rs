//! What every device shares: state, claims, prompts, faults, and the messages between
//! the terminal and its device workers.
//!
//! Invariant: data types and traits only; no I/O. Raw personal bytes are zeroized and never printed.

pub mod fault;
pub mod message;
pub mod state;
pub mod transport;
