//! 指纹仪: modules of the EF01 family (ZFM, R30x, AS608) on a serial line.
//!
//! They give a picture, which is what a sign-off needs as evidence; they are not certified
//! for comparison with the fingerprints on an ID card (GA/T 1011, GA/T 1012).
//! Invariant: codec and quality score do no I/O; pictures are zeroized and never logged.

pub mod codec;
pub mod quality;
mod scanner;

pub use scanner::{Ef01Scanner, Timings};
