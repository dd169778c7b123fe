//! How much a line looks like the sheet's edge, summed along it once, so that a quad costs four look-ups.

use super::geometry::{Line, Point, Quad, distance, lerp};
use crate::VisionError;
use opencv::core::Mat;
use opencv::prelude::*;

/// Pixels between two looks along a line.
const STEP: f64 = 2.0;
/// How far to either side paper and desk are looked at, pixels.
const NEAR: f64 = 3.0;
/// See [`NEAR`].
const FAR: f64 = 7.0;
/// Colours closer than this are no edge.
const STEP_MIN: f32 = 7.0;
/// What a side counts that lies on the frame's border: perhaps the sheet goes on, perhaps not.
pub(super) const CUT_SIDE: f64 = 0.42;

/// Lightness and colour as plain bytes.
pub(super) struct Field<'a> {
    planes: [&'a [u8]; 3],
    width: i32,
    height: i32,
}

impl<'a> Field<'a> {
    pub(super) fn of(calm: &'a [Mat; 3]) -> Result<Self, VisionError> {
        Ok(Self {
            planes: [calm[0].data_bytes()?, calm[1].data_bytes()?, calm[2].data_bytes()?],
            width: calm[0].cols(),
            height: calm[0].rows(),
        })
    }

    pub(super) fn size(&self) -> (f64, f64) {
        (f64::from(self.width), f64::from(self.height))
    }

    #[inline]
    pub(super) fn at(&self, x: f64, y: f64) -> Option<[f32; 3]> {
        let (column, row) = ((x + 0.5).floor() as i32, (y + 0.5).floor() as i32);
        if column < 0 || row < 0 || column >= self.width || row >= self.height {
            return None;
        }
        let at = row as usize * self.width as usize + column as usize;
        Some([f32::from(self.planes[0][at]), f32::from(self.planes[1][at]), f32::from(self.planes[2][at])])
    }
}

/// Distance of two colours; colour counts more than lightness, which light and shadow change.
pub(super) fn apart(a: [f32; 3], b: [f32; 3]) -> f32 {
    let (l, x, y) = (a[0] - b[0], (a[1] - b[1]) * 1.6, (a[2] - b[2]) * 1.6);
    (l * l + x * x + y * y).sqrt()
}

/// Evidence at a point that paper ends there; `inward` is the unit normal towards the sheet.
fn evidence(field: &Field<'_>, p: Point, inward: [f64; 2]) -> Option<f32> {
    let look = |by: f64| field.at(p[0] + inward[0] * by, p[1] + inward[1] * by);
    let (near_in, far_in, near_out, far_out) = (look(NEAR)?, look(FAR)?, look(-NEAR)?, look(-FAR));
    let far_out = far_out.unwrap_or(near_out);
    // The desk may have a pattern; what is nearest in colour to the paper counts. Most places are no edge at all.
    let mut step = apart(near_in, near_out);
    if step > STEP_MIN {
        step = step.min(apart(far_in, near_out)).min(apart(near_in, far_out) + 12.0);
    }
    if step <= STEP_MIN {
        return Some(0.0);
    }
    let paper = 1.0 - ((apart(near_in, far_in) - 7.0) / 28.0).clamp(0.0, 1.0);
    let light = if near_in[0] + 4.0 >= near_out[0] { 1.0 } else { 0.72 };
    // Paper again farther out: a line on the sheet, a row of a table for example.
    let again = [16.0, 30.0].into_iter().any(|by| look(-by).is_some_and(|colour| apart(colour, near_in) < 9.0));
    let inner = if again { 0.6 } else { 1.0 };
    Some(((step - STEP_MIN) / 17.0).clamp(0.0, 1.0) * paper * light * inner)
}

/// As [`evidence`], a little to either side as well: paper that bends leaves its line for a few pixels.
fn bent_evidence(field: &Field<'_>, p: Point, inward: [f64; 2]) -> Option<f32> {
    let straight = evidence(field, p, inward)?;
    if straight > 0.8 {
        return Some(straight);
    }
    let beside = [(3.0, 0.85), (-3.0, 0.85), (6.0, 0.7), (-6.0, 0.7)].map(|(by, worth)| {
        evidence(field, [p[0] + inward[0] * by, p[1] + inward[1] * by], inward).map_or(0.0, |found| found * worth)
    });
    Some(beside.into_iter().fold(straight, f32::max))
}

/// Evidence along one line for both ways the sheet could lie, as running sums.
pub(super) struct Trail {
    pub(super) line: Line,
    start: Point,
    direction: [f64; 2],
    /// Sums of evidence with the sheet towards `(a, b)` and away from it, and how many looks counted.
    sums: [Vec<f32>; 2],
    pub(super) border: bool,
}

impl Trail {
    pub(super) fn of(line: Line, field: &Field<'_>) -> Option<Self> {
        let (width, height) = field.size();
        let (start, end) = within(&line, width, height)?;
        let length = distance(start, end);
        let direction = [(end[0] - start[0]) / length, (end[1] - start[1]) / length];
        let count = (length / STEP) as usize + 1;
        let mut sums = [Vec::with_capacity(count + 1), Vec::with_capacity(count + 1)];
        for (way, sign) in [1.0, -1.0].into_iter().enumerate() {
            let mut sum = 0.0;
            sums[way].push(0.0);
            for at in 0..count {
                let p = lerp(start, end, (at as f64 * STEP / length).min(1.0));
                sum += bent_evidence(field, p, [line.a * sign, line.b * sign]).unwrap_or(0.0);
                sums[way].push(sum);
            }
        }
        let far = line.c.abs() < 1.5
            || (line.a > 0.999 && (line.c - (width - 1.0)).abs() < 1.5)
            || (line.b > 0.999 && (line.c - (height - 1.0)).abs() < 1.5);
        let border = far && (line.a.abs() > 0.999 || line.b.abs() > 0.999);
        Some(Self { line, start, direction, sums, border })
    }

    /// Longest stretch that looks like the edge of one paper, pixels: what patterns of a desk do not have.
    pub(super) fn run(&self, field: &Field<'_>) -> f64 {
        let mut best = 0.0_f64;
        for (way, sign) in [1.0, -1.0].into_iter().enumerate() {
            let (mut start, mut paper): (Option<usize>, [f32; 3]) = (None, [0.0; 3]);
            let (mut missed, mut last) = (0, 0);
            for at in 0..self.sums[way].len() - 1 {
                let found = self.sums[way][at + 1] - self.sums[way][at];
                let along = at as f64 * STEP;
                let p = [
                    self.start[0] + self.direction[0] * along + self.line.a * sign * NEAR,
                    self.start[1] + self.direction[1] * along + self.line.b * sign * NEAR,
                ];
                let colour = field.at(p[0], p[1]);
                let same = colour.is_some_and(|colour| start.is_none() || apart(colour, paper) < 16.0);
                if found > 0.5 && same {
                    if start.is_none() {
                        start = Some(at);
                    }
                    paper = colour.unwrap_or(paper);
                    (missed, last) = (0, at);
                } else {
                    missed += 1;
                }
                // Letters and dirt interrupt an edge for a moment.
                if missed > 4 {
                    best = best.max(start.map_or(0.0, |from| (last - from) as f64 * STEP));
                    (start, missed) = (None, 0);
                }
            }
            best = best.max(start.map_or(0.0, |from| (last.saturating_sub(from)) as f64 * STEP));
        }
        best
    }

    fn position(&self, p: Point) -> f64 {
        (p[0] - self.start[0]) * self.direction[0] + (p[1] - self.start[1]) * self.direction[1]
    }

    fn between(&self, way: usize, from: f64, to: f64) -> f64 {
        let last = self.sums[way].len() as f64 - 1.0;
        let index = |x: f64| (x / STEP).clamp(0.0, last) as usize;
        let (low, high) = (index(from.min(to)), index(from.max(to)));
        let looks = ((from - to).abs() / STEP).max(1.0);
        f64::from(self.sums[way][high] - self.sums[way][low]) / looks
    }

    /// Share of the side from `a` to `b` that looks like the edge of a sheet whose middle is `inside`.
    pub(super) fn support(&self, a: Point, b: Point, inside: Point) -> f64 {
        let way = usize::from(self.line.off(inside) < 0.0);
        let (from, to) = (self.position(a), self.position(b));
        // The last few pixels before a corner belong to both sides.
        let inset = (to - from) * 0.03;
        let side = self.between(way, from + inset, to - inset).min(1.0);
        if self.border {
            return CUT_SIDE;
        }
        // A line that goes on beyond the corners is likely something longer than the sheet.
        let reach = (to - from).abs() * 0.2 * (to - from).signum();
        let beyond = (self.between(way, from - reach, from - reach * 0.15)
            + self.between(way, to + reach * 0.15, to + reach))
        .min(2.0)
            / 2.0;
        side - 0.12 * beyond
    }
}

/// The part of a line within the frame.
fn within(line: &Line, width: f64, height: f64) -> Option<(Point, Point)> {
    let mut ends: Vec<Point> = Vec::with_capacity(4);
    let borders = [
        Line { a: 1.0, b: 0.0, c: 0.0 },
        Line { a: 1.0, b: 0.0, c: width - 1.0 },
        Line { a: 0.0, b: 1.0, c: 0.0 },
        Line { a: 0.0, b: 1.0, c: height - 1.0 },
    ];
    for border in borders {
        if let Some(p) = line.meet(&border)
            && p[0] > -0.5
            && p[1] > -0.5
            && p[0] < width - 0.5
            && p[1] < height - 0.5
        {
            ends.push(p);
        }
    }
    let first = *ends.first()?;
    let last = ends.into_iter().max_by(|p, q| distance(first, *p).total_cmp(&distance(first, *q)))?;
    (distance(first, last) > 20.0).then_some((first, last))
}

/// Do the margins look like one paper? 1 when alike, less the more looks along them differ from the rest.
pub(super) fn one_paper(quad: &Quad, field: &Field<'_>) -> f64 {
    // Light and shadow change lightness along a sheet; colour hardly.
    let shade = |colour: [f32; 3]| [colour[0] * 0.35, colour[1], colour[2]];
    let centre = quad.centre();
    let mut looks: Vec<[f32; 3]> = Vec::with_capacity(96);
    for i in 0..4 {
        let (a, b) = quad.side(i);
        for k in 1..24 {
            let p = lerp(a, b, f64::from(k) / 24.0);
            let length = distance(p, centre).max(1.0);
            let inward = [(centre[0] - p[0]) / length, (centre[1] - p[1]) / length];
            looks.extend(field.at(p[0] + inward[0] * 5.0, p[1] + inward[1] * 5.0).map(shade));
        }
    }
    if looks.len() < 40 {
        return 0.5;
    }
    let mut paper = [0.0; 3];
    for (channel, value) in paper.iter_mut().enumerate() {
        let middle = looks.len() / 2;
        *value = looks.select_nth_unstable_by(middle, |x, y| x[channel].total_cmp(&y[channel])).1[channel];
    }
    let alike = looks.iter().filter(|look| apart(**look, paper) < 13.0).count();
    // A finger, a stamp or a fold may cover a tenth of the margin.
    (alike as f64 / looks.len() as f64 / 0.9).min(1.0).powi(2)
}
