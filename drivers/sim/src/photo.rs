//! The simulator's second photo codec: a whole 102×126 grey photograph in the 1014 bytes behind the header.
//!
//! Blocks of 8×8 through a cosine transform, quantised, and coded with an adaptive binary range coder. It is ours
//! alone: a real card's codec is closed, and a production build has neither. Layout: mark `"TBSP"` ‖ quantiser ‖
//! coded coefficients.
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pixel arithmetic on a 102x126 picture"
)]

mod coder;

use coder::{Bit, Decoder, Encoder};

/// Width in pixels.
pub const WIDTH: usize = 102;
/// Height in pixels.
pub const HEIGHT: usize = 126;
const COLUMNS: usize = WIDTH.div_ceil(8);
const ROWS: usize = HEIGHT.div_ceil(8);
/// Bytes for the coded picture.
const CODED_BYTES: usize = 1024 - 6 - 4 - 1;
const MAGNITUDE_MAX: i32 = 1 << 12;

/// ITU-T T.81, table K.1.
const STEPS: [u8; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
    87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103, 99,
];

/// Codes `WIDTH × HEIGHT` grey pixels as finely as fits; `None` for another number of pixels.
#[must_use]
pub fn encode(grey: &[u8]) -> Option<Vec<u8>> {
    if grey.len() != WIDTH * HEIGHT {
        return None;
    }
    let blocks: Vec<[f32; 64]> = (0..ROWS * COLUMNS).map(|index| transform(&block(grey, index))).collect();
    // Coarser until it fits; the coarsest always does.
    (4..=u8::MAX).find_map(|quantiser| {
        let mut encoder = Encoder::default();
        let mut model = Model::default();
        let mut last = 0;
        for block in &blocks {
            let levels: [i32; 64] =
                std::array::from_fn(|at| (block[ZIGZAG[at]] / step(ZIGZAG[at], quantiser)).round() as i32);
            model.put(&mut encoder, &levels, &mut last);
        }
        let coded = encoder.finish();
        (coded.len() <= CODED_BYTES).then(|| [&[quantiser][..], &coded].concat())
    })
}

/// Decodes what stands behind the mark.
#[must_use]
pub fn decode(coded: &[u8]) -> Option<Vec<u8>> {
    let (&quantiser, coded) = coded.split_first()?;
    let mut decoder = Decoder::new(coded);
    let mut model = Model::default();
    let mut last = 0;
    let mut grey = vec![0_u8; WIDTH * HEIGHT];
    for index in 0..ROWS * COLUMNS {
        let levels = model.get(&mut decoder, &mut last);
        let mut coefficients = [0.0_f32; 64];
        for (at, level) in levels.iter().enumerate() {
            coefficients[ZIGZAG[at]] = *level as f32 * step(ZIGZAG[at], quantiser);
        }
        let pixels = restore(&coefficients);
        let (left, top) = (index % COLUMNS * 8, index / COLUMNS * 8);
        for (at, value) in pixels.iter().enumerate() {
            let (x, y) = (left + at % 8, top + at / 8);
            if x < WIDTH && y < HEIGHT {
                grey[y * WIDTH + x] = (value + 128.0).round().clamp(0.0, 255.0) as u8;
            }
        }
    }
    Some(grey)
}

/// Order from the coarsest to the finest pattern.
const ZIGZAG: [usize; 64] = {
    let mut order = [0; 64];
    let (mut x, mut y, mut at) = (0_usize, 0_usize, 0);
    while at < 64 {
        order[at] = y * 8 + x;
        at += 1;
        let up = (x + y).is_multiple_of(2);
        if up && x == 7 {
            y += 1;
        } else if up && y == 0 {
            x += 1;
        } else if up {
            x += 1;
            y -= 1;
        } else if y == 7 {
            x += 1;
        } else if x == 0 {
            y += 1;
        } else {
            x -= 1;
            y += 1;
        }
    }
    order
};

fn step(at: usize, quantiser: u8) -> f32 {
    (f32::from(STEPS[at]) * f32::from(quantiser) / 32.0).max(1.0)
}

fn block(grey: &[u8], index: usize) -> [f32; 64] {
    let (left, top) = (index % COLUMNS * 8, index / COLUMNS * 8);
    std::array::from_fn(|at| {
        let (x, y) = ((left + at % 8).min(WIDTH - 1), (top + at / 8).min(HEIGHT - 1));
        f32::from(grey[y * WIDTH + x]) - 128.0
    })
}

fn wave(at: usize, frequency: usize) -> f32 {
    let scale = if frequency == 0 { (1.0_f32 / 8.0).sqrt() } else { 0.5 };
    scale * ((2 * at + 1) as f32 * frequency as f32 * std::f32::consts::PI / 16.0).cos()
}

fn transform(pixels: &[f32; 64]) -> [f32; 64] {
    let rows: [f32; 64] = std::array::from_fn(|at| (0..8).map(|x| pixels[at / 8 * 8 + x] * wave(x, at % 8)).sum());
    std::array::from_fn(|at| (0..8).map(|y| rows[y * 8 + at % 8] * wave(y, at / 8)).sum())
}

fn restore(coefficients: &[f32; 64]) -> [f32; 64] {
    let rows: [f32; 64] =
        std::array::from_fn(|at| (0..8).map(|u| coefficients[at / 8 * 8 + u] * wave(at % 8, u)).sum());
    std::array::from_fn(|at| (0..8).map(|v| rows[v * 8 + at % 8] * wave(at / 8, v)).sum())
}

/// Chances of every binary choice, learnt on the way by both sides.
struct Model {
    ends: [Bit; 64],
    zeros: [Bit; 64],
    more: [[Bit; 14]; 3],
    signs: Bit,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            ends: [Bit::default(); 64],
            zeros: [Bit::default(); 64],
            more: [[Bit::default(); 14]; 3],
            signs: Bit::default(),
        }
    }
}

impl Model {
    fn put(&mut self, encoder: &mut Encoder, levels: &[i32; 64], last: &mut i32) {
        let mut levels = *levels;
        let mean = levels[0];
        levels[0] -= std::mem::replace(last, mean);
        let count = levels.iter().rposition(|level| *level != 0).map_or(0, |at| at + 1);
        for (at, level) in levels.into_iter().enumerate() {
            encoder.put(&mut self.ends[at], at == count);
            if at == count {
                break;
            }
            self.put_level(encoder, at, level);
        }
    }

    fn put_level(&mut self, encoder: &mut Encoder, at: usize, level: i32) {
        encoder.put(&mut self.zeros[at], level == 0);
        if level == 0 {
            return;
        }
        encoder.put(&mut self.signs, level < 0);
        let models = &mut self.more[group(at)];
        for reached in 1..MAGNITUDE_MAX {
            let on = level.abs() > reached;
            encoder.put(&mut models[(reached as usize).min(13)], on);
            if !on {
                break;
            }
        }
    }

    fn get(&mut self, decoder: &mut Decoder<'_>, last: &mut i32) -> [i32; 64] {
        let mut levels = [0_i32; 64];
        for (at, level) in levels.iter_mut().enumerate() {
            if decoder.get(&mut self.ends[at]) {
                break;
            }
            if decoder.get(&mut self.zeros[at]) {
                continue;
            }
            let negative = decoder.get(&mut self.signs);
            let models = &mut self.more[group(at)];
            let mut size = 1;
            while size < MAGNITUDE_MAX && decoder.get(&mut models[(size as usize).min(13)]) {
                size += 1;
            }
            *level = if negative { -size } else { size };
        }
        levels[0] += *last;
        *last = levels[0];
        levels
    }
}

fn group(at: usize) -> usize {
    match at {
        0 => 0,
        1..=5 => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn portrait() -> Vec<u8> {
        let tone = |x: usize, y: usize| {
            let (u, v) = ((x as f32 - 51.0) / 30.0, (y as f32 - 60.0) / 40.0);
            if u * u + v * v < 1.0 { 190.0 + 30.0 * u } else { 90.0 + (x + y) as f32 / 4.0 }
        };
        (0..WIDTH * HEIGHT).map(|at| tone(at % WIDTH, at / WIDTH) as u8).collect()
    }

    #[test]
    fn a_picture_comes_back_nearly_as_it_was() {
        let grey = portrait();
        let coded = encode(&grey).expect("codes");
        assert!(coded.len() <= CODED_BYTES + 1);
        let back = decode(&coded).expect("decodes");
        let error: f64 = grey.iter().zip(&back).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
        let error = error / grey.len() as f64;
        assert!(error < 60.0, "mean squared error {error}");
    }

    #[test]
    fn noise_fits_too_and_foreign_bytes_only_give_some_picture() {
        let mut dice = crate::Dice::of("noise");
        let noise: Vec<u8> = (0..WIDTH * HEIGHT).map(|_| (dice.next() & 0xFF) as u8).collect();
        assert!(encode(&noise).expect("codes").len() <= CODED_BYTES + 1);
        let garbage: Vec<u8> = (0..1000).map(|_| (dice.next() & 0xFF) as u8).collect();
        assert_eq!(decode(&garbage).map(|grey| grey.len()), Some(WIDTH * HEIGHT));
        assert_eq!(decode(&[]), None);
        assert_eq!(encode(&[0; 5]), None);
    }
}
