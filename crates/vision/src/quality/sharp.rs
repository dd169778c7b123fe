//! 清晰度: how steep the edges of writing are, whatever is written.

use crate::VisionError;
use opencv::core::Mat;
use opencv::prelude::*;

/// Side of a tile, pixels.
const TILE: usize = 48;
/// Least difference between ink and paper in a tile that counts.
const CONTRAST_MIN: f32 = 45.0;
/// Most tiles measured; they are spread over the page.
const TILES_MAX: usize = 220;

/// Steepness of edges on a page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sharpness {
    /// Upper quarter over tiles with writing of (steepest step between neighbouring pixels ÷ ink-to-paper difference);
    /// about 0.5 for crisp print, below 0.2 when out of focus.
    pub value: f32,
    /// Share of tiles that have writing.
    pub inked: f32,
    /// The least sharp inked part of the page, as shares of its sides.
    pub worst: [f32; 4],
}

/// Measures an upright BGR page.
///
/// # Errors
/// `Picture` when the pixels cannot be read.
pub fn sharpness(page: &Mat) -> Result<Sharpness, VisionError> {
    let (width, height) = (page.cols() as usize, page.rows() as usize);
    let bytes = page.data_bytes()?;
    let (columns, rows) = (width / TILE, height / TILE);
    let mut measured: Vec<(usize, usize, f32)> = Vec::new();
    let mut seen = 0_usize;
    // The outermost tiles show the paper's edge, not its writing.
    let tiles: Vec<(usize, usize)> = (1..rows.saturating_sub(1))
        .flat_map(|row| (1..columns.saturating_sub(1)).map(move |column| (column, row)))
        .filter(|&(column, row)| {
            seen += 1;
            contrast(bytes, width, column * TILE, row * TILE) > CONTRAST_MIN
        })
        .collect();
    let every = tiles.len().div_ceil(TILES_MAX).max(1);
    for &(column, row) in tiles.iter().step_by(every) {
        measured.push((column, row, steepness(bytes, width, column * TILE, row * TILE)));
    }
    let inked = tiles.len() as f32 / seen.max(1) as f32;
    if measured.is_empty() {
        return Ok(Sharpness { value: 0.0, inked, worst: crate::quality::EVERYWHERE });
    }
    let mut values: Vec<f32> = measured.iter().map(|m| m.2).collect();
    values.sort_by(f32::total_cmp);
    let worst = worst(&measured, columns, rows);
    Ok(Sharpness { value: values[values.len() * 3 / 4], inked, worst })
}

fn luma(p: &[u8]) -> i32 {
    (i32::from(p[0]) * 29 + i32::from(p[1]) * 150 + i32::from(p[2]) * 77) >> 8
}

/// Ink-to-paper difference in a tile, from every third pixel: 2nd against 98th of a hundred.
fn contrast(bytes: &[u8], width: usize, x: usize, y: usize) -> f32 {
    let mut counts = [0_u16; 64];
    let mut total = 0_u16;
    for row in (0..TILE).step_by(3) {
        let line = &bytes[((y + row) * width + x) * 3..];
        for column in (0..TILE).step_by(3) {
            counts[(luma(&line[column * 3..column * 3 + 3]) >> 2) as usize] += 1;
            total += 1;
        }
    }
    let quantile = |share: u16| {
        let mut left = total * share / 100 + 1;
        counts.iter().position(|&c| {
            left = left.saturating_sub(c);
            left == 0
        })
    };
    match (quantile(2), quantile(98)) {
        (Some(low), Some(high)) => (high as f32 - low as f32) * 4.0,
        _ => 0.0,
    }
}

/// The steepest of steps between neighbours (99th of a hundred) over the tile's whole difference.
fn steepness(bytes: &[u8], width: usize, x: usize, y: usize) -> f32 {
    let mut steps: Vec<u8> = Vec::with_capacity(TILE * TILE);
    let (mut low, mut high) = (255_i32, 0_i32);
    for row in 0..TILE {
        let start = ((y + row) * width + x) * 3;
        let line = &bytes[start..start + TILE * 3];
        let mut before = luma(&line[..3]);
        for p in line.chunks_exact(3).skip(1) {
            let value = luma(p);
            steps.push((value - before).unsigned_abs().min(255) as u8);
            (low, high) = (low.min(value), high.max(value));
            before = value;
        }
    }
    let rank = steps.len() * 99 / 100;
    let (_, steep, _) = steps.select_nth_unstable(rank);
    f32::from(*steep) / ((high - low) as f32).max(1.0)
}

/// The ninth of the page (three by three) whose writing is least sharp.
fn worst(measured: &[(usize, usize, f32)], columns: usize, rows: usize) -> [f32; 4] {
    let mut parts = [(0.0_f32, 0_u32); 9];
    for &(column, row, value) in measured {
        let part = &mut parts[(row * 3 / rows.max(1)).min(2) * 3 + (column * 3 / columns.max(1)).min(2)];
        *part = (part.0 + value, part.1 + 1);
    }
    let mean = |p: &(f32, u32)| if p.1 < 2 { f32::MAX } else { p.0 / p.1 as f32 };
    let least = (0..9).min_by(|&a, &b| mean(&parts[a]).total_cmp(&mean(&parts[b]))).unwrap_or(4);
    let (x, y) = ((least % 3) as f32 / 3.0, (least / 3) as f32 / 3.0);
    [x, y, x + 1.0 / 3.0, y + 1.0 / 3.0]
}
