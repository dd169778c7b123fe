//! What every device shares: states, faults, prompts, the blocking driver traits, and the
//! messages between the terminal and its device workers with their framing.
//!
//! Invariant: data types and traits only; the one piece of I/O is [`frame`], generic over
//! `Read`/`Write`. Raw personal bytes are zeroized when dropped and never printed.

pub mod biometric;
pub mod control;
pub mod driver;
pub mod fault;
pub mod frame;
pub mod hall;
pub mod memory;
pub mod message;
pub mod page;
pub mod slip;
pub mod state;
pub mod tap;
pub mod transport;

pub use tongban_domain::code::ErrorCode;
