//! 去底: the paper becomes white whatever the light was; ink, stamps and photographs keep their colour.

use crate::VisionError;
use crate::picture::halved;
use opencv::core::{self, BORDER_REPLICATE, Mat, Point, Scalar, Size};
use opencv::imgproc;
use opencv::prelude::*;

/// Pixels of the page for one of the light map.
pub(super) const CELL: usize = 8;
/// White of the finished page; a little below full keeps faint pencil.
const WHITE: f32 = 250.0;
/// Most the light is raised: darker than that is content, not shadow.
const GAIN_MAX: f32 = 4.0;

/// The light on the paper: BGR, one pixel for [`CELL`] of the page, rounded up.
pub(super) fn light(page: &Mat) -> Result<Mat, VisionError> {
    let small = cells(page)?;
    let kernel = imgproc::get_structuring_element_def(imgproc::MORPH_ELLIPSE, Size::new(13, 13))?;
    let mut closed = Mat::default();
    imgproc::morphology_ex(
        &small,
        &mut closed,
        imgproc::MORPH_CLOSE,
        &kernel,
        Point::new(-1, -1),
        1,
        BORDER_REPLICATE,
        Scalar::default(),
    )?;
    // A stamp or a photograph is coloured where paper is not: there the light is what its surroundings have.
    patch_colour(&mut closed)?;
    let mut smooth = Mat::default();
    imgproc::median_blur(&closed, &mut smooth, 5)?;
    let mut out = Mat::default();
    imgproc::gaussian_blur_def(&smooth, &mut out, Size::new(9, 9), 0.0)?;
    Ok(out)
}

/// The mean of every cell.
fn cells(page: &Mat) -> Result<Mat, VisionError> {
    const SIDE: i32 = CELL as i32;
    if page.cols() % SIDE == 0 && page.rows() % SIDE == 0 {
        return halved(&halved(&halved(page)?)?);
    }
    let size = Size::new((page.cols() + SIDE - 1) / SIDE, (page.rows() + SIDE - 1) / SIDE);
    let mut small = Mat::default();
    imgproc::resize(page, &mut small, size, 0.0, 0.0, imgproc::INTER_AREA)?;
    Ok(small)
}

/// Replaces cells whose colour is far from the paper's by the paper's colour at their lightness.
fn patch_colour(light: &mut Mat) -> Result<(), VisionError> {
    let bytes = light.data_bytes_mut()?;
    let mut ratios: [Vec<f32>; 2] = [Vec::new(), Vec::new()];
    for p in bytes.chunks_exact(3) {
        let green = f32::from(p[1]).max(1.0);
        ratios[0].push(f32::from(p[0]) / green);
        ratios[1].push(f32::from(p[2]) / green);
    }
    let mut paper = [1.0_f32; 2];
    for (ratio, value) in ratios.iter_mut().zip(&mut paper) {
        let middle = ratio.len() / 2;
        if let Some((_, median, _)) = (!ratio.is_empty()).then(|| ratio.select_nth_unstable_by(middle, f32::total_cmp))
        {
            *value = *median;
        }
    }
    for p in bytes.chunks_exact_mut(3) {
        let top = f32::from(p[0]).max(f32::from(p[1])).max(f32::from(p[2]));
        let green = f32::from(p[1]).max(1.0);
        let (blue, red) = (f32::from(p[0]) / green / paper[0], f32::from(p[2]) / green / paper[1]);
        if !(0.86..=1.16).contains(&blue) || !(0.86..=1.16).contains(&red) {
            let unit = top / 1.0_f32.max(paper[0]).max(paper[1]);
            *p.first_mut().expect("three bytes") = (unit * paper[0]).min(255.0) as u8;
            p[1] = unit.min(255.0) as u8;
            p[2] = (unit * paper[1]).min(255.0) as u8;
        }
    }
    Ok(())
}

/// Raises every pixel by what its light lacks, in place.
pub(super) fn whiten(page: &mut Mat, light: &Mat) -> Result<(), VisionError> {
    let (width, height) = (page.cols() as usize, page.rows() as usize);
    let (columns, rows) = (light.cols() as usize, light.rows() as usize);
    // 8.8 fixed point; the map is taken at cell middles.
    let gains: Vec<u16> = light
        .data_bytes()?
        .iter()
        .map(|&l| ((WHITE / f32::from(l).max(1.0)).clamp(1.0, GAIN_MAX) * 256.0) as u16)
        .collect();
    let mut line = vec![0_u16; (columns + 1) * CELL * 3];
    let bytes = page.data_bytes_mut()?;
    for (y, row) in bytes.chunks_exact_mut(width * 3).enumerate().take(height) {
        let v = (y as f32 + 0.5) / CELL as f32 - 0.5;
        let top = (v.floor().max(0.0) as usize).min(rows - 1);
        let bottom = (top + 1).min(rows - 1);
        let part = ((v - top as f32).clamp(0.0, 1.0) * 16.0) as u32;
        let at = |column: usize, channel: usize| {
            let column = column.min(columns - 1) * 3 + channel;
            let (a, b) =
                (u32::from(gains[top * columns * 3 + column]), u32::from(gains[bottom * columns * 3 + column]));
            (a * (16 - part) + b * part) / 16
        };
        spread(&mut line, columns, at);
        // The first half cell has no map to its left.
        for (value, gain) in row.iter_mut().zip(&line[CELL / 2 * 3..]) {
            *value = ((u32::from(*value) * u32::from(*gain)) >> 8).min(255) as u8;
        }
    }
    Ok(())
}

/// Straight lines between the map's columns; the line begins half a cell before the first middle.
fn spread(line: &mut [u16], columns: usize, at: impl Fn(usize, usize) -> u32) {
    let mut from = [at(0, 0), at(0, 1), at(0, 2)];
    for (cell, block) in line.chunks_exact_mut(CELL * 3).enumerate().take(columns + 1) {
        let to = [at(cell, 0), at(cell, 1), at(cell, 2)];
        for (k, pixel) in block.chunks_exact_mut(3).enumerate() {
            let k = k as u32;
            for channel in 0..3 {
                pixel[channel] = ((from[channel] * (CELL as u32 - k) + to[channel] * k) / CELL as u32) as u16;
            }
        }
        from = to;
    }
}

/// Is there any colour on the whitened page that a grey picture would lose?
pub(super) fn has_colour(page: &Mat) -> Result<bool, VisionError> {
    let size = Size::new((page.cols() / 4).max(1), (page.rows() / 4).max(1));
    let mut small = Mat::default();
    imgproc::resize(page, &mut small, size, 0.0, 0.0, imgproc::INTER_NEAREST)?;
    let bytes = small.data_bytes()?;
    let coloured = bytes
        .chunks_exact(3)
        .filter(|p| {
            let (low, high) = (p[0].min(p[1]).min(p[2]), p[0].max(p[1]).max(p[2]));
            high - low > 60 && high > 90
        })
        .count();
    // One in 2500: a small stamp has many times that.
    Ok(coloured * 2500 > bytes.len() / 3)
}

/// Share of the frame's light between its darkest and brightest paper, 0–1: 1 is even light.
pub(super) fn evenness(light: &Mat) -> Result<f64, VisionError> {
    let mut grey = Mat::default();
    imgproc::cvt_color_def(light, &mut grey, imgproc::COLOR_BGR2GRAY)?;
    let mut values = grey.data_bytes()?.to_vec();
    if values.is_empty() {
        return Ok(1.0);
    }
    values.sort_unstable();
    let (low, high) = (values[values.len() / 50], values[values.len() * 49 / 50]);
    Ok(f64::from(low) / f64::from(high).max(1.0))
}

/// Median lightness of the paper, 0–255.
pub(super) fn brightness(light: &Mat) -> Result<f64, VisionError> {
    let mean = core::mean_def(light)?;
    Ok((mean[0] + mean[1] * 2.0 + mean[2]) / 4.0)
}
