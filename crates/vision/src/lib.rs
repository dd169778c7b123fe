//! 看: pages, faces and fingerprints in pictures. Pixels in, plain facts out.
//!
//! Invariant: the only crate that names OpenCV and ONNX Runtime. Nothing here decides alone: every
//! verdict carries its reason, and where a model is missing the answer says so instead of guessing.
//! No clock, no I/O besides the model files; bytes of a picture are bounded before they are decoded.

pub mod barcode;
mod error;
pub mod face;
pub mod finger;
pub mod live;
pub mod material;
pub mod models;
pub mod ocr;
pub mod page;
pub mod picture;
pub mod quality;
pub mod runtime;

pub use error::VisionError;
