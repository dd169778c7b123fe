//! 边框: finding the sheet in a small picture, and on it in the large one.

use super::candidates::{self, AREA_MIN, Buffers};
use super::geometry::{Line, Quad};
use super::refine;
use super::score::{Field, Trail, one_paper};
use crate::VisionError;
use crate::picture::shrink;
use opencv::core::Mat;

/// Long side of the picture the sheet is looked for in.
const SEARCH_SIDE: i32 = 480;
/// Lines of each direction that quads are made of.
const LINES_KEPT: usize = 12;
/// Least score of a sheet; below it there is none.
const SCORE_MIN: f64 = 0.40;

/// A sheet found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its corners in the picture that was given.
    pub quad: Quad,
    /// How sure, 0–1.
    pub score: f64,
    /// How much of each side (top, right, bottom, left) looks like an edge, 0–1.
    pub sides: [f64; 4],
    /// Sides that lie on the frame's border: the sheet goes on outside.
    pub cut: [bool; 4],
}

/// Buffers kept from frame to frame.
#[derive(Default)]
pub struct Workbench {
    buffers: Buffers,
}

/// Looks for the sheet in an 8-bit BGR picture of any size; corners are sub-pixel.
/// `None` when nothing looks like one.
///
/// # Errors
/// `Picture` when the library fails.
pub fn find(picture: &Mat, bench: &mut Workbench) -> Result<Option<Found>, VisionError> {
    let (small, factor) = shrink(picture, SEARCH_SIDE)?;
    let Some(mut found) = search(&small, bench)? else { return Ok(None) };
    refine::refine(&small, &mut found.quad, &found.cut, 5.0)?;
    if factor > 1.0 {
        found.quad = found.quad.scaled(factor);
        refine::refine(picture, &mut found.quad, &found.cut, factor * 1.9)?;
    }
    Ok(Some(found))
}

fn search(small: &Mat, bench: &mut Workbench) -> Result<Option<Found>, VisionError> {
    candidates::calm(small, &mut bench.buffers)?;
    if let Some(found) = look(bench)? {
        return Ok(Some(found));
    }
    // Rarely needed, and a second search is as long as the first.
    candidates::draw_out(&mut bench.buffers)?;
    look(bench)
}

/// The best quad of what is in the buffers, if it is one of a sheet.
fn look(bench: &mut Workbench) -> Result<Option<Found>, VisionError> {
    let regions = candidates::regions(&mut bench.buffers)?;
    let (level, upright) = candidates::lines(&mut bench.buffers)?;
    let field = Field::of(&bench.buffers.calm)?;
    let (level, upright) = (trails(level, &field), trails(upright, &field));
    let mut best: Vec<Found> = Vec::new();
    for (i, top) in level.iter().enumerate() {
        for bottom in &level[i + 1..] {
            for (j, left) in upright.iter().enumerate() {
                for right in &upright[j + 1..] {
                    consider([top, right, bottom, left], &field, &mut best);
                }
            }
        }
    }
    for quad in regions {
        let sides: Option<Vec<Trail>> = (0..4)
            .map(|i| {
                let (a, b) = quad.side(i);
                Trail::of(Line::through(a, b)?, &field)
            })
            .collect();
        if let Some([a, b, c, d]) = sides.as_deref() {
            consider([a, b, c, d], &field, &mut best);
        }
    }
    for found in &mut best {
        found.score *= 0.55 + 0.45 * one_paper(&found.quad, &field);
    }
    best.sort_by(|a, b| b.score.total_cmp(&a.score));
    Ok(best.into_iter().next().filter(|found| found.score >= SCORE_MIN))
}

/// Evidence along the lines most like a sheet's edge, and along the frame's borders.
fn trails(lines: Vec<Line>, field: &Field<'_>) -> Vec<Trail> {
    let (borders, mut inner): (Vec<Trail>, Vec<Trail>) =
        lines.into_iter().filter_map(|line| Trail::of(line, field)).partition(|trail| trail.border);
    inner.sort_by_cached_key(|trail| std::cmp::Reverse(trail.run(field) as i64));
    inner.truncate(LINES_KEPT);
    inner.extend(borders);
    inner
}

/// Adds the quad between four lines when it is among the best so far. The lines go around the sheet in order.
fn consider(lines: [&Trail; 4], field: &Field<'_>, best: &mut Vec<Found>) {
    const KEEP: usize = 24;
    let meet = |i: usize, j: usize| lines[i].line.meet(&lines[j].line);
    let (Some(a), Some(b), Some(c), Some(d)) = (meet(0, 3), meet(0, 1), meet(2, 1), meet(2, 3)) else { return };
    let (width, height) = field.size();
    let room = 0.03 * width;
    let outside = |p: &[f64; 2]| p[0] < -room || p[1] < -room || p[0] > width + room || p[1] > height + room;
    if [a, b, c, d].iter().any(outside) {
        return;
    }
    let quad = Quad::sorted([a, b, c, d]);
    let share = quad.area() / (width * height);
    if share < AREA_MIN || !quad.is_sheet() {
        return;
    }
    let centre = quad.centre();
    let mut sides = [0.0; 4];
    let mut cut = [false; 4];
    for (i, (side, is_cut)) in sides.iter_mut().zip(&mut cut).enumerate() {
        let (p, q) = quad.side(i);
        // The line of this side: the one both corners lie on.
        let off = |t: &&&Trail| t.line.off(p).abs() + t.line.off(q).abs();
        let Some(trail) = lines.iter().min_by(|s, t| off(s).total_cmp(&off(t))) else { return };
        *side = trail.support(p, q, centre);
        *is_cut = trail.border;
    }
    if cut.iter().filter(|cut| **cut).count() > 2 {
        return;
    }
    let mean = sides.iter().sum::<f64>() / 4.0;
    let least = sides.iter().copied().fold(1.0, f64::min);
    let score = 0.62 * mean + 0.30 * least + 0.08 * share.sqrt();
    if best.len() < KEEP || best.last().is_some_and(|last| score > last.score) {
        best.push(Found { quad, score, sides, cut });
        best.sort_by(|a, b| b.score.total_cmp(&a.score));
        best.truncate(KEEP);
    }
}
