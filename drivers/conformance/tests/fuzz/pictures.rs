//! Pictures of cameras, clips and prints, up to 64×64: what a million runs can go through.

use super::{fuzz, quiet};
use tongban_camera::{clip, picture, still};
use tongban_device::driver::{Picture, PixelFormat};

/// Codecs of pictures.
pub const ARE: [&str; 2] = ["pictures", "prints"];
/// Runs of each in a test of every day.
pub const RUNS: u64 = 4_000;
/// Longest side that is decoded here; larger claims are refused by limits of their own, which
/// `drivers/camera` tests.
const SIDE: u32 = 64;

/// Does the head of the file claim no more than [`SIDE`]?
fn is_small(bytes: &[u8]) -> bool {
    let reader = image::ImageReader::new(std::io::Cursor::new(bytes)).with_guessed_format().unwrap();
    reader.into_dimensions().is_ok_and(|(width, height)| width <= SIDE && height <= SIDE)
}

#[test]
fn pictures_of_cameras() {
    quiet();
    fuzz("pictures", |bytes, dice| {
        // Bare pixels of a size that need not fit: too few are never taken, whatever is claimed.
        let [width, height] = [(); 2].map(|()| u32::try_from(dice.below(SIDE as usize + 1)).unwrap());
        let pixels = u64::from(width) * u64::from(height);
        for (format, each) in [(PixelFormat::Rgb8, 3), (PixelFormat::Rgba8, 4)] {
            let bare = Picture { width, height, format, bytes: bytes.to_vec() };
            assert!(picture::decode(&bare).is_err() || bytes.len() as u64 >= pixels * each, "{width}x{height}");
        }
        if !is_small(bytes) {
            return false;
        }
        let Ok(upright) = picture::decode_file(bytes) else { return false };
        let (width, height) = (upright.width(), upright.height());
        assert!((1..=SIDE).contains(&width) && (1..=SIDE).contains(&height), "{width}x{height}");
        let small = picture::shrink(&upright, 24, 24);
        assert_eq!(small.pixels.len() as u64, u64::from(small.width) * u64::from(small.height) * 4);
        let _ = still::sharpness(&upright);
        true
    });
}

#[test]
fn clips_of_cameras() {
    fuzz("clips", |bytes, _| {
        let Ok((fps, frames)) = clip::parse(bytes) else { return false };
        assert!(fps > 0 && frames.iter().map(|frame| frame.len() + 4).sum::<usize>() + 12 == bytes.len());
        true
    });
}

#[test]
fn prints_of_fingerprint_modules() {
    fuzz("prints", |bytes, _| {
        let [width, height, pixels @ ..] = bytes else { return false };
        let score = tongban_fingerprint::quality::score(pixels, usize::from(*width), usize::from(*height));
        assert!(score <= 100);
        score > 0
    });
}
