//! 模拟指纹: a drawn ridge pattern with the letters SIM in its corner, so that nobody takes
//! it for a person's.
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pixel arithmetic on a 256x288 drawing"
)]

use crate::Dice;
use std::f32::consts::TAU;

/// Width in pixels.
pub const WIDTH: usize = 256;
/// Height in pixels.
pub const HEIGHT: usize = 288;
/// Ridges are about 0.45 mm apart: 9 pixels at 508 dpi.
const RIDGE_PIXELS: f32 = 9.0;
const MINUTIAE: usize = 24;

/// The letters, five rows of three pixels each.
const LETTERS: [[u8; 5]; 3] =
    [[0b111, 0b100, 0b111, 0b001, 0b111], [0b111, 0b010, 0b010, 0b010, 0b111], [0b101, 0b111, 0b111, 0b101, 0b101]];
const LETTER_SCALE: usize = 3;

/// 8-bit grey picture in 16 levels, dark ridges on light ground. `wear` 0–100 takes contrast
/// and area away; every press of the same finger differs a little by `press`.
#[must_use]
pub fn draw(seed: &str, wear: u8, press: u32) -> Vec<u8> {
    let mut finger = Dice::of(seed);
    let core = (finger.between(110.0, 146.0), finger.between(120.0, 160.0));
    let twist = finger.between(-2.5, 2.5);
    let squeeze = finger.between(0.75, 1.0);
    // A ridge that ends is a turn of the phase around a point.
    let minutiae: Vec<(f32, f32, f32)> = (0..MINUTIAE)
        .map(|_| {
            let sign = if finger.next() & 1 == 0 { 1.0 } else { -1.0 };
            (finger.between(40.0, 216.0), finger.between(40.0, 248.0), sign)
        })
        .collect();
    let mut hand = Dice::of(&format!("{seed}/{press}"));
    let (dx, dy) = (hand.between(-8.0, 8.0), hand.between(-8.0, 8.0));
    let worn = f32::from(wear.min(100)) / 100.0;
    let depth = 105.0 * (1.0 - 0.8 * worn);
    let mut pixels = Vec::with_capacity(WIDTH * HEIGHT);
    for row in 0..HEIGHT {
        for column in 0..WIDTH {
            let (x, y) = (column as f32 - dx, row as f32 - dy);
            let inside = ((x - 128.0) / 112.0).powi(2) + ((y - 144.0) / 132.0).powi(2);
            let noise = hand.between(-10.0, 10.0);
            let (away_x, away_y) = (x - core.0, (y - core.1) * squeeze);
            let mut turns = (away_x.hypot(away_y) + twist * away_y.atan2(away_x)) / RIDGE_PIXELS;
            for (at_x, at_y, sign) in &minutiae {
                turns += sign * (y - at_y).atan2(x - at_x) / TAU;
            }
            let edge = ((1.0 - inside) * 6.0).clamp(0.0, 1.0);
            let tone = 235.0 - edge * (depth + depth * (turns * TAU).sin()) + noise;
            pixels.push((tone / 17.0).round().clamp(0.0, 15.0) as u8 * 17);
        }
    }
    mark(&mut pixels);
    pixels
}

fn mark(pixels: &mut [u8]) {
    for (index, letter) in LETTERS.iter().enumerate() {
        for (row, bits) in letter.iter().enumerate() {
            for column in 0..3 {
                let tone = if bits >> (2 - column) & 1 == 1 { 0 } else { 255 };
                for y in 0..LETTER_SCALE {
                    for x in 0..LETTER_SCALE {
                        let left = 4 + (index * 4 + column) * LETTER_SCALE + x;
                        let top = HEIGHT - 4 - 5 * LETTER_SCALE + row * LETTER_SCALE + y;
                        pixels[top * WIDTH + left] = tone;
                    }
                }
            }
        }
    }
}

/// Packed as the module sends it: two pixels a byte, high nibble first.
#[must_use]
pub fn pack(pixels: &[u8]) -> Vec<u8> {
    pixels.chunks_exact(2).map(|pair| (pair[0] & 0xF0) | (pair[1] >> 4)).collect()
}
