//! Sub-pixel sides: where the colour turns from desk to paper, measured across each side and fitted robustly.

use super::geometry::{Line, Point, Quad, distance, lerp};
use crate::VisionError;
use opencv::core::Mat;
use opencv::prelude::*;

/// Places along a side where the edge is measured.
const PLACES: usize = 72;

/// BGR bytes of a continuous picture.
struct Pixels<'a> {
    bytes: &'a [u8],
    width: usize,
    height: usize,
}

impl Pixels<'_> {
    /// Bilinear; `None` outside.
    fn at(&self, x: f64, y: f64) -> Option<[f32; 3]> {
        if x < 0.0 || y < 0.0 || x >= (self.width - 1) as f64 || y >= (self.height - 1) as f64 {
            return None;
        }
        let (column, row) = (x as usize, y as usize);
        let (tx, ty) = ((x - column as f64) as f32, (y - row as f64) as f32);
        let at = (row * self.width + column) * 3;
        let below = at + self.width * 3;
        let mut out = [0.0; 3];
        for (channel, value) in out.iter_mut().enumerate() {
            let byte = |offset: usize| f32::from(self.bytes[offset + channel]);
            let top = byte(at) * (1.0 - tx) + byte(at + 3) * tx;
            let bottom = byte(below) * (1.0 - tx) + byte(below + 3) * tx;
            *value = top * (1.0 - ty) + bottom * ty;
        }
        Some(out)
    }
}

/// Moves the corners onto the edge as measured within `reach` pixels on either side of each side.
/// A side that cannot be measured (frame border, no contrast) stays.
pub(super) fn refine(picture: &Mat, quad: &mut Quad, cut: &[bool; 4], reach: f64) -> Result<(), VisionError> {
    if picture.cols() < 8 || picture.rows() < 8 {
        return Ok(());
    }
    let pixels =
        Pixels { bytes: picture.data_bytes()?, width: picture.cols() as usize, height: picture.rows() as usize };
    let mut lines = [None; 4];
    for (i, line) in lines.iter_mut().enumerate() {
        let (a, b) = quad.side(i);
        *line = if cut[i] { None } else { side(&pixels, a, b, quad.centre(), reach) };
        *line = line.or_else(|| Line::through(a, b));
    }
    let mut corners = quad.0;
    for (i, corner) in corners.iter_mut().enumerate() {
        if let (Some(before), Some(after)) = (lines[(i + 3) % 4], lines[i])
            && let Some(p) = before.meet(&after)
            && distance(p, *corner) < reach * 3.0
        {
            *corner = p;
        }
    }
    let moved = Quad(corners);
    if moved.is_sheet() {
        *quad = moved;
    }
    Ok(())
}

/// The line of one side.
fn side(pixels: &Pixels<'_>, a: Point, b: Point, inside: Point, reach: f64) -> Option<Line> {
    let line = Line::through(a, b)?;
    let sign = if line.off(inside) >= 0.0 { 1.0 } else { -1.0 };
    let inward = [line.a * sign, line.b * sign];
    let axis = axis(pixels, a, b, inward, reach)?;
    let mut points = Vec::with_capacity(PLACES);
    for k in 0..PLACES {
        // Corners curl and overlap; they are left out.
        let p = lerp(a, b, 0.03 + 0.94 * (k as f64 + 0.5) / PLACES as f64);
        if let Some(offset) = crossing(pixels, p, inward, axis, reach) {
            points.push([p[0] + inward[0] * offset, p[1] + inward[1] * offset]);
        }
    }
    fit(&points, reach)
}

/// The direction in colour space from desk to paper along this side, as a unit vector.
fn axis(pixels: &Pixels<'_>, a: Point, b: Point, inward: [f64; 2], reach: f64) -> Option<[f32; 3]> {
    let mut differences: Vec<[f32; 3]> = Vec::new();
    for k in 1..32 {
        let p = lerp(a, b, f64::from(k) / 32.0);
        let look = |by: f64| pixels.at(p[0] + inward[0] * by, p[1] + inward[1] * by);
        if let (Some(paper), Some(desk)) = (look(reach), look(-reach)) {
            differences.push([paper[0] - desk[0], paper[1] - desk[1], paper[2] - desk[2]]);
        }
    }
    if differences.len() < 8 {
        return None;
    }
    let mut middle = [0.0; 3];
    for (channel, value) in middle.iter_mut().enumerate() {
        differences.sort_by(|x, y| x[channel].total_cmp(&y[channel]));
        *value = differences[differences.len() / 2][channel];
    }
    let length = middle.iter().map(|v| v * v).sum::<f32>().sqrt();
    (length > 6.0).then(|| middle.map(|v| v / length))
}

/// How far inward of `p` the paper begins, pixels (negative: outward); `None` without a clear step.
fn crossing(pixels: &Pixels<'_>, p: Point, inward: [f64; 2], axis: [f32; 3], reach: f64) -> Option<f64> {
    let step = (reach / 12.0).max(0.5);
    let count = (2.0 * reach / step) as usize + 1;
    let along = [-inward[1], inward[0]];
    let mut profile = Vec::with_capacity(count);
    for k in 0..count {
        let by = -reach + k as f64 * step;
        let mut sum = 0.0;
        for shift in [-1.5, 0.0, 1.5] {
            let x = p[0] + inward[0] * by + along[0] * shift;
            let y = p[1] + inward[1] * by + along[1] * shift;
            let colour = pixels.at(x, y)?;
            sum += colour[0] * axis[0] + colour[1] * axis[1] + colour[2] * axis[2];
        }
        profile.push(sum / 3.0);
    }
    // The steepest rise over a few samples; shadows rise slowly, edges at once.
    let rise = |k: usize| profile[k + 2] - profile[k - 2] + 0.5 * (profile[k + 1] - profile[k - 1]);
    let (best, _) =
        (2..count - 2).map(|k| (k, rise(k))).max_by(|x, y| x.1.total_cmp(&y.1)).filter(|(_, h)| *h > 9.0)?;
    if best < 3 || best + 4 > count {
        return None;
    }
    // The point half-way between the two levels beside the steepest place.
    let low = profile[best.saturating_sub(4)..best - 1].iter().copied().fold(f32::MAX, f32::min);
    let high = profile[best + 2..(best + 5).min(count)].iter().copied().fold(f32::MIN, f32::max);
    let half = f64::from(low + high) / 2.0;
    for k in best - 2..best + 2 {
        let (v, w) = (f64::from(profile[k]), f64::from(profile[k + 1]));
        if v <= half && w > half {
            return Some(-reach + (k as f64 + (half - v) / (w - v).max(1e-6)) * step);
        }
    }
    Some(-reach + best as f64 * step)
}

/// A line through most of the points: the best of deterministic pairs, then least squares on what agrees.
fn fit(points: &[Point], reach: f64) -> Option<Line> {
    if points.len() < PLACES / 4 {
        return None;
    }
    let near = (reach * 0.12).max(0.8);
    let mut best: Option<(f64, Line)> = None;
    for i in 0..points.len() / 2 {
        for span in [points.len() / 2, points.len() * 2 / 3] {
            let Some(line) = points.get(i + span).and_then(|q| Line::through(points[i], *q)) else { continue };
            let agree: f64 = points.iter().map(|p| (1.0 - (line.off(*p) / near).powi(2)).max(0.0)).sum();
            if best.as_ref().is_none_or(|(most, _)| agree > *most) {
                best = Some((agree, line));
            }
        }
    }
    let (mut agree, mut line) = best?;
    for _ in 0..4 {
        let close: Vec<Point> = points.iter().filter(|p| line.off(**p).abs() < near * 1.2).copied().collect();
        if close.len() < 8 {
            break;
        }
        line = least_squares(&close)?;
        agree = close.len() as f64;
    }
    (agree >= PLACES as f64 * 0.2).then_some(line)
}

fn least_squares(points: &[Point]) -> Option<Line> {
    let count = points.len() as f64;
    let (mx, my) = points.iter().fold((0.0, 0.0), |(x, y), p| (x + p[0] / count, y + p[1] / count));
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for p in points {
        let (dx, dy) = (p[0] - mx, p[1] - my);
        xx += dx * dx;
        xy += dx * dy;
        yy += dy * dy;
    }
    // Direction of the larger axis of the scatter.
    let turn = 0.5 * (2.0 * xy).atan2(xx - yy);
    Line::through([mx, my], [mx + turn.cos(), my + turn.sin()])
}
