//! 表单: first values from card and shared data, and the check of what was filled in.
//!
//! Texts for people belong to the screens; this module says what is wrong by key and arguments.

mod fault;
mod prefill;
mod validate;

pub use fault::{FaultReason, FieldFault};
pub use prefill::{Source, prefill};
pub use validate::{Context, is_asked, prune, validate};
