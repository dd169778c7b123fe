//! 反光: a burnt-out spot on a small upright sheet, before whitening.
//!
//! A lamp near white paper burns a side of it out as well, and is no fault: the light falls off little by little, and
//! what is written there stays. Glare is steep and curved: a few pixels outside the spot the paper is darker already,
//! and that is so in many directions around it. The edge of a shadow is steep, too, but straight.

use crate::VisionError;
use opencv::core::{self, Mat, Rect, Size};
use opencv::imgproc;
use opencv::prelude::*;

/// Lengths below are for a sheet whose shorter side has so many pixels.
const SIDE: f64 = 636.0;
/// Grey of a spot without drawing, after noise and compression; the noise takes one from the brightest there is.
const BURNT: f64 = 254.0;
/// From this grey on it is burnt out.
const BURNT_MIN: f64 = 251.0;
/// Smallest spot that matters, as a share of the page.
const SPOT_MIN: f64 = 0.0012;
/// Writing narrower than this is taken for the paper around it.
const WRITING: f64 = 45.0;
/// How far outside the spot the paper is looked at.
const OUTSIDE: f64 = 5.0;
/// How much darker it is there; more is a picture on the page.
const FALL: std::ops::RangeInclusive<f64> = 4.5..=45.0;
/// Directions that are told apart.
const DIRECTIONS: usize = 12;
/// Places of a direction in which the light falls off.
const PLACES_MIN: f64 = 15.0;
/// Directions in which it does, at least. On drawn pages (other seeds than those of `docs/vision.md`): 5 and more
/// under glare, 3 at most under lamps and shadows.
const CURVED: usize = 4;

/// The largest spot of glare: where, and its share of the page.
pub(super) fn glare(small: &Mat) -> Result<Option<([f32; 4], f64)>, VisionError> {
    let unit = f64::from(small.cols().min(small.rows())) / SIDE;
    let (mut grey, mut soft) = (Mat::default(), Mat::default());
    imgproc::cvt_color_def(small, &mut grey, imgproc::COLOR_BGR2GRAY)?;
    imgproc::gaussian_blur_def(&grey, &mut soft, Size::default(), (1.5 * unit).max(0.4))?;
    let Some(paper) = without_writing(&soft, WRITING * unit)? else { return Ok(None) };
    let mut burnt = Mat::default();
    imgproc::threshold(&paper, &mut burnt, BURNT_MIN, 255.0, imgproc::THRESH_BINARY)?;
    let mut solid = morphed(&burnt, imgproc::MORPH_OPEN, 9.0 * unit)?;
    fill(&mut solid)?;
    let (mut labels, mut stats, mut centres) = (Mat::default(), Mat::default(), Mat::default());
    let count = imgproc::connected_components_with_stats_def(&solid, &mut labels, &mut stats, &mut centres)?;
    let (width, height) = (small.cols(), small.rows());
    let page = f64::from(width) * f64::from(height);
    let mut best: Option<([f32; 4], f64)> = None;
    let mut around = None;
    for label in 1..count {
        let stat = |column: i32| stats.at_2d::<i32>(label, column).copied();
        let (x, y, w, h, share) = (stat(0)?, stat(1)?, stat(2)?, stat(3)?, f64::from(stat(4)?) / page);
        if share < SPOT_MIN || best.as_ref().is_some_and(|(_, most)| share <= *most) {
            continue;
        }
        if around.is_none() {
            around = Some(Around::of(&paper, &solid, &labels, unit)?);
        }
        let curved = around.as_ref().is_some_and(|around| around.falls_off(label, [x, y, w, h]) >= CURVED);
        if curved {
            let part = |at: i32, whole: i32| at as f32 / whole as f32;
            best = Some(([part(x, width), part(y, height), part(x + w, width), part(y + h, height)], share));
        }
    }
    Ok(best)
}

/// The paper's light where something is burnt out and around it; nothing where nothing is. Only there does it matter,
/// and taking writing away is most of the work.
fn without_writing(soft: &Mat, side: f64) -> opencv::Result<Option<Mat>> {
    let mut hot = Mat::default();
    imgproc::threshold(soft, &mut hot, BURNT_MIN, 255.0, imgproc::THRESH_BINARY)?;
    if core::count_non_zero(&hot)? == 0 {
        return Ok(None);
    }
    // What lies within two sides of a place decides what it is without writing.
    let reach = (2.0 * side).ceil() as i32 + 8;
    let found = imgproc::bounding_rect(&hot)?;
    let wider = Rect::new(found.x - reach, found.y - reach, found.width + 2 * reach, found.height + 2 * reach);
    let part = wider & Rect::new(0, 0, soft.cols(), soft.rows());
    let closed = morphed(&Mat::roi(soft, part)?, imgproc::MORPH_CLOSE, side)?;
    let mut paper = soft.clone();
    closed.copy_to(&mut Mat::roi_mut(&mut paper, part)?)?;
    Ok(Some(paper))
}

fn morphed(mask: &impl core::ToInputArray, what: i32, side: f64) -> opencv::Result<Mat> {
    let side = (side.round() as i32).max(3) | 1;
    let kernel = imgproc::get_structuring_element_def(imgproc::MORPH_ELLIPSE, Size::new(side, side))?;
    let mut out = Mat::default();
    imgproc::morphology_ex_def(mask, &mut out, what, &kernel)?;
    Ok(out)
}

/// Closes the holes of a mask: a title or a stamp in the light is not its edge.
fn fill(mask: &mut Mat) -> opencv::Result<()> {
    let (mut dark, mut labels, mut stats, mut centres) =
        (Mat::default(), Mat::default(), Mat::default(), Mat::default());
    core::bitwise_not_def(&*mask, &mut dark)?;
    let count = imgproc::connected_components_with_stats_def(&dark, &mut labels, &mut stats, &mut centres)?;
    let (width, height) = (mask.cols(), mask.rows());
    let mut holes = vec![false; count.unsigned_abs() as usize];
    for (label, hole) in (0..count).zip(&mut holes).skip(1) {
        let stat = |column: i32| stats.at_2d::<i32>(label, column).copied();
        let (x, y, w, h) = (stat(0)?, stat(1)?, stat(2)?, stat(3)?);
        *hole = x > 0 && y > 0 && x + w < width && y + h < height;
    }
    for (pixel, label) in mask.data_bytes_mut()?.iter_mut().zip(labels.data_typed::<i32>()?) {
        if holes.get(label.unsigned_abs() as usize).is_some_and(|hole| *hole) {
            *pixel = u8::MAX;
        }
    }
    Ok(())
}

/// The light around the burnt-out spots.
struct Around {
    width: i32,
    height: i32,
    /// The paper's light, without writing.
    paper: Vec<u8>,
    /// Which spot a pixel belongs to.
    labels: Vec<i32>,
    /// The spots, softened: it falls the way out of them.
    slope: Vec<f32>,
    unit: f64,
}

impl Around {
    fn of(paper: &Mat, solid: &Mat, labels: &Mat, unit: f64) -> opencv::Result<Self> {
        let (mut floats, mut slope) = (Mat::default(), Mat::default());
        solid.convert_to_def(&mut floats, core::CV_32F)?;
        imgproc::gaussian_blur_def(&floats, &mut slope, Size::default(), 6.0 * unit)?;
        Ok(Self {
            width: paper.cols(),
            height: paper.rows(),
            paper: paper.data_bytes()?.to_vec(),
            labels: labels.data_typed::<i32>()?.to_vec(),
            slope: slope.data_typed::<f32>()?.to_vec(),
            unit,
        })
    }

    fn at(&self, x: i32, y: i32) -> usize {
        (y.clamp(0, self.height - 1) * self.width + x.clamp(0, self.width - 1)).unsigned_abs() as usize
    }

    /// In how many directions the paper is darker just outside this spot.
    fn falls_off(&self, label: i32, [left, top, w, h]: [i32; 4]) -> usize {
        let mut counts = [0_u32; DIRECTIONS];
        // The page's own border says nothing.
        let margin = ((8.0 * self.unit) as i32).max(2);
        for y in top.max(margin)..(top + h).min(self.height - margin) {
            for x in left.max(margin)..(left + w).min(self.width - margin) {
                let own = |x: i32, y: i32| self.labels[self.at(x, y)] == label;
                if !own(x, y) || own(x - 1, y) && own(x + 1, y) && own(x, y - 1) && own(x, y + 1) {
                    continue;
                }
                let value = |x: i32, y: i32| f64::from(self.slope[self.at(x, y)]);
                let (out_x, out_y) = (value(x - 1, y) - value(x + 1, y), value(x, y - 1) - value(x, y + 1));
                let length = out_x.hypot(out_y).max(1e-6);
                let step = OUTSIDE * self.unit / length;
                let there = self.at(x + (out_x * step).round() as i32, y + (out_y * step).round() as i32);
                if FALL.contains(&(BURNT - f64::from(self.paper[there]))) {
                    let turn = out_y.atan2(out_x) / std::f64::consts::TAU + 0.5;
                    counts[(turn * DIRECTIONS as f64) as usize % DIRECTIONS] += 1;
                }
            }
        }
        let least = (PLACES_MIN * self.unit).max(2.0);
        counts.iter().filter(|count| f64::from(**count) >= least).count()
    }
}
