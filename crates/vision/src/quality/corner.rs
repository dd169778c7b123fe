//! 缺角: a corner that is folded over or torn off, seen on a small upright sheet before whitening.

use crate::VisionError;
use opencv::core::Mat;
use opencv::prelude::*;

/// Side of the square looked at in each corner, as a share of the shorter side.
const SQUARE: f32 = 0.32;
/// The desk shows at least so far along both edges, as a share of the shorter side.
const LEG_MIN: f32 = 0.028;
/// A shadow leaves at least this share of the paper's light.
const SHADED: f32 = 0.74;
/// A desk or a sheet's back nearly as light as the paper is at most this light, and its edge is crisp.
const LIGHTER: f32 = 0.93;
/// Share of the whole step that a crisp edge takes within a few pixels; a shadow's takes a fifth.
const CRISP: f32 = 0.6;
/// Pixels on either side of such an edge.
const STEP: usize = 3;
/// A shadow keeps each channel's share of the light within this.
const TINTED: f32 = 0.12;
/// A square that is other than the paper over more than this is printed so, or is not paper.
const FILLED_MAX: f32 = 0.6;

/// Corners where something else than the paper shows: their places as shares of the sides.
pub(super) fn missing(small: &Mat) -> Result<Vec<[f32; 4]>, VisionError> {
    let (width, height) = (small.cols() as usize, small.rows() as usize);
    let side = (width.min(height) as f32 * SQUARE) as usize;
    let bytes = small.data_bytes()?;
    if side < 12 || bytes.len() < width * height * 3 {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for (right, low) in [(false, false), (true, false), (true, true), (false, true)] {
        // Counted from the corner inward.
        let at = |x: usize, y: usize| -> [f32; 3] {
            let (x, y) = (if right { width - 1 - x } else { x }, if low { height - 1 - y } else { y });
            let start = (y * width + x) * 3;
            [f32::from(bytes[start]), f32::from(bytes[start + 1]), f32::from(bytes[start + 2])]
        };
        let least = width.min(height) as f32 * LEG_MIN;
        if let Some(reach) = triangle(side, least, at, false).or_else(|| triangle(side, least, at, true)) {
            let (x, y) = ((reach.0 / width as f32).min(1.0), (reach.1 / height as f32).min(1.0));
            let (left, top) = (if right { 1.0 - x } else { 0.0 }, if low { 1.0 - y } else { 0.0 });
            found.push([left, top, left + x, top + y]);
        }
    }
    Ok(found)
}

/// How far something else than paper reaches along both edges of a corner, when it is a triangle of at least `least`;
/// `crisp`: nearly as light as the paper, with a crisp edge.
fn triangle(side: usize, least: f32, at: impl Fn(usize, usize) -> [f32; 3], crisp: bool) -> Option<(f32, f32)> {
    // The paper of this corner: what the far half of the square has most of.
    let mut inner: [Vec<f32>; 3] = Default::default();
    for y in side / 2..side {
        for x in side / 2..side {
            inner.iter_mut().zip(at(x, y)).for_each(|(list, value)| list.push(value));
        }
    }
    let paper = inner.map(|mut list| {
        let rank = list.len() * 3 / 5;
        *list.select_nth_unstable_by(rank, f32::total_cmp).1
    });
    let light = |colour: [f32; 3]| colour.iter().sum::<f32>().max(1.0);
    let other = |x: usize, y: usize| {
        let colour = at(x, y);
        let (here, there) = (light(colour), light(paper));
        let tint = |(value, paper): (f32, f32)| (value / here - paper / there).abs() * 3.0;
        if crisp {
            return here < LIGHTER * there;
        }
        here < SHADED * there || colour.into_iter().zip(paper).any(|pair| tint(pair) > TINTED)
    };
    // The outermost pixels show the edge itself.
    let leg = |step: &dyn Fn(usize) -> (usize, usize)| {
        let is_other = |k: &usize| {
            let (x, y) = step(*k);
            other(x, y)
        };
        (0..side).take_while(is_other).count() as f32
    };
    let legs: [&dyn Fn(usize) -> (usize, usize); 2] = [&|k| (k, 2), &|k| (2, k)];
    let [across, down] = legs.map(leg);
    if across < least || down < least {
        return None;
    }
    let steps = |(step, leg): (&dyn Fn(usize) -> (usize, usize), f32)| {
        let look = |k: usize| {
            let (x, y) = step(k.min(side - 1));
            light(at(x, y))
        };
        let (end, whole) = (leg as usize, light(paper) - look(leg as usize / 2));
        look(end + STEP) - look(end.saturating_sub(STEP + 1)) >= CRISP * whole
    };
    if crisp && !legs.into_iter().zip([across, down]).all(steps) {
        return None;
    }
    let (mut inside, mut all, mut filled) = (0_u32, 0_u32, 0_u32);
    for y in 0..side {
        for x in 0..side {
            let is_other = other(x, y);
            filled += u32::from(is_other);
            // Well within the triangle of the two legs.
            if (x as f32 + 0.5) / across + (y as f32 + 0.5) / down < 0.8 {
                all += 1;
                inside += u32::from(is_other);
            }
        }
    }
    let full = inside as f32 >= 0.85 * all.max(1) as f32;
    (full && (filled as f32) < FILLED_MAX * (side * side) as f32).then_some((across, down))
}
