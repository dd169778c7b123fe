//! The pattern's own minutiae as a record of ISO/IEC 19794-2:2005 (clause 8), written from the standard's tables.

use super::{DPI, HEIGHT, Minutia, Pattern, WIDTH};
use std::f32::consts::TAU;

impl Pattern {
    /// A finger minutiae record of one view; `position` as in the standard's table 5 (1 right thumb, 6 left thumb).
    #[must_use]
    pub fn template(&self, position: u8) -> Vec<u8> {
        let minutiae = &self.minutiae()[..self.minutiae().len().min(255)];
        let length = 24 + 4 + minutiae.len() * 6 + 2;
        // Pixels to the centimetre.
        let resolution = (f64::from(DPI) / 2.54).round() as u16;
        let mut record = b"FMR\0 20\0".to_vec();
        record.extend((length as u32).to_be_bytes());
        record.extend([0, 0]);
        for value in [WIDTH as u16, HEIGHT as u16, resolution, resolution] {
            record.extend(value.to_be_bytes());
        }
        // One view, reserved; finger, impression 0 (live scan, plain), quality, count.
        record.extend([1, 0, position, 0, 100, minutiae.len() as u8]);
        for Minutia { x, y, angle, .. } in minutiae {
            // Type 01: a ridge ending; the pattern does not say which of the two it became.
            record.extend((0x4000 | (x.round() as u16 & 0x3FFF)).to_be_bytes());
            record.extend((y.round() as u16 & 0x3FFF).to_be_bytes());
            record.push((angle / TAU * 256.0).round() as u32 as u8);
            record.push(100);
        }
        record.extend([0, 0]);
        record
    }
}
