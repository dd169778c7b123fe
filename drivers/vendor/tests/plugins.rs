//! Makers' libraries, compiled here from C: good ones, and ones that crash, hang, spin, print,
//! refuse, quit, and write outside their buffers.
#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tongban_device::control::{CancelFlag, OpControl};
use tongban_device::driver::{Device, FingerprintScanner, IdCardReader};
use tongban_device::fault::{DeviceFault, Hint};
use tongban_id_card::photo::{NoDecoder, PhotoDecoder};
use tongban_vendor::{PhotoAbi, ReaderAbi, VendorCollector, VendorPhotos, VendorProcess, VendorReader};

fn process() -> VendorProcess {
    VendorProcess::new(PathBuf::from(env!("CARGO_BIN_EXE_tongban-vendor")), Vec::new())
}

/// The 256-byte record of a demonstration person, as `sim` would make it, and blocks to go with it.
fn card_bytes() -> Vec<u8> {
    let fields = [
        ("陈建国", 30),
        ("1", 2),
        ("01", 4),
        ("19780315", 16),
        ("示范省示范市城东区中山街道", 70),
        ("890102197803150113", 36),
        ("示范市公安局城东分局", 30),
        ("20180402", 16),
        ("20380402", 16),
        ("", 36),
    ];
    let mut bytes: Vec<u8> = Vec::new();
    for (text, length) in fields {
        let units = text.encode_utf16().chain(std::iter::repeat(u16::from(b' ')));
        bytes.extend(units.take(length / 2).flat_map(u16::to_le_bytes));
    }
    bytes.extend(wlt());
    bytes.extend((0..1024_u32).map(|at| (at % 251) as u8));
    bytes
}

fn wlt() -> Vec<u8> {
    let mut bytes = vec![0; 1024];
    bytes[..6].copy_from_slice(&[0x57, 0x4C, 0x66, 0x00, 0x7E, 0x00]);
    bytes
}

/// The library, compiled with these wrongs.
fn library(folder: &Path, wrongs: &[&str]) -> PathBuf {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/library/vendor.c");
    let mut bytes = String::new();
    for byte in card_bytes() {
        write!(bytes, "{byte},").unwrap();
    }
    std::fs::write(folder.join("card.inc"), bytes).unwrap();
    let out = folder.join(format!("lib{}.so", wrongs.join("_")));
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O1", "-w", "-I"]).arg(folder).arg("-o").arg(&out).arg(source);
    cc.args(wrongs.iter().map(|wrong| format!("-D{wrong}")));
    assert!(cc.status().expect("a C compiler is part of the build tools").success());
    out
}

fn photo(wrongs: &[&str]) -> Result<tongban_device::message::Rgba, DeviceFault> {
    let folder = TempDir::new().unwrap();
    let photos = VendorPhotos::new(process(), library(folder.path(), wrongs), PhotoAbi::Unpack);
    photos.within(Duration::from_secs(if wrongs.contains(&"HANG") { 1 } else { 20 })).try_decode(&wlt())
}

fn assert_picture(picture: &tongban_device::message::Rgba) {
    assert_eq!((picture.width, picture.height), (102, 126));
    let at = |x: usize, y: usize| &picture.pixels[(y * 102 + x) * 4..][..4];
    assert_eq!(at(3, 5), [200, 5, 3, 255], "red, green, blue of what the library gave as blue, green, red");
    assert_eq!(at(101, 125), [200, 125, 101, 255]);
}

#[test]
fn a_photo_is_unpacked_from_bare_pixels_from_a_bitmap_and_under_a_mangled_name() {
    for wrongs in [&[][..], &["AS_BMP"], &["MANGLED"], &["NOISY"]] {
        assert_picture(&photo(wrongs).unwrap_or_else(|fault| panic!("{wrongs:?}: {fault}")));
    }
}

#[test]
fn a_library_that_works_through_files_gets_a_folder_that_is_gone_afterwards() {
    let folder = TempDir::new().unwrap();
    let mut photos = VendorPhotos::new(process(), library(folder.path(), &[]), PhotoAbi::GetBmp);
    assert_picture(&photos.decode(&wlt()).unwrap());
    let mine = format!("tongban-vendor-{}-", std::process::id());
    let left = std::fs::read_dir(std::env::temp_dir()).unwrap().flatten();
    let left = left.filter(|entry| entry.file_name().to_string_lossy().starts_with(&mine)).count();
    assert_eq!(left, 0, "a photo was left behind");
}

#[test]
fn whatever_a_library_does_wrong_ends_one_call_and_is_named() {
    let text = |wrongs: &[&str]| match photo(wrongs) {
        Err(DeviceFault::Worker(text) | DeviceFault::Hardware(text)) => text,
        other => panic!("{wrongs:?}: {other:?}"),
    };
    assert!(text(&["CRASH"]).contains("signal 11"));
    assert!(text(&["OVERRUN"]).contains("signal 11"), "one byte beyond the buffer");
    assert!(text(&["UNDERRUN"]).contains("unpack wrote outside its buffer"));
    assert!(text(&["HANG"]).contains("hung"));
    assert!(text(&["REFUSE"]).contains("unpack returned -5"));
    assert!(text(&["NOTHING"]).contains("unpack returned 1"), "success without a picture is none");
    assert!(text(&["QUITS"]).contains("ended the process with 3"));
}

#[test]
fn after_a_crash_the_next_call_works() {
    let folder = TempDir::new().unwrap();
    let (bad, good) = (library(folder.path(), &["CRASH"]), library(folder.path(), &[]));
    for _ in 0..3 {
        assert!(VendorPhotos::new(process(), bad.clone(), PhotoAbi::Unpack).try_decode(&wlt()).is_err());
        assert_picture(&VendorPhotos::new(process(), good.clone(), PhotoAbi::Unpack).try_decode(&wlt()).unwrap());
    }
}

#[test]
fn a_library_that_is_not_there_or_lacks_the_function_is_not_supported() {
    let photos = |path: &Path| VendorPhotos::new(process(), path.to_owned(), PhotoAbi::Unpack).try_decode(&wlt());
    assert_eq!(photos(Path::new("/nowhere/libwlt.so")).unwrap_err(), DeviceFault::Unsupported);
    let folder = TempDir::new().unwrap();
    let empty = folder.path().join("libempty.so");
    std::fs::write(folder.path().join("e.c"), "int nothing;").unwrap();
    let built = Command::new("cc").args(["-shared", "-o"]).arg(&empty).arg(folder.path().join("e.c")).status().unwrap();
    assert!(built.success());
    assert_eq!(photos(&empty).unwrap_err(), DeviceFault::Unsupported);
    assert_eq!(
        VendorPhotos::new(process(), empty, PhotoAbi::Unpack).try_decode(&[0; 7]).unwrap_err(),
        DeviceFault::Unsupported
    );
}

fn read(wrongs: &[&str], abi: ReaderAbi, budget: Duration) -> Result<tongban_device::message::CardRead, DeviceFault> {
    let folder = TempDir::new().unwrap();
    let mut reader = VendorReader::new(process(), library(folder.path(), wrongs), abi, Box::new(NoDecoder));
    let mut silent = |_| {};
    reader.read_card(&mut OpControl::new(budget, CancelFlag::new(), &mut silent))
}

#[test]
fn a_card_is_read_through_sdt_with_all_its_blocks() {
    let card = read(&[], ReaderAbi::Sdt { port: 1001 }, Duration::from_secs(20)).unwrap();
    assert_eq!((card.facts.name.as_str(), card.facts.number.as_str()), ("陈建国", "890102197803150113"));
    assert!(card.number_ok);
    assert_eq!((card.text_raw.len(), card.photo_wlt.len(), card.fingerprint.len()), (256, 1024, 1024));
    assert_eq!(card.sam_id, "05.01-20260101-0000000007-890102");
}

#[test]
fn without_card_or_port_sdt_says_so() {
    let long = Duration::from_secs(3);
    assert_eq!(read(&["NO_CARD"], ReaderAbi::Sdt { port: 1001 }, long).unwrap_err(), DeviceFault::NoMedia);
    let refused = DeviceFault::Hardware("SDT_OpenPort returned 1".to_owned());
    assert_eq!(read(&[], ReaderAbi::Sdt { port: 1 }, long).unwrap_err(), refused);
    for wrong in ["CRASH", "OVERRUN", "UNDERRUN", "QUITS"] {
        let fault = read(&[wrong], ReaderAbi::Sdt { port: 1001 }, Duration::from_secs(20)).unwrap_err();
        assert!(matches!(fault, DeviceFault::Worker(_)), "{wrong}: {fault}");
    }
}

#[test]
fn a_card_is_read_through_cvr_field_by_field_whatever_the_encoding() {
    let abi = ReaderAbi::Cvr { path: "/dev/usb0".to_owned(), protocol: 1 };
    let card = read(&[], abi.clone(), Duration::from_secs(20)).unwrap();
    assert_eq!((card.facts.name.as_str(), card.facts.birth.as_str()), ("陈建国", "19780315"));
    assert!(card.number_ok);
    assert_eq!(card.facts.valid_to, "20380402");
    let fault = read(&["OVERRUN"], abi, Duration::from_secs(20)).unwrap_err();
    assert!(matches!(fault, DeviceFault::Worker(_)), "{fault}");
}

#[test]
fn a_cancel_ends_a_call_at_once_and_takes_the_child_along() {
    let folder = TempDir::new().unwrap();
    let path = library(folder.path(), &["HANG"]);
    let mut reader = VendorReader::new(process(), path, ReaderAbi::Sdt { port: 1001 }, Box::new(NoDecoder));
    let flag = CancelFlag::new();
    let raise = flag.clone();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(600));
        raise.cancel();
    });
    let (mut silent, begun) = (|_| {}, Instant::now());
    let fault = reader.read_card(&mut OpControl::new(Duration::from_secs(30), flag, &mut silent)).unwrap_err();
    assert_eq!(fault, DeviceFault::Cancelled);
    assert!(begun.elapsed() < Duration::from_secs(5));
    let children =
        std::fs::read_to_string(format!("/proc/self/task/{}/children", std::process::id())).unwrap_or_default();
    for child in children.split_whitespace() {
        let name = std::fs::read_to_string(format!("/proc/{child}/comm")).unwrap_or_default();
        assert!(!name.starts_with("tongban-vendor"), "a child goes on");
    }
}

fn collector(folder: &Path, wrongs: &[&str]) -> VendorCollector {
    let library = library(folder, wrongs);
    VendorCollector::new(process(), library.clone(), Some(library), 0)
}

#[test]
fn a_certified_collector_gives_a_picture_and_its_makers_score() {
    let folder = TempDir::new().unwrap();
    let (mut silent, mut collector) = (|_| {}, collector(folder.path(), &[]));
    let mut control = OpControl::new(Duration::from_secs(20), CancelFlag::new(), &mut silent);
    let image = collector.capture(1, &mut control).unwrap();
    assert_eq!((image.width, image.height, image.quality), (256, 360, 83));
    assert_eq!(image.pixels.len(), 256 * 360);
    assert!(image.png.starts_with(b"\x89PNG"));
    let mut block = vec![0; 512];
    block[0] = image.pixels[0];
    assert!(collector.compare(&image.pixels, &block, &control).unwrap() > 0.9);
    block[0] ^= 1;
    assert!(collector.compare(&image.pixels, &block, &control).unwrap() < 0.2, "negative control");
    assert_eq!(collector.health(&mut control).unwrap().evidence["captures"], "1");
}

#[test]
fn a_poor_print_is_asked_for_again_and_nobodys_is_no_print() {
    let folder = TempDir::new().unwrap();
    let mut prompts = Vec::new();
    let mut on = |progress| prompts.push(progress);
    let mut control = OpControl::new(Duration::from_secs(30), CancelFlag::new(), &mut on);
    let fault = collector(folder.path(), &["POOR"]).capture(2, &mut control).unwrap_err();
    assert_eq!(fault, DeviceFault::Retry(Hint::FingerBetter));
    assert_eq!(prompts.len(), 3, "press, better, press");
    let mut silent = |_| {};
    let mut control = OpControl::new(Duration::from_secs(3), CancelFlag::new(), &mut silent);
    assert_eq!(collector(folder.path(), &["NO_CARD"]).capture(1, &mut control).unwrap_err(), DeviceFault::NoMedia);
    let mut control = OpControl::new(Duration::from_secs(20), CancelFlag::new(), &mut silent);
    for wrong in ["CRASH", "OVERRUN", "UNDERRUN"] {
        let fault = collector(folder.path(), &[wrong]).capture(1, &mut control).unwrap_err();
        assert!(matches!(fault, DeviceFault::Worker(_)), "{wrong}: {fault}");
    }
}
