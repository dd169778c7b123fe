//! Photographing a page on a desk: perspective, desk texture, light, shadow, focus, noise.

use super::papers::Take;
use super::random::Random;
use image::RgbImage;
use tiny_skia::Pixmap;

/// Size of a photograph, as an 8-megapixel document camera takes it.
pub(super) const WIDTH: usize = 3264;
/// See [`WIDTH`].
pub(super) const HEIGHT: usize = 2448;
/// Pixels between two points of the light map.
const STEP: usize = 24;

/// Corner points in picture coordinates: top left, top right, bottom right, bottom left of the page.
pub(super) type Quad = [(f32, f32); 4];

/// Takes the photograph; the page's corners are the truth a detector is measured against.
pub(super) fn photograph(page: &Pixmap, take: Take, seed: u64, name: &str) -> (RgbImage, Quad) {
    let mut random = Random::new(seed, name);
    let quad = place(page, take, &mut random);
    let desk = Desk::new(&mut random);
    let light = Light::new(&quad, take, &mut random);
    let page = if take == Take::Blurred { blurred(page, 9) } else { page.clone() };
    let into_page = homography(&quad, page.width() as f32, page.height() as f32);
    let noise = noise_table(&mut random, if take == Take::Dark { 5.5 } else { 2.6 });
    let tint = [random.range(0.985, 1.02), 1.0, random.range(0.93, 0.985)];
    let mut picture = RgbImage::new(WIDTH as u32, HEIGHT as u32);
    for (y, row) in picture.chunks_exact_mut(WIDTH * 3).enumerate() {
        let mut grain = random.below(noise.len());
        let (from, to) = row_span(&quad, y as f32);
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            let brightness = light.at(x, y);
            let mut colour = desk.at(x, y);
            if x as f32 >= from && x as f32 <= to {
                let (u, v) = map(&into_page, x as f32, y as f32);
                blend(&page, u, v, &mut colour);
            }
            for (channel, (value, tint)) in pixel.iter_mut().zip(colour.iter().zip(tint)) {
                grain = (grain + 1) % noise.len();
                *channel = (value * brightness * tint + noise[grain]).clamp(0.0, 255.0) as u8;
            }
        }
    }
    (picture, quad)
}

/// Lays the page down: a little turned, a little tilted, never quite in the middle.
fn place(page: &Pixmap, take: Take, random: &mut Random) -> Quad {
    let shape = page.width() as f32 / page.height() as f32;
    let high = HEIGHT as f32 * random.range(0.90, 0.935);
    let wide = high * shape;
    let (mut cx, mut cy) =
        (WIDTH as f32 / 2.0 + random.range(-190.0, 190.0), HEIGHT as f32 / 2.0 + random.range(-16.0, 16.0));
    if take == Take::Cut {
        (cx, cy) = (WIDTH as f32 - wide * 0.36, HEIGHT as f32 * 0.60);
    }
    let turn = random.range(-1.6_f32, 1.6).to_radians();
    let tilt = random.range(-0.018, 0.018);
    let corners = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)];
    corners.map(|(x, y): (f32, f32)| {
        // Nearer the lens means larger: the far edge is a little shorter.
        let near = 1.0 + tilt * y * 2.0;
        let (x, y) = (x * wide * near + random.range(-9.0, 9.0), y * high + random.range(-7.0, 7.0));
        (cx + x * turn.cos() - y * turn.sin(), cy + x * turn.sin() + y * turn.cos())
    })
}

/// The projective map from picture to page coordinates, row by row (Heckbert 1989, 2.2.2, inverted).
fn homography(quad: &Quad, width: f32, height: f32) -> [f64; 9] {
    let point = |at: usize| (f64::from(quad[at].0), f64::from(quad[at].1));
    let ((x0, y0), (x1, y1), (x2, y2), (x3, y3)) = (point(0), point(1), point(2), point(3));
    let (dx1, dx2, sx) = (x1 - x2, x3 - x2, x0 - x1 + x2 - x3);
    let (dy1, dy2, sy) = (y1 - y2, y3 - y2, y0 - y1 + y2 - y3);
    let det = dx1 * dy2 - dx2 * dy1;
    let g = (sx * dy2 - dx2 * sy) / det;
    let h = (dx1 * sy - sx * dy1) / det;
    let m = [x1 - x0 + g * x1, x3 - x0 + h * x3, x0, y1 - y0 + g * y1, y3 - y0 + h * y3, y0, g, h, 1.0];
    let mut inverse = [
        m[4] * m[8] - m[5] * m[7],
        m[2] * m[7] - m[1] * m[8],
        m[1] * m[5] - m[2] * m[4],
        m[5] * m[6] - m[3] * m[8],
        m[0] * m[8] - m[2] * m[6],
        m[2] * m[3] - m[0] * m[5],
        m[3] * m[7] - m[4] * m[6],
        m[1] * m[6] - m[0] * m[7],
        m[0] * m[4] - m[1] * m[3],
    ];
    for at in 0..3 {
        inverse[at] *= f64::from(width);
        inverse[3 + at] *= f64::from(height);
    }
    inverse
}

fn map(m: &[f64; 9], x: f32, y: f32) -> (f32, f32) {
    let (x, y) = (f64::from(x), f64::from(y));
    let w = m[6] * x + m[7] * y + m[8];
    (((m[0] * x + m[1] * y + m[2]) / w) as f32, ((m[3] * x + m[4] * y + m[5]) / w) as f32)
}

/// Which columns of a row the page can cover, with a pixel to spare.
fn row_span(quad: &Quad, y: f32) -> (f32, f32) {
    let mut span = (f32::MAX, f32::MIN);
    for at in 0..4 {
        let (a, b) = (quad[at], quad[(at + 1) % 4]);
        let (top, bottom) = (a.1.min(b.1) - 2.0, a.1.max(b.1) + 2.0);
        if y >= top && y <= bottom {
            let x = if (a.1 - b.1).abs() < 0.5 { [a.0, b.0] } else { [a.0 + (y - a.1) * (b.0 - a.0) / (b.1 - a.1); 2] };
            // A nearly level edge is met over its whole length within those two pixels.
            let slack = 2.0 + 2.0 * ((b.0 - a.0) / (b.1 - a.1).abs().max(0.5)).abs();
            let (low, high) = (a.0.min(b.0) - 2.0, a.0.max(b.0) + 2.0);
            span.0 = span.0.min((x[0].min(x[1]) - slack).max(low));
            span.1 = span.1.max((x[0].max(x[1]) + slack).min(high));
        }
    }
    span
}

/// Lays the page's colour over the desk's; the edge is half a pixel soft.
fn blend(page: &Pixmap, u: f32, v: f32, colour: &mut [f32; 3]) {
    let (width, height) = (page.width() as usize, page.height() as usize);
    let edge = |at: f32, size: usize| (at.min(size as f32 - at) + 0.5).clamp(0.0, 1.0);
    let cover = edge(u, width) * edge(v, height);
    if cover <= 0.0 {
        return;
    }
    let (u, v) = ((u - 0.5).clamp(0.0, width as f32 - 1.001), (v - 0.5).clamp(0.0, height as f32 - 1.001));
    let (x, y) = (u as usize, v as usize);
    let (tx, ty) = (u - x as f32, v - y as f32);
    let data = page.data();
    let at = (y * width + x) * 4;
    let (right, below) = (if x + 1 < width { 4 } else { 0 }, if y + 1 < height { width * 4 } else { 0 });
    for channel in 0..3 {
        let value = |offset: usize| f32::from(data[at + offset + channel]);
        let top = value(0) * (1.0 - tx) + value(right) * tx;
        let bottom = value(below) * (1.0 - tx) + value(below + right) * tx;
        let paper = top * (1.0 - ty) + bottom * ty;
        colour[channel] += (paper - colour[channel]) * cover;
    }
}

/// The desk, from a few long noise tables so that a pixel costs little.
struct Desk {
    base: [f32; 3],
    swing: [f32; 3],
    grain: Vec<f32>,
    bend: Vec<f32>,
    speck: Vec<f32>,
    /// Wood has streaks along x; laminate only specks.
    streaks: bool,
}

impl Desk {
    fn new(random: &mut Random) -> Self {
        let kinds: [([f32; 3], [f32; 3], bool); 4] = [
            ([142.0, 96.0, 58.0], [34.0, 27.0, 20.0], true),
            ([92.0, 62.0, 42.0], [24.0, 19.0, 14.0], true),
            ([96.0, 104.0, 110.0], [7.0, 7.0, 7.0], false),
            ([44.0, 74.0, 66.0], [6.0, 8.0, 7.0], false),
        ];
        let (base, swing, streaks) = kinds[random.below(kinds.len())];
        let smooth = |random: &mut Random, count: usize, reach: usize, rounds: usize| {
            let mut line: Vec<f32> = (0..count).map(|_| random.range(-1.0, 1.0)).collect();
            for _ in 0..rounds {
                let before = line.clone();
                for at in 0..count {
                    let sum: f32 = (0..reach).map(|d| before[(at + d) % count]).sum();
                    line[at] = sum / reach as f32;
                }
            }
            let most = line.iter().fold(1e-6_f32, |most, value| most.max(value.abs()));
            line.iter_mut().for_each(|value| *value /= most);
            line
        };
        let fine = smooth(random, 8192, 3, 2);
        let broad = smooth(random, 8192, 60, 2);
        let grain = fine.iter().zip(&broad).map(|(fine, broad)| 0.42 * fine + 0.58 * broad).collect();
        let bend = smooth(random, WIDTH, 300, 2).iter().map(|value| value * 46.0).collect();
        let speck = (0..65_521).map(|_| random.normal() * 0.5).collect();
        Self { base, swing, grain, bend, speck, streaks }
    }

    fn at(&self, x: usize, y: usize) -> [f32; 3] {
        // Neighbouring pixels share a speck, as the lens would have it.
        let speck = self.speck[((y / 2) * 1_643 + x / 2) % self.speck.len()];
        let value = if self.streaks {
            let line = y as f32 * 1.3 + self.bend[x] + 300.0;
            let at = line as usize;
            let part = line - at as f32;
            let (a, b) = (self.grain[at % 8192], self.grain[(at + 1) % 8192]);
            a + (b - a) * part + 0.10 * speck
        } else {
            speck
        };
        let mut colour = self.base;
        for (channel, swing) in colour.iter_mut().zip(self.swing) {
            *channel += swing * value;
        }
        colour
    }
}

/// Brightness over the picture: lamp, falling off to the edges, and the page's shadow on the desk.
struct Light {
    columns: usize,
    map: Vec<f32>,
}

impl Light {
    fn new(quad: &Quad, take: Take, random: &mut Random) -> Self {
        let (columns, rows) = (WIDTH / STEP + 2, HEIGHT / STEP + 2);
        let level = if take == Take::Dark { 0.27 } else { random.range(0.90, 0.98) };
        let angle = random.range(0.0, std::f32::consts::TAU);
        let (lean_x, lean_y) = (angle.cos() * 0.11, angle.sin() * 0.09);
        let shadow = (-angle.cos() * 26.0, -angle.sin() * 26.0);
        // Somebody's arm or the camera's own stand dims one corner a little.
        let hand = (random.range(0.0, WIDTH as f32), random.range(-500.0, -100.0), random.range(0.10, 0.2));
        let mut map = Vec::with_capacity(columns * rows);
        for row in 0..rows {
            for column in 0..columns {
                let (x, y) = ((column * STEP) as f32, (row * STEP) as f32);
                let (nx, ny) = (x / WIDTH as f32 * 2.0 - 1.0, y / HEIGHT as f32 * 2.0 - 1.0);
                let lamp = level * (1.0 + lean_x * nx + lean_y * ny - 0.075 * (nx * nx + ny * ny));
                let reach = ((x - hand.0).powi(2) + (y - hand.1).powi(2)).sqrt() / 1300.0;
                let dimmed = lamp * (1.0 - hand.2 * (1.0 - reach).clamp(0.0, 1.0));
                let depth = inside(quad, x - shadow.0, y - shadow.1);
                // On the page itself nothing falls; beside it the shadow fades within some 60 pixels.
                let on_page = (inside(quad, x, y) / 6.0).clamp(-1.0, 1.0) * 0.5 + 0.5;
                let cast = ((depth + 46.0) / 60.0).clamp(0.0, 1.0) * (1.0 - on_page);
                map.push(dimmed * (1.0 - 0.38 * cast));
            }
        }
        Self { columns, map }
    }

    fn at(&self, x: usize, y: usize) -> f32 {
        let (column, row) = (x / STEP, y / STEP);
        let (tx, ty) = ((x % STEP) as f32 / STEP as f32, (y % STEP) as f32 / STEP as f32);
        let at = row * self.columns + column;
        let top = self.map[at] * (1.0 - tx) + self.map[at + 1] * tx;
        let bottom = self.map[at + self.columns] * (1.0 - tx) + self.map[at + self.columns + 1] * tx;
        top * (1.0 - ty) + bottom * ty
    }
}

/// Distance to the nearest side, positive inside.
fn inside(quad: &Quad, x: f32, y: f32) -> f32 {
    let mut least = f32::MAX;
    for at in 0..4 {
        let (a, b) = (quad[at], quad[(at + 1) % 4]);
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        least = least.min((dx * (y - a.1) - dy * (x - a.0)) / (dx * dx + dy * dy).sqrt().max(1.0));
    }
    least
}

fn noise_table(random: &mut Random, strength: f32) -> Vec<f32> {
    (0..49_157).map(|_| random.normal() * strength).collect()
}

/// Out of focus: three box blurs in each direction are close to a lens's.
fn blurred(page: &Pixmap, reach: usize) -> Pixmap {
    let mut blurred = page.clone();
    let (width, height) = (page.width() as usize, page.height() as usize);
    for _ in 0..3 {
        box_blur(blurred.data_mut(), width, height, 4, width * 4, reach);
        box_blur(blurred.data_mut(), height, width, width * 4, 4, reach);
    }
    blurred
}

/// Running mean along lines of `length` points `step` bytes apart; `next` bytes lead to the next line.
fn box_blur(data: &mut [u8], length: usize, lines: usize, step: usize, next: usize, reach: usize) {
    let mut line = vec![0_u32; length];
    let window = 2 * reach as u32 + 1;
    for start in (0..lines).map(|line| line * next) {
        for channel in 0..3 {
            for (at, value) in line.iter_mut().enumerate() {
                *value = u32::from(data[start + at * step + channel]);
            }
            let mut sum: u32 = (0..=2 * reach).map(|d| line[d.saturating_sub(reach).min(length - 1)]).sum();
            for at in 0..length {
                data[start + at * step + channel] = (sum / window) as u8;
                sum += line[(at + reach + 1).min(length - 1)];
                sum -= line[at.saturating_sub(reach)];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_takes_the_picture_corners_of_the_page_to_its_corners() {
        let quad = [(100.0, 80.0), (900.0, 120.0), (870.0, 1300.0), (130.0, 1240.0)];
        let into = homography(&quad, 210.0, 297.0);
        for (corner, wanted) in quad.iter().zip([(0.0, 0.0), (210.0, 0.0), (210.0, 297.0), (0.0, 297.0)]) {
            let (u, v) = map(&into, corner.0, corner.1);
            assert!((u - wanted.0).abs() < 0.01 && (v - wanted.1).abs() < 0.01, "{corner:?} gave {u} {v}");
        }
    }

    #[test]
    fn no_point_of_the_page_lies_outside_its_row_spans() {
        let quad = [(100.0, 80.0), (900.0, 92.0), (905.0, 1300.0), (90.0, 1290.0)];
        for y in 0..1400 {
            let (from, to) = row_span(&quad, y as f32);
            for x in 0..1000 {
                if inside(&quad, x as f32, y as f32) >= 0.0 {
                    assert!(x as f32 >= from && x as f32 <= to, "{x},{y} outside {from}..{to}");
                }
            }
        }
    }
}
