//! ISO/IEC 19794-2:2005, finger minutiae record (clause 8): one view out, one view in.

use super::{Minutia, Print};
use crate::VisionError;

const HEADER: usize = 24;
const VIEW: usize = 4;
const MINUTIA: usize = 6;
const MAGIC: &[u8; 8] = b"FMR\0 20\0";
/// One step of an angle, degrees times 256/360.
const TURN: u32 = 256;
/// Longest record taken: 255 minutiae and extended data of a page.
const RECORD_MAX: usize = 8_192;

impl Print {
    /// The record of this print; `position` as in table 5 (0 unknown, 1 right thumb … 10 left little finger).
    /// At most 255 minutiae fit; the most reliable are taken.
    #[must_use]
    pub fn to_iso(&self, position: u8) -> Vec<u8> {
        let mut chosen: Vec<&Minutia> = self.minutiae.iter().collect();
        chosen.sort_by_key(|m| std::cmp::Reverse(m.quality));
        chosen.truncate(255);
        let length = HEADER + VIEW + chosen.len() * MINUTIA + 2;
        let resolution = (f32::from(self.dpi) / 2.54).round() as u16;
        let mut record = Vec::with_capacity(length);
        record.extend_from_slice(MAGIC);
        record.extend_from_slice(&(length as u32).to_be_bytes());
        // Capture equipment: not certified, type unreported.
        record.extend_from_slice(&[0, 0]);
        for value in [self.width, self.height, resolution, resolution] {
            record.extend_from_slice(&value.to_be_bytes());
        }
        // One view; reserved. View 0 in the high half, impression "live scan, plain" in the low.
        record.extend_from_slice(&[1, 0, position.min(10), 0, self.quality(), chosen.len() as u8]);
        for minutia in chosen {
            // Type 00: other. The detector's xyt output does not tell endings from bifurcations.
            record.extend_from_slice(&(minutia.x & 0x3FFF).to_be_bytes());
            record.extend_from_slice(&(minutia.y & 0x3FFF).to_be_bytes());
            record.push(((u32::from(minutia.angle) * TURN + 180) / 360 % TURN) as u8);
            record.push(minutia.quality);
        }
        // No extended data.
        record.extend_from_slice(&[0, 0]);
        record
    }

    /// Reads the first view of a record; extended data is passed over.
    ///
    /// # Errors
    /// `BadImage` when the bytes are no such record, or name places outside of its picture.
    pub fn from_iso(record: &[u8]) -> Result<Self, VisionError> {
        read(record).ok_or(VisionError::BadImage("not a finger minutiae record"))
    }
}

fn read(record: &[u8]) -> Option<Print> {
    let byte = |at: usize| record.get(at).copied();
    let word = |at: usize| Some(u16::from_be_bytes([byte(at)?, byte(at + 1)?]));
    let length = u32::from(word(8)?) << 16 | u32::from(word(10)?);
    if !record.starts_with(MAGIC) || record.len() > RECORD_MAX || length as usize != record.len() {
        return None;
    }
    let (width, height, across, down) = (word(14)?, word(16)?, word(18)?, word(20)?);
    let (views, count) = (byte(22)?, usize::from(byte(HEADER + 3)?));
    // The detector's bounds, in pixels to the centimetre; other scales cannot be compared as they are.
    if views == 0 || across != down || !(177..=217).contains(&across) || width == 0 || height == 0 {
        return None;
    }
    let body = record.get(HEADER + VIEW..)?;
    let (places, extended) = body.split_at_checked(count * MINUTIA)?;
    if extended.len() < 2 {
        return None;
    }
    let minutiae = places.as_chunks::<MINUTIA>().0.iter().map(|m| {
        let (x, y) = (u16::from_be_bytes([m[0], m[1]]) & 0x3FFF, u16::from_be_bytes([m[2], m[3]]) & 0x3FFF);
        let angle = (u32::from(m[4]) * 360 + TURN / 2) / TURN % 360;
        // Quality 0 means "not reported": taken as middling.
        let quality = if m[5] == 0 { 50 } else { m[5].min(100) };
        (x <= width && y <= height).then_some(Minutia { x, y, angle: angle as u16, quality })
    });
    let dpi = (f32::from(across) * 2.54).round() as u16;
    Some(Print { width, height, dpi, minutiae: minutiae.collect::<Option<Vec<_>>>()? })
}
