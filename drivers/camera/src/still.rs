//! 拍照: one picture at full resolution, packed for the terminal.

use crate::picture::{decode, opaque, shrink};
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, RgbImage};
use tongban_device::driver::Picture;
use tongban_device::fault::DeviceFault;
use tongban_device::message::Still;

/// JPEG quality of stills; fine print stays legible to machines.
pub const STILL_QUALITY: u8 = 90;
/// JPEG quality of thumbs and clip frames.
pub const SMALL_QUALITY: u8 = 80;
/// Longest side of a thumb, pixels.
pub const THUMB_SIDE: u32 = 320;

/// JPEG without any metadata.
///
/// # Errors
/// `Medium("D132")` for an empty picture or one JPEG cannot hold (65 535 pixels a side).
pub fn encode_jpeg(image: &RgbImage, quality: u8) -> Result<Vec<u8>, DeviceFault> {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, quality)
        .encode(image.as_raw(), image.width(), image.height(), ExtendedColorType::Rgb8)
        .map_err(|_| DeviceFault::Medium("D132".into()))?;
    Ok(jpeg)
}

/// Packs a captured picture: encoded anew, a thumb, a measure of sharpness.
///
/// # Errors
/// `Medium("D132")` when the bytes are no picture.
pub fn pack(picture: &Picture) -> Result<Still, DeviceFault> {
    let image = decode(picture)?;
    let thumb = shrink(&image, THUMB_SIDE, THUMB_SIDE);
    Ok(Still {
        jpeg: encode_jpeg(&image, STILL_QUALITY)?,
        width: image.width(),
        height: image.height(),
        thumb_jpeg: encode_jpeg(&opaque(&thumb), SMALL_QUALITY)?,
        thumb,
        sharpness: sharpness(&image),
    })
}

/// Variance of the 4-neighbour Laplacian on the 640 px grey picture; larger is sharper.
#[must_use]
pub fn sharpness(image: &RgbImage) -> u32 {
    let small = shrink(image, 640, 640);
    let (width, height) = (small.width as usize, small.height as usize);
    if width < 3 || height < 3 {
        return 0;
    }
    // BT.601 luma.
    let grey: Vec<i32> = small
        .pixels
        .chunks_exact(4)
        .map(|p| (299 * i32::from(p[0]) + 587 * i32::from(p[1]) + 114 * i32::from(p[2])) / 1000)
        .collect();
    let (mut sum, mut squares, mut count) = (0_i64, 0_i64, 0_i64);
    for y in 1..height - 1 {
        for x in 1..width - 1 {
            let at = y * width + x;
            let edge = grey[at - 1] + grey[at + 1] + grey[at - width] + grey[at + width] - 4 * grey[at];
            sum += i64::from(edge);
            squares += i64::from(edge) * i64::from(edge);
            count += 1;
        }
    }
    u32::try_from((squares - sum * sum / count) / count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tongban_device::driver::PixelFormat;

    fn text_like() -> RgbImage {
        RgbImage::from_fn(1600, 1200, |x, y| image::Rgb([if (x / 7 + y / 11) % 3 == 0 { 20 } else { 240 }; 3]))
    }

    #[test]
    fn a_blurred_page_measures_less_sharp_than_the_page() {
        let page = text_like();
        let blurred = image::imageops::fast_blur(&page, 8.0);
        assert!(sharpness(&page) > 20 * sharpness(&blurred).max(1), "{} {}", sharpness(&page), sharpness(&blurred));
    }

    #[test]
    fn a_still_keeps_its_size_and_has_a_small_thumb() {
        let page = text_like();
        let jpeg = encode_jpeg(&page, 95).expect("encodes");
        let still =
            pack(&Picture { width: 1600, height: 1200, format: PixelFormat::Jpeg, bytes: jpeg }).expect("packs");
        assert_eq!((still.width, still.height), (1600, 1200));
        assert_eq!((still.thumb.width, still.thumb.height), (320, 240));
        let back = crate::picture::decode_file(&still.thumb_jpeg).expect("thumb decodes");
        assert_eq!((back.width(), back.height()), (320, 240));
    }

    #[test]
    fn truncated_and_foreign_bytes_are_d132_never_a_panic() {
        let whole = encode_jpeg(&text_like(), 80).expect("encodes");
        let refused = |bytes: Vec<u8>| {
            let picture = Picture { width: 1, height: 1, format: PixelFormat::Jpeg, bytes };
            matches!(pack(&picture), Err(DeviceFault::Medium(code)) if code == "D132")
        };
        assert!(refused(Vec::new()));
        assert!(refused(b"%PDF-1.7 not a picture".to_vec()));
        for cut in [20, whole.len() / 2, whole.len() - 1] {
            assert!(refused(whole[..cut].to_vec()), "cut at {cut}");
        }
        let with_tail = [whole.as_slice(), &[0xFF, 0x00, 0x13]].concat();
        assert!(!refused(with_tail), "a camera's buffer goes on behind the picture");
        // Flipped bytes anywhere may still decode, but never crash; negative control: the whole file packs.
        for at in (0..whole.len()).step_by(whole.len() / 60) {
            let mut bent = whole.clone();
            bent[at] ^= 0x5A;
            let _verdict = refused(bent);
        }
        assert!(!refused(whole));
    }
}
