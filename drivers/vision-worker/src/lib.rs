//! The camera worker: the only process that touches a camera or decodes its bytes.
//!
//! Invariant: every command is answered once; a bad picture is an answer, never an end; a slot of
//! the ring is written only while it is ours.

mod face;
mod held;
mod line;
mod page;
mod preview;
mod print;
mod ring;
mod serve;
mod steady;

pub use line::Line;
pub use serve::{serve, serve_locked};
