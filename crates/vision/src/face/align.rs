//! Five-point alignment: where the eyes, the nose and the mouth stand in the picture an embedding is made of.

use super::frame::Map;
use super::{Face, Frame, Point};

/// Side of the aligned picture.
pub(super) const SIDE: usize = 112;
/// The template of ArcFace (InsightFace, `arcface_dst`), pixels of a 112×112 picture.
const TEMPLATE: [Point; 5] =
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]];

/// 对齐后的人脸: eyes, nose and mouth where the networks expect them; red, green, blue, 0–255.
pub struct Aligned(pub(super) Vec<[f32; 3]>);

impl Aligned {
    /// The face as the networks see it.
    #[must_use]
    pub fn of(frame: &Frame<'_>, face: &Face) -> Self {
        let mut picture = vec![[0.0; 3]; SIDE * SIDE];
        frame.take(map(&face.five()), (SIDE, SIDE), 2, |index, colour| picture[index] = colour);
        Self(picture)
    }
}

impl std::fmt::Debug for Aligned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Aligned(redacted)")
    }
}

/// The similarity (turn, scale, shift) that takes the template to these points with the least squared error.
fn map(points: &[Point; 5]) -> Map {
    let mean = |points: &[Point; 5]| {
        let sum = points.iter().fold([0.0, 0.0], |sum: Point, p| [sum[0] + p[0], sum[1] + p[1]]);
        [sum[0] / 5.0, sum[1] / 5.0]
    };
    let (from, to) = (mean(&TEMPLATE), mean(points));
    let (mut spread, mut cosine, mut sine) = (0.0, 0.0, 0.0);
    for (t, p) in TEMPLATE.iter().zip(points) {
        let (tx, ty) = (t[0] - from[0], t[1] - from[1]);
        let (px, py) = (p[0] - to[0], p[1] - to[1]);
        spread += tx * tx + ty * ty;
        cosine += tx * px + ty * py;
        sine += tx * py - ty * px;
    }
    let (a, b) = (cosine / spread, sine / spread);
    [a, -b, to[0] - a * from[0] + b * from[1], b, a, to[1] - b * from[0] - a * from[1]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turned_scaled_and_shifted_template_is_found_again() {
        let (scale, angle, shift) = (2.5_f32, 0.3_f32, [40.0, -7.0]);
        let place = |p: Point| {
            let (x, y) = (p[0] * scale, p[1] * scale);
            [x * angle.cos() - y * angle.sin() + shift[0], x * angle.sin() + y * angle.cos() + shift[1]]
        };
        let map = map(&TEMPLATE.map(place));
        for point in TEMPLATE {
            let found =
                [map[0] * point[0] + map[1] * point[1] + map[2], map[3] * point[0] + map[4] * point[1] + map[5]];
            let wanted = place(point);
            assert!((found[0] - wanted[0]).abs() < 0.01 && (found[1] - wanted[1]).abs() < 0.01);
        }
    }
}
