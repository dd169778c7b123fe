//! 指纹: minutiae of a print, how good it is, and whether two prints are of one finger.
//!
//! Invariant: places of minutiae never reach a log and are overwritten when dropped. A comparison gives the score
//! of NIST's matcher; at [`SAME`] and above a machine may say "the same finger", everything else is for a person.
//! The modules this reads from are not certified for comparison with the chip of an ID card (GA/T 1011, 1012).

mod iso;

use crate::VisionError;
use fprint_bozorth3::match_score;
use fprint_mindtct::{GrayImage, detect_minutiae};
use zeroize::Zeroize;

/// Score of BOZORTH3 at and above which two prints count as of one finger (NIST names 40; measured rates
/// stand in docs/vision.md).
pub const SAME: u32 = 60;
/// Below this the prints are very likely of two fingers.
pub const DIFFERENT: u32 = 25;
/// Version of the two, part of every record.
pub const VERSION: &str = "bozorth3-60/25-1";

/// Longest side of a print, pixels (four fingers of a flat scanner are 1600).
const SIDE_MAX: usize = 1_600;
/// Smallest side.
const SIDE_MIN: usize = 96;
/// Resolutions the detector was made for, pixels to the inch.
const DPI: std::ops::RangeInclusive<u32> = 450..=550;
/// Most minutiae compared; the matcher's own default.
const COMPARED_MAX: usize = fprint_bozorth3::DEFAULT_BOZORTH_MINUTIAE;
/// A minutia of at least this reliability (0–100) counts for the quality.
const RELIABLE: i32 = 60;
/// So many reliable minutiae are full marks.
const RELIABLE_FULL: usize = 24;
/// Fewer reliable minutiae than this: worn, wet or hardly pressed.
const RELIABLE_MIN: usize = 14;

/// 特征点: pixels from the left and top, degrees counter-clockwise into the ridge, reliability 0–100.
#[derive(Clone, Copy, PartialEq, Eq, Zeroize)]
pub struct Minutia {
    /// Pixels from the left.
    pub x: u16,
    /// Pixels from the top.
    pub y: u16,
    /// Direction, degrees, 0–359 (ISO/IEC 19794-2, 6.4.3).
    pub angle: u16,
    /// Reliability, 0–100.
    pub quality: u8,
}

impl std::fmt::Debug for Minutia {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Minutia(redacted)")
    }
}

/// 指纹特征 of one print.
#[derive(Clone, PartialEq, Eq)]
pub struct Print {
    width: u16,
    height: u16,
    dpi: u16,
    minutiae: Vec<Minutia>,
}

impl std::fmt::Debug for Print {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Print({}x{}, {} minutiae)", self.width, self.height, self.minutiae.len())
    }
}

impl Drop for Print {
    fn drop(&mut self) {
        self.minutiae.zeroize();
    }
}

/// What a comparison says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// 同一枚手指.
    Same,
    /// Between the thresholds, or too little to compare: a person decides.
    Grey,
    /// Very likely another finger: a person decides.
    Different,
}

impl Print {
    /// Finds the minutiae of an 8-bit grey picture with packed rows, dark ridges on light ground.
    ///
    /// # Errors
    /// `BadImage` when the pixels do not fill it, or its sides or resolution are out of bounds.
    pub fn of(pixels: &[u8], width: usize, height: usize, dpi: u32) -> Result<Self, VisionError> {
        let sides = SIDE_MIN..=SIDE_MAX;
        if !sides.contains(&width) || !sides.contains(&height) || pixels.len() != width * height {
            return Err(VisionError::BadImage("a print's sides are out of bounds"));
        }
        let resolution = u16::try_from(dpi).ok().filter(|_| DPI.contains(&dpi));
        let dpi = resolution.ok_or(VisionError::BadImage("a print's resolution is out of bounds"))?;
        let image = GrayImage::new(pixels, width, height, dpi)
            .map_err(|_| VisionError::BadImage("a print the detector refuses"))?;
        let narrow = |value: i32| u16::try_from(value.max(0)).unwrap_or(u16::MAX);
        let found = detect_minutiae(image).into_iter().map(|m| Minutia {
            x: narrow(m.x),
            // NIST counts from the bottom and points out of the ridge, ISO from the top and into it.
            y: narrow(height as i32 - m.y),
            angle: narrow((m.theta + 180).rem_euclid(360)),
            quality: m.quality.clamp(0, 100) as u8,
        });
        let (width, height) = (width as u16, height as u16);
        Ok(Self { width, height, dpi, minutiae: found.collect() })
    }

    /// Minutiae found.
    #[must_use]
    pub fn minutiae(&self) -> &[Minutia] {
        &self.minutiae
    }

    /// 0–100: how many minutiae can be relied on. Says whether a comparison is worth while.
    #[must_use]
    pub fn quality(&self) -> u8 {
        (self.reliable() * 100 / RELIABLE_FULL).min(100) as u8
    }

    /// 磨损: too few minutiae that can be relied on; another finger, the camera or handwriting helps.
    #[must_use]
    pub fn is_worn(&self) -> bool {
        self.reliable() < RELIABLE_MIN
    }

    fn reliable(&self) -> usize {
        self.minutiae.iter().filter(|m| i32::from(m.quality) >= RELIABLE).count()
    }

    /// Score of the matcher; the same for the same two prints in the same order.
    #[must_use]
    pub fn score(&self, other: &Self) -> u32 {
        match_score(&self.compared(), &other.compared())
    }

    /// What a score of the best of several references says.
    #[must_use]
    pub fn verdict(score: u32) -> Verdict {
        match score {
            SAME.. => Verdict::Same,
            DIFFERENT.. => Verdict::Grey,
            _ => Verdict::Different,
        }
    }

    /// The most reliable minutiae as the matcher counts them.
    fn compared(&self) -> Vec<fprint_bozorth3::Minutia> {
        let mut chosen: Vec<&Minutia> = self.minutiae.iter().collect();
        chosen.sort_by_key(|m| std::cmp::Reverse(m.quality));
        chosen.truncate(COMPARED_MAX);
        let up = |y: u16| i32::from(self.height) - i32::from(y);
        chosen
            .into_iter()
            .map(|m| fprint_bozorth3::Minutia {
                x: i32::from(m.x),
                y: up(m.y),
                theta: (i32::from(m.angle) + 180).rem_euclid(360),
            })
            .collect()
    }
}
