//! 纠偏: by how many degrees the writing leans on the sheet.

use crate::VisionError;
use opencv::core::Mat;
use opencv::imgproc;
use opencv::prelude::*;

/// Largest lean looked for, degrees.
const LEAN_MAX: f64 = 5.0;

/// Long side of the picture the lean is looked for on.
const SEARCH_LONG: i32 = 900;

/// Degrees the writing leans clockwise on an upright BGR sheet of any size; 0 when there is too little writing.
///
/// # Errors
/// `Picture` when the library fails.
pub fn lean_of(sheet: &Mat) -> Result<f64, VisionError> {
    let (small, _) = crate::picture::shrink(sheet, SEARCH_LONG)?;
    let mut grey = Mat::default();
    imgproc::cvt_color_def(&small, &mut grey, imgproc::COLOR_BGR2GRAY)?;
    lean(&grey)
}

/// Degrees the writing leans clockwise on an upright grey sheet (about 600 pixels wide); 0 when there is too little.
///
/// For every angle the ink is summed along lines of that slope; the sum's variation is greatest when the
/// lines run along the writing (profile search, coarse then fine).
pub(super) fn lean(grey: &Mat) -> Result<f64, VisionError> {
    let mut ink = Mat::default();
    imgproc::adaptive_threshold(
        grey,
        &mut ink,
        255.0,
        imgproc::ADAPTIVE_THRESH_MEAN_C,
        imgproc::THRESH_BINARY_INV,
        21,
        18.0,
    )?;
    let (width, height) = (ink.cols() as usize, ink.rows() as usize);
    let bytes = ink.data_bytes()?;
    // A frame of the paper itself, and shadows at its edge, are no writing.
    let margin = width / 25 + 1;
    if width < 4 * margin || height < 4 * margin {
        return Ok(0.0);
    }
    let mut spots: Vec<(f32, f32)> = Vec::new();
    for y in (margin..height - margin).step_by(1) {
        for x in (margin..width - margin).step_by(2) {
            if bytes[y * width + x] != 0 {
                spots.push((x as f32, y as f32));
            }
        }
    }
    if spots.len() < 400 {
        return Ok(0.0);
    }
    // Twelve thousand spots tell as much as all of them.
    let every = spots.len().div_ceil(12_000);
    let spots: Vec<(f32, f32)> = spots.into_iter().step_by(every).collect();
    let mut profile = vec![0_u32; height + width];
    let mut sharpness = |degrees: f64| -> f64 {
        profile.fill(0);
        let slope = degrees.to_radians().tan() as f32;
        let offset = width as f32 / 2.0;
        for (x, y) in &spots {
            let row = y - slope * x + offset;
            if row >= 0.0 && (row as usize) < profile.len() {
                profile[row as usize] += 1;
            }
        }
        profile.windows(2).map(|w| (f64::from(w[0]) - f64::from(w[1])).powi(2)).sum()
    };
    let mut search = |from: f64, to: f64, step: f64| {
        let count = ((to - from) / step).round() as i32;
        let angles = (0..=count).map(|k| from + f64::from(k) * step);
        angles.map(|a| (a, sharpness(a))).max_by(|x, y| x.1.total_cmp(&y.1)).unwrap_or((0.0, 0.0))
    };
    let (coarse, _) = search(-LEAN_MAX, LEAN_MAX, 0.25);
    let (fine, best) = search(coarse - 0.25, coarse + 0.25, 0.05);
    let (_, straight) = search(0.0, 0.0, 1.0);
    // Not worth turning for a hair, nor for writing that shows no direction.
    Ok(if fine.abs() < 0.12 || best < straight * 1.08 || fine.abs() > LEAN_MAX - 0.3 { 0.0 } else { fine })
}
