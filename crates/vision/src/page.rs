//! 页面: the paper on the desk. Outline, perspective, whitening, skew; what size it is.
//!
//! Invariant: coordinates are pixels with (0, 0) in the middle of the first one; a quad goes clockwise
//! from its top left. Nothing of the picture is invented: what lies outside the frame stays white.

mod book;
mod candidates;
mod geometry;
mod outline;
mod rectify;
mod refine;
mod score;
mod size;
mod skew;
mod still;
mod whiten;

pub use book::fold;
pub use geometry::{Quad, iou};
pub use outline::{Found, Workbench, find};
pub(crate) use rectify::upright;
pub use size::{Paper, PaperGuess, guess_paper};
pub use skew::lean_of;
pub use still::{COLOUR_BYTES_MAX, Calibration, GREY_BYTES_MAX, Page, Scanner};
