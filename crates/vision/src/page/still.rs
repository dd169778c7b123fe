//! 成像: a still from the camera's bytes to the finished page with its verdict.

use super::geometry::Quad;
use super::outline::{Found, Workbench, find};
use super::size::{PaperGuess, guess_paper};
use super::{book, rectify, skew, whiten};
use crate::VisionError;
use crate::picture::{self, encode_within};
use crate::quality::{self, Looks, Quality};
use opencv::core::{Mat, Rect, Size};
use opencv::imgproc;
use opencv::prelude::*;

/// Largest grey page file, bytes.
pub const GREY_BYTES_MAX: usize = 500 * 1024;
/// Largest colour page file, bytes.
pub const COLOUR_BYTES_MAX: usize = 1024 * 1024;
/// Resolution beyond which pixels are not kept, pixels per inch.
const DPI_KEPT: f64 = 240.0;
/// Long side of the small upright sheet that skew, fold and blemishes are looked for on.
const SMALL_LONG: f64 = 900.0;

/// What the station knows about its camera.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// Pixels of a full still for a millimetre on the desk; `None` when nobody measured it.
    pub pixels_per_mm: Option<f64>,
    /// Least resolution of a page, pixels per inch.
    pub dpi_min: f64,
}

impl Default for Calibration {
    fn default() -> Self {
        Self { pixels_per_mm: None, dpi_min: 200.0 }
    }
}

/// A finished page.
pub struct Page {
    /// JPEG without metadata, upright as it lay.
    pub jpeg: Vec<u8>,
    /// Width and height of the page, pixels.
    pub size: (u32, u32),
    /// Small picture, at most 320 pixels on the long side, RGBA rows packed, with its size.
    pub thumb: (Vec<u8>, u32, u32),
    /// Where it lay in the still; `None` when no sheet was found and the whole frame was taken.
    pub quad: Option<Quad>,
    /// What paper it seems to be.
    pub paper: PaperGuess,
    /// Saved without colour.
    pub grey: bool,
    /// Fits the size a page file may have.
    pub within: bool,
    /// The verdict.
    pub quality: Quality,
}

/// Takes stills apart with buffers that are used again.
#[derive(Default)]
pub struct Scanner {
    bench: Workbench,
    page: Mat,
    /// The station's calibration.
    pub calibration: Calibration,
}

impl Scanner {
    /// A scanner for this station.
    #[must_use]
    pub fn new(calibration: Calibration) -> Self {
        Self { calibration, ..Self::default() }
    }

    /// From encoded bytes to finished pages: one, or two when an open book lies there.
    ///
    /// # Errors
    /// `BadImage` for bytes that are no picture, `Picture` when the library fails.
    pub fn scan(&mut self, bytes: &[u8]) -> Result<Vec<Page>, VisionError> {
        let picture = picture::decode(bytes)?;
        self.scan_picture(&picture)
    }

    /// As [`Scanner::scan`], from BGR pixels.
    ///
    /// # Errors
    /// `Picture` when the library fails.
    pub fn scan_picture(&mut self, picture: &Mat) -> Result<Vec<Page>, VisionError> {
        let found = find(picture, &mut self.bench)?;
        let frame = (f64::from(picture.cols()), f64::from(picture.rows()));
        let quad = found.as_ref().map_or_else(|| whole(frame), |f| f.quad);
        let (width, height) = quad.size();
        let paper = guess_paper(width, height, frame, self.calibration.pixels_per_mm);
        // A small upright sheet first: lean and fold are found there, so that the large one is cut once.
        let scale = (SMALL_LONG / width.max(height)).min(1.0);
        let size = sized(width * scale, height * scale);
        let mut small = Mat::default();
        let half = shrunk(picture, scale)?;
        let (source, factor) = half.as_ref().map_or((picture, 1.0), |(m, f)| (m, *f));
        rectify::warp(source, &rectify::transform(&quad.scaled(1.0 / factor), size, 0.0)?, size, &mut small)?;
        let mut grey = Mat::default();
        imgproc::cvt_color_def(&small, &mut grey, imgproc::COLOR_BGR2GRAY)?;
        let looks = Looks { found: found.as_ref(), frame, paper: &paper, calibration: &self.calibration };
        let fold = if found.is_some() { book::fold(&grey)? } else { None };
        let lean = if fold.is_none() { skew::lean(&grey)? } else { 0.0 };
        let keep = (DPI_KEPT / paper.dpi.max(1.0)).min(1.0);
        let size = sized(width * keep, height * keep);
        let map = rectify::transform(&quad, size, -lean)?;
        rectify::warp(picture, &map, size, &mut self.page)?;
        let halves = match fold {
            Some(at) => vec![(0.0, at), (at, 1.0)],
            None => vec![(0.0, 1.0)],
        };
        halves.into_iter().map(|part| self.finish(part, &small, &looks, found.as_ref(), &paper)).collect()
    }

    /// One page out of the sheet: whitened, judged, encoded.
    fn finish(
        &self,
        (from, to): (f64, f64),
        small: &Mat,
        looks: &Looks<'_>,
        found: Option<&Found>,
        paper: &PaperGuess,
    ) -> Result<Page, VisionError> {
        let (mut page, small) = (part(&self.page, from, to)?, part(small, from, to)?);
        let light = whiten::light(&page)?;
        let (even, bright) = (whiten::evenness(&light)?, whiten::brightness(&light)?);
        let mut quality = quality::judge(&page, &small, looks, even, bright)?;
        if to - from < 1.0 {
            quality.add_double();
        }
        if found.is_some() {
            whiten::whiten(&mut page, &light)?;
        }
        let grey = !whiten::has_colour(&page)?;
        let (jpeg, within) = if grey {
            let mut plain = Mat::default();
            imgproc::cvt_color_def(&page, &mut plain, imgproc::COLOR_BGR2GRAY)?;
            encode_within(&plain, GREY_BYTES_MAX)?
        } else {
            encode_within(&page, COLOUR_BYTES_MAX)?
        };
        let thumb = thumb(&page)?;
        let size = (page.cols().unsigned_abs(), page.rows().unsigned_abs());
        Ok(Page { jpeg, size, thumb, quad: found.map(|f| f.quad), paper: *paper, grey, within, quality })
    }
}

fn whole((width, height): (f64, f64)) -> Quad {
    Quad([[0.0, 0.0], [width - 1.0, 0.0], [width - 1.0, height - 1.0], [0.0, height - 1.0]])
}

fn sized(width: f64, height: f64) -> Size {
    Size::new((width.round() as i32).max(16), (height.round() as i32).max(16))
}

/// Half the picture, when the small sheet needs no more: fewer pixels are touched and none is skipped.
fn shrunk(picture: &Mat, scale: f64) -> Result<Option<(Mat, f64)>, VisionError> {
    if scale > 0.55 {
        return Ok(None);
    }
    let mut half = Mat::default();
    let size = Size::new((picture.cols() / 2).max(1), (picture.rows() / 2).max(1));
    imgproc::resize(picture, &mut half, size, 0.0, 0.0, imgproc::INTER_AREA)?;
    Ok(Some((half, f64::from(picture.cols()) / f64::from(size.width))))
}

/// A stripe of the sheet as a picture of its own.
fn part(sheet: &Mat, from: f64, to: f64) -> Result<Mat, VisionError> {
    if to - from >= 1.0 {
        return Ok(sheet.clone());
    }
    let left = (f64::from(sheet.cols()) * from) as i32;
    let right = (f64::from(sheet.cols()) * to) as i32;
    Ok(Mat::roi(sheet, Rect::new(left, 0, (right - left).max(1), sheet.rows()))?.try_clone()?)
}

fn thumb(page: &Mat) -> Result<(Vec<u8>, u32, u32), VisionError> {
    let (small, _) = picture::shrink(page, 320)?;
    let (small, _) = if small.cols().max(small.rows()) > 320 { shrink_to(&small, 320)? } else { (small, 1.0) };
    let mut rgba = Mat::default();
    imgproc::cvt_color_def(&small, &mut rgba, imgproc::COLOR_BGR2RGBA)?;
    Ok((rgba.data_bytes()?.to_vec(), rgba.cols().unsigned_abs(), rgba.rows().unsigned_abs()))
}

/// To exactly `side` on the long side.
fn shrink_to(picture: &Mat, side: i32) -> Result<(Mat, f64), VisionError> {
    let long = picture.cols().max(picture.rows());
    let size = Size::new((picture.cols() * side / long).max(1), (picture.rows() * side / long).max(1));
    let mut small = Mat::default();
    imgproc::resize(picture, &mut small, size, 0.0, 0.0, imgproc::INTER_AREA)?;
    Ok((small, f64::from(long) / f64::from(side)))
}
