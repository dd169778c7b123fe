//! 图像质量: is there enough finger, and can its ridges be told from its valleys?
//!
//! The picture is cut into blocks of 16×16 pixels (about two ridges). A block whose grey
//! values spread little is ground. *Coverage* is the share of blocks that are finger, full
//! marks from 55 %; *contrast* is their mean spread, full marks from a standard deviation
//! of 48 of 255, none below 12. The score is the product, 0–100. It says whether the
//! picture serves as evidence, not whether two pictures match.

const BLOCK: usize = 16;
/// Spread (variance) above which a block counts as finger.
const FINGER_VARIANCE: u64 = 12 * 12;
const COVERAGE_FULL_PERCENT: u64 = 55;
const SPREAD_NONE: u64 = 12;
const SPREAD_FULL: u64 = 48;

/// Score of an 8-bit grey picture with packed rows, 0–100; 0 when the size does not fit.
#[must_use]
pub fn score(pixels: &[u8], width: usize, height: usize) -> u8 {
    if pixels.len() != width * height || width < BLOCK || height < BLOCK {
        return 0;
    }
    let (mut blocks, mut finger, mut spread) = (0_u64, 0_u64, 0_u64);
    for top in (0..=height - BLOCK).step_by(BLOCK) {
        for left in (0..=width - BLOCK).step_by(BLOCK) {
            blocks += 1;
            let variance = variance(pixels, width, left, top);
            if variance >= FINGER_VARIANCE {
                finger += 1;
                spread += variance.isqrt();
            }
        }
    }
    if finger == 0 {
        return 0;
    }
    let coverage = (finger * 100 * 100 / blocks / COVERAGE_FULL_PERCENT).min(100);
    let contrast = ((spread / finger).saturating_sub(SPREAD_NONE) * 100 / (SPREAD_FULL - SPREAD_NONE)).min(100);
    u8::try_from(coverage * contrast / 100).unwrap_or(100)
}

fn variance(pixels: &[u8], width: usize, left: usize, top: usize) -> u64 {
    let (mut sum, mut squares) = (0_u64, 0_u64);
    for row in top..top + BLOCK {
        for value in &pixels[row * width + left..row * width + left + BLOCK] {
            sum += u64::from(*value);
            squares += u64::from(*value) * u64::from(*value);
        }
    }
    let count = (BLOCK * BLOCK) as u64;
    // Cauchy: never negative.
    (count * squares - sum * sum) / (count * count)
}
