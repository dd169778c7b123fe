//! Straight lines that could be a side of the sheet, and quads around bright or coloured regions.

use super::geometry::{Line, Point, Quad};
use crate::VisionError;
use opencv::core::{self, BORDER_CONSTANT, Mat, Point as CvPoint, Size, Vec2f, Vector};
use opencv::imgproc;
use opencv::prelude::*;
use std::f64::consts::PI;

/// Lines looked at for each of the two directions.
const LINES_MAX: usize = 44;
/// Least length of a line, as a share of the frame.
const VOTES: f64 = 0.12;
/// Least share of the frame a sheet covers.
pub(super) const AREA_MIN: f64 = 0.035;

/// Buffers that are used again for every frame.
#[derive(Default)]
pub(super) struct Buffers {
    lab: Mat,
    planes: Vector<Mat>,
    pub(super) calm: [Mat; 3],
    edges: Mat,
    more: Mat,
    mask: Mat,
}

/// Fills `buffers.calm` with lightness without writing, and the two colour axes.
pub(super) fn calm(small: &Mat, buffers: &mut Buffers) -> Result<(), VisionError> {
    imgproc::cvt_color_def(small, &mut buffers.lab, imgproc::COLOR_BGR2Lab)?;
    core::split(&buffers.lab, &mut buffers.planes)?;
    let kernel = imgproc::get_structuring_element_def(imgproc::MORPH_RECT, Size::new(5, 5))?;
    // Closing lightness takes the writing off the paper; straight edges of large regions stay where they are.
    imgproc::morphology_ex(
        &buffers.planes.get(0)?,
        &mut buffers.mask,
        imgproc::MORPH_CLOSE,
        &kernel,
        CvPoint::new(-1, -1),
        1,
        BORDER_CONSTANT,
        imgproc::morphology_default_border_value()?,
    )?;
    imgproc::gaussian_blur_def(&buffers.mask, &mut buffers.calm[0], Size::new(3, 3), 0.0)?;
    for axis in 1..3 {
        imgproc::gaussian_blur_def(&buffers.planes.get(axis)?, &mut buffers.calm[axis], Size::new(5, 5), 0.0)?;
    }
    Ok(())
}

/// Lightness with the contrast of every part of the picture drawn out: paper on a desk nearly as light, under a shadow.
pub(super) fn draw_out(buffers: &mut Buffers) -> Result<(), VisionError> {
    let mut clahe = imgproc::create_clahe(3.0, Size::new(4, 4))?;
    clahe.apply(&buffers.calm[0], &mut buffers.more)?;
    imgproc::gaussian_blur_def(&buffers.more, &mut buffers.calm[0], Size::new(5, 5), 0.0)?;
    Ok(())
}

/// The strongest lines: `.0` nearly level, `.1` nearly upright. The frame's own borders come last, two of each.
pub(super) fn lines(buffers: &mut Buffers) -> Result<(Vec<Line>, Vec<Line>), VisionError> {
    imgproc::canny(&buffers.calm[0], &mut buffers.edges, 18.0, 54.0, 3, false)?;
    for axis in 1..3 {
        imgproc::canny(&buffers.calm[axis], &mut buffers.more, 12.0, 36.0, 3, false)?;
        let before = buffers.edges.clone();
        core::bitwise_or_def(&before, &buffers.more, &mut buffers.edges)?;
    }
    let (width, height) = (f64::from(buffers.edges.cols()), f64::from(buffers.edges.rows()));
    let mut level = strongest(&buffers.edges, PI / 3.0, PI * 2.0 / 3.0, (width * VOTES) as i32)?;
    // Near upright in two halves, since the angle wraps.
    let mut upright = strongest(&buffers.edges, 0.0, PI / 6.0, (height * VOTES) as i32)?;
    upright.extend(strongest(&buffers.edges, PI * 5.0 / 6.0, PI, (height * VOTES) as i32)?);
    level.extend([Line { a: 0.0, b: 1.0, c: 0.0 }, Line { a: 0.0, b: 1.0, c: height - 1.0 }]);
    upright.extend([Line { a: 1.0, b: 0.0, c: 0.0 }, Line { a: 1.0, b: 0.0, c: width - 1.0 }]);
    Ok((level, upright))
}

/// Lines in a range of directions, each kept only when no stronger one lies beside it.
fn strongest(edges: &Mat, from: f64, to: f64, votes: i32) -> Result<Vec<Line>, VisionError> {
    let mut found = Vector::<Vec2f>::new();
    imgproc::hough_lines(edges, &mut found, 1.0, PI / 180.0, votes, 0.0, 0.0, from, to)?;
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for line in &found {
        let (rho, theta) = (f64::from(line[0]), f64::from(line[1]));
        let beside = kept.iter().any(|(r, t)| {
            let (near, wrapped) = ((rho - r).abs() < 5.0, (rho + r).abs() < 5.0);
            let turn = (theta - t).abs();
            (near && turn < 0.05) || (wrapped && (PI - turn).abs() < 0.05)
        });
        if !beside {
            kept.push((rho, theta));
        }
        if kept.len() >= LINES_MAX {
            break;
        }
    }
    Ok(kept.into_iter().map(|(rho, theta)| Line { a: theta.cos(), b: theta.sin(), c: rho }).collect())
}

/// Quads around regions that stand out in lightness or colour, either way round.
pub(super) fn regions(buffers: &mut Buffers) -> Result<Vec<Quad>, VisionError> {
    let mut quads = Vec::new();
    let kernel = imgproc::get_structuring_element_def(imgproc::MORPH_RECT, Size::new(5, 5))?;
    for axis in 0..3 {
        for kind in [imgproc::THRESH_BINARY, imgproc::THRESH_BINARY_INV] {
            imgproc::threshold(&buffers.calm[axis], &mut buffers.mask, 0.0, 255.0, kind | imgproc::THRESH_OTSU)?;
            imgproc::morphology_ex_def(&buffers.mask, &mut buffers.more, imgproc::MORPH_OPEN, &kernel)?;
            around(&buffers.more, &mut quads)?;
        }
    }
    Ok(quads)
}

fn around(mask: &Mat, quads: &mut Vec<Quad>) -> Result<(), VisionError> {
    let mut contours = Vector::<Vector<CvPoint>>::new();
    imgproc::find_contours_def(mask, &mut contours, imgproc::RETR_EXTERNAL, imgproc::CHAIN_APPROX_SIMPLE)?;
    let least = f64::from(mask.cols() * mask.rows()) * AREA_MIN;
    for contour in &contours {
        let mut hull = Vector::<CvPoint>::new();
        imgproc::convex_hull_def(&contour, &mut hull)?;
        if hull.len() < 4 || imgproc::contour_area_def(&hull)? < least {
            continue;
        }
        let around = imgproc::arc_length(&hull, true)?;
        let mut few = Vector::<CvPoint>::new();
        imgproc::approx_poly_dp(&hull, &mut few, around * 0.008, true)?;
        let points: Vec<Point> = few.iter().map(|p| [f64::from(p.x), f64::from(p.y)]).collect();
        if let Some(quad) = four(points) {
            quads.push(quad);
        }
    }
    Ok(())
}

/// Takes sides away from a convex polygon until four are left; each time the one whose neighbours,
/// made longer until they meet, add the least area. A curled or covered corner is squared up that way.
fn four(mut points: Vec<Point>) -> Option<Quad> {
    while points.len() > 4 {
        let count = points.len();
        let mut best: Option<(f64, usize, Point)> = None;
        for i in 0..count {
            let (before, a, b, after) =
                (points[(i + count - 1) % count], points[i], points[(i + 1) % count], points[(i + 2) % count]);
            let Some(meet) = Line::through(before, a)?.meet(&Line::through(b, after)?) else { continue };
            // On the far side of the taken side only.
            let ahead = (meet[0] - a[0]) * (a[0] - before[0]) + (meet[1] - a[1]) * (a[1] - before[1]);
            if ahead < 0.0 {
                continue;
            }
            let area = ((b[0] - a[0]) * (meet[1] - a[1]) - (b[1] - a[1]) * (meet[0] - a[0])).abs();
            if best.is_none_or(|(least, _, _)| area < least) {
                best = Some((area, i, meet));
            }
        }
        let (_, i, meet) = best?;
        points[i] = meet;
        points.remove((i + 1) % count);
    }
    let four: [Point; 4] = points.try_into().ok()?;
    Some(Quad::sorted(four))
}
