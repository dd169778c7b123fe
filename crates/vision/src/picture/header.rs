//! Size and wholeness of a picture file, read before any decoder sees it.

use super::{ENCODED_BYTES_MAX, SCANS_MAX, check_size};
use crate::VisionError;

/// Kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// ITU-T T.81.
    Jpeg,
    /// ISO/IEC 15948.
    Png,
}

/// What the first bytes promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Kind of file.
    pub kind: Kind,
    /// Width in pixels, before turning.
    pub width: u32,
    /// Height in pixels, before turning.
    pub height: u32,
}

impl Header {
    /// Reads the header and walks the file to its end.
    ///
    /// # Errors
    /// `BadImage` when it is neither kind, cut short, or over the limits.
    pub fn read(bytes: &[u8]) -> Result<Self, VisionError> {
        if bytes.len() > ENCODED_BYTES_MAX {
            return Err(VisionError::BadImage("too many bytes"));
        }
        let header = if bytes.starts_with(&[0xFF, 0xD8]) {
            jpeg(bytes)?
        } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            png(bytes)?
        } else {
            return Err(VisionError::BadImage("neither JPEG nor PNG"));
        };
        check_size(header.width, header.height)?;
        Ok(header)
    }
}

fn be16(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?])))
}

/// Walks the markers (T.81 annex B) from start to end-of-image. What follows the end is of no
/// interest: cameras hand out whole buffers.
fn jpeg(bytes: &[u8]) -> Result<Header, VisionError> {
    let cut = || VisionError::BadImage("the JPEG is cut short");
    let mut at = 2;
    let mut size = None;
    let mut scans = 0_u32;
    loop {
        let (&lead, &code) = bytes.get(at).zip(bytes.get(at + 1)).ok_or_else(cut)?;
        match (lead, code) {
            (0xFF, 0xD9) => break,
            // Fill bytes, stuffed zeros and restart markers have no length.
            (0xFF, 0xFF) => at += 1,
            (0xFF, 0x00 | 0x01 | 0xD0..=0xD7) => at += 2,
            (0xFF, _) => {
                let length = be16(bytes, at + 2).ok_or_else(cut)?.max(2);
                // Frame headers: all SOFn but DHT (C4), JPG (C8), DAC (CC).
                if matches!(code, 0xC0..=0xCF) && !matches!(code, 0xC4 | 0xC8 | 0xCC) {
                    if size.is_some() {
                        return Err(VisionError::BadImage("two frames in one JPEG"));
                    }
                    size = Some((be16(bytes, at + 7).ok_or_else(cut)?, be16(bytes, at + 5).ok_or_else(cut)?));
                }
                at += 2 + length;
                if code == 0xDA {
                    scans += 1;
                    if scans > SCANS_MAX {
                        return Err(VisionError::BadImage("too many scans"));
                    }
                    // Entropy data: on to the next marker that is not a stuffed zero or a restart.
                    while !matches!((bytes.get(at), bytes.get(at + 1)), (Some(0xFF), Some(1..=0xCF | 0xD8..=0xFE))) {
                        at += 1;
                        if at + 1 >= bytes.len() {
                            return Err(cut());
                        }
                    }
                }
            }
            _ => return Err(VisionError::BadImage("no marker where one must be")),
        }
    }
    let (width, height) = size.filter(|_| scans > 0).ok_or(VisionError::BadImage("a JPEG without a frame"))?;
    Ok(Header { kind: Kind::Jpeg, width: width as u32, height: height as u32 })
}

/// Walks the chunks (ISO/IEC 15948, 5.3) to the end chunk.
fn png(bytes: &[u8]) -> Result<Header, VisionError> {
    let cut = || VisionError::BadImage("the PNG is cut short");
    let be32 = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    if bytes.get(12..16) != Some(b"IHDR".as_slice()) {
        return Err(VisionError::BadImage("a PNG without its header"));
    }
    let (width, height) = be32(16).zip(be32(20)).ok_or_else(cut)?;
    let mut at = 8;
    let mut data = false;
    loop {
        let length = be32(at).ok_or_else(cut)? as usize;
        let kind = bytes.get(at + 4..at + 8).ok_or_else(cut)?;
        data |= kind == b"IDAT";
        at = at.checked_add(12 + length).filter(|end| *end <= bytes.len()).ok_or_else(cut)?;
        if kind == b"IEND" {
            break;
        }
    }
    if !data {
        return Err(VisionError::BadImage("a PNG without pixels"));
    }
    Ok(Header { kind: Kind::Png, width, height })
}
