//! 模拟指纹: what the scanner's module sees and sends, drawn by [`crate::print`].

use crate::print::{Pattern, Press};

pub use crate::print::{HEIGHT, WIDTH};

/// 8-bit grey picture in 16 levels, dark ridges on light ground. `wear` 0–100 takes contrast
/// and area away; every press of the same finger differs a little by `press`.
#[must_use]
pub fn draw(seed: &str, wear: u8, press: u32) -> Vec<u8> {
    Press { number: press, wear }.draw(&Pattern::of(seed))
}

/// Packed as the module sends it: two pixels a byte, high nibble first.
#[must_use]
pub fn pack(pixels: &[u8]) -> Vec<u8> {
    pixels.chunks_exact(2).map(|pair| (pair[0] & 0xF0) | (pair[1] >> 4)).collect()
}
