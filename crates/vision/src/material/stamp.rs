//! 印章: a red ring or block of the size of a seal on a whitened page.

use crate::VisionError;
use opencv::core::{Mat, Size};
use opencv::imgproc;
use opencv::prelude::*;

/// Is there a red seal? Official seals are 30 to 50 mm across; on A4 that is 0.13 to 0.26 of the width.
///
/// # Errors
/// `Picture` when the library fails.
pub fn stamped(page: &Mat) -> Result<bool, VisionError> {
    let size = Size::new(420, (420.0 * f64::from(page.rows()) / f64::from(page.cols().max(1))) as i32);
    if size.height < 40 {
        return Ok(false);
    }
    let mut small = Mat::default();
    imgproc::resize(page, &mut small, size, 0.0, 0.0, imgproc::INTER_AREA)?;
    let red: Vec<u8> = small
        .data_bytes()?
        .chunks_exact(3)
        .map(|p| {
            let (blue, green, red) = (i32::from(p[0]), i32::from(p[1]), i32::from(p[2]));
            if red > 110 && red - green > 34 && red - blue > 24 { 255 } else { 0 }
        })
        .collect();
    let flat = Mat::from_slice(&red)?;
    let mask = flat.reshape(1, size.height)?;
    let kernel = imgproc::get_structuring_element_def(imgproc::MORPH_ELLIPSE, Size::new(7, 7))?;
    let mut joined = Mat::default();
    imgproc::morphology_ex_def(&mask, &mut joined, imgproc::MORPH_CLOSE, &kernel)?;
    let (mut labels, mut stats, mut centres) = (Mat::default(), Mat::default(), Mat::default());
    let count = imgproc::connected_components_with_stats_def(&joined, &mut labels, &mut stats, &mut centres)?;
    for label in 1..count {
        let stat = |column: i32| stats.at_2d::<i32>(label, column).copied();
        let (x, y, w, h) = (stat(0)?, stat(1)?, stat(2)?, stat(3)?);
        let (wide, high) = (f64::from(w) / 420.0, f64::from(h) / 420.0);
        if !(0.10..=0.30).contains(&wide) || !(0.08..=0.30).contains(&high) || wide / high > 1.9 || high / wide > 1.4 {
            continue;
        }
        let inside = (y..y + h).flat_map(|row| (x..x + w).map(move |column| (row * 420 + column) as usize));
        let share = inside.filter(|at| red[*at] != 0).count() as f64 / f64::from(w * h);
        if (0.08..0.75).contains(&share) {
            return Ok(true);
        }
    }
    Ok(false)
}
