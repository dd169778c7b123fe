//! Foreign bytes in place of a picture: refused with a code or looked at, in bounded memory, never a crash.
//!
//! `TONGBAN_LONG=1` takes a million mutations in place of some hundreds.
#![allow(clippy::print_stdout, reason = "the seed is for the reader")]

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, RgbImage};
use std::io::Write;
use std::time::{Duration, Instant};
use tongban_domain::code::ErrorCode;
use tongban_vision::page::{Calibration, Scanner};
use tongban_vision::picture::{self, ENCODED_BYTES_MAX, SCANS_MAX};
use tongban_vision::{VisionError, barcode};

/// Memory this process may take at its peak, KiB: three bytes for each of the 24 million pixels allowed, twice (the
/// decoder turns a picture in a copy), and what a scanner keeps.
const PEAK_KIB: u64 = 320 * 1024;

/// A small sheet with writing on a dark desk: every stage of the pipeline has something to do.
fn sheet(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = (x as f32 / width as f32, y as f32 / height as f32);
        let on = (0.2..0.8).contains(&u) && (0.08..0.92).contains(&v);
        let ink =
            on && (0.26..0.74).contains(&u) && (0.15..0.85).contains(&v) && (y / 3) % 3 == 0 && (x / 2 + y) % 5 < 3;
        image::Rgb(if ink {
            [30, 28, 35]
        } else if on {
            [232, 230, 226]
        } else {
            [60, 52, 44]
        })
    })
}

fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, 88);
    encoder.write_image(picture, picture.width(), picture.height(), ExtendedColorType::Rgb8).expect("encodes");
    bytes
}

fn png(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    encoder.write_image(picture, picture.width(), picture.height(), ExtendedColorType::Rgb8).expect("encodes");
    bytes
}

/// Refused as "no picture", with the code a person gets.
fn refused(bytes: &[u8], what: &str) {
    match picture::decode(bytes) {
        Err(error @ VisionError::BadImage(_)) => assert_eq!(error.code(), ErrorCode::CameraBadImage, "{what}"),
        Err(other) => panic!("{what}: {other:?}"),
        Ok(_) => panic!("{what} was taken"),
    }
}

fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("has a peak");
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).expect("a number")
}

fn long() -> bool {
    std::env::var_os("TONGBAN_LONG").is_some()
}

#[test]
fn a_picture_cut_short_anywhere_is_refused() {
    let picture = sheet(320, 240);
    for whole in [jpeg(&picture), png(&picture)] {
        assert!(picture::decode(&whole).is_ok(), "negative control: the whole file is taken");
        let step = if long() { 1 } else { 37 };
        for length in (0..whole.len() - 2).step_by(step) {
            refused(&whole[..length], &format!("{length} of {} bytes", whole.len()));
        }
    }
}

#[test]
fn another_kind_of_file_is_refused() {
    let kinds: [(&str, &[u8]); 12] = [
        ("nothing", b""),
        ("text", b"not a picture at all, but long enough to be one"),
        (
            "GIF",
            b"GIF89a\x10\x00\x10\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x10\x00\x10\x00\x00\x02\x00;",
        ),
        ("BMP", b"BM\x46\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00\x02\x00\x00\x00\x02\x00\x00\x00"),
        ("TIFF", b"II*\x00\x08\x00\x00\x00\x01\x00\x00\x01\x03\x00\x01\x00\x00\x00\x10\x00\x00\x00"),
        ("WebP", b"RIFF\x24\x00\x00\x00WEBPVP8 \x18\x00\x00\x00\x30\x01\x00\x9d\x01\x2a"),
        ("PDF", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"),
        ("SVG", b"<svg xmlns='http://www.w3.org/2000/svg' width='9999999' height='9999999'/>"),
        ("OpenEXR", b"\x76\x2f\x31\x01\x02\x00\x00\x00channels\x00chlist\x00"),
        ("JPEG 2000", b"\x00\x00\x00\x0cjP  \x0d\x0a\x87\x0a\x00\x00\x00\x14ftypjp2 "),
        ("PNM", b"P6\n40000 40000\n255\n"),
        ("ELF", b"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
    ];
    for (name, bytes) in kinds {
        refused(bytes, name);
    }
}

/// A JPEG whose frame header promises these sides.
fn promising(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = jpeg(&sheet(64, 48));
    let at = bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]).expect("a baseline frame");
    bytes[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
    bytes[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    bytes
}

/// A PNG of these sides, all of one colour, deflated to next to nothing.
fn deflated(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    let zeros = vec![0; width as usize * height as usize];
    encoder.write_image(&zeros, width, height, ExtendedColorType::L8).expect("encodes");
    bytes
}

#[test]
fn bombs_are_refused_before_memory_is_taken_for_them() {
    let before = peak_kib();
    refused(&promising(65_535, 65_535), "four thousand million pixels");
    refused(&promising(16_001, 2), "a side too long");
    refused(&promising(0, 48), "no width");
    let mut huge = png(&sheet(64, 48));
    huge[16..24].copy_from_slice(&[0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF]);
    refused(&huge, "a PNG of two thousand million squared");
    let mut scans = jpeg(&sheet(64, 48));
    let at = scans.windows(2).position(|pair| pair == [0xFF, 0xDA]).expect("a scan");
    let scan = scans[at..scans.len() - 2].to_vec();
    for _ in 0..=SCANS_MAX {
        let end = scans.len() - 2;
        scans.splice(end..end, scan.iter().copied());
    }
    refused(&scans, "a JPEG of endless scans");
    refused(&vec![0xFF; ENCODED_BYTES_MAX + 1], "more bytes than a picture may have");
    assert!(peak_kib() - before < 64 * 1024, "{} KiB for what was refused", peak_kib() - before);
    // A deflated picture within the limits is a picture: it costs its pixels and no more.
    let flat = deflated(5_600, 4_200);
    assert!(flat.len() < 200 * 1024, "{} bytes for 24 million pixels", flat.len());
    let taken = picture::decode(&flat).expect("within the limits");
    assert_eq!(picture::size(&taken), (5_600, 4_200));
    assert!(peak_kib() < PEAK_KIB, "{} KiB at the peak", peak_kib());
    refused(&deflated(5_600, 4_300), "a pixel row too many");
}

/// Through the pipeline: what comes out is a picture again.
fn whole(scanner: &mut Scanner, decoded: &opencv::core::Mat) {
    let pages = scanner.scan_picture(decoded).expect("pixels are pixels");
    assert!((1..=2).contains(&pages.len()));
    for page in &pages {
        let made = picture::decode(&page.jpeg).expect("what is made is a picture");
        assert_eq!(picture::size(&made), page.size);
        barcode::codes(&made).expect("codes are looked for");
    }
}

#[test]
fn mutations_of_pictures_end_in_a_code_or_a_page_within_memory() {
    let seed = 0x07A9_E5EE_D000_0001_u64;
    let count: u32 = std::env::var("TONGBAN_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(match long() {
        true => 1_000_000,
        false => 400,
    });
    println!("seed {seed:#x}, {count} mutations");
    let good: Vec<Vec<u8>> = [jpeg(&sheet(160, 120)), png(&sheet(96, 72))].into();
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let mut scanner = Scanner::new(Calibration::default());
    // Every one is decoded; the whole pipeline costs a hundred times as much.
    let whole_every = if count > 10_000 { 40 } else { 4 };
    let (mut taken, mut slowest) = (0_u32, Duration::ZERO);
    for round in 0..count {
        let mut bytes = good[next() % good.len()].clone();
        for _ in 0..1 + next() % 6 {
            let at = next() % bytes.len();
            match next() % 4 {
                0 => bytes[at] ^= 1 << (next() % 8),
                1 => bytes[at] = [0x00, 0xFF, 0xD8, 0xD9, 0xDA, 0xC2][next() % 6],
                2 => {
                    let from = next() % bytes.len();
                    let piece = bytes[from..(from + 1 + next() % 64).min(bytes.len())].to_vec();
                    bytes.splice(at..at, piece);
                }
                _ => drop(bytes.drain(at..(at + 1 + next() % 32).min(bytes.len()))),
            }
            if bytes.is_empty() {
                bytes.push(0);
            }
        }
        let began = Instant::now();
        match picture::decode(&bytes) {
            Ok(decoded) => {
                taken += 1;
                if taken % whole_every == 0 {
                    whole(&mut scanner, &decoded);
                }
            }
            Err(error) => assert_eq!(error.code(), ErrorCode::CameraBadImage, "round {round}"),
        }
        slowest = slowest.max(began.elapsed());
    }
    println!("{taken} of {count} still a picture; slowest {} ms; peak {} KiB", slowest.as_millis(), peak_kib());
    assert!(taken > count / 50 && taken < count, "both ways are gone: {taken} of {count}");
    assert!(slowest < Duration::from_secs(4), "slowest {slowest:?}");
    assert!(peak_kib() < PEAK_KIB, "{} KiB at the peak", peak_kib());
    std::io::stdout().flush().expect("flushes");
}
