//! 对焦: how sharp the sheet's own edges are. Letters are too small for that in a live picture; the edge is not.

use crate::VisionError;
use crate::page::Quad;
use opencv::core::Mat;
use opencv::prelude::*;

/// Places on each side.
const PLACES: usize = 24;
/// Pixels looked at on either side of the edge.
const REACH: usize = 8;
/// Least difference between desk and paper that says anything, of 255.
const CONTRAST_MIN: f64 = 24.0;
/// Least places that must say something.
const PLACES_MIN: usize = 16;

/// Steepest step over two pixels as a share of the whole step from desk to paper, the median over the sides: near 1
/// when sharp, 0.68 for a blur of one pixel, 0.38 for one of two. `None` when paper and desk look alike.
pub(super) fn steepness(frame: &Mat, quad: &Quad) -> Result<Option<f64>, VisionError> {
    let (width, height) = (frame.cols() as usize, frame.rows() as usize);
    let bytes = frame.data_bytes()?;
    let luma = |x: f64, y: f64| -> Option<f64> {
        let inside = x >= 0.0 && y >= 0.0 && x < width as f64 - 1.001 && y < height as f64 - 1.001;
        inside.then(|| {
            let (left, top) = (x as usize, y as usize);
            let (dx, dy) = (x - left as f64, y - top as f64);
            let grey = |x: usize, y: usize| {
                let p = &bytes[(y * width + x) * 3..];
                (f64::from(p[0]) * 29.0 + f64::from(p[1]) * 150.0 + f64::from(p[2]) * 77.0) / 256.0
            };
            let upper = grey(left, top) * (1.0 - dx) + grey(left + 1, top) * dx;
            let lower = grey(left, top + 1) * (1.0 - dx) + grey(left + 1, top + 1) * dx;
            upper * (1.0 - dy) + lower * dy
        })
    };
    let centre = quad.centre();
    let mut found = Vec::with_capacity(4 * PLACES);
    for side in 0..4 {
        let (a, b) = quad.side(side);
        let (along, length) = ([b[0] - a[0], b[1] - a[1]], (b[0] - a[0]).hypot(b[1] - a[1]).max(1.0));
        let mut inward = [-along[1] / length, along[0] / length];
        if (centre[0] - a[0]) * inward[0] + (centre[1] - a[1]) * inward[1] < 0.0 {
            inward = inward.map(|part| -part);
        }
        for place in 0..PLACES {
            let share = 0.08 + 0.84 * (place as f64 + 0.5) / PLACES as f64;
            let at = [a[0] + along[0] * share, a[1] + along[1] * share];
            let profile: Option<Vec<f64>> = (0..=2 * REACH)
                .map(|k| {
                    let by = k as f64 - REACH as f64;
                    luma(at[0] + inward[0] * by, at[1] + inward[1] * by)
                })
                .collect();
            found.extend(profile.and_then(|profile| step(&profile)));
        }
    }
    if found.len() < PLACES_MIN {
        return Ok(None);
    }
    let middle = found.len() / 2;
    Ok(Some(*found.select_nth_unstable_by(middle, f64::total_cmp).1))
}

/// The steepest part of one profile from desk to paper.
fn step(profile: &[f64]) -> Option<f64> {
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
    let whole = (mean(&profile[profile.len() - 3..]) - mean(&profile[..3])).abs();
    let steepest = profile.windows(3).map(|three| (three[2] - three[0]).abs()).fold(0.0, f64::max);
    (whole >= CONTRAST_MIN).then(|| (steepest / whole).min(1.0))
}
