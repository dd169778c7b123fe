//! 图像: bounded decoding of foreign bytes to BGR pixels, and JPEG within a size.

mod header;

use crate::VisionError;
use opencv::core::{Mat, Rect, Size, Vector};
use opencv::prelude::*;
use opencv::{imgcodecs, imgproc};

pub use header::{Header, Kind};

/// Largest encoded picture taken, bytes.
pub const ENCODED_BYTES_MAX: usize = 40 * 1024 * 1024;
/// Most pixels of a picture; a 20 MP document camera fits.
pub const PIXELS_MAX: u64 = 24_000_000;
/// Longest side of a picture, pixels.
pub const SIDE_MAX: u32 = 16_000;
/// Most scans of a progressive JPEG: each costs time again for the whole picture.
pub const SCANS_MAX: u32 = 24;

/// Decodes a JPEG or PNG to 8-bit BGR, turned upright as its orientation tag says.
///
/// # Errors
/// `BadImage` for bytes that are no whole picture of those two kinds or one over the limits; at most
/// three bytes for each of [`PIXELS_MAX`] pixels are taken before that is known.
pub fn decode(bytes: &[u8]) -> Result<Mat, VisionError> {
    let header = Header::read(bytes)?;
    let source = Mat::from_slice(bytes)?;
    let picture = imgcodecs::imdecode(&source, imgcodecs::IMREAD_COLOR)
        .map_err(|_| VisionError::BadImage("the decoder refuses it"))?;
    // A turned picture has its sides swapped.
    let (columns, rows) = (picture.cols().unsigned_abs(), picture.rows().unsigned_abs());
    if (columns, rows) != (header.width, header.height) && (rows, columns) != (header.width, header.height) {
        return Err(VisionError::BadImage("the size differs from its header"));
    }
    Ok(picture)
}

/// BGR pixels from packed RGB or RGBA rows.
///
/// # Errors
/// `BadImage` when the bytes do not fill `width` × `height`, or over the limits.
pub fn from_packed(bytes: &[u8], width: u32, height: u32, channels: u8) -> Result<Mat, VisionError> {
    let (code, typ) = match channels {
        3 => (imgproc::COLOR_RGB2BGR, opencv::core::CV_8UC3),
        4 => (imgproc::COLOR_RGBA2BGR, opencv::core::CV_8UC4),
        _ => return Err(VisionError::BadImage("three or four channels")),
    };
    check_size(width, height)?;
    if bytes.len() as u64 != u64::from(width) * u64::from(height) * u64::from(channels) {
        return Err(VisionError::BadImage("pixels do not fill the picture"));
    }
    let flat = Mat::from_slice(bytes)?;
    let rows = i32::try_from(height).map_err(|_| VisionError::BadImage("height"))?;
    let shaped = flat.reshape(i32::from(channels), rows)?;
    debug_assert_eq!(shaped.typ(), typ);
    let mut picture = Mat::default();
    imgproc::cvt_color_def(&shaped, &mut picture, code)?;
    Ok(picture)
}

/// Refuses sizes over the limits.
pub(crate) fn check_size(width: u32, height: u32) -> Result<(), VisionError> {
    if width == 0 || height == 0 {
        return Err(VisionError::BadImage("no pixels"));
    }
    if width > SIDE_MAX || height > SIDE_MAX || u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(VisionError::BadImage("too many pixels"));
    }
    Ok(())
}

/// Half as wide and half as high, each pixel the mean of four; an odd last row or column is left out.
///
/// # Errors
/// `Picture` when the library fails.
pub(crate) fn halved(picture: &Mat) -> Result<Mat, VisionError> {
    let (columns, rows) = ((picture.cols() / 2).max(1), (picture.rows() / 2).max(1));
    let even = picture.roi(Rect::new(0, 0, (columns * 2).min(picture.cols()), (rows * 2).min(picture.rows())))?;
    let mut half = Mat::default();
    imgproc::resize(&even, &mut half, Size::new(columns, rows), 0.0, 0.0, imgproc::INTER_AREA)?;
    Ok(half)
}

/// Shrinks by averaging to `side` on the long side, when it is longer; gives the picture and how many times smaller
/// it is.
///
/// # Errors
/// `Picture` when the library fails.
pub fn shrink(picture: &Mat, side: i32) -> Result<(Mat, f64), VisionError> {
    let long = |picture: &Mat| picture.cols().max(picture.rows());
    let mut small = picture.clone();
    let mut factor = 1.0;
    // Halving is the library's quick path; any other share is its slowest, and is left to the end.
    while long(&small) >= side.max(1) * 2 && small.cols().min(small.rows()) >= 2 {
        small = halved(&small)?;
        factor *= 2.0;
    }
    if long(&small) <= side {
        return Ok((small, factor));
    }
    let rest = f64::from(long(&small)) / f64::from(side.max(1));
    let size = Size::new(
        (f64::from(small.cols()) / rest).round().max(1.0) as i32,
        (f64::from(small.rows()) / rest).round().max(1.0) as i32,
    );
    let mut out = Mat::default();
    imgproc::resize(&small, &mut out, size, 0.0, 0.0, imgproc::INTER_AREA)?;
    Ok((out, factor * rest))
}

/// JPEG without metadata at `quality` (1–100).
///
/// # Errors
/// `Picture` when the library fails.
pub fn encode_jpeg(picture: &Mat, quality: i32) -> Result<Vec<u8>, VisionError> {
    let mut out = Vector::<u8>::new();
    let options = Vector::<i32>::from_slice(&[imgcodecs::IMWRITE_JPEG_QUALITY, quality]);
    imgcodecs::imencode(".jpg", picture, &mut out, &options)?;
    Ok(out.to_vec())
}

/// JPEG of at most `bytes_max` bytes: quality falls from 85 to 40, then the last is given as it is
/// together with whether it fits. Pixels are never thrown away.
///
/// # Errors
/// As [`encode_jpeg`].
pub fn encode_within(picture: &Mat, bytes_max: usize) -> Result<(Vec<u8>, bool), VisionError> {
    let mut last = Vec::new();
    for quality in [85, 76, 66, 54, 40] {
        last = encode_jpeg(picture, quality)?;
        if last.len() <= bytes_max {
            return Ok((last, true));
        }
    }
    Ok((last, false))
}

/// Keeps the picture library to the calling thread: a worker shares its cores with the interface.
///
/// # Errors
/// `Picture` when the library fails.
pub fn on_one_thread() -> Result<(), VisionError> {
    Ok(opencv::core::set_num_threads(1)?)
}

/// Width and height, pixels.
#[must_use]
pub fn size(picture: &Mat) -> (u32, u32) {
    (picture.cols().unsigned_abs(), picture.rows().unsigned_abs())
}
