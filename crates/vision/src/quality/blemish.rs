//! 瑕疵: glare and fingers on a small upright sheet, before whitening.

use crate::VisionError;
use opencv::core::{self, Mat, Size};
use opencv::imgproc;
use opencv::prelude::*;

/// Grey of a spot without drawing, after noise and compression.
const BURNT: f64 = 254.0;

/// The largest burnt-out spot that lies on clearly darker paper: where, and its share of the page.
pub(super) fn glare(small: &Mat) -> Result<Option<([f32; 4], f64)>, VisionError> {
    let mut grey = Mat::default();
    imgproc::cvt_color_def(small, &mut grey, imgproc::COLOR_BGR2GRAY)?;
    let mut values = grey.data_bytes()?.to_vec();
    let middle = values.len() / 2;
    let (_, paper, _) = values.select_nth_unstable(middle);
    let paper = f64::from(*paper);
    // White on white shows nothing.
    if paper > 250.0 {
        return Ok(None);
    }
    let mut burnt = Mat::default();
    imgproc::threshold(&grey, &mut burnt, BURNT - 3.0, 255.0, imgproc::THRESH_BINARY)?;
    let kernel = imgproc::get_structuring_element_def(imgproc::MORPH_ELLIPSE, Size::new(5, 5))?;
    let mut solid = Mat::default();
    imgproc::morphology_ex_def(&burnt, &mut solid, imgproc::MORPH_OPEN, &kernel)?;
    let area = f64::from(small.cols() * small.rows());
    let spot = largest(&solid, area * 0.0012, false)?;
    // A lamp may burn a side of white paper out little by little; glare falls off at once.
    if spot.is_none() || falls_off(&grey, &solid, paper)? { Ok(spot) } else { Ok(None) }
}

/// How much of the way from the spot to the paper's grey lies within the rim, at least. Measured on 24 drawn spots:
/// 0.79 and more; on good pages under a lamp: 0.63 at most (`xtask vision-eval pages`).
const RIM_FALL: f64 = 0.7;

/// Around the burnt-out spots the paper is soon as grey as elsewhere.
fn falls_off(grey: &Mat, burnt: &Mat, paper: f64) -> opencv::Result<bool> {
    let wider = |share: f64| -> opencv::Result<Mat> {
        let reach = (f64::from(grey.cols()) * share) as i32 * 2 + 1;
        let kernel = imgproc::get_structuring_element_def(imgproc::MORPH_ELLIPSE, Size::new(reach, reach))?;
        let mut out = Mat::default();
        imgproc::dilate_def(burnt, &mut out, &kernel)?;
        Ok(out)
    };
    let (near, far) = (wider(0.04)?, wider(0.12)?);
    let (mut rim, mut bare, mut mask) = (Mat::default(), Mat::default(), Mat::default());
    core::subtract_def(&far, &near, &mut rim)?;
    // Letters in the rim say nothing of the light.
    imgproc::threshold(grey, &mut bare, paper - 25.0, 255.0, imgproc::THRESH_BINARY)?;
    core::bitwise_and_def(&rim, &bare, &mut mask)?;
    let around = core::mean(grey, &mask)?[0];
    Ok(BURNT - around >= RIM_FALL * (BURNT - paper))
}

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
