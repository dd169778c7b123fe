//! Where lines of text are: differentiable binarisation (Liao et al. 2020), boxes out of its probability map.

use crate::VisionError;
use opencv::core::{Mat, Point, Rect, Size, Vector};
use opencv::imgproc;
use opencv::prelude::*;
use ort::session::Session;
use ort::value::Tensor;

/// Long side of the network's picture; a multiple of 32.
const LONG_SIDE: i32 = 960;
/// The picture goes through the network in strips of this height, since its memory grows with the area …
const STRIP: i32 = 320;
/// … which share this many rows, so that every line is whole in one of them. Both are multiples of 32.
const OVERLAP: i32 = 32;
/// A pixel above this belongs to text.
const PIXEL_MIN: f64 = 0.3;
/// A box whose mean is above this is text.
const BOX_MIN: f64 = 0.5;
/// How much a shrunken region grows back (area × ratio ÷ circumference).
const UNCLIP: f64 = 1.6;
/// Most boxes of a page.
const BOXES_MAX: usize = 400;

pub(super) struct Detector {
    session: Session,
}

impl Detector {
    pub(super) fn new(session: Session) -> Self {
        Self { session }
    }

    /// Boxes of lines in page pixels, in reading order.
    pub(super) fn boxes(&mut self, page: &Mat) -> Result<Vec<Rect>, VisionError> {
        let long = page.cols().max(page.rows());
        let scale = (f64::from(LONG_SIDE) / f64::from(long.max(1))).min(1.0);
        let fit = |side: i32| (((f64::from(side) * scale) / 32.0).round() as i32 * 32).clamp(32, LONG_SIDE);
        let (width, height) = (fit(page.cols()), fit(page.rows()));
        let mut small = Mat::default();
        imgproc::resize(page, &mut small, Size::new(width, height), 0.0, 0.0, imgproc::INTER_AREA)?;
        let mut found = Vec::new();
        let mut top = 0;
        while top < height {
            let from = (top - OVERLAP).max(0);
            let to = (top + STRIP + OVERLAP).min(height);
            let strip = small.roi(Rect::new(0, from, width, to - from))?.try_clone()?;
            for [left, upper, right, lower] in self.strip(&strip)? {
                let (upper, lower) = (upper + f64::from(from), lower + f64::from(from));
                // A line in two strips belongs to the one its middle is in.
                let middle = (upper + lower) / 2.0;
                if middle >= f64::from(top) && middle < f64::from(top + STRIP) {
                    found.push([left, upper, right, lower]);
                }
            }
            top += STRIP;
        }
        let (fx, fy) = (f64::from(page.cols()) / f64::from(width), f64::from(page.rows()) / f64::from(height));
        let mut boxes: Vec<Rect> = found
            .into_iter()
            .filter_map(|[left, top, right, bottom]| {
                let x = ((left * fx) as i32).clamp(0, page.cols() - 1);
                let y = ((top * fy) as i32).clamp(0, page.rows() - 1);
                let w = ((right * fx).ceil() as i32).min(page.cols()) - x;
                let h = ((bottom * fy).ceil() as i32).min(page.rows()) - y;
                (w >= 6 && h >= 6).then(|| Rect::new(x, y, w, h))
            })
            .collect();
        in_reading_order(&mut boxes);
        Ok(boxes)
    }

    /// Regions of one strip, in its pixels.
    fn strip(&mut self, strip: &Mat) -> Result<Vec<[f64; 4]>, VisionError> {
        let (rows, columns) = (strip.rows() as usize, strip.cols() as usize);
        let input = planes(strip.data_bytes()?, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
        let tensor = Tensor::from_array(([1_usize, 3, rows, columns], input))?;
        let outputs = self.session.run(ort::inputs![tensor])?;
        let (_, map) = outputs[0].try_extract_tensor::<f32>()?;
        if map.len() != rows * columns {
            return Err(VisionError::Model("the text detector answers another size".into()));
        }
        let map = Mat::from_slice(map)?.reshape(1, strip.rows())?.try_clone()?;
        regions(&map)
    }
}

/// BGR bytes to three normalised planes.
pub(super) fn planes(bytes: &[u8], mean: [f32; 3], deviation: [f32; 3]) -> Vec<f32> {
    let count = bytes.len() / 3;
    let mut out = vec![0.0_f32; count * 3];
    for channel in 0..3 {
        // One look-up for each of 256 values.
        let table: Vec<f32> =
            (0..=255_u8).map(|v| (f32::from(v) / 255.0 - mean[channel]) / deviation[channel]).collect();
        for (value, p) in out[channel * count..(channel + 1) * count].iter_mut().zip(bytes.chunks_exact(3)) {
            *value = table[usize::from(p[channel])];
        }
    }
    out
}

/// Grown bounding boxes of the map's regions: left, top, right, bottom in map pixels.
fn regions(map: &Mat) -> Result<Vec<[f64; 4]>, VisionError> {
    let mut binary = Mat::default();
    imgproc::threshold(map, &mut binary, PIXEL_MIN, 255.0, imgproc::THRESH_BINARY)?;
    let mut mask = Mat::default();
    binary.convert_to_def(&mut mask, opencv::core::CV_8U)?;
    let mut contours = Vector::<Vector<Point>>::new();
    imgproc::find_contours_def(&mask, &mut contours, imgproc::RETR_LIST, imgproc::CHAIN_APPROX_SIMPLE)?;
    let mut boxes = Vec::new();
    for contour in contours.iter().take(4 * BOXES_MAX) {
        let bounds = imgproc::bounding_rect(&contour)?;
        if bounds.width.min(bounds.height) < 3 {
            continue;
        }
        let area = map.roi(bounds)?;
        let inside = mask.roi(bounds)?;
        if opencv::core::mean(&area, &inside)?[0] < BOX_MIN {
            continue;
        }
        let (w, h) = (f64::from(bounds.width), f64::from(bounds.height));
        let by = w * h * UNCLIP / (2.0 * (w + h));
        let (x, y) = (f64::from(bounds.x), f64::from(bounds.y));
        boxes.push([x - by, y - by, x + w + by, y + h + by]);
        if boxes.len() >= BOXES_MAX {
            break;
        }
    }
    Ok(boxes)
}

/// Top to bottom; boxes that share more than half their height are one line, left to right.
fn in_reading_order(boxes: &mut Vec<Rect>) {
    boxes.sort_by_key(|b| b.y + b.height / 2);
    let mut rows: Vec<Vec<Rect>> = Vec::new();
    for next in boxes.drain(..) {
        let same = rows.last().and_then(|row| row.first()).is_some_and(|first: &Rect| {
            let overlap = (first.y + first.height).min(next.y + next.height) - first.y.max(next.y);
            overlap * 2 > first.height.min(next.height)
        });
        match rows.last_mut().filter(|_| same) {
            Some(row) => row.push(next),
            None => rows.push(vec![next]),
        }
    }
    for mut row in rows {
        row.sort_by_key(|b| b.x);
        boxes.extend(row);
    }
}
