//! A picture in memory, as a camera or a card gives it, and how pixels are taken out of it.

use super::Point;
use crate::VisionError;

/// Longest side of a picture looked at for faces.
const SIDE_MAX: u32 = 8_192;
/// Shortest side in which a face could be.
const SIDE_MIN: u32 = 24;

/// Pixels of a picture, red first, rows packed; three or four bytes a pixel.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    width: u32,
    height: u32,
    step: usize,
    bytes: &'a [u8],
}

impl std::fmt::Debug for Frame<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Frame({}x{})", self.width, self.height)
    }
}

/// A place in the picture for every place in the result: `x = m[0]·u + m[1]·v + m[2]`, `y = m[3]·u + m[4]·v + m[5]`.
pub(super) type Map = [f32; 6];

impl<'a> Frame<'a> {
    /// RGBA, four bytes a pixel.
    ///
    /// # Errors
    /// `BadImage` when the bytes do not fill the picture or its sides are out of bounds.
    pub fn rgba(width: u32, height: u32, bytes: &'a [u8]) -> Result<Self, VisionError> {
        Self::new(width, height, 4, bytes)
    }

    /// RGB, three bytes a pixel.
    ///
    /// # Errors
    /// As [`Frame::rgba`].
    pub fn rgb(width: u32, height: u32, bytes: &'a [u8]) -> Result<Self, VisionError> {
        Self::new(width, height, 3, bytes)
    }

    fn new(width: u32, height: u32, step: usize, bytes: &'a [u8]) -> Result<Self, VisionError> {
        let sides = SIDE_MIN..=SIDE_MAX;
        if !sides.contains(&width) || !sides.contains(&height) {
            return Err(VisionError::BadImage("its sides are out of bounds"));
        }
        if bytes.len() != width as usize * height as usize * step {
            return Err(VisionError::BadImage("its bytes do not fill it"));
        }
        Ok(Self { width, height, step, bytes })
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// One pixel; places outside are those at the edge.
    fn at(&self, x: i32, y: i32) -> [f32; 3] {
        let x = x.clamp(0, self.width as i32 - 1) as usize;
        let y = y.clamp(0, self.height as i32 - 1) as usize;
        let start = (y * self.width as usize + x) * self.step;
        let pixel = &self.bytes[start..start + 3];
        [f32::from(pixel[0]), f32::from(pixel[1]), f32::from(pixel[2])]
    }

    /// Between the four pixels around a place.
    fn between(&self, point: Point) -> [f32; 3] {
        // Not a number would give the first pixel; the cast saturates.
        let (left, top) = (point[0].floor(), point[1].floor());
        let (dx, dy) = (point[0] - left, point[1] - top);
        let (x, y) = (left as i32, top as i32);
        let inside = x >= 0 && y >= 0 && x < self.width as i32 - 1 && y < self.height as i32 - 1;
        let (a, b, c, d) = if inside {
            let row = self.width as usize * self.step;
            let start = y as usize * row + x as usize * self.step;
            let colour = |at: usize| -> [f32; 3] { std::array::from_fn(|i| f32::from(self.bytes[at + i])) };
            (colour(start), colour(start + self.step), colour(start + row), colour(start + row + self.step))
        } else {
            let (right, below) = (x.saturating_add(1), y.saturating_add(1));
            (self.at(x, y), self.at(right, y), self.at(x, below), self.at(right, below))
        };
        std::array::from_fn(|i| {
            let (upper, lower) = (a[i] + (b[i] - a[i]) * dx, c[i] + (d[i] - c[i]) * dx);
            upper + (lower - upper) * dy
        })
    }

    /// Takes `width`×`height` pixels through the map; where the picture is finer than the result, up to
    /// `samples_max`² places are averaged for each. `put` gets index and colour, 0–255.
    pub(super) fn take(
        &self,
        map: Map,
        (width, height): (usize, usize),
        samples_max: usize,
        mut put: impl FnMut(usize, [f32; 3]),
    ) {
        let scale = (map[0].hypot(map[3])).max(map[1].hypot(map[4]));
        let samples = (scale.round() as usize).clamp(1, samples_max);
        let (part, share) = (1.0 / samples as f32, 1.0 / (samples * samples) as f32);
        for v in 0..height {
            for u in 0..width {
                let mut sum = [0.0_f32; 3];
                for j in 0..samples {
                    let t = v as f32 + (j as f32 + 0.5) * part;
                    for i in 0..samples {
                        let s = u as f32 + (i as f32 + 0.5) * part;
                        // Pixel centres stand at halves.
                        let place = [map[0] * s + map[1] * t + map[2] - 0.5, map[3] * s + map[4] * t + map[5] - 0.5];
                        let colour = self.between(place);
                        for (total, value) in sum.iter_mut().zip(colour) {
                            *total += value;
                        }
                    }
                }
                put(v * width + u, sum.map(|value| value * share));
            }
        }
    }

    /// Takes a box of the picture, stretched to `width`×`height`, one place a pixel as the networks were trained.
    pub(super) fn take_box(&self, bounds: [f32; 4], size: (usize, usize), put: impl FnMut(usize, [f32; 3])) {
        let [left, top, right, bottom] = bounds;
        let map = [(right - left) / size.0 as f32, 0.0, left, 0.0, (bottom - top) / size.1 as f32, top];
        self.take(map, size, 1, put);
    }

    /// The whole picture averaged down to `width`×`height`; every pixel counts, none twice.
    pub(super) fn shrunk(&self, width: usize, height: usize) -> Vec<[f32; 3]> {
        let (from_w, from_h) = (self.width as usize, self.height as usize);
        if from_w < width * 2 || from_h < height {
            let mut small = vec![[0.0; 3]; width * height];
            let whole = [0.0, 0.0, from_w as f32, from_h as f32];
            self.take_box(whole, (width, height), |index, colour| small[index] = colour);
            return small;
        }
        let span = |index: usize, to: usize, from: usize| {
            let start = index * from / to;
            (start, ((index + 1) * from / to).max(start + 1))
        };
        let columns: Vec<(usize, usize)> = (0..width).map(|u| span(u, width, from_w)).collect();
        let row = from_w * self.step;
        let mut small = Vec::with_capacity(width * height);
        // Rows first, a register at a time; a picture has at most 8192 of them, a span far fewer than 257.
        let mut sums = vec![0_u16; row];
        for v in 0..height {
            let (top, bottom) = span(v, height, from_h);
            sums.fill(0);
            for line in self.bytes[top * row..bottom * row].chunks_exact(row) {
                for (sum, value) in sums.iter_mut().zip(line) {
                    *sum += u16::from(*value);
                }
            }
            small.extend(columns.iter().map(|&(left, right)| {
                let mut total = [0_u32; 3];
                for pixel in sums[left * self.step..right * self.step].chunks_exact(self.step) {
                    for (total, sum) in total.iter_mut().zip(pixel) {
                        *total += u32::from(*sum);
                    }
                }
                let count = ((right - left) * (bottom - top)) as f32;
                total.map(|total| total as f32 / count)
            }));
        }
        small
    }
}
