//! Pages of a material bound into one file, judged by poppler and qpdf.
#![allow(clippy::print_stdout, reason = "the seed is for the reader")]

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, GrayImage, RgbImage};
use std::path::Path;
use std::process::Command;
use tongban_domain::clock::WallTime;
use tongban_domain::code::ErrorCode;
use tongban_licence::{PAGE_BYTES_MAX, PAGES_MAX, bind};

/// 2026-11-23 09:30 in China.
const AT: WallTime = WallTime(1_795_397_400_000);
/// As a telephone writes it into its pictures.
const PERSONAL: &[u8] = b"Exif\0\0MM\0*lat 30.2741N, 13800000000";

/// A page with a stripe at a height of its own.
fn colour(width: u32, height: u32, number: u32) -> Vec<u8> {
    let picture =
        RgbImage::from_fn(width, height, |_, y| image::Rgb(if y / 40 == number { [180, 30, 30] } else { [250; 3] }));
    let mut bytes = Vec::new();
    let encoder = &mut JpegEncoder::new_with_quality(&mut bytes, 80);
    encoder.encode(picture.as_raw(), width, height, ExtendedColorType::Rgb8).expect("encodes");
    bytes
}

fn grey(width: u32, height: u32) -> Vec<u8> {
    let picture = GrayImage::from_fn(width, height, |x, _| image::Luma([if x / 30 % 2 == 0 { 20 } else { 240 }]));
    let mut bytes = Vec::new();
    let encoder = &mut JpegEncoder::new_with_quality(&mut bytes, 80);
    encoder.encode(picture.as_raw(), width, height, ExtendedColorType::L8).expect("encodes");
    bytes
}

/// The same picture with application data and a comment behind its first marker.
fn with_personal_data(jpeg: &[u8]) -> Vec<u8> {
    let mut bytes = jpeg[..2].to_vec();
    for marker in [0xE1, 0xFE, 0xED] {
        bytes.extend([0xFF, marker]);
        bytes.extend(u16::try_from(PERSONAL.len() + 2).expect("short").to_be_bytes());
        bytes.extend(PERSONAL);
    }
    bytes.extend(&jpeg[2..]);
    bytes
}

fn tool(name: &str, arguments: &[&str], file: &Path) -> String {
    let output = Command::new(name).args(arguments).arg(file).output().unwrap_or_else(|e| panic!("{name}: {e}"));
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn the_pages_of_a_material_become_one_file_in_their_order_and_stay_as_they_are() {
    let plain = [colour(1654, 2339, 3), grey(1654, 2339), colour(1011, 638, 1), colour(2806, 1984, 9)];
    let pages: Vec<_> = plain.iter().map(|page| with_personal_data(page)).collect();
    assert!(holds(&pages[0], PERSONAL), "negative control: it was there");
    let paper = bind(&pages, "经审计的上一年度财务报告", AT).expect("binds");
    assert_eq!(paper.pages, 4);
    assert!(!holds(&paper.pdf, b"13800000000") && !holds(&paper.pdf, b"Exif"), "nothing of the pictures' data");
    assert_eq!(
        bind(&pages, "经审计的上一年度财务报告", AT).expect("binds").sha256,
        paper.sha256,
        "the same every time"
    );
    let limit = plain.iter().map(Vec::len).sum::<usize>() + 8 * 1024;
    assert!(paper.pdf.len() < limit, "{} bytes for pictures of {limit}", paper.pdf.len());

    let dir = tempfile::tempdir().expect("temp dir");
    let file = dir.path().join("bound.pdf");
    std::fs::write(&file, &paper.pdf).expect("writes");
    tool("qpdf", &["--check"], &file);
    let told = tool("pdfinfo", &["-f", "1", "-l", "4"], &file).split_whitespace().collect::<Vec<_>>().join(" ");
    for line in ["Pages: 4", "Page 1 size: 595.", "Page 3 size: 363.", "Page 4 size: 841."] {
        assert!(told.contains(line), "{line} not in {told}");
    }
    assert!(told.contains("Author: Creator: tongban"), "no author: {told}");
    let listed = tool("pdfimages", &["-list"], &file);
    let kinds: Vec<_> = listed.lines().skip(2).map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
    let seen: Vec<_> = kinds.iter().map(|row| (row[0], row[3], row[4], row[5], row[8])).collect();
    let wanted = [
        ("1", "1654", "2339", "rgb", "jpeg"),
        ("2", "1654", "2339", "gray", "jpeg"),
        ("3", "1011", "638", "rgb", "jpeg"),
        ("4", "2806", "1984", "rgb", "jpeg"),
    ];
    assert_eq!(seen, wanted, "{listed}");
    // What comes out is the camera's own file.
    let prefix = dir.path().join("out");
    let arguments = ["-all", file.to_str().expect("a path")];
    tool("pdfimages", &arguments, &prefix);
    for (number, page) in plain.iter().enumerate() {
        let out = std::fs::read(dir.path().join(format!("out-{number:03}.jpg"))).expect("extracted");
        assert_eq!(out, *page, "page {}", number + 1);
    }
}

#[test]
fn what_is_no_page_or_too_much_of_it_is_refused_with_a_code() {
    let page = colour(160, 120, 0);
    let mut cut = page.clone();
    cut.truncate(page.len() / 2);
    let refused = [
        ("nothing", Vec::new()),
        ("no picture", vec![b"%PDF-1.7".to_vec()]),
        ("a page cut short", vec![page.clone(), cut]),
        ("markers without end", vec![vec![0xFF; 4000]]),
        ("too many", vec![page.clone(); PAGES_MAX + 1]),
        ("too large", vec![page.clone(), vec![0xFF; PAGE_BYTES_MAX + 1]]),
    ];
    for (what, pages) in refused {
        let error = bind(&pages, "材料", AT).expect_err(what);
        assert_eq!(error.code(), ErrorCode::CameraBadImage, "{what}");
    }
    assert!(bind(&[page], "材料", AT).is_ok(), "negative control");
}

#[test]
fn mutated_pages_are_bound_or_refused_and_nothing_else() {
    let good = with_personal_data(&colour(96, 72, 1));
    let seed = 0x5CA4_0001_u64;
    println!("seed {seed:#x}");
    let mut state = seed;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let (mut bound, rounds) = (0, 4_000);
    for _ in 0..rounds {
        let mut page = good.clone();
        for _ in 0..1 + next() % 5 {
            let at = next() % page.len();
            match next() % 3 {
                0 => page[at] ^= 1 << (next() % 8),
                1 => page.truncate(at.max(1)),
                _ => page[at] = [0xFF, 0xD8, 0xDA, 0xE1, 0x00][next() % 5],
            }
        }
        match bind(&[page], "材料", AT) {
            Ok(_) => bound += 1,
            Err(error) => assert_eq!(error.code(), ErrorCode::CameraBadImage),
        }
    }
    assert!(bound > rounds / 50 && bound < rounds, "both ways are gone: {bound} of {rounds}");
}
