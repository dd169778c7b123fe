//! 核验录像 `TBCLIP1`: `"TBCLIP1\n" ‖ u16le fps ‖ u16le frames ‖ (u32le length ‖ JPEG)*`, bytes from
//! a station and therefore read with care; served as pictures, never handed on whole.

/// Most frames shown.
const FRAMES_MAX: usize = 900;

/// A clip taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clip {
    /// Pictures a second, 1..=30.
    pub fps: u16,
    /// JPEG files.
    pub frames: Vec<Vec<u8>>,
}

/// Takes a clip apart; `None` for anything that is not one.
pub(crate) fn parse(bytes: &[u8]) -> Option<Clip> {
    let rest = bytes.strip_prefix(b"TBCLIP1\n")?;
    let (fps, rest) = rest.split_first_chunk::<2>()?;
    let (count, mut rest) = rest.split_first_chunk::<2>()?;
    let count = usize::from(u16::from_le_bytes(*count));
    if count > FRAMES_MAX {
        return None;
    }
    let mut frames = Vec::new();
    for _ in 0..count {
        let (len, after) = rest.split_first_chunk::<4>()?;
        let len = usize::try_from(u32::from_le_bytes(*len)).ok()?;
        let (frame, after) = after.split_at_checked(len)?;
        if !frame.starts_with(&[0xff, 0xd8, 0xff]) {
            return None;
        }
        frames.push(frame.to_vec());
        rest = after;
    }
    let whole = rest.is_empty() && !frames.is_empty();
    whole.then(|| Clip { fps: u16::from_le_bytes(*fps).clamp(1, 30), frames })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let mut bytes = b"TBCLIP1\n\x05\x00\x02\x00".to_vec();
        for tail in [b"one".as_slice(), b"second"] {
            let frame = [&[0xff, 0xd8, 0xff], tail].concat();
            bytes.extend_from_slice(&u32::try_from(frame.len()).unwrap().to_le_bytes());
            bytes.extend_from_slice(&frame);
        }
        bytes
    }

    #[test]
    fn a_clip_comes_apart_into_its_frames() {
        let clip = parse(&sample()).unwrap();
        assert_eq!((clip.fps, clip.frames.len()), (5, 2));
        assert!(clip.frames[1].ends_with(b"second"));
    }

    #[test]
    fn a_clip_cut_anywhere_or_extended_is_refused() {
        let whole = sample();
        for cut in 0..whole.len() {
            assert_eq!(parse(&whole[..cut]), None, "cut at {cut}");
        }
        assert_eq!(parse(&[whole, vec![0]].concat()), None);
    }

    #[test]
    fn no_change_of_a_byte_makes_the_parser_fail_badly() {
        let whole = sample();
        for at in 0..whole.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                let _ = parse(&bytes);
            }
        }
    }
}
