//! The simulator's photo codec. The real one is closed; this one fills the same 1024 bytes
//! behind the same header, with a mark of its own, so that no one takes it for the real.
//!
//! Layout: `57 4C 66 00 7E 00` ("WL", 102, 126) ‖ `"TBSM"` ‖ 40×50 pixels of 4-bit grey, high
//! nibble first ‖ zeros.

use crate::photo;
use tongban_device::message::Rgba;

/// Thumbnail width in pixels.
pub const THUMB_WIDTH: usize = 40;
/// Thumbnail height in pixels.
pub const THUMB_HEIGHT: usize = 50;
const HEADER: [u8; 6] = [0x57, 0x4C, 0x66, 0x00, 0x7E, 0x00];
const MARK: &[u8; 4] = b"TBSM";
const PHOTO_MARK: &[u8; 4] = b"TBSP";
const TOTAL_BYTES: usize = 1024;
/// Size of the picture on the card.
const PHOTO_WIDTH: u32 = 102;
const PHOTO_HEIGHT: u32 = 126;

/// Packs a grey thumbnail of `THUMB_WIDTH × THUMB_HEIGHT` bytes.
#[must_use]
pub fn encode(thumb: &[u8]) -> Vec<u8> {
    let mut bytes = HEADER.to_vec();
    bytes.extend_from_slice(MARK);
    // Rounded to the nearest of 16 levels, level·17 being the value shown.
    let level = |value: u8| u8::try_from((u16::from(value) + 8) / 17).unwrap_or(15);
    bytes.extend(thumb.chunks_exact(2).map(|pair| level(pair[0]) << 4 | level(pair[1])));
    bytes.resize(TOTAL_BYTES, 0);
    bytes
}

/// Packs a photograph of `photo::WIDTH × photo::HEIGHT` grey pixels; `None` for another number of pixels.
#[must_use]
pub fn encode_photo(grey: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = [&HEADER[..], PHOTO_MARK, &photo::encode(grey)?].concat();
    bytes.resize(TOTAL_BYTES, 0);
    Some(bytes)
}

/// Unpacks; `None` for anything the simulator did not make.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<Rgba> {
    let marked = bytes.strip_prefix(&HEADER)?;
    if let Some(coded) = marked.strip_prefix(PHOTO_MARK) {
        let pixels = photo::decode(coded)?.iter().flat_map(|value| [*value, *value, *value, 255]).collect();
        return Some(Rgba { width: PHOTO_WIDTH, height: PHOTO_HEIGHT, pixels });
    }
    let body = marked.strip_prefix(MARK)?;
    let packed = body.get(..THUMB_WIDTH * THUMB_HEIGHT / 2)?;
    let grey: Vec<u8> = packed.iter().flat_map(|byte| [(byte >> 4) * 17, (byte & 15) * 17]).collect();
    let mut pixels = Vec::with_capacity((PHOTO_WIDTH * PHOTO_HEIGHT * 4) as usize);
    for y in 0..PHOTO_HEIGHT {
        for x in 0..PHOTO_WIDTH {
            let value = sample(&grey, x, y);
            pixels.extend_from_slice(&[value, value, value, 255]);
        }
    }
    Some(Rgba { width: PHOTO_WIDTH, height: PHOTO_HEIGHT, pixels })
}

/// Bilinear, in 1/256 of a thumbnail pixel.
fn sample(grey: &[u8], x: u32, y: u32) -> u8 {
    let place = |at: u32, from: u32, to: usize| -> (usize, usize, u32) {
        let scaled = at * (u32::try_from(to).unwrap_or(1) - 1) * 256 / (from - 1);
        let low = (scaled / 256) as usize;
        (low, (low + 1).min(to - 1), scaled % 256)
    };
    let (left, right, dx) = place(x, PHOTO_WIDTH, THUMB_WIDTH);
    let (top, bottom, dy) = place(y, PHOTO_HEIGHT, THUMB_HEIGHT);
    let at = |column: usize, row: usize| u32::from(grey[row * THUMB_WIDTH + column]);
    let upper = at(left, top) * (256 - dx) + at(right, top) * dx;
    let lower = at(left, bottom) * (256 - dx) + at(right, bottom) * dx;
    u8::try_from((upper * (256 - dy) + lower * dy) >> 16).unwrap_or(255)
}
