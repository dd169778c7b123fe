//! From a camera's bytes to pixels: bounded decoding, upright turning and fast shrinking.

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tongban_device::driver::{Picture, PixelFormat};
use tongban_device::fault::DeviceFault;
use tongban_device::message::Rgba;

/// Largest preview, pixels (larger pictures flicker on one of the screen's backends).
pub const PREVIEW_WIDTH: u32 = 960;
/// See [`PREVIEW_WIDTH`].
pub const PREVIEW_HEIGHT: u32 = 540;
/// Largest encoded picture taken, bytes.
pub const ENCODED_BYTES_MAX: usize = 40 * 1024 * 1024;
/// Most pixels of a picture; a 20 MP document camera fits twice.
pub const PIXELS_MAX: u64 = 40_000_000;
/// Longest side of a picture.
const SIDE_MAX: u32 = 16_000;

/// The picture cannot be one: D132.
fn bad() -> DeviceFault {
    DeviceFault::Medium("D132".into())
}

/// Decodes any supported picture file (JPEG, PNG) and turns it upright.
///
/// # Errors
/// `Medium("D132")` for bytes that are no whole picture or one over the limits; memory stays
/// within four bytes for each of [`PIXELS_MAX`] pixels.
pub fn decode_file(bytes: &[u8]) -> Result<RgbImage, DeviceFault> {
    // The decoder fills what is missing of a cut JPEG with grey; a page must not be lost that way.
    if bytes.len() > ENCODED_BYTES_MAX || (bytes.starts_with(&[0xFF, 0xD8]) && !jpeg_is_whole(bytes)) {
        return Err(bad());
    }
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| bad())?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(PIXELS_MAX * 4);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| bad())?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 || u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(bad());
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    // Some files a decoder gives up on with a panic; to a camera's worker they are bad pictures like any other.
    let decoded = catch_unwind(AssertUnwindSafe(|| DynamicImage::from_decoder(decoder)));
    let mut image = decoded.map_err(|_| bad())?.map_err(|_| bad())?;
    image.apply_orientation(orientation);
    Ok(image.into_rgb8())
}

/// Walks the markers of a JPEG (ITU-T T.81 annex B) to its end-of-image; what follows is of no
/// interest (cameras hand out whole buffers).
fn jpeg_is_whole(bytes: &[u8]) -> bool {
    let mut at = 2;
    let mut in_scan = false;
    while let (Some(&lead), Some(&code)) = (bytes.get(at), bytes.get(at + 1)) {
        match (lead, code) {
            (0xFF, 0xD9) => return true,
            // Fill bytes, stuffed zeros and restart markers have no length; nor has entropy data.
            (0xFF, 0xFF) => at += 1,
            (0xFF, 0x00 | 0x01 | 0xD0..=0xD7) => at += 2,
            (0xFF, _) => {
                let (Some(&high), Some(&low)) = (bytes.get(at + 2), bytes.get(at + 3)) else { return false };
                at += 2 + usize::from(u16::from_be_bytes([high, low])).max(2);
                in_scan = code == 0xDA;
            }
            _ if in_scan => at += 1,
            _ => return false,
        }
    }
    false
}

/// The pixels of a captured picture.
///
/// # Errors
/// `Medium("D132")` as [`decode_file`], or when raw pixels do not fill the picture.
pub fn decode(picture: &Picture) -> Result<RgbImage, DeviceFault> {
    let raw = |bytes: Vec<u8>| RgbImage::from_raw(picture.width, picture.height, bytes).ok_or_else(bad);
    match picture.format {
        PixelFormat::Jpeg => decode_file(&picture.bytes),
        PixelFormat::Rgb8 => raw(picture.bytes.clone()),
        PixelFormat::Rgba8 => {
            if picture.bytes.len() as u64 != u64::from(picture.width) * u64::from(picture.height) * 4 {
                return Err(bad());
            }
            raw(picture.bytes.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect())
        }
    }
}

/// The largest size of this picture's shape that fits into `width_max` × `height_max`; never larger than the picture.
#[must_use]
pub fn fit(width: u32, height: u32, width_max: u32, height_max: u32) -> (u32, u32) {
    if width <= width_max && height <= height_max {
        return (width.max(1), height.max(1));
    }
    let (w, h) = (u64::from(width), u64::from(height));
    let (wm, hm) = (u64::from(width_max), u64::from(height_max));
    let narrow = |value: u64| u32::try_from(value).unwrap_or(1).max(1);
    if w * hm >= h * wm { (width_max, narrow(h * wm / w)) } else { (narrow(w * hm / h), height_max) }
}

/// Shrinks by averaging (every pixel of the picture counts once), to RGBA with full opacity.
#[must_use]
pub fn shrink(image: &RgbImage, width_max: u32, height_max: u32) -> Rgba {
    let (width, height) = fit(image.width(), image.height(), width_max, height_max);
    average::<3>(image.as_raw(), (image.width(), image.height()), (width, height))
}

/// A live picture of another size, smaller: averaged as [`shrink`] does. The picture itself where it is not smaller,
/// or where its pixels do not fill it.
#[must_use]
pub fn reduce(frame: &Rgba, width: u32, height: u32) -> Rgba {
    let whole = frame.pixels.len() as u64 == u64::from(frame.width) * u64::from(frame.height) * 4;
    if !whole || width == 0 || height == 0 || width > frame.width || height > frame.height {
        return frame.clone();
    }
    average::<4>(&frame.pixels, (frame.width, frame.height), (width, height))
}

/// Averages the first three of `N` channels into each pixel of a picture no larger than `from`.
fn average<const N: usize>(source: &[u8], from: (u32, u32), to: (u32, u32)) -> Rgba {
    let (from_w, from_h) = (from.0 as usize, from.1 as usize);
    let (to_w, to_h) = (to.0 as usize, to.1 as usize);
    let mut pixels = vec![255_u8; to_w * to_h * 4];
    let columns: Vec<(usize, usize)> = (0..to_w).map(|x| span(x, to_w, from_w)).collect();
    let mut sums = vec![[0_u32; 3]; to_w];
    for (y, row) in pixels.chunks_exact_mut(to_w * 4).enumerate() {
        let (top, bottom) = span(y, to_h, from_h);
        sums.fill([0; 3]);
        for line in source[top * from_w * N..bottom * from_w * N].chunks_exact(from_w * N) {
            for (sum, &(left, right)) in sums.iter_mut().zip(&columns) {
                for pixel in line[left * N..right * N].chunks_exact(N) {
                    sum[0] += u32::from(pixel[0]);
                    sum[1] += u32::from(pixel[1]);
                    sum[2] += u32::from(pixel[2]);
                }
            }
        }
        for ((out, sum), &(left, right)) in row.chunks_exact_mut(4).zip(&sums).zip(&columns) {
            let count = u32::try_from((right - left) * (bottom - top)).unwrap_or(1).max(1);
            for (channel, total) in out.iter_mut().zip(sum) {
                *channel = u8::try_from((total + count / 2) / count).unwrap_or(255);
            }
        }
    }
    Rgba { width: to.0, height: to.1, pixels }
}

/// Source pixels `[start, end)` that make destination pixel `index`; never empty.
fn span(index: usize, to: usize, from: usize) -> (usize, usize) {
    let start = index * from / to;
    (start, ((index + 1) * from / to).max(start + 1))
}

/// The preview of a picture: RGBA, at most [`PREVIEW_WIDTH`] × [`PREVIEW_HEIGHT`].
///
/// # Errors
/// As [`decode`].
pub fn preview(picture: Picture) -> Result<Rgba, DeviceFault> {
    let small = picture.width <= PREVIEW_WIDTH && picture.height <= PREVIEW_HEIGHT;
    if small && picture.format == PixelFormat::Rgba8 {
        if picture.bytes.len() as u64 != u64::from(picture.width) * u64::from(picture.height) * 4 {
            return Err(bad());
        }
        return Ok(Rgba { width: picture.width, height: picture.height, pixels: picture.bytes });
    }
    Ok(shrink(&decode(&picture)?, PREVIEW_WIDTH, PREVIEW_HEIGHT))
}

/// The colours of an RGBA picture without its opacity.
#[must_use]
pub fn opaque(rgba: &Rgba) -> RgbImage {
    let bytes = rgba.pixels.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    RgbImage::from_raw(rgba.width, rgba.height, bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_fitted_without_distortion_and_never_enlarged() {
        assert_eq!(fit(3264, 2448, 960, 540), (720, 540));
        assert_eq!(fit(1280, 720, 960, 540), (960, 540));
        assert_eq!(fit(2448, 3264, 960, 540), (405, 540));
        assert_eq!(fit(10, 10, 960, 540), (10, 10));
        assert_eq!(fit(16000, 1, 320, 320), (320, 1));
    }

    #[test]
    fn shrinking_averages_and_keeps_what_is_flat() {
        let flat = RgbImage::from_pixel(1001, 777, image::Rgb([10, 200, 30]));
        let small = shrink(&flat, 320, 320);
        assert!(small.pixels.chunks_exact(4).all(|p| p == [10, 200, 30, 255]));
        let stripes = RgbImage::from_fn(640, 360, |x, _| image::Rgb([if x % 2 == 0 { 0 } else { 255 }; 3]));
        let grey = shrink(&stripes, 320, 320);
        assert!(grey.pixels.chunks_exact(4).all(|p| p[0] == 128), "two columns make one grey");
    }

    #[test]
    fn a_live_picture_is_made_small_as_a_still_is_and_never_larger() {
        let image = RgbImage::from_fn(960, 540, |x, y| image::Rgb([(x % 251) as u8, (y % 239) as u8, 9]));
        let frame = shrink(&image, 960, 540);
        assert_eq!(reduce(&frame, 376, 211), average::<3>(image.as_raw(), (960, 540), (376, 211)));
        assert_eq!(reduce(&frame, 961, 540), frame);
        let short = Rgba { width: 9, height: 9, pixels: vec![0; 9] };
        assert_eq!(reduce(&short, 3, 3), short);
    }

    #[test]
    fn a_picture_that_claims_to_be_huge_is_refused_before_memory_is_taken() {
        // PNG header announcing 60000 x 60000 pixels.
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xea\x60\0\0\xea\x60\x08\x02\0\0\0".to_vec();
        png.extend([0; 64]);
        assert_eq!(decode_file(&png), Err(DeviceFault::Medium("D132".into())));
    }
}
