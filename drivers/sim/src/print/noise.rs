//! Smooth noise: random values on a grid, with soft steps between them.

use crate::Dice;

/// A grid over the picture.
pub(super) struct Noise {
    cell: f32,
    columns: usize,
    values: Vec<f32>,
}

impl Noise {
    /// Values 0–1, `cell` pixels apart.
    pub(super) fn new(dice: &mut Dice, width: usize, height: usize, cell: f32) -> Self {
        let columns = (width as f32 / cell) as usize + 2;
        let rows = (height as f32 / cell) as usize + 2;
        Self { cell, columns, values: (0..columns * rows).map(|_| dice.between(0.0, 1.0)).collect() }
    }

    /// The value at a pixel.
    pub(super) fn at(&self, x: usize, y: usize) -> f32 {
        let (u, v) = (x as f32 / self.cell, y as f32 / self.cell);
        let (left, top) = (u as usize, v as usize);
        let soft = |t: f32| t * t * (3.0 - 2.0 * t);
        let (s, t) = (soft(u.fract()), soft(v.fract()));
        let value = |column: usize, row: usize| self.values.get(row * self.columns + column).copied().unwrap_or(0.5);
        let upper = value(left, top) * (1.0 - s) + value(left + 1, top) * s;
        let lower = value(left, top + 1) * (1.0 - s) + value(left + 1, top + 1) * s;
        upper * (1.0 - t) + lower * t
    }
}
