//! 模拟证件照: a drawn face, plainly not a photograph.
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pixel arithmetic on a 40x50 drawing"
)]

use crate::Dice;
use crate::people::Person;
use crate::wlt::{THUMB_HEIGHT, THUMB_WIDTH};

struct Oval {
    x: f32,
    y: f32,
    wide: f32,
    high: f32,
}

impl Oval {
    fn holds(&self, x: f32, y: f32) -> bool {
        ((x - self.x) / self.wide).powi(2) + ((y - self.y) / self.high).powi(2) <= 1.0
    }
}

/// Grey thumbnail of `THUMB_WIDTH × THUMB_HEIGHT` bytes, the same for the same person.
pub(crate) fn draw(person: &Person) -> Vec<u8> {
    let mut dice = Dice::of(&person.number);
    let long_hair = person.sex == "女";
    let wide = dice.between(8.5, 10.5);
    let face = Oval { x: 20.0, y: 22.0, wide, high: dice.between(12.0, 13.5) };
    let hair = Oval {
        x: 20.0,
        y: if long_hair { 23.0 } else { 18.5 },
        wide: wide + 2.0,
        high: if long_hair { 17.0 } else { 12.5 },
    };
    let neck = Oval { x: 20.0, y: 36.0, wide: 4.5, high: 7.0 };
    let body = Oval { x: 20.0, y: 53.0, wide: 18.0, high: 15.0 };
    let gap = dice.between(3.8, 4.8);
    let eye_y = dice.between(20.0, 22.0);
    let (skin, hair_tone, cloth) = (dice.between(178.0, 208.0), dice.between(25.0, 60.0), dice.between(60.0, 120.0));
    let mouth = Oval { x: 20.0, y: dice.between(28.5, 30.0), wide: 3.0, high: 0.9 };
    let fringe = dice.between(13.0, 16.0);
    let mut pixels = Vec::with_capacity(THUMB_WIDTH * THUMB_HEIGHT);
    for row in 0..THUMB_HEIGHT {
        for column in 0..THUMB_WIDTH {
            let (x, y) = (column as f32 + 0.5, row as f32 + 0.5);
            let eye = |side: f32| Oval { x: 20.0 + side * gap, y: eye_y, wide: 1.6, high: 0.9 }.holds(x, y);
            let tone = if eye(-1.0) || eye(1.0) {
                40.0
            } else if mouth.holds(x, y) {
                110.0
            } else if face.holds(x, y) && y > fringe {
                skin - (x - 20.0).abs() * 2.0
            } else if hair.holds(x, y) {
                hair_tone
            } else if neck.holds(x, y) {
                skin - 25.0
            } else if body.holds(x, y) {
                cloth
            } else {
                238.0
            };
            pixels.push(tone.clamp(0.0, 255.0) as u8);
        }
    }
    pixels
}
