//! What a photograph says of itself before anybody opens it: its size in pixels and whether it is whole.
//!
//! Only the markers of ISO/IEC 10918-1 annex B are walked; no pixel is decoded.

/// Why a file is not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// No bytes.
    Empty,
    /// More than [`super::PICTURE_BYTES_MAX`].
    TooLarge,
    /// Not a JPEG.
    NotPhotograph,
    /// A JPEG that breaks off.
    Broken,
    /// Too few pixels to be read: width, height.
    TooSmall(u32, u32),
}

fn word(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?])))
}

/// Width and height of the frame, and where the picture's data begins; `None` when it breaks off before.
fn frame(bytes: &[u8]) -> Option<((u32, u32), usize)> {
    let (mut at, mut size) = (2, None);
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        let marker = *bytes.get(at + 1)?;
        match marker {
            0xff => at += 1,
            0x01 | 0xd0..=0xd7 => at += 2,
            0xd8 | 0xd9 => return None,
            _ => {
                let length = word(bytes, at + 2).filter(|length| *length >= 2)?;
                // Start of frame, but for the tables that share its range.
                if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
                    let (height, width) = (word(bytes, at + 5)?, word(bytes, at + 7)?);
                    size = Some((u32::try_from(width).ok()?, u32::try_from(height).ok()?));
                }
                at += 2 + length;
                if marker == 0xda {
                    return Some((size?, at));
                }
            }
        }
    }
}

/// Width and height in pixels of a photograph that may be taken in.
///
/// # Errors
/// [`Unfit`], the first that applies.
pub fn fit(bytes: &[u8], bytes_max: usize, side_min: u32) -> Result<(u32, u32), Unfit> {
    if bytes.is_empty() {
        return Err(Unfit::Empty);
    }
    if bytes.len() > bytes_max {
        return Err(Unfit::TooLarge);
    }
    if !bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        return Err(Unfit::NotPhotograph);
    }
    let ((width, height), data) = frame(bytes).ok_or(Unfit::Broken)?;
    let ends = bytes.get(data..).is_some_and(|rest| rest.windows(2).any(|pair| pair == [0xff, 0xd9]));
    if !ends {
        return Err(Unfit::Broken);
    }
    if width.min(height) < side_min {
        return Err(Unfit::TooSmall(width, height));
    }
    Ok((width, height))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SOI, SOF0 of this size, SOS, one byte, EOI.
    fn small(width: u16, height: u16) -> Vec<u8> {
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xc0, 0, 11, 8];
        bytes.extend(height.to_be_bytes());
        bytes.extend(width.to_be_bytes());
        bytes.extend([1, 1, 0x11, 0, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 7, 0xff, 0xd9]);
        bytes
    }

    #[test]
    fn a_photograph_is_measured_and_everything_else_is_named() {
        assert_eq!(fit(&small(800, 1200), 1 << 20, 600), Ok((800, 1200)));
        assert_eq!(fit(&small(800, 400), 1 << 20, 600), Err(Unfit::TooSmall(800, 400)));
        assert_eq!(fit(&[], 10, 1), Err(Unfit::Empty));
        assert_eq!(fit(&small(800, 1200), 10, 1), Err(Unfit::TooLarge));
        assert_eq!(fit(b"%PDF-1.7 not a photograph", 1 << 20, 1), Err(Unfit::NotPhotograph));
        let whole = small(800, 1200);
        for cut in 3..whole.len() {
            assert_eq!(fit(&whole[..cut], 1 << 20, 1), Err(Unfit::Broken), "cut after {cut} bytes");
        }
    }

    #[test]
    fn any_bytes_are_answered() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let (whole, mut taken) = (small(700, 900), 0);
        for _ in 0..200_000 {
            let mut bytes = whole.clone();
            for _ in 0..=next() % 4 {
                let at = usize::try_from(next()).unwrap_or(0) % bytes.len();
                bytes[at] = next().to_le_bytes()[0];
            }
            bytes.truncate(bytes.len() - usize::try_from(next() % 3).unwrap_or(0));
            taken += usize::from(fit(&bytes, 1 << 20, 600).is_ok());
        }
        assert!(taken > 0 && taken < 200_000, "{taken} of 200000: both answers are met");
    }
}
