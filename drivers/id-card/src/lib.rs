//! 二代身份证阅读器: the SAM protocol of GA/T 467 readers and the text record of GA/T 490.
//!
//! Invariant: the codec and the record parser do no I/O; [`SamReader`] speaks over any
//! `ByteLink`. Raw card bytes are zeroized and never logged.

pub mod codec;
pub mod photo;
mod reader;
pub mod record;
pub mod status;

pub use reader::{SamReader, Timings};
