//! 瑕疵: fingers on a small upright sheet, before whitening.

use crate::VisionError;
use opencv::core::{self, Mat, Size};
use opencv::imgproc;
use opencv::prelude::*;

/// A patch of skin that reaches into the sheet over its edge.
pub(super) fn finger(small: &Mat) -> Result<Option<[f32; 4]>, VisionError> {
    let mut tones = Mat::default();
    imgproc::cvt_color_def(small, &mut tones, imgproc::COLOR_BGR2YCrCb)?;
    // Skin in YCrCb (Chai and Ngan 1999: Cr 133–173, Cb 77–127), narrowed against cream paper and wood.
    let mut skin = Mat::default();
    core::in_range(
        &tones,
        &core::Scalar::new(60.0, 141.0, 84.0, 0.0),
        &core::Scalar::new(240.0, 173.0, 121.0, 0.0),
        &mut skin,
    )?;
    let kernel = imgproc::get_structuring_element_def(imgproc::MORPH_ELLIPSE, Size::new(9, 9))?;
    let mut solid = Mat::default();
    imgproc::morphology_ex_def(&skin, &mut solid, imgproc::MORPH_OPEN, &kernel)?;
    let area = f64::from(small.cols() * small.rows());
    Ok(largest(&solid, area * 0.003, true)?.map(|(place, _)| place))
}

/// The largest connected part of a mask over `least` pixels; `edge`: only those that touch the border
/// and are thicker than a strip of desk seen along a curled side.
fn largest(mask: &Mat, least: f64, edge: bool) -> opencv::Result<Option<([f32; 4], f64)>> {
    let (mut labels, mut stats, mut centres) = (Mat::default(), Mat::default(), Mat::default());
    let count = imgproc::connected_components_with_stats_def(mask, &mut labels, &mut stats, &mut centres)?;
    let (width, height) = (mask.cols(), mask.rows());
    let mut best: Option<([f32; 4], f64)> = None;
    for label in 1..count {
        let stat = |column: i32| stats.at_2d::<i32>(label, column).copied();
        let (x, y, w, h, area) = (stat(0)?, stat(1)?, stat(2)?, stat(3)?, f64::from(stat(4)?));
        if area < least || best.as_ref().is_some_and(|(_, most)| area <= *most * f64::from(width * height)) {
            continue;
        }
        let touches = x <= 1 || y <= 1 || x + w >= width - 1 || y + h >= height - 1;
        let thin = f64::from(w.min(h)) < 0.035 * f64::from(width.min(height));
        let along = w > width * 6 / 10 || h > height * 6 / 10;
        if edge && (!touches || thin || along || area < 0.45 * f64::from(w * h)) {
            continue;
        }
        let place = [
            x as f32 / width as f32,
            y as f32 / height as f32,
            (x + w) as f32 / width as f32,
            (y + h) as f32 / height as f32,
        ];
        best = Some((place, area / f64::from(width * height)));
    }
    Ok(best)
}
