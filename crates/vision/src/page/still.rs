//! 成像: a still from the camera's bytes to the finished page with its verdict.

use super::geometry::Quad;
use super::outline::{Found, Workbench, find};
use super::size::{PaperGuess, guess_paper};
use super::whiten::CELL;
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
/// Resolution a page file keeps at least, pixels per inch (or what the camera gave, when that is less).
const DPI_FILED: f64 = 200.0;
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
        let size = in_cells(sized(width * keep, height * keep));
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
        let thumb = thumb(&page)?;
        let grey = !whiten::has_colour(&page)?;
        let (jpeg, within, size) = filed(page, grey, paper.dpi.min(DPI_KEPT))?;
        Ok(Page { jpeg, size, thumb, quad: found.map(|f| f.quad), paper: *paper, grey, within, quality })
    }
}

/// A page's file, whether it fits, and its pixels.
type Filed = (Vec<u8>, bool, (u32, u32));

/// The page as a file of at most the size it may have, whether it fits, and its pixels. Quality falls first; only a
/// page that still does not fit loses pixels, and none below [`DPI_FILED`].
fn filed(page: Mat, grey: bool, dpi: f64) -> Result<Filed, VisionError> {
    let limit = if grey { GREY_BYTES_MAX } else { COLOUR_BYTES_MAX };
    let mut page = page;
    if grey {
        let mut plain = Mat::default();
        imgproc::cvt_color_def(&page, &mut plain, imgproc::COLOR_BGR2GRAY)?;
        page = plain;
    }
    let (jpeg, within) = encode_within(&page, limit)?;
    let keep = DPI_FILED / dpi.max(1.0);
    if within || keep >= 0.99 {
        return Ok((jpeg, within, picture::size(&page)));
    }
    let mut fewer = Mat::default();
    let size = sized(f64::from(page.cols()) * keep, f64::from(page.rows()) * keep);
    imgproc::resize(&page, &mut fewer, size, 0.0, 0.0, imgproc::INTER_AREA)?;
    let (jpeg, within) = encode_within(&fewer, limit)?;
    Ok((jpeg, within, picture::size(&fewer)))
}

fn whole((width, height): (f64, f64)) -> Quad {
    Quad([[0.0, 0.0], [width - 1.0, 0.0], [width - 1.0, height - 1.0], [0.0, height - 1.0]])
}

fn sized(width: f64, height: f64) -> Size {
    Size::new((width.round() as i32).max(16), (height.round() as i32).max(16))
}

/// Sides that are whole cells of the light map: at most half a cell more or less than the sheet has.
fn in_cells(size: Size) -> Size {
    let cells = |side: i32| ((side + CELL as i32 / 2) / CELL as i32).max(2) * CELL as i32;
    Size::new(cells(size.width), cells(size.height))
}

/// Half the picture, when the small sheet needs no more: fewer pixels are touched and none is skipped.
fn shrunk(picture: &Mat, scale: f64) -> Result<Option<(Mat, f64)>, VisionError> {
    if scale > 0.55 {
        return Ok(None);
    }
    Ok(Some((picture::halved(picture)?, 2.0)))
}

/// A stripe of the sheet as a picture of its own.
fn part(sheet: &Mat, from: f64, to: f64) -> Result<Mat, VisionError> {
    if to - from >= 1.0 {
        return Ok(sheet.clone());
    }
    let cell = CELL as i32;
    let cut = |at: f64| (f64::from(sheet.cols()) * at) as i32 / cell * cell;
    let (left, right) = (cut(from), if to < 1.0 { cut(to) } else { sheet.cols() });
    Ok(Mat::roi(sheet, Rect::new(left, 0, (right - left).max(1), sheet.rows()))?.try_clone()?)
}

fn thumb(page: &Mat) -> Result<(Vec<u8>, u32, u32), VisionError> {
    let (small, _) = picture::shrink(page, 320)?;
    let mut rgba = Mat::default();
    imgproc::cvt_color_def(&small, &mut rgba, imgproc::COLOR_BGR2RGBA)?;
    Ok((rgba.data_bytes()?.to_vec(), rgba.cols().unsigned_abs(), rgba.rows().unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencv::core::{CV_8UC1, CV_8UC3, Scalar, randu};

    /// Noise of this strength on grey, as large as A4 at 240 pixels to the inch.
    fn noisy(kind: i32, strength: f64) -> Mat {
        let mut page = Mat::new_rows_cols_with_default(2806, 1984, kind, Scalar::all(0.0)).expect("memory");
        randu(&mut page, &Scalar::all(128.0 - strength), &Scalar::all(128.0 + strength)).expect("fills");
        page
    }

    #[test]
    fn a_file_loses_quality_first_then_pixels_and_never_falls_below_200_to_the_inch() {
        for (grey, kind, limit) in [(true, CV_8UC1, GREY_BYTES_MAX), (false, CV_8UC3, COLOUR_BYTES_MAX)] {
            let (mut kept, mut fewer) = (0, 0);
            for strength in [2.0, 8.0, 14.0, 16.0, 18.0, 20.0, 22.0, 60.0] {
                let page = noisy(kind, strength);
                let page = if grey { colour(&page) } else { page };
                let (jpeg, within, (width, height)) = filed(page, grey, DPI_KEPT).expect("encodes");
                assert_eq!(within, jpeg.len() <= limit);
                match (width, height) {
                    (1984, 2806) => kept += u32::from(within),
                    (1653, 2338) => fewer += u32::from(within),
                    other => panic!("{other:?} are not 200 to the inch"),
                }
            }
            assert!(kept > 0 && (!grey || fewer > 0), "grey {grey}: {kept} whole, {fewer} with fewer pixels");
        }
    }

    fn colour(grey: &Mat) -> Mat {
        let mut out = Mat::default();
        imgproc::cvt_color_def(grey, &mut out, imgproc::COLOR_GRAY2BGR).expect("three times the same");
        out
    }

    #[test]
    fn a_page_the_camera_gave_with_less_is_filed_as_it_is() {
        let page = colour(&noisy(CV_8UC1, 60.0));
        let (_, within, size) = filed(page, true, 190.0).expect("encodes");
        assert_eq!((within, size), (false, (1984, 2806)));
    }
}
