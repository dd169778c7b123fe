//! 短视频: bounded clips in the container `TBCLIP1`
//! (`"TBCLIP1\n" ‖ u16le fps ‖ u16le frames ‖ (u32le len ‖ JPEG)*`).

use crate::picture::opaque;
use crate::still::{SMALL_QUALITY, encode_jpeg};
use std::time::Duration;
use tongban_device::fault::DeviceFault;
use tongban_device::message::{Clip, Rgba};

/// First bytes of the container.
pub const MAGIC: &[u8; 8] = b"TBCLIP1\n";
/// Longest clip, milliseconds.
pub const CLIP_MS_MAX: u32 = 20_000;
/// Largest clip, bytes.
pub const CLIP_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Most frames a second.
pub const CLIP_FPS_MAX: u8 = 30;

/// Takes frames at their time until the clip is full.
pub struct Recorder {
    fps: u8,
    length: Duration,
    frames: Vec<Vec<u8>>,
    bytes: usize,
    full: bool,
}

impl Recorder {
    /// A clip of `ms` milliseconds at `fps`, both cut to the limits.
    #[must_use]
    pub fn new(ms: u32, fps: u8) -> Self {
        let length = Duration::from_millis(u64::from(ms.min(CLIP_MS_MAX)));
        Self { fps: fps.clamp(1, CLIP_FPS_MAX), length, frames: Vec::new(), bytes: 0, full: false }
    }

    /// Does the clip want a frame at this time after its start? A slow camera gives fewer frames; none is repeated.
    #[must_use]
    pub fn wants(&self, at: Duration) -> bool {
        let due = Duration::from_millis(1000 * self.frames.len() as u64 / u64::from(self.fps));
        !self.full && at >= due && at < self.length
    }

    /// Takes a frame.
    ///
    /// # Errors
    /// `Medium("D132")` when the frame cannot be encoded.
    pub fn push(&mut self, frame: &Rgba) -> Result<(), DeviceFault> {
        let jpeg = encode_jpeg(&opaque(frame), SMALL_QUALITY)?;
        if self.full || self.bytes + jpeg.len() > CLIP_BYTES_MAX || self.frames.len() >= usize::from(u16::MAX) {
            self.full = true;
            return Ok(());
        }
        self.bytes += jpeg.len();
        self.frames.push(jpeg);
        Ok(())
    }

    /// Is it over at this time after its start?
    #[must_use]
    pub fn over(&self, at: Duration) -> bool {
        self.full || at >= self.length
    }

    /// Share of the time gone by, percent.
    #[must_use]
    pub fn percent(&self, at: Duration) -> u8 {
        let whole = self.length.as_millis().max(1);
        u8::try_from((at.as_millis() * 100 / whole).min(100)).unwrap_or(100)
    }

    /// The container.
    ///
    /// # Errors
    /// `Medium("D131")` when not a single frame came.
    pub fn finish(self) -> Result<Clip, DeviceFault> {
        let frames = u16::try_from(self.frames.len()).unwrap_or(u16::MAX);
        if frames == 0 {
            return Err(DeviceFault::Medium("D131".into()));
        }
        let mut bytes = Vec::with_capacity(12 + self.bytes + 4 * self.frames.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&u16::from(self.fps).to_le_bytes());
        bytes.extend_from_slice(&frames.to_le_bytes());
        for jpeg in &self.frames {
            bytes.extend_from_slice(&u32::try_from(jpeg.len()).unwrap_or(0).to_le_bytes());
            bytes.extend_from_slice(jpeg);
        }
        Ok(Clip { bytes, fps: self.fps, frames })
    }
}

/// Frames per second and the JPEG frames of a container.
///
/// # Errors
/// `Medium("D132")` when the bytes are not exactly one container.
pub fn parse(bytes: &[u8]) -> Result<(u16, Vec<&[u8]>), DeviceFault> {
    let bad = || DeviceFault::Medium("D132".into());
    let body = bytes.strip_prefix(MAGIC).ok_or_else(bad)?;
    let (&[fps_low, fps_high, count_low, count_high], mut rest) = body.split_first_chunk::<4>().ok_or_else(bad)?;
    let fps = u16::from_le_bytes([fps_low, fps_high]);
    let count = u16::from_le_bytes([count_low, count_high]);
    let mut frames = Vec::new();
    for _ in 0..count {
        let (length, body) = rest.split_first_chunk::<4>().ok_or_else(bad)?;
        let length = u32::from_le_bytes(*length) as usize;
        frames.push(body.get(..length).ok_or_else(bad)?);
        rest = &body[length..];
    }
    if rest.is_empty() && fps > 0 { Ok((fps, frames)) } else { Err(bad()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(shade: u8) -> Rgba {
        Rgba { width: 64, height: 36, pixels: [shade, 90, 120, 255].repeat(64 * 36) }
    }

    fn clip() -> Clip {
        let mut recorder = Recorder::new(1000, 5);
        for tick in 0..30_u64 {
            let at = Duration::from_millis(tick * 40);
            if recorder.wants(at) {
                recorder.push(&frame(u8::try_from(tick * 8).expect("small"))).expect("encodes");
            }
        }
        recorder.finish().expect("has frames")
    }

    #[test]
    fn a_second_at_five_frames_has_five_frames_that_decode() {
        let clip = clip();
        let (fps, frames) = parse(&clip.bytes).expect("parses");
        assert_eq!((fps, frames.len(), clip.frames), (5, 5, 5));
        for jpeg in frames {
            assert_eq!(crate::picture::decode_file(jpeg).expect("decodes").dimensions(), (64, 36));
        }
    }

    #[test]
    fn no_frame_is_a_fault_and_too_long_a_wish_is_cut() {
        assert!(Recorder::new(1000, 5).finish().is_err());
        assert!(Recorder::new(u32::MAX, 5).over(Duration::from_millis(u64::from(CLIP_MS_MAX))));
    }

    #[test]
    fn a_cut_or_lengthened_container_is_refused() {
        let whole = clip().bytes;
        assert!(parse(&whole).is_ok());
        for cut in 0..whole.len() {
            assert!(parse(&whole[..cut]).is_err(), "cut at {cut}");
        }
        let mut longer = whole.clone();
        longer.push(0);
        assert!(parse(&longer).is_err());
        let mut magic = whole;
        magic[6] = b'2';
        assert!(parse(&magic).is_err());
    }
}
