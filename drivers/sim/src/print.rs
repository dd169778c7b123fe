//! 合成指纹: ridge patterns of nobody, the same for the same seed, and presses of them.
//!
//! A pattern is a phase: ridges run where its cosine is high. The smooth part is an arch, a loop or a whorl, bent
//! a little; each minutia is a full turn of the phase around a point (Larkin and Fletcher, *A coherent framework
//! for fingerprint analysis*, 2007), which makes one ridge begin there. Places and directions of the minutiae are
//! therefore known without looking, and go into a template as a card would hold it. A press shifts, turns,
//! stretches, and varies pressure, dryness and wear. Every picture carries the letters SIM.
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pixel arithmetic on a 256x288 drawing"
)]

mod noise;
mod press;
mod template;

use crate::Dice;
use std::f32::consts::{PI, TAU};

pub use press::Press;

/// Width in pixels, as the modules of the EF01 family give it.
pub const WIDTH: usize = 256;
/// Height in pixels.
pub const HEIGHT: usize = 288;
/// Pixels to the inch.
pub const DPI: u32 = 508;
/// Minutiae of a pattern; a thumb on a scanner of this size shows about as many.
const MINUTIAE: usize = 44;
/// Smallest distance of two minutiae, pixels.
const APART: f32 = 13.0;
/// Half axes of the finger on the glass, pixels.
const FINGER: (f32, f32) = (112.0, 132.0);

/// A minutia (特征点): a ridge begins here and runs in this direction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Minutia {
    /// Pixels from the left.
    pub x: f32,
    /// Pixels from the top.
    pub y: f32,
    /// Direction into the new ridge, radians, counter-clockwise from the right as seen (ISO/IEC 19794-2, 6.4.3).
    pub angle: f32,
    /// +1 or −1: which side the ridge begins on.
    sign: f32,
}

/// The smooth part of a pattern.
#[derive(Debug, Clone, Copy)]
enum Class {
    /// 弓.
    Arch { height: f32, wide: f32 },
    /// 箕, opening in this direction (unit vector).
    Loop { open: (f32, f32) },
    /// 斗, flattened.
    Whorl { flat: f32, turn: f32 },
}

/// One synthetic finger.
#[derive(Debug, Clone)]
pub struct Pattern {
    seed: String,
    class: Class,
    core: (f32, f32),
    pitch: f32,
    bend: [(f32, f32, f32); 3],
    offset: f32,
    minutiae: Vec<Minutia>,
}

impl Pattern {
    /// The finger of this seed.
    #[must_use]
    pub fn of(seed: &str) -> Self {
        let mut dice = Dice::of(&format!("print/{seed}"));
        let class = match dice.next() % 10 {
            0 => Class::Arch { height: dice.between(25.0, 60.0), wide: dice.between(45.0, 75.0) },
            1..=6 => {
                let lean = dice.between(0.35, 0.9) * if dice.next() & 1 == 0 { 1.0 } else { -1.0 };
                Class::Loop { open: (lean.sin(), lean.cos()) }
            }
            _ => Class::Whorl { flat: dice.between(0.62, 0.95), turn: dice.between(0.0, PI) },
        };
        let mut pattern = Self {
            seed: seed.to_owned(),
            class,
            core: (dice.between(112.0, 144.0), dice.between(110.0, 150.0)),
            pitch: dice.between(8.3, 9.9),
            bend: std::array::from_fn(|_| (dice.between(-5.0, 5.0), dice.between(0.01, 0.03), dice.between(0.0, TAU))),
            offset: dice.between(0.0, TAU),
            minutiae: Vec::new(),
        };
        pattern.minutiae = pattern.strewn(&mut dice);
        pattern
    }

    /// Places for the minutiae, apart from each other and from the core, signs in turn so that the ridges do not
    /// crowd on one side.
    fn strewn(&self, dice: &mut Dice) -> Vec<Minutia> {
        let mut points: Vec<Minutia> = Vec::with_capacity(MINUTIAE);
        for _ in 0..4000 {
            if points.len() == MINUTIAE {
                break;
            }
            let (x, y) = (dice.between(20.0, 236.0), dice.between(18.0, 270.0));
            let inside = ((x - 128.0) / FINGER.0).powi(2) + ((y - 144.0) / FINGER.1).powi(2) < 0.8;
            let far = |from: (f32, f32), than: f32| (x - from.0).hypot(y - from.1) > than;
            if inside && far(self.core, 20.0) && points.iter().all(|other| far((other.x, other.y), APART)) {
                let sign = if points.len().is_multiple_of(2) { 1.0 } else { -1.0 };
                points.push(Minutia { x, y, angle: 0.0, sign });
            }
        }
        // The direction follows from the ridges around, which all the other minutiae bend.
        for index in 0..points.len() {
            let (gx, gy) = self.gradient(points[index].x, points[index].y, &points, index);
            let sign = points[index].sign;
            // The phase grows fastest where turning around the point adds to it: a right angle from the gradient.
            let (dx, dy) = (gy * sign, -gx * sign);
            points[index].angle = (-dy).atan2(dx).rem_euclid(TAU);
        }
        points
    }

    /// How the phase grows at a place, without the turn of one of the minutiae.
    fn gradient(&self, x: f32, y: f32, minutiae: &[Minutia], without: usize) -> (f32, f32) {
        const STEP: f32 = 1.5;
        let d = |ax: f32, ay: f32| self.smooth(x + ax, y + ay);
        let mut gradient =
            ((d(STEP, 0.0) - d(-STEP, 0.0)) / (2.0 * STEP), (d(0.0, STEP) - d(0.0, -STEP)) / (2.0 * STEP));
        for (_, other) in minutiae.iter().enumerate().filter(|(index, _)| *index != without) {
            let (dx, dy) = (x - other.x, y - other.y);
            let square = (dx * dx + dy * dy).max(1.0);
            gradient.0 += other.sign * -dy / square;
            gradient.1 += other.sign * dx / square;
        }
        gradient
    }

    /// The phase without minutiae, radians.
    fn smooth(&self, x: f32, y: f32) -> f32 {
        let (bx, by) = self.bent(x, y);
        let (dx, dy) = (bx - self.core.0, by - self.core.1);
        let distance = match self.class {
            Class::Arch { height, wide } => {
                dy + height * (-(dx / wide).powi(2)).exp() * (1.0 + (dy / 150.0).tanh()) / 2.0
            }
            Class::Loop { open } => {
                let along = dx * open.0 + dy * open.1;
                let across = dx * open.1 - dy * open.0;
                // Around the end of the line that the loop is folded over; beside it straight.
                if along < 0.0 { dx.hypot(dy) } else { across.abs() }
            }
            Class::Whorl { flat, turn } => {
                let (u, v) = (dx * turn.cos() + dy * turn.sin(), dy * turn.cos() - dx * turn.sin());
                u.hypot(v * flat)
            }
        };
        self.offset + distance / self.pitch * TAU
    }

    fn bent(&self, x: f32, y: f32) -> (f32, f32) {
        let wave = |(size, pace, start): (f32, f32, f32), at: f32| size * (at * pace * TAU / 2.0 + start).sin();
        (x + wave(self.bend[0], y) + wave(self.bend[1], x), y + wave(self.bend[2], x))
    }

    /// The whole phase, radians; ridges where its cosine is near 1.
    fn phase(&self, x: f32, y: f32) -> f32 {
        let turns: f32 = self.minutiae.iter().map(|m| m.sign * (y - m.y).atan2(x - m.x)).sum();
        self.smooth(x, y) + turns
    }

    /// Minutiae as they were placed.
    #[must_use]
    pub fn minutiae(&self) -> &[Minutia] {
        &self.minutiae
    }

    /// The seed it came from.
    #[must_use]
    pub fn seed(&self) -> &str {
        &self.seed
    }
}
