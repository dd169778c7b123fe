//! A finger on the glass: where, how hard, how dry, how worn.

use super::noise::Noise;
use super::{FINGER, HEIGHT, Pattern, WIDTH};
use crate::Dice;
use std::f32::consts::TAU;

/// The letters of the mark, five rows of three pixels each.
const LETTERS: [[u8; 5]; 3] =
    [[0b111, 0b100, 0b111, 0b001, 0b111], [0b111, 0b010, 0b010, 0b010, 0b111], [0b101, 0b111, 0b111, 0b101, 0b101]];
const LETTER_SCALE: usize = 3;

/// One press. The same number gives the same picture.
#[derive(Debug, Clone, Copy)]
pub struct Press {
    /// Which press of this finger.
    pub number: u32,
    /// How worn the ridges are, 0–100.
    pub wear: u8,
}

impl Press {
    /// 8-bit grey in 16 levels, dark ridges on light ground, `WIDTH`×`HEIGHT`.
    #[must_use]
    pub fn draw(self, pattern: &Pattern) -> Vec<u8> {
        let mut hand = Dice::of(&format!("press/{}/{}", pattern.seed(), self.number));
        let (dx, dy) = (hand.between(-12.0, 12.0), hand.between(-14.0, 14.0));
        let turn = hand.between(-0.12, 0.12);
        let (sine, cosine) = turn.sin_cos();
        let stretch = (hand.between(0.97, 1.03), hand.between(0.97, 1.03));
        let skew = (hand.between(-1.6, 1.6), hand.between(0.0, TAU));
        let pressure = hand.between(-0.35, 0.35);
        let worn = f32::from(self.wear.min(100)) / 100.0;
        let dry = Noise::new(&mut hand, WIDTH, HEIGHT, 7.0);
        let patchy = Noise::new(&mut hand, WIDTH, HEIGHT, 31.0);
        let dryness = hand.between(0.05, 0.22);
        let mut pixels = Vec::with_capacity(WIDTH * HEIGHT);
        for row in 0..HEIGHT {
            for column in 0..WIDTH {
                let (u, v) = (column as f32 - 128.0 - dx, row as f32 - 144.0 - dy);
                let x = (u * cosine + v * sine) * stretch.0 + 128.0 + skew.0 * (v * 0.03 + skew.1).sin();
                let y = (v * cosine - u * sine) * stretch.1 + 144.0;
                let inside = ((x - 128.0) / FINGER.0).powi(2) + ((y - 144.0) / FINGER.1).powi(2);
                let edge = ((1.0 - inside) * 5.0).clamp(0.0, 1.0);
                let grain = hand.between(-1.0, 1.0) * (9.0 + 26.0 * worn * worn);
                let tone = if edge > 0.0 {
                    let ridge = ((pattern.phase(x, y).cos() + pressure) * 2.2).tanh();
                    // Dry skin breaks ridges; wear takes whole patches and most of the relief.
                    let broken = (dry.at(column, row) - 1.0 + dryness + worn * worn * 0.5).max(0.0) * 4.0;
                    let faded = (worn * (0.55 + 0.75 * patchy.at(column, row))).min(1.0);
                    let depth = 100.0 * (1.0 - broken.min(1.0)) * (1.0 - faded * 0.9);
                    235.0 - edge * (55.0 * (1.0 - 0.5 * worn) + depth * (1.0 + ridge) * 0.75) + grain
                } else {
                    235.0 + grain
                };
                pixels.push((tone / 17.0).round().clamp(0.0, 15.0) as u8 * 17);
            }
        }
        mark(&mut pixels);
        pixels
    }
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
