//! 书本: two pages beside each other, split at the fold.

use crate::VisionError;
use opencv::core::Mat;
use opencv::prelude::*;

/// A gutter is at least one of so many parts of the width.
const GUTTER_PART: usize = 100;

/// Where the fold of an open book lies on an upright grey sheet, as a share of its width; `None` when it is one page.
///
/// A sheet counts as open when it is wider than high and a dark valley, darker than the paper on both
/// sides of it, runs from top to bottom near the middle with no writing on it.
///
/// # Errors
/// `Picture` when the library fails.
pub fn fold(grey: &Mat) -> Result<Option<f64>, VisionError> {
    let (width, height) = (grey.cols() as usize, grey.rows() as usize);
    if width < 64 || height < 48 || width * 10 < height * 12 {
        return Ok(None);
    }
    // The brightest fifth of short column pieces is the paper there, whatever is written.
    let bytes = grey.data_bytes()?;
    let paper = |x: usize| -> f64 {
        let mut column: Vec<u8> = (height / 12..height * 11 / 12).step_by(2).map(|y| bytes[y * width + x]).collect();
        column.sort_unstable();
        f64::from(column[column.len() * 3 / 5])
    };
    let (from, to) = (width * 2 / 5, width * 3 / 5);
    let profile: Vec<f64> = (from..to).map(paper).collect();
    let (at, least) = profile.iter().copied().enumerate().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, 255.0));
    let side = |range: std::ops::Range<usize>| {
        let values: Vec<f64> = range.step_by(4).map(paper).collect();
        values.iter().sum::<f64>() / values.len().max(1) as f64
    };
    let (left, right) = (side(width / 5..width * 2 / 5), side(width * 3 / 5..width * 4 / 5));
    let deep = least < left.min(right) * 0.90;
    // A ruled line is dark as well, but not as wide as a gutter's shade.
    let shaded = |value: &&f64| **value < left.min(right) * 0.95;
    let wide = profile[at..].iter().take_while(shaded).count() + profile[..at].iter().rev().take_while(shaded).count();
    let deep = deep && wide >= width / GUTTER_PART;
    // The valley reaches from top to bottom: its darkness hardly changes along the column.
    let column: Vec<u8> = (height / 12..height * 11 / 12).map(|y| bytes[y * width + from + at]).collect();
    let dark = column.iter().filter(|v| f64::from(**v) < left.min(right) * 0.95).count();
    let whole = dark * 10 > column.len() * 8;
    Ok((deep && whole).then(|| (from + at) as f64 / width as f64))
}
